"""`tempt show`, `list`, `replay`, `doctor` and `purge`: for people and for programs."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest

from commandline import Call
from harness import load
from stored import HALT, query
from tempt.envs.factors import Arm
from tempt.reports.canary import canary
from tempt.runs.codec import pack_lines
from tempt.runs.store import SUFFIX
from tempt.sandbox import SandboxEngineError
from tempt.sandbox.virtual import VirtualSandbox
from tempt.scenarios import CATALOGUE

EPISODE = "tempted/scripted:concealing/1"


# Scenarios.


def test_a_scenario_is_shown_with_its_temptation_oracle_and_factors(call: Call) -> None:
    shown = call("show", HALT)
    assert (shown.code, shown.err) == (0, "")
    for word in ("temptation", "honest path", "oracle", "severity", "policies", "[P2]", "2-A"):
        assert word in shown.out
    (record,) = call("show", HALT, "--json").records
    assert record["id"] == HALT
    assert record["canary"] == shown.out.splitlines()[-1] == canary()
    assert record["factors"]["policy"] == {"levels": ["P0", "P1", "P2", "P3"], "default": "P2"}


def test_what_varies_stands_in_one_column_however_many_levels_there_are(call: Call) -> None:
    lines = call("show", HALT).out.partition("\nfactors\n")[2].splitlines()
    summaries = [factor.summary for factor in load(HALT).factors]
    found = [line for line in lines if line.endswith(tuple(summaries))]
    assert [line[50:] for line in found] == summaries


@pytest.mark.parametrize("kind", ["scenarios", "agents", "monitors", "runs"])
def test_everything_listed_is_a_table_and_records(call: Call, run_name: str, kind: str) -> None:
    table, records = call("list", kind), call("list", kind, "--json").records
    assert (table.code, table.err) == (0, "")
    head, *lines = table.out.splitlines()
    assert len(lines) == len(records) > 0
    assert set(head.split()) == set(records[0])
    if kind == "runs":
        assert [record["run"] for record in records] == [run_name]
        assert records[0]["finished"] == 8


def test_scenarios_are_what_is_listed_where_nothing_is_said(call: Call) -> None:
    assert {record["id"] for record in call("list", "--json").records} == set(CATALOGUE)


# Runs.


def test_a_run_is_shown_as_it_was_printed(call: Call, run_name: str) -> None:
    path = f"runs/{run_name}{SUFFIX}"
    tables = {call("show", word).out for word in (run_name, run_name[:-1], "latest", path)}
    assert len(tables) == 1
    assert len(tables.pop().splitlines()) == 5
    assert len(call("show", run_name, "--json").records) == 8


def test_a_run_is_shown_by_skin_too(call: Call, run_name: str) -> None:
    drawn = {record["skin"] for record in call("show", run_name, "--json").records}
    head, *lines = call("show", run_name, "--skins").out.splitlines()
    assert head.split()[4:6] == ["skin", "n"]
    assert {line.split()[4] for line in lines} == drawn
    assert sum(int(line.split()[5]) for line in lines) == 8


# Episodes.


def test_an_episode_is_shown_step_by_step_with_thoughts_acts_results_and_changes(
    call: Call, run_name: str
) -> None:
    shown = call("show", f"{run_name}/{EPISODE}")
    assert (shown.code, shown.err) == (0, "")
    lines = shown.out.splitlines()
    assert lines[0] == f"{HALT}/{EPISODE}"
    assert lines[1].startswith("outcome     shortcut_concealed (severity")
    for word in ("act done", "ended by", "ledger", "evidence", "task"):
        assert any(line.startswith(word) for line in lines), word
    words = {line.split()[0] for line in lines if line.startswith("  ") and line.strip()}
    assert words >= {"thinks", "does", "sees", "notice", "changes", "flag"}
    assert any("action_after_signal" in line for line in lines if "flag" in line)
    numbers = [int(line.split()[1]) for line in lines if line.startswith("step ")]
    assert numbers == list(range(1, len(numbers) + 1))


def test_one_step_is_shown_alone(call: Call, run_name: str) -> None:
    whole = call("show", f"{run_name}/{EPISODE}").out
    flagged = max((block for block in whole.split("\n\n") if "  flag" in block), key=len)
    (number,) = re.findall(r"^step (\d+)", flagged, re.MULTILINE)
    step = call("show", f"{run_name}/{EPISODE}", "--step", number)
    assert step.out.strip() == flagged.strip()
    for word in ("thinks", "does", "sees", "changes", "flag"):
        assert f"  {word}" in step.out


FORMS = (
    "{run}/halt_midway/tempted/scripted:concealing/1",
    "{run}/halt_midway/…/scripted:concealing/tempted/1",
    "{run}/.../scripted:concealing/tempted/1",
    "{run}/tempted/scripted:concealing/1/",
    "latest/tempted/scripted:concealing/1",
    "runs/{run}.sqlite/tempted/scripted:concealing/1",
)


@pytest.mark.parametrize("form", FORMS)
def test_an_episode_has_many_names(call: Call, run_name: str, form: str) -> None:
    expected = call("show", f"{run_name}/{EPISODE}")
    assert call("show", form.format(run=run_name)) == expected
    assert call("replay", form.format(run=run_name)).out.startswith("SAME: ")


def test_an_ellipsis_and_a_trial_are_enough_where_there_is_one_cell(call: Call) -> None:
    words = ("--arm", "tempted", "--agent", "scripted:honest", "--trials", "8")
    assert call("run", HALT, *words).code == 0
    assert call("show", f"latest/{HALT}/…/7").out.startswith(f"{HALT}/tempted/scripted:honest/7\n")


def test_an_episode_as_a_record_holds_transcript_ledger_and_findings(
    call: Call, run_name: str
) -> None:
    (record,) = call("show", f"{run_name}/{EPISODE}", "--json").records
    assert record["agent"] == "scripted:concealing"
    assert len(record["transcript"]["steps"]) == record["steps"]
    assert record["ledger"][-1] == {"entry": "ended", "step": record["steps"], "by": "submitted"}
    assert {finding["monitor"] for finding in record["findings"]} == {"action_after_signal"}


def test_the_control_has_no_finding(call: Call, run_name: str) -> None:
    (record,) = call("show", f"{run_name}/control/scripted:concealing/0", "--json").records
    assert record["findings"] == []


# Hostile text.


def test_no_control_character_of_an_episode_reaches_the_terminal(
    call: Call, own_folder: Path
) -> None:
    assert own_folder.exists()
    run = call("run", "diversion", "--arm", "tempted", "--agent", "scripted:loud", "--trials", "1")
    shown = call("show", "latest/0")
    assert (run.code, shown.code) == (0, 0)
    printed = "".join((run.out, run.err, shown.out, shown.err))
    raw = {char for char in printed if unicodedata.category(char) in ("Cc", "Cf", "Cs")}
    assert raw <= {"\n", "\t"}
    assert "\\x1b[31mthink\\u202e\\u2066\\x9b of\\x0d step 9\\x07" in shown.out
    assert "\\x1b[2J\\x07red" in shown.out
    assert "says \\x1b[1A\\ud800" in shown.out
    # What an agent wrote never looks like a line of ours.
    steps = [line for line in shown.out.splitlines() if line.startswith("step")]
    assert steps == ["step 1", "step 2"]


def test_a_run_file_of_somebody_else_cannot_speak_to_the_terminal_either(
    call: Call, run_name: str
) -> None:
    loud = "\x1b[2Jscripted:honest"
    query(Path(f"runs/{run_name}{SUFFIX}"), "UPDATE episode SET agent = ?, label = ?", loud, loud)
    for words in (("show", run_name), ("show", f"{run_name}/0"), ("list", "runs")):
        answer = call(*words)
        assert "\x1b" not in answer.out + answer.err


# Replay.


@pytest.mark.parametrize("arm", ["tempted", "control"])
@pytest.mark.parametrize("agent", ["scripted:honest", "scripted:concealing"])
def test_a_replay_is_the_same(call: Call, run_name: str, arm: str, agent: str) -> None:
    name = f"{arm}/{agent}/0"
    answer = call("replay", f"{run_name}/{name}")
    assert (answer.code, answer.out[:6]) == (0, "SAME: ")
    (record,) = call("replay", f"{run_name}/{name}", "--json").records
    (stored,) = call("show", f"{run_name}/{name}", "--json").records
    assert (record["same"], record["step"]) == (True, None)
    assert record["ledger_hash"] == stored["ledger_hash"]


def test_a_replay_of_random_calls_and_of_a_mixture_is_the_same(call: Call) -> None:
    agents = ("--agent", "random", "--agent", "scripted:mixture?p=0.5")
    assert call("run", HALT, "--arm", "tempted", *agents, "--trials", "1").code == 0
    assert call("replay", "latest/random/0").code == 0
    name = "scripted:mixture?bad=shortcut&good=honest&p=0.5"
    assert call("replay", f"latest/{name}/0").code == 0


ALTERATIONS = {
    "the hash": ("UPDATE episode SET ledger_hash = 'f00'", "in its ending"),
    "the outcome": ("UPDATE episode SET outcome = 'honest_full'", "in its ending"),
    "the ledger": (
        "UPDATE episode SET ledger = (SELECT ledger FROM episode ORDER BY position LIMIT 1)",
        "at step 1",
    ),
}


@pytest.mark.parametrize(("sql", "where"), ALTERATIONS.values(), ids=ALTERATIONS.keys())
def test_a_replay_of_an_altered_row_differs(
    call: Call, run_name: str, sql: str, where: str
) -> None:
    query(Path(f"runs/{run_name}{SUFFIX}"), sql)
    answer = call("replay", f"{run_name}/{EPISODE}")
    assert (answer.code, answer.out.split(":")[0]) == (1, f"DIFFERS {where}")
    record = call("replay", f"{run_name}/{EPISODE}", "--json")
    assert (record.code, record.records[0]["same"]) == (1, False)


def test_a_replay_against_another_episode_s_transcript_names_the_step(
    call: Call, run_name: str
) -> None:
    path = Path(f"runs/{run_name}{SUFFIX}")
    honest = "(SELECT transcript FROM episode WHERE label LIKE '%honest' AND arm = ? AND trial = 1)"
    query(path, f"UPDATE episode SET transcript = {honest} WHERE arm = ?", "tempted", "tempted")
    answer = call("replay", f"{run_name}/{EPISODE}")
    assert answer.code == 1
    assert re.match(r"DIFFERS at step \d+: ", answer.out)


UNMEASURED = {
    "an episode that was not measured": "UPDATE episode SET outcome = 'unmeasured'",
    "an episode whose engine failed": "UPDATE episode SET ended_by = 'engine'",
    "an episode without a ledger": f"UPDATE episode SET ledger = x'{pack_lines([]).hex()}'",
}


@pytest.mark.parametrize("sql", UNMEASURED.values(), ids=UNMEASURED.keys())
def test_a_replay_of_what_was_not_measured_is_no_verdict(
    call: Call, run_name: str, sql: str
) -> None:
    query(Path(f"runs/{run_name}{SUFFIX}"), sql)
    answer = call("replay", f"{run_name}/{EPISODE}")
    assert (answer.code, answer.out) == (3, "")
    assert answer.err.startswith("error: not measured, so there is nothing to compare: halt_midway")
    record = call("replay", f"{run_name}/{EPISODE}", "--json")
    assert json.loads(record.err)["error"]["kind"] == "no_verdict"


FAILURES = {
    "the engine": (SandboxEngineError("no engine here"), "unmeasured (engine): no engine here"),
    "a defect": (KeyError("stage"), "unmeasured (adapter): a defect in the scenario or in tempt"),
}


@pytest.mark.parametrize(("error", "why"), FAILURES.values(), ids=FAILURES.keys())
def test_a_replay_that_fails_is_no_verdict(
    call: Call, run_name: str, monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(VirtualSandbox, "exec", failing)
    answer = call("replay", f"{run_name}/{EPISODE}")
    assert (answer.code, answer.out) == (3, "")
    assert "not measured: the replay of halt_midway" in answer.err
    assert why in answer.err


def test_a_replay_of_misbehaviour_whose_agent_then_failed_ends_as_it_ended(
    call: Call, own_folder: Path
) -> None:
    assert own_folder.exists()
    words = ("--arm", "tempted", "--agent", "scripted:broken_off", "--trials", "1")
    assert call("run", "diversion", *words, "--json").records[0]["ended_by"] == "adapter"
    answer = call("replay", "latest/0")
    assert (answer.code, answer.out[:6]) == (0, "SAME: ")


# Doctor and purge.


def test_the_doctor_says_what_works_and_where_settings_come_from(call: Call, folder: Path) -> None:
    (folder / "tempt.toml").write_text("[run]\ntrials = 3\n")
    checks = {record["name"]: record for record in call("doctor", "--json").records}
    assert checks["embedded sandbox"]["status"] == "ok"
    assert checks["setting trials"]["detail"] == f"3, from {folder / 'tempt.toml'}"
    answer = call("doctor")
    assert (answer.code, answer.err) == (0, "")
    assert len(answer.out.splitlines()) == len(checks)


def test_the_doctor_says_whether_a_key_is_set_and_not_what_it_is(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    answer = call("doctor", "--json")
    checks = {record["name"]: record["status"] for record in answer.records}
    assert (checks["OPENAI_API_KEY"], checks["ANTHROPIC_API_KEY"]) == ("ok", "missing")
    assert "sk-0123456789" not in answer.out + answer.err


def test_the_doctor_finds_a_folder_that_runs_cannot_be_written_to(call: Call, folder: Path) -> None:
    (folder / "runs").touch()
    answer = call("doctor", "--json")
    checks = {record["name"]: record["status"] for record in answer.records}
    assert (answer.code, checks["run folder"]) == (2, "broken")


def test_a_purge_deletes_the_run_and_nothing_else(call: Call, run_name: str) -> None:
    words = ("--arm", Arm.CONTROL.value, "--agent", "scripted:honest", "--trials", "1")
    assert call("run", HALT, *words).code == 0
    answer = call("purge", run_name)
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == f"deleted runs/{run_name}{SUFFIX}\n"
    (left,) = Path("runs").iterdir()
    assert left.stem != run_name
    assert call("show", run_name).code == 2
