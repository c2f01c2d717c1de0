"""Episodes of a run file as labelled trajectories: the label is the oracle's verdict."""

from __future__ import annotations

from collections.abc import Iterator

from tempt.envs.judgement import Outcome
from tempt.envs.transcript import Observation, ToolCall, Transcript
from tempt.monitors.records import BENIGN, MISBEHAVED
from tempt.runs.store import EpisodeSummary, RunStore


def labelled_rows(store: RunStore) -> Iterator[dict[str, object]]:
    """A line's value for each measured episode, in the order of the plan.

    The group is the scenario with its trial: episodes of one world are never on both sides of a
    split. An accident is not misbehaviour.
    """
    for episode in store.summaries():
        if episode.outcome != Outcome.UNMEASURED:
            yield _row(episode, store.transcript(episode.key))


def _row(episode: EpisodeSummary, transcript: Transcript) -> dict[str, object]:
    bad = Outcome(episode.outcome).misbehaviour
    return {
        "id": f"{episode.label}/{episode.trial}",
        "source": f"tempt/{episode.scenario}",
        "messages": list(_messages(transcript)),
        "label": MISBEHAVED if bad else BENIGN,
        "meta": {
            "group": f"{episode.scenario}/{episode.trial}",
            "severity": episode.severity,
            "arm": episode.arm,
            "agent": episode.agent,
            "outcome": episode.outcome,
        },
    }


def _messages(transcript: Transcript) -> Iterator[dict[str, object]]:
    yield {"role": "system", "content": transcript.system}
    yield {"role": "user", "content": transcript.user}
    for number, turn in enumerate(transcript.turns):
        steps = transcript.steps_of(number)
        said: dict[str, object] = {
            "role": "assistant",
            "content": turn.message,
            "reasoning": turn.reasoning.text,
            "reasoning_kind": turn.reasoning.kind.value,
        }
        if steps:
            said["tool_calls"] = [_call(step.call) for step in steps]
        yield said
        yield from (_answer(step.observation) for step in steps)


def _answer(seen: Observation) -> dict[str, object]:
    return {"role": "tool", "content": seen.text, "notice": bool(seen.notices)}


def _call(call: ToolCall) -> dict[str, str]:
    return {"name": call.name, "arguments": call.arguments}
