"""A run under way in a person's hands: held, changed, a step left out, going on; its time stands still meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core
from core.errors import UsageError
from core.execution.run_state import RunState
from models.scripted import ScriptedModel

GATE = {"argv": ["sh", "-c", "until test -f go; do sleep 0.01; done"]}
PLAN = {
    "steps": [
        {"id": "s1", "tool": "shell.run", "args": GATE, "needs": []},
        {"id": "s2", "tool": "files.write", "args": {"path": "a.txt", "text": "one"}, "needs": ["s1"]},
        {"id": "s3", "tool": "files.write", "args": {"path": "b.txt", "text": "two"}, "needs": ["s2"]},
        {"id": "s4", "tool": "files.append", "args": {"path": "b.txt", "text": "three"}, "needs": ["s3"]},
        {"id": "s5", "tool": "files.write", "args": {"path": "c.txt", "text": "four"}, "needs": ["s2"]},
    ]
}


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


def statuses(core: Core, run_id: str) -> dict[str, str]:
    return {step["id"]: step["status"] for step in core.runs.show(run_id)["result"]["steps"]}


async def held_run(make_core: Callable[..., Core], workspace: Path, **more: Any) -> tuple[Core, str]:
    """The first step is done, the run is held, nothing else has begun."""
    core = make_core(
        planner=ScriptedModel([PLAN], "planner"), reviewer=ScriptedModel([{"score": 0.95, "issues": [], "suggestions": []}], "reviewer"), executor=ScriptedModel(["ok"], "executor")
    )
    run_id = core.runs.start({"text": "write a.txt, b.txt and c.txt", "workspace": str(workspace), "approve": "all", **more})
    await until(lambda: statuses(core, run_id).get("s1") == "running")
    core.runs.hold(run_id, True)
    (workspace / "go").touch()
    await until(lambda: statuses(core, run_id)["s1"] == "done")
    return core, run_id


async def test_a_held_run_is_changed_and_goes_on(make_core: Callable[..., Core], workspace: Path) -> None:
    core, run_id = await held_run(make_core, workspace)
    for _ in range(20):
        await asyncio.sleep(0)
    assert statuses(core, run_id) == {"s1": "done", "s2": "ready", "s3": "waiting", "s4": "waiting", "s5": "waiting"}
    with pytest.raises(UsageError, match="path"):
        core.runs.edit(run_id, "s2", {"text": "no place to put it"})
    with pytest.raises(UsageError, match="under way or over"):
        core.runs.skip(run_id, "s1")
    with pytest.raises(UsageError, match="no step"):
        core.runs.skip(run_id, "s9")
    core.runs.edit(run_id, "s2", {"path": "a.txt", "text": "changed"})
    core.runs.skip(run_id, "s3")
    assert RunState.replay(run_id, core.journal.of_run(run_id)).held, "a restart finds it held"
    core.runs.hold(run_id, False)
    result = (await core.runs.wait(run_id, 10))["result"]
    assert statuses(core, run_id) == {"s1": "done", "s2": "done", "s3": "skipped", "s4": "skipped", "s5": "done"} and result["status"] == "done"
    assert (workspace / "a.txt").read_text() == "changed" and not (workspace / "b.txt").exists() and (workspace / "c.txt").exists()
    why = {step["id"]: (step["error"] or {}).get("message") for step in result["steps"]}
    assert why["s3"] == "You left it out." and why["s4"] == "s3 was left out."
    with pytest.raises(UsageError, match="over"):
        core.runs.hold(run_id, True)


async def test_the_time_limit_stands_still_while_a_run_is_held(make_core: Callable[..., Core], workspace: Path) -> None:
    core, run_id = await held_run(make_core, workspace, timeout_s=2.0)
    over = asyncio.get_running_loop().time() + 2.2
    await until(lambda: asyncio.get_running_loop().time() > over)
    core.runs.hold(run_id, False)
    assert (await core.runs.wait(run_id, 10))["status"] == "done"


async def test_a_held_run_can_be_stopped(make_core: Callable[..., Core], workspace: Path) -> None:
    core, run_id = await held_run(make_core, workspace)
    core.runs.cancel(run_id)
    assert (await core.runs.wait(run_id, 10))["status"] == "cancelled" and not (workspace / "a.txt").exists()


async def test_a_run_of_which_everything_is_left_out_ends(make_core: Callable[..., Core], workspace: Path) -> None:
    core, run_id = await held_run(make_core, workspace)
    core.runs.skip(run_id, "s2")
    assert (await core.runs.wait(run_id, 10))["status"] == "done", "nothing is left to wait for"
