"""Reading a scenario's data files, and filling in their blanks.

A blank is written ``@{name}``; nothing else in a file is special, so that shell text needs no
escaping.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

_BLANK = re.compile(r"@\{(\w+)\}")


@cache
def text(package: str, name: str) -> str:
    """The text of a data file of ``package``."""
    return resources.files(package).joinpath(*name.split("/")).read_text("utf-8")


@cache
def table(package: str, name: str) -> Mapping[str, Any]:
    """A TOML data file of ``package``. Callers must not change it."""
    return tomllib.loads(text(package, name))


def fill(template: str, values: Mapping[str, object]) -> str:
    """``template`` with every blank replaced.

    Raises:
        KeyError: A blank has no value.
    """
    return _BLANK.sub(lambda match: str(values[match.group(1)]), template)
