"""Schedules: what is due when, what became of it, and what the person signed for."""

from __future__ import annotations

import heapq
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.service.api.access import CoreOf, default_workspace
from app.service.api.shapes import Envelope, NewSchedule, NoticesSeen, ScheduleChange, ScheduleTask, ScheduleWhen
from app.service.composition import Core
from app.service.rehearsal import rehearsed
from core import events
from core.clock import iso
from core.errors import UsageError
from core.schedule.planning import zone_here
from core.schedule.rules import between, upcoming, zone_of
from core.schedule.sentence import sentence
from core.schedule.store import moment_of
from core.schedule.task import Task, task_of
from core.schedule.when import read

router = APIRouter(prefix="/api/schedules", tags=["schedules"])
MOST_DAYS = 62
Count = Annotated[int, Query(ge=1, le=1000)]


@router.get("")
async def all_schedules(core: CoreOf, limit: Annotated[int, Query(ge=1, le=10_000)] = 1000, offset: Annotated[int, Query(ge=0, le=10**9)] = 0) -> list[dict[str, Any]]:
    """Those that are due first come first."""
    return [_shown(core, row) for row in core.schedules.all(limit, offset)]


@router.post("/when")
async def when(core: CoreOf, body: ScheduleWhen) -> dict[str, Any]:
    """How a time is understood, as one sentence with the next three times; nothing is saved."""
    zone, now = body.zone or zone_here(core.settings), core.clock.now()
    rule = read(body.text, now, zone, core.settings["schedules.time_of_day"])
    return {"rule": rule, "zone": zone, "sentence": sentence(rule, zone, now), "next": [moment.isoformat() for moment in upcoming(rule, zone, now, 3)]}


@router.get("/calendar")
async def calendar(
    core: CoreOf, start: Annotated[int, Query(ge=0, le=2**43, description="milliseconds since the epoch")], days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 7
) -> list[dict[str, Any]]:
    """What will be due in these days, up to 50 times a schedule."""
    begin, end = moment_of(max(start, round(core.clock.now().timestamp() * 1000))), moment_of(start + days * 86_400_000)
    rows = [row for row in core.schedules.all(2000) if row["state"] == "on" and row["next_at"] and row["next_at"] <= end.timestamp() * 1000]
    found = [{"schedule_id": row["id"], "name": row["name"], "at": moment.isoformat()} for row in rows for moment in between(row["rule"], row["zone"], begin, end, 50)]
    return sorted(found, key=lambda one: one["at"])[:2000]


@router.get("/next")
async def following(core: CoreOf, limit: Count = 10) -> list[dict[str, Any]]:
    """What is due next, over all schedules, soonest first."""
    rows = {row["id"]: row for row in core.schedules.all(limit) if row["state"] == "on" and row["next_at"]}  # of more than that none is among the first ``limit``
    coming = [(moment_of(row["next_at"]), id_) for id_, row in rows.items()]
    heapq.heapify(coming)
    found: list[dict[str, Any]] = []
    while coming and len(found) < limit:
        moment, id_ = heapq.heappop(coming)
        found.append(_time(rows[id_], moment))
        for later in upcoming(rows[id_]["rule"], rows[id_]["zone"], moment, 1):
            heapq.heappush(coming, (later, id_))
    return found


@router.get("/history")
async def history(core: CoreOf, limit: Count = 100) -> list[dict[str, Any]]:
    """What became of due times, over all schedules, newest first."""
    return core.schedules.history(limit=limit)


@router.get("/notices")
async def notices(core: CoreOf, unseen: bool = True, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[dict[str, Any]]:
    """What was to be told: results, reminders, failures, missed times, questions; newest first."""
    return core.schedules.notices(unseen, limit)


@router.post("/notices/seen")
async def seen(core: CoreOf, body: NoticesSeen) -> dict[str, int]:
    """Notices up to this one were seen."""
    return {"seen": core.schedules.see(body.until)}


@router.get("/attention")
async def attention(core: CoreOf) -> dict[str, list[dict[str, Any]]]:
    """What waits for consent, and what was missed or failed lately."""
    waiting = {row["run_id"]: row for row in core.approvals.pending()}
    running = core.schedules.history(limit=200, states=("running",))
    parked = [{**one, "approval": waiting[one["run_id"]]["id"]} for one in running if one["run_id"] in waiting]
    return {"parked": parked, "missed": core.schedules.history(limit=50, states=("missed",)), "failed": core.schedules.history(limit=50, states=("failed", "refused"))}


@router.post("", status_code=201)
async def add(core: CoreOf, body: NewSchedule) -> dict[str, Any]:
    """Keep a new schedule; the answer says it back, and what it would have to be allowed."""
    zone = body.zone or zone_here(core.settings)
    rule = read(body.when, core.clock.now(), zone, core.settings["schedules.time_of_day"])
    row = core.schedules.add(body.name, rule, zone, _task(core, body.task))
    core.journal.append(events.SCHEDULES_CHANGED, "", {"schedule": row["id"]})
    return _shown(core, row) | {"wants": await rehearsed(core, row)}


@router.get("/{schedule_id}")
async def show(core: CoreOf, schedule_id: str) -> dict[str, Any]:
    """One schedule with its last fifty times."""
    row = core.schedules.get(schedule_id)
    return _shown(core, row) | {"history": core.schedules.history(row["id"], 50)}


@router.patch("/{schedule_id}")
async def change(core: CoreOf, schedule_id: str, body: ScheduleChange) -> dict[str, Any]:
    """Change a schedule. With another task it has to be signed anew."""
    row, values = core.schedules.get(schedule_id), dict[str, Any]()
    if body.name is not None:
        values["name"] = body.name
    if body.zone or body.when:
        zone = body.zone or row["zone"]
        values |= {"zone": zone, "rule": read(body.when, core.clock.now(), zone, core.settings["schedules.time_of_day"]) if body.when else row["rule"]}
        values["state"] = "on" if row["state"] == "over" else row["state"]
    if body.task is not None:
        values["task"] = _task(core, body.task).to_json()
    return _changed(core, schedule_id, **values)


@router.post("/{schedule_id}/pause")
async def pause(core: CoreOf, schedule_id: str) -> dict[str, Any]:
    """It is not due until it is resumed."""
    return _changed(core, schedule_id, state="paused")


@router.post("/{schedule_id}/resume")
async def resume(core: CoreOf, schedule_id: str) -> dict[str, Any]:
    """It is due again from now on."""
    return _changed(core, schedule_id, state="on")


@router.post("/{schedule_id}/run")
async def run(core: CoreOf, schedule_id: str) -> dict[str, Any]:
    """Run it now, besides its times; twice within two seconds is once."""
    return core.alarm.engine.run_now(schedule_id)


@router.post("/{schedule_id}/rehearse")
async def rehearse(core: CoreOf, schedule_id: str) -> dict[str, Any]:
    """What it would do, without doing it: its steps, and what of them would ask."""
    return {"wants": await rehearsed(core, core.schedules.get(schedule_id))}


@router.post("/{schedule_id}/sign")
async def sign(core: CoreOf, schedule_id: str, body: Envelope) -> dict[str, Any]:
    """The person's consent, ahead of time, to just this; whatever goes beyond it waits for an answer."""
    return _changed(core, schedule_id, envelope=[entry.model_dump() for entry in body.envelope])


@router.get("/{schedule_id}/next")
async def next_of(core: CoreOf, schedule_id: str, limit: Count = 10) -> list[dict[str, Any]]:
    """The next times of one schedule; none where it is paused, over or waits for an event."""
    row = core.schedules.get(schedule_id)
    if row["state"] != "on" or not row["next_at"]:
        return []
    first = moment_of(row["next_at"])
    return [_time(row, moment) for moment in (first, *upcoming(row["rule"], row["zone"], first, limit - 1))]


def _time(row: dict[str, Any], moment: datetime) -> dict[str, Any]:
    """``at`` is RFC 3339 in UTC, ``local`` the same moment in the schedule's own zone."""
    local = moment.astimezone(zone_of(row["zone"]))
    return {"schedule_id": row["id"], "name": row["name"], "at": iso(moment), "local": local.isoformat(), "said": task_of(row["task"]).said}


@router.get("/{schedule_id}/history")
@router.get("/{schedule_id}/runs")
async def runs(core: CoreOf, schedule_id: str, limit: Count = 100) -> list[dict[str, Any]]:
    """What became of its times, newest first."""
    return core.schedules.history(core.schedules.get(schedule_id)["id"], limit)


@router.delete("/{schedule_id}", status_code=204)
async def remove(core: CoreOf, schedule_id: str) -> None:
    """Forget a schedule with its history."""
    core.schedules.remove(schedule_id)
    core.journal.append(events.SCHEDULES_CHANGED, "", {"schedule": schedule_id})


def _changed(core: Core, schedule_id: str, **values: Any) -> dict[str, Any]:
    row = core.schedules.change(schedule_id, **values)
    core.journal.append(events.SCHEDULES_CHANGED, "", {"schedule": row["id"]})
    return _shown(core, row)


def _task(core: Core, body: ScheduleTask) -> Task:
    row = body.model_dump(exclude_none=True)
    row["workspace"] = row["workspace"] or default_workspace(core)
    task = task_of(row)
    if task.skill:
        core.skills.get(str(task.skill["name"]))
    for model in task.models.values():
        core.pool.get(model)
    if task.deliver == "file" and "\0" in task.deliver_to:
        raise UsageError("That is no name for a file.", code="bad_schedule")
    if task.deliver == "device":
        core.devices.hub.devices.get(task.deliver_to)
    return task


def _shown(core: Core, row: dict[str, Any]) -> dict[str, Any]:
    now = core.clock.now()
    last = core.schedules.history(row["id"], 1)
    bound = {"outside": row["task"].get("outside", ""), "hub": row["task"].get("remote", {}).get("hub", "")}
    row = {**row, "task": {key: value for key, value in row["task"].items() if key not in ("outside", "remote")}}
    return {
        **bound,
        "id": row["id"], "name": row["name"], "state": row["state"], "rule": row["rule"], "zone": row["zone"], "task": row["task"], "said": task_of(row["task"]).said, "envelope": row["envelope"],
        "when": sentence(row["rule"], row["zone"], now), "next_at": row["next_at"], "conversation_id": row["conversation_id"], "failures": row["failures"], "last": last[0] if last else None,
    }  # fmt: skip
