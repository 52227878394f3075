"""Runs and approvals."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from app.service.api.access import CoreOf, default_workspace
from app.service.api.events import Feed
from app.service.api.shapes import Answer, Hold, NewRun, RunStarted, StepEdit, StepPlace
from core import events
from core.execution.run_state import RUN_TERMINAL

router = APIRouter(prefix="/api", tags=["runs"])
IDLE_SECONDS = 5.0  # after which a quiet stream sends an empty line


@router.post("/runs", status_code=201)
async def start(core: CoreOf, body: NewRun) -> RunStarted:
    """Start a run; it goes on whether or not anybody listens."""
    request = body.model_dump(exclude_none=True)
    request["workspace"] = body.workspace or default_workspace(core)
    request["outside"] = body.client
    run_id = core.runs.start(request, request.pop("run_id", ""))
    row = core.runs.runs.get(run_id)
    return RunStarted(run_id=run_id, conversation_id=row["conversation_id"], status=row["status"])


@router.get("/runs")
async def list_runs(core: CoreOf, limit: Annotated[int, Query(ge=1, le=1000)] = 50, conversation_id: str = "") -> list[dict[str, Any]]:
    """Past and present runs, newest first."""
    return core.runs.runs.newest(limit, conversation_id)


@router.get("/runs/{run_id}")
async def show(core: CoreOf, run_id: str, wait_s: Annotated[float, Query(ge=0, le=600)] = 0) -> dict[str, Any]:
    """One run with its result; ``wait_s`` seconds are given for it to end."""
    row = core.runs.show(run_id)
    if wait_s and row["id"] in core.runs.active():
        try:
            return await core.runs.wait(row["id"], wait_s)
        except TimeoutError:
            pass
    return core.runs.show(row["id"])


@router.post("/runs/{run_id}/steps/{step_id}/place")
async def place(core: CoreOf, run_id: str, step_id: str, body: StepPlace) -> dict[str, Any]:
    """Put a step of a live run on another machine; where it is under way on one, it is ended there first."""
    return core.runs.place(run_id, step_id, body.device)


@router.post("/runs/{run_id}/hold")
async def hold(core: CoreOf, run_id: str, body: Hold) -> dict[str, Any]:
    """Begin no further step of a live run, or go on. What is under way is not touched; the time limit stands still."""
    return core.runs.hold(run_id, body.held)


@router.post("/runs/{run_id}/steps/{step_id}/skip")
async def skip(core: CoreOf, run_id: str, step_id: str) -> dict[str, Any]:
    """Leave out a step that has not begun, and what needs it."""
    return core.runs.skip(run_id, step_id)


@router.patch("/runs/{run_id}/steps/{step_id}")
async def edit(core: CoreOf, run_id: str, step_id: str, body: StepEdit) -> dict[str, Any]:
    """Give a step that has not begun other arguments; code looks at them first."""
    return core.runs.edit(run_id, step_id, body.args)


@router.get("/runs/{run_id}/events")
async def history(core: CoreOf, run_id: str) -> list[dict[str, Any]]:
    """Every event of one run, oldest first: the audit."""
    row = core.runs.runs.get(run_id)
    return [event.to_json() for event in core.journal.of_run(row["id"])]


@router.get("/runs/{run_id}/stream", response_class=StreamingResponse, responses={200: {"content": {"application/x-ndjson": {}}, "description": "one event a line"}})
async def follow(core: CoreOf, run_id: str, answers: bool = False) -> StreamingResponse:
    """The events of one run as lines of JSON, from its beginning to ``run_finished``. ``answers``: this client can answer approvals."""
    row = core.runs.runs.get(run_id)
    return StreamingResponse(_lines(core, row["id"], answers), media_type="application/x-ndjson")


async def _lines(core: CoreOf, run_id: str, answers: bool) -> AsyncIterator[str]:
    with core.runs.attendance.follow(run_id), Feed(core, answers, run_id) as feed:
        for event in core.journal.of_run(run_id):
            feed.last = event.seq
            yield _line(event)
            if _is_end(core, event) and run_id not in core.runs.active():
                return
        while run_id in core.runs.active() or not feed.is_empty():
            following = await feed.next(IDLE_SECONDS)
            yield _line(following) if following else "\n"  # an empty line shows a client that has gone away
            if following and following.type == events.RUN_FINISHED:
                return


def _line(event: events.Event) -> str:
    return json.dumps(event.to_json(), ensure_ascii=False) + "\n"


def _is_end(core: CoreOf, event: events.Event) -> bool:
    return event.type == events.RUN_FINISHED and core.runs.runs.get(event.run_id)["status"] in RUN_TERMINAL


@router.post("/runs/{run_id}/cancel")
async def cancel(core: CoreOf, run_id: str) -> dict[str, Any]:
    """Stop a run; what it was doing is really stopped. One that this core has not heard of yet never begins: its client may have stopped it before it was accepted."""
    return core.runs.cancel(run_id)


@router.post("/runs/{run_id}/resume")
async def resume(core: CoreOf, run_id: str) -> dict[str, Any]:
    """Try again what a run could not do; what is done stays done."""
    return core.runs.resume(run_id)


@router.post("/runs/{run_id}/undo")
async def undo(core: CoreOf, run_id: str) -> dict[str, Any]:
    """Put everything back, or say exactly what cannot be."""
    return await core.runs.undo(run_id)


@router.get("/approvals", tags=["approvals"])
async def approvals(core: CoreOf) -> list[dict[str, Any]]:
    """What waits for consent."""
    return core.approvals.pending()


@router.get("/approvals/{approval_id}", tags=["approvals"])
async def approval(core: CoreOf, approval_id: str) -> dict[str, Any]:
    """One question in any state, with all of what it would do (``whole``) where the rest shows a part."""
    return core.approvals.get(approval_id)


@router.post("/approvals/{approval_id}", tags=["approvals"])
async def answer(core: CoreOf, approval_id: str, body: Answer) -> dict[str, Any]:
    """Consent once, for this conversation, always, or not; a plan may be agreed to with its steps changed."""
    return core.approvals.answer(approval_id, body.decision, steps=body.steps, content=body.content)
