"""The scenario's tools as LangChain knows tools."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any, Protocol
from uuid import UUID  # noqa: TID251 - the type of LangChain's own run ids

from langchain_core.callbacks import (
    AsyncCallbackManagerForToolRun,
    CallbackManagerForToolRun,
)
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config
from langchain_core.tools import BaseTool
from pydantic import PrivateAttr

from tempt.agents.graphs.book import Place
from tempt.agents.graphs.messages import arguments_text
from tempt.agents.graphs.watch import Watch
from tempt.envs.tools import Tool
from tempt.envs.transcript import Observation, ToolCall

_CALL: ContextVar[tuple[Any, str]] = ContextVar("tempt_graph_call")


class Desk(Protocol):
    """Where a tool has its call carried out."""

    watch: Watch

    def carry_out(self, call: ToolCall, place: Place, run: UUID | None) -> Observation:
        """The answer, however long it takes."""
        ...

    async def acarry_out(self, call: ToolCall, place: Place, run: UUID | None) -> Observation:
        """The same for code of an event loop."""
        ...


class EnvTool(BaseTool):
    """A tool of the scenario; calling it asks the environment."""

    _desk: Desk = PrivateAttr()

    def __init__(self, tool: Tool, desk: Desk) -> None:
        schema = json.loads(json.dumps(tool.parameters, default=dict))
        super().__init__(name=tool.name, description=tool.description, args_schema=schema)
        self._desk = desk

    def run(self, tool_input: str | dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Keep what LangChain would not pass on: the call's id, and arguments of any name."""
        token = _CALL.set((tool_input, kwargs.get("tool_call_id") or ""))
        try:
            return super().run(tool_input, *args, **kwargs)
        finally:
            _CALL.reset(token)

    async def arun(self, tool_input: str | dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """The same for code of an event loop."""
        token = _CALL.set((tool_input, kwargs.get("tool_call_id") or ""))
        try:
            return await super().arun(tool_input, *args, **kwargs)
        finally:
            _CALL.reset(token)

    def _run(
        self,
        *_: Any,
        config: RunnableConfig,
        run_manager: CallbackManagerForToolRun | None = None,
        **__: Any,
    ) -> str:
        run, parent = _runs(run_manager)
        place = self._desk.watch.place(parent, config.get("metadata"))
        return self._desk.carry_out(self._call(), place, run).text

    async def _arun(
        self,
        *_: Any,
        config: RunnableConfig,
        run_manager: AsyncCallbackManagerForToolRun | None = None,
        **__: Any,
    ) -> str:
        run, parent = _runs(run_manager)
        place = self._desk.watch.place(parent, config.get("metadata"))
        return (await self._desk.acarry_out(self._call(), place, run)).text

    def _call(self) -> ToolCall:
        arguments, call_id = _CALL.get()
        return ToolCall(call_id, self.name, arguments_text(arguments))


def env_tools(tools: Sequence[Tool], desk: Desk) -> list[BaseTool]:
    """The tools that a graph's factory is given."""
    return [EnvTool(tool, desk) for tool in tools]


def here(watch: Watch) -> tuple[Place, UUID | None]:
    """Where the code that runs now is, and what it is part of."""
    config = ensure_config()
    parent = getattr(config.get("callbacks"), "parent_run_id", None)
    return watch.place(parent, config.get("metadata")), parent


def _runs(
    manager: CallbackManagerForToolRun | AsyncCallbackManagerForToolRun | None,
) -> tuple[UUID | None, UUID | None]:
    return (manager.run_id, manager.parent_run_id) if manager is not None else (None, None)
