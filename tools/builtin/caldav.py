"""A calendar kept elsewhere, by CalDAV (RFC 4791), with the person's own account. The password stands in the keyring; without an account the answer says how to add one.

A small client of our own over httpx and icalendar: the library for it brings a replacement of urllib3 that takes the place of the real one for every other package.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from urllib.parse import urljoin, urlsplit

from core.errors import ToolFailed, ToolRetry
from core.network.http import make_async_client
from core.ports import Scope, ToolContext, ToolResult
from tools import calendars
from tools.availability import needs_account
from tools.background import in_thread
from tools.builtin.calendar import MOST_DAYS, _day, made_event
from tools.declare import tool
from tools.sandbox.box import in_box
from tools.untrusted_xml import parsed

SECONDS, MOST_BYTES = 30.0, 20_000_000
LOOPBACK = ("localhost", "127.0.0.1", "::1")
DAV, CAL = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
NAME = Annotated[str, "which calendar, by name; empty: the first"]
_PROPS = '<?xml version="1.0"?><propfind xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><resourcetype/><displayname/><current-user-principal/><C:calendar-home-set/><C:supported-calendar-component-set/></prop></propfind>'
_QUERY = '<?xml version="1.0"?><C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><getetag/><C:calendar-data/></prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{}</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>'


HOW = "deskhand account set calendar --url https://… --user NAME --key-stdin"
INSTEAD = "calendar.list, calendar.add and calendar.remove work with the calendar of this machine."
MISSING = needs_account("calendar", "online calendar", "url", "user", "key", how=HOW)


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource of a calendar: its address, version, and parsed content."""

    url: str
    etag: str
    content: Any


def _account(context: ToolContext) -> tuple[str, str, str]:
    row = context.accounts.settings("calendar") if context.accounts else {}
    secret = context.accounts.secret("calendar") if context.accounts else None
    if not row.get("url") or not row.get("user") or not secret:
        raise ToolFailed(
            "No online calendar is set up. `deskhand account set calendar --url https://… --user NAME --key-stdin` takes one (CalDAV); the password goes to the keyring.",
            code="no_account",
            hint=INSTEAD,
        )
    url = str(row["url"])
    if urlsplit(url).scheme != "https" and urlsplit(url).hostname not in LOOPBACK:
        raise ToolFailed(
            "The address of the online calendar has to begin with https://, or the password could be read on the way.",
            code="not_secure",
            hint=INSTEAD,
        )
    return url, str(row["user"]), secret


def _scopes(args: dict[str, Any], context: ToolContext) -> tuple[Scope, ...]:
    return (Scope("host", urlsplit(_account(context)[0]).hostname or "", False),)


@tool(
    "caldav.events",
    "leaves",
    account="calendar",
    scopes=_scopes,
    unavailable=MISSING,
    instead=INSTEAD,
    limit=2,
    fresh=True,
    aliases=("online_calendar", "list_online_events", "caldav_list", "nextcloud_calendar", "icloud_calendar"),
)
async def events(
    context: ToolContext,
    start: Annotated[str, "first day, such as today or 2026-12-24"] = "today",
    days: Annotated[int, "how many days"] = 7,
    search: Annotated[str, "only events with this in their title, place or notes"] = "",
    calendar: NAME = "",
) -> ToolResult:
    """Events of the online calendar (CalDAV), in order."""
    first = _day(start, context)
    last = first + datetime.timedelta(days=max(1, min(days, MOST_DAYS)))
    zone = context.clock.now().astimezone().tzinfo
    between = (datetime.datetime.combine(day, datetime.time(), zone).astimezone(datetime.UTC).strftime("%Y%m%dT%H%M%SZ") for day in (first, last))
    async with _session(context) as session:
        name, url = await session.calendar(calendar)
        entries = await session.query(url, '<C:time-range start="{}" end="{}"/>'.format(*between))
    texts = [entry.content.to_ical().decode() for entry in entries]
    rows, text = await in_thread(partial(in_box, calendars.events_of_texts, texts, first.isoformat(), last.isoformat(), search, seconds=calendars.SECONDS))
    return ToolResult({"items": rows, "count": len(rows), "calendar": name}, text or f"Nothing is in {name} then.", tainted=True)


@tool("caldav.add", "leaves", account="calendar", scopes=_scopes, unavailable=MISSING, instead=INSTEAD, limit=1, aliases=("add_online_event", "caldav_add", "create_online_event"))
async def add(
    context: ToolContext,
    title: Annotated[str, "what it is called"],
    start: Annotated[str, "day or day and time, such as 2026-12-24T18:30 or tomorrow"],
    minutes: Annotated[int, "how long; 0: the whole day"] = 60,
    place: Annotated[str, "where"] = "",
    notes: Annotated[str, "anything else"] = "",
    repeat: Annotated[str, "RRULE such as FREQ=WEEKLY;BYDAY=MO, or empty"] = "",
    calendar: NAME = "",
) -> ToolResult:
    """Put an event into the online calendar (CalDAV)."""
    import icalendar

    event = made_event(context, title, start, minutes, place, notes, repeat)
    whole: Any = icalendar.Calendar()
    whole.add("prodid", "-//Deskhand//EN")
    whole.add("version", "2.0")
    whole.add_component(event)
    async with _session(context) as session:
        name, url = await session.calendar(calendar)
        await session.ask("PUT", urljoin(url, f"{uuid.uuid4()}.ics"), whole.to_ical(), {"Content-Type": "text/calendar; charset=utf-8", "If-None-Match": "*"})
    said = f"{title.strip()}, {calendars.day_in_words(event['dtstart'].dt)}" + (f", {repeat}" if repeat else "")
    return ToolResult({"id": str(event["uid"]), "start": event["dtstart"].dt.isoformat(), "calendar": name}, f"Added to {name}: {said}. caldav.remove takes it out again.")


@tool(
    "caldav.remove",
    "leaves",
    account="calendar",
    scopes=_scopes,
    unavailable=MISSING,
    instead=INSTEAD,
    limit=1,
    always_ask=lambda args: True,
    aliases=("remove_online_event", "caldav_delete", "delete_online_event", "caldav_remove"),
)
async def remove(context: ToolContext, event: Annotated[str, "its id, or its title"], calendar: NAME = "") -> ToolResult:
    """Take an event out of the online calendar (CalDAV); a recurring one with all its times."""
    wanted = event.strip().lower()
    async with _session(context) as session:
        name, url = await session.calendar(calendar)
        found = [
            entry
            for entry in await session.query(url, "")
            if any(wanted in (str(item.get("uid", "")).lower(), str(item.get("summary", "")).lower()) for item in entry.content.walk("VEVENT"))
        ]
        if not found:
            raise ToolRetry(f"There is no event {event!r} in {name}.", code="not_found", hint="caldav.events gives titles and ids.")
        heads = [entry.content.walk("VEVENT")[0] for entry in found]
        if len(found) > 1:
            raise ToolRetry(
                f"{len(found)} events are called {event!r}: "
                + "; ".join(f"{item.get('uid')} on {calendars.day_in_words(item['dtstart'].dt)}" for item in heads[:5])
                + ". Name one by its id.",
                hint="event takes an id, too.",
            )
        await session.ask("DELETE", found[0].url, b"", {"If-Match": found[0].etag} if found[0].etag else {})
    return ToolResult(
        {"removed": 1, "content": found[0].content.to_ical().decode()},
        f"Removed from {name}: {heads[0].get('summary')}, {calendars.day_in_words(heads[0]['dtstart'].dt)}.",
        tainted=True,
    )


@asynccontextmanager
async def _session(context: ToolContext) -> AsyncIterator[_Session]:
    url, user, password = _account(context)
    async with make_async_client(auth=(user, password), timeout=SECONDS) as client:
        yield _Session(client, url)


@dataclass(slots=True)
class _Session:
    """Asks one server. Everything stays at the host that the person named: the password goes nowhere else."""

    client: Any
    root: str

    async def ask(self, method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[str, bytes]:
        """Final address and body. Raises :class:`ToolFailed` in words."""
        import httpx

        home = urlsplit(self.root)
        for _ in range(4):
            if urlsplit(url)[:2] != home[:2]:
                raise ToolFailed(f"{home.hostname} leads to another server, {urlsplit(url).hostname}; set that one up if you want it.", code="other_host", hint=INSTEAD)
            try:
                answer = await self.client.request(method, url, content=body, headers=headers or {})
            except httpx.HTTPError as error:
                raise ToolFailed(f"{home.hostname} cannot be reached ({type(error).__name__}).", code="unreachable", retryable=True, hint=INSTEAD) from error
            if answer.is_redirect:
                url = urljoin(url, answer.headers["location"])
                continue
            _refused(answer.status_code, str(home.hostname))
            if len(answer.content) > MOST_BYTES:
                raise ToolFailed(f"{home.hostname} sends more than {MOST_BYTES // 1_000_000} MB; ask for fewer days.", code="too_big", hint="days is how many.")
            return url, answer.content
        raise ToolFailed(f"{home.hostname} redirects in circles.", hint=INSTEAD)

    async def _found(self, url: str, depth: int) -> list[tuple[str, Any]]:
        final, body = await self.ask("PROPFIND", url, _PROPS.encode(), {"Depth": str(depth), "Content-Type": "application/xml; charset=utf-8"})
        return [(urljoin(final, row.findtext(f"{DAV}href") or ""), row) for row in _xml(body).iter(f"{DAV}response")]

    async def calendar(self, wanted: str) -> tuple[str, str]:
        """Name and address of the calendar that is meant. Raises :class:`ToolRetry` with the names of those that there are."""
        there = await self._calendars()
        for name, url in there:
            if not wanted.strip() or name.lower() == wanted.strip().lower():
                return name, url
        raise ToolRetry(
            f"There is no calendar {wanted!r}; there are {', '.join(name for name, _ in there)}." if there else "There is no calendar for events at that address.",
            code="not_found",
            hint="calendar is the name of one, or empty for the first.",
        )

    async def _calendars(self) -> list[tuple[str, str]]:
        """From a calendar's own address, a collection of calendars, or anything that knows who the person is (RFC 5397, RFC 4791 §6.2.1)."""
        url = self.root
        for _ in range(4):
            rows = await self._found(url, 1)
            if found := [(row.findtext(f".//{DAV}displayname") or address.rstrip("/").rpartition("/")[2], address) for address, row in rows if _holds_events(row)]:
                return found
            onward = next(
                (href for _, row in rows for path in (f".//{CAL}calendar-home-set/{DAV}href", f".//{DAV}current-user-principal/{DAV}href") if (href := row.findtext(path))), ""
            )
            if not onward or urljoin(url, onward) == url:
                return []
            url = urljoin(url, onward)
        return []

    async def query(self, url: str, condition: str) -> list[Entry]:
        """The events of a calendar that a filter lets through; what cannot be read is passed over."""
        import icalendar

        final, body = await self.ask("REPORT", url, _QUERY.format(condition).encode(), {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"})
        entries = []
        for row in _xml(body).iter(f"{DAV}response"):
            try:
                content = icalendar.Calendar.from_ical(row.findtext(f".//{CAL}calendar-data") or "")
            except (ValueError, IndexError, KeyError):
                continue
            entries.append(Entry(urljoin(final, row.findtext(f"{DAV}href") or ""), row.findtext(f".//{DAV}getetag") or "", content))
        return entries


def _holds_events(row: Any) -> bool:
    kinds = [item.get("name") for item in row.iter(f"{CAL}comp")]
    return row.find(f".//{DAV}resourcetype/{CAL}calendar") is not None and (not kinds or "VEVENT" in kinds)


def _refused(status: int, host: str) -> None:
    if status in (401, 403):
        raise ToolFailed(f"{host} refuses the name or the password.", code="sign_in", hint=f"The person sets them with `{HOW}`.")
    if status == 412:
        raise ToolFailed("The event was changed meanwhile; look again.", code="changed", hint="caldav.events gives it as it is now.")
    if status == 404:
        raise ToolFailed(f"{host} has no calendar at that address.", code="not_found", hint=f"The person sets the address with `{HOW}`.")
    if status >= 400:
        raise ToolFailed(f"{host} answered {status}.", code="http_status", retryable=status in (429, 502, 503, 504), hint=INSTEAD)


def _xml(body: bytes) -> Any:
    try:
        return parsed(body)
    except ValueError as error:
        raise ToolFailed("What answers there is no CalDAV server.", code="unreadable", hint=f"The person sets the address with `{HOW}`.") from error
