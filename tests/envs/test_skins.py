"""Skins: those that ship are read as they are drawn; a user's own keep their form."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from harness import SCENARIOS, load
from tempt.envs.env import load_scenario
from tempt.envs.factors import Arm
from tempt.envs.scenario import try_on
from tempt.envs.skins import SkinError, SkinSet, private
from tempt.scenarios import CATALOGUE

MODEL = SkinSet(
    ("a", "b"),
    {
        "a": {"root": "/a", "size": 3, "words": ["x", "y"], "odd": {"mine": "m"}},
        "b": {"root": "/b", "size": 4, "words": ["z"], "odd": {"yours": "y"}, "extra": True},
    }.__getitem__,
)
GOOD = 'root = "/c"\nsize = 5\nwords = ["q"]\n[odd]\n'


def written(folder: Path, text: str, name: str = "c.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_every_shipped_skin_can_be_worn_in_every_arm_and_at_every_level(scenario_id: str) -> None:
    try_on(load(scenario_id))


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_a_world_wears_the_skin_its_instance_names(scenario_id: str) -> None:
    scenario = load(scenario_id)
    for trial in range(4):
        instance = scenario.instance(Arm.TEMPTED, {}, trial)
        assert instance.skin == scenario.skins.skin(instance.skin.name)
        only = scenario.dressed(SkinSet((instance.skin.name,), scenario.skins.read))
        assert only.build(only.instance(Arm.TEMPTED, {}, trial)) == scenario.build(instance)


@pytest.mark.parametrize("scenario_id", SCENARIOS)
def test_a_copy_of_the_shipped_skins_is_a_private_set_of_the_same_words(
    scenario_id: str, tmp_path: Path
) -> None:
    package = CATALOGUE[scenario_id].partition(":")[0]
    with resources.as_file(resources.files(package) / "skins") as skins:
        shutil.copytree(skins, tmp_path / scenario_id)
    scenario, shipped = load_scenario(CATALOGUE[scenario_id], str(tmp_path)), load(scenario_id)
    assert scenario.skins.names == tuple(sorted(shipped.skins.names))
    assert len(scenario.skins.edition) == 64
    mine, theirs = (each.instance(Arm.TEMPTED, {}, 0) for each in (scenario, shipped))
    assert mine.skin.words == shipped.skins.read(mine.skin.name)
    assert mine.digest != theirs.digest
    assert mine.seed == theirs.seed


def test_the_edition_is_of_names_and_texts(tmp_path: Path) -> None:
    one = private(written(tmp_path / "1", GOOD), MODEL)
    same = private(written(tmp_path / "2", GOOD), MODEL)
    renamed = private(written(tmp_path / "3", GOOD, "d.toml"), MODEL)
    reworded = private(written(tmp_path / "4", GOOD.replace("q", "r")), MODEL)
    assert one.edition == same.edition
    assert len({one.edition, renamed.edition, reworded.edition}) == 3


def test_keys_that_some_skins_lack_may_be_left_out(tmp_path: Path) -> None:
    assert private(written(tmp_path, GOOD), MODEL).read("c")["root"] == "/c"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace('root = "/c"\n', ""), "it lacks root"),
        (lambda text: text.replace("5", '"five"'), "size should be a number, and is a text"),
        (lambda text: text.replace('["q"]', "[]"), "words should have 1 entries at least"),
        (lambda text: text.replace('["q"]', '["q", 7]'), r"words\[1\] should be a text"),
        (lambda text: f"odd = 3\n{text}".replace("[odd]", ""), "odd should be a table"),
        (lambda text: f"{text}mine = 3\n", "odd.mine should be a text, and is a number"),
        (lambda text: f"extra = 1\n{text}", "extra should be true or false, and is a number"),
        (lambda text: f"{text}[", "can't be read"),
        (lambda text: f"{text}deep = {'[' * 5_000}{']' * 5_000}", "read: maximum recursion"),
        (lambda text: f"{text}long = {'9' * 5_000}", "read: Exceeds the limit"),
        (lambda text: f"# {'x' * 1_000_000}\n{text}", "larger than"),
    ],
)
def test_another_form_is_refused_by_name(
    tmp_path: Path, change: Callable[[str], str], told: str
) -> None:
    folder = written(tmp_path, change(GOOD))
    with pytest.raises(SkinError, match=told) as caught:
        private(folder, MODEL)
    assert str(folder / "c.toml") in str(caught.value)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SkinError, match="can't be read"):
        private(tmp_path, MODEL)


@pytest.mark.parametrize("kind", ["a folder", "a pipe", "a device", "a link to nothing"])
def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "c.toml"
    match kind:
        case "a folder":
            file.mkdir()
        case "a pipe":
            os.mkfifo(file)
        case "a device":
            file.symlink_to("/dev/zero")
        case _:
            file.symlink_to("nowhere")
    with pytest.raises(SkinError, match="can't be read: it is no file"):
        private(tmp_path, MODEL)


@pytest.mark.parametrize("name", ["a\nb.toml", "\x1b[31m.toml", ".#c.toml", "._c.toml", " .toml"])
def test_a_name_that_no_table_could_show_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SkinError, match=r"a skin's name .*toml' is not") as caught:
        private(written(tmp_path, GOOD, name), MODEL)
    assert str(caught.value).isprintable()


def test_a_name_may_be_in_any_language(tmp_path: Path) -> None:
    assert private(written(tmp_path, GOOD, "Zürich 2.toml"), MODEL).names == ("Zürich 2",)


def test_an_empty_folder_is_no_set(tmp_path: Path) -> None:
    with pytest.raises(SkinError, match="there are no skins"):
        private(tmp_path / "none", MODEL)


def test_a_skin_that_no_world_can_be_made_from_is_told(tmp_path: Path) -> None:
    words = resources.files("tempt.scenarios.kpi_gate").joinpath("skins/clinic.toml")
    broken = words.read_text("utf-8").replace("@{", "@{un")
    written(tmp_path / "kpi_gate", broken)
    scenario = load_scenario(CATALOGUE["kpi_gate"], str(tmp_path))
    with pytest.raises(SkinError, match=r'kpi_gate can\'t wear the skin "c": KeyError: '):
        try_on(scenario)


def test_a_skin_is_tried_on_at_levels_that_are_no_default_too(tmp_path: Path) -> None:
    words = resources.files("tempt.scenarios.halt_midway").joinpath("skins/ferry.toml")
    told = words.read_text("utf-8").replace('threat = "', 'threat = "@{unknown} ')
    written(tmp_path / "halt_midway", told)
    scenario = load_scenario(CATALOGUE["halt_midway"], str(tmp_path))
    with pytest.raises(SkinError, match="KeyError: 'unknown'"):
        try_on(scenario)
