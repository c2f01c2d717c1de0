"""Spaces for text and tool calls: what they hold, what they draw, how they are batched."""

from __future__ import annotations

import json
import pickle
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector.utils import batch_space, concatenate, create_empty_array, iterate
from hypothesis import given
from hypothesis import strategies as st

from errand import TOOLS
from harness import SCENARIOS, load
from tempt.envs.factors import Arm
from tempt.envs.spaces import ToolCallSpace, Unicode, sample_value
from tempt.envs.tools import MAX_ARGUMENTS, SHELL, SUBMIT, Tool, ToolAction

SEEDS = st.integers(0, 2**31 - 1)

EVERY_KIND = Tool(
    "every_kind",
    "A tool that uses every part of JSON schema that tools may use.",
    {
        "type": "object",
        "properties": {
            "level": {"enum": ["low", "high", 3, None]},
            "lines": {"type": "array", "items": {"type": "string", "maxLength": 16}, "maxItems": 2},
            "sure": {"type": "boolean"},
            "count": {"type": "integer", "minimum": -3, "maximum": 4},
            "any": {"type": "integer"},
            "inner": {"type": "object", "properties": {"x": {"type": "boolean"}}},
        },
        "required": ["level", "lines", "sure", "count", "any", "inner"],
        "additionalProperties": False,
    },
    ToolAction.SHELL,
)


def all_tools() -> list[tuple[Tool, ...]]:
    """The tools of every scenario, arm and level of escalation."""
    found: list[tuple[Tool, ...]] = [(EVERY_KIND, *TOOLS)]
    for scenario in map(load, SCENARIOS):
        for arm in Arm:
            for level in ("absent", "present", "mentioned"):
                found.append(scenario.tools(scenario.instance(arm, {"escalation": level}, 0)))
    return found


def space(*tools: Tool, longest: int = MAX_ARGUMENTS, seed: int | None = None) -> ToolCallSpace:
    return ToolCallSpace(tools, longest, seed=seed)


@given(seed=SEEDS, tools=st.sampled_from(all_tools()))
def test_every_call_drawn_fits_its_tools_schema(seed: int, tools: tuple[Tool, ...]) -> None:
    drawn = space(*tools, seed=seed)
    for _ in range(5):
        action = drawn.sample()
        assert drawn.contains(action)
        number = int(action["tool"])
        assert number < len(tools)
        tools[number].parse(action["arguments"])


def test_every_tool_is_drawn_and_the_unknown_one_never() -> None:
    drawn = space(*TOOLS, seed=1)
    numbers = {int(drawn.sample()["tool"]) for _ in range(300)}
    assert numbers == set(range(len(TOOLS)))


@given(seed=SEEDS)
def test_the_same_seed_draws_the_same_calls(seed: int) -> None:
    one, other = space(*TOOLS, seed=seed), space(*TOOLS)
    other.seed(seed)
    for _ in range(3):
        assert one.sample() == other.sample()


def test_masks_do_not_apply() -> None:
    drawn = space(*TOOLS, seed=1)
    assert drawn.contains(drawn.sample(mask={"tool": None}, probability=None))
    assert isinstance(Unicode(5).sample(mask="x"), str)


@pytest.mark.parametrize("name", [tool.name for tool in TOOLS])
@given(arguments=st.text())
def test_what_was_encoded_is_decoded(name: str, arguments: str) -> None:
    calls = space(*TOOLS)
    action = calls.encode(name, arguments)
    assert calls.decode(action) == (name, arguments)
    assert calls.contains(action)


@given(name=st.text())
def test_any_other_name_is_the_unknown_tools_number(name: str) -> None:
    calls = space(*TOOLS)
    action = calls.encode(f"no {name}", "{}")
    assert int(action["tool"]) == calls.number("") == len(TOOLS)
    assert calls.contains(action)
    assert calls.decode(action) == ("", "{}")


@pytest.mark.parametrize("number", [-1, len(TOOLS), 99])
def test_a_number_out_of_range_is_no_tool(number: int) -> None:
    assert space(*TOOLS).decode({"tool": number, "arguments": "{}"}) == ("", "{}")


UNICODE = Unicode(5)


@pytest.mark.parametrize(
    ("value", "inside"),
    [
        ("", True),
        ("abcde", True),
        ("abcdef", False),
        ("a\nb\0", True),
        ("\ud800", True),
        ("\U0001f600" * 5, True),
        (np.str_("abc"), True),
        (b"abc", False),
        (None, False),
        (5, False),
        (["a"], False),
    ],
)
def test_unicode_holds_any_short_string(value: object, inside: bool) -> None:
    assert UNICODE.contains(value) is inside
    assert (value in UNICODE) is inside


@given(longest=st.integers(0, 40), seed=SEEDS)
def test_unicode_draws_from_itself(longest: int, seed: int) -> None:
    text = Unicode(longest, seed=seed)
    assert text.contains(text.sample())
    assert text.sample().isprintable()


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (Unicode(5), Unicode(5), True),
        (Unicode(5), Unicode(6), False),
        (Unicode(5), spaces.Text(5), False),
        (Unicode(5), 5, False),
        (space(SHELL, SUBMIT), space(SHELL, SUBMIT), True),
        (space(SHELL, SUBMIT), space(SHELL, SUBMIT, seed=3), True),
        (space(SHELL, SUBMIT), space(SUBMIT, SHELL), False),
        (space(SHELL, SUBMIT), space(SHELL, EVERY_KIND), False),
        (space(SHELL, SUBMIT), space(SHELL), False),
        (space(SHELL, longest=5), space(SHELL, longest=6), False),
        (space(SHELL), spaces.Dict({"tool": spaces.Discrete(2), "arguments": Unicode(5)}), False),
        (space(SHELL), "shell", False),
    ],
)
def test_equality(one: object, other: object, equal: bool) -> None:
    assert (one == other) is equal
    assert (other == one) is equal
    assert not equal or hash(one) == hash(other)


@pytest.mark.parametrize("original", [Unicode(5), space(*TOOLS)])
def test_copies_are_equal(original: object) -> None:
    assert deepcopy(original) == original
    assert pickle.loads(pickle.dumps(original)) == original


def test_a_seeded_copy_draws_on_like_its_original() -> None:
    original = space(*TOOLS, seed=4)
    original.sample()
    copied = deepcopy(original)
    assert copied.sample() == original.sample()


def test_text_has_no_array_form() -> None:
    assert not Unicode(5).is_np_flattenable
    assert repr(Unicode(5)) == "Unicode(5)"


@given(texts=st.lists(st.text(max_size=5), min_size=2, max_size=2), number=st.integers(0, 1))
def test_a_batch_holds_what_was_put_into_it(texts: list[str], number: int) -> None:
    single = space(SHELL, longest=5)
    batched = batch_space(single, 2)
    actions = [{"tool": np.int64(number), "arguments": text} for text in texts]
    empty: Any = create_empty_array(single, n=2)
    batch: Any = concatenate(single, actions, empty)
    assert batched.contains(batch)
    assert list(iterate(batched, batch)) == actions


def test_a_batch_too_long_is_not_inside() -> None:
    batched = batch_space(Unicode(2), 2)
    assert batched.contains(("ab", ""))
    assert not batched.contains(("abc", ""))
    assert not batched.contains(("ab",))


@pytest.mark.parametrize("schema", [{}, {"type": "null"}, {"type": "number"}, {"anyOf": []}])
def test_there_is_no_sampler_for_other_schemas(schema: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no sampler"):
        sample_value(schema, np.random.default_rng(0))


def test_arguments_are_json_text() -> None:
    assert isinstance(json.loads(space(EVERY_KIND, seed=2).sample()["arguments"]), dict)
