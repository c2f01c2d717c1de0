"""`tempt replay`: execute an episode's recorded calls again, in a fresh world."""

from __future__ import annotations

from pathlib import Path

from tempt.cli.output import put, put_json
from tempt.cli.runs import find_episode, find_run, opened, reference, split_reference
from tempt.cli.selection import stored_plan
from tempt.config import load_config
from tempt.errors import ExitCode, UsageProblem
from tempt.runs.plan import episodes
from tempt.runs.replay import replay_episode
from tempt.runs.store import StoreError


def replay(ref: str, *, out: str | None = None, json: bool = False) -> ExitCode:
    """Execute an episode's recorded calls again and compare.

    Says SAME (exit 0) or DIFFERS and at which step (exit 1).

    Args:
        ref: An episode: RUN/PART/.../TRIAL.
        out: Folder of run files.
        json: Print a record instead of text.
    """
    config = load_config(Path.cwd())
    run, parts = split_reference(ref)
    if not parts:
        raise UsageProblem(f'"{ref}" names no episode', "a reference ends with the trial's number")
    try:
        with opened(find_run(run, Path(out or config.out))) as store:
            episode = find_episode(store, parts)
            plan = stored_plan(store, config)
            spec = next(spec for spec in episodes(plan) if spec.key == episode.key)
            result = replay_episode(spec, store.transcript(episode.key), store.ledger(episode.key))
    except StoreError as error:
        raise UsageProblem(str(error), "the run file is damaged; run the plan again") from error
    same = (result.ledger_hash, result.outcome) == (episode.ledger_hash, episode.outcome)
    same = same and result.first_difference is None
    verdict = "SAME" if same else f"DIFFERS {_where(result.first_difference)}"
    if json:
        record = {"episode": reference(episode), "same": same, "outcome": result.outcome}
        put_json([{**record, "ledger_hash": result.ledger_hash, "step": result.first_difference}])
    else:
        put([f"{verdict}: {reference(episode)} ends as {result.outcome}"])
    return ExitCode.OK if same else ExitCode.FAILED


def _where(step: int | None) -> str:
    return "in its ending" if step is None else f"at step {step}"
