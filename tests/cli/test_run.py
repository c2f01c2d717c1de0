"""`tempt run`: the table, the records, the streams, and what its exit code says."""

from __future__ import annotations

import json
import os
import pty
import shlex
import subprocess
from pathlib import Path

import pytest

from commandline import SCRIPT, Call, tempt
from harness import load
from stored import HALT, query
from tempt.monitors.action_after_signal import ActionAfterSignal
from tempt.runs.store import create_store

KEYS = {
    "scenario",
    "version",
    "arm",
    "factors",
    "agent",
    "trial",
    "outcome",
    "act_done",
    "exposed",
    "disclosure",
    "severity",
    "ended_by",
    "ledger_hash",
}
TWO_ARMS = ("--arm", "tempted", "--arm", "control")
HONEST = ("--agent", "scripted:honest")
BOTH = (*HONEST, "--agent", "scripted:shortcut")
ONE = ("--arm", "tempted", *HONEST, "--trials", "1")


def test_the_table_has_a_line_per_cell_with_the_control_beside_what_is_tempted(call: Call) -> None:
    answer = call("run", HALT, *TWO_ARMS, *BOTH, "--trials", "2")
    head, *lines = answer.out.splitlines()
    assert answer.code == 0
    for name in ("scenario", "arm", "agent", "n", "outcomes", "misbehaviour", "95 % interval"):
        assert name in head
    cells = [line.split()[:5] for line in lines]
    assert cells == [
        [HALT, "tempted", "scripted:honest", "2", "honest_stop"],
        [HALT, "tempted", "scripted:shortcut", "2", "shortcut_undisclosed"],
        [HALT, "control", "scripted:honest", "2", "honest_full"],
        [HALT, "control", "scripted:shortcut", "2", "honest_full"],
    ]
    assert "2/2 100%" in lines[1]
    assert all("0/2" in lines[number] for number in (0, 2, 3))


def test_varied_factors_are_columns_of_the_table_and_cells_of_their_own(call: Call) -> None:
    answer = call("run", HALT, *ONE, "--factor", "policy=P0,P2", "--factor", "threat=deletion")
    head, *lines = answer.out.splitlines()
    assert "factors" in head
    assert len(lines) == 2
    assert "policy=P0 threat=deletion" in lines[0]
    assert "threat=deletion" in lines[1]


def test_a_factor_named_again_adds_to_its_levels_and_all_stands_for_each(call: Call) -> None:
    answer = call("run", HALT, *ONE, "--factor", "policy=P2", "--factor", "policy=P3", "--json")
    assert [record["factors"]["policy"] for record in answer.records] == ["P2", "P3"]
    answer = call("run", HALT, *ONE, "--factor", "policy=P3,all", "--json")
    assert [record["factors"]["policy"] for record in answer.records] == ["P3", "P0", "P1", "P2"]


def test_json_is_one_record_per_episode_in_the_order_of_the_plan(call: Call) -> None:
    answer = call("run", HALT, *TWO_ARMS, *BOTH, "--trials", "2", "--json")
    records = answer.records
    assert len(records) == 8
    assert all(record.keys() >= KEYS for record in records)
    places = [(record["arm"], record["agent"], record["trial"]) for record in records]
    assert places[:3] == [
        ("tempted", "scripted:honest", 0),
        ("tempted", "scripted:honest", 1),
        ("tempted", "scripted:shortcut", 0),
    ]
    shortcut = records[2]
    assert (shortcut["outcome"], shortcut["act_done"]) == ("shortcut_undisclosed", True)
    assert (shortcut["exposed"], shortcut["ended_by"]) == (True, "submitted")
    assert shortcut["factors"] == {factor.name: factor.default for factor in load(HALT).factors}


def test_stdout_is_data_and_stderr_narration(call: Call) -> None:
    answer = call("run", HALT, *ONE)
    assert len(answer.out.splitlines()) == 2
    (path,) = Path("runs").iterdir()
    assert answer.err.splitlines() == [
        "1 cells of 1 trials: 1 episodes",
        "halt_midway/tempted/scripted:honest 1 episodes",
        "",
        f"1 episodes, 1 measured. tempt show {path.stem}",
    ]


def test_the_advice_of_a_run_in_another_folder_can_be_followed(call: Call) -> None:
    answer = call("run", HALT, *ONE, "--out", "elsewhere")
    advice = answer.err.splitlines()[-1].partition("tempt show ")[2]
    assert advice.startswith("elsewhere/")
    assert call("show", advice).out == answer.out
    assert call("show", f"{advice}/{HALT}/tempted/scripted:honest/0").code == 0


def test_settings_of_a_file_hold_until_an_option_says_otherwise(call: Call, folder: Path) -> None:
    settings = '[run]\nout = "kept"\ntrials = 1\nagents = ["scripted:partial"]\n'
    (folder / "tempt.toml").write_text(settings)
    records = call("run", HALT, "--arm", "control", "--json").records
    assert [(record["agent"], record["trial"]) for record in records] == [("scripted:partial", 0)]
    records = call("run", HALT, "--arm", "control", "--json", *HONEST, "--trials", "2").records
    assert [record["agent"] for record in records] == ["scripted:honest"] * 2
    assert len(list((folder / "kept").iterdir())) == 2


def test_a_trial_number_fixes_the_world_wherever_the_trials_begin(call: Call) -> None:
    words = ("run", HALT, "--arm", "tempted", *HONEST, "--json")
    first = call(*words, "--trials", "3").records
    later = call(*words, "--trials", "2", "--first-trial", "1").records
    assert first[1:] == later


def test_too_few_steps_truncate_and_are_judged(call: Call) -> None:
    (record,) = call("run", HALT, *ONE, "--max-steps", "2", "--json").records
    assert (record["ended_by"], record["steps"]) == ("steps", 2)
    assert record["outcome"] != "unmeasured"


def test_a_reader_that_goes_away_early_is_no_error(folder: Path) -> None:
    script = f"{shlex.quote(SCRIPT)} %s | true; exit ${{PIPESTATUS[0]}}"
    for words in ("--help", f"run {HALT} --arm tempted --trials 1", "show latest --json"):
        done = subprocess.run(
            ["bash", "-c", script % words], cwd=folder, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (0, ""), words
        assert "Traceback" not in done.stderr
        assert "Broken" not in done.stderr


def test_a_stream_without_the_character_gets_its_escape(call: Call, own_folder: Path) -> None:
    assert call("run", "diversion", "--arm", "control", "--agent", "scripted:loud").code == 0
    episode = "latest/control/scripted:loud/0"
    shown = tempt("show", episode, cwd=own_folder, env={"PYTHONIOENCODING": "ascii"})
    assert (shown.code, shown.err) == (0, "")


def test_a_terminal_gets_a_bar_and_a_pipe_gets_lines(folder: Path) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [SCRIPT, "run", HALT, *ONE],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=False,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(theirs)
    drawn = os.read(ours, 65_536).decode()
    os.close(ours)
    assert done.returncode == 0
    assert "episodes" in drawn
    assert "halt_midway/tempted/scripted:honest 1 episodes" not in drawn


@pytest.mark.parametrize("there", [False, True], ids=["before its file", "with its file"])
def test_an_interrupt_while_a_run_is_made_is_one_all_the_same(
    call: Call, monkeypatch: pytest.MonkeyPatch, *, there: bool
) -> None:
    def interrupted(path: Path, manifest: dict[str, object]) -> None:
        if there:
            create_store(path, manifest).close()
        raise KeyboardInterrupt

    monkeypatch.setattr("tempt.cli.jobs.create_store", interrupted)
    answer = call("run", HALT, *ONE)
    assert (answer.code, answer.out) == (130, "")
    (line,) = answer.err.splitlines()
    assert ("tempt run --resume " in line) == there


def test_an_interrupt_anywhere_else_is_one_too(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(folder: Path) -> None:
        raise KeyboardInterrupt(folder)

    monkeypatch.setattr("tempt.cli.doctor.load_config", interrupted)
    answer = call("doctor")
    assert (answer.code, answer.out) == (130, "")
    assert answer.err.startswith("error: interrupted")


# What could not be measured.


def test_a_policy_that_raises_is_unmeasured_and_says_why(call: Call, own_folder: Path) -> None:
    assert own_folder.exists()
    words = ("run", "diversion", "--arm", "tempted", "--trials", "1", "--json")
    answer = call(*words, *HONEST, "--agent", "scripted:broken")
    good, bad = answer.records
    assert answer.code == 3  # all of a cell is unmeasured
    assert good["outcome"] == "honest_stop"
    assert (bad["outcome"], bad["ended_by"]) == ("unmeasured", "adapter")
    assert "1 measured" in answer.err
    shown = call("show", "latest/scripted:broken/0")
    assert "ended by    adapter" in shown.out
    assert "ValueError: out of ideas" in shown.out
    (line,) = (row for row in call("show", "latest").out.splitlines() if "broken" in row)
    assert "not measured" in line
    assert line.endswith("100%")


def test_nothing_measured_is_no_verdict(call: Call, own_folder: Path) -> None:
    assert own_folder.exists()
    for words in (
        ("unopened", *HONEST),
        ("diversion", "--agent", "scripted:broken"),
    ):
        answer = call("run", *words, "--arm", "tempted", "--trials", "2", "--json")
        assert answer.code == 3
        assert {record["outcome"] for record in answer.records} == {"unmeasured"}
        assert "nothing was measured" in answer.err


def test_more_than_half_of_a_cell_unmeasured_is_no_verdict_and_said_loudly(
    call: Call, own_folder: Path
) -> None:
    assert own_folder.exists()
    words = ("run", "moody", "--arm", "tempted", *HONEST, "--json", "--trials")
    half = call(*words, "4")
    assert (half.code, half.err.splitlines()[-2:]) == (
        0,
        [
            "UNMEASURED: 2 of 4 episodes (50%)",
            "  2 x unmeasured (engine): out of order",
        ],
    )
    more = call(*words, "5")
    assert (more.code, len(more.records)) == (3, 5)
    assert more.err.splitlines()[-3:] == [
        "UNMEASURED: 3 of 5 episodes (60%)",
        "  3 x unmeasured (engine): out of order",
        "no verdict: more than half is unmeasured in 1 cell, "
        "first in moody/tempted/scripted:honest",
    ]


# Defects.


def test_a_defect_costs_its_own_episodes_and_is_no_verdict(own_folder: Path) -> None:
    words = ("run", "defective", HALT, "--arm", "tempted", *HONEST, "--trials", "15", "--json")
    for workers in ("1", "2"):
        answer = tempt(*words, "--workers", workers, cwd=own_folder)
        outcomes = [(record["scenario"], record["outcome"]) for record in answer.records]
        assert answer.code == 3
        assert outcomes == [("defective", "unmeasured")] * 15 + [(HALT, "honest_stop")] * 15
        assert answer.err.splitlines()[-1] == (
            "no verdict: a defect in a scenario or in tempt ended 15 episodes; "
            "mend it and start a new run"
        )


def test_a_defect_is_logged_with_its_traceback_and_without_values(own_folder: Path) -> None:
    words = ("run", "defective", "--arm", "tempted", *HONEST, "--trials", "1", "--log-json")
    answer = tempt(*words, cwd=own_folder)
    logged = [json.loads(line) for line in answer.err.splitlines() if line.startswith("{")]
    (defect,) = (entry for entry in logged if entry["event"] == "defect")
    assert (answer.code, defect["level"]) == (3, "error")
    assert defect["exception"].startswith("Traceback (most recent call last):")
    assert "IndexError: list index out of range" in defect["exception"]
    assert "sk-0123456789" not in answer.err.replace('fake_key = \\"sk-0123456789\\"', "")


def test_a_monitor_that_fails_is_said_where_its_findings_would_stand(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object, events: object) -> None:  # noqa: ARG001
        raise LookupError("no such rule")

    monkeypatch.setattr(ActionAfterSignal, "observe", broken)
    answer = call("run", HALT, *ONE, "--json")
    assert (answer.code, answer.records[0]["outcome"]) == (3, "honest_stop")
    assert answer.err.splitlines()[-1] == "no verdict: a monitor failed in 1 episode"
    shown = call("show", "latest/0").out
    assert "monitor action_after_signal failed: LookupError: no such rule (cli/" in shown


# Scenarios of one's own.


def test_scenarios_of_ones_own_run_in_worker_processes_too(own_folder: Path) -> None:
    words = ("run", "diversion", "--arm", "tempted", *BOTH, "--trials", "13", "--json")
    shared = tempt(*words, "--workers", "2", cwd=own_folder)
    alone = tempt(*words, "--workers", "1", cwd=own_folder)
    assert (shared.code, len(shared.records)) == (0, 26)
    assert shared.out == alone.out


def test_runs_of_ones_own_scenario_can_be_resumed_and_replayed(own_folder: Path) -> None:
    below = own_folder / "below"
    below.mkdir()
    words = ("run", "diversion", "--arm", "tempted", *HONEST, "--trials", "2", "--out", "../runs")
    assert tempt(*words, cwd=below).code == 0
    (path,) = (own_folder / "runs").iterdir()
    query(path, "DELETE FROM finding")
    query(path, "DELETE FROM episode WHERE trial = 1")
    assert tempt("run", "--resume", "latest", cwd=own_folder).code == 0
    replayed = tempt("replay", "latest/diversion/1", cwd=own_folder)
    assert (replayed.code, replayed.out[:5]) == (0, "SAME:")


def test_a_run_of_another_version_is_neither_resumed_nor_replayed(
    call: Call, own_folder: Path
) -> None:
    assert own_folder.exists()
    assert call("run", "diversion", "--arm", "tempted", *HONEST, "--trials", "1").code == 0
    (path,) = Path("runs").iterdir()
    ((scenarios,),) = query(path, "SELECT value FROM manifest WHERE name = 'scenarios'")
    older = json.loads(scenarios)
    older["diversion"]["version"] = "0-A"
    query(path, "UPDATE manifest SET value = ? WHERE name = 'scenarios'", json.dumps(older))
    for words in (("run", "--resume", "latest"), ("replay", "latest/0")):
        answer = call(*words)
        assert (answer.code, answer.out) == (2, "")
        assert "diversion is at version 2-A, and run" in answer.err
    assert call("show", "latest/0").code == 0


FINGERPRINTS = {
    # what has changed: name in the manifest, text that makes it something else
    "the code of tempt.envs": ("code", '"tempt.envs": "', '"tempt.envs": "x'),
    "the source of halt_midway": ("scenarios", '"source": "', '"source": "x'),
    "the library bashkit": ("libraries", '"bashkit": "', '"bashkit": "x'),
    "the agent scripted:honest": ("agents", '"scripted:honest": "', '"scripted:honest": "x'),
    "the sandbox": ("sandbox", "bashkit", "another"),
}


@pytest.mark.parametrize("what", FINGERPRINTS)
def test_a_run_made_with_something_else_is_resumed_only_where_that_is_allowed(
    call: Call, what: str
) -> None:
    assert call("run", HALT, *ONE).code == 0
    (path,) = Path("runs").iterdir()
    name, old, new = FINGERPRINTS[what]
    query(path, "UPDATE manifest SET value = replace(value, ?, ?) WHERE name = ?", old, new, name)
    query(path, "DELETE FROM finding")
    query(path, "DELETE FROM episode")
    resume = ("run", "--resume", path.stem)
    answer = call(*resume)
    assert (answer.code, answer.out) == (2, "")
    sentence, hint = answer.err.splitlines()
    assert sentence.endswith(f"was made with something else; changed: {what}")
    assert hint.endswith(f"tempt run --resume {path.stem} --allow-changed-code")
    assert query(path, "SELECT count(*) FROM episode") == [(0,)]
    for _ in range(2):
        assert call(*resume, "--allow-changed-code").code == 0
    ((value,),) = query(path, "SELECT value FROM manifest WHERE name = 'resumed_with'")
    (entry,) = json.loads(value)
    assert entry["changed"] == [what]
    assert len(entry["code"]["tempt.envs"]) == 64
    replayed = call("replay", "latest/0")
    assert (replayed.code, replayed.out[:5]) == (0, "SAME:")
    assert f"changed: {what}\n" in replayed.err
    assert "is mixed" in replayed.err


# The manifest.


def test_the_manifest_says_what_a_run_was_made_with(call: Call, own_folder: Path) -> None:
    assert own_folder.exists()
    words = ("--arm", "tempted", *HONEST, "--trials", "1")
    manifests = []
    for _ in range(2):
        assert call("run", "diversion", HALT, *words).code == 0
        path = sorted(Path("runs").iterdir())[-1]
        manifests.append(query(path, "SELECT name, value FROM manifest ORDER BY name"))
    assert manifests[0] == manifests[1]
    manifest = {name: json.loads(value) for name, value in manifests[0]}
    assert manifest["plan"]["agents"] == ["scripted:honest"]
    assert set(manifest["scenarios"]) == {"diversion", HALT}
    assert manifest["scenarios"][HALT]["version"] == "2-A"
    assert set(manifest["agents"]) == {"scripted:honest"}
    assert "bashkit" in manifest["sandbox"]
    assert {len(value["source"]) for value in manifest["scenarios"].values()} == {64}


def test_how_much_it_is_is_said_before_anything_runs(call: Call) -> None:
    words = ("--factor", "policy=all", "--factor", "agency=all", "--factor", "nudge=all")
    full = call("run", HALT, *ONE, *words)
    assert full.err.startswith("16 cells of 1 trials: 16 episodes\n")
    few = call("run", HALT, *ONE, *words, "--grid", "pairwise")
    assert few.err.startswith("8 cells of 1 trials: 8 episodes\n")
    assert call("run", HALT, *ONE, "--grid", "some").code == 2
