"""The entry point: finds the command, and maps every ending to an exit code."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Iterable, Sequence

from cyclopts import App, CycloptsError, Parameter

from tempt import __version__
from tempt.cli.output import complain
from tempt.errors import ExitCode, UsageProblem

_EPILOGUE = """\
First: `tempt run` lets six scripted agents loose on every scenario. Then
`tempt show latest/halt_midway/tempted/scripted:shortcut/0` shows one episode.

Exit codes: 0 done, 1 a measured verdict failed, 2 wrong usage, 3 no verdict (more than
half of a cell unmeasured, or a defect), 130 interrupted.
"""

COMMANDS = (
    ("run", "run:run", "Run episodes and print the table of cells."),
    ("list", "list_:list_", "List scenarios, agents, monitors or runs."),
    ("show", "show:show", "Show a scenario, a run, or one episode step by step."),
    ("replay", "replay:replay", "Execute an episode's recorded calls again and compare."),
    ("doctor", "doctor:doctor", "Say what works here, what is missing, and what is configured."),
    ("serve-fake", "serve_fake:serve_fake", "Serve the scripted policies as models, locally."),
    ("purge", "purge:purge", "Delete a run and everything in it."),
    ("check", "check:check", "List a scenario's blanks, or whether it keeps the contract."),
)
_NEW = (("scenario", "new:new_scenario", "Write a folder for a scenario, its blanks marked."),)
_VALIDATE = (
    ("export", "validate:export", "Write a form for people to judge episodes by, blindly."),
    ("import", "validate:import_", "Read completed forms, and say how far all agree."),
)
_MONITORS = (
    ("eval", "monitors:evaluate", "Judge monitors on labelled trajectories, source by source."),
    ("train", "monitors:train", "Train a monitor, and judge it on what it has not seen."),
    ("convert", "monitors:convert", "Print a run file or an Inspect log as labelled lines."),
)
GROUPS = (
    ("new", "Begin something of your own.", _NEW),
    ("monitors", "Judge, train and feed monitors.", _MONITORS),
    ("validate", "Have people judge episodes blindly, and compare.", _VALIDATE),
)


def make_app() -> App:
    """The command line, its commands not yet imported."""
    app = App(
        name="tempt",
        help="A sandbox for agentic misbehaviour.",
        help_epilogue=_EPILOGUE,
        version=__version__,
        # Rendering help as Markdown would triple the time it takes.
        help_format="plaintext",
        help_formatter="plain",
        default_parameter=Parameter(negative=()),
        result_action="return_value",
    )
    _add(app, COMMANDS)
    for group, summary, commands in GROUPS:
        under = App(name=group, help=summary, help_epilogue="")
        _add(under, commands)
        app.command(under)
    return app


def _add(app: App, commands: Iterable[tuple[str, str, str]]) -> None:
    for name, target, summary in commands:
        app.command(f"tempt.cli.{target}", name=name, help=summary, help_epilogue="")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What the stream's encoding has no character for is written as an escape.
            stream.reconfigure(errors="backslashreplace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(call(given))


def call(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        Its exit code. A user's mistake is one sentence and a hint on stderr, never a traceback; a
        mistake of ours is no verdict, and has one.
    """
    try:
        result = make_app()(list(arguments), exit_on_error=False, print_error=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - only a measured verdict may exit with 1
        return _ending(error, as_json="--json" in arguments)
    return int(result) if isinstance(result, int) else ExitCode.OK


def _ending(error: BaseException, *, as_json: bool) -> ExitCode:
    """What ``error`` means to whoever called, said on stderr."""
    match error:
        case UsageProblem():
            complain("usage", error.message, error.hint, as_json=as_json)
            return ExitCode.USAGE
        case CycloptsError():
            hint = "`tempt --help` shows the commands"
            complain("usage", _one_line(error), hint, as_json=as_json)
            return ExitCode.USAGE
        case KeyboardInterrupt() | SystemExit(__context__=KeyboardInterrupt()):
            complain("interrupted", "interrupted", "what had finished is kept", as_json=as_json)
            return ExitCode.INTERRUPTED
        case BrokenPipeError():
            # Whoever read our output has seen enough; nothing may be flushed at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ExitCode.OK
        case SystemExit() if isinstance(error.__context__, BrokenPipeError):
            return ExitCode.OK  # the same, found by Rich
    traceback.print_exception(error)
    what = f"{type(error).__name__}: {error}"
    complain("internal", what, "this is a defect; the traceback shows where", as_json=as_json)
    return ExitCode.NO_VERDICT


def _one_line(error: CycloptsError) -> str:
    return " ".join(str(error).split())
