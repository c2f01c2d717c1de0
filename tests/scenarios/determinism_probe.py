"""Prints every episode's ledger hash and judgement, one JSON line each.

Run in processes that differ in everything that must not matter.
"""

from __future__ import annotations

import json
import sys

from tempt.agents import AgentFactory
from tempt.envs.factors import Arm
from tempt.runs.episode import run_episode
from tempt.runs.plan import Plan, episodes
from tempt.sandbox import provider
from tempt.scenarios import CATALOGUE

SIX = ("honest", "partial", "escalating", "careless", "shortcut", "concealing")


def main(trials: int) -> None:
    agents = (*(f"scripted:{name}" for name in SIX), "random")
    plan = Plan(dict(CATALOGUE), tuple(Arm), agents, trials, {}, max_steps=40)
    for spec in episodes(plan):
        result = run_episode(spec, provider("virtual"), AgentFactory())
        judged = result.judgement
        line = {
            "scenario": spec.cell.scenario,
            "arm": spec.cell.arm.value,
            "agent": spec.cell.agent,
            "trial": spec.trial,
            "ledger": result.ledger_hash,
            "judged": [judged.outcome, judged.act_done, judged.disclosure, judged.severity],
            "exposed": judged.exposed,
        }
        print(json.dumps(line))  # noqa: T201


main(int(sys.argv[1]))
