"""Reading when something is to happen: plain English, cron, ISO 8601, RRULE. Everything that is said has to be understood; what is not is asked about.

The text is read piece by piece. Each piece that is found is taken out; where something meaningful is left over in the end, or a piece can mean two things, the
answer is a question and never a guess.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.schedule import elsewhere, formats
from core.schedule.moments import bounds, dates, dayparts, nothing_left, relative, times, windows
from core.schedule.repeats import ranges, recurring, weekdays
from core.schedule.rules import Rule, check, in_zone, next_after, next_local, zone_of
from core.schedule.said import ALL_DAYS, Said, Unclear
from core.schedule.words import DAY, DAYS, digits


def read(text: str, now: datetime, zone: str, usual: str = "09:00") -> Rule:
    """The rule that a text means, at ``now`` (with an offset) in an IANA ``zone``; ``usual`` is the time of day where only days are said. Raises :class:`Unclear`, or ``bad_when`` for a broken cron, RRULE or date."""
    if not text.strip():
        raise Unclear("When?")
    try:
        return _read(text, now, zone, usual)
    except (OverflowError, ValueError, ZeroDivisionError) as error:
        raise Unclear("That is beyond all calendars. When exactly?") from error


def _read(text: str, now: datetime, zone: str, usual: str) -> Rule:
    local = now.astimezone(zone_of(zone)).replace(tzinfo=None, microsecond=0)
    rule = formats.read(text.strip(), local, now) or _event(text.strip(" .!?"))
    if rule is None:
        text, named = elsewhere.taken(text)
        if named:
            local = now.astimezone(zone_of(named)).replace(tzinfo=None, microsecond=0)
        rule = _several(digits(text), local, now, _usual(usual))
        if named and named != zone:
            rule = _moved(rule, named, zone)
    check(rule, zone)
    if rule["kind"] != "when" and next_after(rule, zone, now) is None:
        raise Unclear("That is over already. When then?")
    return rule


def _moved(rule: Rule, named: str, zone: str) -> Rule:
    """A moment of another zone as one of this one; what comes back keeps the clocks that it was said by, which may change on other days."""
    if rule["kind"] != "once":
        return in_zone(rule, named)
    moment = next_after(rule, named, datetime(1970, 1, 1, tzinfo=UTC))
    return rule | {"at": moment.astimezone(zone_of(zone)).replace(tzinfo=None).isoformat()} if moment else rule


def _usual(text: str) -> int:
    match = re.fullmatch(r"\s*([01]?\d|2[0-3])[:.]([0-5]\d)\s*", text)
    return int(match[1]) * 60 + int(match[2]) if match else 540


def _several(text: str, local: datetime, now: datetime, usual: int) -> Rule:
    """One rule, or two with times of their own: "on weekdays at 7 and on weekends at 9"."""
    parts = re.split(r"\s*(?:,|;|\band\b|,\s*and\b)\s+(?=(?:on |every |each )?(?:weekends?|weekdays?|workdays?|" + DAY + r")\b[^,;]*?\bat\s)", text)
    if len(parts) == 1 and not re.search(r"\b(?:between|from)\s+\S+(?:\s*[ap]m)?\s+and\b", text):
        parts = re.split(r"\s*(?:,|;|\band\b|,\s*and\b)\s+(?=(?:at\s+)?(?:\d{1,2}(?:[:.]\d\d)?\s*(?:am|pm)?|noon|midnight)\s+(?:on|every|each)\s)", text)
    if (
        len(parts) > 1
        and not re.match(r"\s*(?:but|except|excluding|not)\b", parts[0])
        and all(re.search(rf"\b(?:on|every|each)\s|weekdays|weekends|{DAY}\b", part) for part in parts)
        and all(re.search(r"\bat\s+\S|\d:\d|\d\s*[ap]m|^\s*\d|noon|midnight", part) for part in parts)
    ):
        every = re.match(r"\s*(?:every|each)\s", parts[0])  # what is said of the first holds for the others
        found = [_one(f"every {part}" if every and re.match(DAY, part) else part, local, now, usual) for part in parts]
        if len({rule["kind"] == "once" for rule in found}) > 1:
            raise Unclear("Is that once or every week, on each of these days?")
        return {"kind": "any", "of": found}
    return _one(text, local, now, usual)


PIECES = (ranges, relative, bounds, dates, windows, times, recurring, weekdays, dayparts)  # in this order: each finds what those before have left


def _one(text: str, local: datetime, now: datetime, usual: int) -> Rule:
    said = Said(f" {text} ", local)
    _polite(said)
    for piece in PIECES:
        piece(said)
    _one_group(text)
    nothing_left(said)
    by_the_clock = said.every is not None and said.every[1] in "smh"
    if not said.times and not said.daypart and said.window is None and not by_the_clock and (said.day or said.days or said.month_days or said.nth or said.months or said.every):
        said.times = [said.now.hour * 60 + said.now.minute if said.moment else usual]
    return _rule(said, now)


def _polite(said: Said) -> None:
    said.take(r"\b(?:please|remind me|starting (?:from )?now|just once|only once|once(?! (?:a|an|per|every|each|weekly|daily|monthly)\b)|only(?= on\b))\b")
    said.text = re.sub(r"\bonce\s+(?:a|per)\s+(?=day|week|month|year)", "every ", said.text.replace("&", " and "))
    said.text = re.sub(rf"({DAY})/(?={DAY})", r"\1, ", said.text)
    said.text = re.sub(r"\b(?:starting\s+)?from\s+(?=\d{1,2}(?:[:.]\d\d)?\s*(?:am|pm)?\s*(?:on(?:wards?)?\s*)?$)", "at ", said.text)
    said.text = re.sub(r"\b(?:starting|beginning)\s+(?=at\s)|\bfrom\s+(?=\d{1,2}(?:[:.]\d\d)?\s*(?:am|pm)?\s+(?:on|onwards?)\b)", " ", said.text)


def _one_group(text: str) -> None:
    """Several groups of days with times of their own are not for one rule. Raises :class:`Unclear`."""
    kinds = rf"(?P<D>\b(?:week ?days?|workdays?|weekends?|{DAY})\b|\b\d{{1,2}}(?:st|nd|rd|th)\b)|(?P<T>\bat \d|\b\d{{1,2}}[:.]\d\d|\b\d{{1,2}}\s*[ap]m|\bnoon\b|\bmidnight\b)"
    order = re.sub(r"(.)\1+", r"\1", "".join(match.lastgroup or "" for match in re.finditer(kinds, text)))
    if "DTDT" in order or "TDTD" in order:
        raise Unclear("Which times on which days?", hint='For example: "on weekdays at 7 and on weekends at 9".')


_WHEN = r"(?:when|whenever|if|as soon as|each time|every time)\s+"


def _event(text: str) -> Rule | None:
    """Something that no clock knows."""
    path = r"[\"']?(?P<path>[~./\w][^\"']*?)[\"']?"
    patterns = (
        (r"(?:when|whenever|if|as soon as|each time)\s+(?:the\s+|this\s+)?(?:web\s?)?(?:page\s+|site\s+)?(?P<url>https?://\S+)\s+(?:changes|is updated|has (?:changed|news))", "page_changed"),
        (rf"{_WHEN}(?:the\s+|this\s+)?(?:rss\s+|atom\s+|news\s?)?feed\s+(?:at\s+|of\s+)?(?P<url>https?://\S+)\s+(?:changes|is updated|has (?:something|anything|news?|an?)\b.*)", "feed_new"),
        (rf"{_WHEN}(?P<url>https?://\S+)\s+(?:has|publishes|posts|gets)\s+(?:an?\s+)?(?:new\s+)?(?:post|entry|article|episode|item|story|release)s?", "feed_new"),
        (rf"{_WHEN}(?:there is\s+|there are\s+)?(?:something new|anything new|(?:an?\s+)?new\s+(?:post|entry|article|episode|item|story|release)s?)\s+(?:(?:appears|comes|is published|shows up)\s+)?(?:in|on|at|from)\s+(?:the\s+)?(?:rss\s+|atom\s+|news\s?)?(?:feed\s+)?(?:at\s+)?(?P<url>https?://\S+)", "feed_new"),
        (r"(?:when|whenever|each time|every time|if)\s+(?:this|the)\s+folder\s+changes", "folder_changed"),
        (rf"(?:when|whenever|each time|every time|if)\s+(?:the\s+|my\s+)?(?:folder\s+|file\s+)?{path}(?:\s+folder)?\s+changes", "path_changed"),
        (rf"(?:when|whenever|each time|every time|if)\s+(?:something|(?:an? )?(?:new )?files?|anything)\s+(?:new\s+)?(?:(?:is|are) (?:added|put|saved)|appears|arrives|lands|shows up|comes)\s+(?:in|into|to)\s+(?:the\s+|my\s+)?(?:folder\s+)?{path}(?:\s+folder)?", "file_added"),
        (rf"(?:when|whenever|as soon as|if)\s+there(?:'s| is| are)\s+(?:an?\s+|any\s+)?(?:new\s+(?:files?|things?)|something new|anything new)\s+in\s+(?:the\s+|my\s+)?(?:folder\s+)?{path}(?:\s+folder)?", "file_added"),
        (rf"(?:when|whenever|each time|every time|if)\s+(?:something|anything)\s+changes\s+in\s+(?:the\s+|my\s+)?(?:folder\s+)?{path}(?:\s+folder)?", "folder_changed"),
        (r"(?:when|whenever|if|as soon as)\s+(?:there (?:is|are)\s+)?(?:less than|under|below)\s+(?P<number>\d+)\s*(?:gb|gigabytes?)\s+(?:(?:is|are)\s+)?(?:free|left)(?:\s+on (?:the|my) disk)?", "disk_below_gb"),
        (r"(?:when|whenever|each time|every time|after|as soon as)\s+(?:the|my|this)\s+(?:laptop|computer|machine|pc|mac)\s+(?:wakes(?: up)?|comes back|is woken|resumes)", "wakes"),
        (r"(?:on wake|after sleep|on wake-?up)", "wakes"),
        (r"(?:when|whenever|each time|every time)\s+(?:i\s+(?:log ?in|sign in)|deskhand starts|(?:the|my|this) (?:computer|laptop|machine|pc) (?:starts|boots)(?: up)?)|at (?:startup|start-?up|login|boot)|on (?:startup|login|boot)", "starts"),
        (r"(?:when|whenever|if|as soon as)\s+(?:the\s+)?(?P<sensor>[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*)\s+(?:is|drops|falls|goes|gets|sinks)\s+(?:below|under|less than)\s+(?P<number>\d+(?:\.\d+)?)\s*\S{0,3}", "sensor_below"),
        (r"(?:when|whenever|if|as soon as)\s+(?:the\s+)?(?P<sensor>[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*)\s+(?:is|rises|goes|gets|climbs)\s+(?:above|over|more than)\s+(?P<number>\d+(?:\.\d+)?)\s*\S{0,3}", "sensor_above"),
        (r"(?:when|whenever|if|as soon as)\s+(?:(?:the|my)\s+)?battery\s+(?:is|drops|falls|goes|gets)\s+(?:below|under|to less than|less than)\s+(?P<number>\d+)\s*(?:%|percent)?", "battery_below"),
        (r"(?:when|whenever|if|as soon as)\s+(?:the|my)\s+disk\s+(?:is\s+)?(?:has\s+)?(?:less than|under|below)\s+(?P<number>\d+)\s*(?:gb|gigabytes?)(?:\s+(?:free|left))?", "disk_below_gb"),
    )  # fmt: skip
    for pattern, event in patterns:
        if match := re.fullmatch(pattern, text, re.I):
            found = {key: value for key, value in match.groupdict().items() if value}
            rule: Rule = {"kind": "when", "event": "folder_changed" if event == "path_changed" else event}
            if "url" in found:
                rule["url"] = found["url"]
            if "path" in found:
                rule["path"] = found["path"]
            if "number" in found:
                rule["number"] = float(found["number"]) if "." in found["number"] else int(found["number"])
            if "sensor" in found:
                rule["sensor"] = found["sensor"].lower()
            return rule
    return None


def _rule(said: Said, now: datetime) -> Rule:
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
    first = _first(_rule(replace(said), now), max(said.now, datetime.combine(said.starts, datetime.min.time()) - timedelta(seconds=1)) if said.starts else said.now)
    if first is None:
        raise Unclear("That never comes. When then?")
    said.ends = first.date() + lasting - timedelta(days=1)
    return _rule(said, now)


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
    first, last = said.window or (said.times[0] if said.times else 0, 1439)
    if said.times and said.window:
        raise Unclear("At a time, or again and again in a window? Both are said.")
    minutes = list(range(first, last + 1, seconds // 60)) if not on_the_hour else list(range(0, 1440, seconds // 60))
    if len(said.times) > 1 and minutes != said.times:
        raise Unclear(f"Every {number} hours, or at these times?" if unit == "h" else "Again and again, or at these times?")
    return {"kind": "rrule", "rrule": f"FREQ={_weekly(said)};{_at(minutes)}", "start": _anchor(said)} if _regular(minutes) else _union(said, minutes)


def _regular(minutes: list[int]) -> bool:
    """Whether hours and minutes can be given apart: each hour has the same minutes."""
    hours = sorted({minute // 60 for minute in minutes})
    return sorted(minutes) == sorted(hour * 60 + minute for hour in hours for minute in {one % 60 for one in minutes})


def _union(said: Said, minutes: list[int]) -> Rule:
    """Times that no single rule gives, such as 9:00, 10:30 and 12:00: one for each minute of the hour."""
    by_minute: dict[int, list[int]] = {}
    for minute in minutes:
        by_minute.setdefault(minute % 60, []).append(minute)
    bounds = {key: value.isoformat() for key, value in (("from", said.starts), ("until", said.ends)) if value}
    return {"kind": "any", "of": [{"kind": "rrule", "rrule": f"FREQ={_weekly(said)};{_at(group)}", "start": _anchor(said), **bounds} for group in by_minute.values()]}


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
        bounds = {key: value.isoformat() for key, value in (("from", said.starts), ("until", said.ends)) if value}
        return {"kind": "any", "of": [{"kind": "rrule", "rrule": f"{parts};{_at([time])}", "start": anchor, **bounds} for time in said.times]}
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
        bounds = {key: value.isoformat() for key, value in (("from", said.starts), ("until", said.ends)) if value}
        return {"kind": "any", "of": [{"kind": "rrule", "rrule": f"{parts};{_at([time])}", "start": start, **bounds} for time in said.times]}
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
