"""From a request's path, headers and body to what is answered. No sockets, no clock, no memory."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tempt.fake.answers import Json, Manner
from tempt.fake.casting import PREFIX, Company, Part, Role, no_model, read_role
from tempt.fake.chat import Chat
from tempt.fake.faults import Fault
from tempt.fake.messages import Messages
from tempt.fake.problems import Problem
from tempt.fake.responses import Responses
from tempt.fake.shapes import SHAPES
from tempt.fake.spoiling import Answer, Headers, replaced, spoiled, stated
from tempt.fake.wire import Dialect

MODELS = "/v1/models"
HEADER = "x-client-request-id"
SPOKEN: Mapping[str, Dialect] = MappingProxyType(
    {dialect.path: dialect for dialect in (Responses(), Chat(), Messages())}
)
_REQUEST_ID = re.compile(r"([0-9a-f]{32})-([0-9]{1,6})-([0-9]{1,6})")
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)


class Service:
    """Answers requests; the same one always the same way.

    Args:
        company: The worlds that can be asked for.
        manner: How requests are treated.
    """

    def __init__(self, company: Company, manner: Manner) -> None:
        self._company = company
        self._manner = manner

    def get(self, path: str) -> Answer:
        """The answer to a GET."""
        if path == MODELS:
            return _json(self._models())
        if path in SPOKEN:
            return self.refuse(path, Problem("Not allowed; use POST.", 405))
        return self.refuse(path, Problem(f"Unknown request URL: GET {path[:200]}.", 404))

    def post(self, path: str, headers: Mapping[str, str], raw: bytes) -> Answer:
        """The answer to a POST; ``headers`` by their names in lower case."""
        dialect = SPOKEN.get(path)
        if dialect is None:
            return self.refuse(path, Problem(f"Unknown request URL: POST {path[:200]}.", 404))
        try:
            return self._answer(dialect, headers, raw)
        except Problem as problem:
            return _error(dialect, problem, headers.get(HEADER, ""))
        except RecursionError:
            return self.refuse(path, Problem("The request is nested too deeply."))

    def refuse(self, path: str, problem: Problem) -> Answer:
        """``problem`` in the format that is spoken at ``path``, or OpenAI's."""
        return _error(SPOKEN.get(path, SPOKEN[Responses.path]), problem, "")

    def _answer(self, dialect: Dialect, headers: Mapping[str, str], raw: bytes) -> Answer:
        body = _parsed(raw)
        role = read_role(str(body.get("model")), dialect.name)
        asked = dialect.read(body, self._manner)
        request_id = headers.get(HEADER, "")
        episode, attempt = _identified(request_id)
        turn = self._part(role, asked.model, episode).next_turn(asked, dialect)
        fault = role.fault if role.goes_wrong(turn.number, attempt) else None
        if fault is not None and (problem := stated(fault, dialect.name)):
            raise problem
        if fault in SHAPES and fault is not None:
            turn = SHAPES[fault](turn)
        usage = dialect.usage(asked, turn, len(raw))
        content = dialect.body(turn, asked, self._manner, usage)
        headed = ((dialect.request_id_header, _named(request_id)),)
        return _finished(fault, dialect.name, content, headed)

    def _part(self, role: Role, model: str, episode: str) -> Part:
        if role.policy not in self._company.policies:
            raise no_model(model)
        world = self._company.world(episode)
        policy = self._company.policy(world, role.policy)
        if policy is None:
            raise no_model(model)
        return Part(role, policy, world, self._manner)

    def _models(self) -> Json:
        """The list in a form that holds what both providers' do."""
        data = [
            {
                "id": PREFIX + policy,
                "object": "model",
                "type": "model",
                "display_name": PREFIX + policy,
                "created": 0,
                "created_at": "1970-01-01T00:00:00Z",
                "owned_by": "tempt",
            }
            for policy in self._company.policies
        ]
        ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {}
        return {"object": "list", "data": data, "has_more": False, **ends}


def _finished(fault: Fault | None, dialect: str, content: Json, headers: Headers) -> Answer:
    if fault is None:
        return _json(content, headers=headers)
    return spoiled(fault, _json(replaced(fault, dialect, content), headers=headers))


def _parsed(raw: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Problem("We could not parse the JSON body of your request.") from error
    if not isinstance(body, dict) or not isinstance(body.get("model"), str):
        raise Problem("you must provide a model parameter")
    return body


def _identified(request_id: str) -> tuple[str, int]:
    """The episode and the attempt that a request is of.

    Raises:
        Problem: It doesn't say.
    """
    found = _REQUEST_ID.fullmatch(request_id)
    if found is None:
        raise Problem(
            "The header X-Client-Request-Id must be EPISODE-TURN-ATTEMPT: the instance's digest of "
            "32 hex digits, and two numbers from 0; else nobody knows which world to play in. "
            "`tempt serve-fake --scenario`, `--factor` and `--trials` say which are served."
        )
    return found[1], int(found[3])


def _named(request_id: str) -> str:
    """A name for the request, as providers give one."""
    return f"req_{hashlib.sha256(request_id.encode()).hexdigest()[:24]}"


def _error(dialect: Dialect, problem: Problem, request_id: str) -> Answer:
    name = _named(request_id)
    headers = ((dialect.request_id_header, name), *problem.headers)
    return _json(dialect.error(problem, name), problem.status, headers)


def _json(content: Json, status: int = 200, headers: Headers = ()) -> Answer:
    return Answer(_ENCODER.encode(content).encode(), status, headers=headers)
