"""Cron expressions: five fields, as crontab(5) has them, with names, steps, ``L`` (last day) and ``#`` (the nth weekday of a month), and @daily and the like.

Where both the day of the month and the day of the week are given, either is enough, as crontab(5) says; ``*/2`` counts as given, as croniter and Quartz have it.
"""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta

from core.errors import UsageError

NAMES = {"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *"}
MONTHS = {name: number for number, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)}
DAYS = {name: number for number, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
_YEARS = 30


def _bad(text: str, why: str) -> UsageError:
    return UsageError(f"The cron expression {text[:100]!r} cannot be read: {why}.", code="bad_when", hint="Five fields: minute, hour, day of the month, month, day of the week.")


class Cron:
    """One expression. Times are local, without a zone."""

    def __init__(self, text: str) -> None:
        fields = NAMES.get(text.strip().lower(), text).split()
        if len(fields) != 5:
            raise _bad(text, f"it has {len(fields)} fields")
        try:
            self.minutes, self.hours = _numbers(fields[0], 0, 59), _numbers(fields[1], 0, 23)
            self.last_day = "l" in fields[2].lower().split(",")
            days = [part for part in fields[2].split(",") if part.lower() != "l"]
            self.days = _numbers(",".join(days), 1, 31) if days else set()
            self.months = _numbers(fields[3], 1, 12, MONTHS)
            self.nth = {(number % 7, int(count)) for name, count in re.findall(r"(\w+)#([1-5])", fields[4]) for number in _numbers(name, 0, 7, DAYS)}
            week = [part for part in fields[4].split(",") if "#" not in part]
            self.weekdays = {number % 7 for number in _numbers(",".join(week), 0, 7, DAYS)} if week else set()
        except ValueError as error:
            raise _bad(text, str(error)) from error
        if not self.minutes or not self.hours or not self.months:
            raise _bad(text, "a field is empty")
        self.any_day, self.any_weekday = fields[2] in ("*", "?"), fields[4] in ("*", "?")
        self.by_the_hour = fields[1][0] == "*"

    def after(self, local: datetime) -> datetime | None:
        """The first time later than ``local``; None where there is none within thirty years."""
        moment = local.replace(second=0, microsecond=0) + timedelta(minutes=1)
        day, first = moment.replace(hour=0, minute=0), True
        for _ in range(366 * _YEARS):
            if day.month not in self.months:
                day, first = _next_month(day), False
                continue
            if self._is_day(day) and (found := self._time(day, moment if first else day)):
                return found
            day, first = day + timedelta(days=1), False
        return None

    def _is_day(self, day: datetime) -> bool:
        of_month = day.day in self.days or (self.last_day and day.day == calendar.monthrange(day.year, day.month)[1])
        weekday = (day.weekday() + 1) % 7
        of_week = weekday in self.weekdays or (weekday, (day.day - 1) // 7 + 1) in self.nth
        if self.any_day or self.any_weekday:
            return of_month and of_week
        return of_month or of_week

    def _time(self, day: datetime, not_before: datetime) -> datetime | None:
        for hour in sorted(self.hours):
            for minute in sorted(self.minutes):
                found = day.replace(hour=hour, minute=minute)
                if found >= not_before:
                    return found
        return None


def _next_month(day: datetime) -> datetime:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _numbers(text: str, low: int, high: int, names: dict[str, int] | None = None) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"(\*|\?|[A-Za-z]+|\d+)(?:-([A-Za-z]+|\d+))?(?:/(\d+))?", part)
        if not match:
            raise ValueError(f"{part!r} is no number, name, range or step")
        step = int(match[3] or 1)
        if step < 1:
            raise ValueError("a step must be at least 1")
        if match[1] in "*?":
            start, end = low, high
        else:
            start = _number(match[1], names)
            end = _number(match[2], names) if match[2] else high if match[3] else start
        if end < start and names is DAYS and end == 0:
            end = 7
        if not low <= start <= high or not low <= end <= high or end < start:
            raise ValueError(f"{part!r} is not within {low} to {high}")
        found.update(range(start, end + 1, step))
    return found


def _number(text: str, names: dict[str, int] | None) -> int:
    if text.isdigit():
        return int(text)
    if names and text[:3].lower() in names:
        return names[text[:3].lower()]
    raise ValueError(f"{text!r} is not known here")
