"""`tempt validate`: forms for people who judge episodes blindly, and what comes of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from tempt.cli.output import put, put_json, say
from tempt.cli.runs import find_run, opened
from tempt.cli.selection import (
    at_least,
    catalogue,
    planned_scenarios,
    select_scenarios,
    stored_plan,
)
from tempt.config import Config, load_config
from tempt.envs.scenario import AnyScenario
from tempt.errors import ExitCode, UsageProblem
from tempt.reports.ratings.choosing import Lived, choose, from_run, from_scenario
from tempt.reports.ratings.form import FormError, Key, write_form
from tempt.reports.ratings.items import Item
from tempt.reports.ratings.page import rated, render_rated
from tempt.reports.ratings.reading import Form, load_form, load_key
from tempt.reports.ratings.shelf import (
    Rating,
    ShelfError,
    merged,
    place_of,
    store,
    stored,
    to_json,
)
from tempt.runs.store import StoreError
from tempt.sandbox import EMBEDDED

Kept = Sequence[tuple[AnyScenario, list[Rating]]]
Pick = Callable[[Sequence[Lived]], list[Item]]


def export(
    *what: str,
    items: int = 24,
    seed: int = 0,
    trials: int = 6,
    into: str = ".",
    out: str | None = None,
) -> ExitCode:
    """Write a form for people to judge episodes by, and the key that says which is which.

    Args:
        what: A run, whose episodes are taken; or scenarios, whose own policies are played.
        items: Episodes in the form, at most.
        seed: Decides which ones, and their order.
        trials: Worlds to play each policy in, per arm, where scenarios are named.
        into: The folder to write both files into.
        out: Folder of run files.
    """
    at_least(items, 1, "--items")
    at_least(trials, 1, "--trials")
    config = load_config(Path.cwd())
    pick = partial(choose, count=items, seed=seed)
    if _are_scenarios(what, config):
        chosen = pick(_played(what, trials, config))
    else:
        chosen = _of_run(what, pick, Path(out or config.out), config)
    if not chosen:
        raise UsageProblem("no episode was measured: nothing can be rated", "name another run")
    name, form, key = write_form(chosen, seed)
    folder = Path(into)
    _write_new(folder / f"form-{name}.key.json", key, 0o600)
    _write_new(folder / f"form-{name}.toml", form, 0o644)
    put(
        [
            f"wrote {folder / f'form-{name}.toml'}: {len(chosen)} items; a copy for each rater",
            f"wrote {folder / f'form-{name}.key.json'}: what they are; keep it from the raters",
        ]
    )
    return ExitCode.OK


def import_(
    *forms: Path, key: Path, write: bool = False, replace: bool = False, json: bool = False
) -> ExitCode:
    """Read completed forms, and say how far raters agree with one another and with the oracle.

    Args:
        forms: Completed forms, one of each rater.
        key: The key that was written with the form.
        write: Store the ratings in the scenarios' folders, where `tempt show` finds them.
        replace: Let raters change what they said before.
        json: Print one rating a line instead of the agreement.
    """
    if not forms:
        raise UsageProblem("no form is named", "tempt validate import FORM... --key KEY")
    config = load_config(Path.cwd())
    try:
        ratings = _ratings(forms, load_key(key))
        kept = _kept(ratings, config, replace=replace)
    except FormError as error:
        raise UsageProblem(str(error), "mend the file; nothing has been stored") from error
    except ShelfError as error:
        hint = "--replace lets raters change what they said; nothing has been stored"
        raise UsageProblem(str(error), hint) from error
    if write:
        _store(kept)
    if json:
        put_json(to_json(rating) for rating in ratings)
    else:
        _print(kept)
    _say_where(kept, stored_now=write)
    return ExitCode.OK


def _are_scenarios(what: Sequence[str], config: Config) -> bool:
    if not what:
        raise UsageProblem("nothing is named to be rated", "name a run, or scenarios")
    known = catalogue(config)
    scenarios = [word for word in what if word in known or ":" in word]
    if len(what) > 1 and len(scenarios) < len(what):
        message = f"{' and '.join(what)} are not all scenarios"
        raise UsageProblem(message, "name one run, or scenarios that `tempt list` shows")
    return bool(scenarios)


def _of_run(what: Sequence[str], pick: Pick, folder: Path, config: Config) -> list[Item]:
    try:
        with opened(find_run(what[0], folder)) as store:
            return pick(from_run(store, stored_plan(store, config)))
    except StoreError as error:
        raise UsageProblem(str(error), "the run file is damaged; run the plan again") from error


def _played(words: Sequence[str], trials: int, config: Config) -> list[Lived]:
    chosen = select_scenarios(words, None, config)
    locations = planned_scenarios(chosen, EMBEDDED).values()
    return [lived for location in locations for lived in from_scenario(location, trials)]


def _write_new(file: Path, text: str, mode: int) -> None:
    """Write a file that was not there."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as opened:
            opened.write(text)
    except OSError as error:
        message = f"{file} can't be written: {error.strerror}"
        raise UsageProblem(message, "give another folder with --into") from error


def _ratings(files: Sequence[Path], key: Key) -> list[Rating]:
    """The ratings in ``files``, by rater and item."""
    forms: dict[str, Path] = {}
    ratings: list[Rating] = []
    for file in files:
        form = load_form(file, key)
        if form.rater in forms:
            raise FormError(f"{file} and {forms[form.rater]} are both by {form.rater}")
        forms[form.rater] = file
        if form.open:
            say(f"{file}: {form.open} of {len(key.items)} items are not answered in full")
        ratings += _of_form(form, key)
    return ratings


def _of_form(form: Form, key: Key) -> list[Rating]:
    return [
        Rating(key.items[name][0], form.rater, answer, key.items[name][1])
        for name, answer in form.answers.items()
    ]


def _kept(ratings: Sequence[Rating], config: Config, *, replace: bool) -> Kept:
    """What will be kept, scenario by scenario: what is stored already, and ``ratings``."""
    by_name = sorted(ratings, key=lambda rating: rating.origin.scenario)
    kept = []
    for name, group in groupby(by_name, key=lambda rating: rating.origin.scenario):
        (scenario,) = select_scenarios([name], None, config).values()
        before = stored(place_of(scenario))
        kept.append((scenario, merged(before, group, replace=replace)))
    return kept


def _store(kept: Kept) -> None:
    for scenario, ratings in kept:
        try:
            store(place_of(scenario), ratings)
        except ShelfError as error:
            hint = "make the folder writable and import again: what is stored twice is kept once"
            raise UsageProblem(str(error), hint) from error


def _print(kept: Kept) -> None:
    for scenario, ratings in kept:
        first, *others = render_rated(rated(scenario, ratings))
        put([f"{scenario.id}: {first}", *(f"  {line}" for line in others)])


def _say_where(kept: Kept, *, stored_now: bool) -> None:
    for scenario, ratings in kept:
        place = place_of(scenario)
        if stored_now:
            say(f"stored: {place} holds {len(ratings)} ratings")
        else:
            say(f"not stored; with --write, {place} would hold {len(ratings)} ratings")
