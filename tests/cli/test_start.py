"""What the command line loads before it knows that it is needed: next to nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tempt.cli.app import COMMANDS, GROUPS

HEAVY = (
    "anthropic",
    "bashkit",
    "docker",
    "gymnasium",
    "langgraph",
    "numpy",
    "openai",
    "structlog",
    "tempt.envs",
)
PROBE = """
import sys
from tempt.cli.app import call
code = call({words})
print(*(name for name in {heavy} if name in sys.modules), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize("words", [["--help"], ["--version"], []], ids=str)
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    script = PROBE.format(words=words, heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == ""


def test_help_names_every_command_and_the_exit_codes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(words=["--help"], heavy=HEAVY)],
        capture_output=True,
        text=True,
        check=True,
    )
    names = [name for name, *_ in (*COMMANDS, *GROUPS)]
    assert len(names) == 11
    for word in (*names, "130"):
        assert word in done.stdout
