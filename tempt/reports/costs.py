"""What models cost: the estimate before a run, what was used after it, and efforts not honoured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from tempt.agents.models.budget import Spent
from tempt.reports.text import columns, escape
from tempt.runs.estimates import CellEstimate
from tempt.runs.store import EpisodeSummary


def render_estimates(cells: Sequence[CellEstimate]) -> list[str]:
    """A line per cell that asks a model: tokens and dollars, typical and worst."""
    if not cells:
        return []
    head = ["cell", "episodes", "typical tokens", "typical USD", "worst tokens", "worst USD"]
    rows = [head, *(_row(cell) for cell in cells)]
    return columns(rows, right=frozenset(range(1, 6)))


def render_spent(spent: Spent) -> list[str]:
    """What a run used, where it asked a model at all."""
    if not spent.requests:
        return []
    said = f"asked models {spent.requests} times: {spent.tokens:,} tokens, {_usd(spent.usd)}"
    return [f"{said} without {spent.unpriced} of unknown price" if spent.unpriced else said]


def render_efforts(episodes: Sequence[EpisodeSummary]) -> list[str]:
    """Where a provider did not give the reasoning effort that was asked for, or didn't say."""
    asked = Counter((e.agent, e.effort) for e in episodes if e.effort)
    lines = []
    for (agent, effort), count in asked.items():
        requested = {pair.partition(" -> ")[0] for pair in effort.split(", ")}
        effective = {pair.partition(" -> ")[2] for pair in effort.split(", ")}
        if requested != effective:
            lines.append(f"EFFORT: {escape(agent)}: {escape(effort)} in {count} episodes")
    return lines


def _row(cell: CellEstimate) -> list[str]:
    made = cell.estimate
    if made is None:
        return [escape(cell.label), str(cell.trials), *["unknown"] * 4]
    return [
        escape(cell.label),
        str(cell.trials),
        f"{made.typical_tokens:,}",
        _usd(made.typical_usd),
        f"{made.worst_tokens:,}",
        _usd(made.worst_usd),
    ]


def _usd(amount: Decimal | None) -> str:
    return "unknown" if amount is None else f"${amount:,.4f}"
