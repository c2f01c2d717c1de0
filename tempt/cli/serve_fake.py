"""`tempt serve-fake`: a provider of models on this machine, to try things against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tempt.cli.output import put
from tempt.cli.selection import at_least, catalogue, select_factors, select_scenarios
from tempt.config import load_config
from tempt.envs.scenario import AnyScenario
from tempt.errors import ExitCode, UsageProblem, nearest
from tempt.fake.answers import EFFORTS, ChatReasoning, Manner
from tempt.fake.faults import DIALECTS, Fault
from tempt.fake.server import DEFAULT_TRIALS, FakeProvider
from tempt.reports.text import columns

_PORTS = 65_536
_LONGEST = 600


@dataclass(frozen=True)
class ServeOptions:
    """Options of `tempt serve-fake`.

    Attributes:
        port: Where to listen on 127.0.0.1; 0 takes any free port.
        latency: Seconds before every answer.
        trials: The first so many trials of every scenario are served.
        factor: Levels that are served beside the defaults, such as policy=P0,P3; repeatable.
        scenario: A scenario of your own to be served as well, as "module:NAME"; repeatable.
        chat_reasoning: Where Chat Completions has thoughts: reasoning_content, reasoning,
            reasoning_details or think.
        clamp_effort: Most reasoning effort that is given, whatever is asked for: none to max.
        ignore_effort: Think even where no effort is asked for.
        list_faults: List what can be made to go wrong, and end.
    """

    port: int = 0
    latency: float = 0.0
    trials: int = DEFAULT_TRIALS
    factor: tuple[str, ...] = ()
    scenario: tuple[str, ...] = ()
    chat_reasoning: str = ChatReasoning.REASONING_CONTENT.value
    clamp_effort: str = ""
    ignore_effort: bool = False
    list_faults: bool = False


def serve_fake(
    *, options: Annotated[ServeOptions, Parameter(name="*")] = ServeOptions()
) -> ExitCode:
    """Serve the scripted policies as models, in OpenAI's and Anthropic's formats, until Ctrl-C.

    A model's name is fake-POLICY, such as fake-honest; fake-POLICY.FAULT.TURN.TIMES has a fault at
    a turn (the second by default), on the first so many attempts (on all by default).

    Args:
        options: See there.
    """
    if options.list_faults:
        put(columns([[fault, _spoken(fault), fault.summary] for fault in Fault]))
        return ExitCode.OK
    provider = _provider(options)
    url = provider.url
    try:
        put([f"serving on {url} (OpenAI: base URL {url}/v1; Anthropic: base URL {url})"])
        provider.serve()
    except KeyboardInterrupt:
        pass
    finally:
        provider.close()
    return ExitCode.OK


def _spoken(fault: Fault) -> str:
    return "all" if fault.dialects == DIALECTS else ", ".join(fault.dialects)


def _provider(options: ServeOptions) -> FakeProvider:
    port, latency, manner = at_least(options.port, 0, "--port"), options.latency, _manner(options)
    if port >= _PORTS:
        raise UsageProblem(f"--port must be below {_PORTS}, not {port}", "give another number")
    if not 0 <= latency <= _LONGEST or math.isnan(latency):
        message = f"--latency must be from 0 to {_LONGEST} seconds, not {latency}"
        raise UsageProblem(message, "give another number")
    trials = at_least(options.trials, 1, "--trials")
    scenarios = _scenarios(options.scenario)
    grid = _grid(options.factor, scenarios)
    try:
        return FakeProvider(
            scenarios,
            port=port,
            latency=latency,
            trials=trials,
            grid=grid,
            manner=manner,
            keep=0,
        )
    except OSError as error:
        message = f"port {port} can't be listened on: {error.strerror}"
        raise UsageProblem(message, "--port 0 takes any free port") from error


def _scenarios(own: Sequence[str]) -> list[AnyScenario]:
    """All that ship, those of the configuration, and ``own``, each id once."""
    config = load_config(Path.cwd())
    found = select_scenarios([*catalogue(config), *own], None, config).values()
    scenarios = {scenario.id: scenario for scenario in found}
    if len(scenarios) < len(found):
        message = "two of the scenarios to be served have the same id"
        raise UsageProblem(message, "give one of them another id, or leave it out")
    return list(scenarios.values())


def _grid(words: Sequence[str], scenarios: Sequence[AnyScenario]) -> dict[str, tuple[str, ...]]:
    """The levels, each checked against the scenarios that have its factor; one at least must."""
    grid: dict[str, tuple[str, ...]] = {}
    for word in words:
        name = word.partition("=")[0]
        having = [s for s in scenarios if any(factor.name == name for factor in s.factors)]
        levels = select_factors([word], having or scenarios)[name]
        grid[name] = (*grid.get(name, ()), *levels)
    return grid


def _manner(options: ServeOptions) -> Manner:
    places = [place.value for place in ChatReasoning]
    place = _one_of(options.chat_reasoning, places, "--chat-reasoning")
    clamp = options.clamp_effort and _one_of(options.clamp_effort, EFFORTS, "--clamp-effort")
    return Manner(ChatReasoning(place), clamp, options.ignore_effort)


def _one_of(word: str, known: Sequence[str], option: str) -> str:
    if word not in known:
        hint = nearest(word, known, f"it is one of: {', '.join(known)}")
        raise UsageProblem(f'{option} is "{word}", which is unknown', hint)
    return word
