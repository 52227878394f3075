"""From the pieces that were found to the rule that they mean. Every piece has its place in it, or it is asked about: none is passed over."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from core.schedule.rules import Rule, next_local
from core.schedule.said import ALL_DAYS, Said, Unclear
from core.schedule.words import DAYS


def rule_of(said: Said, now: datetime) -> Rule:
    if said.skipped:
        said.days = (said.days or set(ALL_DAYS)) - said.skipped
        if not said.days:
            raise Unclear("That leaves no day. On which days?")
        said.weekly = True
        said.every = None if said.every == (1, "d") else said.every
        said.repeats = True
    if said.lasting:
        return _lasting(said, now, said.lasting)
    if said.delta is not None:
        if said.times or said.days or said.day or said.every or said.nth or said.month_days or said.months or said.window or said.starts or said.ends or said.count:
            raise Unclear("In a while, or at a time? Both are said.")
        return {"kind": "once", "at": (said.now + said.delta).isoformat()}
    if said.ends and not (said.repeats or said.every or said.month_days or said.nth or said.months or said.window):
        if said.day:
            raise Unclear("Once, or every day until then?")
        said.every = (1, "d")
    if (said.starts or said.count) and not (said.repeats or said.every or said.month_days or said.nth or said.months or said.days):
        raise Unclear("How often?")
    if said.times_a_day and said.times_a_day != len(said.times):
        raise Unclear(f"{said.times_a_day} times a day, but {len(said.times)} are said. At which times?")
    every = said.every
    if said.fixed and (said.repeats or every or said.month_days or said.nth):
        raise Unclear(f"Once on {said.fixed:%d %B}, or again and again?")
    if every and every[1] in "smh" and not (said.month_days or said.nth):
        rule = _by_the_clock(said, now, every)
    elif said.repeats or said.month_days or said.nth or said.months or every or said.window:
        rule = _by_the_calendar(said)
    else:
        return _single_moment(said)
    if said.starts:
        rule["from"] = said.starts.isoformat()
    if said.ends:
        rule["until"] = said.ends.isoformat()
    return rule


def _lasting(said: Said, now: datetime, lasting: timedelta) -> Rule:
    """For so many days from its first time on, which may be tomorrow's."""
    said.lasting = None
    if said.ends or said.delta:
        raise Unclear("Until then, or for so long? Both are said.")
    if not (said.repeats or said.every or said.month_days or said.nth or said.months or said.window):
        if said.day:
            raise Unclear("Once, or every day for so long?")
        said.every = (1, "d")
    first = _first(rule_of(replace(said), now), max(said.now, datetime.combine(said.starts, datetime.min.time()) - timedelta(seconds=1)) if said.starts else said.now)
    if first is None:
        raise Unclear("That never comes. When then?")
    said.ends = first.date() + lasting - timedelta(days=1)
    return rule_of(said, now)


def _first(rule: Rule, after: datetime) -> datetime | None:
    """The first local time of what comes back; by an interval, at once."""
    if rule["kind"] == "any":
        return min((found for one in rule["of"] if (found := _first(one, after))), default=None)
    return next_local(rule, after) if rule["kind"] == "rrule" else after


def _single_moment(said: Said) -> Rule:
    if not said.times:
        what = "in the " + said.daypart if said.daypart and said.daypart != "night" else ""
        raise Unclear(f"At what time {what}?".replace("  ", " ").replace(" ?", "?") if said.day or said.daypart else "When exactly?")
    if len(said.times) > 1:
        raise Unclear("At which one of these times?")
    day = said.day or said.now.date()
    moment = datetime.combine(day, datetime.min.time()) + timedelta(minutes=said.times[0])
    if moment <= said.now:
        if said.day is not None:
            raise Unclear(f"{moment:%A %d %B %H:%M} is over already. When then?")
        moment += timedelta(days=1)
    return {"kind": "once", "at": moment.isoformat()}


def _by_the_clock(said: Said, now: datetime, every: tuple[int, str]) -> Rule:
    """Every so many minutes or hours, all day or in a window, on all days or some."""
    number, unit = every
    if number < 1 or (unit == "s" and number < 10):
        raise Unclear("How often? Ten seconds is the shortest.")
    seconds = number * {"s": 1, "m": 60, "h": 3600}[unit]
    if said.daypart and said.window is None:
        raise Unclear(f"From when to when in the {said.daypart}?")
    if said.count:
        raise Unclear("From when to when?", hint='For example: "every 10 minutes between 14:00 and 15:00".')
    if said.days and not said.weekly:
        raise Unclear("On that day only, or every week?")
    if said.window and said.window[1] > 1439 and (said.days or said.minute >= 0):
        raise Unclear("In the night that follows those days, or in the one before?" if said.days else "From when to when?")
    if said.minute >= 0:
        if said.times:
            raise Unclear("At a time, or every hour? Both are said.")
        first, last = said.window or (0, 1439)
        minutes = [hour * 60 + said.minute for hour in range(24) if first <= hour * 60 + said.minute <= last]
        return {"kind": "rrule", "rrule": f"FREQ={_weekly(said)};{_at(minutes)}", "start": _anchor(said)}
    on_the_hour = said.window == (0, 1439)
    if said.window is None and not said.days and not said.times and not said.months:
        return {"kind": "every", "seconds": seconds, "start": (now + timedelta(seconds=seconds)).replace(microsecond=0).isoformat()}
    if seconds % 60:
        raise Unclear("In a window, how often in whole minutes?")
    if len(said.times) == 1 and not said.window and not said.days and not said.months:
        return _counted_from(said, now, seconds)
    first, last = said.window or (said.times[0] if said.times else 0, 1439)
    if said.times and said.window:
        raise Unclear("At a time, or again and again in a window? Both are said.")
    minutes = sorted({minute % 1440 for minute in range(first, last + 1, seconds // 60)}) if not on_the_hour else list(range(0, 1440, seconds // 60))
    if len(said.times) > 1 and minutes != said.times:
        raise Unclear(f"Every {number} hours, or at these times?" if unit == "h" else "Again and again, or at these times?")
    return {"kind": "rrule", "rrule": f"FREQ={_weekly(said)};{_at(minutes)}", "start": _anchor(said)} if _regular(minutes) else _union(said, minutes)


def _counted_from(said: Said, now: datetime, seconds: int) -> Rule:
    """Every so often from a time on, day and night. By the clock where a day is a multiple of it, so that the times stay when the clocks change."""
    first = datetime.combine(said.starts or said.now.date(), datetime.min.time()) + timedelta(minutes=said.times[0])
    if seconds % 3600 == 0 and 86400 % seconds == 0:
        hours = {(said.times[0] + number * seconds // 60) % 1440 for number in range(86400 // seconds)}
        return {"kind": "rrule", "rrule": f"FREQ=DAILY;{_at(sorted(hours))}", "start": first.isoformat()}
    return {"kind": "every", "seconds": seconds, "start": (now + (first - said.now)).replace(microsecond=0).isoformat()}


def _regular(minutes: list[int]) -> bool:
    """Whether hours and minutes can be given apart: each hour has the same minutes."""
    hours = sorted({minute // 60 for minute in minutes})
    return sorted(minutes) == sorted(hour * 60 + minute for hour in hours for minute in {one % 60 for one in minutes})


def _union(said: Said, minutes: list[int]) -> Rule:
    """Times that no single rule gives, such as 9:00, 10:30 and 12:00: one for each minute of the hour."""
    by_minute: dict[int, list[int]] = {}
    for minute in minutes:
        by_minute.setdefault(minute % 60, []).append(minute)
    return _any_of(said, f"FREQ={_weekly(said)}", by_minute.values(), _anchor(said))


def _any_of(said: Said, parts: str, groups: Iterable[list[int]], start: str) -> Rule:
    """The same days with several groups of times, each a rule of its own."""
    bounds = {key: value.isoformat() for key, value in (("from", said.starts), ("until", said.ends)) if value}
    return {"kind": "any", "of": [{"kind": "rrule", "rrule": f"{parts};{_at(group)}", "start": start, **bounds} for group in groups]}


def _weekly(said: Said) -> str:
    months = f";BYMONTH={','.join(map(str, sorted(set(said.months))))}" if said.months else ""
    return (f"WEEKLY;BYDAY={_day_names(said.days)}" if said.days and said.days != ALL_DAYS else "DAILY") + months


def _day_names(days: Any) -> str:
    return ",".join(DAYS[day] for day in sorted(days))


def _at(minutes: list[int]) -> str:
    hours, parts = sorted({minute // 60 for minute in minutes}), sorted({minute % 60 for minute in minutes})
    return f"BYHOUR={','.join(map(str, hours))};BYMINUTE={','.join(map(str, parts))};BYSECOND=0"


def _anchor(said: Said) -> str:
    day = said.starts or said.now.date()
    return datetime.combine(day, datetime.min.time()).isoformat()


def _by_the_calendar(said: Said) -> Rule:
    if not said.times:
        raise Unclear(f"At what time in the {said.daypart}?" if said.daypart and said.daypart != "night" else "At what time?")
    if said.window:
        raise Unclear("At a time, or some time between? Both are said.")
    if said.count and not _regular(said.times):
        raise Unclear("How often at which of these times?")
    parts = _calendar_parts(said)
    if said.every and said.every[0] > 1:
        return _spaced(said, parts)
    if said.count:
        parts += f";COUNT={said.count}"
    anchor = _anchor(said)
    if not _regular(said.times):
        return _any_of(said, parts, ([time] for time in said.times), anchor)
    if said.count and datetime.fromisoformat(anchor).date() == said.now.date():
        anchor = said.now.isoformat()
    return {"kind": "rrule", "rrule": f"{parts};{_at(said.times)}", "start": anchor}


def _spaced(said: Said, parts: str) -> Rule:
    """Every second week, every third day: counted from the first one that is still to come."""
    every_one = re.sub(r";INTERVAL=\d+", "", parts)
    rule: Rule = {"kind": "rrule", "rrule": f"{every_one};{_at(said.times[-1:])}", "start": _anchor(said)}
    first = next_local(rule, datetime.combine(said.starts, datetime.min.time()) - timedelta(seconds=1) if said.starts else said.now)
    if first is None:
        raise Unclear("That never comes. When then?")
    start = datetime.combine(first.date(), datetime.min.time()).isoformat()
    count = f";COUNT={said.count}" if said.count else ""
    if not _regular(said.times):
        return _any_of(said, parts, ([time] for time in said.times), start)
    return {"kind": "rrule", "rrule": f"{parts}{count};{_at(said.times)}", "start": start}


def _calendar_parts(said: Said) -> str:
    number, unit = said.every or (1, "w" if said.days else "d")
    months = f";BYMONTH={','.join(map(str, sorted(set(said.months))))}" if said.months else ""
    step = f";INTERVAL={number}" if number > 1 else ""
    if said.days and (said.nth or (said.month_days and not said.together)):
        raise Unclear("On these days of the week, or of the month? Both are said.")
    if said.every and (said.nth or said.month_days) and (unit not in "My" or (unit == "y" and not months)):
        raise Unclear("Of which month?" if unit == "y" else "Every month on that day, or more often? Both are said.")
    if said.nth:
        return _nth_parts(said, months, step, unit)
    if said.month_days:
        if any(not (-1 <= day <= 31) or not day for day in said.month_days):
            raise Unclear("Which day of the month?")
        weekday = f";BYDAY={_day_names(said.days)}" if said.days else ""
        return f"FREQ={'YEARLY' if months else 'MONTHLY'}{step}{months}{weekday};BYMONTHDAY={','.join(map(str, sorted(set(said.month_days))))}"
    if unit == "w" or (said.days and unit == "d" and number == 1):
        if not said.days:
            raise Unclear("On which day of the week?")
        return f"FREQ=WEEKLY{step}{months};BYDAY={_day_names(said.days)}"
    if unit == "d":
        if said.days:
            raise Unclear("Every few days, or on these weekdays? Both are said.")
        return f"FREQ=DAILY{step}{months}"
    if said.days and months and number == 1:
        return f"FREQ=YEARLY{months};BYDAY={_day_names(said.days)}"
    if said.days:
        raise Unclear("Which one of the month?")
    raise Unclear("On which day of the month?" if unit == "M" else "On which day of the year?")


def _nth_parts(said: Said, months: str, step: str, unit: str) -> str:
    kinds = {name for _, name in said.nth}
    freq = f"FREQ={'YEARLY' if months else 'MONTHLY'}{step if unit == 'M' else ''}{months}"
    places = ",".join(str(place) for place, _ in said.nth)
    if said.month_days:
        if kinds != {"DAY"}:
            raise Unclear("On which days of the month?")
        places += "".join(f",{day}" for day in sorted(set(said.month_days)))
    if kinds == {"WORK"}:
        return f"{freq};BYDAY=MO,TU,WE,TH,FR;BYSETPOS={places}" if not months else f"FREQ=MONTHLY{months};BYDAY=MO,TU,WE,TH,FR;BYSETPOS={places}"
    if kinds == {"DAY"}:
        return f"{freq};BYMONTHDAY={places}"
    if kinds & {"WORK", "DAY"}:
        raise Unclear("Which day of the month?")
    return f"{freq};BYDAY={','.join(f'{place}{name}' for place, name in said.nth)}"
