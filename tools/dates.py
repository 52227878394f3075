"""Dates as people write and say them, against a given today."""

from __future__ import annotations

import calendar
import datetime
import re

from tools.spoken_numbers import digits, ordinal

_MONTHS = (
    {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
    | {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
    | {"sept": 9}
)
_DAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)} | {name.lower(): number for number, name in enumerate(calendar.day_abbr)}
_FEASTS = {
    "christmas": (12, 25), "christmas day": (12, 25), "xmas": (12, 25), "christmas eve": (12, 24), "boxing day": (12, 26), "new year": (1, 1), "new year's": (1, 1), "new year's day": (1, 1), "new years": (1, 1), "new year's eve": (12, 31),
    "halloween": (10, 31), "valentine's day": (2, 14), "valentines day": (2, 14), "valentines": (2, 14), "st patrick's day": (3, 17), "independence day": (7, 4), "the end of the year": (12, 31), "the new year": (1, 1), "april fools": (4, 1),
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))


def read_date(text: str, today: datetime.date, past: bool = False) -> datetime.date | None:
    """The date that ``text`` names, or None. Without a year: the next such day, with ``past`` the last one."""
    said = re.sub(r"[,.]", " ", text.strip().lower())
    said = re.sub(r"\s+", " ", re.sub(r"^(?:on|the|for) (?=.)", "", said)).strip()
    named = {"today": 0, "now": 0, "tomorrow": 1, "yesterday": -1, "the day after tomorrow": 2, "day after tomorrow": 2}
    if said in named:
        return today + datetime.timedelta(days=named[said])
    try:
        return datetime.date.fromisoformat(said[:10])
    except ValueError:
        pass
    if said in _FEASTS or f"the {said}" in _FEASTS:
        return _near(*(_FEASTS.get(said) or _FEASTS[f"the {said}"]), None, today, past)
    if said.removeprefix("next ").removeprefix("this ") in _DAYS:
        ahead = (_DAYS[said.split()[-1]] - today.weekday()) % 7
        return today + datetime.timedelta(days=ahead or 7)
    return _written(said, today, past)


def _written(said: str, today: datetime.date, past: bool) -> datetime.date | None:
    """``24 December 2026``, ``December 24th``, ``the twenty fourth of december``, ``24/12/2026``, ``24.12.2026`` (day first)."""
    if match := re.fullmatch(r"(\d{1,2})[/. ](\d{1,2})[/. ](\d{4})", said):
        day, month = int(match[1]), int(match[2])
        return _day(int(match[3]), *((month, day) if month <= 12 else (day, month)))
    match = re.fullmatch(rf"(?P<day>[\w -]+?)(?: of)? (?P<month>{_MONTH})(?: (?P<year>\d{{4}}))?", said) or re.fullmatch(
        rf"(?P<month>{_MONTH})(?: the)? (?P<day>[\w -]+?)(?: (?P<year>\d{{4}}))?", said
    )
    if not match:
        return None
    number = ordinal(match["day"]) or ordinal(digits(match["day"]))
    return _near(_MONTHS[match["month"]], number, int(match["year"]) if match["year"] else None, today, past) if number else None


def _near(month: int, day: int, year: int | None, today: datetime.date, past: bool) -> datetime.date | None:
    if year:
        return _day(year, month, day)
    this = _day(today.year, month, day)
    if this is None or (past and this <= today) or (not past and this >= today):
        return this
    return _day(today.year + (-1 if past else 1), month, day)


def _day(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
