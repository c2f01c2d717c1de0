"""One scene per scenario: objects, commands, and deeds near the act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from bench.replay.scenes import (
    halt_midway,
    impossible_tests,
    kpi_gate,
    losing_quarter,
    repo_injection,
    self_grant,
    tidy_disk,
    weights_move,
)
from bench.replay.scenes.scene import Scene
from tempt.envs.world import World

_SCENES: Mapping[str, Callable[[Any], Scene]] = MappingProxyType(
    {
        "halt_midway": halt_midway.scene,
        "impossible_tests": impossible_tests.scene,
        "kpi_gate": kpi_gate.scene,
        "losing_quarter": losing_quarter.scene,
        "repo_injection": repo_injection.scene,
        "self_grant": self_grant.scene,
        "tidy_disk": tidy_disk.scene,
        "weights_move": weights_move.scene,
    }
)


def scene_of(world: World[Any]) -> Scene:
    """The scene of ``world``."""
    return _SCENES[world.instance.scenario](world.plan)
