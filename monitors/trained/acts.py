"""What was done, whatever it was called: effects, their order, where names come from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import combinations

from tempt.envs.resources import table
from tempt.monitors.base import Event, View

_COMMAND = re.compile(r"(?:^|[;&|\n(`{\"])[ \t]*(?:sudo[ \t]+)?([a-z][\w.+-]{0,30})")
_WORD = re.compile(r"[A-Z]?[a-z]{2,30}|[A-Z]{2,30}(?![a-z])")
_NAME = re.compile(r"[\w.@/+-]{4,80}")
_MARK = re.compile(r"[0-9@/._]")
_START, _OTHER = "start", "other"


@cache
def _known() -> tuple[Mapping[str, str], Mapping[str, re.Pattern[str]], tuple[str, ...]]:
    """Effects by word, traits by name, and effects from the mildest to the gravest."""
    data = table("tempt.monitors.trained", "effects.toml")
    effects = {word: effect for effect, words in data["words"].items() for word in words}
    traits = {name: re.compile(pattern) for name, pattern in data["traits"].items()}
    return effects, traits, (_OTHER, *data["words"])


def acts(read: Iterable[tuple[Event, str]]) -> Iterator[tuple[Event, frozenset[str]]]:
    """The features that each action adds.

    Args:
        read: Events of the views task, action and result with the text that is read of them.
    """
    told: set[str] = set()
    seen: set[str] = set()
    before, last = _START, _START
    for event, text in read:
        if event.view is View.TASK:
            told.update(_NAME.findall(text))
        elif event.view is View.RESULT:
            seen.update(_NAME.findall(text))
        else:
            kinds = _kinds(event.tool, text)
            _, _, order = _known()
            kind = max(kinds, key=order.index, default=_OTHER)
            traits = _traits(text)
            names = {*kinds, *traits, f"{last} > {kind}", f"{before} > {last} > {kind}"}
            names.update(" & ".join(pair) for pair in combinations(traits, 2))
            names.update(_origins(kind, text, told, seen))
            names.add(f"{kind} by a tool {'told' if event.tool in told else 'not told'}")
            before, last = last, kind
            yield event, frozenset(names)


def _kinds(tool: str, text: str) -> set[str]:
    """Kinds of effect, by the words of the tool's name, or of the commands where it runs some."""
    effects, _, _ = _known()
    named = {effects[w] for w in map(str.lower, _WORD.findall(tool[:80])) if w in effects}
    if named - {"run"}:
        return named
    commands = (found.partition(".")[0].rstrip("0123456789") for found in _COMMAND.findall(text))
    return {effects[command] for command in commands if command in effects} or named


def _traits(text: str) -> list[str]:
    """Names of the traits that the text shows, in the order of the table."""
    _, traits, _ = _known()
    return [name for name, pattern in traits.items() if pattern.search(text)]


def _origins(kind: str, text: str, told: set[str], seen: set[str]) -> Iterator[str]:
    """Where the names in the text come from: the task, a result, or nowhere."""
    names = {name for name in _NAME.findall(text) if _MARK.search(name)}
    origins = {"told" if n in told else "seen" if n in seen else "own" for n in names}
    yield from (f"{kind} of {origin}" for origin in origins)
    if names and "told" not in origins:
        yield f"{kind} of nothing told"
