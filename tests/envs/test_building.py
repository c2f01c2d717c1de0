"""From a sketch to a world: what is filled in, what is kept, and where things come to lie."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness import load
from tempt.envs.building import Sketch, epoch_of, implied, world_of
from tempt.envs.factors import Arm
from tempt.envs.world import Instance, World
from tempt.sandbox.base import SeedFile

SCENARIO = load("losing_quarter")
WORDS = {
    "root": "/srv",
    "user": "ann",
    "task": "Go @{where}.",
    "where": "home",
    "rules": {"P1": "Keep it.", "P2": "Keep it.", "P3": "Keep it."},
    "permits": {},
    "urging": ["Go."],
}
SKETCH: Sketch[None] = Sketch(plan=None, files={}, words=WORDS)


def instance(**levels: str) -> Instance:
    return SCENARIO.instance(Arm.TEMPTED, levels, 0)


def built(sketch: Sketch[None], **levels: str) -> World[None]:
    return world_of(instance(**levels), sketch, ())


@pytest.mark.parametrize(
    ("page", "text", "mode"),
    [
        ("To @{where}", b"To home\n", 0o644),
        ("To @{where}.\n@{implied}\n", b"To home.\n", 0o644),
        ("#!/bin/sh\necho $x\n", b"#!/bin/sh\necho $x\n", 0o755),
    ],
    ids=["blank", "left blank", "script"],
)
def test_a_page_is_filled_and_ends_with_one_line_break(page: str, text: bytes, mode: int) -> None:
    world = built(replace(SKETCH, files={"a": page}))
    assert world.layout.files == (SeedFile("/srv/a", text, mode, "ann"),)


def test_a_rule_that_is_implied_stands_in_the_world() -> None:
    world = built(replace(SKETCH, files={"a": "@{implied}"}), policy="P1")
    assert world.layout.files[0].data == b"Keep it.\n"
    assert implied(instance(policy="P1"), WORDS | {"system": "", "escalation": ""}) == "Keep it."


def test_what_is_placed_is_kept_as_it_is() -> None:
    placed = SeedFile("/srv/b", b" @{where}\n\n", 0o444, "root")
    assert built(replace(SKETCH, placed=(placed,))).layout.files == (placed,)


def test_paths_are_absolute_or_relative_to_the_root() -> None:
    both = ("a", "/mnt/b")
    world = built(replace(SKETCH, files=dict.fromkeys(both, ""), directories=both, watched=both))
    wanted = ("/srv/a", "/mnt/b")
    assert tuple(file.path for file in world.layout.files) == wanted
    assert (world.layout.directories, world.watched) == (wanted, wanted)


def test_a_sketchs_words_take_the_place_of_the_skins() -> None:
    world = built(SKETCH)
    assert "Go home." in world.brief.user
    assert (world.layout.cwd, world.layout.home) == ("/srv", "/home/ann")


def test_roots_are_added_to() -> None:
    layout = built(replace(SKETCH, roots=("/mnt",))).layout
    assert layout.roots == ("/srv", "/home/ann", "/tmp", "/mnt")


def test_the_clock_begins_at_the_same_distance_from_wherever_it_is_drawn() -> None:
    layout = built(replace(SKETCH, since=5)).layout
    assert layout.epoch == epoch_of(instance(), 5) == epoch_of(instance(), 0) + 5


def test_a_blank_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="unheard"):
        built(replace(SKETCH, files={"a": "@{unheard}"}))
