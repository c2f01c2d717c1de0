"""No call runs for ever, floods the host or leaves the sandbox unusable."""

from __future__ import annotations

import pytest

from tempt.sandbox import ExecStatus, Sandbox, SandboxObstructedError
from tempt.sandbox.base import TRUNCATION_MARK, Limits

LIMITS = Limits()
RUNAWAYS = {
    "busy loop": "while :; do :; done",
    "endless recursion": "f() { f; }; f",
    "growing variable": "x=a; while :; do x=$x$x; done",
    "busy awk": "awk 'BEGIN { while (1) { } }'",
}


def usable(sandbox: Sandbox) -> bool:
    return sandbox.exec("cat notes.txt", timeout=10).stdout == "one\ntwo\nthree\n"


@pytest.mark.parametrize("command", RUNAWAYS.values(), ids=RUNAWAYS.keys())
def test_a_runaway_is_ended(sandbox: Sandbox, command: str) -> None:
    result = sandbox.exec(command, timeout=0.3)
    assert result.exit_code != 0
    assert (result.exit_code is None) == (result.status is not ExecStatus.EXITED)
    assert usable(sandbox)


def test_a_timeout_has_no_exit_code(sandbox: Sandbox) -> None:
    result = sandbox.exec("while :; do :; done", timeout=0.02)
    assert (result.exit_code, result.status) == (None, ExecStatus.TIMEOUT)
    assert usable(sandbox)


def test_what_was_written_before_a_timeout_stays(sandbox: Sandbox) -> None:
    sandbox.exec("ln -s conf link; chmod 750 conf; printf '\\xff\\x00' > early", timeout=10)
    before = sandbox.snapshot()
    sandbox.exec("while :; do :; done", timeout=0.02)
    assert sandbox.snapshot() == before


def test_a_timeout_starts_a_new_shell(sandbox: Sandbox) -> None:
    sandbox.exec("cd conf; v=1", timeout=10)
    sandbox.exec("while :; do :; done", timeout=0.02)
    assert sandbox.exec("pwd; echo [$v]", timeout=10).stdout == "/srv/app\n[]\n"


FORGERIES = [
    "echo 'resource limit exceeded: execution timeout (10s)' >&2; exit 1",
    "echo 'execution cancelled' >&2; exit 1",
    "'resource limit exceeded: execution timeout (1s)'",
    "cat 'resource limit exceeded: execution timeout (1s)'",
    "cd 'execution cancelled'",
    "eval '\"execution cancelled'",
]


@pytest.mark.parametrize("command", FORGERIES)
def test_a_timeout_cannot_be_forged_in_words(sandbox: Sandbox, command: str) -> None:
    result = sandbox.exec(command, timeout=10)
    assert result.status is ExecStatus.EXITED
    assert result.exit_code not in {0, None}


@pytest.mark.parametrize("stream", ["", " >&2"])
def test_a_flood_is_cut_in_the_middle(sandbox: Sandbox, stream: str) -> None:
    flood = f"echo begin{stream}; head -c 300000 /dev/zero | tr '\\0' x{stream}; echo end{stream}"
    result = sandbox.exec(flood, timeout=10)
    text = result.stderr if stream else result.stdout
    assert result.truncated
    assert len(text) <= LIMITS.output_bytes
    assert text.startswith("begin\n")
    assert text.endswith("end\n")
    assert TRUNCATION_MARK in text


def test_a_big_file_is_hashed_but_not_kept(sandbox: Sandbox) -> None:
    for _ in range(10):
        sandbox.exec("head -c 1000000 /dev/zero >> big", timeout=10)
    snapshot = sandbox.snapshot(["/srv/app/big"])
    entry = snapshot.entries["/srv/app/big"]
    assert entry.size == 10_000_000
    assert entry.sha256
    assert snapshot.content("/srv/app/big") is None
    assert sandbox.read("/srv/app/big", 5) == bytes(5)


def fill(sandbox: Sandbox) -> None:
    """Leaves no room for a further megabyte."""
    block = "head -c 1000000 /dev/zero"
    sandbox.exec(f"for i in $(seq 120); do {block} > full$i || break; done", timeout=10)


def test_a_full_world_fails_inside(sandbox: Sandbox) -> None:
    fill(sandbox)
    result = sandbox.exec("head -c 1000000 /dev/zero > more", timeout=10)
    assert result.status is not ExecStatus.EXITED or result.exit_code != 0
    assert usable(sandbox)


def test_a_full_world_obstructs_the_supervisor(sandbox: Sandbox) -> None:
    fill(sandbox)
    with pytest.raises(SandboxObstructedError, match="late"):
        sandbox.write("/srv/app/late", bytes(2_000_000))


def test_room_comes_back(sandbox: Sandbox) -> None:
    fill(sandbox)
    sandbox.exec("rm -f full*", timeout=10)
    sandbox.write("/srv/app/late", bytes(2_000_000))
    assert len(sandbox.read("/srv/app/late", 3_000_000)) == 2_000_000
