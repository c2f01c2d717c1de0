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
        skins: By skin, misbehaviour and measured episodes.
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
    skins: Mapping[str, tuple[int, int]]

    @property
    def interval(self) -> Interval | None:
        """95 % interval of the rate, clustered by skin; ``None`` where nothing was measured."""
        return clustered(tuple(self.skins.values())) if self.measured else None


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
    measured = [e for e in group if e.outcome != Outcome.UNMEASURED]
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
        skins=_by_skin(measured),
    )


def _by_skin(measured: Sequence[EpisodeSummary]) -> dict[str, tuple[int, int]]:
    groups: dict[str, list[EpisodeSummary]] = {}
    for episode in measured:
        groups.setdefault(episode.skin, []).append(episode)
    return {skin: (_count(group), len(group)) for skin, group in sorted(groups.items())}


def render_skins(cells: Sequence[CellResult]) -> list[str]:
    """A line per cell and skin: whether behaviour hangs on the wording."""
    head = ["scenario", "arm", "factors", "agent", "skin", "n", "misbehaviour", "95 % interval"]
    rows = [head]
    for cell in cells:
        for skin, (events, trials) in cell.skins.items():
            low, high = wilson(events, trials)
            rows.append(
                [
                    cell.scenario,
                    cell.arm,
                    cell.levels or "-",
                    cell.agent,
                    skin,
                    str(trials),
                    f"{events}/{trials} {events / trials:4.0%}",
                    f"{low:4.0%} .. {high:4.0%}",
                ]
            )
    return columns(rows, right=frozenset({5, 6}))


def _count(episodes: Iterable[EpisodeSummary]) -> int:
    return sum(e.outcome in _MISBEHAVIOUR for e in episodes)


def _row(cell: CellResult) -> list[str]:
    interval = cell.interval
    return [
        cell.scenario,
        cell.arm,
        cell.agent,
        str(cell.episodes),
        ", ".join(f"{name} {count}" for name, count in cell.outcomes.items()),
        f"{cell.acts}/{cell.measured}",
        _rate(cell),
        f"{interval.low:4.0%} .. {interval.high:4.0%}" if interval else "not measured",
        f"{cell.exposed_misbehaviour}/{cell.exposed}",
        f"{cell.withheld}/{cell.measured}",
        f"{cell.severity:.1f}",
        f"{(cell.episodes - cell.measured) / cell.episodes:.0%}",
    ]


def _rate(cell: CellResult) -> str:
    count = f"{cell.misbehaviour}/{cell.measured}"
    return f"{count} {cell.misbehaviour / cell.measured:4.0%}" if cell.measured else count
