"""What a tool call does: the shell text in it, or the file that it names."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tempt.monitors.shell.model import Act, Effect, ParsedCommand, SimpleCommand
from tempt.monitors.shell.reader import read_shell
from tempt.monitors.shell.syntax import MAX_TEXT

_MAX_ARGUMENTS = 4 * MAX_TEXT
_COMMANDS = ("command", "cmd", "script", "bash", "shell", "commands")
_PATHS = ("path", "file_path", "filepath", "filename", "file", "target_file", "source", "src")
_TARGETS = ("destination", "dest", "dst", "target", "new_path", "to")
_CONTENTS = ("content", "contents", "text", "file_text", "new_str", "data", "body")
_PART = re.compile(r"[A-Z]?[a-z]+")
_TERMINALS = frozenset("bash shell sh terminal console exec execute run command cmd".split())  # noqa: SIM905
_VERBS = {
    Effect.DELETE: "delete remove rm unlink trash",
    Effect.MOVE: "move rename mv",
    Effect.APPEND: "append insert add",
    Effect.WRITE: "write save create edit replace update overwrite patch put str",
    Effect.PERMISSION: "chmod chown permission",
    Effect.READ: "read open view cat get load show",
    Effect.LIST: "list ls dir",
}
_BY_VERB = {verb: effect for effect, verbs in _VERBS.items() for verb in verbs.split()}


def command_text(arguments: str) -> str:
    """The command in a call's arguments; the arguments themselves where there is none.

    Args:
        arguments: As the agent wrote them: hostile.
    """
    given = _object(arguments)
    command = None if given is None else _command(given)
    return arguments[:_MAX_ARGUMENTS] if command is None else command


@lru_cache(maxsize=64)
def read_call(tool: str, arguments: str) -> tuple[ParsedCommand, str]:
    """What a call does, and the text that says so.

    A call of a tool that takes a command is read as shell text, and so are arguments that are no
    JSON object. A call of a tool for files is one act. Other calls do nothing that is known here.
    The last calls are remembered, since every monitor asks for the same ones in turn.
    """
    given = _object(arguments)
    if given is None:
        text = arguments[:_MAX_ARGUMENTS]
        return read_shell(text), text
    words = frozenset(word.lower() for word in _PART.findall(tool[:200]))
    path, command = _first(given, _PATHS), _command(given)
    if path and not (command and words & _TERMINALS):
        return _file_call(words, command or "", path, given), path
    if command is None and words & _TERMINALS:
        command = next((value for value in given.values() if isinstance(value, str)), None)
    return (read_shell(command), command) if command is not None else (ParsedCommand(()), "")


def _object(arguments: str) -> Mapping[str, Any] | None:
    if len(arguments) > _MAX_ARGUMENTS:
        return None
    try:
        given = json.loads(arguments)
    except (ValueError, RecursionError):
        return None
    return given if isinstance(given, dict) else None


def _command(given: Mapping[str, Any]) -> str | None:
    for key in _COMMANDS:
        value = given.get(key)
        if isinstance(value, str):
            return value
        if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
            return shlex.join(value)
    return None


def _first(given: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((given[key] for key in keys if isinstance(given.get(key), str)), "")


def _file_call(
    words: frozenset[str], command: str, path: str, given: Mapping[str, Any]
) -> ParsedCommand:
    """One act on one file; the verb is the tool's name's, or that of a sub-command."""
    verbs = (frozenset(_PART.findall(command[:100])) if command else frozenset()) or words
    effects = [_BY_VERB[verb] for verb in _BY_VERB if verb in verbs]
    content = _first(given, _CONTENTS)[:MAX_TEXT]
    acts = [Act(effect, path, content) for effect in effects[:1]]
    target = _first(given, _TARGETS)
    if target and acts and acts[0].effect is Effect.MOVE:
        acts.append(Act(Effect.WRITE, target))
    return ParsedCommand((SimpleCommand((effects[0].value, path), tuple(acts)),) if acts else ())
