"""Containers and embedded worlds against inspect-ai's Docker sandbox, on one engine, interleaved.

    DOCKER_HOST=unix://... python bench/sandbox.py --peer-python PEER_PYTHON

PEER_PYTHON is a Python with inspect-ai. The first `docker` on PATH must be a client with compose
2.21 or newer, and the engine 24.0.6 or newer: inspect-ai refuses less. Prints Markdown tables and
whether each goal was reached; exits with 1 where one was not, or was not measured.

Both sides run the same ten commands on the same 20 files on the same image. The peer finds the
files in its image; ours puts them there when a world opens. Outputs and exit codes must be equal.
Goals are held against the peer's sandbox object, without its eval loop, unless they say otherwise.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import docker

from tempt.agents.scripted import ScriptedAgent
from tempt.envs.factors import Arm
from tempt.envs.transcript import ModelTurn, Observation
from tempt.envs.world import Instance, Move, Script, World
from tempt.runs.episode import run_with
from tempt.runs.plan import Plan, episodes
from tempt.runs.rows import to_row
from tempt.runs.spec import EpisodeSpec
from tempt.runs.store import RunStore, create_store
from tempt.sandbox import Layout, Sandbox, SandboxError, SandboxProvider, SeedFile, provider
from tempt.sandbox.docker import DockerProvider
from tempt.scenarios.halt_midway.plan import HaltPlan
from tempt.scenarios.halt_midway.scenario import HaltMidway

DESK = "/srv/desk"
WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota")
TABLES = {
    f"{number:02}.txt": "".join(f"{row} {word} {number * row}\n" for row, word in enumerate(WORDS))
    for number in range(19)
}
CHECK = "".join(
    f"grep -q {word} {number:02}.txt && echo '{word}: ok' || echo '{word}: missing'\n"
    for number, word in enumerate((*WORDS, "kappa"))
)
FILES = {**TABLES, "check.sh": CHECK}
TAPE = (
    "true",
    "echo ready",
    "ls",
    "cat 05.txt",
    "grep -n beta *.txt | head -n 3",
    "echo 'one more line' >> 07.txt; wc -l 07.txt",
    "sed -n 's/alpha/omega/p' 03.txt",
    'for file in 0*.txt; do echo "$file"; done | sort -r | tr a-z A-Z',
    "sh check.sh",
    "mkdir -p out; cp 0*.txt out; ls out",
)
WATCHED = (f"{DESK}/07.txt", f"{DESK}/check.sh", f"{DESK}/out/07.txt", f"{DESK}/absent")
DATA = b"amount,1\n" * 100
LAYOUT = Layout(
    files=tuple(SeedFile(f"{DESK}/{n}", t.encode(), owner="agent") for n, t in FILES.items()),
    roots=(DESK,),
    user="agent",
    home="/home/agent",
    cwd=DESK,
    hostname="desk",
    epoch=1_767_600_000,
    seed=1,
)
COMPOSE = """\
services:
  default:
    image: {image}
    x-local: true
    init: true
    network_mode: none
    stop_grace_period: 1s
    working_dir: {folder}
    command: tail -f /dev/null
"""
IMAGE = "tempt-bench-peer:1"
CYCLES = 3
AT_ONCE = 8
PEER_EPISODES = 16
OUR_EPISODES = 160
LIVE = 128
PATIENCE = 30.0
MODEL_SECONDS = 2.0
OURS = ("docker", "virtual")

Series = dict[str, list[float]]
Output = tuple[str, str, int | None]


class Peer:
    """inspect-ai in a process of its own.

    Args:
        python: A Python that has it.
        folder: An empty folder: its home, and where the compose file goes.
        image: The image of its containers.
    """

    def __init__(self, python: str, folder: Path, image: str) -> None:
        compose = folder / "compose.yaml"
        compose.write_text(COMPOSE.format(image=image, folder=DESK))
        client = os.environ.get("DOCKER_CONFIG", str(Path.home() / ".docker"))
        script = Path(__file__).with_name("inspect_peer.py")
        self._process = subprocess.Popen(
            [python, "-P", str(script)],
            env={**os.environ, "HOME": str(folder), "DOCKER_CONFIG": client},
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._send({"compose": str(compose), "tape": TAPE})

    def ask(self, name: str, **arguments: object) -> dict[str, Any]:
        """Have something done; what was measured."""
        self._send({"do": name, **arguments})
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"the peer ended while it was asked for {name!r}; see above")
        reply: dict[str, Any] = json.loads(line)
        return reply

    def close(self) -> None:
        """Let it end."""
        self._process.communicate()

    def _send(self, request: dict[str, object]) -> None:
        assert self._process.stdin is not None
        print(json.dumps(request), file=self._process.stdin, flush=True)


@dataclass(slots=True)
class Goals:
    """What was to be reached, and what was."""

    lines: list[tuple[bool, str]] = field(default_factory=list)

    def ratio(self, name: str, goal: float, theirs: list[float], ours: list[float]) -> None:
        """Check that the peer's median is ``goal`` times ours."""
        if not theirs or not ours:
            self.lines.append((False, f"{name}: not measured (goal {goal:,.0f}x)"))
            return
        found = statistics.median(theirs) / statistics.median(ours)
        self.lines.append((found >= goal, f"{name}: {found:,.1f}x (goal {goal:,.0f}x)"))

    def fact(self, name: str, *, reached: bool) -> None:
        """Note what is either so or not."""
        self.lines.append((reached, name))

    def report(self) -> bool:
        """Print every goal; whether all were reached."""
        print()
        for reached, line in self.lines:
            print(f"{'reached' if reached else 'NOT REACHED'}: {line}")
        return bool(self.lines) and all(reached for reached, _ in self.lines)


def main() -> None:
    options = _options()
    goals = Goals()
    with _session(options.peer_python) as peer:
        calls = _calls(peer, options.rounds)
        _print_calls(calls, goals)
        whole = _episodes(peer, options.rounds)
        _print_episodes(whole, goals)
        product = _products(peer, options.rounds)
        _print_products(product, goals)
        _at_once(peer, goals)
        _live(goals)
    if peer is None:
        goals.fact("the peer was not measured: no --peer-python", reached=False)
    print(f"\nload average at the end: {_load()}")
    sys.exit(not goals.report())


def _load() -> str:
    return "{:.1f}, {:.1f}, {:.1f} (1, 5 and 15 minutes)".format(*os.getloadavg())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--peer-python", help="a Python with inspect-ai")
    parser.add_argument("--rounds", type=int, default=10, help="how often every side is run")
    return parser.parse_args()


@contextmanager
def _session(python: str | None) -> Iterator[Peer | None]:
    """The peer, ready, and the head of the page."""
    backend = _docker()
    image, client = _image(backend), docker.from_env()
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()},")
    engine = client.version()["Version"]
    print(f"engine {engine}, image {image[:19]}, probes of {len(WATCHED)} paths,")
    print(f"load average at the beginning: {_load()}")
    if python is None:
        yield None
        backend.close()
        return
    with tempfile.TemporaryDirectory() as folder:
        _build(client, image)
        peer = Peer(python, Path(folder), IMAGE)
        try:
            print(f"inspect-ai {peer.ask('hello')['version']}, {_compose_version()}")
            yield peer
        finally:
            peer.close()
            backend.close()
            client.images.remove(IMAGE, force=True)


def _image(backend: DockerProvider) -> str:
    try:
        return backend.fingerprint().partition("/")[2].partition("@")[0]
    except SandboxError as error:
        sys.exit(f"nothing was measured: {error}")


def _docker() -> DockerProvider:
    backend = provider("docker")
    assert isinstance(backend, DockerProvider)
    return backend


def _compose_version() -> str:
    client = shutil.which("docker") or sys.exit("there is no docker on PATH")
    command = [client, "compose", "version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _build(client: Any, base: str) -> None:
    """The peer's image: the same machine, the files in it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, text in {"Dockerfile": f"FROM {base}\nCOPY desk {DESK}\n", **_desk()}.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    packed.seek(0)
    client.images.build(fileobj=packed, custom_context=True, tag=IMAGE, rm=True)


def _desk() -> dict[str, str]:
    return {f"desk/{name}": text for name, text in FILES.items()}


def _calls(peer: Peer | None, rounds: int) -> dict[str, Series]:
    """Single calls: every side once a round, a new world each time."""
    sides: dict[str, Series] = {"peer": {}, "docker": {}, "probes": {}, "virtual": {}}
    _docker().warm(LAYOUT, 1)
    for _ in range(rounds):
        told = [_our_calls(provider("docker"), sides["docker"], probes=False)]
        if peer is not None:
            reply = peer.ask("episode", cycles=CYCLES, file=f"{DESK}/data.csv", rounds=CYCLES)
            told.append([tuple(output) for output in reply["outputs"]])
            _sort(sides["peer"], reply["calls"])
            for name in ("reads", "writes"):
                sides["peer"].setdefault(name, []).extend(reply[name])
        told.append(_our_calls(provider("docker"), sides["probes"], probes=True))
        told.append(_our_calls(provider("virtual"), sides["virtual"], probes=False))
        _compare(told)
    return sides


def _our_calls(backend: SandboxProvider, series: Series, *, probes: bool) -> list[Any]:
    """One world of ours: the tape, and a file written and read; what the commands printed."""
    with closing(backend.open(LAYOUT)) as sandbox:
        run = [_timed(sandbox, command, probes) for _ in range(CYCLES) for command in TAPE]
        for _ in range(5 * CYCLES):
            series.setdefault("writes", []).append(
                _seconds(lambda: sandbox.write(f"{DESK}/data.csv", DATA))
            )
            series.setdefault("reads", []).append(
                _seconds(lambda: sandbox.read(f"{DESK}/data.csv", 1_000_000))
            )
    _sort(series, [seconds for seconds, _ in run])
    return [output for _, output in run]


def _timed(sandbox: Sandbox, command: str, probes: bool) -> tuple[float, Output]:
    start = time.perf_counter()
    result = sandbox.exec(command, timeout=10.0)
    if probes:
        sandbox.snapshot(WATCHED)
    taken = time.perf_counter() - start
    return taken, (result.stdout, result.stderr, result.exit_code)


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _sort(series: Series, calls: Sequence[float]) -> None:
    """Tell the first command, which is pure overhead, from the other nine."""
    for number, seconds in enumerate(calls):
        name = "call" if number % len(TAPE) else "true"
        series.setdefault(name, []).append(seconds)


def _compare(told: list[list[Any]]) -> None:
    """Everybody must have done the same work."""
    for other in told[1:]:
        for number, (one, two) in enumerate(zip(told[0], other, strict=True)):
            if tuple(one) != tuple(two):
                command = TAPE[number % len(TAPE)]
                sys.exit(f"sides differ on {command!r}:\n{one}\n{two}")


def _print_calls(sides: dict[str, Series], goals: Goals) -> None:
    names = {
        "peer": "inspect-ai docker",
        "docker": "docker",
        "probes": "docker, probes on",
        "virtual": "embedded",
    }
    rows = {"true": "`true`", "call": "other nine", "reads": "read file", "writes": "write file"}
    print(f"\n| ms, median / p95 | {' | '.join(names.values())} |\n|{'---|' * (len(names) + 1)}")
    for key, row in rows.items():
        cells = [_cell(sides[side].get(key, []), sides["peer"].get(key, [])) for side in names]
        print(f"| {row} | {' | '.join(cells)} |")
    theirs, ours, probed = sides["peer"], sides["docker"], sides["probes"]
    goals.ratio("bash call, docker, probes off", 40, theirs.get("call", []), ours["call"])
    goals.ratio("bash call, docker, probes on", 40, theirs.get("call", []), probed["call"])
    goals.ratio("read file, docker", 300, theirs.get("reads", []), ours["reads"])
    goals.ratio("write file, docker", 300, theirs.get("writes", []), ours["writes"])


def _cell(ours: list[float], theirs: list[float]) -> str:
    if not ours:
        return "not measured"
    text = f"{_ms(statistics.median(ours))} / {_ms(_p95(ours))}"
    if theirs and theirs is not ours:
        text += f" ({statistics.median(theirs) / statistics.median(ours):,.1f}x)"
    return text


def _ms(seconds: float) -> str:
    return f"{1_000 * seconds:.3g}" if seconds < 1 else f"{1_000 * seconds:.0f}"


def _p95(values: list[float]) -> float:
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def _episodes(peer: Peer | None, rounds: int) -> dict[str, Series]:
    """Whole episodes of ten calls, the world's beginning and end included."""
    sides: dict[str, Series] = {"peer": {}, "warm": {}, "cold": {}, "virtual": {}}
    for _ in range(rounds):
        if peer is not None:
            reply = peer.ask("episode")
            for name in ("open", "close", "whole"):
                sides["peer"].setdefault(name, []).append(reply[name])
        _docker().warm(LAYOUT, 1)
        for _ in range(3):
            _episode(provider("docker"), sides["warm"])
        _cold_episode(sides["cold"])
        for _ in range(30):
            _episode(provider("virtual"), sides["virtual"])
    return sides


def _episode(backend: SandboxProvider, series: Series) -> None:
    start = time.perf_counter()
    sandbox = backend.open(LAYOUT)
    opened = time.perf_counter()
    for command in TAPE:
        sandbox.exec(command, timeout=10.0)
    closing_ = time.perf_counter()
    sandbox.close()
    end = time.perf_counter()
    spans = {"open": opened - start, "close": end - closing_, "whole": end - start}
    for name, seconds in spans.items():
        series.setdefault(name, []).append(seconds)


def _cold_episode(series: Series) -> None:
    """An episode with nothing warm, until its container is gone again."""
    client = docker.from_env()
    before = _containers(client)
    start = time.perf_counter()
    backend = DockerProvider()
    _episode(backend, series)
    backend.close()
    while _containers(client) - before:
        if time.perf_counter() - start > PATIENCE:
            sys.exit(f"a closed container is still there after {PATIENCE} s")
        time.sleep(0.005)
    series.setdefault("until gone", []).append(time.perf_counter() - start)


def _containers(client: Any) -> set[str]:
    return {each["Id"] for each in client.api.containers(all=True)}


def _print_episodes(sides: dict[str, Series], goals: Goals) -> None:
    names = {
        "peer": "inspect-ai docker",
        "warm": "docker, warm pool",
        "cold": "docker, nothing warm",
        "virtual": "embedded",
    }
    rows = {"open": "open", "close": "close", "whole": "open, ten calls, close"}
    print(f"\n| ms, median / p95 | {' | '.join(names.values())} |\n|{'---|' * (len(names) + 1)}")
    for key, row in rows.items():
        cells = [_cell(sides[side].get(key, []), sides["peer"].get(key, [])) for side in names]
        print(f"| {row} | {' | '.join(cells)} |")
    theirs, gone = sides["peer"].get("whole", []), sides["cold"]["until gone"]
    print(f"\nNothing warm, until the container is gone: {_cell(gone, theirs)}")
    if theirs:
        _print_model_time(statistics.median(theirs), statistics.median(sides["warm"]["whole"]))
    goals.ratio("episode, docker, warm pool", 45, theirs, sides["warm"]["whole"])
    goals.ratio("cold first episode, docker, its container gone", 10, theirs, gone)


def _print_model_time(theirs: float, ours: float) -> None:
    """What the ratios leave out, said in their own terms."""
    thought = MODEL_SECONDS * (len(TAPE) + 1)
    slow, quick = theirs + thought, ours + thought
    print(
        f"No figure here has a model's time in it. Where a turn takes it {MODEL_SECONDS:.0f} s, one"
    )
    print(f"episode takes {slow:.1f} s there and {quick:.1f} s here: {slow / quick:.2f}x.")


class Taped(HaltMidway):
    """A scenario with the desk in it, so that everything around an episode has its usual work."""

    def build(self, instance: Instance) -> World[HaltPlan]:
        """The scenario's first world, whatever the trial, and the desk where the shell starts."""
        world = super().build(replace(instance, trial=0))
        layout = world.layout
        files = tuple(replace(file, owner=layout.user) for file in LAYOUT.files)
        roots = (*layout.roots, DESK)
        desk = replace(layout, files=(*layout.files, *files), roots=roots, cwd=DESK)
        return replace(world, layout=desk)


def _tape_policy(world: World[Any]) -> Script:  # noqa: ARG001 - a policy's form
    for command in TAPE:
        yield Move("", (("shell", {"command": command}),))


class TimedAgent(ScriptedAgent):
    """Plays the tape, and takes the time between its turns.

    Attributes:
        steps: Seconds that each call took, with all that is done around it.
    """

    def __init__(self, world: World[Any]) -> None:
        super().__init__(_tape_policy, world)
        self.steps: list[float] = []
        self._left = 0.0

    def act(self, observations: tuple[Observation, ...]) -> ModelTurn:
        """The next command."""
        if self._left:
            self.steps.append(time.perf_counter() - self._left)
        turn = super().act(observations)
        self._left = time.perf_counter()
        return turn


def _products(peer: Peer | None, rounds: int) -> dict[str, Series]:
    """Whole episodes with all that surrounds them: ledger, transcript, monitors, store."""
    sides: dict[str, Series] = {"peer": {}, "docker": {}, "virtual": {}}
    with tempfile.TemporaryDirectory() as folder:
        store = create_store(Path(folder) / "run.sqlite", {})
        specs = {side: _specs(side) for side in OURS}
        _product(next(specs["docker"]), store, {})
        for _ in range(max(2, rounds // 2)):
            if peer is not None:
                reply = peer.ask("eval", count=3, at_once=1)
                sides["peer"].setdefault("episode", []).append(reply["seconds"] / 3)
                sides["peer"].setdefault("call", []).extend(reply["calls"])
            for side, times in (("docker", 5), ("virtual", 100)):
                for _ in range(times):
                    _product(next(specs[side]), store, sides[side])
        store.close()
    return sides


def _specs(side: str) -> Iterator[EpisodeSpec]:
    """Episodes without end."""
    location = f"{__name__}:{Taped.__name__}"
    plan = Plan(
        {HaltMidway.id: location}, (Arm.TEMPTED,), ("scripted:honest",), 1, {}, sandbox=side
    )
    spec = next(episodes(plan))
    for number in count(OURS.index(side) * 1_000_000):
        yield replace(spec, trial=number)


def _product(spec: EpisodeSpec, store: RunStore, series: Series) -> None:
    agents: list[TimedAgent] = []

    def make(world: World[Any], _: Any) -> TimedAgent:
        agents.append(TimedAgent(world))
        return agents[-1]

    start = time.perf_counter()
    result = run_with(spec, provider(spec.sandbox), make)
    store.add(to_row(result))
    series.setdefault("episode", []).append(time.perf_counter() - start)
    done = [step.observation.status.value for step in result.transcript.steps]
    if done != ["ok"] * len(TAPE) or not result.ledger:
        sys.exit(f"a whole episode went wrong: {done} {result.judgement.evidence}")
    series.setdefault("call", []).extend(agents[0].steps)


def _print_products(sides: dict[str, Series], goals: Goals) -> None:
    print("\nWith everything on (ours: ledger, transcript, monitors, store; the eval: its log):\n")
    print("| ms, median / p95 | inspect-ai eval | docker | embedded |\n|---|---|---|---|")
    theirs, virtual = sides["peer"], sides["virtual"]
    for key, row in {"call": "a call", "episode": "an episode"}.items():
        cells = [_cell(sides[side].get(key, []), theirs.get(key, [])) for side in sides]
        print(f"| {row} | {' | '.join(cells)} |")
    for key, name in {"call": "a call", "episode": "an episode"}.items():
        goals.ratio(f"{name}, embedded, everything on", 1_000, theirs.get(key, []), virtual[key])


def _at_once(peer: Peer | None, goals: Goals) -> None:
    """Episodes a second, eight at any time."""
    _docker().warm(LAYOUT, AT_ONCE)
    theirs: Series = {"object": [], "eval": []}
    ours: Series = {"docker": [], "virtual": []}
    for _ in range(2):
        ours["docker"].append(_threads(_docker(), OUR_EPISODES) / OUR_EPISODES)
        ours["virtual"].append(_threads(provider("virtual"), 10 * OUR_EPISODES) / OUR_EPISODES / 10)
        if peer is not None:
            reply = peer.ask("several", count=PEER_EPISODES, at_once=AT_ONCE)
            theirs["object"].append(reply["seconds"] / PEER_EPISODES)
            reply = peer.ask("eval", count=PEER_EPISODES, at_once=AT_ONCE)
            theirs["eval"].append(reply["seconds"] / PEER_EPISODES)
    print(f"\n| episodes/s, {AT_ONCE} at once | |\n|---|---|")
    rows = {
        "inspect-ai docker, sandbox object": theirs["object"],
        "inspect-ai docker, eval": theirs["eval"],
        "docker, warm pool": ours["docker"],
        "embedded": ours["virtual"],
    }
    for row, seconds in rows.items():
        print(f"| {row} | {_rate(seconds)} |")
    goals.ratio(f"episodes/s, docker, {AT_ONCE} at once", 70, theirs["object"], ours["docker"])


def _rate(seconds: list[float]) -> str:
    return f"{1 / statistics.median(seconds):.3g}" if seconds else "not measured"


def _threads(backend: SandboxProvider, number: int) -> float:
    series: Series = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        start = time.perf_counter()
        for future in [pool.submit(_episode, backend, series) for _ in range(number)]:
            future.result()
        return time.perf_counter() - start


def _live(goals: Goals) -> None:
    """Many containers at once, and what one that is idle costs."""
    client, backend = docker.from_env(), DockerProvider()
    before = _containers(client)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        start = time.perf_counter()
        live = list(pool.map(backend.open, [LAYOUT] * LIVE))
        opened = time.perf_counter() - start
        start = time.perf_counter()
        told = list(pool.map(lambda each: each.exec("echo ok", timeout=10.0).stdout, live))
        called = time.perf_counter() - start
        memory = _memory(client, _containers(client) - before)
        start = time.perf_counter()
        list(pool.map(lambda each: each.close(), live))
        backend.close()
        closed = time.perf_counter() - start
    print(f"\n{LIVE} containers at once: opened in {opened:.1f} s, one call on each in", end=" ")
    print(f"{called:.2f} s, closed in {closed:.1f} s;\n{memory}")
    goals.fact(f"{LIVE} containers at once without an error", reached=told == ["ok\n"] * LIVE)


def _memory(client: Any, containers: set[str]) -> str:
    """PSS of the containers' processes and of the engine's shims beside them."""
    mains = [client.api.inspect_container(each)["State"]["Pid"] for each in containers]
    parents = _parents()
    shims = {parents[main] for main in mains}
    inside = [pid for pid in parents if pid not in shims and shims & set(_ancestors(pid, parents))]
    try:
        own = sum(map(_pss, inside)) / len(mains)
        beside = sum(map(_pss, shims)) / len(mains)
    except PermissionError:
        return "memory not measured: smaps_rollup can't be read, be root"
    return f"idle, each: {own:.1f} MiB for its processes, {beside:.1f} MiB for its shim (PSS)"


def _parents() -> dict[int, int]:
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text()
        except OSError:
            continue
        found[int(folder.name)] = int(text.rpartition(")")[2].split()[1])
    return found


def _ancestors(pid: int, parents: dict[int, int]) -> Iterator[int]:
    while pid in parents:
        pid = parents[pid]
        yield pid


def _pss(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
