"""Calendars as others write them: read, unrolled, changed. Called in a box (:mod:`tools.sandbox.box`): a rule may give an event each second since 1970."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from core.errors import ToolFailed, ToolRetry
from tools.regular_files import read_regular

SECONDS = 15.0  # that looking into a calendar may take
MOST_EVENTS, MOST_UNROLLED = 300, 100_000


def events_of_file(file: str, first: str, last: str, search: str) -> tuple[list[dict[str, Any]], str]:
    """The events of an .ics file from one day to before another (ISO), with ``search`` in them: as rows and as lines."""
    return _shown([_read(Path(file))], first, last, search)


def events_of_texts(texts: list[str], first: str, last: str, search: str) -> tuple[list[dict[str, Any]], str]:
    """The same of several calendars, each as its text; what cannot be read is passed over."""
    return _shown(_readable(texts), first, last, search)


def with_event(file: str, event: str) -> str:
    """The text of an .ics file, which need not be there, with an event put in."""
    import icalendar

    calendar = _read(Path(file)) if Path(file).exists() else _empty()
    calendar.add_component(icalendar.Event.from_ical(event))
    return str(calendar.to_ical().decode())


def without_event(file: str, event: str) -> tuple[str, str, int]:
    """The text of an .ics file without an event, what that was, and how many entries it had. Raises :class:`ToolRetry`."""
    calendar = _read(Path(file))
    found = [item for item in calendar.walk("VEVENT") if event.strip().lower() in (str(item.get("uid", "")).lower(), str(item.get("summary", "")).lower())]
    if not found:
        raise no_event(event)
    if len({str(item.get("uid")) for item in found}) > 1:
        raise ToolRetry(
            f"{len(found)} events are called {event!r}: " + "; ".join(f"{item.get('uid')} on {day_in_words(item['dtstart'].dt)}" for item in found[:5]) + ". Name one by its id.",
            hint="event takes an id, too.",
        )
    calendar.subcomponents = [item for item in calendar.subcomponents if item not in found]
    return calendar.to_ical().decode(), f"{found[0].get('summary')}, {day_in_words(found[0]['dtstart'].dt)}", len(found)


def no_event(event: str) -> ToolRetry:
    """The error for an event that is not there."""
    return ToolRetry(f"There is no event {event!r} in the calendar.", code="not_found", hint="calendar.list gives titles; event is a title or an id.")


def day_in_words(when: datetime.date | datetime.datetime) -> str:
    """``Thursday 2026-12-24 18:30``."""
    return f"{when:%A %Y-%m-%d %H:%M}" if isinstance(when, datetime.datetime) else f"{when:%A %Y-%m-%d}"


def _shown(calendars: Iterable[Any], first: str, last: str, search: str) -> tuple[list[dict[str, Any]], str]:
    import recurring_ical_events

    start, end = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    events = (event for calendar in calendars for event in recurring_ical_events.of(calendar).between(start, end))
    found = (row for row in map(_row, islice(events, MOST_UNROLLED)) if search.lower() in f"{row['title']} {row['place']} {row['notes']}".lower())
    rows = sorted(found, key=lambda row: row["start"])[:MOST_EVENTS]
    return rows, "\n".join(f"- {row['start'].replace('T', ' ')[:16]} {row['title']}" + (f" ({row['place']})" if row["place"] else "") for row in rows)


def _readable(texts: list[str]) -> Iterator[Any]:
    import icalendar

    for text in texts:
        try:
            yield icalendar.Calendar.from_ical(text)
        except (ValueError, IndexError, KeyError):
            continue


def _empty() -> Any:
    import icalendar

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Deskhand//EN")
    calendar.add("version", "2.0")
    return calendar


def _read(file: Path) -> Any:
    import icalendar

    try:
        return icalendar.Calendar.from_ical(read_regular(file))
    except (ValueError, IndexError, KeyError) as error:
        raise ToolFailed(f"{file.name} is damaged or no calendar.", code="unreadable", hint="files.read shows it as text; calendars are .ics files.") from error


def _row(event: Any) -> dict[str, Any]:
    end = event.get("dtend")
    return {
        "id": str(event.get("uid", "")), "title": str(event.get("summary", "")), "start": event["dtstart"].dt.isoformat(), "end": end.dt.isoformat() if end else "",
        "place": str(event.get("location", "")), "notes": str(event.get("description", "")),
    }  # fmt: skip
