"""Speaking with the local provider: through the real SDKs, and in raw requests."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from anthropic import Anthropic
from openai import OpenAI

from harness import load
from tempt.envs.factors import Arm
from tempt.envs.world import Instance
from tempt.fake import FakeProvider
from tempt.fake.answers import Json

DIALECTS = ("responses", "chat", "messages")
PATHS = {
    "responses": "/v1/responses",
    "chat": "/v1/chat/completions",
    "messages": "/v1/messages",
}
SYSTEM, TASK = "You are at work.", "Do the work."
SECONDS = 20.0
_ITEMS = {"responses": "input", "chat": "messages", "messages": "messages"}

# What a tool answers: text, and whether it failed.
Tool = Callable[[str, Json], tuple[str, bool]]


@dataclass(frozen=True)
class Said:
    """A turn as the client got it."""

    reasoning: str
    message: str
    calls: tuple[tuple[str, Json], ...]


def instance(trial: int = 0, scenario: str = "halt_midway", arm: Arm = Arm.TEMPTED) -> Instance:
    return load(scenario).instance(arm, {}, trial)


def named(of: Instance, turn: int = 0, attempt: int = 0) -> dict[str, str]:
    """The header that says which world is played in."""
    return {"X-Client-Request-Id": f"{of.digest}-{turn}-{attempt}"}


# Through the SDKs.


def converse(
    provider: FakeProvider, dialect: str, model: str, of: Instance, tool: Tool
) -> list[Said]:
    """A whole conversation, through the SDK that belongs to the dialect."""
    speak = {"responses": _responses, "chat": _chat, "messages": _messages}[dialect]
    return speak(provider.url, model, of, tool)


def openai(url: str, timeout: float = SECONDS) -> OpenAI:
    return OpenAI(api_key="test", base_url=f"{url}/v1", max_retries=0, timeout=timeout)


def anthropic(url: str, timeout: float = SECONDS) -> Anthropic:
    return Anthropic(api_key="test", base_url=url, max_retries=0, timeout=timeout)


def _responses(url: str, model: str, of: Instance, tool: Tool) -> list[Said]:
    history: list[Any] = [{"role": "user", "content": TASK}]
    said: list[Said] = []
    with openai(url) as client:
        while not said or said[-1].calls:
            reply = client.responses.create(
                model=model,
                instructions=SYSTEM,
                input=history,
                store=False,
                reasoning={"effort": "medium", "summary": "detailed"},
                include=["reasoning.encrypted_content"],
                extra_headers=named(of, len(said)),
            )
            history += [item.model_dump(mode="json", exclude_none=True) for item in reply.output]
            reasoning = [item for item in reply.output if item.type == "reasoning"]
            thoughts = [part.text for item in reasoning for part in item.summary]
            calls = [item for item in reply.output if item.type == "function_call"]
            asked = tuple((call.name, json.loads(call.arguments)) for call in calls)
            said.append(Said("".join(thoughts), reply.output_text, asked))
            for call, (name, arguments) in zip(calls, asked, strict=True):
                text = tool(name, arguments)[0]
                answer = {"type": "function_call_output", "call_id": call.call_id, "output": text}
                history.append(answer)
    return said


def _chat(url: str, model: str, of: Instance, tool: Tool) -> list[Said]:
    history: list[Any] = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": TASK}]
    said: list[Said] = []
    with openai(url) as client:
        while not said or said[-1].calls:
            reply = client.chat.completions.create(
                model=model, messages=history, extra_headers=named(of, len(said))
            )
            message = reply.choices[0].message
            history.append(message.model_dump(mode="json", exclude_none=True))
            thought = (message.model_extra or {}).get("reasoning_content", "")
            calls = [call for call in message.tool_calls or () if call.type == "function"]
            asked = tuple((c.function.name, json.loads(c.function.arguments)) for c in calls)
            said.append(Said(thought, message.content or "", asked))
            for call, (name, arguments) in zip(calls, asked, strict=True):
                text = tool(name, arguments)[0]
                history.append({"role": "tool", "tool_call_id": call.id, "content": text})
    return said


def _messages(url: str, model: str, of: Instance, tool: Tool) -> list[Said]:
    history: list[Any] = [{"role": "user", "content": TASK}]
    said: list[Said] = []
    with anthropic(url) as client:
        while not said or said[-1].calls:
            reply = client.messages.create(
                model=model,
                max_tokens=4096,
                system=SYSTEM,
                messages=history,
                thinking={"type": "adaptive", "display": "summarized"},
                extra_headers=named(of, len(said)),
            )
            history.append(reply.to_param())
            thoughts = [block.thinking for block in reply.content if block.type == "thinking"]
            texts = [block.text for block in reply.content if block.type == "text"]
            uses = [block for block in reply.content if block.type == "tool_use"]
            asked = tuple((use.name, dict(use.input)) for use in uses)
            said.append(Said("".join(thoughts), "".join(texts), asked))
            answers = []
            for use, (name, arguments) in zip(uses, asked, strict=True):
                text, failed = tool(name, arguments)
                result = {"type": "tool_result", "tool_use_id": use.id, "content": text}
                answers.append({**result, "is_error": failed})
            history.append({"role": "user", "content": answers})
    return said


# Raw.


@dataclass(frozen=True)
class Raw:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def wrong(self) -> str:
        """The message of an error."""
        text = self.json["error"]["message"]
        assert isinstance(text, str)
        return text


def post(
    provider: FakeProvider,
    dialect: str,
    body: object,
    headers: dict[str, str] | None = None,
    timeout: float = SECONDS,
) -> Raw:
    """POST ``body``, or its JSON, and read the answer."""
    raw = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
    host = provider.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=timeout)
    try:
        connection.request("POST", PATHS[dialect], raw, headers or {})
        answer = connection.getresponse()
        named_headers = {name.lower(): value for name, value in answer.getheaders()}
        return Raw(answer.status, named_headers, answer.read())
    finally:
        connection.close()


def first(dialect: str, model: str = "fake-honest", **more: object) -> Json:
    """The request for the first turn, thoughts to be shown."""
    wishes: dict[str, Json] = {
        "responses": {"instructions": SYSTEM, "reasoning": {"summary": "auto"}},
        "chat": {},
        "messages": {
            "max_tokens": 4096,
            "system": SYSTEM,
            "thinking": {"type": "adaptive", "display": "summarized"},
        },
    }
    task = [{"role": "user", "content": TASK}]
    return {"model": model, **wishes[dialect], _ITEMS[dialect]: task, **more}


def entries(dialect: str, body: Json) -> list[Json]:
    """The conversation in ``body``."""
    found: list[Json] = body[_ITEMS[dialect]]
    return found


def with_entries(dialect: str, body: Json, *added: Json) -> Json:
    """``body`` and what has come since."""
    return {**body, _ITEMS[dialect]: [*entries(dialect, body), *added]}


def turn_of(dialect: str, reply: Json) -> list[Json]:
    """The entries by which ``reply`` is given back."""
    if dialect == "responses":
        items: list[Json] = reply["output"]
        return items
    if dialect == "chat":
        return [reply["choices"][0]["message"]]
    return [{"role": "assistant", "content": reply["content"]}]


def call_ids(dialect: str, reply: Json) -> list[str]:
    """The ids of the calls in ``reply``."""
    [*items] = turn_of(dialect, reply)
    if dialect == "responses":
        return [item["call_id"] for item in items if item["type"] == "function_call"]
    if dialect == "chat":
        return [call["id"] for call in items[0].get("tool_calls", ())]
    return [block["id"] for block in items[0]["content"] if block["type"] == "tool_use"]


def answered(dialect: str, *ids: str, text: str = "seen") -> list[Json]:
    """Entries that answer calls."""
    if dialect == "responses":
        return [{"type": "function_call_output", "call_id": i, "output": text} for i in ids]
    if dialect == "chat":
        return [{"role": "tool", "tool_call_id": i, "content": text} for i in ids]
    blocks = [{"type": "tool_result", "tool_use_id": i, "content": text} for i in ids]
    return [{"role": "user", "content": blocks}]


def going_on(dialect: str, body: Json, reply: Json, text: str = "seen") -> Json:
    """The request after ``reply``, all of its calls answered with ``text``."""
    answers = answered(dialect, *call_ids(dialect, reply), text=text)
    return with_entries(dialect, body, *turn_of(dialect, reply), *answers)


def at_second(dialect: str, provider: FakeProvider, model: str = "fake-honest") -> Json:
    """The request for the second turn in the first world."""
    body = first(dialect, model)
    return going_on(dialect, body, post(provider, dialect, body, named(instance())).json)
