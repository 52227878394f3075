"""A rule as one sentence, with its next times: what is shown before a schedule is saved."""

from __future__ import annotations

import itertools
import re
from datetime import datetime
from typing import Any

from core.schedule.rules import Rule, upcoming, zone_meant, zone_of

DAY_NAMES = {"MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday", "SA": "Saturday", "SU": "Sunday"}
MONTH_NAMES = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
PLACES = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "next to last"}
UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year", "HOURLY": "hour", "MINUTELY": "minute", "SECONDLY": "second"}
ROW = 6  # so many times of a day are told as a row
EVENTS = {
    "folder_changed": "whenever {path} changes", "file_added": "whenever a file is added to {path}", "wakes": "whenever this machine wakes", "starts": "whenever Deskhand starts",
    "sensor_below": "when {sensor} falls below {number}", "sensor_above": "when {sensor} rises above {number}",
    "battery_below": "when the battery falls below {number} %", "disk_below_gb": "when less than {number} GB of the disk are free", "page_changed": "whenever {url} changes",
    "feed_new": "whenever the feed {url} has something new",
}  # fmt: skip


def sentence(rule: Rule, zone: str, now: datetime, count: int = 3) -> str:
    """``Every weekday at 7:30 (Europe/Berlin). Next: Thu 26 Nov 07:30, …``"""
    told = words(rule)
    told = told[0].upper() + told[1:]
    if rule["kind"] == "when":
        return f"{told}."
    zone = zone_meant(rule, zone)
    times = ", ".join(shown(moment, zone, now) for moment in upcoming(rule, zone, now, count))
    return f"{told} ({zone}). {'Next: ' + times if times else 'It is not due any more'}."


def shown(moment: datetime, zone: str, now: datetime) -> str:
    """A moment in its zone; the year only where it is another one."""
    local = moment.astimezone(zone_of(zone))
    return f"{local:%a} {local.day} {local:%b}{f' {local.year}' if local.year != now.astimezone(zone_of(zone)).year else ''} {local:%H:%M}{f':{local:%S}' if local.second else ''}"


def words(rule: Rule) -> str:
    """What a rule says, in plain words."""
    kind = rule["kind"]
    told = {"any": _any, "once": _once, "every": _every, "cron": lambda one: f"by the cron rule {one['cron']}", "rrule": _rrule, "when": _when}[kind](rule)
    told += f", from {rule['from'][:10]}" if rule.get("from") else ""
    return told + (f", until {rule['until'][:10]}" if rule.get("until") else "")


def _any(rule: Rule) -> str:
    if spaced := _spaced_out(rule):
        return spaced
    told = [words(one) for one in rule["of"]]
    heads = [one.rpartition(" at ") for one in told]
    if all(head == heads[0][0] and head for head, _, _ in heads):
        times = sorted((time for _, _, tail in heads for time in re.split(r", | and ", tail)), key=lambda time: [int(part) for part in re.findall(r"\d+", time)])
        return f"{heads[0][0]} at {_listed(times)}"
    return _listed(told)


def _spaced_out(rule: Rule) -> str:
    """Rules on the same days whose times together are one row: every 15 minutes from 9:00 to 17:00. Empty for others."""
    rules: list[Rule] = rule["of"]
    if any(one["kind"] != "rrule" for one in rules):
        return ""
    split = [re.fullmatch(r"(.*);BYHOUR=([\d,]+);BYMINUTE=([\d,]+);BYSECOND=0", one["rrule"]) for one in rules]
    if not all(split) or len({(match[1], one.get("from"), one.get("until")) for match, one in zip(split, rules, strict=True) if match}) > 1:
        return ""
    minutes = [60 * int(hour) + int(minute) for match in split if match for hour in match[2].split(",") for minute in match[3].split(",")]
    row = _row(sorted(minutes), str(split[0][1]) == "FREQ=DAILY")  # type: ignore[index]
    first = {"kind": "rrule", "start": rules[0]["start"], "rrule": f"{split[0][1]};BYHOUR=0;BYMINUTE=0;BYSECOND=0"}  # type: ignore[index]  # all of them match
    return _joined(words(first).replace(" at 0:00", "", 1), row) if row else ""


def _row(minutes: list[int], daily: bool = False) -> str:
    """``every 15 minutes from 9:00 to 17:00``; empty where the minutes of the day are few or not evenly spread. What is ``daily`` may go on after midnight."""
    gaps = [(later - earlier, at) for at, (earlier, later) in enumerate(itertools.pairwise(minutes), 1)]
    if daily and gaps and len({gap for gap, _ in gaps}) > 1 and (widest := max(gaps))[0] > 1440 - minutes[-1] + minutes[0]:
        minutes = [*minutes[widest[1] :], *(minute + 1440 for minute in minutes[: widest[1]])]
    steps = {later - earlier for earlier, later in itertools.pairwise(minutes)}
    if len(minutes) < ROW or len(steps) > 1:
        return ""
    return f"every {_span(60 * steps.pop())} from {_time(*divmod(minutes[0], 60))} to {_time(*divmod(minutes[-1] % 1440, 60))}"


def _joined(days: str, times: str) -> str:
    """Every so often is on every day already."""
    return times + days.removeprefix("every day") if times.startswith("every ") and re.match(r"every day(?!\w)", days) else f"{days} {times}".strip()


def _once(rule: Rule) -> str:
    moment = datetime.fromisoformat(rule["at"])
    return f"once, on {moment:%A} {moment.day} {moment:%B %Y} at {_time(moment.hour, moment.minute)}"


def _every(rule: Rule) -> str:
    return f"every {_span(float(rule['seconds']))}"


def _span(seconds: float) -> str:
    for size, name in ((604800, "week"), (86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            return name if seconds == size else f"{seconds / size:.0f} {name}s"
    return f"{seconds:g} seconds"


def _when(rule: Rule) -> str:
    told: str = EVENTS.get(rule["event"], str(rule["event"]))
    return told.format(**({"path": "this folder"} | rule))


def _rrule(rule: Rule) -> str:
    parts = dict(part.split("=", 1) for part in rule["rrule"].upper().removeprefix("RRULE:").split(";") if "=" in part)
    known = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS", "COUNT", "UNTIL", "WKST"}
    if set(parts) - known or (parts["FREQ"] in ("HOURLY", "MINUTELY", "SECONDLY") and len(parts) > 2):
        return f"by the rule {rule['rrule']}"
    start = datetime.fromisoformat(rule["start"])
    told = _joined(_days(parts, start), _times(parts, start))
    told += f", {parts['COUNT']} times" if "COUNT" in parts else ""
    return told + (f", until {parts['UNTIL'][:8]}" if "UNTIL" in parts else "")


def _days(parts: dict[str, str], start: datetime) -> str:
    number, unit = int(parts.get("INTERVAL", 1)), UNITS[parts["FREQ"]]
    every = f"every {unit}" if number == 1 else f"every {number} {unit}s"
    months = _listed([MONTH_NAMES[int(month) - 1] for month in parts.get("BYMONTH", "").split(",") if month])
    of_month = f"of {months}" if months else "of the month" if number == 1 else f"of every {number} months"
    if "BYSETPOS" in parts:
        kind = "working day" if parts.get("BYDAY") == "MO,TU,WE,TH,FR" else "of " + _named(parts.get("BYDAY", ""))
        return f"on the {_listed([_place(int(place)) for place in parts['BYSETPOS'].split(',')])} {kind} {of_month}"
    if days := parts.get("BYMONTHDAY"):
        weekday = f" if it is a {_named(parts['BYDAY'])}" if "BYDAY" in parts else ""
        return f"on {_listed([f'the {_ordinal(int(day))}' for day in days.split(',')])} {of_month}{weekday}"
    if "BYDAY" in parts:
        return _by_day(parts, number, months, of_month)
    if parts["FREQ"] == "WEEKLY":
        return f"{every} on {start:%A}"
    if parts["FREQ"] == "MONTHLY":
        return f"on the {_ordinal(start.day)} {of_month}"
    if parts["FREQ"] == "YEARLY" and not months:
        return f"every year on {start.day} {start:%B}"
    return every + (f" in {months}" if months else "")


def _by_day(parts: dict[str, str], number: int, months: str, of_month: str) -> str:
    days = parts["BYDAY"].split(",")
    if any(day[:-2] for day in days):
        return f"on the {_listed([f'{_place(int(day[:-2]))} {DAY_NAMES[day[-2:]]}' for day in days])} {of_month}"
    inside = f" in {months}" if months else ""
    if number > 1:
        return f"every {number} weeks on {_named(parts['BYDAY'])}{inside}"
    return {"MO,TU,WE,TH,FR": "every weekday", "SA,SU": "every Saturday and Sunday"}.get(parts["BYDAY"], f"every {_named(parts['BYDAY'])}") + inside


def _times(parts: dict[str, str], start: datetime) -> str:
    if parts["FREQ"] in ("HOURLY", "MINUTELY", "SECONDLY"):
        return ""
    hours = [int(hour) for hour in parts.get("BYHOUR", str(start.hour)).split(",")]
    minutes = [int(minute) for minute in parts.get("BYMINUTE", str(start.minute)).split(",")]
    daily = parts["FREQ"] == "DAILY" and parts.get("INTERVAL", "1") == "1"
    if row := _row(sorted(60 * hour + minute for hour in hours for minute in minutes), daily):
        return row
    times = [_time(hour, minute) for hour in hours for minute in minutes]
    if len(times) > ROW:
        return f"{len(times)} times from {times[0]} to {times[-1]}"
    return f"at {_listed(times)}"


def _time(hour: int, minute: int) -> str:
    return f"{hour}:{minute:02}"


def _named(days: str) -> str:
    return _listed([DAY_NAMES[day] for day in days.split(",") if day])


def _place(number: int) -> str:
    return PLACES.get(number, _ordinal(number))


def _ordinal(number: int) -> str:
    if number < 0:
        return "last day" if number == -1 else f"{_ordinal(-number)} day from the end"
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _listed(items: list[Any]) -> str:
    texts = list(map(str, items))
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}" if texts else ""
