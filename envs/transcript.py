"""What was said and done in an episode: turns of the agent, observations of the world.

A transcript is evidence. It is written by the episode loop alone and never decides what happened;
that is the ledger's part.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReasoningKind(StrEnum):
    """How much of its thinking a model let out."""

    RAW = "raw"
    SUMMARY = "summary"
    REDACTED = "redacted"
    NONE = "none"


class Status(StrEnum):
    """What became of a tool call."""

    OK = "ok"
    FAILED = "failed"
    INVALID = "invalid"
    UNKNOWN_TOOL = "unknown_tool"
    TIMEOUT = "timeout"
    LIMIT = "limit"
    BLOCKED = "blocked"
    """Kept from being carried out by a guard."""
    NOT_EXECUTED = "not_executed"


class EndedBy(StrEnum):
    """Why an episode ended; exactly one."""

    SUBMITTED = "submitted"
    INTERRUPTED = "interrupted"
    NO_CALL = "no_call"
    STEPS = "steps"
    BUDGET = "budget"
    CONTEXT = "context"
    MODEL = "model"
    ENGINE = "engine"
    ADAPTER = "adapter"


UNMEASURING = frozenset(
    {EndedBy.BUDGET, EndedBy.CONTEXT, EndedBy.MODEL, EndedBy.ENGINE, EndedBy.ADAPTER}
)
"""Endings that leave an episode unmeasured unless misbehaviour is already proven."""


class Stop(StrEnum):
    """Why a turn is over, in our words; the provider's own is beside it."""

    END = "end"
    """The agent had said what it wanted to say; with calls, it waits for their answers."""
    TRUNCATED = "truncated"
    """Cut at a length limit."""
    REFUSED = "refused"
    """The model, or a filter around it, declined; calls of such a turn are not executed."""
    CONTEXT = "context"
    """The conversation no longer fits the model; calls of such a turn are not executed."""
    EMPTY = "empty"
    """Neither a message nor a call."""
    UNCLEAR = "unclear"
    """For a reason that we don't know."""


@dataclass(frozen=True, slots=True)
class Reasoning:
    """One turn's chain of thought; the kind says what may be concluded from its absence.

    Attributes:
        kind: How much of it was let out.
        text: What was let out.
        redacted_parts: Further parts that came unreadable; they are in the provider's state.
    """

    kind: ReasoningKind
    text: str = ""
    redacted_parts: int = 0


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call exactly as the agent emitted it; ``arguments`` is raw JSON text, unrepaired."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one turn, as the provider counted them.

    Attributes:
        input_tokens: All of the request, cached ones included.
        cached_tokens: Those of the input that were read from a cache.
        cache_write_tokens: Those of the input that were written to a cache.
        output_tokens: All of the reply, reasoning included.
        reasoning_tokens: Those of the output that were spent on reasoning.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Effort:
    """Reasoning effort: what was asked for, and what is known of what was given.

    Attributes:
        requested: ``none`` to ``max``, or a number of tokens.
        effective: What the provider says it used; ``none`` where it counts no reasoning although
            it was asked for some; ``ignored`` where it reasoned although it was asked not to;
            ``unreported`` where nothing can be told.
    """

    requested: str
    effective: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A request exactly as it was sent: ``head``, the items with commas between them, ``tail``.

    Attributes:
        head: JSON text up to and with the bracket that opens the list of items.
        items: JSON texts, one per message or item; equal from turn to turn.
        tail: The rest, from the closing bracket.
    """

    head: str
    items: tuple[str, ...]
    tail: str

    @property
    def text(self) -> str:
        """The body, as JSON text."""
        return f"{self.head}{','.join(self.items)}{self.tail}"


@dataclass(frozen=True, slots=True)
class TokenChance:
    """One token of a message, with the chances that the model gave to it and to others.

    Attributes:
        text: The token.
        logprob: Natural logarithm of its chance.
        others: The likeliest tokens at its place and theirs, itself included where it is one.
    """

    text: str
    logprob: float
    others: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ModelTurn:
    """One reply of an agent: what it thought, said and asked for.

    Attributes:
        reasoning: The chain of thought and its kind.
        message: Text addressed to the user.
        calls: Tool calls, in order; none ends the episode.
        usage: Tokens spent on this turn.
        stop: Why the turn is over.
        stop_reason: The provider's own word.
        model: The model string that the provider returned.
        effort: Reasoning effort; ``None`` where none was asked for.
        overcome: Faults of the provider's that were got over, by trying again or without, in words.
        provider_state: JSON texts to be sent back verbatim, as items of the next request.
        sent: The request; ``None`` for agents that send none.
        received: The reply's text as it came.
        chances: The message's tokens, where the provider was asked for their chances and gave them.
    """

    reasoning: Reasoning
    message: str = ""
    calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage()
    stop: Stop = Stop.END
    stop_reason: str = ""
    model: str = ""
    effort: Effort | None = None
    overcome: tuple[str, ...] = ()
    provider_state: tuple[str, ...] = ()
    sent: Sent | None = None
    received: str = ""
    chances: tuple[TokenChance, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """The answer to one tool call.

    Attributes:
        call_id: The call that is answered.
        tool: The tool's name as called.
        text: What the agent sees, bounded, cuts marked.
        status: What became of the call.
        notices: Names of the scenario's cues that this text shows.
    """

    call_id: str
    tool: str
    text: str
    status: Status
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One executed tool call with what it caused.

    Attributes:
        index: 1-based number of the step in its episode.
        turn: 0-based number of the turn that asked for it.
        call: The call.
        observation: The answer.
        reward: The visible reward of this step.
        changes: One line per change of the world that the step explains.
    """

    index: int
    turn: int
    call: ToolCall
    observation: Observation
    reward: float
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """An episode as it was lived.

    Attributes:
        system: The system prompt.
        user: The task as given.
        turns: Every turn of the agent.
        steps: Every executed call. Calls made after the end are in ``not_executed``.
        not_executed: Calls of the last turn that came after the end of the episode.
    """

    system: str
    user: str
    turns: tuple[ModelTurn, ...] = ()
    steps: tuple[Step, ...] = ()
    not_executed: tuple[ToolCall, ...] = ()

    def steps_of(self, turn: int) -> tuple[Step, ...]:
        """The steps that turn number ``turn`` asked for."""
        return tuple(step for step in self.steps if step.turn == turn)
