"""A run whose event cannot be written: front ends are told that it stands still, and it goes on by itself when there is room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.desktop.viewmodels.run_view import RunView
from app.service.composition import Core
from core import run_service
from core.errors import StorageError
from core.events import Event
from models.scripted import ScriptedModel

PLAN = {"steps": [{"id": "s1", "tool": "files.write", "args": {"path": "a.txt", "text": "x"}}], "confidence": 0.97}


async def test_a_run_that_cannot_be_written_is_told_and_goes_on(make_core: Callable[..., Core], workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_service, "REVIVE_FIRST", 0.05)
    core = make_core(planner=ScriptedModel([PLAN, "done"], "planner"), reviewer=ScriptedModel([{"score": 0.95, "issues": [], "suggestions": []}], "reviewer"))
    heard: list[Event] = []
    core.journal.subscribe(heard.append)
    append, full = core.journal.append, [False]

    room = False

    def failing(type_: str, run_id: str = "", data: dict[str, Any] | None = None) -> Event:
        full[0] = full[0] or (type_ == "step_started" and not room)
        if full[0]:
            raise StorageError("The disk is full.", hint="Free some space.")
        return append(type_, run_id, data)

    monkeypatch.setattr(core.journal, "append", failing)
    run_id = core.runs.start({"text": "write it", "workspace": str(workspace), "approve": "all"})
    async with asyncio.timeout(15):
        while not (told := [event for event in heard if event.type == "problem_raised"]):
            await asyncio.sleep(0.01)
        assert told[0].seq == 0 and told[0].run_id == run_id and told[0].data["stands_still"] and "full" in told[0].data["message"]
        view = RunView(run_id)
        for event in heard:
            if event.run_id == run_id:
                view.apply(event.to_json())
        assert view.busy and "The disk is full" in view.stuck
        room, full[0] = True, False
        while not (workspace / "a.txt").exists() or core.runs.active():
            await asyncio.sleep(0.01)
    for event in heard:
        view.apply(event.to_json())
    assert core.runs.show(run_id)["result"]["status"] == "done" and view.status == "done" and core.journal.verify() is None
    assert not [event for event in core.journal.of_run(run_id) if event.type == "problem_raised"]  # it was told, not kept
