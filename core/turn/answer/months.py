"""Months that a call asked for or a text names without their year: ``month(date)=3``, ``'2026-03-%'``, a column of numbers of months, "March"."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from core.turn.answer.dates import DateFound, Day
from core.turn.answer.lexicon import MONTHS

_CONDITION = re.compile(
    r"(?:\bmonth\b|\bmonat\b|\bmois\b|\bmes\b|%m)[^=<>;]{0,60}?(?P<sign>=+|<=|>=|<|>|\bin\b|\bbetween\b)[\s(\\'\"]*(?P<first>\d{1,2})(?!\d)(?P<more>(?:[\\'\"\s,]|\band\b)*(?:\d{1,2}(?!\d)(?:[\\'\"\s,]|\band\b)*)*)",
    re.I,
)
_STAMP = re.compile(r"(?<!\d)((?:19|20)\d\d)-(0[1-9]|1[0-2])(?=-(?!\d)|[%_])")
_MENTION = re.compile(r"\bmonth\b|%m|\bmonat|\bmois\b|\bmes\b", re.I)
_CELL = re.compile(r"^[| ]*(?:(?:19|20)\d\d *\| *)?(\d{1,2}) *(?=\|)", re.M)  # of the first column, or after that of the year
_NAME = re.compile(r"[^\W\d_]{4,}|\b(?:May|Mai)\b")
_YEAR = re.compile(r"(?<![\d.,])(?:19|20)\d\d(?!\d|[.,]\d)")


def find_years(text: str) -> set[int]:
    """Years as they stand in a text."""
    return {int(match[0]) for match in _YEAR.finditer(text)}


def months_named(text: str, dates: Iterable[DateFound]) -> set[Day]:
    """Months by name that stand in none of the ``dates`` of a text, as ``(0, month, 0)``: the year is said elsewhere."""
    dated = sorted((found.start, found.end) for found in dates)
    words = ((match.start(), MONTHS.get(match[0].lower())) for match in _NAME.finditer(text))
    return {(0, month, 0) for start, month in words if month and not _is_within(start, dated)}


def _is_within(place: int, spans: list[tuple[int, int]]) -> bool:
    before = bisect_right(spans, (place, sys.maxsize)) - 1
    return before >= 0 and place < spans[before][1]


def months_asked(arguments: str, result: str) -> set[Day]:
    """Months of a call: what its arguments keep, and the numbers of months that its result lists where the call names the month of each row."""
    months = {month for match in _CONDITION.finditer(arguments) for month in _numbers(match)}
    if _MENTION.search(arguments):
        months |= {int(match[1]) for match in _CELL.finditer(result)}
    stamps = {(int(match[1]), int(match[2]), 0) for match in _STAMP.finditer(arguments)}
    return stamps | {(0, month, 0) for month in months if 1 <= month <= 12}


def _numbers(match: re.Match[str]) -> Iterator[int]:
    first, rest = int(match["first"]), [int(number) for number in re.findall(r"\d+", match["more"])]
    sign = match["sign"].lower()
    if sign == "between":
        yield from range(first, (rest[0] if rest else first) + 1)
    elif sign in ("<", ">"):
        yield first - 1 if sign == "<" else first + 1
    else:
        yield first
        yield from rest if sign == "in" else ()


def is_month_known(month: Day, days: Iterable[Day], years: Iterable[int]) -> bool:
    """Whether a month of a year, ``(year, month, 0)``, is known: some day of it, or its name alone and its year apart."""
    known = set(days)
    if any(day[:2] == month[:2] for day in known):
        return True
    return (0, month[1], 0) in known and month[0] in set(years)
