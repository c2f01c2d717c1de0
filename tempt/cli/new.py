"""`tempt new scenario`: a folder to begin with."""

from __future__ import annotations

import keyword
import re
from importlib.util import find_spec
from pathlib import Path

from tempt.authoring.template import write_scenario
from tempt.cli.output import put
from tempt.cli.selection import catalogue
from tempt.config import FILE, Config, load_config
from tempt.errors import ExitCode, UsageProblem

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 40


def new_scenario(name: str, *, into: str = ".") -> ExitCode:
    """Write a folder for a new scenario, with its blanks marked.

    Args:
        name: The scenario's id, such as night_desk; the folder's name too.
        into: The folder to write it into; tempt.toml belongs beside it.
    """
    place = Path(into).resolve()
    if not place.is_dir():
        raise UsageProblem(f"{into} is no folder", "make it first, or give another with --into")
    config = load_config(place)
    _check_name(name, place, config)
    _check_place(place, config)
    try:
        files = write_scenario(name, place / name)
    except OSError as error:
        message = f"{place / name} can't be written: {error.strerror}"
        raise UsageProblem(message, "give another folder with --into") from error
    put([f"wrote {name}/: {', '.join(str(path.relative_to(place / name)) for path in files)}"])
    put([_register(name, place, config)])
    put([f"next: `tempt check {name}` lists the blanks, and then what does not hold yet"])
    return ExitCode.OK


def _check_name(name: str, place: Path, config: Config) -> None:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST or keyword.iskeyword(name):
        message = f"\"{name}\" can't be a scenario's name"
        raise UsageProblem(message, "lower-case words with _ between them, such as night_desk")
    if name in catalogue(config):
        raise UsageProblem(f'there is a scenario "{name}" already', "give it another name")
    if (place / name).exists():
        raise UsageProblem(f"{place / name} is there already", "nothing is overwritten")
    if find_spec(name) is not None:
        message = f'"{name}" would hide a Python module of that name'
        raise UsageProblem(message, "give it another name")


def _check_place(place: Path, config: Config) -> None:
    """Scenarios are looked for beside the configuration."""
    if config.source is not None and config.source.parent != place:
        message = f"{place} is below {config.source}, beside which scenarios are looked for"
        raise UsageProblem(message, f"write it there, with --into {config.source.parent}")


def _register(name: str, place: Path, config: Config) -> str:
    """Have the scenario found by its name, as far as that can be done without editing anything."""
    line = f'{name} = "{name}:SCENARIO"'
    if config.source is not None:
        table = "scenarios" if config.source.name == FILE else "tool.tempt.scenarios"
        return f"add to {config.source}, under [{table}]: {line}"
    (place / FILE).write_text(f"[scenarios]\n{line}\n", "utf-8")
    return f"wrote {FILE}, which names it"
