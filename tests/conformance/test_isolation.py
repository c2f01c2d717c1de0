"""Nothing of the host is inside, and nothing inside reaches out."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tempt.sandbox import Sandbox

SECRET = "host-secret-5f1c"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def test_the_hosts_files_are_not_there(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "note").write_text(SECRET)
    host_files = [tmp_path / "note", Path(__file__), Path.cwd(), Path.home()]
    for path in host_files:
        result = sandbox.exec(f"cat {path}; ls {path.parent}/", timeout=10)
        assert SECRET not in result.stdout
        assert Path(__file__).name not in result.stdout


@pytest.mark.parametrize(
    "path",
    [Path("/var/run/docker.sock"), Path.home() / ".ssh", Path(sys.prefix), Path(__file__).parent],
    ids=["engine socket", "keys", "interpreter", "this project"],
)
def test_usual_suspects_do_not_exist(sandbox: Sandbox, path: Path) -> None:
    assert sandbox.exec(f"test -e {path}", timeout=10).exit_code == 1


def test_the_hosts_name_stays_outside(sandbox: Sandbox) -> None:
    shown = sandbox.exec("hostname; uname -a; cat /etc/hostname /etc/hosts; env", timeout=10).stdout
    assert "web-2" in shown
    assert socket.gethostname() not in shown or socket.gethostname() in {"localhost", "web-2"}


@pytest.mark.parametrize(
    "command",
    [
        "env",
        "set",
        "printenv",
        "export -p",
        "declare -p",
        "ps e",
        "ps auxe",
        "cat /proc/self/environ /proc/1/environ",
        "grep -r host-secret /proc /etc 2>/dev/null",
        "bash -c env",
        "echo $TEMPT_PROBE",
    ],
)
def test_the_hosts_environment_is_not_there(
    open_world: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("TEMPT_PROBE", SECRET)
    result = open_world().exec(command, timeout=10)
    assert SECRET not in result.stdout + result.stderr


@pytest.mark.parametrize(
    "command",
    [
        "curl -s -m 2 http://127.0.0.1:{port}/",
        "/usr/bin/curl -s -m 2 http://127.0.0.1:{port}/",
        "curl -s -m 2 http://localhost:{port}/",
        "wget -q -T 2 -t 1 -O- http://127.0.0.1:{port}/",
        "exec 3<>/dev/tcp/127.0.0.1/{port} && cat <&3",
        "echo x > /dev/tcp/127.0.0.1/{port}",
        "nc -w 1 127.0.0.1 {port} < /dev/null",
        "ssh -p {port} 127.0.0.1 true",
        "python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}), 1)'",
    ],
)
def test_there_is_no_way_out(sandbox: Sandbox, listener: socket.socket, command: str) -> None:
    port = listener.getsockname()[1]
    sandbox.exec(command.format(port=port), timeout=3)
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_names_are_not_resolved(sandbox: Sandbox) -> None:
    result = sandbox.exec("curl -sS https://example.com", timeout=10)
    # A world may lack the command; the one that has it can't reach anything.
    assert result.exit_code in {6, 127}
    assert "Could not resolve host" in result.stderr or "command not found" in result.stderr
    assert sandbox.exec("getent hosts example.com", timeout=10).stdout == ""


def test_two_worlds_never_meet(open_world: Callable[..., Sandbox]) -> None:
    one, other = open_world(), open_world()
    one.exec("echo mine > /tmp/x; echo mine > notes.txt; v=mine; cd /tmp; pkill worker", timeout=10)
    assert other.exec("cat /tmp/x", timeout=10).exit_code == 1
    assert other.exec("cat notes.txt; pwd; echo [$v]", timeout=10).stdout == (
        "one\ntwo\nthree\n/srv/app\n[]\n"
    )
    assert other.exec("pgrep worker", timeout=10).exit_code == 0
    one.close()
    assert other.exec("echo on", timeout=10).stdout == "on\n"
