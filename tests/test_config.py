"""Where settings come from. What is refused stands with the command line's bad input."""

from __future__ import annotations

from pathlib import Path

import pytest

from tempt.config import Config, load_config
from tempt.errors import UsageProblem, nearest


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_config(tmp_path) == Config()
    assert Config().source is None


def test_every_setting_of_the_file_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "tempt.toml"
    path.write_text(
        "[run]\n"
        'out = "kept"\n'
        "trials = 7\n"
        'agents = ["random", "scripted:honest"]\n'
        'sandbox = "virtual"\n'
        "[scenarios]\n"
        'mine = "my.module:SCENARIO"\n'
    )
    assert load_config(tmp_path) == Config(
        source=path,
        out="kept",
        trials=7,
        agents=("random", "scripted:honest"),
        sandbox="virtual",
        scenarios={"mine": "my.module:SCENARIO"},
    )


def test_the_nearest_folder_upwards_decides(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "tempt.toml").write_text("[run]\ntrials = 1\n")
    assert load_config(below).trials == 1
    (tmp_path / "a" / "tempt.toml").write_text("[run]\ntrials = 2\n")
    assert load_config(below).trials == 2


def test_its_own_file_comes_before_the_project_s(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.tempt.run]\ntrials = 1\n")
    assert load_config(tmp_path).trials == 1
    (tmp_path / "tempt.toml").write_text("[run]\ntrials = 2\n")
    assert load_config(tmp_path).trials == 2


@pytest.mark.parametrize(
    "text", ["", "[project]\n", "[tool.ruff]\n", "tool = 3\n", "[tool]\ntempt = 3\n"]
)
def test_a_project_that_does_not_speak_of_us_is_passed_by(tmp_path: Path, text: str) -> None:
    (tmp_path / "tempt.toml").write_text("[run]\ntrials = 1\n")
    below = tmp_path / "below"
    below.mkdir()
    (below / "pyproject.toml").write_text(text)
    assert load_config(below).trials == 1


def test_an_empty_file_stops_the_search(tmp_path: Path) -> None:
    (tmp_path / "tempt.toml").write_text("[run]\ntrials = 1\n")
    below = tmp_path / "below"
    below.mkdir()
    (below / "tempt.toml").touch()
    assert load_config(below) == Config(source=below / "tempt.toml")


def test_the_line_named_is_the_key_s_and_not_a_comment_s(tmp_path: Path) -> None:
    (tmp_path / "tempt.toml").write_text("# trails = 3\n\n[run]\ntrials = 1\n  trails = 3\n")
    with pytest.raises(UsageProblem) as refusal:
        load_config(tmp_path)
    assert refusal.value.message.startswith(f"{tmp_path / 'tempt.toml'}:5: ")


def test_a_hint_is_the_nearest_name_or_says_what_there_is() -> None:
    assert nearest("tempte", ["tempted", "control"], "ask") == 'did you mean "tempted"?'
    assert nearest("xyz", ["tempted", "control"], "ask") == "ask"
