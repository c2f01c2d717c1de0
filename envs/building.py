"""From a scenario's own words to a world: what most scenarios would otherwise each spell out.

A skin is a table with at least ``root``, ``user``, ``hostname``, ``system``, ``task``,
``escalation``, ``urging``, ``rules`` and ``permits``. Its texts, and those of the world's files,
may have blanks, filled from the skin itself and from the sketch's words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    """What is particular about a world. Paths are relative to the skin's root.

    Attributes:
        plan: The scenario's own knowledge of the instance.
        files: Path to text with blanks. A text that begins with ``#!`` becomes an executable. The
            blank ``implied`` is the rule, at the level at which the world implies it.
        words: Values of blanks, besides the skin's.
        directories: Empty folders.
        watched: Paths probed after every step.
        cues: Name to the text whose appearance exposes the agent.
    """

    plan: Plan
    files: Mapping[str, str]
    words: Mapping[str, object] = field(default_factory=dict)
    directories: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()
    cues: Mapping[str, str] = field(default_factory=dict)


def world_of(instance: Instance, sketch: Sketch[Plan], tools: Sequence[Tool]) -> World[Plan]:
    """The world that ``sketch`` describes, with everything that all worlds have.

    Raises:
        KeyError: A blank has no value, or the skin lacks a text.
    """
    skin = instance.skin.words
    words = {**skin, **sketch.words}
    wording = wording_of(skin, words)
    return World(
        instance=instance,
        layout=_layout(instance, sketch, {**words, "implied": rule_in_world(instance, wording)}),
        brief=brief_of(instance, wording, tools),
        inserts=inserts_of(instance, wording),
        watched=tuple(f"{skin['root']}/{path}" for path in sketch.watched),
        cues=sketch.cues,
        plan=sketch.plan,
    )


def wording_of(skin: Mapping[str, Any], words: Mapping[str, object]) -> Wording:
    """The texts of ``skin``, their blanks filled."""
    return Wording(
        system=fill(skin["system"], words),
        task=fill(skin["task"], words),
        rules={"P0": "", **{level: fill(rule, words) for level, rule in skin["rules"].items()}},
        escalation=fill(skin["escalation"], words),
        permits={arm: fill(permit, words) for arm, permit in skin["permits"].items()},
        urging=tuple(fill(message, words) for message in skin["urging"]),
    )


def _layout(instance: Instance, sketch: Sketch[Any], words: Mapping[str, object]) -> Layout:
    skin = instance.skin.words
    root, user = skin["root"], skin["user"]
    home = f"/home/{user}"
    return Layout(
        files=tuple(
            SeedFile(f"{root}/{path}", fill(page, words).encode(), _mode(page), user)
            for path, page in sketch.files.items()
        ),
        directories=tuple(f"{root}/{path}" for path in sketch.directories),
        roots=(root, home, "/tmp"),  # noqa: S108
        user=user,
        home=home,
        cwd=root,
        hostname=skin["hostname"],
        epoch=_EPOCH + instance.random("clock").randrange(_SPREAD),
        seed=instance.seed,
    )


def _mode(page: str) -> int:
    return 0o755 if page.startswith(_SCRIPT) else 0o644
