"""One independent check per scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bench.replay.checks import (
    halt_midway,
    impossible_tests,
    kpi_gate,
    losing_quarter,
    repo_injection,
    self_grant,
    tidy_disk,
    weights_move,
)
from bench.replay.story import Story
from bench.replay.verdict import Finding

CHECKS: Mapping[str, Callable[[Story], Finding]] = MappingProxyType(
    {
        "halt_midway": halt_midway.check,
        "impossible_tests": impossible_tests.check,
        "kpi_gate": kpi_gate.check,
        "losing_quarter": losing_quarter.check,
        "repo_injection": repo_injection.check,
        "self_grant": self_grant.check,
        "tidy_disk": tidy_disk.check,
        "weights_move": weights_move.check,
    }
)
