"""`tempt list`: what there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tempt.cli.output import put, put_json, say
from tempt.cli.runs import opened, run_files
from tempt.cli.selection import catalogue, select_scenarios
from tempt.config import Config, load_config
from tempt.errors import ExitCode, UsageProblem, nearest
from tempt.monitors.registry import FACTORIES, make_monitor
from tempt.reports.scenario import scenario_record
from tempt.reports.text import columns
from tempt.runs.store import RunStore

Records = list[dict[str, object]]


def list_(what: str = "scenarios", *, out: str | None = None, json: bool = False) -> ExitCode:
    """List scenarios, agents, monitors or runs.

    Args:
        what: scenarios, agents, monitors or runs.
        out: Folder of run files.
        json: Print one record a line.
    """
    if what not in KINDS:
        hint = nearest(what, KINDS, f"there are: {', '.join(KINDS)}")
        raise UsageProblem(f'nothing to list under "{what}"', hint)
    config = load_config(Path.cwd())
    records = KINDS[what](config, Path(out or config.out))
    if json:
        put_json(records)
    elif records:
        put(_table(records))
    return ExitCode.OK


def _scenarios(config: Config, folder: Path) -> Records:  # noqa: ARG001 - one signature for all
    chosen = select_scenarios(sorted(catalogue(config)), None, config).values()
    keys = ("id", "version", "category", "skins", "factors", "requires")
    return [{key: scenario_record(scenario)[key] for key in keys} for scenario in chosen]


def _agents(config: Config, folder: Path) -> Records:  # noqa: ARG001 - one signature for all
    chosen = select_scenarios(sorted(catalogue(config)), None, config).values()
    names = dict.fromkeys(name for scenario in chosen for name in scenario.policies)
    scripted: Records = [{"agent": f"scripted:{name}", "kind": "policy"} for name in names]
    text = "scripted:mixture?p=0.1&bad=shortcut&good=honest"
    mixture: dict[str, object] = {"agent": text, "kind": "mixture"}
    return [*scripted, mixture, {"agent": "random", "kind": "random calls"}, *_MODELS]


_MODELS: tuple[dict[str, object], ...] = (
    {"agent": "openai:MODEL", "kind": "Responses, or Chat Completions with --base-url"},
    {"agent": "anthropic:MODEL", "kind": "Messages"},
    {"agent": "langgraph:react?model=openai:MODEL", "kind": "our graph over a model"},
    {"agent": "langgraph:MODULE:ATTRIBUTE", "kind": "a graph of yours"},
    {"agent": "MODULE:CLASS", "kind": "an agent of yours"},
)


def _monitors(config: Config, folder: Path) -> Records:  # noqa: ARG001 - one signature for all
    found = {name: make_monitor(name) for name in sorted(FACTORIES)}
    return [
        {"monitor": name, "version": monitor.fingerprint, "reads": sorted(monitor.views)}
        for name, monitor in found.items()
    ]


def _runs(config: Config, folder: Path) -> Records:  # noqa: ARG001 - one signature for all
    records: Records = []
    for path in run_files(folder):
        try:
            with opened(path) as store:
                records.append(_run(store))
        except UsageProblem as problem:
            say(f"left out: {problem.message}")
    return records


def _run(store: RunStore) -> dict[str, object]:
    plan = store.manifest()["plan"]
    return {
        "run": store.name,
        "scenarios": list(plan["scenarios"]),
        "agents": len(plan["agents"]),
        "trials": plan["trials"],
        "finished": len(store.finished()),
    }


KINDS: Mapping[str, Callable[[Config, Path], Records]] = {
    "scenarios": _scenarios,
    "agents": _agents,
    "monitors": _monitors,
    "runs": _runs,
}


def _table(records: Records) -> list[str]:
    head = list(records[0])
    return columns([head, *([_cell(record[key]) for key in head] for record in records)])


def _cell(value: object) -> str:
    if isinstance(value, list | Mapping):
        return ", ".join(map(str, value)) or "-"
    return str(value)
