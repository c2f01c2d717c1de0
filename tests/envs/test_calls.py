"""A mistaken call is a step and an observation: never an exception, never the end."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from errand import TOOLS, Errand
from tempt.envs.env import ToolEnv
from tempt.envs.supervisor import MAX_TEXT
from tempt.envs.tools import (
    MAX_ARGUMENTS,
    REPORT,
    SHELL,
    ArgumentsError,
    Tool,
    ToolAction,
    command_tool,
)
from tempt.envs.transcript import Status
from tempt.sandbox.base import TRUNCATION_MARK

FULL = {"ran": [], "changed": [], "accessed": [], "left_undone": [], "complete": True}


@dataclass(frozen=True)
class Mistake:
    """A call that can't be carried out, and a word of what the agent is told."""

    tool: str
    arguments: str
    told: str
    status: Status = Status.INVALID


MISTAKES = {
    "unknown tool": Mistake("fly", "{}", "no such tool", Status.UNKNOWN_TOOL),
    "no tool": Mistake("", "{}", "no such tool", Status.UNKNOWN_TOOL),
    "a tool's name in capitals": Mistake("SHELL", "{}", "no such tool", Status.UNKNOWN_TOOL),
    "nothing": Mistake("shell", "", "not valid JSON"),
    "broken JSON": Mistake("shell", '{"command": "pwd"', "not valid JSON"),
    "two values": Mistake("shell", '{"command": "pwd"}{}', "not valid JSON"),
    "single quotes": Mistake("shell", "{'command': 'pwd'}", "not valid JSON"),
    "a key twice": Mistake("shell", '{"command": "pwd", "command": "ls"}', "twice"),
    "a deep key twice": Mistake("report", '{"ran": [{"a": 1, "a": 1}]}', "twice"),
    "NaN": Mistake("shell", '{"command": NaN}', "NaN is not JSON"),
    "infinity": Mistake("shell", '{"command": -Infinity}', "-Infinity is not JSON"),
    "a number too large": Mistake("shell", '{"command": 1e999}', "too large"),
    "an endless integer": Mistake("shell", f'{{"command": {"9" * 5_000}}}', "not valid JSON"),
    "deep nesting": Mistake("shell", "[" * 30_000 + "]" * 30_000, "not valid JSON"),
    "deep nesting in a field": Mistake(
        "report", json.dumps(FULL)[:-1] + ', "x": ' + "[" * 20_000 + "]" * 20_000 + "}", "JSON"
    ),
    "200,000 brackets": Mistake("shell", "[" * 200_000, f"longer than {MAX_ARGUMENTS}"),
    "a list": Mistake("shell", '["pwd"]', "must be a JSON object"),
    "a text": Mistake("shell", '"pwd"', "must be a JSON object"),
    "null": Mistake("submit", "null", "must be a JSON object"),
    "an argument missing": Mistake("shell", "{}", "command"),
    "an argument too many": Mistake("shell", '{"command": "pwd", "user": "root"}', "user"),
    "an argument where none is taken": Mistake("submit", '{"grade": 1}', "grade"),
    "an argument of the wrong type": Mistake("shell", '{"command": ["pwd"]}', "string"),
    "a text for a truth value": Mistake(
        "report", json.dumps({**FULL, "complete": "true"}), "boolean"
    ),
    "a text for a list": Mistake("report", json.dumps({**FULL, "changed": "all"}), "array"),
    "a report with too many lines": Mistake("report", json.dumps({**FULL, "ran": ["a"] * 201}), ""),
    "a command too long": Mistake("shell", json.dumps({"command": "x" * 32_769}), "32768"),
    "arguments too long": Mistake("shell", json.dumps({"command": "x" * 65_536}), "longer than"),
    "a lone surrogate as a key": Mistake("shell", '{"command": "pwd", "\\ud800": 1}', ""),
}
ODD_BUT_FINE = {
    "a lone surrogate": ("echo \ud800", "?\n"),
    "an escaped lone surrogate": ("echo '\udfff'", "?\n"),
    "NUL": ("echo fine # \0", "fine\n"),
    "an astral character": ("echo \U0001f600", "\U0001f600\n"),
    "nothing at all": ("", ""),
    "blanks": ("  \n\t ", ""),
    "a comment": ("# later", ""),
}


@pytest.fixture(name="env")
def started() -> ToolEnv:
    env = ToolEnv(Errand())
    env.reset()
    return env


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_a_step(env: ToolEnv, mistake: Mistake) -> None:
    action = env.action_space.encode(mistake.tool, mistake.arguments)
    observation, reward, terminated, truncated, info = env.step(action)
    assert mistake.told in observation["text"]
    assert list(Status)[observation["status"]] is mistake.status
    assert env.observation_space.contains(observation)
    assert (reward, terminated, truncated, info["step"]) == (0.0, False, False, 1)
    [called] = env.supervisor.ledger.calls()
    known = "" if mistake.status is Status.UNKNOWN_TOOL else mistake.tool
    assert (called.step, called.tool, called.status) == (1, known, mistake.status)
    observation, *_ = env.step(env.action_space.encode("shell", '{"command": "pwd"}'))
    assert observation["text"] == "/srv/app\n"


@pytest.mark.parametrize("number", [-1, len(TOOLS), len(TOOLS) + 1, 10**6])
def test_a_number_that_is_no_tools_is_an_unknown_tool(env: ToolEnv, number: int) -> None:
    observation, *_ = env.step({"tool": np.int64(number), "arguments": "{}"})
    assert list(Status)[observation["status"]] is Status.UNKNOWN_TOOL
    assert all(tool.name in observation["text"] for tool in TOOLS)
    assert env.observation_space.contains(observation)


@pytest.mark.parametrize(("command", "shown"), ODD_BUT_FINE.values(), ids=ODD_BUT_FINE.keys())
def test_an_odd_command_is_carried_out(env: ToolEnv, command: str, shown: str) -> None:
    action = env.action_space.encode("shell", json.dumps({"command": command}))
    observation, *_ = env.step(action)
    assert (observation["text"], list(Status)[observation["status"]]) == (shown, Status.OK)
    [called] = env.supervisor.ledger.calls()
    assert json.loads(called.arguments) == {"command": command}


@given(arguments=st.text(max_size=300), tool=st.sampled_from(TOOLS))
def test_no_text_whatever_raises_more_than_an_arguments_error(arguments: str, tool: Tool) -> None:
    try:
        parsed = tool.parse(arguments)
    except ArgumentsError as error:
        assert str(error)  # noqa: PT017 - what is told to the agent
    else:
        assert parsed == json.loads(arguments)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(value=st.dictionaries(st.sampled_from([*FULL, "command", "x"]), JSON))
def test_whatever_json_is_accepted_fits_the_schema(value: dict[str, object]) -> None:
    for tool in (SHELL, REPORT):
        try:
            accepted = tool.parse(json.dumps(value))
        except ArgumentsError:
            continue
        assert set(accepted) == set(tool.parameters["required"])
        assert accepted == value


def test_a_number_argument_can_only_be_finite() -> None:
    schema = {"type": "object", "properties": {"x": {"type": "number"}}}
    tool = Tool("turn", "", schema, ToolAction.SHELL)
    assert tool.parse('{"x": 1.5}') == {"x": 1.5}
    for text in ('{"x": 1e999}', '{"x": -1e999}', '{"x": Infinity}', '{"x": NaN}'):
        with pytest.raises(ArgumentsError):
            tool.parse(text)


def test_long_output_is_cut_visibly_and_both_ends_are_kept(env: ToolEnv) -> None:
    flood = "echo begin; head -c 60000 /dev/zero | tr '\\0' x; echo; echo end"
    action = env.action_space.encode("shell", json.dumps({"command": flood}))
    observation, *_ = env.step(action)
    text = observation["text"]
    assert len(text) <= MAX_TEXT
    assert text.startswith("begin\n")
    assert text.endswith("end\n")
    assert TRUNCATION_MARK in text


def test_output_that_fits_is_not_cut(env: ToolEnv) -> None:
    exact = f"head -c {MAX_TEXT} /dev/zero | tr '\\0' x"
    action = env.action_space.encode("shell", json.dumps({"command": exact}))
    observation, *_ = env.step(action)
    assert observation["text"] == "x" * MAX_TEXT


@pytest.mark.parametrize(
    ("command", "status", "mark"),
    [
        ("true", Status.OK, ""),
        ("echo out; echo err >&2", Status.OK, "out\nerr\n"),
        ("exit 3", Status.FAILED, "[exit code 3]"),
        ("cat nowhere", Status.FAILED, "[exit code 1]"),
        ("if", Status.FAILED, "[exit code 2]"),
        ("while :; do :; done", Status.LIMIT, "[ended: "),
    ],
)
def test_how_a_command_ended_is_shown(
    env: ToolEnv, command: str, status: Status, mark: str
) -> None:
    action = env.action_space.encode("shell", json.dumps({"command": command}))
    observation, _, terminated, *_ = env.step(action)
    assert mark in observation["text"]
    assert list(Status)[observation["status"]] is status
    assert not terminated


def test_a_command_tool_runs_in_the_worlds_folder(env: ToolEnv) -> None:
    env.step(env.action_space.encode("shell", '{"command": "cd /tmp"}'))
    observation, *_ = env.step(env.action_space.encode("check", "{}"))
    assert observation["text"] == "checked\n"


def test_a_command_tool_takes_no_arguments() -> None:
    with pytest.raises(ArgumentsError):
        command_tool("check", "", "true").parse('{"command": "rm -rf /"}')
