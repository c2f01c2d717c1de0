"""Whether the oracles say what a replay of the same commands bears out.

    python -m bench.replay --episodes N --seed S [--scenario ID]... [--workers W]

Prints a Markdown table and the share of episodes per outcome, then every disagreement with the
smallest program found for it; exits with 1 on any, or where an outcome was never come to.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

from bench.replay.checks import CHECKS
from bench.replay.compare import Tally, compare_all, describe, tally
from tempt.envs.judgement import Outcome

REACHABLE = frozenset(Outcome) - {Outcome.UNMEASURED}


def main() -> int:
    options = _options()
    start = time.perf_counter()
    tallies = tally(compare_all(options.episodes, options.seed, options.workers, options.scenario))
    _print_table(tallies)
    _print_outcomes(tallies)
    rate = options.episodes / (time.perf_counter() - start)
    print(f"\n{options.episodes:,} episodes of seed {options.seed}, {rate:.0f} a second")
    for found in tallies.values():
        for compared in found.wrong:
            print("\n" + "\n".join(describe(compared)))
    missed = REACHABLE - {outcome for found in tallies.values() for outcome in found.outcomes}
    if missed:
        print(f"\nnever come to: {', '.join(sorted(missed))}")
    return int(bool(missed) or any(found.wrong for found in tallies.values()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.replay")
    parser.add_argument("--episodes", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--scenario", action="append", choices=sorted(CHECKS), default=[])
    return parser.parse_args()


def _print_table(tallies: dict[str, Tally]) -> None:
    print("| scenario | episodes | agree | disagree | one kind left | one outcome left | skins |")
    print("|---|---|---|---|---|---|---|")
    for scenario, found in sorted(tallies.items()):
        wrong = len(found.wrong)
        shares = (
            f"{100 * count / found.episodes:.0f} %" for count in (found.one_kind, found.one_outcome)
        )
        cells = (found.episodes, found.episodes - wrong, wrong, *shares, len(found.skins))
        print(f"| {scenario} | {' | '.join(map(str, cells))} |")


def _print_outcomes(tallies: dict[str, Tally]) -> None:
    names = sorted(tallies)
    print(f"\n| outcome | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    for outcome in Outcome:
        shares = (
            f"{100 * tallies[name].outcomes[outcome] / tallies[name].episodes:.1f} %"
            for name in names
        )
        print(f"| {outcome} | {' | '.join(shares)} |")


if __name__ == "__main__":
    sys.exit(main())
