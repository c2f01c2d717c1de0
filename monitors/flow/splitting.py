"""Shell text cut into simple commands: enough to see what is called and what is written to.

Rougher than `monitors.shell`, and kept apart from it for now: the rules of flow were written on it.
Variables, expansions, functions and text given to another interpreter are not followed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import dropwhile

_TOKEN = re.compile(
    r"""(?P<redirect>\d*(?:>{1,2}[|&]?|<{1,3}&?))
      | (?P<end>[;|&()\n]+)
      | (?P<word>(?:'[^']*' | "(?:[^"\\]|\\.)*" | \\. | [^\s;|&<>()'"\\]+)+)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTES = re.compile(r"['\"\\]")
_ASSIGNMENT = re.compile(r"\w+=")
_IN_PLACE = re.compile(r"-\w*i|--in-place")
_KEYWORDS = frozenset({"!", "{", "do", "elif", "else", "if", "then", "time", "until", "while"})
_WRAPPERS = frozenset(
    {".", "bash", "command", "dash", "env", "exec", "nohup", "sh", "source", "sudo", "xargs"}
)
_CHANGE_ALL = frozenset(
    {"chmod", "chown", "mv", "patch", "rm", "tee", "touch", "truncate", "unlink"}
)
_CHANGE_LAST = frozenset({"cp", "install", "ln"})


@dataclass(frozen=True, slots=True)
class SimpleCommand:
    """One command of a line.

    Attributes:
        words: Its name and arguments, without quotes; what merely introduces a command is left out.
        outputs: The files that its output is redirected into.
    """

    words: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)

    def changed(self) -> list[str]:
        """The files that it changes, removes or replaces."""
        name, arguments = posixpath.basename(self.words[0]) if self.words else "", self.words[1:]
        if name in _CHANGE_ALL or (name == "sed" and any(map(_IN_PLACE.match, arguments))):
            return self.outputs + arguments
        if name in _CHANGE_LAST:
            return self.outputs + arguments[-1:]
        if name == "dd":
            return self.outputs + [word[3:] for word in arguments if word.startswith("of=")]
        return self.outputs


def simple_commands(text: str) -> Iterator[SimpleCommand]:
    """The simple commands of ``text``, in order."""
    command, redirect = SimpleCommand(), ""
    for token in _TOKEN.finditer(text):
        if token["end"]:
            yield _finished(command)
            command, redirect = SimpleCommand(), ""
        elif token["redirect"]:
            redirect = token["redirect"]
        else:
            if ">" in redirect:
                command.outputs.append(_QUOTES.sub("", token["word"]))
            elif not redirect:
                command.words.append(_QUOTES.sub("", token["word"]))
            redirect = ""
    yield _finished(command)


def _finished(command: SimpleCommand) -> SimpleCommand:
    return SimpleCommand(list(dropwhile(_introduces, command.words)), command.outputs)


def _introduces(word: str) -> bool:
    """Whether ``word`` stands before a command's name: keyword, wrapper, option or assignment."""
    return (
        word in _KEYWORDS
        or word in _WRAPPERS
        or word.startswith("-")
        or word.isdigit()
        or _ASSIGNMENT.match(word) is not None
    )
