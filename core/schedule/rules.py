"""When a rule is due next.

A rule is JSON, and always goes with an IANA zone:

- ``{"kind": "once", "at": LOCAL}``
- ``{"kind": "rrule", "rrule": "FREQ=WEEKLY;BYDAY=MO", "start": LOCAL}`` (RFC 5545; the start is only an anchor, not an occurrence of its own)
- ``{"kind": "cron", "cron": "0 9 * * 1-5"}``
- ``{"kind": "every", "seconds": 5400, "start": UTC}``: elapsed time, whatever the clocks do
- ``{"kind": "any", "of": [rule, …]}``: each of several; ``{"kind": "when", …}``: an event, which no clock knows (``core.schedule.watching``)

Each of a clock may have ``"zone"``, the IANA zone whose clocks it means where that is not the schedule's own ("every weekday at 9 in New York").
LOCAL is ISO 8601 without an offset. Each but ``when`` may have ``"from"`` and ``"until"`` (LOCAL), and ``"but_not"`` (days, ISO).

Clocks that change: a local time that does not exist is moved forward by the gap (02:30 becomes 03:30); one that happens twice counts the first time, except
in rules by the hour or the minute, which go on through both. So says docs/schedules.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from core.errors import UsageError
from core.schedule.cron import Cron

Rule = dict[str, Any]
FAR = timedelta(days=366 * 30)  # what is not due within thirty years is never due
_LONGEST_GAP = timedelta(hours=3)
_UNITS = {"SECONDLY": timedelta(seconds=1), "MINUTELY": timedelta(minutes=1), "HOURLY": timedelta(hours=1), "DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}


def bad_rule(message: str, hint: str = "") -> UsageError:
    return UsageError(message, code="bad_when", hint=hint)


@lru_cache(512)
def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises :class:`core.errors.UsageError` (``bad_when``)."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise bad_rule(f"There is no time zone {name[:80]!r}.", "Zones are written as Europe/Berlin or America/New_York.") from error


def check(rule: Rule, zone: str) -> None:
    """Raises :class:`core.errors.UsageError` (``bad_when``) for a rule that is none."""
    zone_of(zone)
    kind = rule.get("kind")
    if kind == "any":
        for one in rule.get("of") or [{}]:
            check(one, zone)
        return
    if kind == "when":
        return
    try:
        next_after(rule, zone, datetime(2026, 1, 1, tzinfo=UTC))
    except UsageError:
        raise
    except (KeyError, TypeError, ValueError, OverflowError, ZeroDivisionError) as error:
        raise bad_rule(f"This is no rule for a time: {error}.") from error


def next_after(rule: Rule, zone: str, after: datetime) -> datetime | None:
    """The first instant later than ``after`` (UTC) at which the rule is due, in UTC; None where there is none any more."""
    if rule["kind"] == "any":
        return min((found for one in rule["of"] if (found := next_after(one, zone, after))), default=None)
    if rule["kind"] == "when":
        return None
    zone = rule.get("zone", zone)
    here, skipped = zone_of(zone), set(rule.get("but_not", ()))
    if begins := _local(rule, "from"):
        after = max(after, _instant(begins, here) - timedelta(microseconds=1))
    ends = _local(rule, "until")
    for _ in range(10_000):
        found = _KINDS[rule["kind"]](rule, here, after)
        if found is None or (ends and found.astimezone(here).replace(tzinfo=None) > ends):
            return None
        if found.astimezone(here).date().isoformat() not in skipped:
            return found
        after = found
    return None


def zone_meant(rule: Rule, zone: str) -> str:
    """The zone whose clocks a rule means: its own, else that of the schedule."""
    first: Rule = rule["of"][0] if rule["kind"] == "any" else rule
    return str(first.get("zone", zone))


def in_zone(rule: Rule, zone: str) -> Rule:
    """The same rule by the clocks of another zone than the schedule's own: "every weekday at 9 in New York"."""
    if rule["kind"] == "any":
        return rule | {"of": [in_zone(one, zone) for one in rule["of"]]}
    return rule | {"zone": zone}


def next_local(rule: Rule, after: datetime) -> datetime | None:
    """The next local time of an RRULE later than ``after``, both without a zone."""
    return _rrule_after(rule["rrule"], datetime.fromisoformat(rule["start"]), after)


def upcoming(rule: Rule, zone: str, after: datetime, count: int) -> list[datetime]:
    """The next instants, in UTC."""
    found: list[datetime] = []
    while len(found) < count and (moment := next_after(rule, zone, after)):
        found.append(moment)
        after = moment
    return found


def between(rule: Rule, zone: str, after: datetime, until: datetime, most: int) -> list[datetime]:
    """Instants later than ``after`` and not later than ``until``."""
    found: list[datetime] = []
    while len(found) < most and (moment := next_after(rule, zone, after)) and moment <= until:
        found.append(moment)
        after = moment
    return found


# -- kinds ------------------------------------------------------------------------------------------------------------


def _once(rule: Rule, zone: tzinfo, after: datetime) -> datetime | None:
    moment = _instant(datetime.fromisoformat(rule["at"]), zone)
    return moment if moment > after else None


def _every(rule: Rule, zone: tzinfo, after: datetime) -> datetime | None:
    step, start = timedelta(seconds=float(rule["seconds"])), datetime.fromisoformat(rule["start"]).astimezone(UTC)
    if step <= timedelta(0):
        raise bad_rule("The time between two runs must be longer than nothing.")
    return start if start > after else start + ((after - start) // step + 1) * step


def _cron(rule: Rule, zone: tzinfo, after: datetime) -> datetime | None:
    cron = _parsed_cron(rule["cron"])
    return _first(lambda local: cron.after(local), zone, after, cron.by_the_hour)


def _rrule(rule: Rule, zone: tzinfo, after: datetime) -> datetime | None:
    text, start = rule["rrule"], datetime.fromisoformat(rule["start"])
    by_the_hour = any(f"FREQ={unit}" in text.upper() for unit in ("HOURLY", "MINUTELY", "SECONDLY"))
    return _first(lambda local: _rrule_after(text, start, local), zone, after, by_the_hour)


_KINDS: dict[str, Callable[[Rule, tzinfo, datetime], datetime | None]] = {"once": _once, "every": _every, "cron": _cron, "rrule": _rrule}


@lru_cache(4096)
def _parsed_cron(text: str) -> Cron:
    return Cron(text)


def _rrule_after(text: str, start: datetime, local: datetime) -> datetime | None:
    """The first local time later than ``local``. The anchor is moved near it in whole steps, so that old rules cost no more than new ones."""
    anchor = start
    if local > start and not _counts(text):
        unit, interval = _UNITS.get(_part(text, "FREQ")), int(_part(text, "INTERVAL") or 1)
        if unit and (steps := (local - start - timedelta(days=8)) // (unit * interval)) > 0:
            anchor = start + steps * unit * interval
    found: datetime | None = _made_rrule(text, anchor).after(local)
    return found if found is None or found - local < FAR else None


@lru_cache(4096)
def _made_rrule(text: str, anchor: datetime) -> Any:
    from dateutil.rrule import rrulestr

    try:
        return rrulestr(text.upper().removeprefix("RRULE:"), dtstart=anchor)
    except (ValueError, KeyError, TypeError) as error:
        raise bad_rule(f"This RRULE cannot be read: {text[:200]} ({error}).") from error


def _part(text: str, name: str) -> str:
    return next((part.partition("=")[2] for part in text.upper().removeprefix("RRULE:").split(";") if part.partition("=")[0].strip() == name), "")


def _counts(text: str) -> bool:
    """Whether occurrences are counted from the start, or picked from sets that depend on it."""
    return bool(_part(text, "COUNT"))


# -- local time -------------------------------------------------------------------------------------------------------


def _local(rule: Rule, key: str) -> datetime | None:
    if not (value := rule.get(key)):
        return None
    return datetime.combine(date.fromisoformat(value), datetime.max.time() if key == "until" else datetime.min.time()) if len(value) == 10 else datetime.fromisoformat(value)


def _instant(local: datetime, zone: tzinfo) -> datetime:
    """A local time in UTC: the first of two, and moved forward by the gap where it does not exist (PEP 495, fold 0)."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _first(step: Callable[[datetime], datetime | None], zone: tzinfo, after: datetime, by_the_hour: bool) -> datetime | None:
    """The first instant after ``after`` of a rule that steps through local times."""
    here = after.astimezone(zone)
    local = here.replace(tzinfo=None, fold=0)
    if (here - _LONGEST_GAP * 2).utcoffset() == _later(here).utcoffset():
        return next((moment for found in _steps(step, local) if (moment := _instant(found, zone)) > after), None)
    return _across(step, zone, after, local - _LONGEST_GAP, by_the_hour)


def _later(here: datetime) -> datetime:
    """The same zone, six hours of real time later."""
    return (here.astimezone(UTC) + _LONGEST_GAP * 2).astimezone(here.tzinfo)


def _across(step: Callable[[datetime], datetime | None], zone: tzinfo, after: datetime, local: datetime, by_the_hour: bool) -> datetime | None:
    """The same where the clocks change nearby: local times and instants may come in another order."""
    found: list[datetime] = []
    for candidate in _steps(step, local):
        if found and candidate > after.astimezone(zone).replace(tzinfo=None) + _LONGEST_GAP * 2:
            break
        found += [moment for moment in _instants(candidate, zone, by_the_hour) if moment > after]
        if found and candidate > after.astimezone(zone).replace(tzinfo=None) + _LONGEST_GAP:
            break
    return min(found, default=None)


def _instants(local: datetime, zone: tzinfo, by_the_hour: bool) -> list[datetime]:
    first = _instant(local, zone)
    again = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if not by_the_hour or again == first:
        return [first]
    exists = first.astimezone(zone).replace(tzinfo=None, fold=0) == local
    return [first, again] if exists else []  # by the hour: what does not exist is not due; the hour after it is


def _steps(step: Callable[[datetime], datetime | None], local: datetime) -> Iterator[datetime]:
    for _ in range(100_000):
        found = step(local)
        if found is None:
            return
        yield found
        local = found
