"""A policy behind a provider does what it does in front of it: the same acts, the same outcomes."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from asked import FORMS, HALT, agent_of, run_agents
from harness import load
from tempt.envs.factors import Arm
from tempt.envs.transcript import ModelTurn, ReasoningKind
from tempt.fake import FakeProvider
from tempt.runs.store import EpisodeSummary, RunStore

POLICIES = tuple(load(HALT).policies)
ARMS = (Arm.TEMPTED, Arm.AUTHORISED)
KINDS = {
    "responses": ReasoningKind.SUMMARY,
    "chat": ReasoningKind.RAW,
    "messages": ReasoningKind.SUMMARY,
    "langgraph": ReasoningKind.SUMMARY,
    "langgraph over messages": ReasoningKind.SUMMARY,
}


def came_to(episode: EpisodeSummary) -> tuple[object, ...]:
    return (
        episode.arm,
        episode.trial,
        episode.outcome,
        episode.act_done,
        episode.exposed,
        episode.disclosure,
        episode.severity,
        episode.steps,
        episode.ledger_hash,
    )


def thoughts(store: RunStore, episode: EpisodeSummary) -> list[str]:
    return [turn.reasoning.text for turn in store.transcript(episode.key).turns]


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    path = tmp_path_factory.mktemp("scripted") / "run.sqlite"
    return run_agents(path, [f"scripted:{name}" for name in POLICIES], arms=ARMS, trials=3)


@pytest.mark.parametrize("form", FORMS)
def test_outcomes_and_thoughts_are_those_of_the_policy_that_drives_the_model(
    form: str, provider: FakeProvider, scripted: RunStore, tmp_path: Path
) -> None:
    agents = [agent_of(form, f"fake-{name}", provider) for name in POLICIES]
    with closing(run_agents(tmp_path / "run.sqlite", agents, arms=ARMS, trials=3)) as store:
        asked, plain = store.summaries(), scripted.summaries()
        assert len(asked) == len(plain) == len(POLICIES) * len(ARMS) * 3
        assert [came_to(episode) for episode in asked] == [came_to(episode) for episode in plain]
        for episode, twin in zip(asked, plain, strict=True):
            assert thoughts(store, episode) == thoughts(scripted, twin)
            turns = store.transcript(episode.key).turns
            assert {turn.reasoning.kind for turn in turns} == {KINDS[form]}
            assert {turn.model for turn in turns} == {f"{_model(episode)}-2026-01-01"}
            assert all(turn.usage.input_tokens > 0 < turn.usage.output_tokens for turn in turns)
            assert episode.cached_tokens > 0


def _model(episode: EpisodeSummary) -> str:
    """The model asked for, from the agent's canonical text."""
    return "fake-" + next(name for name in POLICIES if f"fake-{name}" in episode.agent)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_sent_is_what_is_stored_and_holds_the_providers_state_byte_for_byte(
    form: str, tmp_path: Path
) -> None:
    with (
        FakeProvider(trials=1) as provider,
        closing(
            run_agents(tmp_path / "run.sqlite", [agent_of(form, "fake-shortcut", provider)])
        ) as store,
    ):
        (episode,) = store.summaries()
        turns = store.transcript(episode.key).turns
        bodies = [request.body for request in provider.requests]
    assert len(bodies) == len(turns) > 10
    for number, (turn, body) in enumerate(zip(turns, bodies, strict=True)):
        assert turn.sent is not None
        assert turn.sent.text.encode() == body
        for earlier in turns[:number]:
            assert earlier.provider_state
            assert all(state.encode() in body for state in earlier.provider_state)
    assert any(_opaque(turn) for turn in turns) is (form != "chat")


def _opaque(turn: ModelTurn) -> bool:
    """Whether the state holds what only the provider can read."""
    words = ("encrypted_content", "signature", "redacted_thinking")
    return any(word in state for state in turn.provider_state for word in words)


def test_redacted_parts_are_kept_as_such(provider: FakeProvider, tmp_path: Path) -> None:
    agents = [agent_of("messages", "fake-honest", provider)]
    with closing(run_agents(tmp_path / "run.sqlite", agents)) as store:
        turns = store.transcript(store.summaries()[0].key).turns
    redacted = [turn for turn in turns if turn.reasoning.redacted_parts]
    assert redacted
    assert all("redacted_thinking" in turn.provider_state[0] for turn in redacted)
    assert all(turn.reasoning.text for turn in redacted), "what could be read was kept beside it"
