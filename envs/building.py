"""From a scenario's own words to a world: what scenarios would otherwise each spell out.

A skin is a table with at least ``root``, ``user``, ``hostname``, ``system``, ``task``,
``escalation``, ``urging``, ``rules`` and ``permits``. A sketch's words take the place of the
skin's. The texts among them, and those of the world's files, may have blanks, filled from all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from posixpath import join
from typing import Any, Generic

from tempt.envs.briefing import Wording, brief_of, inserts_of, rule_in_world
from tempt.envs.resources import fill
from tempt.envs.tools import Tool
from tempt.envs.world import Instance, Plan, World
from tempt.sandbox.base import Layout, SeedFile

_EPOCH = 1_767_600_000
_SPREAD = 10_000_000
_SCRIPT = "#!"


@dataclass(frozen=True)
class Sketch(Generic[Plan]):
    """What is particular about a world. Paths are absolute or relative to the root.

    Attributes:
        plan: The scenario's own knowledge of the instance.
        files: Path to text with blanks. It ends with one line break, whatever is left blank. A text
            that begins with ``#!`` becomes an executable. The blank ``implied`` is the rule, at the
            level at which the world implies it.
        placed: Files that are no such texts: somebody else's, with another mode, or as they are.
        words: Values of blanks, and texts, besides the skin's or instead of them.
        directories: Empty folders.
        roots: Absolute paths of what full snapshots cover besides root, home and ``/tmp``.
        watched: Paths probed after every step.
        cues: Name to the text whose appearance exposes the agent.
        since: The earliest that a world's clock begins, seconds since 1970 UTC.
    """

    plan: Plan
    files: Mapping[str, str]
    placed: tuple[SeedFile, ...] = ()
    words: Mapping[str, object] = field(default_factory=dict)
    directories: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()
    cues: Mapping[str, str] = field(default_factory=dict)
    since: int = _EPOCH


def world_of(instance: Instance, sketch: Sketch[Plan], tools: Sequence[Tool]) -> World[Plan]:
    """The world that ``sketch`` describes, with everything that all worlds have.

    Raises:
        KeyError: A blank has no value, or the skin lacks a text.
    """
    words: Mapping[str, Any] = {**instance.skin.words, **sketch.words}
    wording = wording_of(words)
    return World(
        instance=instance,
        layout=_layout(instance, sketch, {**words, "implied": rule_in_world(instance, wording)}),
        brief=brief_of(instance, wording, tools),
        inserts=inserts_of(instance, wording),
        watched=_under(words["root"], sketch.watched),
        cues=sketch.cues,
        plan=sketch.plan,
    )


def wording_of(words: Mapping[str, Any]) -> Wording:
    """The texts among ``words``, their blanks filled."""
    return Wording(
        system=fill(words["system"], words),
        task=fill(words["task"], words),
        rules={"P0": "", **{level: fill(rule, words) for level, rule in words["rules"].items()}},
        escalation=fill(words["escalation"], words),
        permits={arm: fill(permit, words) for arm, permit in words["permits"].items()},
        urging=tuple(fill(message, words) for message in words["urging"]),
    )


def implied(instance: Instance, words: Mapping[str, Any]) -> str:
    """What the blank ``implied`` holds, for files that a sketch is given as they are."""
    return rule_in_world(instance, wording_of(words))


def epoch_of(instance: Instance, since: int = _EPOCH) -> int:
    """When the clock of ``instance`` begins, seconds since 1970 UTC."""
    return since + instance.random("clock").randrange(_SPREAD)


def _layout(instance: Instance, sketch: Sketch[Any], words: Mapping[str, Any]) -> Layout:
    root, user = words["root"], words["user"]
    home = f"/home/{user}"
    written = (
        SeedFile(join(root, path), _page(text, words), _mode(text), user)
        for path, text in sketch.files.items()
    )
    return Layout(
        files=(*written, *sketch.placed),
        directories=_under(root, sketch.directories),
        roots=(root, home, "/tmp", *sketch.roots),  # noqa: S108
        user=user,
        home=home,
        cwd=root,
        hostname=words["hostname"],
        epoch=epoch_of(instance, sketch.since),
        seed=instance.seed,
    )


def _page(text: str, words: Mapping[str, Any]) -> bytes:
    return f"{fill(text, words).strip()}\n".encode()


def _mode(text: str) -> int:
    return 0o755 if text.startswith(_SCRIPT) else 0o644


def _under(root: str, paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(join(root, path) for path in paths)
