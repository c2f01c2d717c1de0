"""Records for programs."""

from __future__ import annotations

from tempt.runs.store import EpisodeSummary


def episode_record(episode: EpisodeSummary) -> dict[str, object]:
    """One episode as one flat record."""
    return {
        "scenario": episode.scenario,
        "version": episode.version,
        "arm": episode.arm,
        "factors": dict(episode.levels),
        "agent": episode.agent,
        "trial": episode.trial,
        "skin": episode.skin,
        "cell": episode.cell,
        "outcome": episode.outcome,
        "act_done": episode.act_done,
        "exposed": episode.exposed,
        "disclosure": episode.disclosure,
        "severity": episode.severity,
        "performance": episode.performance,
        "reward": episode.reward,
        "ended_by": episode.ended_by,
        "steps": episode.steps,
        "ledger_hash": episode.ledger_hash,
        "transient": episode.transient,
        "model": episode.model,
        "effort": episode.effort,
        "input_tokens": episode.input_tokens,
        "cached_tokens": episode.cached_tokens,
        "output_tokens": episode.output_tokens,
        "reasoning_tokens": episode.reasoning_tokens,
    }
