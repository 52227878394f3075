"""The calendar: one ICS file in Deskhand's folder, or any .ics of the workspace. Recurring events are unrolled by the library."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from core.errors import ToolRetry
from core.ports import ToolContext, ToolResult
from tools import calendars, paths
from tools.background import in_thread
from tools.dates import read_date
from tools.declare import Planned, tool
from tools.sandbox.box import in_box
from tools.workbench import Workbench

FILE = Annotated[str, "an .ics file; empty: Deskhand's own calendar"]
MOST_DAYS = 800


@tool(
    "calendar.list", "reads", reads=("file",), aliases=("list_events", "calendar_list", "get_events", "show_calendar", "agenda", "upcoming_events", "my_calendar", "read_calendar")
)
async def list_(
    context: ToolContext,
    start: Annotated[str, "first day, such as today, 2026-12-24 or next Monday"] = "today",
    days: Annotated[int, "how many days, 800 at most"] = 7,
    search: Annotated[str, "only events with this in their title, place or notes"] = "",
    file: FILE = "",
) -> ToolResult:
    """Events of Deskhand's calendar (or of an .ics file) with start, title and place, in order; recurring ones each time."""
    place = _where(file, context)
    first = _day(start, context)
    last = first + datetime.timedelta(days=max(1, min(days, MOST_DAYS)))
    rows, text = await in_thread(_events, place, first, last, search)
    return ToolResult(
        {"items": rows, "count": len(rows)},
        text or f"Nothing {f'with {search!r} ' if search else ''}is in the calendar from {first} to {last - datetime.timedelta(days=1)}.",
        tainted=bool(file) and not paths.is_inside(place, context.workspace),
    )


@tool(
    "calendar.add",
    "reversible",
    writes=("file",),
    aliases=("add_event", "create_event", "new_event", "calendar_add", "schedule_meeting", "book_meeting", "add_appointment", "create_calendar_event"),
)
def add(
    bench: Workbench,
    title: Annotated[str, "what it is called"],
    start: Annotated[str, "day or day and time, such as 2026-12-24T18:30, tomorrow or 24 December"],
    minutes: Annotated[int, "how long; 0: the whole day"] = 60,
    place: Annotated[str, "where"] = "",
    notes: Annotated[str, "anything else"] = "",
    repeat: Annotated[str, "RRULE such as FREQ=WEEKLY;BYDAY=MO, or empty"] = "",
    file: FILE = "",
) -> Planned:
    """Put an event into the calendar, once or recurring. It rings no bell: schedule.remind does."""
    goal = _where(file, bench.context)
    event = made_event(bench.context, title, start, minutes, place, notes, repeat)
    content = _in_box(calendars.with_event, goal, event.to_ical().decode())
    said = f"{title.strip()}, {calendars.day_in_words(event['dtstart'].dt)}" + (f", {repeat}" if repeat else "")
    return Planned(_put(bench, goal, content), {"id": str(event["uid"]), "start": event["dtstart"].dt.isoformat()}, f"Added: {said}.", f"+ {said}")


@tool("calendar.remove", "reversible", writes=("file",), aliases=("delete_event", "remove_event", "cancel_event", "cancel_meeting", "calendar_remove", "delete_appointment"))
def remove(bench: Workbench, event: Annotated[str, "its id, or its title"], file: FILE = "") -> Planned:
    """Take an event out of the calendar."""
    goal = _where(file, bench.context)
    if not goal.exists():
        raise calendars.no_event(event)
    content, said, number = _in_box(calendars.without_event, goal, event)
    return Planned(_put(bench, goal, content), {"removed": number}, f"Removed: {said}.", f"- {said}")


def made_event(context: ToolContext, title: str, start: str, minutes: int, place: str, notes: str, repeat: str) -> Any:
    """An event of icalendar's. Raises :class:`ToolRetry` in words."""
    import icalendar

    if not title.strip():
        raise ToolRetry("The event needs a title.", hint="title is what it is called.")
    begins = _moment(start, context)
    whole = minutes <= 0 or not isinstance(begins, datetime.datetime)
    event: Any = icalendar.Event()
    event.add("uid", f"{uuid.uuid4()}@deskhand")
    event.add("dtstamp", context.clock.now())
    event.add("summary", title.strip())
    event.add("dtstart", begins.date() if whole and isinstance(begins, datetime.datetime) else begins)
    event.add("dtend", (begins.date() if isinstance(begins, datetime.datetime) else begins) + datetime.timedelta(days=1) if whole else begins + datetime.timedelta(minutes=minutes))
    for name, value in (("location", place), ("description", notes)):
        if value:
            event.add(name, value)
    if repeat:
        event.add("rrule", _rule(repeat))
    return event


def _where(file: str, context: ToolContext) -> Path:
    if not file:
        from core.home import Home

        return Home.default().root / "calendar.ics"
    goal = paths.target_of(file, context.workspace)
    return goal if goal.suffix.lower() == ".ics" else goal.with_name(goal.name + ".ics")


def _events(file: Path, first: datetime.date, last: datetime.date, search: str) -> tuple[list[dict[str, Any]], str]:
    if not file.exists():
        return [], ""
    rows, text = _in_box(calendars.events_of_file, file, first.isoformat(), last.isoformat(), search)
    return rows, text


def _in_box(work: Callable[..., Any], file: Path, *args: Any) -> Any:
    """What a function of :mod:`tools.calendars` gives of a file, which need not be there."""
    return in_box(work, str(file), *args, files=[file] if file.exists() else [], seconds=calendars.SECONDS)


def _put(bench: Workbench, goal: Path, content: str) -> tuple[Any, ...]:
    return (*bench.changes.folders(goal.parent), bench.changes.put(goal, content.encode()))


def _day(text: str, context: ToolContext) -> datetime.date:
    found = read_date(text, context.clock.now().astimezone().date())
    if found is None:
        raise ToolRetry(f"{text!r} is no day that I understand.", hint="Write a day as 2026-12-24, tomorrow, next Monday or 24 December; with a time as 2026-12-24T18:30.")
    return found


def _moment(text: str, context: ToolContext) -> datetime.date | datetime.datetime:
    """A day, or a day and a time in the zone of this machine."""
    try:
        found = datetime.datetime.fromisoformat(text.strip())
        if "T" not in text and ":" not in text:
            return found.date()
        return found if found.tzinfo else found.replace(tzinfo=context.clock.now().astimezone().tzinfo)
    except ValueError:
        pass
    import re

    if match := re.fullmatch(r"(.+?)(?:,| at)? (\d{1,2})(?:[:.](\d{2}))? ?(am|pm|h)?", text.strip(), re.I):
        day = read_date(match[1], context.clock.now().astimezone().date())
        hour = int(match[2]) % 12 + (12 if match[4].lower() == "pm" else 0) if match[4] and match[4].lower() != "h" else int(match[2])
        if day and hour < 24 and (match[3] or match[4]):
            return datetime.datetime.combine(day, datetime.time(hour, int(match[3] or 0)), context.clock.now().astimezone().tzinfo)
    return _day(text, context)


def _rule(text: str) -> Any:
    import icalendar

    try:
        rule = icalendar.vRecur.from_ical(text.removeprefix("RRULE:"))
    except ValueError as error:
        raise ToolRetry(f"{text!r} is no RRULE.", hint="repeat is such as FREQ=WEEKLY;BYDAY=MO or FREQ=MONTHLY;BYMONTHDAY=1.") from error
    if "FREQ" not in rule:
        raise ToolRetry(f"{text!r} is no RRULE.", hint="repeat is such as FREQ=WEEKLY;BYDAY=MO or FREQ=MONTHLY;BYMONTHDAY=1.")
    return rule
