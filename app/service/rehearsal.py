"""A schedule tried in thought when it is made: planned, each step prepared, nothing done. What would ask is what the person may sign for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from app.service.composition import Core
from core.errors import DeskhandError, ToolError
from core.plan import references
from core.ports import Scope, ToolContext
from core.schedule.task import task_of

PLAN_SECONDS = 120.0


async def rehearsed(core: Core, row: dict[str, Any]) -> list[dict[str, Any]]:
    """One row a step: ``tool``, ``args``, ``asks`` (whether it would wait), ``why``, and ``sign``: the entries of an envelope that would cover it."""
    task = task_of(row["task"])
    if task.remind:
        return []
    request = core.alarm.engine.request(row, task, {"due_at": 0})
    if not row["conversation_id"]:
        row["conversation_id"] = core.conversations.create(row["name"], task.workspace)["id"]
        core.schedules.keep(row["id"], conversation_id=row["conversation_id"])
    request |= {"plan_only": True, "approve": "none", "conversation_id": row["conversation_id"]}
    request.pop("schedule")
    try:
        run_id = core.runs.start(request)
        result = (await core.runs.wait(run_id, PLAN_SECONDS))["result"]
    except (DeskhandError, TimeoutError) as error:
        return [{"tool": "", "args": {}, "asks": True, "why": str(error) or "it took too long to plan", "sign": []}]
    steps = result.get("plan", {}).get("steps", ())
    if not steps:
        return [{"tool": "", "args": {}, "asks": result.get("status") != "planned", "why": str(result.get("answer", ""))[:500], "sign": []}]
    sources = {step["id"]: step["tool"] for step in steps}
    return [await _step(core, step, Path(task.workspace), sources) for step in steps]


async def _step(core: Core, step: dict[str, Any], workspace: Path, sources: dict[str, str]) -> dict[str, Any]:
    tool, args = step["tool"], step["args"]
    used = references(args)
    outside = any(core.tools.speaks_from_outside(sources[one]) for one in used if one in sources)
    told: dict[str, Any] = {"tool": tool, "args": args, "asks": False, "why": "", "sign": []}
    if tool == "text.compose":
        return told
    risk = core.tools.risk(tool)
    try:
        if used and risk in ("reads", "reversible"):
            return told  # it works in the workspace on what earlier steps give; what goes beyond asks
        intent = await core.tools.prepare(tool, args, ToolContext("rehearsal", step["id"], workspace, core.clock, asyncio.Event()))
    except ToolError as error:
        return told | {"why": error.message}
    except DeskhandError as error:
        return told | {"why": error.message}
    decision = core.policy.decide(intent, "", False, outside)
    if decision.verdict == "allow" or intent.always_ask:
        return told | {"asks": intent.always_ask, "why": decision.why}
    scopes = decision.scopes or (Scope("none"),)
    return told | {
        "asks": True,
        "why": decision.why,
        "sign": [{"tool": tool, "scope": f"{scope.kind}:{scope.value}" if scope.kind != "none" else "*", "outside": outside} for scope in scopes],
    }
