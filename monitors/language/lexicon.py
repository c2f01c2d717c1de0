"""Words sorted into classes, as a data file lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

_NONE: frozenset[str] = frozenset()
_CACHED = 1 << 13


class Lexicon:
    """Says which classes a word belongs to.

    Args:
        classes: Words of each class; ``fabricat*`` stands for every word that begins so.
    """

    def __init__(self, classes: Mapping[str, Sequence[str]]) -> None:
        self._whole: dict[str, frozenset[str]] = {}
        self._begun: dict[str, frozenset[str]] = {}
        for name, words in classes.items():
            for word in words:
                table = self._begun if word.endswith("*") else self._whole
                key = word.rstrip("*")
                table[key] = table.get(key, _NONE) | {name}
        self._lengths = sorted({len(key) for key in self._begun})
        self.classes_of = lru_cache(maxsize=_CACHED)(self._classes_of)

    def _classes_of(self, word: str) -> frozenset[str]:
        """The classes of ``word``, which is in lower case."""
        found = self._whole.get(word, _NONE)
        for length in self._lengths:
            if length > len(word):
                break
            found |= self._begun.get(word[:length], _NONE)
        return found
