"""Conversations to encode, and ways to spoil a reply."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tempt.agents.models.base import Dialect, ModelSettings, ReplyError
from tempt.envs.model import Conversation, Exchange
from tempt.envs.tools import SHELL, SUBMIT
from tempt.envs.transcript import (
    ModelTurn,
    Observation,
    Reasoning,
    ReasoningKind,
    Sent,
    Status,
    ToolCall,
)

TEXTS = st.text(st.characters(), max_size=30)
"""Any text, halves of characters included."""
STATES = st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8), min_size=1)
SETTINGS = {
    "responses": ModelSettings("openai", "responses", "gpt", "", "OPENAI_API_KEY"),
    "chat": ModelSettings("openai", "chat", "gpt", "", "OPENAI_API_KEY"),
    "messages": ModelSettings("anthropic", "messages", "claude", "", "ANTHROPIC_API_KEY"),
}
_SPOILS: list[Any] = [
    None,
    True,
    -1,
    0,
    10**30,
    1.5,
    "",
    "x",
    "x" * 300,
    "\ud800",
    "</think>",
    [],
    [1],
    [[]],
    [{}],
    {},
    {"type": "text"},
]


def said(state: str, *observations: Observation) -> Exchange:
    """An exchange whose turn came as ``state``."""
    calls = tuple(ToolCall(seen.call_id, seen.tool, "{}") for seen in observations)
    turn = ModelTurn(Reasoning(ReasoningKind.NONE), calls=calls, provider_state=(state,))
    return Exchange(turn, observations)


def talk(*exchanges: Exchange) -> Conversation:
    """A conversation with two tools."""
    return Conversation("Be good.", "Tidy up.", (SHELL, SUBMIT), exchanges)


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    """Any conversation."""
    exchanges = []
    for _ in range(draw(st.integers(0, 3))):
        states = draw(st.lists(STATES.map(_compact), max_size=3))
        seen = draw(
            st.lists(
                st.builds(Observation, TEXTS, TEXTS, TEXTS, st.sampled_from(Status)), max_size=3
            )
        )
        turn = ModelTurn(Reasoning(ReasoningKind.NONE), provider_state=tuple(states))
        exchanges.append(Exchange(turn, tuple(seen)))
    tools = draw(st.sampled_from([(), (SHELL,), (SHELL, SUBMIT)]))
    return Conversation(draw(TEXTS), draw(TEXTS), tools, tuple(exchanges))


@st.composite
def spoiled(draw: st.DrawFn, replies: list[dict[str, Any]]) -> str:
    """A reply with up to three of its values replaced, removed or doubled."""
    reply = json.loads(json.dumps(draw(st.sampled_from(replies))))
    for _ in range(draw(st.integers(1, 3))):
        spots = list(_spots(reply))
        if not spots:
            break
        holder, key = draw(st.sampled_from(spots))
        change = draw(st.sampled_from(["replace", "remove", "double"]))
        if change == "replace":
            holder[key] = draw(st.sampled_from(_SPOILS))
        elif change == "remove":
            del holder[key]
        elif isinstance(holder, list):
            holder.append(holder[key])
    return json.dumps(reply)


def outcome(dialect: Dialect, reply: str, settings: ModelSettings) -> ModelTurn | ReplyError:
    """The turn, or the complaint; which must be short."""
    try:
        turn = dialect.decode(reply, settings)
    except ReplyError as error:
        complaint = error
    else:
        return _replayable(turn)
    assert 0 < len(str(complaint)) < 400
    return complaint


def items_of(sent: Sent, name: str) -> tuple[dict[str, Any], list[Any]]:
    """The request's fields, and its items as values; both as the provider would read them."""
    body: dict[str, Any] = json.loads(sent.text.encode())
    items = body.pop(name)
    assert items == [json.loads(item) for item in sent.items]
    return body, items


def check_encoding(sent: Sent, name: str, conversation: Conversation) -> None:
    """That ``sent`` is JSON and holds every state verbatim, in order, as an item."""
    items_of(sent, name)
    states = [
        state for exchange in conversation.exchanges for state in exchange.turn.provider_state
    ]
    rest = iter(sent.items)
    assert all(state in rest for state in states)


def _replayable(turn: ModelTurn) -> ModelTurn:
    for state in turn.provider_state:
        assert json.loads(state.encode())
    return turn


def _compact(value: object) -> str:
    # A state was decoded from bytes once, so it holds no half of a character.
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()


def _spots(value: Any) -> list[tuple[Any, Any]]:
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    spots = [(value, key) for key in keys]
    return spots + [spot for key in keys for spot in _spots(value[key])]
