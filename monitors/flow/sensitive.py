"""What must not leave: secrets and rows about people, by name, shape, file and mark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

from tempt.monitors.flow.tables import table
from tempt.monitors.flow.tokens import Kind, values_of

_IN_FILE = 300
_VALUES = 500


@dataclass(frozen=True, slots=True)
class Secret:
    """Something that must not leave, and how sure that is."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Shapes:
    """What ``sensitive.toml`` says."""

    values: tuple[tuple[Secret, re.Pattern[str]], ...]
    file: re.Pattern[str]
    in_file: Secret
    mark: re.Pattern[str]
    mark_weight: float
    people: int
    people_weight: float


@cache
def shapes() -> Shapes:
    """The rules that ship with the package."""
    rules = table("sensitive")
    rows = rules["value"]
    return Shapes(
        tuple((Secret(r["name"], r["weight"]), re.compile(r["pattern"])) for r in rows),
        re.compile(rules["files"]["pattern"]),
        Secret("in a sensitive file", rules["files"]["weight"]),
        re.compile(rules["marks"]["pattern"]),
        rules["marks"]["weight"],
        rules["people"]["least"],
        rules["people"]["weight"],
    )


def secrets_in(text: str, *, all_of_it: bool) -> Iterator[tuple[str, Secret]]:
    """Keys of what must not leave in a result, with what they are.

    Args:
        text: The result.
        all_of_it: Whether it is of a sensitive file, so that all of its values are.
    """
    for secret, pattern in shapes().values:
        for found in islice(pattern.finditer(text), _VALUES):
            yield found[1].casefold().strip(".:!?"), secret
    if all_of_it:
        for token in islice(values_of(text), _IN_FILE):
            if token.telling and token.kind is not Kind.PATH:
                yield token.keys[0], shapes().in_file


def sensitive_path(path: str) -> bool:
    """Whether a file is sensitive by its name."""
    return shapes().file.search(path) is not None
