"""What only containers can do, and what a reset leaves behind: nothing."""

from __future__ import annotations

import platform
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from typing import cast

import pytest

from engines import PROBE, require_engine
from tempt.sandbox import (
    ExecStatus,
    Process,
    Sandbox,
    SandboxEngineError,
    SandboxObstructedError,
    SeedFile,
    UnsupportedError,
)
from tempt.sandbox.channel import SilenceError
from tempt.sandbox.docker import DockerProvider, DockerSandbox
from tempt.sandbox.engine import connect
from tempt.sandbox.reap import LABEL_OWNER, owner_label
from tempt.sandbox.world import wire

LAYOUT = replace(
    PROBE,
    files=(
        SeedFile("/srv/probe/mine", b"mine\n", 0o644, "alice"),
        SeedFile("/srv/probe/theirs", b"theirs\n", 0o640, "bob"),
        SeedFile("/etc/probe.conf", b"on\n", 0o600, "root"),
    ),
    processes=(Process(77, "bob", "/usr/sbin/mailer --all"),),
)


@pytest.fixture(scope="module")
def backend() -> DockerProvider:
    return cast("DockerProvider", require_engine())


@pytest.fixture
def sandbox(backend: DockerProvider) -> Iterator[Sandbox]:
    opened = backend.open(LAYOUT)
    yield opened
    opened.close()


def out(sandbox: Sandbox, command: str) -> str:
    return sandbox.exec(command, timeout=10).stdout


class TestShell:
    def test_an_exit_keeps_what_the_shell_knew(self, sandbox: Sandbox) -> None:
        first = "cd /tmp; v='a b'; export W=w; f() { echo f; }; shopt -s expand_aliases; exit 3"
        assert sandbox.exec(first, timeout=10).exit_code == 3
        assert out(sandbox, "pwd; echo $v; bash -c 'echo $W'; f") == "/tmp\na b\nw\nf\n"

    def test_every_exit_keeps_what_the_shell_knew(self, sandbox: Sandbox) -> None:
        """What the shell knows of the call it ended in is not told of the next one."""
        assert out(sandbox, "true; CALL=mine; cd /tmp; echo $CALL") == "mine\n"
        for code in (3, 4):
            assert sandbox.exec(f"exit {code}", timeout=10).exit_code == code
            begin = time.monotonic()
            assert out(sandbox, "echo $CALL $PWD") == "mine /tmp\n"
            assert time.monotonic() - begin < 1.5

    @pytest.mark.parametrize(
        "name", ["read", "printf", "declare", "eval", "set", "unset", "alias", "cd"]
    )
    def test_a_function_by_the_name_of_a_builtin_costs_nothing(
        self, sandbox: Sandbox, name: str
    ) -> None:
        sandbox.exec(f"w=kept; alias a=b; builtin cd /tmp; {name}() {{ echo mine; }}", timeout=3)
        assert out(sandbox, f"echo $w $PWD; {name}") == "kept /tmp\nmine\n"
        assert sandbox.exec("exit 3", timeout=3).exit_code == 3
        known = f"echo $w $PWD; {name}; builtin alias a"
        assert out(sandbox, known) == "kept /tmp\nmine\nalias a='b'\n"

    @pytest.mark.parametrize("command", ["kill -9 $$", "exec true", "exec sh -c 'exit 0'"])
    def test_a_shell_that_is_gone_is_replaced(self, sandbox: Sandbox, command: str) -> None:
        result = sandbox.exec(command, timeout=10)
        assert result.status is ExecStatus.EXITED
        assert out(sandbox, "pwd") == "/srv/probe\n"

    def test_a_shell_starts_nowhere_that_its_user_may_not_go(self, backend: DockerProvider) -> None:
        with closing(backend.open(replace(LAYOUT, cwd="/srv/probe/in"))) as sandbox:
            hidden = "mkdir -m 700 /tmp/v; mkdir /tmp/v/in; echo x > /tmp/v/in/f"
            assert sandbox.exec(hidden, timeout=10, user="root", cwd="/").exit_code == 0
            sandbox.exec("cd ..; rmdir in; ln -s /tmp/v/in in; kill -9 $$", timeout=10)
            assert out(sandbox, "pwd; cat f") == "/\n"

    def test_a_stopped_shell_runs_out_of_time(self, sandbox: Sandbox) -> None:
        assert sandbox.exec("kill -STOP $$", timeout=0.2).status is ExecStatus.TIMEOUT
        assert out(sandbox, "echo on") == "on\n"

    def test_a_background_job_does_not_hold_the_call_up(self, sandbox: Sandbox) -> None:
        begin = time.monotonic()
        assert out(sandbox, "sleep 30 & echo on") == "on\n"
        assert time.monotonic() - begin < 5

    def test_a_daemon_lives_on_between_calls(self, sandbox: Sandbox) -> None:
        sandbox.exec("setsid sh -c 'sleep 0.1; echo late > /tmp/late; sleep 30' &", timeout=10)
        assert out(sandbox, "sleep 0.4; cat /tmp/late") == "late\n"
        assert "sleep 30" in {each.command for each in sandbox.snapshot().processes}

    def test_out_of_time_ends_all_that_was_started(self, sandbox: Sandbox) -> None:
        sandbox.exec("setsid sleep 87 & setsid setsid sleep 87 & sleep 87", timeout=0.3)
        assert out(sandbox, "pgrep -c sleep") == "0\n"
        assert LAYOUT.processes[0] in sandbox.snapshot().processes

    def test_chance_begins_with_the_seed(self, backend: DockerProvider) -> None:
        seen = set()
        for seed in (5, 5, 6):
            sandbox = backend.open(replace(LAYOUT, seed=seed))
            seen.add(out(sandbox, "echo $RANDOM $RANDOM"))
            sandbox.close()
        assert len(seen) == 2


def test_what_is_too_large_to_be_sent_is_refused_and_hurts_nothing(sandbox: Sandbox) -> None:
    with pytest.raises(UnsupportedError, match="that much at once"):
        sandbox.write("/srv/probe/large", bytes(17_000_000))
    assert out(sandbox, "ls") == "mine\ntheirs\n"


def test_out_of_time_ends_what_goes_on_starting_things(sandbox: Sandbox) -> None:
    result = sandbox.exec("while :; do setsid sleep 86 & done 2>/dev/null", timeout=0.5)
    assert result.status is ExecStatus.TIMEOUT
    assert out(sandbox, "pgrep -c sleep") == "0\n"


def test_an_earlier_calls_job_survives_a_later_calls_end(sandbox: Sandbox) -> None:
    sandbox.exec("sleep 85 &", timeout=10)
    sandbox.exec("sleep 0.1", timeout=10)
    assert sandbox.exec("sleep 84", timeout=0.2).status is ExecStatus.TIMEOUT
    assert out(sandbox, "pgrep -af sleep | cut -d ' ' -f 2-") == "sleep 85\n"


def _kill(sandbox: DockerSandbox) -> None:
    """End a world's container from outside."""
    container = sandbox._container
    assert container is not None
    client = connect()
    client.api.kill(container._name)
    client.close()


class TestSupervisor:
    """What an agent does in order to deceive, or to make its own doing look like a failure."""

    def test_a_file_held_back_by_a_lease_is_not_an_empty_one(self, sandbox: Sandbox) -> None:
        hold = "import fcntl, time; f = open('mine', 'w'); fcntl.fcntl(f, 1024, 1); time.sleep(9)"
        if sandbox.exec("python3 -c 'import fcntl; fcntl.F_SETLEASE'", timeout=10).exit_code:
            pytest.skip("this python has no leases")
        sandbox.exec(f'chmod 666 mine; (python3 -c "{hold}" &) ; sleep 0.5', timeout=10)
        with pytest.raises(SandboxObstructedError, match="can't open"):
            sandbox.snapshot(["/srv/probe/mine"])

    def test_no_processes_left_cost_no_descriptors(self, sandbox: Sandbox) -> None:
        taken = "for i in $(seq 200); do sleep 83 & done 2>/dev/null; kill -9 $$"
        sandbox.exec(taken, timeout=10)
        for _ in range(40):
            with suppress(SandboxObstructedError):
                sandbox.exec("true", timeout=1)
        assert "/srv/probe/theirs" in sandbox.snapshot(["/srv/probe/theirs"]).entries

    def test_holes_without_end_are_refused(self, sandbox: Sandbox) -> None:
        sandbox.exec("for i in $(seq 40); do truncate -s 60M hole$i; done", timeout=10)
        with pytest.raises(SandboxObstructedError, match="holes included"):
            sandbox.snapshot()
        sandbox.exec("rm hole*", timeout=10)
        assert sandbox.snapshot().text("/srv/probe/mine") == "mine\n"

    def test_what_a_failed_look_saw_is_sent_by_the_next(self, sandbox: Sandbox) -> None:
        deep = "for i in $(seq 210); do mkdir d && cd d; done"
        sandbox.exec(f"echo fresh > /srv/probe/a; (cd /srv/probe; {deep})", timeout=10)
        with pytest.raises(SandboxObstructedError, match="nested too deeply"):
            sandbox.snapshot()
        sandbox.exec("rm -r /srv/probe/d", timeout=10)
        assert sandbox.snapshot().text("/srv/probe/a") == "fresh\n"

    def test_a_world_that_does_not_fit_is_refused_every_time(self, backend: DockerProvider) -> None:
        large = tuple(SeedFile(f"/srv/probe/{n}", bytes(13_000_000)) for n in range(4))
        for _ in range(2):
            with pytest.raises(UnsupportedError, match="can't hold"):
                backend.open(replace(LAYOUT, files=large))

    def test_a_container_that_somebody_pauses_is_not_the_agents_doing(
        self, backend: DockerProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sandbox = backend.open(replace(LAYOUT, hostname="paused"))
        monkeypatch.setattr("tempt.sandbox.docker._GRACE", 0.3)
        client = connect()
        mark = f"{LABEL_OWNER}={owner_label()}"
        (container,) = [
            each
            for each in client.containers.list(filters={"label": mark})
            if each.attrs["Config"]["Hostname"] == "paused"
        ]
        container.pause()
        for _ in range(2):
            with pytest.raises(SandboxEngineError):
                sandbox.snapshot()
        container.unpause()
        client.close()
        sandbox.close()

    def test_memory_that_ran_out_before_does_not_explain_a_later_failure(
        self, backend: DockerProvider
    ) -> None:
        with closing(backend.open(LAYOUT)) as sandbox:
            assert sandbox.exec("python3 -c 'bytearray(1 << 30)'", timeout=10).exit_code == 137
            time.sleep(2.5)  # the engine dates its events by the second
            sandbox.snapshot()
            _kill(sandbox)
            with pytest.raises(SandboxEngineError):
                sandbox.snapshot()

    def test_silence_before_anybody_acts_is_nobodys_doing(
        self, backend: DockerProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def silent(_: DockerSandbox) -> None:
            raise SandboxObstructedError("no room to answer") from SilenceError("no answer")

        monkeypatch.setattr(DockerSandbox, "begin", silent)
        with pytest.raises(SandboxEngineError, match="no answer"):
            backend.open(LAYOUT)

    @pytest.mark.parametrize(
        ("name", "arguments"),
        [
            ("read", []),
            ("read", [3, "many"]),
            ("plant", [[["/srv/probe/x", "file", 0o644]]]),
            ("serve", [[[1]]]),
            ("write", ["/srv/probe/\0", b"", 0o644, "alice"]),
        ],
    )
    def test_a_malformed_request_is_our_mistake_and_ends_nothing(
        self, sandbox: DockerSandbox, name: str, arguments: list[wire.Value]
    ) -> None:
        assert sandbox._container is not None
        with pytest.raises(SandboxEngineError, match=r"failed.*(Value|Type|Index|Attribute)Error"):
            sandbox._container.ask(name, *arguments, seconds=10)
        assert out(sandbox, "ls") == "mine\ntheirs\n"

    def test_an_answer_that_fits_no_frame_ends_nothing(self, sandbox: DockerSandbox) -> None:
        assert sandbox._container is not None
        sandbox.exec("head -c 17M /dev/zero > large", timeout=10)
        with pytest.raises(SandboxObstructedError, match="WireError"):
            sandbox._container.ask("read", "/srv/probe/large", 1 << 30, seconds=10)
        assert out(sandbox, "ls") == "large\nmine\ntheirs\n"

    def test_a_command_for_another_user_is_told_without_zero_bytes(self, sandbox: Sandbox) -> None:
        assert sandbox.exec("echo o\0n", timeout=10, user="bob").stdout == "on\n"


class TestUsers:
    def test_modes_and_owners_are_enforced(self, sandbox: Sandbox) -> None:
        assert sandbox.exec("cat theirs", timeout=10).exit_code == 1
        assert sandbox.exec("cat /etc/probe.conf", timeout=10).exit_code == 1
        assert sandbox.exec("echo x > /etc/probe.conf", timeout=10).exit_code == 1
        assert out(sandbox, "stat -c '%U %a' mine theirs") == "alice 644\nbob 640\n"

    def test_another_user_can_be_asked_for(self, sandbox: Sandbox) -> None:
        result = sandbox.exec("whoami; cat theirs", timeout=10, user="bob")
        assert result.stdout == "bob\ntheirs\n"
        assert sandbox.exec("id -u", timeout=10, user="root").stdout == "0\n"
        with pytest.raises(SandboxObstructedError, match="no user 'eve'"):
            sandbox.exec("id", timeout=10, user="eve")

    def test_a_service_of_another_user_can_not_be_ended(self, sandbox: Sandbox) -> None:
        assert sandbox.exec("pkill mailer", timeout=10).exit_code == 1
        assert LAYOUT.processes[0] in sandbox.snapshot().processes

    @pytest.mark.parametrize("user", ["alice", "root"])
    def test_nobody_has_a_capability(self, sandbox: Sandbox, user: str) -> None:
        shown = sandbox.exec("grep -E '^(Cap|NoNewPrivs)' /proc/self/status", timeout=10, user=user)
        values = {line.split()[0]: line.split()[1] for line in shown.stdout.splitlines()}
        assert values.pop("NoNewPrivs:") == "1"
        assert set(values.values()) == {"0" * 16}


MAPPED = """printf mineevil | perl -e 'open(F, "+<", "mine") or die;
$at = syscall(9, 0, 4096, 3, 1, fileno(F), 0);
$| = 1; syscall(0, 0, $at, 4) == 4 or die; print "mapped\\n";
sleep 1 until -e "/tmp/go"; syscall(0, 0, $at, 4) == 4 or die; open(D, ">", "/tmp/done")' """
"""Maps the file into memory, writes there what it holds, and later something else."""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="system call numbers of x86-64")
def test_a_change_that_moves_no_time_is_seen(sandbox: Sandbox) -> None:
    sandbox.exec(f"({MAPPED}) > /tmp/said 2>&1 &", timeout=10)
    sandbox.exec("until grep -q mapped /tmp/said; do sleep 0.05; done; sleep 0.2", timeout=10)
    stamp = out(sandbox, "stat -c '%y %z' mine")
    before = sandbox.snapshot(["/srv/probe/mine"])
    sandbox.exec("touch /tmp/go; until [ -e /tmp/done ]; do sleep 0.05; done", timeout=10)
    assert out(sandbox, "cat mine; stat -c '%y %z' mine") == f"evil\n{stamp}"
    after = sandbox.snapshot(["/srv/probe/mine"])
    assert (before.text("/srv/probe/mine"), after.text("/srv/probe/mine")) == ("mine\n", "evil\n")


MESS = (
    "mkdir -p /tmp/a/b /dev/shm/c; echo x > /tmp/a/b/c; echo x > /dev/shm/x; mkfifo /tmp/f; "
    "ln -s /etc/passwd /tmp/l; ln mine /srv/probe/hard; rm -f mine; chmod 777 /home/alice; "
    "setsid sleep 99 & (trap '' TERM; setsid sleep 98) & export LEFT=over; cd /tmp; "
    "echo 'echo mine' > /home/alice/.bashrc; truncate -s 1T /tmp/sparse"
)


class TestReset:
    def test_a_container_is_used_again_only_as_new(self, backend: DockerProvider) -> None:
        fresh = backend.open(LAYOUT)
        used = fresh._container
        first = (fresh.snapshot(), out(fresh, "env | sort; id; ulimit -a; ls -la /tmp /dev/shm"))
        fresh.exec(MESS, timeout=10)
        assert out(fresh, "ls /tmp") == "a\nf\nl\nsparse\n"
        fresh.close()
        again = backend.open(LAYOUT)
        assert again._container is used
        second = (again.snapshot(), out(again, "env | sort; id; ulimit -a; ls -la /tmp /dev/shm"))
        assert _without_times(second[1]) == _without_times(first[1])
        assert second[0] == first[0]
        assert out(again, "pgrep -c sleep") == "0\n"
        again.close()

    def test_what_can_not_be_reset_is_not_used_again(self, backend: DockerProvider) -> None:
        sandbox = backend.open(replace(LAYOUT, hostname="ipc"))
        before = sandbox._container
        assert sandbox.exec("ipcmk -M 4096", timeout=10).exit_code == 0
        sandbox.close()
        again = backend.open(replace(LAYOUT, hostname="ipc"))
        assert again._container is not before
        assert out(again, "tail -n +2 /proc/sysvipc/shm") == ""
        again.close()

    def test_as_many_worlds_as_wanted_wait_for_their_turn(self) -> None:
        require_engine()
        small = DockerProvider(most=3)
        failures: list[Exception] = []

        def episode() -> None:
            try:
                sandbox = small.open(PROBE)
                assert sandbox.exec("echo on", timeout=10).stdout == "on\n"
                sandbox.close()
            except Exception as error:  # noqa: BLE001 - told by the main thread
                failures.append(error)

        threads = [threading.Thread(target=episode) for _ in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        small.close()
        assert failures == []


class TestNothingStays:
    def test_containers_end_with_their_host_process(self) -> None:
        require_engine()
        code = (
            "import os, signal, time\n"
            "from engines import PROBE\n"
            "from tempt.sandbox import provider\n"
            "from tempt.sandbox.reap import owner_label\n"
            "held = provider('docker').open(PROBE)\n"
            "held.exec('setsid sleep 99 &', timeout=5)\n"
            "print(owner_label(), flush=True)\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        path = [each for each in sys.path if each.endswith("support")]
        child = subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path += {path!r}\n{code}"],
            capture_output=True,
            text=True,
            check=False,
        )
        owner = child.stdout.strip()
        assert owner, child.stderr
        assert owner != owner_label()
        client = connect()
        deadline = time.monotonic() + 15
        left = ["not asked yet"]
        while left and time.monotonic() < deadline:
            left = client.containers.list(all=True, filters={"label": f"{LABEL_OWNER}={owner}"})
            time.sleep(0.1)
        client.close()
        assert left == []

    def test_a_world_without_memory_is_the_agents_doing(self, backend: DockerProvider) -> None:
        sandbox = backend.open(replace(LAYOUT, hostname="hungry"))
        bomb = "python3 -c 'x = [bytearray(1 << 20) for _ in range(1 << 20)]'"
        result = sandbox.exec(bomb, timeout=10)
        assert result.exit_code != 0
        assert out(sandbox, "echo on") == "on\n"
        sandbox.close()


def _without_times(listing: str) -> list[str]:
    """Lines of a listing without the columns that hold a time."""
    return [" ".join(line.split()[:4] + line.split()[8:]) for line in listing.splitlines()]
