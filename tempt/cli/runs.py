"""Finding runs and episodes by name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tempt.errors import UsageProblem, nearest
from tempt.runs.lock import HeldError, held
from tempt.runs.store import SUFFIX, EpisodeSummary, RunStore, StoreError, open_store

LATEST = "latest"


def run_files(folder: Path) -> list[Path]:
    """Run files, oldest first: names sort by time."""
    return sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []


def split_reference(ref: str) -> tuple[str, list[str]]:
    """The run that ``ref`` names, and what follows it: parts of an episode's name."""
    if os.path.isfile(ref):
        return ref, []
    file, suffix, rest = ref.partition(f"{SUFFIX}/")
    run, _, rest = (file + SUFFIX, "", rest) if suffix else ref.partition("/")
    return run, [part for part in rest.split("/") if part]


def find_run(word: str, folder: Path) -> Path:
    """The run file that ``word`` names: a path, ``latest``, or a beginning that fits one only.

    Raises:
        UsageProblem: None fits, or several do.
    """
    if word.endswith(SUFFIX) or os.path.isfile(word):
        return Path(word)
    files = run_files(folder)
    if word == LATEST and files:
        return files[-1]
    fitting = [path for path in files if word and path.name.startswith(word)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = ", ".join(path.stem for path in fitting[:4])
        raise UsageProblem(f'"{word}" fits {len(fitting)} runs', f"among them: {names}")
    if not files:
        raise UsageProblem(f'no run "{word}": {folder}/ holds no runs', "start with `tempt run`")
    hint = nearest(word, [path.stem for path in files], "`tempt list runs` shows all")
    raise UsageProblem(f'no run "{word}" in {folder}/', hint)


@contextmanager
def opened(path: Path) -> Iterator[RunStore]:
    """The run file at ``path``, closed afterwards.

    Raises:
        UsageProblem: It can't be used.
    """
    try:
        store = open_store(path)
    except StoreError as error:
        raise UsageProblem(str(error), "`tempt list runs` shows the runs that are there") from error
    try:
        yield store
    finally:
        store.close()


@contextmanager
def opened_to_write(path: Path) -> Iterator[RunStore]:
    """The run file at ``path``, with nobody else writing to it or deleting it meanwhile.

    Raises:
        UsageProblem: It can't be used, or is being written.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(held(path))
        except HeldError as error:
            hint = "wait until that is done, or interrupt it; `tempt list runs` shows all runs"
            raise UsageProblem(str(error), hint) from error
        yield stack.enter_context(opened(path))


def find_episode(store: RunStore, words: Sequence[str]) -> EpisodeSummary:
    """The episode whose reference has all of ``words`` among its parts; the last is its trial.

    Raises:
        UsageProblem: None fits, or several do.
    """
    wanted = [word for word in words if word not in ("", "...", "…")]
    fitting = [episode for episode in store.summaries() if _fits(episode, wanted)]
    if len(fitting) == 1:
        return fitting[0]
    sought = "/".join(wanted)
    if not fitting:
        raise UsageProblem(
            f'no episode "{sought}" in run {store.name}',
            f"`tempt show {store.name}` shows its cells; a reference ends with the trial's number",
        )
    some = ", ".join(reference(episode) for episode in fitting[:3])
    raise UsageProblem(f'"{sought}" fits {len(fitting)} episodes', f"among them: {some}")


def reference(episode: EpisodeSummary) -> str:
    """The episode's name within its run."""
    return f"{episode.label}/{episode.trial}"


def _fits(episode: EpisodeSummary, words: Sequence[str]) -> bool:
    if not words or words[-1] != str(episode.trial):
        return False
    parts = episode.label.split("/")
    return all(word in parts for word in words[:-1])
