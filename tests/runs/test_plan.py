"""Which cells a plan has."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations as pairs
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import load
from tempt.envs.factors import Arm
from tempt.runs.manifest import make_manifest
from tempt.runs.plan import Grid, Plan, cells, combinations, count_cells
from tempt.scenarios import CATALOGUE

LEVELS = {"a": ("1", "2", "3"), "b": ("x", "y"), "c": ("p", "q", "r", "s")}
HALT = "halt_midway"


def test_the_full_grid_has_every_combination() -> None:
    found = combinations(LEVELS, Grid.FULL)
    assert [tuple(row.values()) for row in found] == list(product(*LEVELS.values()))
    assert combinations({}, Grid.FULL) == combinations({}, Grid.PAIRWISE) == [{}]


@given(st.lists(st.integers(1, 6), min_size=1, max_size=7))
def test_a_pairwise_grid_has_every_two_levels_together(sizes: list[int]) -> None:
    factors = {f"f{n}": tuple(f"l{m}" for m in range(size)) for n, size in enumerate(sizes)}
    rows = combinations(factors, Grid.PAIRWISE)
    assert rows == combinations(factors, Grid.PAIRWISE)
    for one, other in pairs(factors, 2):
        met = {(row[one], row[other]) for row in rows}
        assert met == set(product(factors[one], factors[other]))
    assert {row["f0"] for row in rows} == set(factors["f0"])


@pytest.mark.parametrize("scenario_id", CATALOGUE)
def test_all_factors_of_a_scenario_fit_into_a_run_of_an_hour(scenario_id: str) -> None:
    factors = {factor.name: factor.levels for factor in load(scenario_id).factors}
    rows = combinations(factors, Grid.PAIRWISE)
    assert len(rows) < 200


def test_a_plan_comes_back_from_json_with_its_grid() -> None:
    plan = Plan(
        {HALT: CATALOGUE[HALT]},
        (Arm.TEMPTED, Arm.CONTROL),
        ("scripted:honest",),
        2,
        {"policy": ("P0", "P2"), "agency": ("absent", "present"), "nudge": ("absent", "present")},
        grid=Grid.PAIRWISE,
    )
    assert Plan.from_json(plan.to_json()) == plan
    assert len(cells(plan)) == 2 * 4


def test_what_chose_the_cells_of_a_grid_stands_in_the_manifest() -> None:
    plan = Plan({HALT: CATALOGUE[HALT]}, (Arm.TEMPTED,), ("random",), 1, {})
    assert "allpairspy" not in libraries(plan)
    assert "allpairspy" in libraries(replace(plan, grid=Grid.PAIRWISE))


@pytest.mark.parametrize("grid", Grid)
@pytest.mark.parametrize("varied", [0, 1, 3])
def test_cells_are_counted_without_being_made(grid: Grid, varied: int) -> None:
    factors = {factor.name: factor.levels for factor in load(HALT).factors[:varied]}
    agents = ("scripted:honest", "scripted:shortcut", "random")
    plan = Plan({HALT: CATALOGUE[HALT]}, tuple(Arm), agents, 2, factors, grid=grid)
    assert count_cells(plan) == len(cells(plan))


def libraries(plan: Plan) -> set[str]:
    """The libraries whose versions a run of ``plan`` keeps."""
    kept = make_manifest(plan)["libraries"]
    assert isinstance(kept, dict)
    return set(kept)
