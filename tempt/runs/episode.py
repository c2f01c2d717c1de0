"""The one place that lets an agent act and a world answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from tempt.agents import (
    Agent,
    AgentError,
    AgentFactory,
    SupportsAbandon,
    SupportsClose,
    parse_agent,
)
from tempt.envs.env import ToolEnv
from tempt.envs.judgement import Judgement, unmeasured
from tempt.envs.ledger import Ended
from tempt.envs.scenario import AnyScenario
from tempt.envs.skins import SkinError
from tempt.envs.transcript import (
    UNMEASURING,
    EndedBy,
    ModelTurn,
    Observation,
    Status,
    Step,
    Stop,
    ToolCall,
    Transcript,
)
from tempt.envs.world import ScriptedPolicy, World
from tempt.monitors import Finding, Monitor, monitors_for
from tempt.monitors.base import events_of
from tempt.monitors.guard import GuardedEnv
from tempt.runs.defects import Defect, defect_of, defective, monitor_failed
from tempt.runs.guards import parse_guard
from tempt.runs.spec import EpisodeSpec, scenario_of
from tempt.sandbox.base import SandboxEngineError, SandboxProvider, UnsupportedError

T = TypeVar("T")
_MAX_REASON = 300
FAILED = "the agent failed: "
"""What the line of evidence begins with that says why an agent could not go on."""

Policies = Mapping[str, ScriptedPolicy[Any]]
AgentMaker = Callable[[World[Any], Policies], Agent]


@dataclass(frozen=True, slots=True)
class EpisodeResult:
    """All that is kept of an episode.

    Attributes:
        spec: What was to be run.
        judgement: The oracle's word.
        ended_by: Why it ended.
        reward: Sum of the visible rewards.
        ledger: The ledger's lines.
        ledger_hash: Its hash.
        transcript: What was said and done.
        findings: What the monitors stated.
        defects: Exceptions of scenario or monitors, which the evidence speaks of too.
        transient: Whether another try at another time may measure it, should it be unmeasured.
        skin: The world's skin; empty where there was no world.
    """

    spec: EpisodeSpec
    judgement: Judgement
    ended_by: EndedBy
    reward: float
    ledger: Sequence[str]
    ledger_hash: str
    transcript: Transcript
    findings: tuple[Finding, ...]
    defects: tuple[Defect, ...] = ()
    transient: bool = False
    skin: str = ""


@dataclass(slots=True)
class _Lived:
    """An episode while it is going on."""

    env: ToolEnv
    door: GuardedEnv | None = None
    turns: list[ModelTurn] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    ended_by: EndedBy | None = None
    transient: bool = False
    defects: list[Defect] = field(default_factory=list)

    def not_executed(self) -> tuple[ToolCall, ...]:
        """Calls of the last turn that came to no step: after the end, or as the engine failed."""
        last = len(self.turns) - 1
        executed = sum(step.turn == last for step in self.steps)
        return self.turns[last].calls[executed:] if self.turns else ()


def run_episode(
    spec: EpisodeSpec, provider: SandboxProvider, agents: AgentFactory
) -> EpisodeResult:
    """Run one episode to its end; whatever fails is an ending, not an exception."""

    def make(world: World[Any], policies: Policies) -> Agent:
        return agents.create(parse_agent(spec.cell.agent), world, policies, spec.agent_seed)

    return run_with(spec, provider, make)


def run_with(spec: EpisodeSpec, provider: SandboxProvider, make: AgentMaker) -> EpisodeResult:
    """Run one episode with the agent that ``make`` gives, whatever the spec's own agent.

    Raises:
        UnsupportedError: The backend lacks what the scenario requires.
    """
    try:
        scenario = scenario_of(spec.cell)
        lived = _open(spec, scenario, provider)
    except UnsupportedError:
        raise
    except (SandboxEngineError, SkinError) as error:
        return _stillborn(spec, EndedBy.ENGINE, unmeasured(EndedBy.ENGINE, str(error)))
    except Exception as error:  # noqa: BLE001 - a defect costs its own episode only
        defect = defect_of(error)
        return _stillborn(spec, EndedBy.ADAPTER, defective(defect), defect)
    try:
        judgement = _live(lived, partial(make, lived.env.world, scenario.policies))
        return _result(spec, lived, judgement, scenario)
    finally:
        lived.env.close()


def _open(spec: EpisodeSpec, scenario: AnyScenario, provider: SandboxProvider) -> _Lived:
    """The spec's world, opened, with its guard in front."""
    env = ToolEnv(
        scenario,
        arm=spec.cell.arm.value,
        factors=spec.cell.levels,
        sandbox=provider,
        max_steps=spec.max_steps,
    )
    guard = spec.cell.guard
    door = GuardedEnv(env, parse_guard(guard).make()) if guard else None
    (door or env).reset(options={"trial": spec.trial})
    return _Lived(env, door)


def _live(lived: _Lived, make: Callable[[], Agent]) -> Judgement:
    """The whole episode, and the oracle's word on it unless the scenario fails."""
    try:
        return _live_and_judge(lived, make)
    except Exception as error:  # noqa: BLE001 - a defect costs its own episode only
        defect = defect_of(error)
        lived.defects.append(defect)
        lived.ended_by = EndedBy.ADAPTER
        supervisor = lived.env.supervisor
        if not any(isinstance(entry, Ended) for entry in supervisor.ledger):
            supervisor.ledger.append(Ended(supervisor.step, EndedBy.ADAPTER))
        return defective(defect)


def _live_and_judge(lived: _Lived, make: Callable[[], Agent]) -> Judgement:
    env = lived.env
    failure: tuple[str, ...] = ()
    try:
        try:
            with _agent(make) as agent:
                ended_by = _act_out(lived, agent)
            failure = tuple(_unfinished(lived.turns[-1:]))
        except AgentError as error:
            ended_by, failure = error.ended_by, (f"{FAILED}{error}",)
            lived.transient = error.transient
        judgement = env.finish(ended_by)
    except SandboxEngineError as error:
        ended_by = EndedBy.ENGINE
        lived.transient = True
        judgement = env.supervisor.abandon(ended_by, str(error))
    lived.ended_by = ended_by
    return replace(judgement, evidence=(*judgement.evidence, *failure))


def _act_out(lived: _Lived, agent: Agent) -> EndedBy:
    """Turn after turn until the episode ends."""
    _guarded(partial(agent.begin, lived.env.world.brief))
    observations: tuple[Observation, ...] = ()
    while lived.ended_by is None:
        turn = _guarded(partial(agent.act, observations))
        lived.turns.append(turn)
        lived.ended_by = ending_of(turn)
        if lived.door is not None:
            lived.door.hear(turn)
        with lived.env.turn():
            observations = tuple(_carry_out(lived, call) for call in turn.calls)
    return lived.ended_by


@contextmanager
def _agent(make: Callable[[], Agent]) -> Iterator[Agent]:
    """The agent, told when its episode is over, or broken off, if it wants to know."""
    agent = _guarded(make)
    try:
        yield agent
    except AgentError:
        raise
    except BaseException:
        if isinstance(agent, SupportsAbandon):
            _guarded(agent.abandon)
        raise
    finally:
        if isinstance(agent, SupportsClose):
            _guarded(agent.close)


def _unfinished(last: Sequence[ModelTurn]) -> Iterator[str]:
    """What was wrong with the last turn, where something was."""
    for turn in last:
        if ending_of(turn) in UNMEASURING:
            said = turn.stop_reason[:_MAX_REASON]
            yield f"{FAILED}its last reply was {turn.stop.value} ({said!r})"


def ending_of(turn: ModelTurn) -> EndedBy | None:
    """The ending that a turn is in itself: one that asks for nothing, or was not meant to.

    A reply that was cut, refused or empty is no decision to stop. What a cut one still asks for is
    carried out, as arguments that were cut fail their check and the agent is told so.
    """
    if turn.stop is Stop.CONTEXT:
        return EndedBy.CONTEXT
    if turn.stop is Stop.REFUSED:
        return EndedBy.MODEL
    if turn.calls:
        return None
    return EndedBy.NO_CALL if turn.stop is Stop.END else EndedBy.MODEL


def _guarded(ask: Callable[[], T]) -> T:
    """Whatever else an agent raises ends its episode too, visibly."""
    try:
        return ask()
    except AgentError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {str(error)[:_MAX_REASON]}"
        raise AgentError(reason, EndedBy.ADAPTER) from error


def _carry_out(lived: _Lived, call: ToolCall) -> Observation:
    env = lived.env
    if lived.ended_by is not None:
        return Observation(call.id, call.name, "", Status.NOT_EXECUTED)
    action = env.action_space.encode(call.name, call.arguments)
    _, reward, terminated, truncated, _ = (lived.door or env).step(action)
    answer = env.answer
    observation = Observation(call.id, call.name, answer.text, answer.status, answer.cues)
    turn = len(lived.turns) - 1
    index = len(lived.steps) + 1
    lived.steps.append(Step(index, turn, call, observation, reward, answer.changes))
    if terminated or truncated:
        lived.ended_by = answer.ends or EndedBy.STEPS
    return observation


def _result(
    spec: EpisodeSpec, lived: _Lived, judgement: Judgement, scenario: AnyScenario
) -> EpisodeResult:
    env = lived.env
    brief, ledger = env.world.brief, env.supervisor.ledger
    transcript = Transcript(
        system=brief.system,
        user=brief.user,
        turns=tuple(lived.turns),
        steps=tuple(lived.steps),
        not_executed=lived.not_executed(),
    )
    findings, failures = observe(transcript, monitors_for(scenario.category))
    lived.defects += failures.values()
    evidence = [monitor_failed(name, defect) for name, defect in failures.items()]
    return EpisodeResult(
        spec=spec,
        judgement=replace(judgement, evidence=(*judgement.evidence, *evidence)),
        ended_by=lived.ended_by or EndedBy.ADAPTER,
        reward=sum(step.reward for step in lived.steps),
        ledger=ledger.lines(),
        ledger_hash=ledger.hash(),
        transcript=transcript,
        findings=findings,
        defects=tuple(lived.defects),
        transient=lived.transient,
        skin=env.world.instance.skin.name,
    )


def observe(
    transcript: Transcript, monitors: Sequence[Monitor]
) -> tuple[tuple[Finding, ...], dict[str, Defect]]:
    """What ``monitors`` state about ``transcript``, each shown its own views only.

    Returns:
        The findings, and by monitor what kept it from making any.
    """
    findings: list[Finding] = []
    failures: dict[str, Defect] = {}
    for monitor in monitors:
        try:
            findings += monitor.observe(events_of(transcript, monitor.views)).findings
        except Exception as error:  # noqa: BLE001 - the outcome stands, and so do other monitors
            failures[monitor.name] = defect_of(error)
    return tuple(findings), failures


def _stillborn(
    spec: EpisodeSpec, ended_by: EndedBy, judgement: Judgement, *defects: Defect
) -> EpisodeResult:
    """An episode whose world could not be opened."""
    return EpisodeResult(
        spec=spec,
        judgement=judgement,
        ended_by=ended_by,
        reward=0.0,
        ledger=(),
        ledger_hash="",
        transcript=Transcript("", ""),
        findings=(),
        defects=defects,
        transient=ended_by is EndedBy.ENGINE,
    )
