"""`tempt check`: whether a scenario keeps the contract."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from tempt.authoring.blanks import blanks
from tempt.authoring.contract import candidate, problems
from tempt.authoring.costs import costs_page, measure
from tempt.authoring.expected import TableError
from tempt.cli.output import complain, put, put_json
from tempt.cli.selection import at_least, planned_scenarios, select_scenarios
from tempt.config import load_config
from tempt.errors import ExitCode, UsageProblem
from tempt.sandbox import EMBEDDED

_MOST = 40


def check(scenario: str, *, trials: int = 6, costs: bool = False, json: bool = False) -> ExitCode:
    """List a scenario's blanks; where there are none, whether it keeps the contract.

    Args:
        scenario: A scenario's id, or MODULE:NAME.
        trials: Worlds to play each policy in, per arm.
        costs: Print the scenario's costs.toml as it should be, and nothing else.
        json: Print one record a line.
    """
    at_least(trials, 1, "--trials")
    chosen = select_scenarios([scenario], None, load_config(Path.cwd()))
    (location,) = chosen
    if left := blanks(location):
        _print([str(blank) for blank in left], "blank", as_json=json)
        hint = "write what is asked for in the place of each <FILL: ...>, then check again"
        complain("no_verdict", f"{scenario} has {len(left)} blanks", hint, as_json=json)
        return ExitCode.NO_VERDICT
    planned_scenarios(chosen, EMBEDDED)
    if costs:
        put(costs_page(measure(location)))
        return ExitCode.OK
    try:
        found = list(islice(problems(candidate(location), trials), _MOST))
    except TableError as error:
        raise UsageProblem(str(error), "docs/writing-a-scenario.md shows one") from error
    _print(found, "problem", as_json=json)
    if found:
        more = " or more" if len(found) == _MOST else ""
        hint = f"`tempt run {scenario}`, then `tempt show latest/...` shows what was done"
        message = f"{scenario} does not keep the contract: {len(found)}{more} problems"
        complain("failed", message, hint, as_json=json)
        return ExitCode.FAILED
    if not json:
        played = f"4 arms x 6 policies x {trials} worlds, and every factor level"
        put([f"{scenario} keeps the contract: {played}"])
    return ExitCode.OK


def _print(lines: list[str], kind: str, *, as_json: bool) -> None:
    if as_json:
        put_json({kind: line} for line in lines)
    else:
        put(lines)
