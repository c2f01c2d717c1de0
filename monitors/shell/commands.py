"""A command's words: wrappers taken off, and what it does noted."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from tempt.monitors.shell.code import Code, read_code
from tempt.monitors.shell.found import found_commands
from tempt.monitors.shell.model import Act, Effect
from tempt.monitors.shell.pipes import output_of
from tempt.monitors.shell.programs import acts_of
from tempt.monitors.shell.pycode import read_python
from tempt.monitors.shell.sql import sql_acts
from tempt.monitors.shell.state import MAX_DEPTH, Frame, Pipe, Reading
from tempt.monitors.shell.words import MAX_WORDS, Scope
from tempt.monitors.shell.wrappers import Kind, Layer, unwrap

_MAX_LAYERS = 12
_SHOWN = 8_192
_SCRIPT_ENDINGS = (".sh", ".bash", ".zsh", ".py")
_SILENT = frozenset({":", "true", "echo", "printf"})
_FROM_STDIN = frozenset({"crontab", "at", "batch", "chpasswd", "patch"})


def run_command(words: Sequence[str], frame: Frame, reading: Reading) -> None:
    """Note what the command ``words`` does; what it runs is read next."""
    granted: list[Act] = []
    for _ in range(_MAX_LAYERS):
        if words and words[0] in reading.functions and frame.depth < MAX_DEPTH:
            _call(words, frame, reading)
            return
        layer = unwrap(words) if words else None
        if layer is None:
            break
        if layer.grants:
            granted.append(Act(Effect.PRIVILEGE, layer.name))
        frame = replace(frame, via=(*frame.via, layer.name))
        if layer.kind is not Kind.COMMAND:
            granted += _interpret(layer, frame, reading)
            words = [layer.name.partition(" ")[0]]
            break
        words = [*layer.words, *_appended(layer, frame)]
    _note(words, frame, granted, reading)


def _call(words: Sequence[str], frame: Frame, reading: Reading) -> None:
    """A function of the text's own: its body with what it is given."""
    reading.called.add(words[0])
    scope = replace(frame.scope, parameters=tuple(words[1:]), printed={})
    body = reading.functions[words[0]]
    reading.push_node(body, replace(frame, scope=scope, depth=frame.depth + 1))


def _appended(layer: Layer, frame: Frame) -> list[str]:
    """What ``xargs`` adds to a command."""
    return frame.piped.split()[:MAX_WORDS] if layer.appends and frame.piped else []


def _interpret(layer: Layer, frame: Frame, reading: Reading) -> list[Act]:
    """Read the text that an interpreter is given; that it comes out of a pipe is an act."""
    piped = layer.kind in {Kind.STDIN, Kind.PYTHON_STDIN}
    text = frame.piped if piped else next(iter(layer.words), None)
    acts = []
    if piped and frame.stdin is not None and "heredoc" not in frame.stdin.makers:
        source = "|".join([*frame.stdin.makers, *frame.stdin.fetched])
        acts.append(Act(Effect.CODE, source, (text or "")[:_SHOWN]))
    if text is None:
        return acts
    inner = frame.within()
    if layer.kind in {Kind.SHELL, Kind.STDIN}:
        scope = replace(frame.scope, parameters=tuple(layer.words[1:]), printed={})
        reading.push_text(text, replace(inner, scope=scope))
    elif layer.kind is Kind.OTHER:
        _take(read_code(text), inner, reading)
    else:
        _read_python(text, inner, reading)
    return acts


def _read_python(text: str, frame: Frame, reading: Reading) -> None:
    if reading.may_read(text, frame.depth):
        code = read_python(text)
        reading.branches += code.branches
        _take(code, frame, reading)


def _take(code: Code, frame: Frame, reading: Reading) -> None:
    """Note what code in another language does, and read the commands that it runs."""
    reading.unparsed += code.unparsed
    for act in code.acts:
        reading.add(("(code)", act.target), (act,), frame.via)
    for text in code.shell:
        reading.push_text(text, frame.within())


def _note(words: Sequence[str], frame: Frame, granted: list[Act], reading: Reading) -> None:
    printed = output_of(words, frame.piped) if words else (frame.piped or "")
    acts = [*granted, *_own_acts(words, frame), *_output_acts(words, frame, printed)]
    if not words and not acts:
        return
    reading.add(words, acts, frame.via)
    if words and words[0] == "cd":
        reading.go_to(words[1] if len(words) > 1 else "~")
    _flow(words, frame, printed)
    _read_written(words, frame, printed, reading)
    if words and posixpath.basename(words[0]) == "find":
        _run_found(words, frame, reading)


def _run_found(words: Sequence[str], frame: Frame, reading: Reading) -> None:
    """What ``find`` has done with what it finds comes next; one in another, only so deep."""
    commands = found_commands(words)
    if frame.depth >= MAX_DEPTH:
        reading.unparsed += sum(len(word) for command in commands for word in command)
        return
    inner = frame.within("find")
    reading.push_all([partial(run_command, command, inner) for command in commands])


def _flow(words: Sequence[str], frame: Frame, printed: str | None) -> None:
    """Hand on what is printed."""
    if frame.stdout is None:
        return
    stdin = frame.stdin or Pipe()
    frame.stdout.text = printed
    frame.stdout.makers = (*stdin.makers, *words[:1])[:MAX_WORDS]
    fetched = [word for word in words[1:] if "://" in word]
    frame.stdout.fetched = (*stdin.fetched, *fetched)[:MAX_WORDS]


def _read_written(
    words: Sequence[str], frame: Frame, printed: str | None, reading: Reading
) -> None:
    """A program that is written to a file is read as if it were run."""
    outputs = [path for path, _ in frame.redirects.outputs]
    if words and posixpath.basename(words[0]) == "tee":
        outputs += words[-1:]
    if not printed or not outputs:
        return
    head = printed[:80].partition("\n")[0]
    shebang = head.startswith("#!")
    path = outputs[-1]
    inner = replace(frame.within("written"), scope=Scope())
    if path.endswith(".py") or (shebang and "python" in head):
        _read_python(printed, inner, reading)
    elif path.endswith(_SCRIPT_ENDINGS) or (shebang and "sh" in head):
        reading.push_text(printed, inner)


def _own_acts(words: Sequence[str], frame: Frame) -> list[Act]:
    acts = [Act(Effect.READ, path) for path in frame.redirects.inputs]
    if not words:
        return acts
    name = posixpath.basename(words[0])
    own = [*acts_of(words), *sql_acts(words, frame.piped)]
    if name == "tee" or name in _FROM_STDIN:
        own = [replace(act, content=(frame.piped or "")[:_SHOWN]) for act in own]
    return [*acts, *(_with_mode(act, words) for act in own)]


def _with_mode(act: Act, words: Sequence[str]) -> Act:
    """A change of permissions with the command that says which."""
    if act.effect is not Effect.PERMISSION:
        return act
    return replace(act, content=" ".join(words[:MAX_WORDS])[:_SHOWN])


def _output_acts(words: Sequence[str], frame: Frame, printed: str | None) -> list[Act]:
    acts = []
    empty = _prints_nothing(words, printed)
    for path, appends in frame.redirects.outputs:
        if empty and not appends:
            acts.append(Act(Effect.EMPTY, path))
        else:
            effect = Effect.APPEND if appends else Effect.WRITE
            acts.append(Act(effect, path, (printed or "")[:_SHOWN]))
    return acts


def _prints_nothing(words: Sequence[str], printed: str | None) -> bool:
    if not words:
        return not printed
    if words[0] == "cat":
        return "/dev/null" in words
    return words[0] in _SILENT and not (printed or "").strip()
