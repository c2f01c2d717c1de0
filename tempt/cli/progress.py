"""How far a run has come: a bar on a terminal, a line per finished cell elsewhere."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tempt.cli.output import say
from tempt.reports.text import escape
from tempt.runs.rows import Row
from tempt.runs.spec import EpisodeSpec


class Display(Protocol):
    """Told of every stored episode."""

    def __enter__(self) -> Display: ...

    def __exit__(self, *exception: object) -> None: ...

    def row(self, row: Row) -> None:
        """One more episode is stored."""
        ...


class Bar:
    """A progress bar on stderr."""

    def __init__(self, total: int) -> None:
        self._progress = Progress(
            TextColumn("episodes"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("episodes", total=total)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._progress.stop()

    def row(self, row: Row) -> None:  # noqa: ARG002
        """One step further."""
        self._progress.advance(self._task)


class Lines:
    """One line on stderr for every cell that is finished."""

    def __init__(self, specs: Iterable[EpisodeSpec]) -> None:
        self._left = Counter(spec.cell.label for spec in specs)
        self._all = Counter(self._left)

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def row(self, row: Row) -> None:
        """Say when a cell is finished."""
        label = row.label
        self._left[label] -= 1
        if not self._left[label]:
            say(f"{escape(label)} {self._all[label]} episodes")


def display(specs: list[EpisodeSpec]) -> Display:
    """What fits the place that stderr goes to."""
    return Bar(len(specs)) if sys.stderr.isatty() else Lines(specs)
