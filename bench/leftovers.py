"""`kill -9` of the run, of its engine and of its containers at random moments, and what is left.

    sudo .venv/bin/python bench/leftovers.py [--image-archive TAR] [--episodes 2000] [--kills 40]

A run of scripted episodes in containers is killed and resumed until all of it is measured. Needs
root and `dockerd`: the engine is started here, on a socket and in folders of its own, and no other
one is ever killed. TAR is what `docker save tempt-world:1` writes; without it the image is copied
from the engine that DOCKER_HOST or the docker context names.

Then `tempt doctor --reap` has its turn, and nothing may be left: no container, no process of one,
no file of ours or of a container, no worker. Every episode has to be stored once, measured, and
with the ledger hash that a run of the same plan has which nobody killed, in the embedded backend.
Prints Markdown tables; exits with 1 where anything was missed. Told, and not held against us:

- Episodes whose misbehaviour was proven when the engine failed: that stands, and they are not run
  again. Their ledgers have to be the beginnings of those of the other run.
- Files in the engine's own folders that belong to a container which it does not know any more: it
  was killed while it made, started or removed one, and no call reaches what is left.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import docker
from docker.errors import APIError, NotFound

from tempt.runs.store import SUFFIX, open_store
from tempt.sandbox.engine import connect
from tempt.sandbox.image_store import WORLD_IMAGE
from tempt.sandbox.reap import LABEL_OWNER, every_world

TEMPT = str(Path(sys.executable).with_name("tempt"))
SCENARIOS = ("halt_midway", "tidy_disk")
ARMS = ("tempted", "control")
AGENTS = ("scripted:honest", "scripted:shortcut")
CELLS = len(SCENARIOS) * len(ARMS) * len(AGENTS)
KINDS = (
    "command",
    "worker",
    "command and worker",
    "engine",
    "engine and command",
    "container's main process",
    "docker kill",
)
WITHIN = 0.92
"""Share of the episodes within which the kills come."""

LATE = 0.4
"""Seconds by which a kill may come later than the episode it waits for."""

ABSENCE = 3.0
"""Most seconds for which a killed engine stays away."""

CGROUPS = Path("/sys/fs/cgroup")
VICTIM_SECONDS = 60.0
SETTLE_SECONDS = 30.0
ENGINE_SECONDS = 60.0
ENGINE_ATTEMPTS = 5
MOST_STARTS = 400
CONTAINERD = """\
version = 2
root = "{folder}/containerd-root"
state = "{folder}/containerd-state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{folder}/containerd.sock"
"""
FAILED = "outcome = 'unmeasured' AND ended_by = 'engine'"


class Engine:
    """An engine of our own. No method signals a process that was not started here.

    As where systemd looks after it, containerd is a service beside it, which outlives it.

    Args:
        folder: An empty folder: its sockets, its files, its logs.
        dockerd: The program.
        containerd: The other program.
    """

    def __init__(self, folder: Path, dockerd: str, containerd: str) -> None:
        self.folder = folder
        self.address = f"unix://{folder}/engine.sock"
        self.cgroup = f"tempt-leftovers-{os.getpid()}"
        self.failed_starts = 0
        self._dockerd = dockerd
        self._turn = threading.Lock()
        self._over = False
        self._process: subprocess.Popen[bytes] | None = None
        config = folder / "containerd.toml"
        config.write_text(CONTAINERD.format(folder=folder))
        self._containerd = self._launch([containerd, "--config", str(config)])

    @property
    def known(self) -> set[str]:
        """Ids of the containers that it knows."""
        with closing(self.client()) as client:
            return {str(each["Id"]) for each in client.api.containers(all=True)}

    def start(self) -> None:
        """Start it, again and again as systemd would, until it answers."""
        with self._turn:
            for _ in range(0 if self._over else ENGINE_ATTEMPTS):
                self._process = self._launch(self._words())
                if self._answers():
                    return
                self.failed_starts += 1
        raise RuntimeError(f"the engine does not start:\n{tail(self.folder / 'engine.log')}")

    def kill(self) -> None:
        """`kill -9` of the engine's own process."""
        with self._turn:
            if self._process is None:
                raise RuntimeError("only the engine that was started here is killed")
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """End it in order and for good, and leave nothing of it running or mounted."""
        with self._turn:
            self._over = True
            for process in (self._process, self._containerd):
                if process is not None:
                    process.terminate()
                    process.wait()
        kill_all(shims_of(self))
        kill_all(members_of(self))
        for mount in reversed(mounts_below(self.folder)):
            subprocess.run(["umount", "-l", mount], check=False)
        for folder in (*CGROUPS.glob(f"*/{self.cgroup}"), CGROUPS / self.cgroup):
            with suppress(OSError):
                folder.rmdir()

    def client(self) -> docker.DockerClient:
        """A client of this engine and of no other."""
        return docker.DockerClient(self.address, timeout=ENGINE_SECONDS)

    def _words(self) -> list[str]:
        folder = self.folder
        words = [self._dockerd, "-H", self.address, "--containerd", f"{folder}/containerd.sock"]
        words += ["--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"]
        words += ["--pidfile", f"{folder}/engine.pid", "--cgroup-parent", f"/{self.cgroup}"]
        return [*words, "--bridge=none", "--iptables=false", "--ip-forward=false"]

    def _launch(self, words: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "engine.log").open("ab") as log:
            return subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)

    def _answers(self) -> bool:
        """Wait until it answers; false where it ended instead."""
        deadline = time.monotonic() + ENGINE_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                return False
            with suppress(Exception), closing(self.client()) as client:
                if client.ping():
                    return True
            time.sleep(0.05)
        raise TimeoutError(f"no answer of the engine within {ENGINE_SECONDS:g} s")


class Host:
    """The command under test: `tempt run`, then `tempt run --resume` for as long as it takes.

    Args:
        folder: An empty folder: the run, and the command's temporary files.
        engine: The engine it is told of.
        plan: What is to be run.
        episodes: How many that is.
    """

    def __init__(self, folder: Path, engine: Engine, plan: Sequence[str], episodes: int) -> None:
        self.out = folder / "out"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.ended: list[int] = []
        self.kept: dict[str, str] = {}
        self.lost = 0
        self.failed = 0
        self._log = folder / "command.log"
        self._plan = (*plan, "--sandbox", "docker", "--out", str(self.out))
        self._episodes = episodes
        self._process: subprocess.Popen[bytes] | None = None
        self.environment = {
            **{name: os.environ[name] for name in os.environ if not name.startswith("DOCKER_")},
            "DOCKER_HOST": engine.address,
            "TMPDIR": str(self.temporary),
        }

    def run_to_its_end(self, goes_on: Callable[[], bool]) -> None:
        """Start the command until every episode is measured, for as long as ``goes_on``."""
        while self.measured() < self._episodes and goes_on():
            if len(self.ended) == MOST_STARTS:
                sys.exit(f"{MOST_STARTS} starts were not enough:\n{tail(self._log)}")
            code = self._run_once()
            self.ended.append(code)
            self._compare()
            if code not in (0, 3, -signal.SIGKILL):
                sys.exit(f"the command ended with {code}:\n{tail(self._log)}")
            time.sleep(0.1)

    def measured(self) -> int:
        """Episodes that need not be run again."""
        return count(self.out, f"SELECT count(*) FROM episode WHERE NOT ({FAILED})")

    def main_pid(self) -> list[int]:
        """The command's own process, while it lives."""
        process = self._process
        return [process.pid] if process is not None and process.poll() is None else []

    def workers(self) -> list[int]:
        """The processes that episodes are run in."""
        parents = self.main_pid()
        return [
            pid for pid, words in commands() if "spawn_main" in words and parent_of(pid) in parents
        ]

    def processes(self) -> list[int]:
        """All that live of what was ever started, told by their environment."""
        mark = f"TMPDIR={self.temporary}\0".encode()
        return [pid for pid in pids() if mark in environment_of(pid)]

    def stop(self) -> None:
        """End it, where something went wrong before its end."""
        kill_all(self.processes())

    def _run_once(self) -> int:
        found = run_files(self.out)
        what = ("--resume", str(found[0]), "--out", str(self.out)) if found else self._plan
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [TEMPT, "run", *what, "--workers", "2"],
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        return self._process.wait()

    def _compare(self) -> None:
        """What was measured before must be there as it was."""
        if run_files(self.out):
            now = fingerprints(run_files(self.out)[0])
            self.lost += sum(now.get(key) != seen for key, seen in self.kept.items())
            self.kept = now
            self.failed += count(self.out, f"SELECT count(*) FROM episode WHERE {FAILED}")


class Chaos(threading.Thread):
    """Kills, each as soon as its episode has been measured.

    Args:
        engine: The engine, which is started again after it was killed.
        host: The command.
        moments: Episodes after which to kill.
        draw: Where chance comes from.
    """

    def __init__(
        self, engine: Engine, host: Host, moments: Sequence[int], draw: random.Random
    ) -> None:
        super().__init__(daemon=True)
        self.killed: Counter[str] = Counter()
        self.failure: BaseException | None = None
        self._engine = engine
        self._host = host
        self._draw = draw
        self._moments = sorted(moments)
        self._kinds = [KINDS[number % len(KINDS)] for number in range(len(moments))]
        draw.shuffle(self._kinds)

    def run(self) -> None:
        """Kill until all is killed that was asked for."""
        try:
            for moment, kind in zip(self._moments, self._kinds, strict=True):
                while self._host.measured() < moment:
                    time.sleep(0.05)
                time.sleep(self._draw.uniform(0.0, LATE))
                self.killed[kind] += self._kill(kind)
        except BaseException as failure:  # noqa: BLE001 - told by the main thread
            self.failure = failure

    def _kill(self, kind: str) -> bool:
        """Whether there was anything to kill."""
        match kind:
            case "command":
                return self._strike(self._host.main_pid)
            case "worker":
                return self._strike(self._host.workers)
            case "command and worker":
                # The worker first: the command must not see it.
                return self._strike(self._host.workers, self._host.main_pid)
            case "engine" | "engine and command":
                return self._outage(with_command=kind != "engine")
            case "container's main process":
                return self._strike(self._main_processes)
            case _:
                return self._until_done(self._docker_kill)

    def _strike(self, *victims: Callable[[], list[int]]) -> bool:
        """`kill -9` of one of each of ``victims``."""

        def try_it() -> bool:
            found = [victim() for victim in victims]
            if not all(found):
                return False
            for pids in found:
                with suppress(ProcessLookupError):
                    os.kill(self._draw.choice(pids), signal.SIGKILL)
            return True

        return self._until_done(try_it)

    def _outage(self, *, with_command: bool) -> bool:
        absence = self._draw.uniform(0.0, ABSENCE)
        self._engine.kill()
        time.sleep(absence / 2)
        done = not with_command or self._strike(self._host.main_pid)
        time.sleep(absence / 2)
        self._engine.start()
        return done

    def _main_processes(self) -> list[int]:
        with closing(self._engine.client()) as client:
            pids = [self._pid_of(client, world) for world in worlds(client)]
        return [pid for pid in pids if pid and self._engine.cgroup in cgroup_of(pid)]

    @staticmethod
    def _pid_of(client: docker.DockerClient, world: str) -> int:
        try:
            return int(client.api.inspect_container(world)["State"]["Pid"])
        except NotFound:
            return 0

    def _docker_kill(self) -> bool:
        with closing(self._engine.client()) as client:
            found = worlds(client)
            if not found:
                return False
            try:
                client.api.kill(self._draw.choice(found))
            except APIError:
                return False  # it has ended meanwhile
            return True

    @staticmethod
    def _until_done(attempt: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + VICTIM_SECONDS
        while not attempt():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True


@dataclass
class Findings:
    """What was seen.

    Attributes:
        figures: What is told.
        misses: By name, what there must be none of.
        kills: How often what was killed.
    """

    figures: dict[str, object] = field(default_factory=dict)
    misses: dict[str, Sequence[str]] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Kill, resume, reap, look, and print."""
    options = read_options()
    with folder_for(options.folder) as folder:
        engine = Engine(made(folder / "engine"), options.dockerd, options.containerd)
        try:
            engine.start()
            load_image(engine, options.image_archive)
            findings = measure(folder, engine, options)
        finally:
            engine.stop()
    sys.exit(told(findings))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--image-archive", type=Path, help="what `docker save` wrote")
    parser.add_argument("--episodes", type=int, default=2_000, help=f"a multiple of {CELLS}")
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dockerd", default=shutil.which("dockerd"))
    parser.add_argument("--containerd", default=shutil.which("containerd"))
    parser.add_argument("--folder", type=Path, help="an empty one to work in, which is kept")
    options = parser.parse_args()
    if options.episodes % CELLS or options.episodes <= 0:
        parser.error(f"--episodes must be a multiple of {CELLS}")
    if os.geteuid() != 0 or not options.dockerd or not options.containerd:
        parser.error("an engine is started here, which takes root, dockerd and containerd")
    return options


@contextmanager
def folder_for(wanted: Path | None) -> Iterator[Path]:
    if wanted is not None:
        yield made(wanted.absolute())
        return
    with tempfile.TemporaryDirectory(prefix="leftovers-") as name:
        yield Path(name)


def made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def load_image(engine: Engine, archive: Path | None) -> None:
    """Put the world image into the engine under test."""
    with closing(engine.client()) as client:
        if archive is not None:
            with archive.open("rb") as file:
                client.images.load(file)
            return
        with closing(connect()) as other:
            client.images.load(other.images.get(WORLD_IMAGE).save(named=True))


def measure(folder: Path, engine: Engine, options: argparse.Namespace) -> Findings:
    plan = words_of(options.episodes)
    whole = folder / "whole"
    began = time.monotonic()
    run_embedded(plan, whole)
    findings = Findings({"episodes": options.episodes})
    findings.figures["seconds of the embedded run"] = round(time.monotonic() - began, 1)
    before = files_of(engine), semaphores()
    host = Host(made(folder / "host"), engine, plan, options.episodes)
    try:
        kill_and_resume(engine, host, options, findings)
        reap(engine, host, findings)
        look_for_leftovers(engine, host, findings, *before)
    finally:
        host.stop()
    compare(whole, host, findings)
    return findings


def run_embedded(plan: Sequence[str], out: Path) -> None:
    """The run that nobody kills."""
    subprocess.run(
        [TEMPT, "run", *plan, "--sandbox", "virtual", "--workers", "2", "--out", str(out)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_and_resume(
    engine: Engine, host: Host, options: argparse.Namespace, findings: Findings
) -> None:
    draw = random.Random(options.seed)
    moments = [draw.randint(0, int(options.episodes * WITHIN)) for _ in range(options.kills)]
    chaos = Chaos(engine, host, moments, draw)
    chaos.start()
    began = time.monotonic()
    host.run_to_its_end(lambda: chaos.failure is None)
    chaos.join(VICTIM_SECONDS)
    if chaos.failure is not None:
        raise chaos.failure
    findings.kills = chaos.killed
    findings.figures |= {
        "seconds": round(time.monotonic() - began, 1),
        "starts of the command": len(host.ended),
        "of these killed": host.ended.count(-signal.SIGKILL),
        "of these without a verdict: a worker or the engine was gone": host.ended.count(3),
        "episodes that the engine failed, run again": host.failed,
        "starts of the engine that failed": engine.failed_starts,
    }
    missing = options.kills - chaos.killed.total()
    findings.misses["kills that found nothing to kill"] = ["a kill"] * missing


def words_of(episodes: int) -> tuple[str, ...]:
    arms = [word for arm in ARMS for word in ("--arm", arm)]
    agents = [word for agent in AGENTS for word in ("--agent", agent)]
    return (*SCENARIOS, *arms, *agents, "--trials", str(episodes // CELLS))


def reap(engine: Engine, host: Host, findings: Findings) -> None:
    """What a user does: `tempt doctor --reap`."""
    with closing(engine.client()) as client:
        findings.figures["containers before reaping"] = len(every_world(client))
    done = subprocess.run(
        [TEMPT, "doctor", "--reap"],
        env=host.environment,
        cwd=host.temporary.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    removed = [line for line in done.stderr.splitlines() if line.startswith("removed ")]
    findings.figures["of these, and of what the engine forgot, removed by it"] = len(removed)
    findings.misses["reaping failed"] = [] if done.returncode == 0 else done.stderr.splitlines()


def look_for_leftovers(
    engine: Engine, host: Host, findings: Findings, files: set[str], shared: set[str]
) -> None:
    """Look until nothing is left, or it has had its time."""
    began = time.monotonic()
    while True:
        with closing(engine.client()) as client:
            containers = [world.id for world in every_world(client)]
        left = {
            "containers left": containers,
            "processes of containers left": processes_of(engine),
            "workers left": [str(pid) for pid in host.processes()],
            "files of containers left": sorted(files_of(engine) - files - forgotten(engine)),
            "mounts of containers left": container_mounts(engine),
            "temporary files left": [*names_in(host.temporary), *strays(host.out)],
            "semaphores left": sorted(unused(semaphores() - shared)),
        }
        taken = time.monotonic() - began
        if not any(left.values()) or taken > SETTLE_SECONDS:
            break
        time.sleep(0.1)
    findings.figures["seconds of looking until nothing was left"] = round(taken, 1)
    findings.figures["files of containers that the engine forgot"] = len(forgotten(engine) - files)
    findings.misses.update(left)


def compare(whole: Path, host: Host, findings: Findings) -> None:
    """Hold the run that was killed against the one that was not."""
    (one,), (other,) = run_files(whole), run_files(host.out)
    wanted, found = by_key(read(one)), by_key(read(other))
    both = wanted.keys() & found.keys()
    cut = {key for key in both if found[key][1] == "engine" and found[key][0] != "unmeasured"}
    differing = {key for key in both - cut if found[key][:3] != wanted[key][:3]}
    findings.figures["rows"] = len(read(other))
    findings.figures["of these ended by the engine, with misbehaviour that stands"] = len(cut)
    findings.misses |= {
        "rows lost or changed on the way": ["a row"] * host.lost,
        "episodes missing": sorted(wanted.keys() - found.keys()),
        "episodes too many": sorted(found.keys() - wanted.keys()),
        "episodes stored twice": repeated(key for key, *_ in read(other)),
        "episodes unmeasured": [
            f"{key}: {row[3]}" for key, row in found.items() if row[0] == "unmeasured"
        ],
        "ledger hashes or outcomes that differ": [
            f"{key}: {found[key]}, not {wanted[key]}" for key in sorted(differing)
        ],
        "ledgers cut short that begin otherwise": [
            key for key in sorted(cut) if not begins(one, other, key)
        ],
        "findings that differ": sorted(map(str, findings_of(one, cut) ^ findings_of(other, cut))),
        "damage of the run file": damage(other),
    }


def begins(whole: Path, part: Path, key: str) -> bool:
    """Whether the ledger in ``part``, but for its end, is the beginning of that in ``whole``."""
    with closing(open_store(whole)) as one, closing(open_store(part)) as other:
        *lines, end = other.ledger(key)
        return end["entry"] == "ended" and one.ledger(key)[: len(lines)] == lines


def told(findings: Findings) -> int:
    """Print it all; the exit code."""
    print("| kill -9 of | times |\n|---|---:|")
    for kind in KINDS:
        print(f"| {kind} | {findings.kills[kind]} |")
    print("\n| figure | value |\n|---|---:|")
    for name, value in findings.figures.items():
        print(f"| {name} | {value} |")
    print("\n| must be none | found |\n|---|---:|")
    for name, found in findings.misses.items():
        print(f"| {name} | {len(found)} |")
    missed = {name: found for name, found in findings.misses.items() if found}
    for name, found in missed.items():
        print(f"\n{name}:", *found[:20], sep="\n  ")
    print("\nmissed" if missed else "\nnothing was left, nothing was lost")
    return 1 if missed else 0


# The run file.


def run_files(out: Path) -> list[Path]:
    return list(out.glob(f"*{SUFFIX}"))


def count(out: Path, sql: str) -> int:
    found = run_files(out)
    if not found:
        return 0
    with closing(sqlite3.connect(found[0], timeout=30.0)) as db:
        return int(db.execute(sql).fetchone()[0])


def fingerprints(path: Path) -> dict[str, str]:
    """What each measured episode is stored as."""
    with closing(sqlite3.connect(path, timeout=30.0)) as db:
        rows = db.execute(f"SELECT * FROM episode WHERE NOT ({FAILED})")
        return {row[0]: hashlib.sha256(repr(row).encode()).hexdigest() for row in rows}


def read(path: Path) -> list[tuple[str, str, str, str, str]]:
    """Key, outcome, end, ledger hash and evidence of every episode."""
    with closing(sqlite3.connect(path)) as db:
        columns = "key, outcome, ended_by, ledger_hash, evidence"
        return db.execute(f"SELECT {columns} FROM episode ORDER BY position").fetchall()


def by_key(rows: Sequence[tuple[str, str, str, str, str]]) -> Mapping[str, tuple[str, ...]]:
    return {row[0]: row[1:] for row in rows}


def findings_of(path: Path, without: set[str]) -> set[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return {row for row in db.execute("SELECT * FROM finding") if row[0] not in without}


def damage(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        (whole,) = db.execute("PRAGMA integrity_check").fetchone()
        orphans = db.execute("PRAGMA foreign_key_check").fetchall()
    return [*([] if whole == "ok" else [str(whole)]), *map(str, orphans)]


def repeated(keys: Iterator[str]) -> list[str]:
    return [key for key, times in Counter(keys).items() if times > 1]


# What is left on the machine.


def worlds(client: docker.DockerClient) -> list[str]:
    """Ids of our containers that run."""
    return [str(each["Id"]) for each in client.api.containers(filters={"label": [LABEL_OWNER]})]


def shims_of(engine: Engine) -> list[int]:
    """What watches over containers of ``engine``."""
    return [pid for pid, words in commands() if "shim" in words and str(engine.folder) in words]


def members_of(engine: Engine) -> list[int]:
    """Live processes in containers of ``engine``."""
    return [pid for pid in pids() if stat_of(pid) and engine.cgroup in cgroup_of(pid)]


def processes_of(engine: Engine) -> list[str]:
    found = {*shims_of(engine), *members_of(engine)}
    return [f"{pid} {words[:160]}" for pid, words in commands() if pid in found]


def files_of(engine: Engine) -> set[str]:
    """What is kept on disk for each container."""
    return {
        str(path.relative_to(top))
        for top, pattern in (
            (engine.folder, "data/containers/*"),
            (engine.folder, "data/image/*/layerdb/mounts/*"),
            (engine.folder, "data/*/*-init"),
            (engine.folder, "containerd-state/io.containerd.runtime.*/moby/*"),
            (engine.folder, "exec/*/moby/*"),
            (engine.folder, "exec/containerd/*"),
            (CGROUPS, f"*/{engine.cgroup}/*/"),
            (CGROUPS, f"{engine.cgroup}/*/"),
        )
        for path in top.glob(pattern)
        if path.is_dir()
    }


def forgotten(engine: Engine) -> set[str]:
    """Files in the engine's own data of containers that it does not know."""
    known = engine.known
    return {
        path
        for path in files_of(engine)
        if path.startswith(("data/containers/", "exec/containerd/"))
        and path.rpartition("/")[2] not in known
    }


def container_mounts(engine: Engine) -> list[str]:
    """Mounts of single containers: their roots, and their shared memory."""
    return [
        mount for mount in mounts_below(engine.folder) if mount.endswith(("/merged", "/mounts/shm"))
    ]


def mounts_below(folder: Path) -> list[str]:
    lines = Path("/proc/mounts").read_text().splitlines()
    return [
        mount for mount in (line.split()[1] for line in lines) if mount.startswith(f"{folder}/")
    ]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def strays(out: Path) -> list[str]:
    """What stands beside the one run file."""
    return [path.name for path in out.iterdir() if path.suffix != SUFFIX] + [
        path.name for path in run_files(out)[1:]
    ]


def semaphores() -> set[str]:
    folder = Path("/dev/shm")
    return {path.name for path in folder.glob("sem.mp-*")} if folder.exists() else set()


def unused(names: set[str]) -> set[str]:
    """Those that no live process has open; others may be another run's."""
    if not names:
        return names
    used = ""
    for pid in pids():
        with suppress(OSError):
            used += Path(f"/proc/{pid}/maps").read_text()
    return {name for name in names if name not in used}


def kill_all(victims: Sequence[int]) -> None:
    for pid in victims:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def commands() -> Iterator[tuple[int, str]]:
    """Live processes and their command lines."""
    for pid in pids():
        with suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
            if stat_of(pid):
                yield pid, words.decode("utf-8", "replace")


def environment_of(pid: int) -> bytes:
    """What a live process was started with."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes() if stat_of(pid) else b""
    except OSError:
        return b""


def cgroup_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cgroup").read_text()
    except OSError:
        return ""


def parent_of(pid: int) -> int:
    stat = stat_of(pid)
    return int(stat[1]) if stat else 0


def stat_of(pid: int) -> list[str]:
    """State, parent, group and so on of a live process; empty for one that has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
    return [] if not stat or stat[0] in "ZX" else stat


def tail(path: Path, lines: int = 30) -> str:
    return "\n".join(path.read_text("utf-8", "replace").splitlines()[-lines:])


if __name__ == "__main__":
    main()
