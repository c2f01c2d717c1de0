"""Agents as typed: what is understood, what is refused, and that a label leads back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempt.agents import AgentSpec, AgentSpecError, parse_agent
from tempt.agents.models.base import ModelSettings

MIXED = {"p": "0.1", "bad": "shortcut", "good": "honest"}
KINDS = ("random", "scripted", "openai", "anthropic", "langgraph", "python")
LEVELS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
ANTHROPIC_LEVELS = ("none", "low", "medium", "high", "xhigh", "max")
ADDRESS = "http://127.0.0.1:8000/v1"
NAMES = st.text(min_size=1, max_size=12).filter(lambda name: "?" not in name and name != "mixture")


@pytest.mark.parametrize(
    ("text", "spec", "policies"),
    [
        ("random", AgentSpec("random", "", {}), ()),
        ("scripted:honest", AgentSpec("scripted", "honest", {}), ("honest",)),
        ("scripted:mixture", AgentSpec("scripted", "mixture", MIXED), ("shortcut", "honest")),
        (
            "scripted:mixture?p=0.5&bad=concealing",
            AgentSpec("scripted", "mixture", {**MIXED, "p": "0.5", "bad": "concealing"}),
            ("concealing", "honest"),
        ),
        ("scripted:mixture?", AgentSpec("scripted", "mixture", MIXED), ("shortcut", "honest")),
        ("random?", AgentSpec("random", "", {}), ()),
        ("random:", AgentSpec("random", "", {}), ()),
    ],
)
def test_what_is_understood(text: str, spec: AgentSpec, policies: tuple[str, ...]) -> None:
    assert parse_agent(text) == spec
    assert parse_agent(text).policies == policies


@pytest.mark.parametrize(
    ("text", "wrong", "known"),
    [
        ("", "", KINDS),
        ("robot", "robot", KINDS),
        ("honest", "honest", KINDS),
        ("opnai:gpt-9", "opnai", KINDS),
        ("my.agents:", "my.agents", KINDS),
        ("openai", "openai", ("openai:MODEL",)),
        ("anthropic:", "anthropic:", ("anthropic:MODEL",)),
        ("langgraph:graphs", "langgraph:graphs", ("langgraph:MODULE:ATTRIBUTE",)),
        ("langgraph:graphs:build?mode=fast", "fast", ("interrupt", "rendezvous")),
        ("langgraph:graphs:build?grouping=all", "all", ("asked", "decided")),
        ("langgraph:graphs:build?effort=low", "effort", ("mode", "grouping", "recursion_limit")),
        ("langgraph:graphs:build?recursion_limit=0", "langgraph:graphs:build", ("200",)),
        ("langgraph:react", "", ("openai:MODEL", "anthropic:MODEL")),
        ("langgraph:react?model=gpt", "gpt", ("openai:MODEL", "anthropic:MODEL")),
        ("my.agents:Fast?effort=low", "effort", ()),
        ("openai:m?api=messages", "messages", ("responses", "chat")),
        ("anthropic:m?api=chat", "api", ("base_url", "effort", "key_env", "max_tokens")),
        ("openai:m?effort=hard", "hard", LEVELS),
        ("openai:m?effort=2000", "2000", LEVELS),
        ("anthropic:m?effort=1000", "1000", (*ANTHROPIC_LEVELS, "1024")),
        ("anthropic:m?effort=minimal", "minimal", (*ANTHROPIC_LEVELS, "1024")),
        ("openai:m?max_tokens=0", "openai:m", ("16384",)),
        ("openai:m?max_tokens=many", "openai:m", ("16384",)),
        ("openai:m?base_url=localhost:80", "base_url", (ADDRESS,)),
        ("openai:m?base_url=http://[::1", "base_url", (ADDRESS,)),
        ("openai:m?key_env=a-b", "openai:m", ("OPENAI_API_KEY",)),
        ("scripted", "scripted", ("scripted:POLICY",)),
        ("scripted:", "scripted:", ("scripted:POLICY",)),
        ("scripted?p=1", "scripted", ("scripted:POLICY",)),
        ("random:honest", "random:honest", ("random",)),
        ("random?seed=1", "seed", ()),
        ("scripted:honest?p=0.1", "p", ()),
        ("scripted:mixture?q=0.1", "q", ("p", "bad", "good")),
        ("scripted:mixture?p", "", ("0.1",)),
        ("scripted:mixture?p=", "", ("0.1",)),
        ("scripted:mixture?p=often", "often", ("0.1",)),
        ("scripted:mixture?p=1.01", "1.01", ("0.1",)),
        ("scripted:mixture?p=-0.1", "-0.1", ("0.1",)),
        ("scripted:mixture?p=nan", "nan", ("0.1",)),
        ("scripted:mixture?p=inf", "inf", ("0.1",)),
    ],
)
def test_what_is_refused(text: str, wrong: str, known: tuple[str, ...]) -> None:
    with pytest.raises(AgentSpecError) as caught:
        parse_agent(text)
    assert (caught.value.name, caught.value.known) == (wrong, known)
    assert f'"{text.partition("?")[0]}"' in str(caught.value)


@given(name=NAMES)
def test_a_scripted_label_leads_back(name: str) -> None:
    spec = parse_agent(f"scripted:{name}")
    assert spec == AgentSpec("scripted", name, {})
    assert parse_agent(spec.label) == spec


@given(p=st.floats(0, 1), bad=st.text(max_size=12), good=st.text(max_size=12))
def test_a_mixtures_label_leads_back(p: float, bad: str, good: str) -> None:
    spec = AgentSpec("scripted", "mixture", {"p": f"{p:.12g}", "bad": bad, "good": good})
    assert parse_agent(spec.label) == spec
    assert parse_agent(spec.label).label == spec.label


@pytest.mark.parametrize(
    "written", ["p=0.10", "p=.1", "p=1e-1", "good=honest", "bad=shortcut&p=0.1"]
)
def test_one_agent_has_one_label_and_one_fingerprint(written: str) -> None:
    plain, other = parse_agent("scripted:mixture"), parse_agent(f"scripted:mixture?{written}")
    assert (other.label, other.fingerprint) == (plain.label, plain.fingerprint)


def test_different_agents_have_different_fingerprints() -> None:
    texts = ["random", "scripted:honest", "scripted:random", "scripted:mixture"]
    texts += ["scripted:mixture?p=0.2", "scripted:mixture?bad=careless", "scripted:mixture?good=x"]
    assert len({parse_agent(text).fingerprint for text in texts}) == len(texts)


SETTINGS = {"base_url": "", "effort": "", "key_env": "OPENAI_API_KEY", "max_tokens": "16384"}
OPENAI = {**SETTINGS, "summary": "detailed", "logprobs": "0"}


@pytest.mark.parametrize(
    ("text", "kind", "name", "options", "label"),
    [
        (
            "openai:m",
            "openai",
            "m",
            {**OPENAI, "api": "responses"},
            "openai:m",
        ),
        (
            "openai:m?api=responses",
            "openai",
            "m",
            {**OPENAI, "api": "responses"},
            "openai:m",
        ),
        (
            "openai:m?max_tokens=0500&effort=high",
            "openai",
            "m",
            {
                **SETTINGS,
                "summary": "detailed",
                "logprobs": "0",
                "api": "responses",
                "max_tokens": "500",
                "effort": "high",
            },
            "openai:m?effort=high&max_tokens=500",
        ),
        (
            "openai:org/m:8b?base_url=http://localhost:11434/v1/",
            "openai",
            "org/m:8b",
            {
                **SETTINGS,
                "summary": "detailed",
                "logprobs": "0",
                "api": "chat",
                "base_url": "http://localhost:11434/v1",
            },
            "openai:org/m:8b?base_url=http%3A%2F%2Flocalhost%3A11434%2Fv1",
        ),
        (
            "anthropic:m?effort=2048",
            "anthropic",
            "m",
            {**SETTINGS, "key_env": "ANTHROPIC_API_KEY", "effort": "2048"},
            "anthropic:m?effort=2048",
        ),
        (
            "langgraph:react?model=openai:m",
            "langgraph",
            "react",
            {
                **SETTINGS,
                "summary": "detailed",
                "logprobs": "0",
                "api": "responses",
                "model": "openai:m",
            },
            "langgraph:react?model=openai%3Am",
        ),
        (
            "langgraph:my.graphs:build",
            "langgraph",
            "my.graphs:build",
            {"mode": "interrupt", "grouping": "asked", "recursion_limit": "200"},
            "langgraph:my.graphs:build",
        ),
        ("my.agents:Fast", "python", "my.agents:Fast", {}, "my.agents:Fast"),
        ("Scripted:honest", "python", "Scripted:honest", {}, "Scripted:honest"),
    ],
)
def test_agents_with_models(
    text: str, kind: str, name: str, options: dict[str, str], label: str
) -> None:
    spec = parse_agent(text)
    assert spec == AgentSpec(kind, name, options)
    assert (spec.label, parse_agent(label)) == (label, spec)
    assert spec.model_bound


def test_options_beside_the_text_count_where_it_says_nothing() -> None:
    beside = {"effort": "low", "max_tokens": "9"}
    spec = parse_agent("openai:m?effort=high", beside)
    assert (spec.options["effort"], spec.options["max_tokens"]) == ("high", "9")


def test_where_a_key_is_found_is_no_part_of_an_agent() -> None:
    plain, other = parse_agent("openai:m"), parse_agent("openai:m?key_env=TEAM_KEY")
    assert plain.fingerprint == other.fingerprint
    assert other.settings is not None
    assert other.settings.key_env == "TEAM_KEY"


@pytest.mark.parametrize(
    "url",
    [
        "http://me:secret@host/v1",
        "https://sk-secret@host",
        "http://host/v1?key=secret",
        "http://h#secret",
    ],
)
def test_an_address_must_hold_no_secret(url: str) -> None:
    with pytest.raises(AgentSpecError) as caught:
        parse_agent(f"openai:m?base_url={url.replace('?', '%3F').replace('#', '%23')}")
    assert "secret" not in f"{caught.value} {caught.value.name}"


@pytest.mark.parametrize(
    "options",
    [
        "api_key=sk-secret",
        "base_url=http://me:secret@host/v1&efort=low",
        "base_url=http://me:secret@host:99999/v1",
        "base_url=http://me:secret@[::1/v1",
        "base_url=http://me:secret@host/v1&effort=hard",
        "base_url=http://me:secret@host/v1&base_url=http://host",
        "base_url=http://me:secret@host/v1&max_tokens=none",
    ],
)
@pytest.mark.parametrize("kind", ["openai:m", "anthropic:m", "scripted:honest"])
def test_a_complaint_quotes_no_option(kind: str, options: str) -> None:
    with pytest.raises(AgentSpecError) as caught:
        parse_agent(f"{kind}?{options}")
    assert "secret" not in f"{caught.value} {caught.value.name}"
    assert kind in str(caught.value) or "base_url" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "live"),
    [
        ("random", False),
        ("scripted:honest", False),
        ("openai:gpt", True),
        ("anthropic:claude", True),
        ("openai:llama?base_url=http://127.0.0.1:8000/v1", True),
        ("openai:fake-honest?base_url=http://127.0.0.1:8000/v1", False),
        ("openai:fake-honest?base_url=http://localhost:8000/v1", False),
        ("openai:fake-honest?base_url=http://[::1]:8000/v1", False),
        ("openai:fake-honest?base_url=http://127.0.0.1.example.org/v1", True),
        ("openai:fake-honest", True),
        ("anthropic:fake-honest?base_url=http://127.0.0.1:8000", False),
        ("langgraph:react?model=openai:fake-honest&base_url=http://127.0.0.1:8000/v1", False),
        ("langgraph:react?model=openai:gpt", True),
        ("langgraph:graphs:build", True),
        ("agents:Mine", True),
    ],
)
def test_what_may_be_a_real_model(text: str, live: bool) -> None:
    assert parse_agent(text).live is live


@pytest.mark.parametrize("count", ["21", "-1", "x", ""])
def test_chances_are_asked_for_in_a_number_that_there_is(count: str) -> None:
    assert settings_of("openai:m?logprobs=20").logprobs == 20
    with pytest.raises(AgentSpecError, match="logprobs must be a number up to 20"):
        parse_agent(f"openai:m?logprobs={count}")
    with pytest.raises(AgentSpecError, match='unknown option "logprobs"'):
        parse_agent("anthropic:m?logprobs=5")


def settings_of(text: str) -> ModelSettings:
    settings = parse_agent(text).settings
    assert settings is not None
    return settings
