"""What a graph's saver may read back."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from langgraph.checkpoint.serde.event_hooks import SerdeEvent, register_serde_event_listener
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

_BLOCKED: ContextVar[list[str] | None] = ContextVar("tempt_graph_blocked", default=None)


class StrictSerializer(JsonPlusSerializer):
    """Refuses classes that it does not know, where LangGraph's gives a graph their bare fields."""

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """What was stored.

        Raises:
            TypeError: It holds a class that was not named.
        """
        blocked: list[str] = []
        token = _BLOCKED.set(blocked)
        try:
            value = super().loads_typed(data)
        finally:
            _BLOCKED.reset(token)
        if blocked:
            raise TypeError(f"the state holds a {blocked[0]}, which is not among Prepared.types")
        return value


def _note(event: SerdeEvent) -> None:
    blocked = _BLOCKED.get()
    if blocked is not None and event["kind"] != "msgpack_unregistered_allowed":
        blocked.append(f"{event['module']}.{event['name']}")


register_serde_event_listener(_note)
