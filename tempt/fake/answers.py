"""What is answered, before it is put into anybody's wire format: turns, manners, counts."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tempt.envs.world import Move

Json = dict[str, Any]

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
DEFAULT_EFFORT = "medium"
NOTHING_LEFT = "There is nothing left to do."
_TOKEN = 4
_CARE = b"\xfb\xff\xbf"
_BLOCKS = 3
_ENCODER = json.JSONEncoder(separators=(",", ":"), sort_keys=True, check_circular=False)


class Ending(StrEnum):
    """Why a turn is over; each wire format has its own words."""

    DONE = "done"
    CALLS = "calls"
    LENGTH = "length"
    FILTERED = "filtered"
    REFUSED = "refused"
    CONTEXT = "context"
    PAUSED = "paused"
    FAILED = "failed"
    UNHEARD_OF = "unheard_of"


class ChatReasoning(StrEnum):
    """Where a Chat Completions server puts a model's thoughts."""

    REASONING_CONTENT = "reasoning_content"
    REASONING = "reasoning"
    REASONING_DETAILS = "reasoning_details"
    THINK = "think"


@dataclass(frozen=True, slots=True)
class Manner:
    """How the server treats what it is asked for.

    Attributes:
        chat_reasoning: Where Chat Completions puts thoughts.
        clamp_effort: Most effort that is given, whatever is asked for; empty for no limit.
        ignore_effort: Think even where no effort is asked for.
    """

    chat_reasoning: ChatReasoning = ChatReasoning.REASONING_CONTENT
    clamp_effort: str = ""
    ignore_effort: bool = False

    def effort(self, asked: str) -> str:
        """The effort given where ``asked`` was asked for."""
        if not self.clamp_effort:
            return asked
        return EFFORTS[min(EFFORTS.index(asked), EFFORTS.index(self.clamp_effort))]

    def thinks(self, asked: str) -> bool:
        """Whether there are thoughts where ``asked`` was asked for."""
        return self.ignore_effort or self.effort(asked) != "none"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a turn; without an id only by a fault."""

    id: str | None
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn to be rendered.

    Attributes:
        tag: Hex digits that identify world and turn; ids are made of it.
        number: 1-based number of the turn.
        reasoning: The thought; empty for none.
        message: What is said.
        calls: What is called.
        ending: Why it is over.
    """

    tag: str
    number: int
    reasoning: str
    message: str
    calls: tuple[Call, ...]
    ending: Ending

    @property
    def reasoning_tokens(self) -> int:
        """Tokens of the thought, shown or not."""
        return tokens(len(self.reasoning))

    @property
    def output_tokens(self) -> int:
        """Tokens of the whole turn."""
        said = sum(len(call.name) + len(call.arguments) for call in self.calls)
        return self.reasoning_tokens + tokens(len(self.message) + said)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a request and its answer come to, in tokens of four characters.

    Attributes:
        input: The request's body.
        cached: The part of it that was there in the previous request already.
        output: The answer, thoughts included.
        reasoning: The thoughts.
    """

    input: int
    cached: int
    output: int
    reasoning: int


def as_turn(move: Move, number: int, episode: str, *, thinks: bool) -> Turn:
    """A policy's move as a turn. One without a call says something, or it would be empty."""
    calls = tuple(
        Call(f"call_{number}_{place}", name, json.dumps(arguments))
        for place, (name, arguments) in enumerate(move.calls, start=1)
    )
    message = move.message if calls else move.message or move.reasoning or NOTHING_LEFT
    return Turn(
        tag=f"{episode[:20]}{number:04x}",
        number=number,
        reasoning=move.reasoning if thinks else "",
        message=message,
        calls=calls,
        ending=Ending.CALLS if calls else Ending.DONE,
    )


def tokens(characters: int) -> int:
    """The tokens that so many characters come to: a quarter, rounded up."""
    return -(-characters // _TOKEN)


def opaque(text: str, purpose: str) -> str:
    """What stands for ``text`` in a form that nobody can read; equal for equal texts.

    It is base64 with all that asks for care in a URL or a form: plus, slash and equals sign.
    """
    source = f"{purpose}:{text}".encode("utf-8", "surrogatepass")
    blocks = (hashlib.sha256(bytes([number]) + source).digest() for number in range(_BLOCKS))
    return base64.b64encode(_CARE + b"".join(blocks) + b"\x00").decode()


def one_text(value: object) -> str:
    """The one JSON text of ``value``, by which two values are compared."""
    return _ENCODER.encode(value)
