"""`tempt run` with agents that ask models: keys, budgets, recordings, efforts, what is shown."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

from asked import KEYS
from commandline import Answer, Call, started, tempt
from stored import HALT
from tempt.fake import FakeProvider
from tempt.fake.answers import Manner

ONE = ("--arm", "tempted", "--trials", "1")
FORMS = {
    "responses": ("openai:{}?api=responses", "/v1"),
    "chat": ("openai:{}", "/v1"),
    "messages": ("anthropic:{}", ""),
    "langgraph": ("langgraph:react?model=openai:{}", "/v1"),
}


@pytest.fixture
def provider(fake_provider: FakeProvider) -> FakeProvider:
    return fake_provider


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)


def asking(provider: FakeProvider, model: str, form: str = "responses") -> tuple[str, ...]:
    """Words that have a model of the provider act."""
    agent, path = FORMS[form]
    return ("run", HALT, "--agent", agent.format(model), "--base-url", f"{provider.url}{path}")


@pytest.mark.parametrize("form", FORMS)
def test_three_trials_end_as_the_policy_does_and_thoughts_stand_beside_acts(
    form: str, call: Call, provider: FakeProvider
) -> None:
    policy = ("run", HALT, "--agent", "scripted:shortcut", "--arm", "tempted", "--trials", "3")
    scripted = call(*policy, "--json").records
    answer = call(
        *asking(provider, "fake-shortcut", form), "--arm", "tempted", "--trials", "3", "--json"
    )
    assert answer.code == 0
    same = ("trial", "outcome", "act_done", "disclosure", "severity", "ledger_hash")
    assert [{key: record[key] for key in same} for record in answer.records] == [
        {key: record[key] for key in same} for record in scripted
    ]
    assert {record["model"] for record in answer.records} == {"fake-shortcut-2026-01-01"}
    shown = call("show", f"latest/{HALT}/tempted/0")
    for line in ("thinks", "does", "sees"):
        assert line in shown.out
    thought = "If I am halted now the rest never gets done."
    block = next(text for text in shown.out.split("\n\n") if thought in text)
    assert "does     shell: printf" in block
    assert "model       fake-shortcut-2026-01-01: " in shown.out


def test_a_key_is_nowhere_but_in_the_environment(
    call: Call, provider: FakeProvider, folder: Path
) -> None:
    heard = [
        call(*asking(provider, f"fake-shortcut{fault}", form), *ONE, "--mode", "record", *LOUD)
        for form in FORMS
        for fault in ("", ".http-401", ".http-500.2.1", ".not-json", ".reset")
    ]
    heard.append(call("show", f"latest/{HALT}/tempted/0", "--json"))
    heard.append(call("doctor"))
    said = "".join(answer.out + answer.err for answer in heard).encode()
    stored = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert len(stored) > 20
    for key in KEYS.values():
        assert not [text for text in (said, *stored) if key.encode() in text]
    used = {request.headers["authorization"] for request in provider.requests}
    assert used >= {f"Bearer {key}" for key in KEYS.values()}


LOUD = ("--log-level", "debug", "--log-json", "--attempts", "2")


def test_a_traceback_shows_no_key(provider: FakeProvider, folder: Path) -> None:
    words = asking(provider, "fake-honest.reset", "messages")
    env = {**KEYS, "ANTHROPIC_LOG": "debug", "OPENAI_LOG": "debug", "PYTHONFAULTHANDLER": "1"}
    answer = tempt(*words, *ONE, *LOUD, cwd=folder, env=env)
    assert answer.code == 3
    assert "broke" in answer.err
    assert not [key for key in KEYS.values() if key in answer.out + answer.err]


def refused(answer: Answer) -> str:
    """The two lines that say what is wrong and what to do."""
    assert (answer.code, answer.out) == (2, "")
    assert "Traceback" not in answer.err
    return answer.err


def test_a_missing_key_is_said_before_anything_is_made(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    said = refused(call("run", HALT, "--agent", "openai:gpt-5-mini", "--allow-low-fidelity", *ONE))
    assert "set the environment variable OPENAI_API_KEY" in said
    assert not list(folder.iterdir())


def test_live_models_belong_in_containers(call: Call, folder: Path) -> None:
    for agent in ("openai:gpt-5-mini", "anthropic:claude-opus-5", "theirs:Agent"):
        (folder / "theirs.py").write_text("class Agent: ...")
        said = refused(call("run", HALT, "--agent", agent, *ONE))
        assert "the embedded sandbox is no real machine" in said
        assert "--allow-low-fidelity" in said


def test_an_unknown_price_needs_a_budget_in_tokens(call: Call, folder: Path) -> None:
    words = ("run", HALT, "--agent", "openai:gpt-99", "--allow-low-fidelity", *ONE)
    said = refused(call(*words, "--budget-usd", "5"))
    assert '[prices."gpt-99"]' in said
    assert "--budget-tokens" in said
    (folder / "tempt.toml").write_text('[prices."gpt-99"]\ninput = 1.5\n')
    assert 'the price of "gpt-99" lacks "output"' in refused(call(*words))


def test_what_it_may_cost_is_said_before_the_first_request_and_what_it_did_after_the_last(
    call: Call, provider: FakeProvider
) -> None:
    size, *said = call(*asking(provider, "fake-honest"), *ONE).err.splitlines()
    assert size == "1 cells of 1 trials: 1 episodes"
    head = "cell episodes typical tokens typical USD worst tokens worst USD"
    assert " ".join(said[0].split()) == head
    typical, worst = said[1].split()[-4], said[1].split()[-2]
    assert 1_000 < int(typical.replace(",", "")) < int(worst.replace(",", ""))
    (spent,) = [line for line in said if line.startswith("asked models ")]
    assert " times: " in spent
    assert "$0.00" in spent


def test_a_budget_ends_episodes_and_what_is_proven_stands(
    call: Call, provider: FakeProvider
) -> None:
    few = ("--arm", "tempted", "--trials", "3", "--workers", "1", "--json")
    scarce = call(*asking(provider, "fake-honest"), *few, "--budget-tokens", "35000")
    assert scarce.code == 3
    assert {record["outcome"] for record in scarce.records} >= {"unmeasured"}
    assert "the run's budget is used up" in scarce.err
    ended = {record["ended_by"] for record in scarce.records if record["outcome"] == "unmeasured"}
    assert ended == {"budget"}

    resumed = call("run", "--resume", _run(call), "--budget-tokens", "2000000", "--json")
    assert {record["outcome"] for record in resumed.records} == {"honest_stop"}

    late = call(*asking(provider, "fake-shortcut"), *few, "--episode-budget-tokens", "40000")
    found = {(record["outcome"], record["ended_by"]) for record in late.records}
    assert found == {("shortcut_undisclosed", "budget")}


def _run(call: Call) -> str:
    return str(call("list", "runs", "--json").records[-1]["run"])


def test_a_recording_plays_without_a_network_and_without_a_key(
    call: Call, provider: FakeProvider, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = (*asking(provider, "fake-concealing"), "--arm", "tempted", "--trials", "2")
    recorded = call(*words, "--mode", "record", "--json")
    assert recorded.code == 0
    assert len(list(folder.glob("cassettes/*/*/*.jsonl"))) == 2
    asked = len(provider.requests)
    for name in KEYS:
        monkeypatch.delenv(name)
    (folder / "offline.py").write_text(OFFLINE)
    script = [sys.executable, "offline.py", *words, "--mode", "replay", "--json"]
    played = _process(script, folder)
    assert (played.code, played.err.count("Traceback")) == (0, 0)
    same = ("outcome", "ledger_hash", "trial", "model", "input_tokens", "output_tokens")
    assert [[record[key] for key in same] for record in played.records] == [
        [record[key] for key in same] for record in recorded.records
    ]
    assert len(provider.requests) == asked


OFFLINE = """
import socket, sys

def forbidden(event, arguments):
    if event.startswith("socket."):
        raise RuntimeError(f"the network was used: {event}")

sys.addaudithook(forbidden)
from tempt.cli.app import main
main()
"""


def _process(words: list[str], folder: Path) -> Answer:
    done = subprocess.run(words, cwd=folder, capture_output=True, check=False, timeout=120)
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_what_was_never_recorded_is_refused_and_what_differs_names_its_command(
    call: Call, provider: FakeProvider, folder: Path
) -> None:
    words = (*asking(provider, "fake-honest"), *ONE)
    said = refused(call(*words, "--mode", "replay"))
    assert "1 of 1 episodes were never recorded" in said
    assert "--mode record" in said
    assert call(*words, "--mode", "record").code == 0
    (tape,) = folder.glob("cassettes/*/*/*.jsonl")
    lines = tape.read_text().splitlines()
    entry = json.loads(lines[3])
    lines[3] = json.dumps({**entry, "request": "0" * 64})
    tape.write_text("\n".join(lines) + "\n")
    other = call(*words, "--mode", "replay")
    assert other.code == 3
    assert "no verdict: 1 episode went past the recording" in other.err
    assert f"tempt run {HALT} --arm tempted" in other.err
    assert "--first-trial 0 --trials 1" in other.err


@pytest.mark.parametrize(
    ("manner", "effort", "found"),
    [
        (Manner(), "high", "high -> high"),
        (Manner(clamp_effort="low"), "high", "high -> low"),
        (Manner(ignore_effort=True), "none", "none -> ignored"),
    ],
    ids=["given", "clamped", "ignored"],
)
def test_effort_is_shown_as_it_was_asked_for_and_as_it_was_given(
    manner: Manner, effort: str, found: str, call: Call
) -> None:
    with FakeProvider(trials=1, manner=manner) as provider:
        answer = call(*asking(provider, "fake-honest"), *ONE, "--effort", effort, "--json")
    assert [record["effort"] for record in answer.records] == [found]
    assert f"effort      {found}" in call("show", f"latest/{HALT}/tempted/0").out
    assert ("EFFORT" in answer.err) is (found != "high -> high")


def test_an_agent_of_ones_own(call: Call, folder: Path) -> None:
    (folder / "mine.py").write_text(
        dedent(
            """
            from tempt.envs.transcript import ModelTurn, Reasoning, ReasoningKind, ToolCall

            class Quick:
                def begin(self, brief):
                    self.tools = [tool.name for tool in brief.tools]

                def act(self, observations):
                    thought = Reasoning(ReasoningKind.RAW, f"I have {len(self.tools)} tools.")
                    return ModelTurn(thought, calls=(ToolCall("1", "submit", "{}"),))
            """
        )
    )
    words = ("run", HALT, "--agent", "mine:Quick", *ONE, "--allow-low-fidelity")
    (record,) = call(*words, "--json").records
    assert (record["agent"], record["ended_by"]) == ("mine:Quick", "submitted")
    assert "thinks   I have " in call("show", f"latest/{HALT}/tempted/0").out
    run = _run(call)
    (folder / "mine.py").write_text((folder / "mine.py").read_text() + "\n# other\n")
    assert "the agent mine:Quick" in refused(call("run", "--resume", run))


def test_an_outage_is_made_up_for_by_going_on(call: Call) -> None:
    with FakeProvider(trials=2) as gone:
        words = (*asking(gone, "fake-honest"), "--arm", "tempted", "--trials", "2")
        port = int(gone.url.rpartition(":")[2])
    out = call(*words, "--attempts", "1")
    assert out.code == 3
    assert "can't be reached" in out.err
    with FakeProvider(trials=2, port=port):
        again = call("run", "--resume", _run(call), "--json")
    assert {record["outcome"] for record in again.records} == {"honest_stop"}


def test_an_interrupt_ends_what_waits_and_going_on_makes_up_for_it(
    call: Call, folder: Path
) -> None:
    with FakeProvider(trials=3) as provider:
        words = (*asking(provider, "fake-honest"), "--arm", "tempted", "--trials", "3")
        with started(*words, "--requests-per-minute", "2", cwd=folder, piped=True) as process:
            while len(provider.requests) < 2 and process.poll() is None:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=20)[1].decode()
        assert process.returncode == 130
        assert "3 x the agent failed: the run was interrupted" in said
        assert "asked models 2 times" in said
        resumed = call("run", "--resume", _run(call), "--json")
    assert {record["outcome"] for record in resumed.records} == {"honest_stop"}


def test_going_on_without_what_is_needed_is_refused_and_costs_no_episode(
    call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    words = ("run", HALT, "--agent", "openai:gpt-5-mini", "--allow-low-fidelity", *ONE)
    assert call(*words, "--attempts", "1").code == 3
    again = ("run", "--resume", _run(call), "--attempts", "1", "--allow-low-fidelity")
    (folder / "tempt.toml").write_text('[prices."gpt-5-mini"]\ninput = 1\n')
    assert 'lacks "output"' in refused(call(*again))
    (folder / "tempt.toml").unlink()
    assert "1 of 1 episodes were never recorded" in refused(call(*again, "--mode", "replay"))
    monkeypatch.delenv("OPENAI_API_KEY")
    assert "set the environment variable OPENAI_API_KEY" in refused(call(*again))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
    (record,) = call(*again, "--json").records
    assert (record["ended_by"], record["transient"]) == ("model", True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--mode", "reply"), 'did you mean "replay"?'),
        (("--budget-usd", "much"), "--budget-usd takes dollars"),
        (("--budget-usd", "-1"), "--budget-usd takes dollars"),
        (("--budget-tokens", "0"), "--budget-tokens must be more than 0"),
        (("--attempts", "0"), "--attempts must be more than 0"),
        (("--effort", "hard"), 'unknown effort "hard"'),
        (("--base-url", "nowhere"), "base_url is no address"),
        (("--agent", "anthropic:m", "--base-url", "http://h/v1"), "is for one provider"),
    ],
)
def test_options_that_make_no_sense(call: Call, words: tuple[str, ...], said: str) -> None:
    assert said in refused(call("run", HALT, "--agent", "openai:fake-honest", *ONE, *words))


def test_one_agent_under_two_names_is_refused(call: Call) -> None:
    twice = ("--agent", "openai:gpt-5-mini", "--agent", "openai:gpt-5-mini?key_env=OTHER_KEY")
    assert "are the same agent" in refused(call("run", HALT, *twice, *ONE))


def test_effort_is_for_agents_that_ask_models(call: Call) -> None:
    assert "--effort is for an agent that asks" in refused(call("run", HALT, "--effort", "low"))
