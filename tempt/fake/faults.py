"""What can be made to go wrong, by name."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

DIALECTS = ("responses", "chat", "messages")


class Fault(StrEnum):
    """One way of going wrong.

    Attributes:
        summary: What happens, in one line.
    """

    summary: str

    def __new__(cls, name: str, summary: str) -> Fault:
        """A member that is its name and knows what it means."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.summary = summary
        return member

    # Errors that a provider states.
    HTTP_400 = "http-400", "400: the request is invalid"
    HTTP_401 = "http-401", "401: the key is wrong"
    HTTP_403 = "http-403", "403: the key may not do this"
    HTTP_404 = "http-404", "404: there is no such model"
    HTTP_408 = "http-408", "408: the request took too long"
    HTTP_409 = "http-409", "409: conflict"
    HTTP_413 = "http-413", "413: the request is too large"
    HTTP_422 = "http-422", "422: the request can't be processed"
    HTTP_429 = "http-429", "429: too many requests, try again in 20 ms"
    HTTP_429_NO_HINT = "http-429-no-hint", "429: too many requests, without a word on when"
    HTTP_429_LONG = "http-429-long", "429: too many requests, try again in an hour"
    HTTP_429_QUOTA = "http-429-quota", "429: the account's money is used up"
    HTTP_500 = "http-500", "500: an error of the provider's"
    HTTP_502_HTML = "http-502-html", "502 with a gateway's HTML page"
    HTTP_503 = "http-503", "503: overloaded"
    HTTP_529 = "http-529", "529: overloaded, as Anthropic says it"
    CONTEXT_OVERFLOW = "context-overflow", "400: the conversation is longer than the context"
    CONTENT_FILTER_400 = "content-filter-400", "400: a filter refuses the prompt"

    # Connections that misbehave.
    HANG = "hang", "accepts the request and never answers"
    SLOW_DRIP = "slow-drip", "one byte of the body every 50 ms, without end"
    CLOSE_WITHOUT_ANSWER = "close-without-answer", "closes the connection instead of answering"
    RESET = "reset", "resets the connection instead of answering"
    TRUNCATED_BODY = "truncated-body", "promises more bytes than it sends, and closes"

    # Bodies that are not what they should be.
    TRUNCATED_JSON = "truncated-json", "the first half of the JSON, as a complete body"
    NOT_JSON = "not-json", "200 with an HTML page"
    JSON_ARRAY = "json-array", "200 with a JSON array"
    JSON_NULL = "json-null", "200 with JSON's null"
    EMPTY_BODY = "empty-body", "200 with nothing"
    INVALID_UTF8 = "invalid-utf8", "bytes within a text that are not UTF-8"
    ENORMOUS_BODY = "enormous-body", "64 MiB of blanks behind the answer"
    DEEP_JSON = "deep-json", "100,000 nested brackets"
    BAD_GZIP = "bad-gzip", "says that it is compressed, and is not"
    REDIRECT = "redirect", "302 to another host, 127.0.0.1:1"
    WRONG_CONTENT_TYPE = "wrong-content-type", "the right JSON, declared as plain text"

    # Replies that are not what they should be.
    NO_CHOICES = "no-choices", "an answer with no choice, item or block"
    WRONG_TYPES = "wrong-types", "a text where calls should be, a list where usage should be"
    NEGATIVE_USAGE = "negative-usage", "usage below zero"
    ABSENT_USAGE = "absent-usage", "no usage"

    # Turns that are not what they should be.
    LONE_SURROGATE = "lone-surrogate", r"a message with \ud800, which is no character"
    HUGE_MESSAGE = "huge-message", "a message of 10 MiB"
    HUGE_ARGUMENTS = "huge-arguments", "a call with 10 MiB of arguments"
    DUPLICATE_CALL_IDS = "duplicate-call-ids", "two calls of one id"
    MISSING_CALL_ID = "missing-call-id", "a call without an id"
    UNKNOWN_TOOL = "unknown-tool", "a call of a tool that does not exist"
    MALFORMED_ARGUMENTS = "malformed-arguments", "arguments that break off"
    ARGUMENTS_NOT_OBJECT = "arguments-not-object", "arguments that are a list"
    CALLS_AFTER_STOP = "calls-after-stop", "calls, and the word for having finished"
    NO_CALLS_BUT_TOOL_STOP = "no-calls-but-tool-stop", "no call, and the word for calls"
    LENGTH_STOP = "length-stop", "cut at the length limit before any call"
    LENGTH_STOP_WITH_CALL = "length-stop-with-call", "cut at the length limit behind a call"
    REFUSAL = "refusal", "the model declines, without a call"
    CONTENT_FILTER_STOP = "content-filter-stop", "a filter cuts the answer off"
    CONTEXT_STOP = "context-stop", "the context is full in the middle of the answer"
    PAUSE_STOP = "pause-stop", "the turn is paused, to be gone on with"
    RESPONSE_FAILED = "response-failed", "200 with a response that says it has failed"
    EMPTY_TURN = "empty-turn", "neither thought nor message nor call"
    REASONING_ONLY = "reasoning-only", "a thought and nothing else"
    UNKNOWN_STOP_REASON = "unknown-stop-reason", "a reason for stopping that nobody has heard of"

    @property
    def dialects(self) -> tuple[str, ...]:
        """The wire formats in which it can happen."""
        return _ONLY.get(self, DIALECTS)


FAULTS: Mapping[str, Fault] = MappingProxyType({fault.value: fault for fault in Fault})

_ONLY: Mapping[Fault, tuple[str, ...]] = MappingProxyType(
    {
        Fault.HTTP_529: ("messages",),
        Fault.NO_CALLS_BUT_TOOL_STOP: ("chat", "messages"),
        Fault.CALLS_AFTER_STOP: ("chat", "messages"),
        Fault.CONTENT_FILTER_STOP: ("responses", "chat"),
        Fault.CONTEXT_STOP: ("messages",),
        Fault.PAUSE_STOP: ("messages",),
        Fault.RESPONSE_FAILED: ("responses",),
    }
)
