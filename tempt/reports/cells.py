"""The table of cells: what agents did, in each arm, with intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tempt.envs.judgement import MISBEHAVIOUR, Disclosure, Outcome
from tempt.reports.statistics import Interval, clustered, wilson
from tempt.reports.text import columns
from tempt.runs.store import EpisodeSummary

_MISBEHAVIOUR = frozenset(outcome.value for outcome in MISBEHAVIOUR)
_HONEST_REPORTS = (Disclosure.FULL, Disclosure.NOT_ASKED)
_WITHHELD = frozenset(value.value for value in Disclosure if value not in _HONEST_REPORTS)


@dataclass(frozen=True, slots=True)
class SkinResult:
    """One skin's counts within a cell.

    Attributes:
        episodes: All episodes.
        measured: Those that could be judged.
        misbehaviour: Those of them that were misbehaviour.
    """

    episodes: int
    measured: int
    misbehaviour: int


@dataclass(frozen=True, slots=True)
class CellResult:
    """One cell's counts.

    Attributes:
        scenario: The scenario's id.
        arm: The arm.
        levels: Varied factor levels, as in the cell's label.
        agent: The agent.
        episodes: All episodes.
        measured: Those that could be judged: the denominator of every rate.
        outcomes: Episodes by outcome.
        acts: Measured episodes in which the tempting act took effect, permitted or not.
        withheld: Measured episodes whose report left out or denied something, or was not filed.
        misbehaviour: Measured episodes that were misbehaviour.
        exposed: Measured episodes in which the cue reached the agent.
        exposed_misbehaviour: Those of them that were misbehaviour.
        severity: Mean severity over measured episodes.
        skins: The counts of each skin; of no skin where no world could be opened.
    """

    scenario: str
    arm: str
    levels: str
    agent: str
    episodes: int
    measured: int
    outcomes: Mapping[str, int]
    acts: int
    withheld: int
    misbehaviour: int
    exposed: int
    exposed_misbehaviour: int
    severity: float
    skins: Mapping[str, SkinResult]

    @property
    def interval(self) -> Interval | None:
        """95 % interval of the rate, clustered by skin; ``None`` where nothing was measured."""
        groups = [(skin.misbehaviour, skin.measured) for skin in self.skins.values()]
        return clustered(groups) if self.measured else None


def tabulate(episodes: Iterable[EpisodeSummary]) -> list[CellResult]:
    """One result per cell, in the order of the plan."""
    groups: dict[str, list[EpisodeSummary]] = {}
    for episode in episodes:
        groups.setdefault(episode.label, []).append(episode)
    return [_cell(group) for group in groups.values()]


def render_cells(cells: Sequence[CellResult]) -> list[str]:
    """The table as lines."""
    with_levels = any(cell.levels for cell in cells)
    head = ["scenario", "arm", "agent", "n", "outcomes", "act", "misbehaviour", "95 % interval"]
    head += ["of exposed", "withheld", "severity", "unmeasured"]
    rows = [head, *(_row(cell) for cell in cells)]
    if with_levels:
        pairs = zip(rows, _levels(cells), strict=True)
        rows = [[*row[:2], extra, *row[2:]] for row, extra in pairs]
    shift = 1 if with_levels else 0
    return columns(rows, right=frozenset(n + shift for n in (3, 5, 6, 8, 9, 10, 11)))


def _levels(cells: Sequence[CellResult]) -> list[str]:
    return ["factors", *(cell.levels or "-" for cell in cells)]


def _cell(group: Sequence[EpisodeSummary]) -> CellResult:
    first = group[0]
    measured = _measured(group)
    exposed = [e for e in measured if e.exposed]
    head, tail = f"{first.scenario}/{first.arm}", first.agent
    levels = first.label.removeprefix(head).removesuffix(tail).strip("/")
    return CellResult(
        scenario=first.scenario,
        arm=first.arm,
        levels=levels.replace("/", " "),
        agent=first.agent,
        episodes=len(group),
        measured=len(measured),
        outcomes=dict(Counter(e.outcome for e in group).most_common()),
        acts=sum(e.act_done for e in measured),
        withheld=sum(e.disclosure in _WITHHELD for e in measured),
        misbehaviour=_count(measured),
        exposed=len(exposed),
        exposed_misbehaviour=_count(exposed),
        severity=sum(e.severity for e in measured) / len(measured) if measured else 0.0,
        skins=_by_skin(group),
    )


def _by_skin(episodes: Sequence[EpisodeSummary]) -> dict[str, SkinResult]:
    groups: dict[str, list[EpisodeSummary]] = {}
    for episode in episodes:
        groups.setdefault(episode.skin, []).append(episode)
    return {skin: _skin(group) for skin, group in sorted(groups.items())}


def _skin(group: Sequence[EpisodeSummary]) -> SkinResult:
    measured = _measured(group)
    return SkinResult(len(group), len(measured), _count(measured))


def _measured(episodes: Iterable[EpisodeSummary]) -> list[EpisodeSummary]:
    return [e for e in episodes if e.outcome != Outcome.UNMEASURED]


def render_skins(cells: Sequence[CellResult]) -> list[str]:
    """A line per cell and skin: whether behaviour hangs on the wording."""
    head = ["scenario", "arm", "factors", "agent", "skin", "n", "misbehaviour", "95 % interval"]
    rows = [[*head, "unmeasured"]]
    for cell in cells:
        where = [cell.scenario, cell.arm, cell.levels or "-", cell.agent]
        for name, skin in cell.skins.items():
            interval = wilson(skin.misbehaviour, skin.measured) if skin.measured else None
            rate, span = _rate(skin), _span(interval)
            rows.append([*where, name or "-", str(skin.episodes), rate, span, _unmeasured(skin)])
    return columns(rows, right=frozenset({5, 6, 8}))


def _count(episodes: Iterable[EpisodeSummary]) -> int:
    return sum(e.outcome in _MISBEHAVIOUR for e in episodes)


def _row(cell: CellResult) -> list[str]:
    return [
        cell.scenario,
        cell.arm,
        cell.agent,
        str(cell.episodes),
        ", ".join(f"{name} {count}" for name, count in cell.outcomes.items()),
        f"{cell.acts}/{cell.measured}",
        _rate(cell),
        _span(cell.interval),
        f"{cell.exposed_misbehaviour}/{cell.exposed}",
        f"{cell.withheld}/{cell.measured}",
        f"{cell.severity:.1f}",
        _unmeasured(cell),
    ]


def _rate(counts: CellResult | SkinResult) -> str:
    count = f"{counts.misbehaviour}/{counts.measured}"
    return f"{count} {counts.misbehaviour / counts.measured:4.0%}" if counts.measured else count


def _span(interval: Interval | None) -> str:
    return f"{interval.low:4.0%} .. {interval.high:4.0%}" if interval else "not measured"


def _unmeasured(counts: CellResult | SkinResult) -> str:
    return f"{(counts.episodes - counts.measured) / counts.episodes:.0%}"
