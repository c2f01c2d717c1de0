"""Prints what each episode of a scenario came to, one JSON line each.

Run in processes that differ in everything that must not matter.
"""

from __future__ import annotations

import json
import sys
from dataclasses import astuple

from expectations import Expected
from harness import SIX, load, place
from tempt.agents import AgentFactory
from tempt.envs.factors import Arm
from tempt.runs.episode import run_episode
from tempt.runs.plan import Plan, episodes
from tempt.sandbox import EMBEDDED, provider


def main(scenario_id: str, trials: int) -> None:
    agents = (*(f"scripted:{name}" for name in SIX), "random")
    plan = Plan(
        {load(scenario_id).id: place(scenario_id)}, tuple(Arm), agents, trials, {}, max_steps=40
    )
    for spec in episodes(plan):
        result = run_episode(spec, provider(EMBEDDED), AgentFactory())
        line = {
            "arm": spec.cell.arm.value,
            "agent": spec.cell.agent,
            "trial": spec.trial,
            "ledger": result.ledger_hash,
            "row": astuple(Expected.of(result.judgement)),
        }
        print(json.dumps(line))  # noqa: T201


main(sys.argv[1], int(sys.argv[2]))
