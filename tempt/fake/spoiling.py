"""Faults that change the answer: its status, its body, its bytes, or how they are sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import cache, partial
from importlib import resources
from types import MappingProxyType
from typing import Any

from tempt.fake.answers import Json
from tempt.fake.faults import Fault
from tempt.fake.problems import Problem

ENORMOUS = 64 * 1024 * 1024
DEPTH = 100_000
ELSEWHERE = "http://127.0.0.1:1/"
JSON_TYPE = "application/json"
_HTML_TYPE = "text/html; charset=utf-8"


Headers = tuple[tuple[str, str], ...]


class Conduct(Enum):
    """How an answer is sent."""

    SEND = auto()
    HANG = auto()
    DRIP = auto()
    CLOSE = auto()
    RESET = auto()
    CUT = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes over the wire.

    Attributes:
        body: The body.
        status: The HTTP status.
        content_type: What the body is declared to be.
        headers: Further headers.
        padding: Blanks sent behind the body, as a part of it.
        conduct: How it is sent.
    """

    body: bytes
    status: int = 200
    content_type: str = JSON_TYPE
    headers: Headers = ()
    padding: int = 0
    conduct: Conduct = Conduct.SEND


def stated(fault: Fault, dialect: str) -> Problem | None:
    """The error that ``fault`` is in ``dialect``, if it is one."""
    found = _data("errors.json").get(fault.value)
    if found is None:
        return None
    said = {**found, **found.get(dialect, {})}
    return Problem(
        said["message"], said["status"], said.get("code"), tuple(said.get("headers", {}).items())
    )


def replaced(fault: Fault, dialect: str, body: Json) -> Json:
    """``body`` as ``fault`` would have it."""
    if fault is Fault.ABSENT_USAGE:
        return {key: value for key, value in body.items() if key != "usage"}
    changes: Json = _data("replaced.json").get(fault.value, {}).get(dialect, {})
    return {**body, **changes}


def spoiled(fault: Fault, answer: Answer) -> Answer:
    """``answer`` as ``fault`` would have it."""
    return _SPOILERS[fault](answer) if fault in _SPOILERS else answer


@cache
def _data(name: str) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads(_page(name))
    return loaded


@cache
def _page(name: str) -> bytes:
    return resources.files(__package__).joinpath(name).read_bytes()


def _html(answer: Answer, page: str, status: int) -> Answer:
    return replace(answer, body=_page(page), status=status, content_type=_HTML_TYPE)


def _half(answer: Answer) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _no_utf8(answer: Answer) -> Answer:
    return replace(answer, body=answer.body.replace(b'"id":"', b'"id":"\xff\xfe\xc3(', 1))


def _deep(answer: Answer) -> Answer:
    return replace(answer, body=b'{"id":' + b"[" * DEPTH + b"]" * DEPTH + b"}")


def _other(answer: Answer, body: bytes) -> Answer:
    return replace(answer, body=body)


def _sent(answer: Answer, conduct: Conduct) -> Answer:
    return replace(answer, conduct=conduct)


_GZIP = (("content-encoding", "gzip"),)
_LOCATION = (("location", ELSEWHERE),)
_SPOILERS: Mapping[Fault, Callable[[Answer], Answer]] = MappingProxyType(
    {
        Fault.HTTP_502_HTML: partial(_html, page="bad_gateway.html", status=502),
        Fault.NOT_JSON: partial(_html, page="sign_in.html", status=200),
        Fault.HANG: partial(_sent, conduct=Conduct.HANG),
        Fault.SLOW_DRIP: partial(_sent, conduct=Conduct.DRIP),
        Fault.CLOSE_WITHOUT_ANSWER: partial(_sent, conduct=Conduct.CLOSE),
        Fault.RESET: partial(_sent, conduct=Conduct.RESET),
        Fault.TRUNCATED_BODY: partial(_sent, conduct=Conduct.CUT),
        Fault.TRUNCATED_JSON: _half,
        Fault.JSON_ARRAY: partial(_other, body=b"[]"),
        Fault.JSON_NULL: partial(_other, body=b"null"),
        Fault.EMPTY_BODY: partial(_other, body=b""),
        Fault.INVALID_UTF8: _no_utf8,
        Fault.ENORMOUS_BODY: partial(replace, padding=ENORMOUS),
        Fault.DEEP_JSON: _deep,
        Fault.BAD_GZIP: partial(replace, headers=_GZIP),
        Fault.REDIRECT: partial(replace, status=302, headers=_LOCATION),
        Fault.WRONG_CONTENT_TYPE: partial(replace, content_type="text/plain; charset=utf-8"),
    }
)
