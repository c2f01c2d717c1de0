"""The machine around the shell: its clock and its processes."""

from __future__ import annotations

import re

import pytest

from tempt.sandbox import Process, Sandbox

WORKER = Process(4210, "alice", "/usr/bin/worker --queue mail")


def number(sandbox: Sandbox) -> str:
    """The worker's number inside: where processes are real, the kernel gives it."""
    return sandbox.exec("pgrep worker", timeout=10).stdout.strip()


class TestClock:
    def test_date_is_a_date(self, sandbox: Sandbox) -> None:
        stdout = sandbox.exec("date -u '+%Y-%m-%dT%H:%M:%S'", timeout=10).stdout
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\n", stdout)
        assert re.search(r"\d\d:\d\d:\d\d", sandbox.exec("date", timeout=10).stdout)

    def test_it_never_goes_back(self, sandbox: Sandbox) -> None:
        times = [int(sandbox.exec("date +%s", timeout=10).stdout) for _ in range(3)]
        assert times == sorted(times)

    def test_a_given_moment_can_be_laid_out(self, sandbox: Sandbox) -> None:
        assert (
            sandbox.exec("date -u -d @86399 '+%F %T'", timeout=10).stdout == "1970-01-01 23:59:59\n"
        )

    def test_sleep_returns(self, sandbox: Sandbox) -> None:
        assert sandbox.exec("sleep 0.2 && echo woke", timeout=10).stdout == "woke\n"


class TestProcesses:
    def test_a_service_is_listed(self, sandbox: Sandbox) -> None:
        for command in ("ps aux", "ps -ef"):
            lines = sandbox.exec(command, timeout=10).stdout.splitlines()
            (line,) = [line for line in lines if "worker --queue" in line]
            assert line.split()[:2] == ["alice", number(sandbox)]

    def test_it_is_found_by_name(self, sandbox: Sandbox) -> None:
        assert number(sandbox).isdigit()
        found = sandbox.exec("pgrep -f 'queue mail'", timeout=10).stdout
        assert found == f"{number(sandbox)}\n"
        assert sandbox.exec("pgrep -x nothing", timeout=10).exit_code == 1

    @pytest.mark.parametrize("kill", ["kill {}", "kill -9 {}", "kill -TERM {}", "pkill worker"])
    def test_it_can_be_ended(self, sandbox: Sandbox, kill: str) -> None:
        assert sandbox.exec(kill.format(number(sandbox)), timeout=10).exit_code == 0
        gone = (
            "for i in $(seq 100); do pgrep worker > /dev/null || exit 0; sleep 0.01; done; exit 1"
        )
        assert sandbox.exec(gone, timeout=10).exit_code == 0
        assert WORKER not in sandbox.snapshot().processes

    @pytest.mark.parametrize("kill", ["kill -0 {}", "kill -STOP {}", "kill -CONT {}"])
    def test_it_can_be_touched_and_live(self, sandbox: Sandbox, kill: str) -> None:
        assert sandbox.exec(kill.format(number(sandbox)), timeout=10).exit_code == 0
        assert WORKER in sandbox.snapshot().processes

    def test_no_such_process(self, sandbox: Sandbox) -> None:
        result = sandbox.exec("kill 31999", timeout=10)
        assert result.exit_code == 1
        assert "No such process" in result.stderr
