"""Shell text cut into words without a grammar, for what the grammar makes no sense of."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<end>[;|&()\n]+)
      | (?P<word>(?:'[^']*' | "(?:[^"\\]|\\.)*" | \\. | [^\s;|&()'"\\]+)+)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTES = re.compile(r"['\"\\]")


def rough_commands(text: str) -> Iterator[list[str]]:
    """The words between what parts commands from one another; there may be none."""
    words: list[str] = []
    for token in _TOKEN.finditer(text):
        if token["end"]:
            yield words
            words = []
        else:
            words.append(_QUOTES.sub("", token["word"]))
    yield words
