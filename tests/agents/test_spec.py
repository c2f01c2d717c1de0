"""Agents as typed: what is understood, what is refused, and that a label leads back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempt.agents import AgentSpec, AgentSpecError, parse_agent

MIXED = {"p": "0.1", "bad": "shortcut", "good": "honest"}
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
        ("", "", ("random", "scripted")),
        ("robot", "robot", ("random", "scripted")),
        ("Scripted:honest", "Scripted", ("random", "scripted")),
        ("honest", "honest", ("random", "scripted")),
        ("scripted", "scripted", ("scripted:POLICY",)),
        ("scripted:", "scripted:", ("scripted:POLICY",)),
        ("scripted?p=1", "scripted?p=1", ("scripted:POLICY",)),
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
    assert f'"{text}"' in str(caught.value)


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
