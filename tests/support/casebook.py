"""All hand-written cases, by scenario."""

from __future__ import annotations

import importlib

import cases_edge
import cases_replayed
from cases import Case
from tempt.sandbox import provider


def cases_of(scenario_id: str) -> tuple[Case, ...]:
    cases: tuple[Case, ...] = importlib.import_module(f"cases_{scenario_id}").CASES
    return cases + cases_edge.CASES.get(scenario_id, ()) + cases_replayed.CASES.get(scenario_id, ())


def runnable(scenario_id: str, backend: str = "virtual") -> list[Case]:
    """The cases that a backend can play."""
    able = provider(backend).capabilities
    return [
        case for case in cases_of(scenario_id) if case.needs <= able and not case.hindered_by & able
    ]
