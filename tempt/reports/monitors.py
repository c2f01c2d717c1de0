"""The table of monitors: one line per source and monitor, confounds beside, and no pooled line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tempt.monitors.calibration import needed
from tempt.monitors.evaluation.figures import Figure, Frozen, SourceFigures
from tempt.reports.text import columns

NOT_MEASURABLE = "not measurable"
_HEAD = (
    "source",
    "monitor",
    "bad/good",
    "groups",
    "AUC",
    "recall at 1 %",
    "recall at 0",
    "g-mean2",
    "severity",
    "realised FPR",
    "unmeasured",
    "note",
)

Figures = Mapping[str, Mapping[str, SourceFigures]]
"""By monitor, then by source."""


def monitor_rows(
    figures: Figures, rate: float, notes: Mapping[tuple[str, str], str] | None = None
) -> list[list[str]]:
    """The table's cells, the head first, a source's monitors together.

    Args:
        figures: What was measured.
        rate: The rate of false alarms that thresholds aimed at.
        notes: What has to be known of a monitor on a source, such as that it was trained on it.
    """
    sources = dict.fromkeys(source for found in figures.values() for source in found)
    head = [cell.replace("1 %", f"{rate:.4g}" if rate != 0.01 else "1 %") for cell in _HEAD]
    return [
        head,
        *(
            _row(name, found[source], (notes or {}).get((name, source), ""))
            for source in sources
            for name, found in figures.items()
            if source in found
        ),
    ]


def render_monitors(rows: Sequence[Sequence[str]]) -> list[str]:
    """The table for a terminal."""
    return columns(rows)


def markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    """The table for a page; text of the data is kept from being markup."""
    head, *body = [[_plain(cell) for cell in row] for row in rows]
    lines = [head, ["---"] * len(head), *body]
    return [f"| {' | '.join(line)} |" for line in lines]


def figures_record(monitor: str, found: SourceFigures) -> dict[str, object]:
    """One monitor on one source, for programs."""
    return {
        "monitor": monitor,
        "source": found.source,
        "misbehaved": found.misbehaved,
        "benign": found.benign,
        "misbehaved_groups": found.misbehaved_groups,
        "benign_groups": found.benign_groups,
        "unmeasured": found.unmeasured,
        "auc": _figure_record(found.auc),
        "recall": _figure_record(found.recall),
        "recall_at_none": _figure_record(found.recall_at_none),
        "frozen": _frozen_record(found.frozen),
    }


def _row(monitor: str, found: SourceFigures, note: str) -> list[str]:
    frozen = found.frozen
    return [
        found.source,
        monitor,
        f"{found.misbehaved}/{found.benign}",
        f"{found.misbehaved_groups}/{found.benign_groups}",
        figure_text(found.auc),
        figure_text(found.recall),
        figure_text(found.recall_at_none),
        _optional(frozen.g_mean2 if frozen else None),
        _optional(frozen.severity_recall if frozen else None),
        realised_text(frozen),
        str(found.unmeasured),
        note,
    ]


def figure_text(figure: Figure | None) -> str:
    """A figure with its interval; "-" where there is none."""
    if figure is None:
        return "-"
    if figure.interval is None:
        return f"{figure.value:.2f} (one group)"
    low, high = figure.interval
    return f"{figure.value:.2f} ({low:.2f}-{high:.2f})"


def realised_text(frozen: Frozen | None) -> str:
    """False alarms at the frozen threshold, and whether the rate aimed at was kept."""
    if frozen is None:
        return NOT_MEASURABLE
    low, high = frozen.interval
    seen = f"{frozen.false_alarms}/{frozen.benign} ({low:.1%}-{high:.1%})"
    if not frozen.supported:
        return f"{NOT_MEASURABLE} (under {needed(frozen.rate)} groups): {seen}"
    return f"{'kept' if frozen.kept else 'NOT KEPT'}: {seen}"


def _optional(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _figure_record(figure: Figure | None) -> dict[str, object] | None:
    if figure is None:
        return None
    return {"value": figure.value, "interval": figure.interval}


def _frozen_record(frozen: Frozen | None) -> dict[str, object] | None:
    if frozen is None:
        return None
    return {
        "rate": frozen.rate,
        "false_alarms": frozen.false_alarms,
        "benign": frozen.benign,
        "interval": frozen.interval,
        "caught": frozen.caught,
        "misbehaved": frozen.misbehaved,
        "g_mean2": frozen.g_mean2,
        "severity_recall": frozen.severity_recall,
        "supported": frozen.supported,
        "kept": frozen.kept if frozen.supported else None,
    }


def _plain(cell: str) -> str:
    return "".join(f"\\{char}" if char in "|\\`<>[]*_" else char for char in cell)


def macro_text(values: Iterable[float]) -> str:
    """A mean over sources, with what it is a mean of."""
    listed = list(values)
    return f"{sum(listed) / len(listed):.3f} over {len(listed)} sources" if listed else "-"
