"""`tempt purge`: delete a run."""

from __future__ import annotations

from pathlib import Path

from tempt.cli.output import say
from tempt.cli.runs import LATEST, find_run, opened_to_write
from tempt.config import load_config
from tempt.errors import ExitCode, UsageProblem


def purge(run: str, *, out: str | None = None) -> ExitCode:
    """Delete a run and everything in it, unless it is being written.

    Args:
        run: The run's name, a beginning of it that fits no other, or its file.
        out: Folder of run files.
    """
    if run == LATEST:
        raise UsageProblem('"latest" is too easily the wrong one to delete', "name the run")
    path = find_run(run, Path(out or load_config(Path.cwd()).out))
    with opened_to_write(path) as store:
        store.close()
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    say(f"deleted {path}")
    return ExitCode.OK
