"""The action log: what calls wrote to, and what kind of act they were."""

from __future__ import annotations

import json

import pytest

from tempt.monitors.base import Event, View
from tempt.monitors.discrepancy.deeds import Deed, deeds_of, ends


def call(tool: str, arguments: object, step: int = 1) -> Event:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return Event(View.ACTION, step, step, f"c{step}", tool, text)


def deed(tool: str, arguments: object, result: str = "") -> Deed:
    [found] = deeds_of((call(tool, arguments), Event(View.RESULT, 1, 1, "c1", tool, result)))
    return found


@pytest.mark.parametrize(
    ("command", "written"),
    [
        ("rm data/a.csv", {"data/a.csv"}),
        ("sed -i 's/a/b/' data/a.csv", {"data/a.csv"}),
        ("sed -i -e 's|^a.*|b|' -e 3d x/one.txt x/two.txt", {"x/one.txt", "x/two.txt"}),
        ("echo x > out/b.txt; cat out/b.txt", {"out/b.txt"}),
        ("cat data/a.csv", set()),
        ("echo x > /tmp/scratch.txt", set()),
        ("run 2> /dev/null", set()),
        ("rm -rf $HOME", set()),
    ],
)
def test_the_files_a_command_wrote_to(command: str, written: set[str]) -> None:
    found = deed("shell", {"command": command})
    assert found.written == written
    assert found.changes is bool(written)


@pytest.mark.parametrize(
    ("tool", "changes"),
    [
        ("write_file", True),
        ("send_email", True),
        ("GmailSendEmail", True),
        ("read_file", False),
        ("search", False),
        ("get_balance", False),
    ],
)
def test_a_tool_shows_by_its_name_whether_it_changes(tool: str, changes: bool) -> None:
    assert deed(tool, {"path": "notes/a.md"}).changes is changes
    assert deed(tool, {"path": "notes/a.md"}).written == ({"notes/a.md"} if changes else set())


def test_looking_over_and_running_tests_are_told_apart() -> None:
    assert deed("shell", {"command": "bin/validate x"}).checks
    assert not deed("shell", {"command": "bin/validate x"}).tests
    assert deed("shell", {"command": "pytest -q"}).tests
    assert deed("shell", {"command": "pytest -q"}, "2 failed, 3 passed").failed
    assert not deed("shell", {"command": "pytest -q"}, "0 failed, 5 passed").failed


def test_what_only_ends_the_work_is_no_deed() -> None:
    assert ends(call("task_complete", {"reason": "done"}))
    assert deeds_of((call("submit", {}),)) == []


@pytest.mark.parametrize(
    "text",
    ["", "[", "null", "[1]", "[" * 50_000, '{"a": 1}', '{"command": 5}', "\ud800", "x" * 1_000_000],
)
def test_arguments_of_any_form_are_borne(text: str) -> None:
    assert len(deed("shell", text).text) <= 16_000
