"""Days, months and times of day in many spellings, and spans such as "6 weeks". A day is ``(year, month, day)``, 0 for what is not said."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.turn.answer.lexicon import COUNT_WORDS, MONTHS, RELATIVE_DAYS, TIME_UNITS, alternation

Day = tuple[int, int, int]
_M = alternation(MONTHS)
_Y = r"(?:19|20)\d\d"
_D = r"\d{1,2}(?:st|nd|rd|th|er|\.)?"
_WORDED = (
    rf"(?P<dl>{_D}(?: ?(?:[-–,/&]|and|und|to|bis|et|y) ?{_D})*)[ \-](?:of |de |du )?(?P<dm>{_M})\b\.?(?:,? ?(?:de |del )?[ \-]?(?P<dy>{_Y})(?![\\d/-]))?"
    rf"|(?P<mm>{_M})\b\.?(?: (?P<ml>{_D}(?: ?(?:[-–&]|and|to) ?{_D})*)(?![\d:])\b(?:,? (?P<my>{_Y})(?![\\d/-]))?|,?(?: de)? (?P<ym>{_Y}))"
)
_DIGITS = (
    rf"(?P<iy>{_Y})(?P<is>[-/.])(?P<im>\d{{1,2}})(?P=is)(?P<id>\d{{1,2}})(?!\d)|(?P<vy>{_Y})-(?P<vm>0[1-9]|1[0-2])(?![\d-])"
    r"|(?P<na>\d{1,2})(?P<ns>[./-])(?P<nb>\d{1,2})(?P=ns)(?P<nc>\d{4}|\d{2})?(?!\d)"
    r"|(?<!\d)(?P<cy>20\d\d)(?P<cm>0[1-9]|1[0-2])(?P<cd>[0-2]\d|3[01])(?=T?\d{0,6}\b)"
)
_DATE = re.compile(rf"(?<![\w.])(?:{_DIGITS})|(?<!\w)(?:{_WORDED})", re.I)
_IS_GERMAN_DAY = re.compile(r"\b(?:am|vom|bis|dem|den|der|zum|ab|seit|und) $", re.I)
_TIME = re.compile(r"(?<![\d.,:/-])(\d{1,2})(?:(?:[:h]|\.(?=\d\d ?(?:Uhr|am|pm|a\.m|p\.m)))(\d\d)(?::\d\d)?)?( ?(?:am|pm|a\.m\.?|p\.m\.?|Uhr|o'clock|h)(?![a-z]))?", re.I)
_UNIT = re.compile(rf"[ -]({alternation(TIME_UNITS)})\b", re.I)
_HOW_MANY = re.compile(rf"\b(\d{{1,3}}|{alternation(COUNT_WORDS)}|an?|one|einen?|eine[rm]|un|une|una)$", re.I)
_RELATIVE = re.compile(rf"\b({alternation(RELATIVE_DAYS)})\b", re.I)


@dataclass(frozen=True, slots=True)
class DateFound:
    """A date in a text with each day it may mean."""

    text: str
    start: int
    end: int
    days: tuple[Day, ...]


def find_dates(text: str) -> Iterator[DateFound]:
    """Every date of a text that could stand in a calendar."""
    for match in _DATE.finditer(text):
        days = tuple(day for day in _days(match) if _is_possible(day))
        if days and not (match["ns"] and match["nc"] is None and not _IS_GERMAN_DAY.search(text[: match.start()][-8:])):
            yield DateFound(match[0], match.start(), match.end(), days)


def _days(match: re.Match[str]) -> Iterable[Day]:
    if match["iy"]:
        return [(int(match["iy"]), int(match["im"]), int(match["id"]))]
    if match["cy"]:
        return [(int(match["cy"]), int(match["cm"]), int(match["cd"]))]
    if match["vy"]:
        return [(int(match["vy"]), int(match["vm"]), 0)]
    if match["na"]:
        first, second, year = int(match["na"]), int(match["nb"]), int(match["nc"] or 0)
        year += 2000 if 0 < year < 100 else 0
        return [(year, second, first)] if match["ns"] == "." else [(year, second, first), (year, first, second)]
    month = MONTHS[(match["dm"] or match["mm"]).lower()]
    days = re.findall(r"\d+", match["dl"] or match["ml"] or "0")
    return [(int(match["dy"] or match["my"] or match["ym"] or 0), month, int(day)) for day in days]


def _is_possible(day: Day) -> bool:
    return 1 <= day[1] <= 12 and 0 <= day[2] <= calendar.monthrange(day[0] or 2024, day[1])[1] and any(day)


def find_times(text: str) -> Iterator[tuple[str, int, int, tuple[int, ...]]]:
    """Times of day: words, start, end and the minutes since midnight that they may mean."""
    for match in _TIME.finditer(text):
        if not match[2] and not match[3]:
            continue
        hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").strip().lower()[:1]
        if hour > 24 or minute > 59:
            continue
        if half in ("a", "p"):
            hour = hour % 12 + (12 if half == "p" else 0)
        unsure = (hour * 60 + minute, (hour + 12) % 24 * 60 + minute) if not half and hour <= 12 else (hour * 60 + minute,)
        yield match[0], match.start(), match.end(), unsure


def find_spans(text: str) -> set[tuple[int, str]]:
    """Spans of time: how many, of ``minute hour day week month year``."""
    found = set()
    for unit in _UNIT.finditer(text):
        if many := _HOW_MANY.search(text[max(0, unit.start() - 12) : unit.start()]):
            found.add((int(many[1]) if many[1].isdigit() else COUNT_WORDS.get(many[1].lower(), 1), TIME_UNITS[unit[1].lower()]))
    return found


def relative_days(text: str, today: datetime.date) -> set[Day]:
    """The days that words such as "tomorrow" mean."""
    lowered = text.lower()
    if not any(word in lowered for word in RELATIVE_DAYS):
        return set()
    return {as_day(today + datetime.timedelta(days=RELATIVE_DAYS[match[1].lower()])) for match in _RELATIVE.finditer(text)}


def as_day(date: datetime.date) -> Day:
    return date.year, date.month, date.day


def as_date(day: Day) -> datetime.date | None:
    """A date of the calendar; None where year or day is not said."""
    return datetime.date(*day) if all(day) and _is_possible(day) else None


def shift(date: datetime.date, count: int, unit: str) -> datetime.date | None:
    """The date ``count`` units later (earlier where negative); None beyond the calendar."""
    if unit in ("day", "week"):
        return date + datetime.timedelta(days=count * (7 if unit == "week" else 1))
    months = date.year * 12 + date.month - 1 + count * {"month": 1, "year": 12}.get(unit, 0)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9998:
        return None
    return datetime.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))


def calendar_dates(days: Iterable[Day], today: datetime.date | None) -> list[datetime.date]:
    """The days as dates of the calendar; one without a year is of this year (without ``today``: of the latest year that the others have)."""
    known = tuple(days)
    year = today.year if today else max((day[0] for day in known), default=0)
    full = {as_date((day[0] or year, day[1], day[2])) for day in known}
    return sorted(date for date in full if date)


def is_same_day(claim: Day, known: Day) -> bool:
    """Whether a date as claimed says no more than a known one: the same where both say something, and a day only where a day is known."""
    return (not claim[0] or not known[0] or claim[0] == known[0]) and claim[1] == known[1] and (not claim[2] or claim[2] == known[2])
