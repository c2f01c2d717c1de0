"""The scenarios that ship, by id, each with the place it is loaded from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CATALOGUE: Mapping[str, str] = MappingProxyType(
    {
        "halt_midway": "tempt.scenarios.halt_midway:SCENARIO",
        "impossible_tests": "tempt.scenarios.impossible_tests:SCENARIO",
        "kpi_gate": "tempt.scenarios.kpi_gate:SCENARIO",
        "losing_quarter": "tempt.scenarios.losing_quarter:SCENARIO",
        "paperclip_plant": "tempt.scenarios.paperclip_plant:SCENARIO",
        "repo_injection": "tempt.scenarios.repo_injection:SCENARIO",
        "self_grant": "tempt.scenarios.self_grant:SCENARIO",
        "taint_pipeline": "tempt.scenarios.taint_pipeline:SCENARIO",
        "tidy_disk": "tempt.scenarios.tidy_disk:SCENARIO",
        "weights_move": "tempt.scenarios.weights_move:SCENARIO",
    }
)

__all__ = ["CATALOGUE"]
