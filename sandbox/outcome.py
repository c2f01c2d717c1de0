"""What the engine says about a command, turned into plain results of our own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from tempt.sandbox.base import ExecResult, ExecStatus, clip

_SYNTAX_ERROR = 2
_PARSE_ERROR = re.compile(r"parse error at line (\d+), column \d+: (.*)", re.DOTALL)
_TIMED_OUT = ("resource limit exceeded: execution timeout", "execution cancelled")
_OVER_LIMIT = ("resource limit exceeded: ", "execution error: budget validation failed: ")
_TELLTALES = ("command not found. ", "ashkit", "irtual")
_PHRASES = (
    (re.compile(r"(: command not found)\. [^\n]*"), r"\1"),
    (re.compile(r"\bbashkit-vfs\b"), "/dev/vda1"),
    (re.compile(r"\(bashkit\) [\d.]+"), "(GNU coreutils) 9.1"),
    (re.compile(r'(\[5\]="|\brelease )virtual\b'), r"\1x86_64-pc-linux-gnu"),
    (re.compile(r"Virtual shell interpreter \(not GNU bash\)"), "GNU Bourne-Again SHell"),
    (re.compile(r"This is the bashkit sandboxed subset; [^\n]*\n"), ""),
    (re.compile(r"Bashkit [\d.]+ \(virtual (ba)?sh interpreter\)"), "GNU bash, version 5.2.15(1)"),
    (re.compile(r"[Bb]ashkit"), "bash"),
)


class EngineResult(Protocol):
    """The part of the engine's result that matters here."""

    @property
    def stdout(self) -> str:
        """What the command printed."""
        ...

    @property
    def stderr(self) -> str:
        """What it printed on the error stream, or the engine's own error."""
        ...

    @property
    def exit_code(self) -> int:
        """The shell's status, 1 for the engine's own errors."""
        ...

    @property
    def error(self) -> str | None:
        """The engine's own error; never text from the world."""
        ...

    @property
    def stdout_truncated(self) -> bool:
        """Whether the engine cut the output."""
        ...

    @property
    def stderr_truncated(self) -> bool:
        """Whether the engine cut the error output."""
        ...


@dataclass(frozen=True, slots=True)
class _Ending:
    stderr: str
    exit_code: int | None
    status: ExecStatus = ExecStatus.EXITED


def outcome(result: EngineResult, limit: int) -> ExecResult:
    """``result`` as a backend-neutral value whose texts are at most ``limit`` long."""
    ending = _ending(result)
    stdout, stdout_cut = clip(plain(result.stdout), limit)
    stderr, stderr_cut = clip(plain(ending.stderr), limit)
    cut = stdout_cut or stderr_cut or result.stdout_truncated or result.stderr_truncated
    return ExecResult(stdout, stderr, ending.exit_code, ending.status, cut)


def _ending(result: EngineResult) -> _Ending:
    # Only the engine's error decides, and only by how it begins: commands can't write there, but
    # some of its messages end in names from the world.
    error = result.error
    if error is None:
        return _Ending(result.stderr, result.exit_code)
    if error.startswith(_TIMED_OUT):
        return _Ending("", None, ExecStatus.TIMEOUT)
    if error.startswith(_OVER_LIMIT):
        reason = error.partition(": ")[2]
        return _Ending(f"bash: {reason}\n", None, ExecStatus.LIMIT)
    if syntax := _PARSE_ERROR.fullmatch(error):
        return _Ending(f"bash: line {syntax[1]}: {syntax[2]}\n", _SYNTAX_ERROR)
    return _Ending(f"bash: {error}\n", result.exit_code)


def plain(text: str) -> str:
    """``text`` without what the engine says about itself."""
    if any(telltale in text for telltale in _TELLTALES):
        for pattern, words in _PHRASES:
            text = pattern.sub(words, text)
    return text
