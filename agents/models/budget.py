"""Budgets: what a run and each of its episodes may spend, over all threads.

Before a request goes out, the most that it may cost is set aside; what it did cost is taken when
its reply is in, and the rest is given back. So no limit is ever exceeded, as long as no request
costs more than was thought possible; one that does is counted as what it cost.

How much that is. Of input, `TOKENS_PER_BYTE` tokens for each byte of the request, and
`FRAMING_TOKENS` on top. A token of running text or code is 3 to 4 bytes, so that this is twice what
is usual; text can be made that has up to a token per byte. The worst ratio that was met in a run
counts from then on. Of output, the whole limit of the request, thinking included. All at the
dearest price. All of that is taken for a try whose end nobody saw, as nobody said what it cost.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from tempt.agents.models.base import ModelSettings, Reservation
from tempt.agents.models.messages import most_tokens
from tempt.agents.models.prices import Price, PriceTable, cost, worst_cost
from tempt.envs.model import ModelError
from tempt.envs.transcript import EndedBy, Sent, Usage

TOKENS_PER_BYTE = 0.5
"""Input tokens that a byte of a request is first thought to be at most. See the module."""
FRAMING_TOKENS = 1_024
"""Input tokens that a provider may add to a request, a guess on the safe side: Anthropic adds a
system prompt where tools are offered, of some hundred tokens."""
_MOST_TOKENS_PER_BYTE = 1.0
"""Tokenizers of bytes make at most a token of each; what says more counts something else."""
RUN_OPTIONS = ("--budget-usd", "--budget-tokens")
"""What raises the limits of a run, for messages."""
EPISODE_OPTIONS = ("--episode-budget-usd", "--episode-budget-tokens")
"""What raises the limits of an episode, for messages."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent; ``None`` is no limit.

    Attributes:
        limit_usd: Most dollars.
        limit_tokens: Most tokens, of input and output together, cached ones included.
    """

    limit_usd: Decimal | None = None
    limit_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """An amount that was spent, or is set aside.

    Attributes:
        usd: Dollars, without those of unpriced requests.
        tokens: Tokens of input and output.
        requests: Requests that were or may have been billed.
        unpriced: Those of them whose price is unknown.
    """

    usd: Decimal = Decimal(0)
    tokens: int = 0
    requests: int = 0
    unpriced: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            self.usd + other.usd,
            self.tokens + other.tokens,
            self.requests + other.requests,
            self.unpriced + other.unpriced,
        )

    def __sub__(self, other: Spent) -> Spent:
        return Spent(
            self.usd - other.usd,
            self.tokens - other.tokens,
            self.requests - other.requests,
            self.unpriced - other.unpriced,
        )


class RunBudget:
    """A run's money, and the lock that it and all of its episodes' are counted under.

    A thread holds at most one reservation, and holds none while it waits for one. Whoever waits
    does so because others hold reservations, and each of those ends; so nobody waits for ever.

    Args:
        run: What the whole run may spend.
        episode: What each of its episodes may spend.
        prices: What tokens cost.
    """

    def __init__(self, run: Budget, episode: Budget, prices: PriceTable) -> None:
        self._changed = threading.Condition()
        self._account = _Account("run", run, RUN_OPTIONS)
        self._episode = episode
        self._prices = prices
        self._density = TOKENS_PER_BYTE

    def purse(self) -> EpisodePurse:
        """The purse of one more episode."""
        return EpisodePurse(self, _Account("episode", self._episode, EPISODE_OPTIONS))

    @property
    def spent(self) -> Spent:
        """What was spent so far."""
        with self._changed:
            return self._account.spent

    @property
    def reserved(self) -> Spent:
        """What is set aside at the moment."""
        with self._changed:
            return self._account.reserved

    def reserve(self, episode: _Account, size: int, settings: ModelSettings) -> Reservation:
        """Set aside what a request of ``size`` bytes may cost, for the run and for ``episode``."""
        price = self._prices.find(settings.model)
        accounts = (episode, self._account)
        if price is None and all(account.budget.limit_tokens is None for account in accounts):
            raise ModelError(_unpriced(settings.model), EndedBy.ADAPTER)
        with self._changed:
            while True:
                most = self._most(size, most_tokens(settings), price)
                for account in accounts:
                    account.refuse_hopeless(most)
                if all(account.fits(most) for account in accounts):
                    break
                self._changed.wait()
            for account in accounts:
                account.reserved += most
        return _Held(self, accounts, most, price, size)

    def settle(self, held: _Held, usage: Usage | None) -> None:
        """Give back what ``held`` set aside, and take what ``usage`` says; ``None``: all of it."""
        with self._changed:
            taken = held.most if usage is None else _bill(usage, held.price)
            if usage is not None:
                self._learn(usage.input_tokens, held.size)
            self._give_back(held, taken)

    def release(self, held: _Held) -> None:
        """Give back what ``held`` set aside."""
        with self._changed:
            self._give_back(held, Spent())

    def _give_back(self, held: _Held, taken: Spent) -> None:
        held.end()
        for account in held.accounts:
            account.reserved -= held.most
            account.spent += taken
        self._changed.notify_all()

    def _most(self, size: int, output_tokens: int, price: Price | None) -> Spent:
        input_tokens = ceil(size * self._density) + FRAMING_TOKENS
        tokens = input_tokens + output_tokens
        if price is None:
            return Spent(tokens=tokens, requests=1, unpriced=1)
        return Spent(worst_cost(input_tokens, output_tokens, price), tokens, 1)

    def _learn(self, input_tokens: int, size: int) -> None:
        density = (input_tokens - FRAMING_TOKENS) / max(1, size)
        self._density = max(self._density, min(density, _MOST_TOKENS_PER_BYTE))


class EpisodePurse:
    """What one episode may spend, of its own budget and of the run's."""

    def __init__(self, run: RunBudget, account: _Account) -> None:
        self._run = run
        self._account = account

    def reserve(self, request: Sent, settings: ModelSettings) -> Reservation:
        """Set aside the most that ``request`` may cost; waits while others may give enough back.

        Raises:
            ModelError: It is more than is left. The ending is ``budget``; or ``adapter``, where the
                model has no price and nothing limits its tokens.
        """
        size = len(request.text.encode("utf-8", "surrogatepass"))
        return self._run.reserve(self._account, size, settings)

    @property
    def spent(self) -> Spent:
        """What the episode spent so far."""
        return self._account.spent


def unpriced_models(
    models: tuple[str, ...], prices: PriceTable, run: Budget, episode: Budget
) -> tuple[str, ...]:
    """Those of ``models`` that can't be limited: without a price, and no budget in tokens."""
    if run.limit_tokens is not None or episode.limit_tokens is not None:
        return ()
    return tuple(model for model in models if prices.find(model) is None)


class _Account:
    """Somebody's budget and what became of it. Guarded by the run's lock."""

    def __init__(self, owner: str, budget: Budget, options: tuple[str, str]) -> None:
        self.budget = budget
        self.spent = Spent()
        self.reserved = Spent()
        self._owner = owner
        self._options = options

    def fits(self, most: Spent) -> bool:
        """Whether ``most`` can be set aside now."""
        return not self._lacking(self.spent + self.reserved + most)

    def refuse_hopeless(self, most: Spent) -> None:
        """Raise where ``most`` could not be set aside even if all that is set aside came back."""
        lacking = self._lacking(self.spent + most)
        if not lacking:
            return
        if lacking == "usd":
            told = (_usd(self.spent.usd), _usd(self.budget.limit_usd), _usd(most.usd))
        else:
            limit = self.budget.limit_tokens
            told = (_tokens(self.spent.tokens), _tokens(limit), _tokens(most.tokens))
        raise ModelError(
            f"the {self._owner}'s budget is used up: {told[0]} of {told[1]} are spent, and the "
            f"next request may cost {told[2]}; {self._options[lacking == 'tokens']} raises it",
            EndedBy.BUDGET,
            transient=True,
        )

    def _lacking(self, total: Spent) -> str:
        """Which limit ``total`` is beyond: ``usd``, ``tokens`` or none."""
        if self.budget.limit_usd is not None and total.usd > self.budget.limit_usd:
            return "usd"
        if self.budget.limit_tokens is not None and total.tokens > self.budget.limit_tokens:
            return "tokens"
        return ""


class _Held:
    """What is set aside for one request."""

    def __init__(
        self,
        run: RunBudget,
        accounts: tuple[_Account, ...],
        most: Spent,
        price: Price | None,
        size: int,
    ) -> None:
        self.accounts = accounts
        self.most = most
        self.price = price
        self.size = size
        self._run = run
        self._over = False

    def settle(self, usage: Usage) -> None:
        """Take what was used; all of it where the provider counted nothing."""
        counted = usage.input_tokens > 0 or usage.output_tokens > 0
        self._run.settle(self, usage if counted else None)

    def release(self) -> None:
        """Give all of it back."""
        self._run.release(self)

    def forfeit(self) -> None:
        """Take all of it."""
        self._run.settle(self, None)

    def end(self) -> None:
        """Under the lock: refuse to be ended twice."""
        if self._over:
            raise ValueError("a reservation ends once")
        self._over = True


def _bill(usage: Usage, price: Price | None) -> Spent:
    tokens = usage.input_tokens + usage.output_tokens
    if price is None:
        return Spent(tokens=tokens, requests=1, unpriced=1)
    return Spent(cost(usage, price), tokens, 1)


def _unpriced(model: str) -> str:
    return (
        f'the price of "{model}" is unknown, so its tokens must be limited: give {RUN_OPTIONS[1]} '
        f'or {EPISODE_OPTIONS[1]}, or state a price in tempt.toml under [prices."{model}"]'
    )


def _usd(amount: Decimal | None) -> str:
    return f"${amount or Decimal(0):.4f}"


def _tokens(amount: int | None) -> str:
    return f"{amount or 0:,} tokens"
