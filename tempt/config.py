"""`tempt.toml`, or ``[tool.tempt]`` of `pyproject.toml`, from the nearest folder upwards."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tempt.errors import UsageProblem, nearest
from tempt.sandbox import EMBEDDED

FILE = "tempt.toml"
DEFAULT_OUT = "runs"
DEFAULT_TRIALS = 5
_RUN_KEYS: Mapping[str, type] = {"out": str, "trials": int, "agents": list, "sandbox": str}
_SECTIONS = ("prices", "run", "scenarios")
_TYPES = {str: "a text", int: "a number", list: "a list", dict: "a table"}


@dataclass(frozen=True, slots=True)
class Config:
    """Effective settings.

    Attributes:
        source: The file they came from; ``None`` where there is none.
        out: Folder of run files.
        trials: Trials per cell.
        agents: Agents to run where none is named; empty means every scripted policy.
        sandbox: The backend's name.
        scenarios: A user's own scenarios, id to ``"module:NAME"``.
        prices: Model to its prices, in dollars per million tokens.
    """

    source: Path | None = None
    out: str = DEFAULT_OUT
    trials: int = DEFAULT_TRIALS
    agents: tuple[str, ...] = ()
    sandbox: str = EMBEDDED
    scenarios: Mapping[str, str] = field(default_factory=dict)
    prices: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def load_config(start: Path) -> Config:
    """The settings that hold in folder ``start``.

    Raises:
        UsageProblem: A file is malformed, or has a key that is none of ours.
    """
    for folder in (start, *start.parents):
        for name in (FILE, "pyproject.toml"):
            path = folder / name
            if not path.is_file():
                continue
            section = _section(path)
            if section is not None:
                return _config(path, section)
    return Config()


def _section(path: Path) -> Mapping[str, Any] | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageProblem(f"{path} can't be read: {error.strerror}", "check its mode") from error
    try:
        content = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        where = f"{path}:{_line_of(error, data)}"
        raise UsageProblem(f"{where} is malformed: {error}", "mend the file") from error
    if path.name == FILE:
        return content
    tool = content.get("tool")
    section = tool.get("tempt") if isinstance(tool, dict) else None
    return section if isinstance(section, dict) else None


def _line_of(error: tomllib.TOMLDecodeError | UnicodeDecodeError, data: bytes) -> int:
    """The line that ``error`` is about; the last one where it comes with the file's end."""
    if isinstance(error, UnicodeDecodeError):
        return data.count(b"\n", 0, error.start) + 1
    named = re.search(r"at line (\d+)", str(error))
    return int(named.group(1)) if named else len(data.splitlines())


def _config(path: Path, section: Mapping[str, Any]) -> Config:
    for name in section:
        _known(path, name, _SECTIONS)
        _typed(path, name, section[name], dict)
    run, scenarios = section.get("run", {}), section.get("scenarios", {})
    for name, value in run.items():
        _known(path, name, tuple(_RUN_KEYS))
        _typed(path, name, value, _RUN_KEYS[name])
    for agent in run.get("agents", ()):
        _typed(path, "agents", agent, str, "a list of texts")
    for name, value in scenarios.items():
        _typed(path, name, value, str)
    prices = section.get("prices", {})
    for name, value in prices.items():
        _typed(path, name, value, dict)
    values = {**run, "agents": tuple(run.get("agents", ()))}
    return Config(source=path, scenarios=dict(scenarios), prices=dict(prices), **values)


def _known(path: Path, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        hint = nearest(name, known, f"the keys are: {', '.join(known)}")
        raise UsageProblem(f'{_line(path, name)}: unknown key "{name}"', hint)


def _typed(path: Path, name: str, value: object, wanted: type, said: str = "") -> None:
    if not isinstance(value, wanted) or isinstance(value, bool):
        message = f'{_line(path, name)}: "{name}" must be {said or _TYPES[wanted]}'
        raise UsageProblem(message, f"{json.dumps(value, default=str)} stands there now")


def _line(path: Path, name: str) -> str:
    """``path`` with the line on which ``name`` first stands as a key or table."""
    pattern = re.compile(rf"^(?!\s*#)(?:.*[\s.\[{{,])?[\"']?{re.escape(name)}[\"']?\s*[=\]]")
    lines = path.read_text("utf-8").splitlines()
    found = next((n for n, text in enumerate(lines, start=1) if pattern.match(text)), None)
    return f"{path}:{found}" if found else str(path)
