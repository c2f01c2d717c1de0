"""Agents as typed on the command line: ``kind:name?option=value``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from tempt.envs.seeding import fingerprint

KINDS = ("random", "scripted")
KINDS_WITHOUT_MODEL = frozenset({"random", "scripted"})
MIXTURE = "mixture"
_MIXTURE_OPTIONS = {"p": "0.1", "bad": "shortcut", "good": "honest"}


class AgentSpecError(ValueError):
    """A text that names no agent.

    Attributes:
        name: The part that is wrong.
        known: What could stand there.
    """

    def __init__(self, message: str, name: str, known: tuple[str, ...]) -> None:
        super().__init__(message)
        self.name = name
        self.known = known


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """Which agent, with which settings.

    Attributes:
        kind: One of `KINDS`.
        name: A policy's name, ``mixture``, or empty.
        options: All settings, defaults filled in.
    """

    kind: str
    name: str
    options: Mapping[str, str]

    @property
    def label(self) -> str:
        """The canonical text; parsing it gives this spec again."""
        base = f"{self.kind}:{self.name}" if self.name else self.kind
        return f"{base}?{urlencode(sorted(self.options.items()))}" if self.options else base

    @property
    def fingerprint(self) -> str:
        """Identifies the agent's settings."""
        return fingerprint({"kind": self.kind, "name": self.name, "options": dict(self.options)})

    @property
    def model_bound(self) -> bool:
        """Whether it waits for a model most of the time, and not for this processor."""
        return self.kind not in KINDS_WITHOUT_MODEL

    @property
    def policies(self) -> tuple[str, ...]:
        """The scripted policies it needs."""
        if self.kind != "scripted":
            return ()
        if self.name == MIXTURE:
            return (self.options["bad"], self.options["good"])
        return (self.name,)


def parse_agent(text: str) -> AgentSpec:
    """The spec that ``text`` names.

    Raises:
        AgentSpecError: The kind, an option or a value is unknown.
    """
    base, _, query = text.partition("?")
    kind, _, name = base.partition(":")
    if kind not in KINDS:
        raise AgentSpecError(f'unknown kind of agent "{kind}" in "{text}"', kind, KINDS)
    if (kind == "scripted") != bool(name):
        raise AgentSpecError(f'"{text}" is not of the form {_form(kind)}', text, (_form(kind),))
    pairs = parse_qsl(query, keep_blank_values=True)
    options = dict(pairs)
    if len(options) != len(pairs):
        raise AgentSpecError(f'an option stands twice in "{text}"', text, tuple(options))
    if name != MIXTURE:
        _refuse(options, (), text)
        return AgentSpec(kind, name, {})
    _refuse(options, tuple(_MIXTURE_OPTIONS), text)
    merged = {**_MIXTURE_OPTIONS, **options}
    return AgentSpec(kind, name, {**merged, "p": f"{_probability(merged['p'], text):.12g}"})


def _form(kind: str) -> str:
    return "scripted:POLICY" if kind == "scripted" else kind


def _refuse(options: Mapping[str, str], known: tuple[str, ...], text: str) -> None:
    for option in options:
        if option not in known:
            raise AgentSpecError(f'unknown option "{option}" in "{text}"', option, known)


def _probability(text: str, whole: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise AgentSpecError(f'p must be a probability in "{whole}"', text, ("0.1",))
    return value
