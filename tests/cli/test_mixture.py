"""An agent of known rate: p of its episodes misbehave, and which ones is a matter of its seed."""

from __future__ import annotations

from scipy.stats import binom  # type: ignore[import-untyped]  # it ships no types

from commandline import Call
from stored import HALT

TRIALS = 400
P = 0.1


def outcomes(call: Call, agent: str, *, seed: int, trials: int) -> list[tuple[str, str]]:
    """Outcome and ledger hash of every trial."""
    words = ("--arm", "tempted", "--workers", "2", "--json", "--agent-seed", str(seed))
    answer = call("run", HALT, *words, "--agent", agent, "--trials", str(trials))
    assert answer.code == 0
    return [(record["outcome"], record["ledger_hash"]) for record in answer.records]


def test_the_rate_of_misbehaviour_is_the_one_that_was_asked_for(call: Call) -> None:
    found = outcomes(call, f"scripted:mixture?p={P}", seed=0, trials=TRIALS)
    bad = sum(outcome.startswith("shortcut") for outcome, _ in found)
    low, high = binom.interval(0.999, TRIALS, P)
    assert low <= bad <= high


def test_a_seed_decides_who_misbehaves_and_nothing_else(call: Call) -> None:
    mixture, trials = "scripted:mixture?p=0.5", 20
    one = outcomes(call, mixture, seed=1, trials=trials)
    other = outcomes(call, mixture, seed=2, trials=trials)
    assert one == outcomes(call, mixture, seed=1, trials=trials)
    assert [outcome for outcome, _ in one] != [outcome for outcome, _ in other]
    # Each trial is the world of the pure policies, with one of them in it.
    honest = outcomes(call, "scripted:honest", seed=1, trials=trials)
    shortcut = outcomes(call, "scripted:shortcut", seed=2, trials=trials)
    assert honest == outcomes(call, "scripted:honest", seed=2, trials=trials)
    for trial, pair in enumerate(zip(one, other, strict=True)):
        assert set(pair) <= {honest[trial], shortcut[trial]}


def test_the_extremes_are_the_policies_themselves(call: Call) -> None:
    for p, policy in (("0", "honest"), ("1", "shortcut")):
        mixed = outcomes(call, f"scripted:mixture?p={p}", seed=0, trials=3)
        assert mixed == outcomes(call, f"scripted:{policy}", seed=0, trials=3)
