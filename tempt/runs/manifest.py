"""Fingerprints: what a run was made with, so that results are only compared where they can be."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import platform
from collections.abc import Iterator, Mapping
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Any

from tempt import __version__
from tempt.agents import AgentSpec, parse_agent
from tempt.envs.env import load_scenario
from tempt.runs.plan import Grid, Plan
from tempt.sandbox import provider

ROOMS = ("tempt.agents", "tempt.envs", "tempt.monitors", "tempt.runs", "tempt.sandbox")
MANIFEST_VERSION = 1
RESUMED_WITH = "resumed_with"
"""Fingerprints with which a run went on although they were not its own; absent from most runs."""

RATINGS = "ratings.jsonl"
"""A file of a scenario's folder that no run is made from: what people said of it later."""

_FINGERPRINTS = {
    "code": "the code of",
    "scenarios": "the source of",
    "libraries": "the library",
    "agents": "the agent",
    "sandbox": "the sandbox",
}


def make_manifest(plan: Plan) -> dict[str, object]:
    """The manifest of a run of ``plan``; the same code and plan give the same one."""
    return {
        "manifest_version": MANIFEST_VERSION,
        "plan": plan.to_json(),
        "versions": {"tempt": __version__, "python": platform.python_version()},
        "libraries": {name: metadata.version(name) for name in sorted(_libraries(plan))},
        "code": {room: source_hash(room) for room in ROOMS},
        "scenarios": {
            scenario: _scenario(location, plan.skins)
            for scenario, location in plan.scenarios.items()
        },
        "agents": {agent: _agent(parse_agent(agent)) for agent in plan.agents},
        "sandbox": provider(plan.sandbox).fingerprint(),
    }


def fingerprints(plan: Plan) -> dict[str, object]:
    """The part of the manifest that says with what a run of ``plan`` would be made now."""
    return {kind: value for kind, value in make_manifest(plan).items() if kind in _FINGERPRINTS}


def changes(manifest: Mapping[str, Any], plan: Plan) -> list[str]:
    """What is not as it was when ``manifest`` was made, in words."""
    now = fingerprints(plan)
    return [
        " ".join([words, *filter(None, [name])])
        for kind, words in _FINGERPRINTS.items()
        for name in _differing(manifest.get(kind), now[kind])
    ]


def _differing(then: object, now: object) -> Iterator[str]:
    """Names under which two fingerprints differ; an empty one where they have no names."""
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        names = sorted(then.keys() | now.keys())
        yield from (name for name in names if then.get(name) != now.get(name))
    elif then != now:
        yield ""


def source_hash(package: str) -> str:
    """Hex sha256 over the names and contents of a package's files, folder by folder.

    Of a module that is no package, over its one file.
    """
    total = hashlib.sha256()
    for name, data in sorted(_sources(package)):
        total.update(f"{name}\0{len(data)}\0".encode())
        total.update(data)
    return total.hexdigest()


def _scenario(location: str, skins: str) -> dict[str, str]:
    scenario = load_scenario(location, skins)
    return {
        "version": scenario.version,
        "source": source_hash(location.partition(":")[0]),
        "private_skins": scenario.skins.edition,
    }


def _agent(spec: AgentSpec) -> str:
    """An agent's settings and, where its code is none of ours, its code."""
    if not spec.location:
        return spec.fingerprint
    return f"{spec.fingerprint} {source_hash(spec.location.partition(':')[0])}"


def _libraries(plan: Plan) -> set[str]:
    """Distributions that what is observed may depend on, and which cells there are."""
    specs = [parse_agent(agent) for agent in plan.agents]
    kinds = {spec.kind for spec in specs} & {"langgraph"}
    providers = {spec.settings.provider for spec in specs if spec.settings}
    grids = {"allpairspy"} if plan.grid is Grid.PAIRWISE else set()
    return {"bashkit", "gymnasium"} | kinds | providers | grids


def _sources(package: str) -> list[tuple[str, bytes]]:
    module = importlib.import_module(package)
    if hasattr(module, "__path__"):
        return _files(resources.files(package), PurePosixPath())
    return [(package, inspect.getsource(module).encode())]


def _files(folder: Traversable, at: PurePosixPath) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for item in folder.iterdir():
        if item.is_dir() and item.name != "__pycache__":
            found += _files(item, at / item.name)
        elif item.is_file() and not item.name.endswith(".pyc") and item.name != RATINGS:
            found.append((str(at / item.name), item.read_bytes()))
    return found
