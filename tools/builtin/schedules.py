"""Reminders and recurring tasks: made, listed, taken away. What is said is echoed with its next times; undo takes it back."""

from __future__ import annotations

from typing import Annotated

from core.errors import DeskhandError, ToolFailed, ToolRetry
from core.ports import Reminders, ToolContext, ToolResult
from tools.availability import needs_schedules
from tools.declare import Planned, tool
from tools.workbench import Workbench

INSTEAD = "tasks.add with a due day, or calendar.add, keeps it in a list."
READ_BEFORE = "what was read before it was made"
WHEN = Annotated[str, "as said, e.g. in 20 minutes, every weekday at 7:30, first Monday of the month at 9; cron, ISO 8601 and RRULE too"]


@tool("schedule.remind", "reversible", unavailable=needs_schedules, instead=INSTEAD, aliases=("remind", "set_reminder", "add_reminder", "reminder", "remind_me", "create_reminder"))
def remind(bench: Workbench, when: WHEN, text: Annotated[str, "what to be reminded of"]) -> Planned:
    """Remind the person of something at a time, once or again and again."""
    return _planned(bench, when, text, True, "")


@tool(
    "schedule.add",
    "reversible",
    unavailable=needs_schedules,
    instead=INSTEAD,
    aliases=("add_schedule", "schedule", "create_schedule", "schedule_task", "cron_add", "recurring_task"),
    always_ask=lambda args: True,
)
def add(bench: Workbench, when: WHEN, request: Annotated[str, "what is to be done each time, as a request"], name: Annotated[str, "a short one for lists"] = "") -> Planned:
    """Have a request carried out at a time, once or again and again, without being asked for it."""
    return _planned(bench, when, request, False, name)


@tool(
    "schedule.list",
    "reads",
    fresh=True,
    unavailable=needs_schedules,
    instead="tasks.list and calendar.list show what else is due.",
    aliases=("list_schedules", "show_schedules", "list_reminders", "my_reminders", "cron_list"),
)
async def list_(context: ToolContext) -> ToolResult:
    """Reminders and recurring tasks, the next ones first."""
    rows = _of(context).listed()
    outside = tuple(dict.fromkeys(row["outside"] for row in rows if row["outside"]))
    return ToolResult(
        {"items": [{key: value for key, value in row.items() if value or key != "outside"} for row in rows], "count": len(rows)},
        "\n".join(f"- {row['name']}: {row['when']}" + (f" (next {row['next']})" if row.get("next") else "") for row in rows) or "Nothing is scheduled.",
        tainted=bool(outside),
        origins=outside,
    )


@tool(
    "schedule.remove",
    "reversible",
    unavailable=needs_schedules,
    instead=INSTEAD,
    aliases=("remove_schedule", "delete_schedule", "cancel_reminder", "unschedule", "delete_reminder", "cron_remove"),
)
def remove(bench: Workbench, schedule: Annotated[str, "its name or id, or enough of it"]) -> Planned:
    """Take a reminder or a recurring task away."""
    rows = _of(bench.context).listed()
    words = schedule.lower().split()
    exact = [row for row in rows if schedule.lower() in (row["id"], row["name"].lower())]
    found = exact or [row for row in rows if words and all(word in f"{row['name']} {row['what']} {row['when']}".lower() for word in words)]
    if len(found) != 1:
        which = "; ".join(row["name"] for row in (found or rows)[:8] if not row["outside"])  # an error is nobody's words
        raise ToolRetry(
            f"{len(found)} schedules are like {schedule!r}: {which}." if found else f"Nothing like {schedule!r} is scheduled{': there are ' + which if which else ''}.",
            code="not_found",
            hint="schedule is a name, an id or enough words of one; schedule.list shows them all.",
        )
    change = bench.changes.schedule(found[0]["id"], None)
    return Planned((change,), {"id": found[0]["id"]}, f"Taken away: {found[0]['name']} ({found[0]['when']})", f"- {found[0]['name']}: {found[0]['when']}")


def _planned(bench: Workbench, when: str, what: str, is_reminder: bool, name: str) -> Planned:
    if not what.strip():
        raise ToolRetry("There is nothing to be reminded of or to do.", hint="text (schedule.remind) or request (schedule.add) says what.")
    context = bench.context
    outside = ("; ".join(context.origins) or READ_BEFORE) if context.tainted else ""
    try:
        schedule_id, content, said = _of(context).planned(when, what.strip(), is_reminder, str(bench.workspace), name, outside, context.remote)
    except DeskhandError as error:
        raise ToolRetry(
            f"{error.message} {error.hint}".strip(),
            code="bad_arguments",
            hint="when is said as: in 20 minutes, tomorrow at 9:00, 2026-12-24 18:30, every weekday at 7:30, first Monday of the month at 9.",
        ) from error
    told = f"{'Reminder' if is_reminder else 'Scheduled'}: {what.strip()}. {said}"
    return Planned((bench.changes.schedule(schedule_id, content),), {"id": schedule_id, "text": told}, told, f"+ {told}")


def _of(context: ToolContext) -> Reminders:
    if context.schedules is None:
        raise ToolFailed("There are no schedules here.", code="unavailable", hint=INSTEAD)
    return context.schedules
