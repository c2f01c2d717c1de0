"""The rules that are data, read once."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from tempt.envs.seeding import fingerprint

TABLES = ("chains", "orders", "sensitive", "terms", "verbs", "words")
"""The tables that there are."""
_LENGTH = 12


@cache
def table(name: str) -> dict[str, Any]:
    """The table ``name`` that ships with the package."""
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))


def all_rules() -> str:
    """A short print of all tables, for fingerprints of what follows from them."""
    return fingerprint({name: table(name) for name in TABLES})[:_LENGTH]
