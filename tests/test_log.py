"""Narration goes to stderr, for people or as JSON, and never shows what a variable held."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from commandline import tempt
from stored import HALT
from tempt.log import LEVELS, configure_logging

FAKE_KEY = "-".join(("sk", "0123456789", "abcdef"))


@pytest.fixture(autouse=True)
def unconfigured() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def fail() -> None:
    key = FAKE_KEY
    raise ValueError(f"a key of {len(key)} characters is refused")


def narrated(level: str, *, as_json: bool) -> str:
    """What is said at every level, an exception included."""
    stream = io.StringIO()
    configure_logging(level, as_json=as_json, stream=stream)
    log = structlog.get_logger()
    for name in LEVELS:
        getattr(log, name)(f"said as {name}", number=7)
    try:
        fail()
    except ValueError:
        log.exception("it failed")
    return stream.getvalue()


def test_people_get_a_traceback_without_the_values_in_it() -> None:
    text = narrated("info", as_json=False)
    assert "Traceback" in text
    assert "a key of 20 characters is refused" in text
    assert FAKE_KEY not in text
    assert "\x1b" not in text


def test_programs_get_a_record_a_line_without_the_values_in_it() -> None:
    text = narrated("debug", as_json=True)
    records: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    assert [record["level"] for record in records] == [*LEVELS, "error"]
    assert records[0] == {
        "event": "said as debug",
        "level": "debug",
        "number": 7,
        "timestamp": records[0]["timestamp"],
    }
    (exception,) = records[-1]["exception"]
    assert exception["exc_type"] == "ValueError"
    assert [frame["name"] for frame in exception["frames"]] == ["narrated", "fail"]
    assert FAKE_KEY not in text
    assert "locals" not in text


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("as_json", [False, True])
def test_what_is_less_severe_is_not_said(level: str, as_json: bool) -> None:
    text = narrated(level, as_json=as_json)
    said = [name for name in LEVELS if f"said as {name}" in text]
    assert said == list(LEVELS[LEVELS.index(level) :])


def test_the_library_leaves_logging_to_whoever_uses_it() -> None:
    script = (
        "import tempt, tempt.cli.run, tempt.cli.show, tempt.runs.execute, structlog;"
        "print(structlog.is_configured())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_a_run_narrates_on_stderr_and_leaves_stdout_to_data(tmp_path: Any) -> None:
    words = ("run", HALT, "--arm", "control", "--agent", "scripted:honest", "--trials", "1")
    answer = tempt(*words, "--json", "--log-level", "info", "--log-json", cwd=tmp_path)
    assert (answer.code, len(answer.records)) == (0, 1)
    lines = answer.err.splitlines()
    assert lines[0].endswith("1 episodes")
    (narration,) = [json.loads(line) for line in lines if line.startswith("{")]
    assert (narration["event"], narration["episodes"], narration["level"]) == ("run", 1, "info")
