"""Where a run's models come from, and what they share: connections, budget, rate limits."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from tempt.agents.conditions import Conditions, Mode
from tempt.agents.models.base import (
    Ask,
    Dialect,
    Endpoint,
    ModelSettings,
    NotBilledError,
    Purse,
    RemoteModel,
    Reply,
)
from tempt.agents.models.budget import Budget, RunBudget, Spent, unpriced_models
from tempt.agents.models.cassettes import (
    REPLAYABLE,
    CassetteId,
    RecordingEndpoint,
    ReplayingEndpoint,
)
from tempt.agents.models.chat import ChatDialect
from tempt.agents.models.limits import LimitedEndpoint, RateLimiter
from tempt.agents.models.messages import MessagesDialect, most_tokens
from tempt.agents.models.paying import PaidEndpoint
from tempt.agents.models.prices import Price, PriceError, PriceTable, shipped_prices
from tempt.agents.models.responses import ResponsesDialect
from tempt.agents.models.retrying import RetryingEndpoint, RetryPolicy
from tempt.agents.models.sdk import SdkEndpoint, key_of, open_endpoint
from tempt.agents.spec import AgentSpec
from tempt.envs.model import Conversation, Model, ModelError
from tempt.envs.transcript import EndedBy, ModelTurn, Usage
from tempt.envs.world import Instance

_DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {"responses": ResponsesDialect(), "chat": ChatDialect(), "messages": MessagesDialect()}
)


class EpisodeModel:
    """A model for one episode; its recording is in place once it has been closed.

    Args:
        model: Who answers.
        recording: Writes down what it answers, if anything does.
    """

    def __init__(self, model: Model, recording: RecordingEndpoint | None) -> None:
        self._model = model
        self._recording = recording
        self._spoiled = False

    def respond(self, conversation: Conversation) -> ModelTurn:
        """The next turn. See `Model`."""
        try:
            return self._model.respond(conversation)
        except ModelError as error:
            self._spoiled |= error.transient or error.ended_by not in REPLAYABLE
            raise

    def abandon(self) -> None:
        """The episode was broken off, so that there is more that it would have asked."""
        self._spoiled = True

    def close(self) -> None:
        """The episode is over. One that a budget, an outage or an engine ended is no recording."""
        if self._recording is None:
            return
        if self._spoiled:
            self._recording.abandon()
        else:
            self._recording.finish()


class ModelSource:
    """Makes the models of a run's episodes. Threads may share it.

    Args:
        conditions: How models are asked.

    Raises:
        ModelError: A price that was stated is none.
    """

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._prices = _prices(conditions)
        run, episode = _budgets(conditions)
        self._budget = RunBudget(run, episode, self._prices)
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, ...], SdkEndpoint] = {}
        self._limiters: dict[str, RateLimiter] = {}
        self._stopped = threading.Event()

    @property
    def spent(self) -> Spent:
        """What was spent so far."""
        return self._budget.spent

    def price(self, model: str) -> Price | None:
        """What ``model`` costs, where that is known."""
        return self._prices.find(model)

    def stop(self) -> None:
        """Turn every further request away."""
        self._stopped.set()

    def close(self) -> None:
        """Give all connections back."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def open(self, spec: AgentSpec, settings: ModelSettings, instance: Instance) -> EpisodeModel:
        """The model of one episode.

        Args:
            spec: The agent that asks it.
            settings: Which model, and how.
            instance: The episode's instance.

        Raises:
            ModelError: There is no key.
        """
        if settings.api == "messages":
            settings = replace(settings, max_tokens=most_tokens(settings))
        mode, cassette = self._conditions.mode, _cassette(spec, instance)
        file = recording_of(spec, instance, self._conditions)
        recording = None
        endpoint: Endpoint
        if mode is Mode.REPLAY:
            endpoint = ReplayingEndpoint(file, self._record_command(spec, instance))
        else:
            endpoint = self._live(settings, self._budget.purse())
        if mode is Mode.RECORD:
            endpoint = recording = RecordingEndpoint(endpoint, file, cassette)
        model = RemoteModel(settings, _DIALECTS[settings.api], endpoint, instance.digest)
        return EpisodeModel(model, recording)

    def _live(self, settings: ModelSettings, purse: Purse) -> Endpoint:
        """The provider, asked as often and as much as limits and purse allow.

        Whatever waits does so until the run is stopped at most, and is turned away then.
        """
        endpoint: Endpoint = Stoppable(self._client(settings), self._stopped)
        usage_of = partial(_usage, settings)
        if self._conditions.requests_per_minute or self._conditions.tokens_per_minute:
            limiter = self._limiter(settings)
            endpoint = LimitedEndpoint(endpoint, limiter, settings.max_tokens, usage_of)
        endpoint = PaidEndpoint(endpoint, purse, settings, usage_of)
        policy = RetryPolicy(attempts=self._conditions.attempts)
        return RetryingEndpoint(endpoint, policy, self._wait)

    def _wait(self, seconds: float) -> None:
        """Sleep, until the run is stopped at most."""
        self._stopped.wait(seconds)

    def _client(self, settings: ModelSettings) -> SdkEndpoint:
        key = (settings.api, settings.base_url, settings.key_env)
        with self._lock:
            if key not in self._clients:
                from tempt.agents.models.clients import Limits  # noqa: PLC0415 - loads the SDKs

                self._clients[key] = open_endpoint(settings, Limits(self._conditions.seconds))
            return self._clients[key]

    def _limiter(self, settings: ModelSettings) -> RateLimiter:
        key = settings.base_url or settings.provider
        with self._lock:
            if key not in self._limiters:
                self._limiters[key] = RateLimiter(
                    self._conditions.requests_per_minute,
                    self._conditions.tokens_per_minute,
                    time.monotonic,
                    self._stopped.wait,
                )
            return self._limiters[key]

    def _record_command(self, spec: AgentSpec, instance: Instance) -> str:
        """The command that records one episode."""
        levels = [f"--factor={name}={level}" for name, level in sorted(instance.levels.items())]
        name = self._conditions.names.get(instance.scenario, instance.scenario)
        words = ["tempt", "run", name, "--arm", instance.arm.value, *levels]
        words += ["--agent", spec.label, "--first-trial", str(instance.trial), "--trials", "1"]
        return shlex.join([*words, *self._conditions.words, "--mode", "record"])


class Stoppable:
    """An endpoint that can be told to stop answering."""

    def __init__(self, endpoint: Endpoint, stopped: threading.Event) -> None:
        self._endpoint = endpoint
        self._stopped = stopped

    def send(self, ask: Ask) -> Reply:
        """The answer.

        Raises:
            NotBilledError: The run was interrupted.
            ModelError: There is none.
        """
        if self._stopped.is_set():
            raise NotBilledError("the run was interrupted", EndedBy.ADAPTER, transient=True)
        return self._endpoint.send(ask)


def check_means(models: Iterable[ModelSettings], conditions: Conditions) -> None:
    """Refuse what would fail with the first request: no key, or nothing to limit the cost by.

    Raises:
        ModelError: Something is missing; the message says what.
    """
    if conditions.mode is Mode.REPLAY:
        return
    chosen = tuple(models)
    for settings in chosen:
        key_of(settings)
    run, episode = _budgets(conditions)
    names = tuple(settings.model for settings in chosen)
    unpriced = unpriced_models(names, _prices(conditions), run, episode)
    if unpriced:
        raise ModelError(
            f'the price of "{unpriced[0]}" is unknown, so its tokens must be limited: say '
            f'--budget-tokens, or state a price in tempt.toml under [prices."{unpriced[0]}"]',
            EndedBy.ADAPTER,
        )


def recording_of(spec: AgentSpec, instance: Instance, conditions: Conditions) -> Path:
    """Where the recording of an episode lies, or would."""
    return _cassette(spec, instance).path(conditions.cassettes)


def _budgets(conditions: Conditions) -> tuple[Budget, Budget]:
    return (
        Budget(conditions.run_usd, conditions.run_tokens),
        Budget(conditions.episode_usd, conditions.episode_tokens),
    )


def _prices(conditions: Conditions) -> PriceTable:
    try:
        return shipped_prices().with_overrides(conditions.prices)
    except PriceError as error:
        raise ModelError(str(error), EndedBy.ADAPTER) from error


def _cassette(spec: AgentSpec, instance: Instance) -> CassetteId:
    return CassetteId(
        agent=spec.fingerprint,
        label=spec.label,
        scenario=instance.scenario,
        version=instance.version,
        arm=instance.arm.value,
        levels=instance.levels,
        trial=instance.trial,
        skins=instance.skin.edition,
    )


def _usage(settings: ModelSettings, reply: str) -> Usage | None:
    """What ``reply`` says was used; ``None`` where it says nothing."""
    try:
        return _DIALECTS[settings.api].decode(reply, settings).usage
    except ModelError:
        return None
