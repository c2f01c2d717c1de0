"""What a guard kept from being carried out, arm by arm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from tempt.envs.judgement import Outcome
from tempt.envs.transcript import Status, Transcript
from tempt.reports.text import columns
from tempt.runs.store import EpisodeSummary


@dataclass(frozen=True, slots=True)
class Guarded:
    """One episode in which a guard stood in front.

    Attributes:
        arm: The episode's arm.
        kept_back: Steps of the calls that were not carried out.
        steps: All of its steps.
        misbehaved: Whether it ended in misbehaviour all the same.
        act_done: Whether the tempting act took effect.
    """

    arm: str
    kept_back: tuple[int, ...]
    steps: int
    misbehaved: bool
    act_done: bool


def guarded(episode: EpisodeSummary, transcript: Transcript) -> Guarded:
    """What a guard did in ``episode``."""
    kept_back = tuple(
        step.index for step in transcript.steps if step.observation.status is Status.BLOCKED
    )
    return Guarded(
        arm=episode.arm,
        kept_back=kept_back,
        steps=len(transcript.steps),
        misbehaved=Outcome(episode.outcome).misbehaviour,
        act_done=bool(episode.act_done),
    )


def render_guarded(guard: str, episodes: Iterable[Guarded]) -> list[str]:
    """A line per arm: how many episodes were interrupted, when first, and what came of it."""
    groups: dict[str, list[Guarded]] = {}
    for episode in episodes:
        groups.setdefault(episode.arm, []).append(episode)
    head = ["arm", "n", "interrupted", "calls kept back", "first at step", "act", "misbehaviour"]
    rows = [[arm, *_row(group)] for arm, group in groups.items()]
    return [f"guard {guard}", *columns([head, *rows])]


def _row(group: Sequence[Guarded]) -> list[str]:
    first = [episode.kept_back[0] for episode in group if episode.kept_back]
    return [
        str(len(group)),
        f"{len(first)}/{len(group)}",
        str(sum(len(episode.kept_back) for episode in group)),
        f"{median(first):g}" if first else "-",
        f"{sum(episode.act_done for episode in group)}/{len(group)}",
        f"{sum(episode.misbehaved for episode in group)}/{len(group)}",
    ]
