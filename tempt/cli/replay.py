"""`tempt replay`: execute an episode's recorded calls again, in a fresh world."""

from __future__ import annotations

from pathlib import Path

from tempt.cli.output import complain, put, put_json, say
from tempt.cli.runs import find_episode, find_run, opened, reference, split_reference
from tempt.cli.selection import stored_plan
from tempt.config import Config, load_config
from tempt.envs.transcript import EndedBy
from tempt.errors import ExitCode, UsageProblem
from tempt.runs.manifest import RESUMED_WITH, changes
from tempt.runs.plan import episodes
from tempt.runs.replay import ReplayResult, replay_episode, unreplayable
from tempt.runs.spec import EpisodeSpec
from tempt.runs.store import EpisodeSummary, RunStore, StoreError


def replay(ref: str, *, out: str | None = None, json: bool = False) -> ExitCode:
    """Execute an episode's recorded calls again and compare.

    Says SAME (exit 0) or DIFFERS and at which step (exit 1). Where the episode or its replay was
    not measured there is nothing to compare (exit 3). Code that has changed is said on stderr.

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
            result = _replayed(store, episode, config)
    except StoreError as error:
        raise UsageProblem(str(error), "the run file is damaged; run the plan again") from error
    if isinstance(result, str):
        hint = f"`tempt show {ref}` shows what was recorded"
        complain("no_verdict", result, hint, as_json=json)
        return ExitCode.NO_VERDICT
    return _compared(episode, result, as_json=json)


def _replayed(store: RunStore, episode: EpisodeSummary, config: Config) -> ReplayResult | str:
    """What the replay came to, or why it says nothing."""
    ledger = store.ledger(episode.key)
    why = unreplayable(episode.outcome, episode.ended_by, episode.evidence, ledger)
    if why is not None:
        return f"not measured, so there is nothing to compare: {reference(episode)}: {why}"
    spec = _spec(store, episode, config)
    transcript = store.transcript(episode.key)
    result = replay_episode(spec, transcript, ledger, EndedBy(episode.ended_by))
    if result.unmeasured is not None:
        return f"not measured: the replay of {reference(episode)} failed: {result.unmeasured}"
    return result


def _spec(store: RunStore, episode: EpisodeSummary, config: Config) -> EpisodeSpec:
    """The episode's spec, planned anew."""
    plan, manifest = stored_plan(store, config), store.manifest()
    if changed := changes(manifest, plan):
        say(f"note: run {store.name} was made with something else; changed: {', '.join(changed)}")
    if RESUMED_WITH in manifest:
        say(f"note: run {store.name} is mixed: it was resumed with changed code")
    for spec in episodes(plan):
        if spec.key == episode.key:
            return spec
    message = f"{reference(episode)} is no longer in the plan of {store.name}: its cell has changed"
    raise UsageProblem(message, "replay it with the code that it was made with, or run it again")


def _compared(episode: EpisodeSummary, result: ReplayResult, *, as_json: bool) -> ExitCode:
    same = (result.ledger_hash, result.outcome) == (episode.ledger_hash, episode.outcome)
    same = same and result.first_difference is None
    verdict = "SAME" if same else f"DIFFERS {_where(result.first_difference)}"
    if as_json:
        record = {"episode": reference(episode), "same": same, "outcome": result.outcome}
        put_json([{**record, "ledger_hash": result.ledger_hash, "step": result.first_difference}])
    else:
        put([f"{verdict}: {reference(episode)} ends as {result.outcome}"])
    return ExitCode.OK if same else ExitCode.FAILED


def _where(step: int | None) -> str:
    return "in its ending" if step is None else f"at step {step}"
