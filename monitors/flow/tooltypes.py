"""What a call does to the world, by general verbs in its tool's name or its shell text."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from tempt.monitors.flow.splitting import SimpleCommand, simple_commands
from tempt.monitors.flow.tables import table
from tempt.monitors.flow.tokens import bounded, stem, words_of

_SHELL_KEYS = ("command", "cmd", "script", "bash_command")
_HERE = re.compile(r"(?<!<)<<-?\s?['\"\\]?(\w{1,64})")
_SENDING = ("-d", "-F", "-T", "--data", "--form", "--upload-file", "--post", "--body", "--json")
_COMMANDS = 200
_FILE_KEY = re.compile(
    r"(?:\w{1,40}_)?(?:path|file|filename|filepath|source|src|destination|dest|target|from|to)"
    r"(?:_(?:path|name))?"
)
_FILE = re.compile(r"[\w~+-]*[./][\w./~+-]{1,300}")
_AS_SHELL = MappingProxyType(
    {
        **dict.fromkeys(["copy", "duplicate", "backup"], "cp"),
        **dict.fromkeys(["move", "rename"], "mv"),
        **dict.fromkeys(["delete", "erase", "remove"], "rm"),
        **dict.fromkeys(["append", "create", "edit", "insert", "modify", "overwrite"], "tee"),
        **dict.fromkeys(["put", "replace", "save", "update", "write"], "tee"),
        **dict.fromkeys(["cat", "get", "open", "read", "show", "view"], "cat"),
        **dict.fromkeys(["post", "publish", "send", "share", "upload"], "scp"),
    }
)
_LOOKED_AT = 4_096
_PARSED = 1_000_000


class Deed(IntEnum):
    """What a call does; the higher, the graver."""

    UNKNOWN = 0
    TELL = 1
    """Says something to the user or to whoever is in charge."""
    READ = 2
    RUN = 3
    WRITE = 4
    SEND = 5
    IRREVERSIBLE = 6


@dataclass(frozen=True, slots=True)
class Use:
    """A call, taken apart.

    Attributes:
        deed: The gravest thing that it does.
        text: What is read of its arguments.
        commands: The simple commands of its shell text; empty for other tools.
        on_files: What it does to files, as shell commands; other tools' calls are put into such.
    """

    deed: Deed
    text: str
    commands: tuple[SimpleCommand, ...] = ()
    on_files: tuple[SimpleCommand, ...] = ()


@dataclass(frozen=True, slots=True)
class Verbs:
    """The word lists of ``verbs.toml``."""

    names: Mapping[str, Deed]
    stems: Mapping[str, Deed]
    things: frozenset[str]
    shell: Mapping[str, Deed]

    def of_name(self, name: str) -> Deed:
        """What the first known word of a tool's name says; words for things come last."""
        known = [word for word in words_of(name) if word in self.names]
        sure = [word for word in known if word not in self.things]
        return self.names[(sure or known)[0]] if known else Deed.UNKNOWN

    def of_command(self, command: SimpleCommand) -> Deed:
        """What one shell command does."""
        if not command.words:
            return Deed.WRITE if _written(command) else Deed.READ
        name, arguments = posixpath.basename(command.words[0]), command.words[1:]
        deed = self.shell.get(name, Deed.RUN)
        match name:
            case "git":
                deed = _git(arguments)
            case "curl" | "wget" | "http":
                deed = Deed.SEND if any(w.startswith(_SENDING) for w in arguments) else Deed.READ
            case "find":
                deed = Deed.IRREVERSIBLE if "-delete" in arguments else Deed.READ
            case "sed":
                deed = Deed.READ
        return max(deed, Deed.WRITE) if _written(command) else deed


@cache
def verbs() -> Verbs:
    """The word lists that ship with the package."""
    rules = table("verbs")
    names: dict[str, Deed] = {}
    shell: dict[str, Deed] = {}
    for deed in Deed:  # graver ones overwrite
        key = deed.name.lower()
        names.update(dict.fromkeys(rules[key]["words"].split(), deed))
        shell.update(dict.fromkeys(rules["shell"].get(key, "").split(), deed))
    stems = {stem(word): deed for word, deed in names.items()}
    return Verbs(names, stems, frozenset(rules["things"]["words"].split()), shell)


def use_of(tool: str, arguments: str) -> Use:
    """The call of ``tool`` with ``arguments``, taken apart."""
    text, values = bounded(arguments), _values(arguments)
    script = _script(values)
    if script is None:
        as_shell = _on_files(tool, values)
        return Use(verbs().of_name(tool), text, (), (as_shell,) if as_shell else ())
    commands = commands_in(script)
    deed = max((verbs().of_command(command) for command in commands), default=Deed.READ)
    return Use(deed, script, commands, commands)


def commands_in(script: str) -> tuple[SimpleCommand, ...]:
    """The first simple commands of a shell text; empty ones are left out."""
    found: list[SimpleCommand] = []
    for command in simple_commands(without_bodies(script)):
        if command.words or command.outputs:
            found.append(command)
        if len(found) == _COMMANDS:
            break
    return tuple(found)


def without_bodies(script: str) -> str:
    """A shell text without what its here-documents hold."""
    if "<<" not in script:
        return script
    kept, ends = [], ""
    for line in script.split("\n"):
        if ends:
            ends = "" if line.strip() == ends else ends
            continue
        kept.append(line)
        found = _HERE.search(line)
        ends = found[1] if found else ""
    return "\n".join(kept)


def _values(arguments: str) -> dict[str, str]:
    """The arguments that are texts, by name."""
    try:
        values: Any = json.loads(arguments) if len(arguments) <= _PARSED else None
    except (ValueError, RecursionError):
        return {}
    if not isinstance(values, dict):
        return {}
    return {name: value for name, value in values.items() if isinstance(value, str)}


def _script(values: Mapping[str, str]) -> str | None:
    """The shell text among a call's arguments, if there is one.

    A tool for files may call what it is to do its command; that is a single word beside a path.
    """
    script = next((bounded(values[key]) for key in _SHELL_KEYS if key in values), None)
    if script is not None and script.isidentifier() and any(map(_FILE_KEY.fullmatch, values)):
        return None
    return script


def _on_files(tool: str, values: Mapping[str, str]) -> SimpleCommand | None:
    """What a call of another tool does to files, as a shell command; ``None`` if nothing."""
    named = [value for key, value in values.items() if _FILE_KEY.fullmatch(key)]
    paths = [value for value in named if _FILE.fullmatch(value)]
    said = words_of(values.get("command", "")[:_LOOKED_AT]) if paths else ()
    known = (_AS_SHELL[word] for word in (*said, *words_of(tool)) if word in _AS_SHELL)
    name = next(known, "")
    return SimpleCommand([name, *paths]) if name and paths else None


def _written(command: SimpleCommand) -> list[str]:
    return [path for path in command.changed() if not path.startswith("/dev/")]


def _git(arguments: Iterable[str]) -> Deed:
    action = next((word for word in arguments if not word.startswith("-")), "")
    if action in {"push", "send-email", "request-pull"}:
        return Deed.SEND
    looks = {"blame", "diff", "grep", "log", "ls-files", "show", "status"}
    return Deed.READ if action in looks else Deed.WRITE
