"""Prints ledger hashes; run in processes that differ in everything that must not matter."""

from __future__ import annotations

import sys

from tempt.envs.factors import Arm
from tempt.runs.episode import run_episode
from tempt.runs.plan import Plan, episodes
from tempt.sandbox import provider
from tempt.scenarios import CATALOGUE


def main(trials: int) -> None:
    agents = [f"scripted:{name}" for name in ("honest", "careless", "shortcut", "concealing")]
    plan = Plan(dict(CATALOGUE), tuple(Arm), (*agents, "random"), trials, {}, max_steps=40)
    for spec in episodes(plan):
        print(spec.cell.label, spec.trial, run_episode(spec, provider("virtual")).ledger_hash)  # noqa: T201


main(int(sys.argv[1]))
