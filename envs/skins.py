"""Skins: what a scenario's world is dressed in. Each is a table of words, in a TOML file.

A scenario ships some. A user may have others that were never published, which no model can have
been trained on; they keep the form of the shipped ones.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from tempt.envs.resources import table
from tempt.envs.seeding import fingerprint

_MOST_BYTES = 1_000_000
_NAME = re.compile(r"\w[\w .-]*")


class SkinError(ValueError):
    """A user's skins can't be used; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class Skin:
    """What one world is dressed in.

    Attributes:
        name: The skin's name, its file's.
        words: Its table. Nobody may change it.
        edition: The private set that it is of, a hash; empty for what ships.
    """

    name: str
    words: Mapping[str, Any]
    edition: str = ""


@dataclass(frozen=True, slots=True)
class SkinSet:
    """The skins from which a scenario's worlds draw.

    Attributes:
        names: The skins' names, in the order that draws go by.
        read: Gives the table of a name.
        edition: A hash over a private set; empty for what ships.
    """

    names: tuple[str, ...]
    read: Callable[[str], Mapping[str, Any]]
    edition: str = ""

    def skin(self, name: str) -> Skin:
        """The skin called ``name``."""
        return Skin(name, self.read(name), self.edition)


def shipped(package: str, *names: str) -> SkinSet:
    """The skins ``skins/NAME.toml`` of a package, each read when it is drawn."""
    return SkinSet(names, partial(_shipped, package))


def in_one_file(package: str, file: str, *names: str) -> SkinSet:
    """The tables ``skin.NAME`` of one file of a package, each over what all of them share."""
    return SkinSet(names, partial(_in_one_file, package, file))


def private(folder: Path, model: SkinSet) -> SkinSet:
    """A user's own skins, one to a file; of the form of ``model``, in the order of their names.

    Raises:
        SkinError: There are none, or one can't be read or has another form.
    """
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise SkinError(f"there are no skins in {folder}: it should hold files such as shop.toml")
    return _checked(tuple((file, _read(file)) for file in files), model)


@lru_cache(maxsize=16)
def _checked(files: tuple[tuple[Path, str], ...], model: SkinSet) -> SkinSet:
    """Made once for each content of a folder, as every episode asks for it."""
    texts = {file.stem: text for file, text in files}
    tables = {file.stem: _parsed(file, text) for file, text in files}
    pattern = [model.read(name) for name in model.names]
    for file, _ in files:
        for problem in _problems(tables[file.stem], pattern, ""):
            raise SkinError(f"the skin {file} has another form than those that ship: {problem}")
    return SkinSet(tuple(tables), tables.__getitem__, fingerprint(texts))


def _shipped(package: str, name: str) -> Mapping[str, Any]:
    return table(package, f"skins/{name}.toml")


def _in_one_file(package: str, file: str, name: str) -> Mapping[str, Any]:
    shared = dict(table(package, file))
    return {**shared, **shared.pop("skin")[name]}


def _read(file: Path) -> str:
    if not _NAME.fullmatch(file.stem):
        raise SkinError(f"a skin's name is of letters, digits and -, and {str(file)!r} is not")
    if not file.is_file():
        raise SkinError(f"the skin {file} can't be read: it is no file")
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise SkinError(f"the skin {file} is larger than {_MOST_BYTES:,} bytes")
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SkinError(f"the skin {file} can't be read: {error}") from error


def _parsed(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise SkinError(f"the skin {file} can't be read: {error}") from error


def _problems(value: object, pattern: Sequence[Any], where: str) -> Iterator[str]:
    """How ``value`` differs in form from all of ``pattern``: kinds, and keys that all have."""
    if not any(type(value) is type(one) for one in pattern):
        yield f"{where} should be {_kind(pattern[0])}, and is {_kind(value)}"
    elif isinstance(value, Mapping):
        yield from _key_problems(value, [one for one in pattern if isinstance(one, Mapping)], where)
    elif isinstance(value, list):
        items = [item for one in pattern if isinstance(one, list) for item in one]
        fewest = min(len(one) for one in pattern if isinstance(one, list))
        if len(value) < fewest:
            yield f"{where} should have {fewest} entries at least, and has {len(value)}"
        for number, item in enumerate(value):
            yield from _problems(item, items, f"{where}[{number}]") if items else ()


def _key_problems(
    value: Mapping[str, Any], pattern: Sequence[Mapping[str, Any]], where: str
) -> Iterator[str]:
    needed = set(pattern[0]).intersection(*pattern)
    known = set().union(*pattern)
    for key in sorted(needed - set(value)):
        yield f"it lacks {_path(where, key)}"
    for key in sorted(set(value) & known):
        known_values = [one[key] for one in pattern if key in one]
        yield from _problems(value[key], known_values, _path(where, key))
    if not known - needed:
        yield from (f"nothing uses {_path(where, key)}" for key in sorted(set(value) - known))


def _path(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _kind(value: object) -> str:
    kinds = {str: "a text", int: "a number", float: "a number", bool: "true or false"}
    return {**kinds, list: "a list", dict: "a table"}.get(type(value), type(value).__name__)
