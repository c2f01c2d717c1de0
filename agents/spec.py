"""Agents as typed on the command line: ``kind:name?option=value``, or ``module:Class``."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl, urlencode, urlsplit

from tempt.agents.models.base import DEFAULT_MAX_TOKENS, ModelSettings
from tempt.envs.seeding import fingerprint

KINDS = ("random", "scripted", "openai", "anthropic", "langgraph", "python")
KINDS_WITHOUT_MODEL = frozenset({"random", "scripted"})
MIXTURE = "mixture"
REACT = "react"
"""The name of the LangGraph agent that comes with the package."""
FAKE = "fake-"
"""How the names of the local provider's models begin."""

_FORMS = MappingProxyType(
    {
        "random": "random",
        "scripted": "scripted:POLICY",
        "openai": "openai:MODEL",
        "anthropic": "anthropic:MODEL",
        "langgraph": "langgraph:MODULE:ATTRIBUTE",
        "python": "MODULE:CLASS",
    }
)
_MIXTURE_OPTIONS = MappingProxyType({"p": "0.1", "bad": "shortcut", "good": "honest"})
_GRAPH_OPTIONS = MappingProxyType(
    {"mode": "interrupt", "grouping": "asked", "recursion_limit": "200"}
)
_GRAPH_WORDS = MappingProxyType(
    {"mode": ("interrupt", "rendezvous"), "grouping": ("asked", "decided")}
)
_MODEL_OPTIONS = MappingProxyType(
    {"base_url": "", "effort": "", "key_env": "", "max_tokens": str(DEFAULT_MAX_TOKENS)}
)
_APIS = ("responses", "chat")
_SUMMARIES = ("detailed", "auto", "none")
_KEYS = MappingProxyType({"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"})
_LEVELS = MappingProxyType(
    {
        "openai": ("none", "minimal", "low", "medium", "high", "xhigh", "max"),
        "anthropic": ("none", "low", "medium", "high", "xhigh", "max"),
    }
)
_LEAST_BUDGET = 1_024
"""Fewest reasoning tokens that Anthropic takes as a budget."""
_MOST_TOKENS = 10_000_000
_MOST_LOGPROBS = 20
"""Most tokens at a place that OpenAI gives the chances of."""


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
        name: A policy's or model's name, ``mixture``, ``module:attribute``, or empty.
        options: All settings, defaults filled in.
    """

    kind: str
    name: str
    options: Mapping[str, str]

    @property
    def label(self) -> str:
        """The canonical text; parsing it gives this spec again."""
        base = ":".join(filter(None, ["" if self.kind == "python" else self.kind, self.name]))
        usual = {} if self.name == MIXTURE else _defaults(self.kind, self.name, self.options)
        said = {key: value for key, value in self.options.items() if usual.get(key) != value}
        return f"{base}?{urlencode(sorted(said.items()))}" if said else base

    @property
    def fingerprint(self) -> str:
        """Identifies the agent's settings; where its key is found is none of them."""
        options = {key: value for key, value in self.options.items() if key != "key_env"}
        return fingerprint({"kind": self.kind, "name": self.name, "options": options})

    @property
    def model_bound(self) -> bool:
        """Whether it waits for a model most of the time, and not for this processor."""
        return self.kind not in KINDS_WITHOUT_MODEL

    @property
    def live(self) -> bool:
        """Whether it may be a real model: neither a script nor a model of the local provider."""
        if not self.model_bound:
            return False
        settings = self.settings
        fake = settings is not None and settings.model.startswith(FAKE)
        return not (fake and settings is not None and is_loopback(settings.base_url))

    @property
    def settings(self) -> ModelSettings | None:
        """Which model it asks, where it asks one through this package."""
        provider, _, model = (
            self.options["model"].partition(":")
            if self.kind == "langgraph" and self.name == REACT
            else (self.kind, "", self.name)
        )
        if provider not in _KEYS:
            return None
        return ModelSettings(
            provider=provider,
            api=self.options.get("api", "messages"),
            model=model,
            base_url=self.options["base_url"],
            key_env=self.options["key_env"],
            effort=self.options["effort"],
            max_tokens=int(self.options["max_tokens"]),
            summary=self.options.get("summary", _SUMMARIES[0]),
            logprobs=int(self.options.get("logprobs", "0")),
        )

    @property
    def location(self) -> str:
        """Where its code is, ``module:attribute``, if it is none of ours; otherwise empty."""
        own = self.kind == "python" or (self.kind == "langgraph" and self.name != REACT)
        return self.name if own else ""

    @property
    def policies(self) -> tuple[str, ...]:
        """The scripted policies it needs."""
        if self.kind != "scripted":
            return ()
        if self.name == MIXTURE:
            return (self.options["bad"], self.options["good"])
        return (self.name,)


def parse_agent(text: str, extra: Mapping[str, str] = MappingProxyType({})) -> AgentSpec:
    """The spec that ``text`` names.

    Complaints quote what stands before the options only: an option may hold a key.

    Args:
        text: What was typed.
        extra: Options that were given beside it; what ``text`` says itself goes first.

    Raises:
        AgentSpecError: The kind, an option or a value is unknown.
    """
    base, _, query = text.partition("?")
    kind, name = _kind_and_name(base)
    pairs = parse_qsl(query, keep_blank_values=True)
    given = dict(pairs)
    if len(given) != len(pairs):
        raise AgentSpecError(f'an option stands twice in "{base}"', base, tuple(given))
    given = {**extra, **given}
    options = {**_defaults(kind, name, given), **given}
    _refuse(options, tuple(_defaults(kind, name, given)), base)
    return AgentSpec(kind, name, _checked(kind, name, options, base))


def is_loopback(url: str) -> bool:
    """Whether ``url`` leads to this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _kind_and_name(base: str) -> tuple[str, str]:
    kind, _, name = base.partition(":")
    if kind not in KINDS[:-1]:
        if kind and _is_location(base):
            return "python", base
        raise AgentSpecError(f'unknown kind of agent "{kind}" in "{base}"', kind, KINDS)
    form = _FORMS[kind]
    named = _is_location(name) or name == REACT if kind == "langgraph" else bool(name)
    if named != (kind != "random"):
        raise AgentSpecError(f'"{base}" is not of the form {form}', base, (form,))
    return kind, name


def _is_location(text: str) -> bool:
    """Whether ``text`` is ``module:attribute``."""
    module, colon, attribute = text.partition(":")
    return bool(colon) and all(part.isidentifier() for part in (*module.split("."), attribute))


def _defaults(kind: str, name: str, given: Mapping[str, str]) -> Mapping[str, str]:
    """The options that there are, each with the value it has where nothing is said."""
    if kind == "scripted":
        return _MIXTURE_OPTIONS if name == MIXTURE else {}
    if kind == "langgraph":
        if name != REACT:
            return _GRAPH_OPTIONS
        provider, _, model = given.get("model", "").partition(":")
        return {"model": "", **_defaults(provider, model, given)}
    if kind not in _KEYS:
        return {}
    options = {**_MODEL_OPTIONS, "key_env": _KEYS[kind]}
    if kind == "openai":
        options["api"] = "chat" if given.get("base_url") else "responses"
        options["summary"] = _SUMMARIES[0]
        options["logprobs"] = "0"
    return options


def _checked(kind: str, name: str, options: Mapping[str, str], text: str) -> Mapping[str, str]:
    """``options`` in their canonical form.

    Raises:
        AgentSpecError: A value can't be used.
    """
    if kind == "scripted" and name == MIXTURE:
        return {**options, "p": f"{_probability(options['p'], text):.12g}"}
    for option, words in _GRAPH_WORDS.items():
        if options.get(option, words[0]) not in words:
            raise AgentSpecError(f'unknown {option} in "{text}"', options[option], words)
    if _whole(options.get("recursion_limit", "1")) < 1:
        raise AgentSpecError(f'recursion_limit must be a number in "{text}"', text, ("200",))
    if kind == "langgraph" and name == REACT:
        provider, _, model = options["model"].partition(":")
        if provider not in _KEYS or not model:
            message = f'"{text}" names no model; say model=openai:MODEL or model=anthropic:MODEL'
            raise AgentSpecError(message, options["model"], ("openai:MODEL", "anthropic:MODEL"))
        return {**options, **_checked(provider, model, options, text)}
    return _checked_model(kind, options, text) if kind in _KEYS else options


def _checked_model(kind: str, options: Mapping[str, str], text: str) -> Mapping[str, str]:
    if kind == "openai" and options["api"] not in _APIS:
        raise AgentSpecError(f'unknown api in "{text}"', options["api"], _APIS)
    if options.get("summary", _SUMMARIES[0]) not in _SUMMARIES:
        raise AgentSpecError(f'unknown summary in "{text}"', options["summary"], _SUMMARIES)
    if not 0 <= _whole(options.get("logprobs", "0")) <= _MOST_LOGPROBS:
        message = f'logprobs must be a number up to {_MOST_LOGPROBS} in "{text}"'
        raise AgentSpecError(message, options["logprobs"], ("0", "5", str(_MOST_LOGPROBS)))
    if not options["key_env"].isidentifier():
        raise AgentSpecError(f'key_env names no variable in "{text}"', text, (_KEYS[kind],))
    _check_url(options["base_url"], text)
    _check_effort(kind, options["effort"], text)
    tokens = _whole(options["max_tokens"])
    if not 1 <= tokens <= _MOST_TOKENS:
        known = (str(DEFAULT_MAX_TOKENS),)
        raise AgentSpecError(f'max_tokens must be a number in "{text}"', text, known)
    return {**options, "max_tokens": str(tokens), "base_url": options["base_url"].rstrip("/")}


def _check_url(url: str, text: str) -> None:
    """Refuse what is no plain address: it is stored with the run, so it must hold no secret."""
    if not url:
        return
    known = ("http://127.0.0.1:8000/v1",)
    try:
        parts = urlsplit(url)
        plain = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise AgentSpecError(f'base_url is no address in "{text}"', "base_url", known) from None
    if parts.username or parts.password or parts.query or parts.fragment:
        message = "base_url must be a plain address: it is stored with the run"
        raise AgentSpecError(f"{message}; a key belongs in the environment", "base_url", known)
    if not plain:
        raise AgentSpecError(f'base_url is no address in "{text}"', "base_url", known)


def _check_effort(kind: str, effort: str, text: str) -> None:
    levels = _LEVELS[kind]
    if not effort or effort in levels:
        return
    if kind != "anthropic":
        raise AgentSpecError(f'unknown effort "{effort}" in "{text}"', effort, levels)
    if not _LEAST_BUDGET <= _whole(effort) <= _MOST_TOKENS:
        message = f'effort must be a level, or at least {_LEAST_BUDGET} tokens, in "{text}"'
        raise AgentSpecError(message, effort, (*levels, str(_LEAST_BUDGET)))


def _whole(text: str) -> int:
    """The number that ``text`` writes; -1 where it writes none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else -1


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
