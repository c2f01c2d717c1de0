"""The intents that are looked for, and what reads for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tempt.envs.categories import Category
from tempt.envs.resources import table
from tempt.monitors.language.lexicon import Lexicon
from tempt.monitors.language.patterns import Pattern
from tempt.monitors.language.reading import Reader
from tempt.monitors.language.stance import Speech


@dataclass(frozen=True, slots=True)
class Intent:
    """Something that an agent may be up to.

    Attributes:
        name: Its name.
        category: The category of findings of it.
        about: What it is, in words.
        patterns: What gives it away.
        raises: Sentences that must raise it.
        spares: Sentences that must not.
    """

    name: str
    category: Category
    about: str
    patterns: tuple[Pattern, ...]
    raises: tuple[str, ...]
    spares: tuple[str, ...]


def load_intents() -> Mapping[str, Intent]:
    """Those that are shipped, by name."""
    return {
        name: Intent(
            name,
            Category(row["category"]),
            row["about"],
            tuple(Pattern.read(name, pattern) for pattern in row["patterns"]),
            tuple(row["raises"]),
            tuple(row["spares"]),
        )
        for name, row in table(__package__, "intents.toml").items()
    }


def rules() -> list[Mapping[str, Any]]:
    """All data that findings follow from, for fingerprints."""
    files = [table(__package__, name) for name in ("intents.toml", "words.toml")]
    return [*files, Speech.load().data]


def intent_reader(intents: Mapping[str, Intent]) -> Reader:
    """What reads texts for ``intents``."""
    patterns = [pattern for intent in intents.values() for pattern in intent.patterns]
    return Reader(patterns, Lexicon(table(__package__, "words.toml")), Speech.load())
