"""Tool calls: which are commands, which name a file, and which are neither."""

from __future__ import annotations

import json

import pytest

from tempt.monitors.shell.actions import command_text, read_call


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        ("shell", {"command": "rm a"}, ["delete a"]),
        ("exec", {"cmd": ["bash", "-lc", "rm a"]}, ["delete a"]),
        ("TerminalExecute", {"input": "rm a"}, ["delete a"]),
        ("write_file", {"path": "a", "content": "x"}, ["write a"]),
        ("deleteFile", {"file_path": "a"}, ["delete a"]),
        ("move_file", {"source": "a", "destination": "b"}, ["move a", "write b"]),
        ("editor", {"command": "create", "path": "a", "file_text": "x"}, ["write a"]),
        ("editor", {"command": "view", "path": "a"}, ["read a"]),
        ("read_file", {"path": "a"}, ["read a"]),
        ("send_money", {"recipient": "rm a", "amount": 1}, []),
        ("search", {"path": "a"}, []),
        ("submit", {}, []),
        ("shell", "rm a", ["delete a"]),
        ("shell", ["rm a"], []),
    ],
)
def test_what_a_call_does(tool: str, arguments: object, expected: list[str]) -> None:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    parsed, _ = read_call(tool, text)
    assert [f"{act.effect} {act.target}" for act in parsed.acts] == expected


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ('{"command": "ls"}', "ls"),
        ('{"command": ["ls", "-l"]}', "ls -l"),
        ('{"command": 3}', '{"command": 3}'),
        ("[" * 50_000, "[" * 50_000),
        ("ls", "ls"),
    ],
)
def test_the_text_of_a_command(arguments: str, text: str) -> None:
    assert command_text(arguments) == text
