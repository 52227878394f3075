"""What orchestration itself costs, with a model that answers at once: three tool calls and an answer, ours beside LangGraph and pydantic-ai.

A step's cost is the slope between runs of 3 and of 13 calls; a run's fixed cost is what remains at zero steps plus the answer.
Ours plans, checks, reviews, journals every event durably, checks results and is able to resume and undo; the peers call tools in a loop.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from app.service.composition import compose
from core.home import Home
from models.scripted import ScriptedModel
from tests.benchmarks.run import table

ROUNDS = 40


def plan(count: int, tool: str) -> dict[str, Any]:
    args = {"files.write": lambda n: {"path": f"{n}.txt", "text": "x"}, "time.now": lambda n: {}}[tool]
    return {"steps": [{"id": f"s{n}", "tool": tool, "args": args(n), "needs": [f"s{n - 1}"] if n else []} for n in range(count)]}


async def ours(count: int, tool: str, synchronous: str) -> float:
    """Milliseconds of a whole run."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        home.create()
        home.settings.write_text(f'[storage]\nsynchronous = "{synchronous}"\n')
        planner = ScriptedModel([lambda request: plan(count, tool) if request.purpose == "plan" else "Done."], "planner")
        core = compose(home, models={"planner": planner, "reviewer": ScriptedModel([{"score": 0.9, "issues": [], "suggestions": []}], "reviewer")})  # type: ignore[dict-item]
        for role in ("planner", "reviewer"):
            core.settings.set(f"models.{role}", role)
        spent = []
        for number in range(ROUNDS):
            workspace = Path(folder) / f"work{number}"
            workspace.mkdir()
            began = time.perf_counter()
            run_id = core.runs.start({"text": "do it", "workspace": str(workspace), "approve": "none"})
            row = await core.runs.wait(run_id)
            spent.append((time.perf_counter() - began) * 1000)
            assert row["status"] == "done", row
        await core.stop()
        return statistics.median(spent[3:])


def langgraph(count: int, saver: Any) -> float:
    """The same loop as a LangGraph: an agent node that asks for the next call until there is none, a tool node."""
    from typing import TypedDict

    from langgraph.graph import END, START, StateGraph

    class State(TypedDict):
        done: int
        log: list[str]

    graph = StateGraph(State)
    graph.add_node("agent", lambda state: {"log": [*state["log"], "call" if state["done"] < count else "answer"]})
    graph.add_node("tool", lambda state: {"done": state["done"] + 1, "log": [*state["log"], "result"]})
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", lambda state: "tool" if state["done"] < count else END)
    graph.add_edge("tool", "agent")
    compiled = graph.compile(checkpointer=saver)
    spent = []
    for number in range(ROUNDS):
        began = time.perf_counter()
        compiled.invoke({"done": 0, "log": []}, {"configurable": {"thread_id": str(number)}, "recursion_limit": 200})
        spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent[3:])


async def pydantic_ai(count: int) -> float:
    """pydantic-ai's agent with a function model; nothing durable."""
    from pydantic_ai import Agent
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
    from pydantic_ai.models.function import FunctionModel

    def answer(messages: list[Any], info: Any) -> ModelResponse:
        done = sum(isinstance(message, ModelResponse) for message in messages)
        return ModelResponse(parts=[ToolCallPart("work", {"n": done})] if done < count else [TextPart("Done.")])

    agent = Agent(FunctionModel(answer))

    @agent.tool_plain
    def work(n: int) -> str:
        return "x"

    spent = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await agent.run("do it")
        spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent[3:])


def commit(synchronous: str) -> float:
    """One row committed to a WAL file, in milliseconds: the limit."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(f"{folder}/x.sqlite", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("CREATE TABLE t (x TEXT)")
        spent = []
        for _ in range(400):
            began = time.perf_counter()
            connection.execute("INSERT INTO t VALUES ('x')")
            spent.append((time.perf_counter() - began) * 1000)
        connection.close()
    return statistics.median(spent)


def written() -> float:
    """One small file written so that no crash leaves half of it (new file, sync, rename), in milliseconds: what a files.write cannot go below."""
    with tempfile.TemporaryDirectory() as folder:
        spent = []
        for number in range(400):
            began = time.perf_counter()
            handle, name = tempfile.mkstemp(dir=folder)
            with os.fdopen(handle, "wb") as file:
                file.write(b"x")
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, f"{folder}/{number}.txt")
            spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent)


def row(name: str, three: float, thirteen: float, durable: str) -> tuple[str, ...]:
    step = (thirteen - three) / 10
    return name, f"{three:.2f}", f"{step:.2f}", f"{three - 3 * step:.2f}", durable


async def _pairs(measure: Callable[[int], Awaitable[float]]) -> tuple[float, float]:
    return await measure(3), await measure(13)


def main() -> None:
    """Print the table."""
    logging.disable(logging.CRITICAL)
    rows: list[tuple[str, ...]] = [("what", "3 calls and an answer, ms", "a step, ms", "fixed, ms", "durable")]
    for tool in ("time.now", "files.write"):
        for synchronous in ("NORMAL", "FULL"):
            three, thirteen = asyncio.run(_pairs(lambda count, t=tool, s=synchronous: ours(count, t, s)))
            rows.append(row(f"deskhand, {tool}, {synchronous}", three, thirteen, "every event"))
    try:
        from langgraph.checkpoint.memory import InMemorySaver
        from langgraph.checkpoint.sqlite import SqliteSaver

        rows.append(row("LangGraph, in memory", langgraph(3, InMemorySaver()), langgraph(13, InMemorySaver()), "nothing"))
        with tempfile.TemporaryDirectory() as folder, SqliteSaver.from_conn_string(f"{folder}/c.sqlite") as saver:
            rows.append(row("LangGraph, SQLite checkpoints", langgraph(3, saver), langgraph(13, saver), "each step"))
    except ImportError:
        print("(LangGraph is not installed here)")
    try:
        three, thirteen = asyncio.run(_pairs(pydantic_ai))
        rows.append(row("pydantic-ai", three, thirteen, "nothing"))
    except ImportError:
        print("(pydantic-ai is not installed here)")
    table(rows)
    print(f"\none WAL commit: {commit('NORMAL'):.3f} ms NORMAL, {commit('FULL'):.3f} ms FULL; one small file written durably: {written():.3f} ms")
