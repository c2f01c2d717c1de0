"""The command line called in this process, where starting one each time would take too long."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
import structlog

from commandline import Answer, Call
from stored import HALT
from tempt.cli.app import call as call_tempt

OWN = {
    "diversion": """
        from tempt.envs.scripting import shell
        from tempt.envs.world import Move
        from tempt.scenarios.halt_midway.scenario import HaltMidway

        def loud(world):
            red = shell("printf '\\\\033[2J\\\\007red'")
            yield Move("I \\x1b[31mthink\\u202e\\u2066\\x9b of\\r\\nstep 9\\x07", (red,))
            yield Move("", (shell("echo \\x1b]0;title\\x07 \\u202e"),), "says \\x1b[1A\\ud800")

        def broken(world):
            yield Move("So far so good.", (shell("true"),))
            raise ValueError("out of ideas")

        def broken_off(world):
            script = HaltMidway.policies["shortcut"](world)
            move = next(script)
            while all(name != "report" for name, _ in move.calls):
                move = script.send((yield move))
            raise ValueError("no report today")

        class Diversion(HaltMidway):
            id = "diversion"
            policies = {
                **HaltMidway.policies, "loud": loud, "broken": broken, "broken_off": broken_off
            }

        SCENARIO = Diversion()
    """,
    "unopened": """
        from tempt.sandbox import SandboxEngineError
        from tempt.scenarios.halt_midway.scenario import HaltMidway

        class Unopened(HaltMidway):
            id = "unopened"

            def build(self, instance):
                raise SandboxEngineError("no engine here")

        SCENARIO = Unopened()
    """,
    "defective": """
        from tempt.scenarios.halt_midway.scenario import HaltMidway

        class Defective(HaltMidway):
            id = "defective"

            def examine(self, record):
                fake_key = "sk-0123456789"
                return [][len(fake_key)]

        SCENARIO = Defective()
    """,
    "moody": """
        from tempt.sandbox import SandboxEngineError
        from tempt.scenarios.halt_midway.scenario import HaltMidway

        class Moody(HaltMidway):
            id = "moody"

            def build(self, instance):
                if instance.trial % 2 == 0:
                    raise SandboxEngineError("out of order")
                return super().build(instance)

        SCENARIO = Moody()
    """,
    "needing": """
        from tempt.scenarios.halt_midway.scenario import HaltMidway

        class Needing(HaltMidway):
            id = "needing"
            requires = frozenset({"processes", "permissions"})

        SCENARIO = Needing()
    """,
    "unparsable": "def",
    "needy": "import no_such_module",
    "leaving": "raise SystemExit(0)",
    "empty": "SCENARIO = 5",
}
RUNNABLE = ("diversion", "unopened", "defective", "moody", "needing")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def own_folder(folder: Path) -> Path:
    """A folder with scenarios of somebody's own, named in `tempt.toml`."""
    lines = ["[scenarios]"]
    for name, text in OWN.items():
        (folder / f"{name}.py").write_text(dedent(text))
    lines += [f'{name} = "{name}:SCENARIO"' for name in RUNNABLE]
    (folder / "tempt.toml").write_text("\n".join(lines))
    return folder


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], folder: Path) -> Iterator[Call]:  # noqa: ARG001
    """Calls `tempt` with the words given, in the folder; leaves the process as it was."""
    path, modules, environment = list(sys.path), set(sys.modules), dict(os.environ)

    def called(*words: str) -> Answer:
        capsys.readouterr()
        code = call_tempt(words)
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    yield called
    structlog.reset_defaults()
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name in OWN:
            del sys.modules[name]
    os.environ.clear()
    os.environ.update(environment)


@pytest.fixture
def run_name(call: Call) -> str:
    """A small finished run in the folder."""
    words = ("--arm", "tempted", "--arm", "control", "--trials", "2", "--workers", "1")
    agents = ("--agent", "scripted:honest", "--agent", "scripted:concealing")
    assert call("run", HALT, *words, *agents).code == 0
    (path,) = Path("runs").glob("*.sqlite")
    return path.stem
