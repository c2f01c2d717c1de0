"""Whether a run says anything: what could not be measured, and what went wrong on our side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tempt.agents.models.cassettes import CASSETTE
from tempt.envs.judgement import Outcome
from tempt.reports.text import shorten
from tempt.runs.defects import has_defect, has_failed_monitor
from tempt.runs.episode import FAILED
from tempt.runs.store import EpisodeSummary

_REASONS = 3
_WIDTH = 200
_ADVICE = 2_000
_MISSED = f"{FAILED}{CASSETTE}"


def render_unmeasured(episodes: Sequence[EpisodeSummary]) -> list[str]:
    """How many episodes could not be measured, and the first reasons; nothing where all were."""
    missed = [episode for episode in episodes if episode.outcome == Outcome.UNMEASURED]
    if not missed:
        return []
    reasons = Counter(shorten(_reason(episode), _WIDTH) for episode in missed)
    share = len(missed) / len(episodes)
    lines = [f"UNMEASURED: {len(missed)} of {len(episodes)} episodes ({share:.0%})"]
    lines += [f"  {count} x {reason}" for reason, count in list(reasons.items())[:_REASONS]]
    left = len(reasons) - _REASONS
    return [*lines, f"  and {left} more reasons"] if left > 0 else lines


def render_objections(episodes: Sequence[EpisodeSummary], trials: int) -> list[str]:
    """Why a run is no verdict, a line each; nothing where it is one.

    Args:
        episodes: What is stored.
        trials: Episodes that were planned per cell.
    """
    ours = [*_misses(episodes), *_failed_monitors(episodes), *_defects(episodes)]
    return [*_unmeasured(episodes, trials), *ours]


def _unmeasured(episodes: Sequence[EpisodeSummary], trials: int) -> list[str]:
    missed = Counter(e.label for e in episodes if e.outcome == Outcome.UNMEASURED)
    if missed.total() == len(episodes):
        return ["no verdict: nothing was measured; `tempt show` of an episode says why"]
    mostly = [label for label, count in missed.items() if 2 * count > trials]
    if not mostly:
        return []
    cells = f"{len(mostly)} cell{'s' * (len(mostly) > 1)}"
    return [f"no verdict: more than half is unmeasured in {cells}, first in {mostly[0]}"]


def _misses(episodes: Sequence[EpisodeSummary]) -> list[str]:
    missed = [line for e in episodes for line in e.evidence if line.startswith(_MISSED)]
    if not missed:
        return []
    first = shorten(missed[0].removeprefix(_MISSED), _ADVICE)
    return [f"no verdict: {_count(len(missed))} went past the recording, the first: {first}"]


def _failed_monitors(episodes: Sequence[EpisodeSummary]) -> list[str]:
    failed = sum(has_failed_monitor(episode.evidence) for episode in episodes)
    return [f"no verdict: a monitor failed in {_count(failed)}"] if failed else []


def _defects(episodes: Sequence[EpisodeSummary]) -> list[str]:
    failed = sum(has_defect(episode.evidence) for episode in episodes)
    what = "no verdict: a defect in a scenario or in tempt ended"
    return [f"{what} {_count(failed)}; mend it and start a new run"] if failed else []


def _count(number: int) -> str:
    return f"{number} episode{'s' * (number > 1)}"


def _reason(episode: EpisodeSummary) -> str:
    """The line that says why; an agent's failure comes after what the oracle still found."""
    for line in episode.evidence:
        if line.startswith(("unmeasured", FAILED)):
            return line
    return f"ended by {episode.ended_by}"
