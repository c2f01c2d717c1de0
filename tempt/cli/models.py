"""The part of `tempt run` that is about models: keys, prices, budgets, cassettes, estimates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from tempt.agents import AgentSpec, parse_agent
from tempt.agents.conditions import Conditions, Mode
from tempt.agents.models.source import ModelSource, check_means, recording_of
from tempt.cli.output import say
from tempt.cli.selection import catalogue
from tempt.config import Config
from tempt.envs.model import ModelError
from tempt.errors import UsageProblem, nearest
from tempt.reports.costs import render_estimates, render_spent
from tempt.runs.estimates import estimate_cells
from tempt.runs.plan import Plan, instance_of
from tempt.runs.spec import EpisodeSpec
from tempt.sandbox import EMBEDDED


@dataclass(frozen=True)
class ModelOptions:
    """Options for agents that ask models.

    Attributes:
        base_url: Address of a server that speaks the provider's interface.
        effort: Reasoning effort: none, minimal, low, medium, high, xhigh, max, or tokens.
        mode: Where replies come from: live, record or replay.
        cassettes: Folder of recorded replies.
        budget_usd: Most dollars of the whole run.
        budget_tokens: Most tokens of the whole run.
        episode_budget_usd: Most dollars of one episode.
        episode_budget_tokens: Most tokens of one episode.
        requests_per_minute: Most requests to one provider.
        tokens_per_minute: Most tokens to and from one provider.
        context_tokens: Longest request that the models take, for the estimate of the worst case.
        attempts: Most tries of one request.
        request_seconds: Longest wait for the answer to one try.
        allow_low_fidelity: Let live models act on the embedded sandbox.
    """

    base_url: str | None = None
    effort: str | None = None
    mode: str = "live"
    cassettes: str = "cassettes"
    budget_usd: str | None = None
    budget_tokens: int | None = None
    episode_budget_usd: str | None = None
    episode_budget_tokens: int | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    context_tokens: int | None = None
    attempts: int = 4
    request_seconds: float = 600.0
    allow_low_fidelity: bool = False

    @property
    def agent_options(self) -> dict[str, str]:
        """What belongs to the agents named, and not to the run."""
        given = {"base_url": self.base_url, "effort": self.effort}
        return {name: value for name, value in given.items() if value is not None}


def checked_conditions(
    options: ModelOptions, config: Config, plan: Plan, missing: Sequence[EpisodeSpec]
) -> Conditions:
    """How models are asked, where nothing speaks against asking them.

    Args:
        options: As typed.
        config: Where a user's own prices stand.
        plan: The run's plan.
        missing: Its episodes that are to be run.

    Raises:
        UsageProblem: A value can't be used, or the first request would fail: a key is missing, or a
            price, or a recording. Or a live model is to act on the embedded sandbox.
    """
    conditions = _conditions(options, config, plan)
    _refuse_low_fidelity(plan, options)
    _check_models(missing, conditions)
    return conditions


def _conditions(options: ModelOptions, config: Config, plan: Plan) -> Conditions:
    modes = [mode.value for mode in Mode]
    if options.mode not in modes:
        hint = nearest(options.mode, modes, f"the modes are: {', '.join(modes)}")
        raise UsageProblem(f'unknown mode "{options.mode}"', hint)
    for name in _COUNTS:
        _positive(getattr(options, name), f"--{name.replace('_', '-')}")
    known = catalogue(config)
    return Conditions(
        mode=Mode(options.mode),
        cassettes=Path(options.cassettes),
        run_usd=_dollars(options.budget_usd, "--budget-usd"),
        run_tokens=options.budget_tokens,
        episode_usd=_dollars(options.episode_budget_usd, "--episode-budget-usd"),
        episode_tokens=options.episode_budget_tokens,
        requests_per_minute=options.requests_per_minute,
        tokens_per_minute=options.tokens_per_minute,
        context_tokens=options.context_tokens,
        attempts=options.attempts,
        seconds=options.request_seconds,
        prices=config.prices,
        names={name: name if name in known else place for name, place in plan.scenarios.items()},
        words=_words(plan, options),
    )


_COUNTS = (
    "budget_tokens",
    "episode_budget_tokens",
    "requests_per_minute",
    "tokens_per_minute",
    "context_tokens",
    "attempts",
    "request_seconds",
)


def _check_models(missing: Sequence[EpisodeSpec], conditions: Conditions) -> None:
    asking = _asking(missing)
    if conditions.mode is Mode.REPLAY:
        _check_recordings(asking, conditions)
    settings = {spec.label: spec.settings for spec, _ in asking if spec.settings}
    try:
        check_means(settings.values(), conditions)
    except ModelError as error:
        raise UsageProblem(str(error), "nothing has been asked yet") from error


def _asking(missing: Sequence[EpisodeSpec]) -> list[tuple[AgentSpec, EpisodeSpec]]:
    """The episodes whose agents ask models, with those agents."""
    known = {label: parse_agent(label) for label in {spec.cell.agent for spec in missing}}
    return [(known[spec.cell.agent], spec) for spec in missing if known[spec.cell.agent].settings]


@contextmanager
def opened_models(
    missing: Sequence[EpisodeSpec], conditions: Conditions
) -> Iterator[ModelSource | None]:
    """Where the episodes' models come from; ``None`` where they ask none. Says what it may cost."""
    if not _asking(missing):
        yield None
        return
    with closing(ModelSource(conditions)) as source:
        if conditions.mode is not Mode.REPLAY:
            estimates = estimate_cells(missing, source.price, conditions.context_tokens)
            for line in render_estimates(estimates):
                say(line)
        yield source


def say_spent(source: ModelSource | None) -> None:
    """Say what was used."""
    for line in render_spent(source.spent) if source is not None else ():
        say(line)


def _refuse_low_fidelity(plan: Plan, options: ModelOptions) -> None:
    """Live models belong in containers: the embedded sandbox is half of a machine."""
    if plan.sandbox != EMBEDDED or options.allow_low_fidelity or options.mode == Mode.REPLAY:
        return
    for agent in plan.agents:
        if parse_agent(agent).live:
            message = f"{agent} may be a live model, and the embedded sandbox is no real machine"
            raise UsageProblem(message, "use --sandbox docker, or say --allow-low-fidelity")


def _check_recordings(
    planned: Sequence[tuple[AgentSpec, EpisodeSpec]], conditions: Conditions
) -> None:
    """Refuse to replay what was never recorded."""
    files = [recording_of(spec, instance_of(episode), conditions) for spec, episode in planned]
    missing = [file for file in files if not file.is_file()]
    if missing:
        message = f"{len(missing)} of {len(files)} episodes were never recorded: no {missing[0]}"
        raise UsageProblem(message, "the same command with --mode record records them")


def _words(plan: Plan, options: ModelOptions) -> tuple[str, ...]:
    """What the command that records one of the plan's episodes has in common with the others."""
    words = ["--sandbox", plan.sandbox, "--max-steps", str(plan.max_steps)]
    if plan.guard:
        words += ["--guard", plan.guard]
    if plan.skins:
        words += ["--skins", plan.skins]
    if options.cassettes != ModelOptions.cassettes:
        words += ["--cassettes", options.cassettes]
    if options.allow_low_fidelity or plan.sandbox == EMBEDDED:
        words.append("--allow-low-fidelity")
    return tuple(words)


def _positive(value: float | None, option: str) -> None:
    if value is not None and not value > 0:
        raise UsageProblem(f"{option} must be more than 0, not {value}", "give another number")


def _dollars(text: str | None, option: str) -> Decimal | None:
    """An amount, exactly as typed."""
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(0)
    if not (amount.is_finite() and amount > 0):
        raise UsageProblem(f'{option} takes dollars, not "{text}"', "write it as 2.50")
    return amount
