"""Graphs of many shapes, with models that are small, deterministic fakes."""

from __future__ import annotations

import asyncio
import operator
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Annotated, Any, TypedDict

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool, tool
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Send

from tempt.agents.graphs.base import Graph

Script = Sequence[AIMessage]


def call(call_id: str, command: str, name: str = "shell") -> ToolCall:
    args = {"command": command} if name == "shell" else {}
    return ToolCall(name=name, args=args, id=call_id, type="tool_call")


def says(*calls: ToolCall, text: str = "", **more: Any) -> AIMessage:
    return AIMessage(content=text, tool_calls=list(calls), **more)


class Scripted(BaseChatModel):
    """Says the line of its script that its number of answers so far points at."""

    script: list[AIMessage]
    delay: float = 0.0
    asked: list[int] = []  # noqa: RUF012 - a field of a pydantic model

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Runnable[Any, AIMessage]:  # noqa: ARG002
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> ChatResult:
        time.sleep(self.delay)
        number = sum(isinstance(message, AIMessage) for message in messages)
        self.asked.append(number)
        message = self.script[number].model_copy(deep=True)
        return ChatResult(generations=[ChatGeneration(message=message)])


def scripted(script: Script, delay: float = 0.0) -> Scripted:
    return Scripted(script=list(script), delay=delay, asked=[])


def react(
    script: Script, *extra: BaseTool, jitter: random.Random | None = None, **compiled: Any
) -> Callable[[Sequence[BaseTool]], Graph]:
    """A model node and a `ToolNode`; with ``jitter``, tools start after delays of their own."""

    def build(tools: Sequence[BaseTool]) -> Graph:
        model = scripted(script)

        def late(request: Any, execute: Callable[[Any], Any]) -> Any:
            if jitter is not None:
                time.sleep(jitter.random() * 0.004)
            return execute(request)

        node = ToolNode([*tools, *extra], wrap_tool_call=late if jitter is not None else None)
        graph = StateGraph(MessagesState)
        graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
        graph.add_node("tools", node)
        graph.add_edge(START, "model")
        graph.add_conditional_edges("model", tools_condition)
        graph.add_edge("tools", "model")
        return graph.compile(**compiled)

    return build


def async_react(script: Script) -> Callable[[Sequence[BaseTool]], Graph]:
    """The same with a model node that is a coroutine function."""

    def build(tools: Sequence[BaseTool]) -> Graph:
        model = scripted(script)

        async def think(state: MessagesState) -> dict[str, Any]:
            return {"messages": [await model.ainvoke(state["messages"])]}

        graph = StateGraph(MessagesState)
        graph.add_node("model", think)
        graph.add_node("tools", ToolNode(list(tools)))
        graph.add_edge(START, "model")
        graph.add_conditional_edges("model", tools_condition)
        graph.add_edge("tools", "model")
        return graph.compile()

    return build


class Gathered(TypedDict):
    messages: list[BaseMessage]
    found: Annotated[list[str], operator.add]


def fan_out(
    branches: Sequence[Sequence[str]], jitter: random.Random | None = None
) -> Callable[[Sequence[BaseTool]], Graph]:
    """Nodes side by side, each of which calls tools by itself, one after the other."""

    def build(tools: Sequence[BaseTool]) -> Graph:
        shell = tools[0]

        def branch(commands: Sequence[str]) -> Any:
            def work(state: Gathered) -> dict[str, Any]:  # noqa: ARG001
                found = []
                for command in commands:
                    if jitter is not None:
                        time.sleep(jitter.random() * 0.005)
                    found.append(f"{command} -> {shell.invoke({'command': command})}")
                return {"found": found}

            return work

        graph = StateGraph(Gathered)
        for number, commands in enumerate(branches):
            graph.add_node(f"branch{number}", branch(commands))
            graph.add_edge(START, f"branch{number}")
            graph.add_edge(f"branch{number}", "join")
        graph.add_node("join", _joined)
        graph.add_edge("join", END)
        return graph.compile()

    return build


def _joined(state: Gathered) -> dict[str, Any]:
    return {"messages": [AIMessage("; ".join(sorted(state["found"])))]}


def sends(calls: Sequence[ToolCall]) -> Callable[[Sequence[BaseTool]], Graph]:
    """One task of a `ToolNode` per call."""

    def build(tools: Sequence[BaseTool]) -> Graph:
        model = scripted([says(*calls), says(text="done")])

        def route(state: MessagesState) -> Any:
            last = state["messages"][-1]
            asked = last.tool_calls if isinstance(last, AIMessage) else []
            return [Send("tools", [each]) for each in asked] or END

        graph = StateGraph(MessagesState)
        graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
        graph.add_node("tools", ToolNode(list(tools)))
        graph.add_edge(START, "model")
        graph.add_conditional_edges("model", route, ["tools", END])
        graph.add_edge("tools", "model")
        return graph.compile()

    return build


def agents_as_nodes(
    scripts: Sequence[Script], **compiled: Any
) -> Callable[[Sequence[BaseTool]], Graph]:
    """Sub-agents side by side."""

    def build(tools: Sequence[BaseTool]) -> Graph:
        graph = StateGraph(MessagesState)
        for number, script in enumerate(scripts):
            graph.add_node(f"agent{number}", react(script, **compiled)(tools))
            graph.add_edge(START, f"agent{number}")
            graph.add_edge(f"agent{number}", END)
        return graph.compile()

    return build


def agent_as_tool(
    outer: Script, inner: Script, *, jitter: random.Random | None = None, **compiled: Any
) -> Callable[[Sequence[BaseTool]], Graph]:
    """A sub-agent that another calls as a tool."""

    def build(tools: Sequence[BaseTool]) -> Graph:
        helper = react(inner, **compiled)(tools)

        @tool
        def research(question: str) -> str:
            """Find something out."""
            done = helper.invoke({"messages": [("user", question)]})
            return str(done["messages"][-1].content)

        return react(outer, research, jitter=jitter)(tools)

    return build


def one_node(
    script: Script, *, fresh_ids: bool = False, answers: list[str] | None = None
) -> Callable[[Sequence[BaseTool]], Graph]:
    """Model and tools in one node, one call after the other; ``answers`` is filled with theirs."""

    def build(tools: Sequence[BaseTool]) -> Graph:
        model = scripted(script)
        by_name = {each.name: each for each in tools}
        times = [0]

        def agent(state: MessagesState) -> dict[str, Any]:
            times[0] += 1
            messages = list(state["messages"])
            while True:
                said = model.invoke(messages)
                if fresh_ids:
                    for each in said.tool_calls:
                        each["id"] = f"{each['id']}-{times[0]}"
                messages.append(said)
                for each in said.tool_calls:
                    messages.append(by_name[each["name"]].invoke(each))
                    if answers is not None:
                        answers.append(str(messages[-1].content))
                if not said.tool_calls:
                    return {"messages": messages}

        graph = StateGraph(MessagesState)
        graph.add_node("agent", agent)
        graph.add_edge(START, "agent")
        graph.add_edge("agent", END)
        return graph.compile()

    return build


def catch_all(script: Script, *, again: bool = False) -> Callable[[Sequence[BaseTool]], Graph]:
    """A tools node that takes every exception for an answer."""

    def build(tools: Sequence[BaseTool]) -> Graph:
        model = scripted(script)
        by_name = {each.name: each for each in tools}

        def careful(state: MessagesState) -> dict[str, Any]:
            last = state["messages"][-1]
            answers: list[BaseMessage] = []
            for each in last.tool_calls if isinstance(last, AIMessage) else ():
                for _ in range(1 + again):
                    try:
                        answers.append(by_name[each["name"]].invoke(each))
                        break
                    except Exception as error:  # noqa: BLE001 - the shape under test
                        answers.append(ToolMessage(str(error), tool_call_id=each["id"]))
            return {"messages": answers}

        graph = StateGraph(MessagesState)
        graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
        graph.add_node("tools", careful)
        graph.add_edge(START, "model")
        graph.add_conditional_edges("model", tools_condition)
        graph.add_edge("tools", "model")
        return graph.compile()

    return build


def own_threads(commands: Sequence[str]) -> Callable[[Sequence[BaseTool]], Graph]:
    """A node with a thread pool that knows nothing of LangChain."""

    def build(tools: Sequence[BaseTool]) -> Graph:
        shell = tools[0]

        def work(state: Gathered) -> dict[str, Any]:  # noqa: ARG001
            with ThreadPoolExecutor(len(commands)) as pool:
                texts = pool.map(lambda command: shell.invoke({"command": command}), commands)
                pairs = zip(commands, texts, strict=True)
                return {"found": [f"{command} -> {text}" for command, text in pairs]}

        graph = StateGraph(Gathered)
        graph.add_node("work", work)
        graph.add_node("join", _joined)
        graph.add_edge(START, "work")
        graph.add_edge("work", "join")
        graph.add_edge("join", END)
        return graph.compile()

    return build


def functional(tools: Sequence[BaseTool]) -> Graph:
    """The functional interface: tasks side by side, then another."""
    shell = tools[0]

    @task
    def one(command: str) -> str:
        return str(shell.invoke({"command": command}))

    @entrypoint()
    def flow(given: Any) -> dict[str, Any]:  # noqa: ARG001
        waiting = [one(command) for command in "ABC"]
        texts = [each.result() for each in waiting]
        return {"messages": [AIMessage(" ".join([*texts, one("D").result()]))]}

    return flow


def batch(tools: Sequence[BaseTool]) -> Graph:
    """A node that calls a tool with several inputs at once."""
    shell = tools[0]

    def node(state: MessagesState) -> dict[str, Any]:  # noqa: ARG001
        texts = shell.batch([{"command": command} for command in "ABC"])
        return {"messages": [AIMessage(" ".join(texts))]}

    return _lone(node)


def gathered(tools: Sequence[BaseTool]) -> Graph:
    """The same in an event loop."""
    shell = tools[0]

    async def node(state: MessagesState) -> dict[str, Any]:  # noqa: ARG001
        texts = await asyncio.gather(*(shell.ainvoke({"command": each}) for each in "ABC"))
        return {"messages": [AIMessage(" ".join(texts))]}

    return _lone(node)


def blocking(tools: Sequence[BaseTool]) -> Graph:
    """A coroutine that calls a tool as if it were none."""
    shell = tools[0]

    async def node(state: MessagesState) -> dict[str, Any]:  # noqa: ARG001
        return {"messages": [AIMessage(shell.invoke({"command": "A"}))]}

    return _lone(node)


def _lone(node: Any) -> Graph:
    graph = StateGraph(MessagesState)
    graph.add_node("node", node)
    graph.add_edge(START, "node")
    graph.add_edge("node", END)
    return graph.compile()


def undaunted(tools: Sequence[BaseTool]) -> Graph:
    """A node that takes a call's exception for its answer and makes another call."""
    shell = tools[0]

    def node(state: MessagesState) -> dict[str, Any]:  # noqa: ARG001
        with suppress(Exception):
            shell.invoke({"command": "A"})
        return {"messages": [AIMessage(shell.invoke({"command": "B"}))]}

    return _lone(node)


def undaunted_coroutine(tools: Sequence[BaseTool]) -> Graph:
    """The same in an event loop."""
    shell = tools[0]

    async def node(state: MessagesState) -> dict[str, Any]:  # noqa: ARG001
        with suppress(Exception):
            await shell.ainvoke({"command": "A"})
        return {"messages": [AIMessage(await shell.ainvoke({"command": "B"}))]}

    return _lone(node)


def guarded(
    script: Script, forbidden: str, late: str = ""
) -> Callable[[Sequence[BaseTool]], Graph]:
    """Tools behind a guard that refuses one command, and lets another through late."""

    def build(tools: Sequence[BaseTool]) -> Graph:
        model = scripted(script)

        def guard(request: Any, execute: Callable[[Any], Any]) -> Any:
            asked = request.tool_call
            if asked["args"].get("command") == forbidden:
                return ToolMessage("refused", tool_call_id=asked["id"], name=asked["name"])
            if late and asked["args"].get("command") == late:
                time.sleep(0.2)
            return execute(request)

        graph = StateGraph(MessagesState)
        graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
        graph.add_node("tools", ToolNode(list(tools), wrap_tool_call=guard))
        graph.add_edge(START, "model")
        graph.add_conditional_edges("model", tools_condition)
        graph.add_edge("tools", "model")
        return graph.compile()

    return build


def two_steps(jitter: random.Random) -> Callable[[Sequence[BaseTool]], Graph]:
    """Several sub-agents at once, as tools of one message; each asks twice for its own topic."""

    def build(tools: Sequence[BaseTool]) -> Graph:
        shell = tools[0]

        def step(number: int) -> Any:
            def ask(state: MessagesState) -> dict[str, Any]:
                time.sleep(jitter.random() * 0.004)
                topic = str(state["messages"][0].content)
                text = shell.invoke({"command": f"{topic}{number}"})
                return {"messages": [AIMessage(f"{topic}{number}={text}")]}

            return ask

        graph = StateGraph(MessagesState)
        graph.add_node("one", step(1))
        graph.add_node("two", step(2))
        graph.add_edge(START, "one")
        graph.add_edge("one", "two")
        graph.add_edge("two", END)
        helper = graph.compile()

        @tool
        def research(question: str) -> str:
            """Find something out."""
            done = helper.invoke({"messages": [HumanMessage(question)]})
            return f"{question}: {done['messages'][-1].content}"

        asked = [
            ToolCall(name="research", args={"question": topic}, id=topic, type="tool_call")
            for topic in ("P", "Q", "R")
        ]
        return react([says(*asked), says(text="done")], research)(tools)

    return build
