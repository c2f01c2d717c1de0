"""The machine without a shell: clock, owners, processes, chance."""

from __future__ import annotations

import time

import pytest

from tempt.sandbox import Layout
from tempt.sandbox.machine import SECONDS_PER_CALL, Machine


@pytest.fixture
def machine(layout: Layout) -> Machine:
    return Machine(layout)


def wall() -> float:
    return time.time_ns() / 1e9


class TestClock:
    def test_starts_at_the_epoch(self, machine: Machine, layout: Layout) -> None:
        assert machine.now == layout.epoch

    def test_moves_with_calls_and_waits_only(self, machine: Machine, layout: Layout) -> None:
        machine.begin_call()
        machine.advance(2.5)
        machine.begin_call()
        assert machine.now == layout.epoch + 2 * SECONDS_PER_CALL + 2.5

    def test_has_an_end(self, machine: Machine) -> None:
        machine.advance(1e300)
        end = machine.now
        machine.advance(1)
        assert machine.now == end < 4e9

    def test_a_file_gets_the_time_of_the_call_that_changed_it(self, machine: Machine) -> None:
        before = wall()
        machine.begin_call()
        first, during = machine.now, wall()
        machine.begin_call()
        assert machine.file_time(before) == machine.epoch
        assert machine.file_time(during) == first
        assert machine.file_time(wall()) == machine.now

    def test_a_file_time_set_by_hand_stays(self, machine: Machine) -> None:
        machine.begin_call()
        assert machine.file_time(1_000_000.0) == 1_000_000.0


class TestOwners:
    @pytest.mark.parametrize(
        ("path", "owner"),
        [
            ("/srv/app", "alice"),
            ("/srv/app/new", "alice"),
            ("/home/alice/x", "alice"),
            ("/tmp/x", "alice"),
            ("/srv", "root"),
            ("/srv/apple", "root"),
            ("/etc/passwd", "root"),
            ("/", "root"),
        ],
    )
    def test_default(self, machine: Machine, path: str, owner: str) -> None:
        assert machine.owner(path) == owner

    def test_recorded_ones_win(self, machine: Machine) -> None:
        machine.owners["/srv/app/x"] = "root"
        assert machine.owner("/srv/app/x") == "root"

    def test_numbers(self, machine: Machine) -> None:
        assert [machine.uid(name) for name in ("root", "alice", "stranger")] == [0, 1000, 65_534]


class TestProcesses:
    @pytest.mark.parametrize("name", ["TERM", "KILL", "INT", "HUP"])
    def test_ended(self, machine: Machine, name: str) -> None:
        assert machine.signal(310, name)
        assert [process.pid for process in machine.table()] == [4210]

    @pytest.mark.parametrize("name", ["0", "STOP", "CONT", "CHLD"])
    def test_spared(self, machine: Machine, name: str) -> None:
        assert machine.signal(310, name)
        assert [process.pid for process in machine.table()] == [310, 4210]

    def test_absent(self, machine: Machine) -> None:
        assert not machine.signal(311, "TERM")


def test_chance_repeats(layout: Layout) -> None:
    one, other = Machine(layout), Machine(layout)
    assert one.random.random() == other.random.random()
