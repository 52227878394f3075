"""A crash before and after every single event of a run: the next start goes on, and nothing is lost or done twice.

The kill tests choose random instants; these choose each of the few instants at which it matters.
"""

from __future__ import annotations

import collections
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core, compose
from core.home import Home
from models.scripted import ScriptedModel

PLAN = {
    "steps": [
        {"id": "s1", "tool": "files.make_folder", "args": {"path": "d"}, "needs": []},
        {"id": "s2", "tool": "files.append", "args": {"path": "d/log.txt", "text": "one"}, "needs": ["s1"]},
        {"id": "s3", "tool": "files.append", "args": {"path": "d/log.txt", "text": "two"}, "needs": ["s2"]},
        {"id": "s4", "tool": "files.move", "args": {"source": "given.txt", "target": "d"}, "needs": ["s3"]},
        {"id": "s5", "tool": "files.delete", "args": {"path": "gone.txt"}, "needs": ["s4"]},
    ]
}


class Crash(BaseException):
    """Stands for the end of the process."""


def models() -> dict[str, ScriptedModel]:
    return {
        "planner": ScriptedModel([lambda request: PLAN if request.purpose == "plan" else "Done."], "planner"),
        "reviewer": ScriptedModel([{"score": 0.9, "issues": [], "suggestions": []}], "reviewer"),
    }


def core_that_crashes(home: Home, at: int, after: bool) -> Core:
    core = compose(home, models=models())  # type: ignore[arg-type]
    for role in ("planner", "reviewer"):
        core.settings.set(f"models.{role}", role)
    count, append = [0], core.journal.append

    def counted(type_: str, run_id: str = "", data: dict[str, Any] | None = None) -> Any:
        count[0] += 1
        if count[0] > at:
            raise Crash
        if count[0] == at and not after:
            raise Crash
        event = append(type_, run_id, data)
        if count[0] == at:
            raise Crash
        return event

    core.journal.append = counted  # type: ignore[method-assign]
    return core


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(2, 22))
async def test_a_crash_at_any_event_loses_and_doubles_nothing(at: int, after: bool, own_home: Home, workspace: Path, make_core: Callable[..., Core]) -> None:
    (workspace / "given.txt").write_text("given")
    (workspace / "gone.txt").write_text("gone")
    broken = core_that_crashes(own_home, at, after)
    run_id = broken.runs.start({"text": "do it with given.txt and gone.txt", "workspace": str(workspace), "approve": "none"})
    with pytest.raises((Crash, TimeoutError)):
        await broken.runs.wait(run_id, 10)
    broken.database.connection.close()  # as the kernel would: no clean stop
    core = make_core(**models())
    core.runs.resume_unfinished()
    row = await core.runs.wait(run_id, 20)
    assert row["status"] == "done", row["result"]
    assert (workspace / "d/log.txt").read_text() == "one\ntwo\n"
    assert (workspace / "d/given.txt").read_text() == "given" and not (workspace / "gone.txt").exists()
    finished = collections.Counter(event.data["step"] for event in core.journal.of_run(run_id) if event.type == "step_finished")
    assert finished == {f"s{n}": 1 for n in range(1, 6)}
    assert core.journal.verify() is None
    report = await core.runs.undo(run_id)
    assert report["complete"], report
    assert sorted(path.name for path in workspace.iterdir()) == ["given.txt", "gone.txt"]
