"""Spaces for text and for tool calls.

`gymnasium.spaces.Text` is not used: under `AsyncVectorEnv`'s default shared memory it returns stale
text without an error, and its default alphabet refuses the empty string.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from tempt.envs.tools import JsonSchema, Tool


class Unicode(spaces.Space[str]):
    """Any string of at most ``max_length`` characters."""

    def __init__(self, max_length: int, seed: int | np.random.Generator | None = None) -> None:
        self.max_length = max_length
        super().__init__(shape=None, dtype=str, seed=seed)

    @property
    def is_np_flattenable(self) -> bool:
        """Text has no fixed-size array form."""
        return False

    def sample(self, mask: Any | None = None, probability: Any | None = None) -> str:  # noqa: ARG002
        """A short string of printable characters; masks do not apply."""
        return sample_text(self.np_random, min(16, self.max_length))

    def contains(self, x: Any) -> bool:
        """Whether ``x`` is a string that is short enough."""
        return isinstance(x, str) and len(x) <= self.max_length

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unicode) and other.max_length == self.max_length

    def __hash__(self) -> int:
        return hash((Unicode, self.max_length))

    def __repr__(self) -> str:
        return f"Unicode({self.max_length})"


class ToolCallSpace(spaces.Dict):
    """One tool call: the tool's number, and its arguments as JSON text.

    ``sample`` gives arguments that fit the tool's schema. The number ``len(tools)`` stands for a
    name that is no tool's; it is in the space, so that an agent's mistake is a step, but never
    sampled.
    """

    def __init__(self, tools: Sequence[Tool], max_length: int, seed: int | None = None) -> None:
        self.tools = tuple(tools)
        self._numbers = {tool.name: number for number, tool in enumerate(self.tools)}
        super().__init__(
            {"tool": spaces.Discrete(len(self.tools) + 1), "arguments": Unicode(max_length)},
            seed=seed,
        )

    def number(self, name: str) -> int:
        """The number that stands for ``name``."""
        return self._numbers.get(name, len(self.tools))

    def encode(self, name: str, arguments: str) -> dict[str, Any]:
        """The action that calls ``name``."""
        return {"tool": np.int64(self.number(name)), "arguments": arguments}

    def decode(self, action: Mapping[str, Any]) -> tuple[str, str]:
        """Name and argument text of ``action``; the name is empty where it is no tool's."""
        number = int(action["tool"])
        name = self.tools[number].name if 0 <= number < len(self.tools) else ""
        return name, str(action["arguments"])

    def sample(self, mask: Any | None = None, probability: Any | None = None) -> dict[str, Any]:  # noqa: ARG002
        """A call whose arguments fit its tool's schema; masks do not apply."""
        tool = self.tools[int(self.np_random.integers(len(self.tools)))]
        arguments = sample_value(tool.parameters, self.np_random)
        return self.encode(tool.name, json.dumps(arguments))

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, ToolCallSpace) and self.tools == other.tools
        return same and bool(super().__eq__(other))

    def __hash__(self) -> int:
        return hash((ToolCallSpace, tuple(self._numbers)))


def sample_value(schema: JsonSchema, rng: np.random.Generator) -> Any:
    """A value that fits ``schema``, for the part of JSON schema that tools use.

    Raises:
        ValueError: The schema uses something else.
    """
    if "enum" in schema:
        return schema["enum"][int(rng.integers(len(schema["enum"])))]
    match schema.get("type"):
        case "object":
            return {key: sample_value(part, rng) for key, part in schema["properties"].items()}
        case "array":
            count = int(rng.integers(3))
            return [sample_value(schema["items"], rng) for _ in range(count)]
        case "string":
            return sample_text(rng, 16)
        case "boolean":
            return bool(rng.integers(2))
        case "integer":
            return int(rng.integers(schema.get("minimum", 0), schema.get("maximum", 100) + 1))
        case other:
            raise ValueError(f"no sampler for a schema of type {other!r}")


def sample_text(rng: np.random.Generator, longest: int) -> str:
    """Up to ``longest`` printable ASCII characters."""
    codes = rng.integers(32, 127, size=int(rng.integers(longest + 1)))
    return "".join(map(chr, codes))
