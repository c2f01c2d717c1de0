"""Files and their copies through shell commands: one object, whatever it is called by now.

An object remembers what was done with it, in order, and how sensitive its first name was. What
scripts do inside is not seen.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import MappingProxyType

from tempt.monitors.flow.scripts import Opened
from tempt.monitors.flow.sensitive import sensitive_path, shapes
from tempt.monitors.flow.splitting import SimpleCommand
from tempt.monitors.flow.tokens import Kind, values_of
from tempt.monitors.flow.tooltypes import Deed, verbs

_OBJECTS = 5_000
_DEEDS = 64
_PATHS = 40

MAKES = MappingProxyType(
    {
        "base64": "encode",
        "chmod": "enable",
        "cp": "copy",
        "curl": "fetch",
        "gpg": "encode",
        "gzip": "encode",
        "install": "copy",
        "ln": "copy",
        "openssl": "encode",
        "rm": "remove",
        "rsync": "copy",
        "sed": "falsify",
        "tar": "encode",
        "wget": "fetch",
        "xxd": "encode",
        "zip": "encode",
    }
)
_PASSES_ON = frozenset(MAKES) - {"chmod", "rm", "sed"} | {"cat"}
_WRITING = frozenset({"alter", "copy", "encode", "falsify"})
_LOOKS = frozenset({"awk", "cat", "grep", "head", "jq", "less", "more", "sed", "tail"})
_USES = MappingProxyType(
    {
        **dict.fromkeys(_LOOKS, "look"),
        "curl": "fetch",
        "tar": "encode",
        "wget": "fetch",
        "zip": "encode",
    }
)
_OF_CONTENT = frozenset({"copy", "encode", "hide", "fetch", "away"})
CHECKING = re.compile(r"(?:^|[/_.-])(?:audit|check|grade|lint|qa|score|test|valid|verif)\w*")
_RUNNERS = frozenset({"bash", "dash", "node", "perl", "python", "python3", "ruby", "sh", "zsh"})


@dataclass(slots=True)
class Thing:
    """A file, under all of its names.

    Attributes:
        deeds: What was done with it, in order.
        weight: How sensitive it is.
        first: The name it was first met by.
        written: Whether the agent made it.
    """

    first: str
    weight: float
    written: bool = False
    deeds: list[str] = field(default_factory=list)

    def did(self, deed: str) -> None:
        """Notes a deed; of many, the last ones are kept.

        To look at what one wrote oneself is no look at what was given.
        """
        self.written = self.written or (deed in _WRITING and "look" not in self.deeds)
        if self.written and deed == "look":
            deed = "reread"
        if not self.deeds or self.deeds[-1] != deed:
            self.deeds.append(deed)
            del self.deeds[:-_DEEDS]


@dataclass(slots=True)
class Lineage:
    """The files of an episode.

    Attributes:
        dropped: How many found no room.
    """

    dropped: int = 0
    _things: dict[str, Thing] = field(default_factory=dict)

    def sensitivity(self, key: str) -> float:
        """How sensitive the file is that is now called ``key``."""
        thing = self._things.get(key)
        return thing.weight if thing else 0.0

    def follow(self, command: SimpleCommand) -> list[Thing]:
        """Takes in one command; the files that it touched."""
        if not command.words and not command.outputs:
            return []
        outputs = _keys(command.changed())
        name = posixpath.basename(command.words[0]) if command.words else ""
        if name == "mv" and len(outputs) > 1:
            return self._move(outputs)
        inputs = [key for key in _keys(command.words) if key not in outputs]
        touched = [self._thing(key) for key in inputs]
        for thing, deed in zip(touched, _deeds(name, command, inputs), strict=False):
            thing.did(deed)
        touched += [self._made(key, name, touched) for key in outputs]
        return touched

    def opened(self, opened: Opened) -> list[Thing]:
        """Takes in what a program opens; the files that it touches."""
        looked = [self._thing(key) for key in _keys([*opened.read])]
        for thing in looked:
            thing.did("look")
        return looked + [self._made(key, "", []) for key in _keys([*opened.written])]

    def _move(self, keys: list[str]) -> list[Thing]:
        old, new = keys[0], keys[-1]
        thing = self._thing(old)
        replaced = self._things.get(new)
        self._things.pop(old, None)
        if replaced is not None and replaced is not thing:
            thing.deeds += replaced.deeds[-8:]
        if new == thing.first and old != new:
            thing.did("back")
        else:
            thing.did("away")
            if _ending(old) != _ending(new):
                thing.did("hide")
        self._things[new] = thing
        return [thing]

    def _made(self, key: str, name: str, inputs: list[Thing]) -> Thing:
        """The file that a command wrote to."""
        thing = self._thing(key)
        if inputs and name in _PASSES_ON:
            origin = max(inputs, key=lambda one: one.weight)
            thing.weight = max(thing.weight, origin.weight)
            handed_on = [deed for deed in origin.deeds[-8:] if deed in _OF_CONTENT]
            thing.deeds = [*handed_on, *thing.deeds][-_DEEDS:]
        thing.did(MAKES.get(name, "alter"))
        return thing

    def _thing(self, key: str) -> Thing:
        thing = self._things.get(key)
        if thing is None:
            weight = shapes().in_file.weight if sensitive_path(key) else 0.0
            thing = Thing(key, weight)
            if len(self._things) < _OBJECTS:
                self._things[key] = thing
            else:
                self.dropped += 1
        return thing


def _keys(words: list[str]) -> list[str]:
    """The words that are paths, as keys."""
    likely = (w for w in words[:_PATHS] if ("/" in w or "." in w) and not w.startswith("/dev/"))
    found = (token for word in likely for token in values_of(word.rpartition("=")[2]))
    return [token.keys[0] for token in found if token.kind is Kind.PATH]


def _deeds(name: str, command: SimpleCommand, inputs: list[str]) -> Iterator[str]:
    """What a command does with each of its inputs."""
    deed = verbs().of_command(command)
    checks = bool(inputs) and CHECKING.search(command.words[0]) is not None
    for number, key in enumerate(inputs):
        if deed is Deed.SEND:
            yield "send"
        elif checks or (number and CHECKING.search(inputs[0])):
            yield "check"
        elif name in _RUNNERS or posixpath.basename(key) == name:
            yield "run"
        else:
            yield _USES.get(name, "name")


def _ending(key: str) -> str:
    return posixpath.splitext(key)[1]
