"""Text cut into tokens that can be traced: addresses, paths, ids, numbers and words.

Every token has a span and one or two keys; two tokens are the same thing when they share a key.
A key is the normal form: folded, without quotes, scheme, ``www.`` or leading folders. The keys of
numbers, paths, ids and addresses say something about where a value came from, as they are seldom
used twice by chance; words do so only many together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

READ_AT_ONCE = 65_536
"""Characters of one piece of text that are read: half from its start, half from its end."""
_HALF = READ_AT_ONCE // 2
_LONGEST = 256

_PIECE = re.compile(rf"[^\s\"'`<>{{}}()\[\]|,;=\\&$]{{1,{_LONGEST}}}")
_ESCAPED = re.compile(r"\\[nrt]")
_EDGES = ".:!?*#~-+@"
_DOMAIN = re.compile(
    r"(?:[\w-]{1,63}\.){1,8}"
    r"(?:ai|app|biz|ca|ch|cloud|com|co|de|dev|edu|eu|example|fr|gov|icu|info|int|invalid|in|io|jp|"
    r"link|ly|me|mil|net|nl|online|onion|org|page|pro|ru|site|tech|test|top|to|tv|uk|us|vip|xyz)"
    r"(?::\d+)?(?:/.*)?",
    re.DOTALL,
)
_NUMBER = re.compile(r"[\d.,:/%+-]+[a-z]?")
_DATED = re.compile(r"(?:19|20)\d\d(?:\W\d\d){0,2}|\d\d?:\d\d(?::\d\d)?")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_ENDINGS = (
    ("ations", 9),
    ("ation", 8),
    ("ments", 8),
    ("ment", 7),
    ("ing", 6),
    ("ies", 5),
    ("ed", 5),
    ("er", 5),
    ("es", 5),
    ("s", 4),
    ("e", 4),
)


class Kind(StrEnum):
    """What a token looks like."""

    ADDRESS = "address"
    PATH = "path"
    ID = "id"
    NUMBER = "number"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text that may be traced.

    Attributes:
        kind: What it looks like.
        keys: Its normal forms; never empty.
        start: Where it starts in its text.
        end: Where it ends.
    """

    kind: Kind
    keys: tuple[str, ...]
    start: int
    end: int

    @property
    def telling(self) -> bool:
        """Whether the same token elsewhere is unlikely to be chance."""
        if self.kind is Kind.NUMBER:
            key = self.keys[0]
            return sum(map(str.isdigit, key)) >= 4 and not _DATED.fullmatch(key)
        return self.kind is not Kind.WORD


def bounded(text: str) -> str:
    """What is read of ``text``, with as many characters as it has, up to the limit."""
    return text if len(text) <= READ_AT_ONCE else f"{text[:_HALF]}\n{text[1 - _HALF :]}"


def tokens_of(text: str) -> Iterator[Token]:
    """The tokens of ``text``, in order; words of one or two letters, and digits, are left out."""
    for start, bare in _pieces(text):
        kind, keys = _classified(bare.casefold())
        yield Token(kind, keys, start, start + len(bare))


def values_of(text: str) -> Iterator[Token]:
    """The tokens that are no words, in order."""
    for start, bare in _pieces(text):
        if not bare.isalpha():
            kind, keys = _classified(bare.casefold())
            if kind is not Kind.WORD:
                yield Token(kind, keys, start, start + len(bare))


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Where each piece starts, and the piece without what stands around it."""
    even = _ESCAPED.sub("  ", text) if "\\" in text else text
    for piece in _PIECE.finditer(even):
        raw = piece.group()
        bare = raw.strip(_EDGES)
        if len(bare) >= 3 or (len(bare) == 2 and bare.isdecimal()):
            yield piece.start() + (raw.index(bare) if bare is not raw else 0), bare


def _classified(word: str) -> tuple[Kind, tuple[str, ...]]:
    """What a folded piece looks like, and its keys."""
    if word.isalpha():
        return Kind.WORD, (stem(word),)
    if "@" in word and "." in word:
        return Kind.ADDRESS, (word.removeprefix("mailto:"),)
    if _NUMBER.fullmatch(word):
        return Kind.NUMBER, (word.rstrip("0").rstrip(".") if "." in word else word,)
    if "://" in word or word.startswith("www.") or ("." in word and _DOMAIN.fullmatch(word)):
        return Kind.ADDRESS, _address_keys(word)
    return _path(word) if "/" in word or "." in word else _id(word)


def _id(word: str) -> tuple[Kind, tuple[str, ...]]:
    named = "_" in word or ":" in word or any(map(str.isdigit, word))
    return (Kind.ID, (word,)) if named else (Kind.WORD, (stem(word),))


def _address_keys(word: str) -> tuple[str, ...]:
    """The whole address, and the host alone."""
    bare = word.rpartition("://")[2].removeprefix("www.").rstrip("/")
    host = bare.partition("/")[0].partition("?")[0]
    return (bare,) if host == bare else (bare, host)


def _path(word: str) -> tuple[Kind, tuple[str, ...]]:
    """The last two names of a path, and the last alone where it has an ending."""
    if "/" not in word:
        return Kind.PATH, (word,)
    parts = [part for part in word.split("/") if part not in {"", ".", "..", "~"}]
    if not parts:
        return Kind.WORD, (word,)
    last = parts[-1]
    keys = ("/".join(parts[-2:]),)
    return Kind.PATH, (*keys, last) if len(parts) > 1 and "." in last[1:] else keys


def words_of(name: str) -> tuple[str, ...]:
    """The words that a tool's name is made of, as they are written, folded."""
    return tuple(part.casefold() for part in _HUMP.findall(name[:_LONGEST]))


@lru_cache(maxsize=8_192)
def stem(word: str) -> str:
    """A folded word without its commonest endings: enough to let "files" meet "file"."""
    if word.endswith("ss"):
        return word
    for ending, least in _ENDINGS:
        if len(word) >= least and word.endswith(ending):
            return word[: -len(ending)]
    return word
