"""Sums of clock times and dates: ``14:46 - 13:12``, ``9:30 + 90 min``, ``2026-03-01 + 30 days``. Numbers alone are no business of this module."""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass
from typing import Any

from core.errors import ToolRetry
from tools.dates import read_date

HOW = (
    "Clock times and dates are only added and subtracted: 14:46 - 13:12, 9:30 + 90 min, 2026-03-01 + 30 days, 2026-03-31 - 2026-03-01. "
    'time.calculate(start="2026-03-01", months=1) adds to a date; with end="2026-03-31" it counts the days.'
)
DAY = 86_400  # seconds
_CLOCK = r"\d{1,3}:[0-5]\d(?::[0-5]\d)?"
_DATE = r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}\.\d{1,2}\.\d{4}|today|tomorrow|yesterday"
_LENGTH = r"\d+(?:\.\d+)?\s*(?:hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)"
_DAYS = r"\d+\s*(?:days?|weeks?|months?|years?)"
_ANY = re.compile(rf"(?<![\d:.]){_CLOCK}(?![\d:])|(?<![\d.-])\b(?:{_DATE})\b(?!-?\d)", re.I)
_TIMES = re.compile(rf"(?:{_CLOCK}|{_LENGTH})(?:\s*[-+]\s*(?:{_CLOCK}|{_LENGTH}))*", re.I)
_TERM = re.compile(rf"([-+]?)\s*({_CLOCK}|{_LENGTH})", re.I)
_GAP = re.compile(rf"({_DATE})\s*-\s*({_DATE})", re.I)
_SHIFT = re.compile(rf"({_DATE})((?:\s*[-+]\s*{_DAYS})+)", re.I)
_SIGNED = re.compile(r"([-+])\s*(\d+)\s*(day|week|month|year)", re.I)


@dataclass(frozen=True, slots=True)
class TimeSum:
    """What comes out: ``value`` as JSON (``result`` and more), and how it is said after the equals sign."""

    value: dict[str, Any]
    text: str


def add_times(expression: str, today: datetime.date) -> TimeSum | None:
    """The sum where ``expression`` holds a clock time or a date, else None. Raises :class:`ToolRetry` where it is more than a sum."""
    text = re.sub(r"\bminus\b", "-", re.sub(r"\bplus\b", "+", re.sub(r"[–−]", "-", expression.strip().rstrip("=? ")), flags=re.I), flags=re.I)
    if not _ANY.search(text):
        return None
    if _TIMES.fullmatch(text):
        return _clock_sum(text)
    if gap := _GAP.fullmatch(text):
        days = (_day(gap[1], today) - _day(gap[2], today)).days
        return TimeSum({"result": days, "unit": "days"}, f"{days} day{'' if abs(days) == 1 else 's'}")
    if (shift := _SHIFT.fullmatch(text)) and (goal := _shifted(_day(shift[1], today), shift[2])):
        return TimeSum({"result": goal.isoformat(), "weekday": f"{goal:%A}"}, f"{goal.isoformat()} ({goal:%A})")
    raise ToolRetry(f"{expression[:100]!r} cannot be worked out: it holds a time or a date.", hint=HOW)


def _clock_sum(text: str) -> TimeSum:
    terms = _TERM.findall(text)
    total = sum(_seconds(term) * (-1 if sign == "-" else 1) for sign, term in terms)
    clocks = [sign for sign, term in terms if ":" in term]
    said = ["1 minute" if total == 60 else f"{total / 60:.12g} minutes"]
    if total < 0 and clocks == ["", "-"]:
        said.append(f"{_clock(total + DAY)} where the first is on the next day")
    if total >= DAY and clocks == [""]:
        said.append(f"{_clock(total % DAY)} on {'the next day' if total < 2 * DAY else f'the {total // DAY:.0f}th day after'}")
    return TimeSum({"result": _clock(total), "minutes": int(total // 60) if total % 60 == 0 else total / 60}, f"{_clock(total)} ({'; '.join(said)})")


def _seconds(term: str) -> float:
    if ":" in term:
        return sum(int(part) * unit for part, unit in zip(term.split(":"), (3600, 60, 1), strict=False))
    number, unit = re.fullmatch(r"([\d.]+)\s*([a-z])[a-z]*", term, re.I).groups()  # type: ignore[union-attr]  # it is a _LENGTH
    return float(number) * {"h": 3600, "m": 60, "s": 1}[unit.lower()]


def _clock(seconds: float) -> str:
    """``1:34``, ``-0:05``, ``1:02:03`` where there are seconds."""
    whole = round(abs(seconds))
    rest = f":{whole % 60:02}" if whole % 60 else ""
    return f"{'-' if seconds < 0 else ''}{whole // 3600}:{whole // 60 % 60:02}{rest}"


def _day(text: str, today: datetime.date) -> datetime.date:
    found = read_date(text, today)
    if found is None:
        raise ToolRetry(f"{text!r} is not a date that there is.", hint=HOW)
    return found


def _shifted(day: datetime.date, terms: str) -> datetime.date:
    """Raises :class:`ToolRetry` beyond the years 1 to 9999."""
    try:
        for sign, number, unit in _SIGNED.findall(terms):
            count = int(f"{sign}{number}")
            days = {"day": 1, "week": 7}.get(unit.lower(), 0) * count
            day = add_months(day, {"month": 1, "year": 12}.get(unit.lower(), 0) * count) + datetime.timedelta(days=days)
    except (OverflowError, ValueError) as error:
        raise ToolRetry("That date is too far away.", hint="Years go from 1 to 9999.") from error
    return day


def add_months(date: datetime.date, months: int) -> datetime.date:
    """The same day some months on, or the last of that month."""
    month = date.month - 1 + months
    year, month = date.year + month // 12, month % 12 + 1
    return datetime.date(year, month, min(date.day, calendar.monthrange(year, month)[1]))
