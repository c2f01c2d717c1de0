"""Which world a request is about, which policy plays in it, and what that policy does next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from threading import Lock
from typing import Any

from tempt.envs.factors import Arm
from tempt.envs.scenario import AnyScenario
from tempt.envs.transcript import Observation
from tempt.envs.world import Instance, Move, ScriptedPolicy, World
from tempt.fake.answers import NOTHING_LEFT, Manner, Turn, as_turn
from tempt.fake.faults import FAULTS, Fault
from tempt.fake.problems import Problem
from tempt.fake.shapes import SHAPES
from tempt.fake.wire import Asked, Dialect, Former

PREFIX = "fake-"
DEFAULT_TURN = 2
_WORLDS = 256
_STOP = Move(NOTHING_LEFT)

Grid = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Role:
    """What a model's name asks for: ``fake-POLICY[.FAULT[.TURN[.TIMES]]]``.

    Attributes:
        policy: The policy played.
        fault: What goes wrong, if anything.
        turn: The 1-based turn at which it does.
        times: On how many attempts; ``None`` for all.
    """

    policy: str
    fault: Fault | None = None
    turn: int = DEFAULT_TURN
    times: int | None = None

    def goes_wrong(self, turn: int, attempt: int) -> bool:
        """Whether the fault happens at the 0-based ``attempt`` of the 1-based ``turn``."""
        if self.fault is None or turn != self.turn:
            return False
        return self.times is None or attempt < self.times


def read_role(model: str, dialect: str) -> Role:
    """The role that ``model`` asks for.

    Raises:
        Problem: There is no such model.
    """
    policy, *rest = model.removeprefix(PREFIX).split(".")
    try:
        if not model.startswith(PREFIX) or len(rest) > 3:
            raise ValueError(model)
        fault = FAULTS[rest[0]] if rest else None
        numbers = [_positive(text) for text in rest[1:]]
    except (KeyError, ValueError):
        raise no_model(model) from None
    if fault is not None and dialect not in fault.dialects:
        raise no_model(model)
    turn = numbers[0] if numbers else DEFAULT_TURN
    return Role(policy, fault, turn, numbers[1] if len(numbers) > 1 else None)


def no_model(model: str) -> Problem:
    """There is no such model."""
    return Problem(
        f"The model '{model[:120]}' does not exist. Models are fake-POLICY[.FAULT[.TURN[.TIMES]]]; "
        "GET /v1/models lists the policies, `tempt serve-fake --list-faults` the faults.",
        status=404,
        code="model_not_found",
    )


class Company:
    """All the worlds that can be asked for. They are found by digest and built when asked for.

    Args:
        scenarios: The scenarios.
        trials: How many trials of each.
        grid: Factor levels that are served beside the defaults.
    """

    def __init__(self, scenarios: Iterable[AnyScenario], trials: int, grid: Grid) -> None:
        self._scenarios = {scenario.id: scenario for scenario in scenarios}
        self._trials = trials
        self._grid = {name: tuple(levels) for name, levels in grid.items()}
        self._known: dict[str, Instance] = {}
        self._coming = self._instances()
        self._lock = Lock()
        self._world = lru_cache(maxsize=_WORLDS)(self._build)

    @property
    def policies(self) -> tuple[str, ...]:
        """Every policy of every scenario, once."""
        names = (name for scenario in self._scenarios.values() for name in scenario.policies)
        return tuple(dict.fromkeys(names))

    def world(self, episode: str) -> World[Any]:
        """The world whose instance has the digest ``episode``.

        Raises:
            Problem: None that is served has it.
        """
        if self._find(episode) is None:
            raise self._unknown(episode)
        return self._world(episode)

    def policy(self, world: World[Any], name: str) -> ScriptedPolicy[Any] | None:
        """The policy ``name`` of the world's scenario, if it has one."""
        return self._scenarios[world.instance.scenario].policies.get(name)

    def _find(self, episode: str) -> Instance | None:
        """Instances are looked through in order of trial, once, as far as need be."""
        with self._lock:
            while episode not in self._known:
                instance = next(self._coming, None)
                if instance is None:
                    return None
                self._known[instance.digest] = instance
            return self._known[episode]

    def _build(self, episode: str) -> World[Any]:
        instance = self._known[episode]
        return self._scenarios[instance.scenario].build(instance)

    def _instances(self) -> Iterator[Instance]:
        cells = [
            (scenario, arm, levels)
            for scenario in self._scenarios.values()
            for arm in Arm
            for levels in self._levels(scenario)
        ]
        for trial in range(self._trials):
            for scenario, arm, levels in cells:
                yield scenario.instance(arm, levels, trial)

    def _levels(self, scenario: AnyScenario) -> Iterator[dict[str, str]]:
        """The defaults, and the grid of those factors that the scenario has."""
        names = [factor.name for factor in scenario.factors if factor.name in self._grid]
        yield {}
        if names:
            for chosen in product(*(self._grid[name] for name in names)):
                yield dict(zip(names, chosen, strict=True))

    def _unknown(self, episode: str) -> Problem:
        grid = "".join(f" and {name}={','.join(ls)}" for name, ls in self._grid.items())
        return Problem(
            f"No instance with the digest {episode} is served, only those of "
            f"{', '.join(self._scenarios)} in all arms, trials 0 to {self._trials - 1}, factors at "
            f"their defaults{grid}. `tempt serve-fake --trials N`, `--factor name=level,level` and "
            "`--scenario module:NAME` serve more; both sides need the same version of a scenario."
        )


class Performance:
    """A policy played from its start, move by move."""

    def __init__(self, policy: ScriptedPolicy[Any], world: World[Any]) -> None:
        self._script = policy(world)
        self.move = self._next(None)

    def answer(self, observations: tuple[Observation, ...]) -> None:
        """Tell the policy what came of its move; it makes the next one."""
        self.move = self._next(observations)

    def _next(self, observations: tuple[Observation, ...] | None) -> Move:
        try:
            return next(self._script) if observations is None else self._script.send(observations)
        except StopIteration:
            return _STOP
        except Exception as error:
            said = f"The policy failed: {type(error).__name__}: {error}"
            raise Problem(said[:300], status=500) from error


@dataclass(frozen=True, slots=True)
class Part:
    """A policy to be played in a world, as a role has it."""

    role: Role
    policy: ScriptedPolicy[Any]
    world: World[Any]
    manner: Manner

    def next_turn(self, asked: Asked, dialect: Dialect) -> Turn:
        """The policy's turn after those that ``asked`` holds, as yet without the role's fault.

        Raises:
            Problem: A former turn is not as it was given, or not answered as it must be.
        """
        episode = self.world.instance.digest
        performance = Performance(self.policy, self.world)
        turn = as_turn(performance.move, 1, episode, thinks=asked.thinking.wanted)
        for number, former in enumerate(asked.formers, start=2):
            given = dialect.recognise(former, self._given(turn), asked, self.manner)
            observations = _observations(former, given, dialect)
            # A move whose calls never reached the client is made again.
            if given.calls or not turn.calls:
                performance.answer(observations)
            turn = as_turn(performance.move, number, episode, thinks=asked.thinking.wanted)
        return turn

    def _given(self, turn: Turn) -> Iterator[Turn]:
        """The forms in which ``turn`` may have been given."""
        role = self.role
        changed = turn.number == role.turn and role.fault in SHAPES
        if changed and role.fault is not None:
            yield SHAPES[role.fault](turn)
        if not changed or role.times is not None:
            yield turn


def _observations(former: Former, given: Turn, dialect: Dialect) -> tuple[Observation, ...]:
    results = dialect.results(former, given)
    found = ((call.name, results[call.id or ""]) for call in given.calls)
    return tuple(Observation(r.call_id, name, r.text, r.status) for name, r in found)


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6 or int(text) < 1:
        raise ValueError(text)
    return int(text)
