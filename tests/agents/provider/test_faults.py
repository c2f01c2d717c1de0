"""Whatever a provider does wrong ends no run, is scored as nothing, and is named in the store."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from asked import agent_of, run_agents
from tempt.agents.conditions import Conditions
from tempt.envs.judgement import Outcome
from tempt.envs.transcript import EndedBy, Status, Transcript
from tempt.fake import FakeProvider
from tempt.fake.faults import FAULTS, Fault
from tempt.runs.store import EpisodeSummary

TURN = 2
"""At which every fault happens, with every try."""

ENDS: Mapping[str, tuple[EndedBy, bool, str]] = {
    # fault: ending, whether another time may help, what the evidence says
    "http-400": (EndedBy.MODEL, False, "answered 400"),
    "http-401": (EndedBy.MODEL, True, "answered 401"),
    "http-403": (EndedBy.MODEL, True, "answered 403"),
    "http-404": (EndedBy.MODEL, True, "answered 404"),
    "http-408": (EndedBy.MODEL, True, "answered 408"),
    "http-409": (EndedBy.MODEL, True, "answered 409"),
    "http-413": (EndedBy.CONTEXT, False, "answered 413"),
    "http-422": (EndedBy.MODEL, False, "answered 422"),
    "http-429": (EndedBy.MODEL, True, "answered 429"),
    "http-429-no-hint": (EndedBy.MODEL, True, "answered 429"),
    "http-429-long": (EndedBy.MODEL, True, "answered 429"),
    "http-429-quota": (EndedBy.MODEL, True, "has no credit left"),
    "http-500": (EndedBy.MODEL, True, "answered 500"),
    "http-502-html": (EndedBy.MODEL, True, "answered 502"),
    "http-503": (EndedBy.MODEL, True, "answered 503"),
    "http-529": (EndedBy.MODEL, True, "answered 529"),
    "context-overflow": (EndedBy.CONTEXT, False, "answered 400"),
    "content-filter-400": (EndedBy.MODEL, False, "answered 400"),
    "hang": (EndedBy.MODEL, True, "did not answer in time"),
    "slow-drip": (EndedBy.MODEL, True, "took more than"),
    "close-without-answer": (EndedBy.MODEL, True, "broke"),
    "reset": (EndedBy.MODEL, True, "broke"),
    "truncated-body": (EndedBy.MODEL, True, "broke"),
    "truncated-json": (EndedBy.MODEL, True, "no JSON object"),
    "not-json": (EndedBy.MODEL, True, "no JSON object"),
    "json-array": (EndedBy.MODEL, True, "no JSON object"),
    "json-null": (EndedBy.MODEL, True, "no JSON object"),
    "empty-body": (EndedBy.MODEL, True, "no JSON object"),
    "invalid-utf8": (EndedBy.MODEL, True, "not UTF-8"),
    "deep-json": (EndedBy.MODEL, True, "no JSON object"),
    "bad-gzip": (EndedBy.MODEL, False, "compressed"),
    "redirect": (EndedBy.MODEL, True, "answered 302"),
    "no-choices": (EndedBy.MODEL, False, "empty"),
    "wrong-types": (EndedBy.MODEL, False, ", not a "),
    "lone-surrogate": (EndedBy.MODEL, False, "half a character"),
    "duplicate-call-ids": (EndedBy.MODEL, False, "the same id"),
    "missing-call-id": (EndedBy.MODEL, False, "id is missing"),
    "length-stop": (EndedBy.MODEL, False, "truncated"),
    "refusal": (EndedBy.MODEL, False, "refused"),
    "content-filter-stop": (EndedBy.MODEL, False, "refused"),
    "empty-turn": (EndedBy.MODEL, False, "empty"),
    "reasoning-only": (EndedBy.MODEL, False, "empty"),
    "no-calls-but-tool-stop": (EndedBy.MODEL, False, "unclear"),
    "context-stop": (EndedBy.CONTEXT, False, "context"),
    "pause-stop": (EndedBy.MODEL, False, "unclear"),
    "response-failed": (EndedBy.MODEL, True, "reports an error"),
}
LARGE = ("enormous-body", "huge-message", "huge-arguments")
GOT_OVER: Mapping[str, str] = {
    # fault: how the turn that met it shows it
    "unknown-tool": "unknown_tool",
    "malformed-arguments": "invalid",
    "arguments-not-object": "invalid",
    "length-stop-with-call": "truncated",
    "calls-after-stop": "end",
    "unknown-stop-reason": "end",
    "negative-usage": "no usage",
    "absent-usage": "no usage",
    "wrong-content-type": "end",
}
OBJECTS_ONLY = ("malformed-arguments", "arguments-not-object")
"""Messages has arguments as objects: what is none is no reply."""


def test_every_fault_of_the_provider_is_in_a_table() -> None:
    assert len(Fault) >= 25
    assert {fault.value for fault in Fault} == {*ENDS, *LARGE, *GOT_OVER}


def run_faults(
    faults: tuple[str, ...], provider: FakeProvider, path: Path, conditions: Conditions
) -> dict[tuple[str, str], tuple[EpisodeSummary, Transcript]]:
    """What became of an honest agent whose provider fails, by fault and dialect."""
    agents = {
        agent_of(dialect, f"fake-honest.{fault}.{TURN}", provider): (fault, dialect)
        for fault in faults
        for dialect in FAULTS[fault].dialects
    }
    with closing(run_agents(path, agents, conditions)) as store:
        return {
            agents[episode.agent]: (episode, store.transcript(episode.key))
            for episode in store.summaries()
        }


def test_what_cannot_be_got_over_ends_the_episode_unmeasured_and_is_named(
    provider: FakeProvider, tmp_path: Path
) -> None:
    quick = Conditions(attempts=2, seconds=2.0)
    results = run_faults(tuple(ENDS), provider, tmp_path / "run.sqlite", quick)
    assert len(results) == sum(len(FAULTS[fault].dialects) for fault in ENDS)
    for (fault, dialect), (episode, _) in results.items():
        ended_by, transient, said = ENDS[fault]
        where = f"{fault} in {dialect}: {episode.evidence}"
        assert episode.outcome == Outcome.UNMEASURED, where
        assert (episode.ended_by, episode.transient) == (ended_by, transient), where
        assert any("the agent failed" in line and said in line for line in episode.evidence), where


def test_a_reply_that_is_too_large_is_not_read_and_a_large_one_is(
    provider: FakeProvider, tmp_path: Path
) -> None:
    patient = Conditions(attempts=1, seconds=60.0)
    results = run_faults(LARGE, provider, tmp_path / "run.sqlite", patient)
    for (fault, dialect), (episode, transcript) in results.items():
        where = f"{fault} in {dialect}: {episode.evidence}"
        if fault == "enormous-body":
            assert (episode.outcome, episode.transient) == (Outcome.UNMEASURED, False), where
            assert "larger than 16777216 bytes" in episode.evidence[-1], where
        elif fault == "huge-message":
            assert episode.outcome == Outcome.HONEST_STOP, where
            assert len(transcript.turns[TURN - 1].message) > 10_000_000, where
        else:
            statuses = [step.observation.status for step in transcript.steps]
            assert Status.INVALID in statuses, where


def test_what_can_be_got_over_is_told_the_model_or_marked(
    provider: FakeProvider, tmp_path: Path
) -> None:
    results = run_faults(tuple(GOT_OVER), provider, tmp_path / "run.sqlite", Conditions())
    for (fault, dialect), (episode, transcript) in results.items():
        where = f"{fault} in {dialect}: {episode.evidence}"
        if fault in OBJECTS_ONLY and dialect == "messages":
            assert episode.outcome == Outcome.UNMEASURED, where
            assert "not an object" in episode.evidence[-1], where
            continue
        turn = transcript.turns[TURN - 1]
        answers = {step.observation.status.value for step in transcript.steps_of(TURN - 1)}
        assert GOT_OVER[fault] in {*answers, turn.stop.value, *turn.overcome}, where
        assert episode.outcome == Outcome.HONEST_STOP, where


@pytest.mark.parametrize("fault", ["http-429", "http-500", "reset", "truncated-json"])
def test_a_fault_that_passes_leaves_the_episode_as_it_would_have_been(
    fault: str, provider: FakeProvider, tmp_path: Path
) -> None:
    agents = [agent_of("responses", f"fake-shortcut.{fault}.{TURN}.1", provider)]
    with closing(run_agents(tmp_path / "run.sqlite", agents)) as store:
        (episode,) = store.summaries()
        turns = store.transcript(episode.key).turns
    assert episode.outcome == Outcome.SHORTCUT_UNDISCLOSED
    assert [len(turn.overcome) for turn in turns] == [0, 1, *[0] * (len(turns) - 2)]


def test_proven_misbehaviour_stands_though_the_provider_fails_after_it(
    provider: FakeProvider, tmp_path: Path
) -> None:
    late = {
        agent_of(dialect, "fake-shortcut.http-400.12", provider)
        for dialect in ("responses", "messages")
    }
    with closing(run_agents(tmp_path / "run.sqlite", sorted(late))) as store:
        outcomes = {(episode.outcome, episode.ended_by) for episode in store.summaries()}
    assert outcomes == {("shortcut_undisclosed", "model")}
