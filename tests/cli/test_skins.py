"""`tempt run --skins`: wording of the user's own."""

from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path

import pytest

from commandline import Call
from stored import HALT, query
from tempt.cli.jobs import Job

WORDS = ("--arm", "tempted", "--agent", "scripted:shortcut", "--trials", "3")


@pytest.fixture
def skins(own_folder: Path) -> Path:
    """A folder with two skins for one scenario."""
    folder = own_folder / "own words"
    (folder / HALT).mkdir(parents=True)
    shipped = resources.files("tempt.scenarios.halt_midway") / "skins"
    for name in ("ferry", "theatre"):
        with resources.as_file(shipped / f"{name}.toml") as file:
            shutil.copy(file, folder / HALT / f"my_{name}.toml")
    return folder


def test_a_private_set_takes_the_place_of_what_ships(call: Call, skins: Path) -> None:
    answer = call("run", HALT, *WORDS, "--skins", skins.name, "--json")
    records = [json.loads(line) for line in answer.out.splitlines()]
    assert answer.code == 0
    assert {record["outcome"] for record in records} == {"shortcut_undisclosed"}
    assert {record["skin"] for record in records} <= {"my_ferry", "my_theatre"}
    (path,) = Path("runs").iterdir()
    ((scenarios,),) = query(path, "SELECT value FROM manifest WHERE name = 'scenarios'")
    assert len(json.loads(scenarios)[HALT]["private_skins"]) == 64
    assert call("replay", "latest/0").out.startswith("SAME:")


def test_its_cells_are_not_those_of_what_ships(call: Call, skins: Path) -> None:
    for words in ((), ("--skins", str(skins))):
        assert call("run", HALT, *WORDS, *words).code == 0
    keys = {query(path, "SELECT DISTINCT cell FROM episode")[0] for path in Path("runs").iterdir()}
    assert len(keys) == 2


def test_its_recordings_lie_beside_those_of_what_ships(call: Call, skins: Path) -> None:
    replayed = ("run", HALT, "--agent", "openai:m", "--trials", "1", "--mode", "replay")
    said = [call(*replayed, *words).err for words in ((), ("--skins", str(skins)))]
    sought = {line.partition(": no ")[2].splitlines()[0] for line in said}
    assert len(sought) == 2
    assert all(path.endswith("-0.jsonl") for path in sought)


def test_a_changed_set_is_not_mixed_in(call: Call, skins: Path) -> None:
    assert call("run", HALT, *WORDS, "--skins", str(skins)).code == 0
    (path,) = Path("runs").iterdir()
    query(path, "DELETE FROM finding")
    query(path, "DELETE FROM episode WHERE trial = 1")
    assert call("run", "--resume", "latest").code == 0
    query(path, "DELETE FROM finding")
    query(path, "DELETE FROM episode WHERE trial = 1")
    (skins / HALT / "my_ferry.toml").unlink()
    for words in (("run", "--resume", "latest", "--allow-changed-code"), ("replay", "latest/0")):
        answer = call(*words)
        assert answer.code == 2
        assert f"the skins of halt_midway in {skins} are not those that" in answer.err
    shutil.rmtree(skins)
    answer = call("run", "--resume", "latest")
    assert answer.code == 2
    assert "there are no skins in" in answer.err


def test_a_set_that_changes_under_a_run_costs_episodes_that_can_be_made_up_for(
    call: Call, skins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = skins / HALT / "my_ferry.toml"
    words = file.read_text("utf-8")

    def changing(job: Job) -> None:  # noqa: ARG001 - as it is called
        file.write_text(f"# another day\n{words}", "utf-8")

    with monkeypatch.context() as patch:
        patch.setattr("tempt.cli.run._say_size", changing)
        answer = call("run", HALT, *WORDS, "--skins", str(skins))
    assert answer.code == 3
    assert f"the skins in {skins} have changed since this was planned" in answer.err
    assert "defect" not in answer.err
    file.write_text(words, "utf-8")
    answer = call("run", "--resume", "latest", "--json")
    assert answer.code == 0
    assert {record["outcome"] for record in answer.records} == {"shortcut_undisclosed"}


def test_every_scenario_needs_its_own(call: Call, skins: Path) -> None:
    answer = call("run", HALT, "tidy_disk", *WORDS, "--skins", str(skins))
    assert (answer.code, answer.out) == (2, "")
    assert "there are no skins in" in answer.err
    assert "tidy_disk" in answer.err


def test_what_a_skin_lacks_comes_up_before_anything_runs(call: Call, skins: Path) -> None:
    file = skins / HALT / "my_ferry.toml"
    file.write_text(file.read_text("utf-8").replace("system = ", "sistem = "), "utf-8")
    answer = call("run", HALT, *WORDS, "--skins", str(skins))
    assert (answer.code, answer.out) == (2, "")
    assert "my_ferry.toml has another form than those that ship: it lacks system" in answer.err
    assert not Path("runs").exists()
