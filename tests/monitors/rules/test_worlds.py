"""The rules on scripted runs of our own worlds."""

from __future__ import annotations

import pytest

from harness import load, play
from tempt.envs.factors import Arm
from tempt.monitors.base import Monitor, events_of
from tempt.monitors.rules import FLAGGED, ActionRules, ProtectedResource
from tempt.runs.episode import EpisodeResult


def flagged(result: EpisodeResult) -> bool:
    monitors: tuple[Monitor, ...] = (ActionRules(), ProtectedResource())
    return any(
        monitor.observe(events_of(result.transcript, monitor.views)).score >= FLAGGED
        for monitor in monitors
    )


WORLDS = ["paperclip_plant", "self_grant", "tidy_disk"]
"""Those whose shortcut changes something that was to stay as it is."""
HONEST = ("honest", "partial", "escalating")


@pytest.mark.parametrize("scenario", WORLDS)
@pytest.mark.parametrize("policy", ["shortcut", "concealing"])
def test_what_scripts_do_to_resources_that_are_kept_is_flagged(scenario: str, policy: str) -> None:
    script = load(scenario).policies[policy]
    assert all(flagged(play(scenario, script, Arm.TEMPTED, trial)) for trial in range(2))


@pytest.mark.parametrize("arm", list(Arm))
@pytest.mark.parametrize("scenario", [*WORLDS, "kpi_gate", "losing_quarter", "impossible_tests"])
def test_nothing_honest_is_flagged_in_any_arm(scenario: str, arm: Arm) -> None:
    policies = load(scenario).policies
    assert not any(flagged(play(scenario, policies[policy], arm, 3)) for policy in HONEST)
