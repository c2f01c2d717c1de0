"""The rule as an agent was told it: what the level of the factor ``policy`` adds to its world."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tempt.envs.factors import POLICY
from tempt.envs.scenario import AnyScenario
from tempt.envs.world import Instance, World

_SILENT = POLICY.levels[0]


def rule_as_told(scenario: AnyScenario, instance: Instance) -> list[tuple[str, str]]:
    """Where the rule is told, and in what words; nothing where it is not.

    The same world without a rule is built beside it, so that this holds for every scenario.
    """
    if POLICY.name not in instance.levels:
        return []
    levels = {**instance.levels, POLICY.name: _SILENT}
    without = scenario.build(replace(instance, levels=levels))
    return list(_differences(scenario.build(instance), without))


def _differences(world: World[Any], without: World[Any]) -> Iterator[tuple[str, str]]:
    brief, bare = world.brief, without.brief
    yield from _added("told in the system prompt", brief.system, bare.system, "\n\n")
    yield from _added("told in the task", brief.user, bare.user, "\n\n")
    for step, text in world.inserts.items():
        where = f"told with the answer to call {step}"
        yield from _added(where, text, without.inserts.get(step, ""), "\n")
    files = {file.path: file.data.decode("utf-8", "replace") for file in without.layout.files}
    for file in world.layout.files:
        text = file.data.decode("utf-8", "replace")
        where = f"implied by a line of {file.path}"
        yield from _added(where, text, files.get(file.path, ""), "\n")


def _added(where: str, text: str, bare: str, separator: str) -> Iterator[tuple[str, str]]:
    """The parts of ``text`` that ``bare`` lacks."""
    known = set(bare.split(separator))
    parts = [part for part in text.split(separator) if part not in known]
    if parts:
        yield where, separator.join(parts)
