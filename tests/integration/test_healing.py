"""Outages: every run ends in the right state by another way found by code, or says what could not be done; no model is asked for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.service.composition import Core
from core.ports import ToolContext, ToolResult
from models.scripted import ScriptedModel
from tests.helpers.outages import SCENARIOS, World
from tools.answered import Answered
from tools.detours import HALF_LIFE, Health, ways
from tools.toolbox import LocalToolBox


@pytest.mark.parametrize("name", SCENARIOS)
async def test_an_outage_is_gone_around_or_said(name: str, make_core: Callable[..., Core], workspace: Path) -> None:
    plan, down, once, lost = SCENARIOS[name]
    planner = ScriptedModel([{"steps": plan}, {"steps": [], "answer": "cannot"}, {"steps": [], "answer": "cannot"}], "planner")
    core = make_core(planner=planner, reviewer=ScriptedModel([{"score": 0.95, "issues": [], "suggestions": []}], "reviewer"))
    world = World(down, once)
    core.tools.offer("test", world.tools())
    row = await core.runs.wait(core.runs.start({"text": "do it", "workspace": str(workspace), "approve": "all"}), 60)
    states = {step["id"]: step for step in row["result"]["steps"]}
    assert row["result"]["status"] == ("failed" if lost else "done")
    for step in plan:
        state = states[step["id"]]
        assert state["status"] == ("done" if step["id"] not in lost else "failed" if step["tool"] != "files.write" else "blocked"), (step["id"], state)
        if step["id"] in lost:
            assert state["error"]["message"]
        elif step["tool"] == "files.write":
            assert (workspace / f"{step['id']}.txt").read_text().count("of") >= len(step["needs"])
    events = core.journal.of_run(row["result"]["run_id"])
    rerouted = [event for event in events if event.type == "step_rerouted"]
    assert bool(rerouted) == bool(down), "every detour is in the journal, and none is made without need"
    planned = [request for request in planner.requests if request.purpose == "plan"]
    assert len(planned) == 1 or lost  # a model is asked again only where no way was left


async def test_what_has_been_failing_is_gone_around_at_once(make_core: Callable[..., Core], workspace: Path) -> None:
    plan, down, _, _ = SCENARIOS["fan-out: one down"]
    core = make_core(planner=ScriptedModel([{"steps": plan}], "planner"), reviewer=ScriptedModel([{"score": 0.95, "issues": [], "suggestions": []}], "reviewer"))
    core.settings.set("run.concurrency", 1)
    world = World(down)
    core.tools.offer("test", world.tools())
    await core.runs.wait(core.runs.start({"text": "do it", "workspace": str(workspace), "approve": "all"}), 60)
    assert world.calls["weather.source1"] == 3 < world.calls["weather.source2"] == 6


def test_health_fades_and_is_forgiven() -> None:
    at = [0.0]
    health = Health(lambda: at[0])
    for _ in range(3):
        health.failed("x")
    assert health.sick("x")
    at[0] = HALF_LIFE
    assert not health.sick("x") and health.recent("x") == pytest.approx(1.5)
    health.worked("x")
    assert health.recent("x") == 0.0


def test_the_cheapest_way_is_the_healthiest_and_leads_through_what_only_reads() -> None:
    health = Health(lambda: 0.0)
    tools = World().tools()
    assert [way[0][0] for way in ways("weather.source1", {"item": "Rome"}, tools, health)] == ["weather.source2", "weather.source3"]
    health.failed("weather.source2")
    assert [way[0][0] for way in ways("weather.source1", {"item": "Rome"}, tools, health)] == ["weather.source3", "weather.source2"]
    (through,) = ways("paper.read", {"item": "bees"}, tools, health)
    assert [tool for tool, _ in through] == ["paper.load", "paper.scan"]
    assert ways("files.write", {"path": "a"}, tools, health) == [] == ways("paper.read", {"item": 5}, tools, health)


async def test_the_same_question_is_answered_once_until_something_changes(toolbox: LocalToolBox, context: ToolContext, workspace: Path) -> None:
    (workspace / "a.txt").write_text("one")

    async def read() -> ToolResult:
        return await toolbox.perform(await toolbox.prepare("files.read", {"path": "a.txt"}, context), context)

    first = await read()
    (workspace / "a.txt").write_text("two, by somebody else")
    again = await read()
    assert again.value == first.value and "as read 0 s ago" in again.text
    intent = await toolbox.prepare("files.write", {"path": "b.txt", "text": "x"}, context)
    await toolbox.perform(intent, context)
    assert "two" in (await read()).text and "ago" not in (await read()).text.replace("as read 0 s ago", "", 0)[:3]


def test_answers_are_of_one_run_and_grow_old() -> None:
    at = [0.0]
    answered = Answered(lambda: at[0])
    answered.put("r1", "t", {"a": 1}, ToolResult(1, "x"))
    assert answered.get("r2", "t", {"a": 1}) is None and answered.get("r1", "t", {"a": 2}) is None and answered.get("r1", "t", {"a": 1})
    at[0] = 301.0
    assert answered.get("r1", "t", {"a": 1}) is None
