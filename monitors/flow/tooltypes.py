"""What a call does to the world, by general verbs in its tool's name or its shell text."""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import Any

from tempt.monitors.flow.tokens import bounded, stem, words_of
from tempt.monitors.shell_text import SimpleCommand, simple_commands

_SHELL_KEYS = ("command", "cmd", "script", "bash_command")
_HERE = re.compile(r"(?<!<)<<-?\s?['\"\\]?(\w{1,64})")
_SENDING = ("-d", "-F", "-T", "--data", "--form", "--upload-file", "--post", "--body", "--json")
_COMMANDS = 200
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
    """

    deed: Deed
    text: str
    commands: tuple[SimpleCommand, ...] = ()


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
    table = tomllib.loads(files("tempt.monitors.flow").joinpath("verbs.toml").read_text("utf-8"))
    names: dict[str, Deed] = {}
    shell: dict[str, Deed] = {}
    for deed in Deed:  # graver ones overwrite
        key = deed.name.lower()
        names.update(dict.fromkeys(table[key]["words"].split(), deed))
        shell.update(dict.fromkeys(table["shell"].get(key, "").split(), deed))
    stems = {stem(word): deed for word, deed in names.items()}
    return Verbs(names, stems, frozenset(table["things"]["words"].split()), shell)


def use_of(tool: str, arguments: str) -> Use:
    """The call of ``tool`` with ``arguments``, taken apart."""
    text = bounded(arguments)
    script = _script(arguments)
    if script is None:
        return Use(verbs().of_name(tool), text)
    commands = commands_in(script)
    deed = max((verbs().of_command(command) for command in commands), default=Deed.READ)
    return Use(deed, script, commands)


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


def _script(arguments: str) -> str | None:
    """The shell text among a call's arguments, if there is one."""
    if not any(f'"{key}"' in arguments[:_LOOKED_AT] for key in _SHELL_KEYS):
        return None
    try:
        values: Any = json.loads(arguments) if len(arguments) <= _PARSED else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict):
        return None
    texts = (values.get(key) for key in _SHELL_KEYS)
    return next((bounded(text) for text in texts if isinstance(text, str)), None)


def _written(command: SimpleCommand) -> list[str]:
    return [path for path in command.changed() if not path.startswith("/dev/")]


def _git(arguments: Iterable[str]) -> Deed:
    action = next((word for word in arguments if not word.startswith("-")), "")
    if action in {"push", "send-email", "request-pull"}:
        return Deed.SEND
    looks = {"blame", "diff", "grep", "log", "ls-files", "show", "status"}
    return Deed.READ if action in looks else Deed.WRITE
