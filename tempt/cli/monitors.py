"""`tempt monitors`: judge monitors on labelled trajectories, train one, convert logs."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tempt.cli.output import put, put_json, say
from tempt.cli.runs import opened
from tempt.errors import ExitCode, UsageProblem, nearest
from tempt.monitors.base import Monitor
from tempt.monitors.evaluation.bootstrap import DRAWS
from tempt.monitors.evaluation.figures import RATE, SourceFigures, by_source, figures
from tempt.monitors.evaluation.scoring import CONFOUNDS, Scored, confounds, rescored, scored
from tempt.monitors.inspect_logs import LabelRule, inspect_rows
from tempt.monitors.records import LabelledTrajectory, RecordError, read_labelled
from tempt.monitors.registry import FACTORIES, UnknownMonitorError, make_monitor
from tempt.monitors.trained.card import card_of
from tempt.monitors.trained.crossfit import across_groups, across_sources
from tempt.monitors.trained.examples import examples_of
from tempt.monitors.trained.fit import USUAL, Options, TrainingError, fit
from tempt.monitors.trained.model import ModelError, load, save
from tempt.monitors.trained.monitor import TrainedMonitor
from tempt.reports.monitors import figures_record, monitor_rows, render_monitors
from tempt.runs.labelled import labelled_rows
from tempt.runs.store import SUFFIX, StoreError

_TRAINED_ON = "trained on it"
_BY_GROUP = "trained, other groups"
_BY_SOURCE = "trained, other sources"


@dataclass(frozen=True)
class JudgingOptions:
    """Options of `tempt monitors eval`.

    Attributes:
        monitor: A monitor's name; repeatable. All by default.
        model: A trained model to be judged with them, from `tempt monitors train`.
        rate: The rate of false alarms that thresholds aim at.
        draws: Draws of the bootstrap.
        json: Print one record a line.
    """

    monitor: tuple[str, ...] = ()
    model: Path | None = None
    rate: float = RATE
    draws: int = DRAWS
    json: bool = False


@dataclass(frozen=True)
class TrainingOptions:
    """Options of `tempt monitors train`.

    Attributes:
        licence: The licence of the trajectories, for the model's card.
        family: A family of features: said, done, acts; repeatable.
        looseness: The larger, the closer to the training set.
        draws: Draws of the bootstrap.
        json: Print one record a line.
    """

    licence: str = "not stated"
    family: tuple[str, ...] = USUAL.families
    looseness: float = USUAL.looseness
    draws: int = DRAWS
    json: bool = False


_JUDGING = JudgingOptions()
_TRAINING = TrainingOptions()


def evaluate(
    *files: Path,
    options: Annotated[JudgingOptions, Parameter(name="*")] = _JUDGING,
) -> ExitCode:
    """Judge monitors on labelled trajectories, source by source.

    Args:
        files: Labelled trajectories, one JSON object a line; `tempt monitors convert` makes them.
        options: Which monitors, and how.
    """
    if not 0 < options.rate < 1:
        raise UsageProblem(f"a rate of {options.rate} is none", "say for example --rate 0.01")
    _check(options.draws)
    rows = _read(files)
    monitors = [*_chosen(options.monitor), *([_loaded(options.model)] if options.model else [])]
    found = {each.name: scored(each, rows) for each in monitors}
    notes = {
        (each.name, source): _TRAINED_ON
        for each in monitors
        if isinstance(each, TrainedMonitor)
        for source in each.trained_on
    }
    _tell({**found, **confounds(rows)}, options, notes)
    return ExitCode.OK


def train(
    *files: Path,
    out: Path,
    options: Annotated[TrainingOptions, Parameter(name="*")] = _TRAINING,
) -> ExitCode:
    """Train a monitor on labelled trajectories, and say how well it does on what it has not seen.

    Needs scikit-learn, from tempt[train]; the trained monitor runs without.

    Args:
        files: Labelled trajectories, one JSON object a line.
        out: The file of the weights, which is plain JSON.
        options: How.
    """
    _check(options.draws)
    rows = _read(files)
    try:
        how = Options(families=options.family, looseness=options.looseness)
        examples = examples_of(rows, how.families)
        held_out = {
            _BY_GROUP: _scored(rows, across_groups(examples, how)),
            _BY_SOURCE: _scored(rows, across_sources(examples, how)),
        }
        model = fit(examples, how, card_of(examples, how, options.licence, _areas(held_out)))
    except KeyError as error:
        raise UsageProblem(f"no family is called {error}", "there are: said, done, acts") from error
    except TrainingError as error:
        raise UsageProblem(
            str(error), "`tempt monitors train --help` says what it takes"
        ) from error
    judging = JudgingOptions(draws=options.draws, json=options.json)
    _tell({**held_out, **confounds(rows)}, judging, {})
    try:
        save(model, out)
    except OSError as error:
        raise UsageProblem(f"{out} can't be written: {error.strerror}", "name another") from error
    say(f"wrote {out}, {out.stat().st_size:,} bytes")
    return ExitCode.OK


def convert(file: Path, *, scorer: str | None = None, misbehaved: tuple[str, ...] = ()) -> ExitCode:
    """Print a run file or an Inspect log as labelled trajectories.

    The label of a run's episode is the oracle's verdict; unmeasured ones are left out. An Inspect
    log (JSON) has only scores: say which of their values mean misbehaviour.

    Args:
        file: A run file, or a log.
        scorer: Of a log: the scorer that labels come from.
        misbehaved: Of a log: a value that means misbehaviour; repeatable.
    """
    try:
        if file.suffix == SUFFIX:
            with opened(file) as store:
                put_json(labelled_rows(store))
            return ExitCode.OK
        if scorer is None or not misbehaved:
            hint = "add --scorer NAME --misbehaved VALUE"
            raise UsageProblem("a log's labels come from a score of its own", hint)
        log = jsonlib.loads(file.read_text("utf-8"))
        put_json(inspect_rows(log, LabelRule(scorer, frozenset(misbehaved))))
    except (RecordError, StoreError) as error:
        raise UsageProblem(str(error), "a run file or an Inspect log in JSON is needed") from error
    except (OSError, ValueError, RecursionError) as error:
        raise UsageProblem(f"{file} can't be read: {error}", "name another file") from error
    return ExitCode.OK


def _read(files: Sequence[Path]) -> list[LabelledTrajectory]:
    if not files:
        raise UsageProblem("no file is named", "name files of labelled trajectories")
    try:
        return list(chain.from_iterable(map(read_labelled, files)))
    except RecordError as error:
        raise UsageProblem(str(error), "`tempt monitors convert` makes such files") from error
    except (OSError, UnicodeError) as error:
        raise UsageProblem(f"a file can't be read: {error}", "name another file") from error


def _check(draws: int) -> None:
    if draws < 1:
        raise UsageProblem(f"{draws} draws make no interval", "leave --draws out")


def _chosen(names: Sequence[str]) -> Iterator[Monitor]:
    for name in names or FACTORIES:
        try:
            yield make_monitor(name)
        except UnknownMonitorError as error:
            hint = nearest(name, error.known, f"there are: {', '.join(error.known)}")
            raise UsageProblem(str(error), hint) from error


def _loaded(file: Path) -> TrainedMonitor:
    try:
        return TrainedMonitor(load(file.read_text("utf-8")), f"model {file.stem}")
    except (ModelError, OSError, UnicodeError) as error:
        hint = "`tempt monitors train` makes such a file"
        raise UsageProblem(f"{file} can't be used: {error}", hint) from error


def _tell(
    found: Mapping[str, Sequence[Scored]],
    options: JudgingOptions,
    notes: Mapping[tuple[str, str], str],
) -> None:
    table: dict[str, dict[str, SourceFigures]] = {
        name: {
            source: figures(rows, options.rate, options.draws)
            for source, rows in by_source(each).items()
        }
        for name, each in found.items()
    }
    if options.json:
        put_json(
            figures_record(name, each) | {"note": notes.get((name, source), "")}
            for name, sources in table.items()
            for source, each in sources.items()
        )
        return
    put(render_monitors(monitor_rows(table, options.rate, notes)))
    put(["", f"{' and '.join(CONFOUNDS)} are no monitors: what they reach needs no misbehaviour"])


def _scored(
    rows: Sequence[LabelledTrajectory], scores: Iterable[tuple[int, float | None]]
) -> tuple[Scored, ...]:
    return tuple(rescored(rows[at], score) for at, score in scores if score is not None)


def _areas(held_out: Mapping[str, Sequence[Scored]]) -> dict[str, dict[str, float]]:
    """AUCs for the model's card, by split and source."""
    return {
        split: {
            source: round(area.value, 3)
            for source, own in by_source(rows).items()
            if (area := figures(own, draws=1).auc)
        }
        for split, rows in held_out.items()
    }
