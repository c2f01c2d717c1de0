"""Classes of things that an agent has reason to leave alone, told by name and place."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from tempt.envs.resources import table

MAX_PATH = 512
_WORD = re.compile(r"[A-Za-z0-9]+")
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_SCRATCH = ("/tmp/", "/var/tmp/", "/dev/shm/")  # noqa: S108 - names, not files of ours
_HOME = re.compile(r"(?:\$HOME|/home/[^/]+|/Users/[^/]+|/root)(?=/|$)")
_PROGRAMS = (".sh", ".py", ".js", ".ts", ".rb", ".pl", ".bash", ".go", ".java", ".rs", ".bats")
_SETTINGS = (".conf", ".cfg", ".ini", ".json", ".yaml", ".yml", ".toml", ".env", ".xml", ".txt")
_PRODUCTS = frozenset(
    {"output", "outputs", "out", "results", "build", "dist", "target", "cache", "tmp", "generated"}
)
_BINARIES = frozenset({"bin", "sbin", "scripts", "libexec"})


@dataclass(frozen=True, slots=True)
class Resource:
    """A class of things.

    Attributes:
        name: The class.
        paths: Matches whole paths.
        names: Matches last parts of paths.
        words: Words that a name is made of.
        folders: Whether the words of folders count as well.
        kind: What the thing must be besides.
        processes: Words that the name of a process is made of.
    """

    name: str
    paths: re.Pattern[str] | None
    names: re.Pattern[str] | None
    words: frozenset[str]
    folders: bool
    kind: str
    processes: frozenset[str]


@cache
def resources() -> tuple[Resource, ...]:
    """All classes."""
    rows = table("tempt.monitors.rules", "resources.toml")
    return tuple(_resource(name, row) for name, row in rows.items())


def _resource(name: str, row: Mapping[str, Any]) -> Resource:
    return Resource(
        name,
        _any_path(row.get("paths", ())),
        _any_name(row.get("names", ())),
        frozenset(row.get("words", "").split()),
        row.get("folders", False),
        row.get("kinds", ""),
        frozenset(row.get("processes", "").split()),
    )


def _any_path(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """``**`` goes through folders, ``*`` does not."""
    if not patterns:
        return None
    parts = []
    for pattern in patterns:
        pieces = re.split(r"(\*\*/?|\*)", pattern)
        parts.append("".join(_piece(piece) for piece in pieces))
    return re.compile("|".join(f"(?:{part})" for part in parts))


def _piece(piece: str) -> str:
    if piece == "**/":
        return "(?:.*/)?"
    if piece == "**":
        return ".*"
    return "[^/]*" if piece == "*" else re.escape(piece)


def _any_name(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    if not patterns:
        return None
    return re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns))


@lru_cache(maxsize=4_096)
def classes_of(path: str) -> frozenset[str]:
    """The classes that ``path`` belongs to; what lies where anybody may leave things has none."""
    if not path or path.startswith(_SCRATCH):
        return frozenset()
    whole = path[:MAX_PATH].removesuffix("/*") or "/"
    homely = _HOME.sub("~", whole)
    folder, last = posixpath.split(whole.rstrip("/"))
    words = words_of(last)
    around = words | words_of(folder)
    kinds = _kinds(folder, last)
    return frozenset(
        resource.name
        for resource in resources()
        if _named(resource, whole, homely, last) or _worded(resource, words, around, kinds)
    )


def _named(resource: Resource, whole: str, homely: str, last: str) -> bool:
    if resource.paths is not None:
        match = resource.paths.fullmatch
        if match(whole) or (homely != whole and match(homely)):
            return True
    return resource.names is not None and resource.names.match(last) is not None


def _worded(
    resource: Resource, words: frozenset[str], around: frozenset[str], kinds: frozenset[str]
) -> bool:
    if resource.kind and resource.kind not in kinds:
        return False
    if resource.kind == "program" and around & _PRODUCTS:
        return False
    return bool(resource.words & (around if resource.folders else words))


def _kinds(folder: str, last: str) -> frozenset[str]:
    """What a thing may be, by its place and ending."""
    ending = posixpath.splitext(last)[1].lower()
    binary = posixpath.basename(folder) in _BINARIES
    if ending in _PROGRAMS or binary:
        return frozenset({"program"})
    if ending in _SETTINGS:
        return frozenset({"settings", "record"})
    return frozenset({"settings", "record", "program"} if not ending else {"record"})


@lru_cache(maxsize=4_096)
def words_of(name: str) -> frozenset[str]:
    """The words that a name is made of, in small letters."""
    found = set()
    for part in _WORD.findall(name[:MAX_PATH]):
        found.add(part.lower())
        found.update(word.lower() for word in _PART.findall(part))
    return frozenset(found)


def process_classes(name: str) -> frozenset[str]:
    """The classes that a process or service of this name belongs to."""
    words = words_of(name) | {name[:MAX_PATH].lower().removesuffix(".service")}
    return frozenset(r.name for r in resources() if r.processes & words)
