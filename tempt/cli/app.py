"""The entry point: finds the command, and maps every ending to an exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from tempt import __version__
from tempt.errors import ExitCode, UsageProblem

_EPILOGUE = """\
First: `tempt run` lets six scripted agents loose on three scenarios; `tempt show latest` shows the
table again, and `tempt show latest/halt_midway/tempted/scripted:shortcut/0` one episode.

Exit codes: 0 done, 1 a measured verdict failed, 2 wrong usage, 3 nothing could be measured,
130 interrupted.
"""

COMMANDS = (
    ("run", "run:run", "Run episodes and print the table of cells."),
    ("list", "list_:list_", "List scenarios, agents, monitors or runs."),
    ("show", "show:show", "Show a scenario, a run, or one episode step by step."),
    ("replay", "replay:replay", "Execute an episode's recorded calls again and compare."),
    ("doctor", "doctor:doctor", "Say what works here, what is missing, and what is configured."),
    ("purge", "purge:purge", "Delete a run and everything in it."),
)


def make_app() -> App:
    """The command line, its commands not yet imported."""
    app = App(
        name="tempt",
        help="A sandbox for agentic misbehaviour.",
        help_epilogue=_EPILOGUE,
        version=__version__,
        result_action="return_value",
    )
    for name, target, summary in COMMANDS:
        app.command(f"tempt.cli.{target}", name=name, help=summary)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(call(given))


def call(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        Its exit code. A user's mistake is one sentence and a hint on stderr, never a traceback.
    """
    try:
        app = make_app()
        result = app(list(arguments), exit_on_error=False, print_error=False)
    except UsageProblem as problem:
        return _complain(problem.message, problem.hint, arguments)
    except CycloptsError as error:
        return _complain(_one_line(error), "`tempt --help` shows the commands", arguments)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)  # noqa: T201
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter must not flush into nothing.
        sys.stdout = None
        return ExitCode.OK
    return int(result) if isinstance(result, int) else ExitCode.OK


def _complain(message: str, hint: str, arguments: Sequence[str]) -> int:
    if "--json" in arguments:
        error = {"kind": "usage", "message": message, "hint": hint}
        print(json.dumps({"error": error}), file=sys.stderr)  # noqa: T201
    else:
        print(f"error: {message}\nhint: {hint}", file=sys.stderr)  # noqa: T201
    return ExitCode.USAGE


def _one_line(error: CycloptsError) -> str:
    return " ".join(str(error).split())
