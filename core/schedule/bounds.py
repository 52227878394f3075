"""Pieces of a text about time that narrow it down: from when and until when, for how long, how often, and on which days not."""

from __future__ import annotations

import re
from datetime import timedelta

from core.schedule.dates import day_named
from core.schedule.said import WEEKEND, WORK, Said, Unclear
from core.schedule.words import DAY, MONTH, UNIT, day_of, month_of, unit_of


def bounds(said: Said) -> None:
    """From when and until when, how often, and on which days not."""
    other = rf"|\s(?:daily|every ?day|weekly|monthly|yearly|weekdays|weekends|{DAY}(?<=s)|the\s+(?:\d+(?:st|nd|rd|th)|last)\s+(?:day|{DAY}))\b"  # what is no part of the bound
    date_like = rf"(?:the\s+)?(?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{MONTH}(?:\s+\d{{4}})?|{MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?|\d{{4}}-\d\d-\d\d|\d{{1,2}}\.\d{{1,2}}\.(?:\d{{4}})?|today|tomorrow|{DAY})"
    if match := said.take(rf"\b(?:from|between)\s+({date_like})\s*(?:to|until|till|through|and|-|–)\s*({date_like})(?!\w)"):
        said.starts, said.ends = day_named(match[1], said), day_named(match[2], said)
    if match := said.take(rf"\b(?:but(?: not)?|except(?: for)?|excluding|not)\s+(?:on\s+)?(weekends?|weekdays?|{DAY}(?:\s*(?:,|and|or)\s*{DAY})*)"):
        if re.match(r"[\s,]*(?:at\b|\d)", said.text[match.start() + 3 :]) and re.search(r"\bat\s|\d", said.text[: match.start()]):
            raise Unclear("Which times on which days?", hint='For example: "on weekdays at 7 and on weekends at 9".')
        said.skipped |= WEEKEND if match[1].startswith("weekend") else WORK if match[1].startswith("weekday") else {day_of(name) for name in re.findall(DAY, match[1])}
    if match := said.take(
        r"\b(?:until|till|through|up to|ending(?: on)?)\s+(?!\d{1,2}(?::\d\d)?\s*(?:am|pm)?(?:\s*[,;]|\s*$|\s+(?:on|every|each|daily|except|in|from|starting|weekdays|weekends|"
        + DAY
        + r"s)\b))(?:the\s+)?(.+?)(?=\s(?:at|starting|from|every|each|on)\b"
        + other
        + r"|\s*[,;]|\s*$)"
    ):
        said.ends = day_named(match[1], said)
    if match := said.take(
        r"\b(?:starting|beginning|from)\s+(?:on\s+|from\s+)?(?!\d{1,2}(?::\d\d)?\s*(?:am|pm)?\s*(?:to|until|till|-|–)\s*\d)((?:next\s+|the\s+)?[a-z\d][\w .,/-]*?)(?:\s+on(?:wards?)?)?(?=\s(?:at|until|till|every|each|on)\b"
        + other
        + r"|\s*[,;]|\s*$)"
    ):
        said.starts = day_named(match[1], said)
    if re.search(rf"\b{DAY}\s*(?:,|and|or)\s*(?:on\s+)?next\s+{DAY}", said.text):
        raise Unclear("Once on each of these days, or every week?")
    if match := said.take(rf"\b(?:but\s+not|except|not)\s+(?:in|during)\s+({MONTH}(?:\s*(?:,|and|or)\s*{MONTH})*)(?!\s*\d)"):
        left_out = {month_of(name) for name in re.findall(MONTH, match[1])}
        said.months = [month for month in range(1, 13) if month not in left_out]
    text_before = said.text
    if (match := re.search(r"\b(twice|thrice|\d+ times) (?:a|per|every|each) week\b", said.text)) and len(re.findall(rf"\b{DAY}\b", said.text)) == _often(match[1]):
        said.take(r"\b(?:twice|thrice|\d+ times) (?:a|per|every|each) week\b,?(?: on)?")
        said.repeats, text_before = True, said.text
    if match := said.take(r"\b(twice|thrice)\s+(?:(?:a|per|each|every)\s+day|daily)(?=\s*[,:]?\s*at\b)"):
        said.times_a_day, said.every, said.repeats = _often(match[1]), (1, "d"), True
    if match := said.take(r"\b(\d+)\s+times\s+(?:(?:a|per)\s+day|daily)(?=\s*[,:]?\s*at\b)"):
        said.times_a_day, said.every, said.repeats = int(match[1]), (1, "d"), True
    if match := said.take(r"\b(\d+)\s+times\b"):
        said.count = int(match[1])
        if re.search(r"\ba (?:day|week|month|year)\b|\bper\b|\bdaily\b", said.text):
            raise Unclear("At which times?", hint='Say them, for example "every day at 9:00, 13:00 and 17:00".')
    if re.search(r"\b\d+ times (?:every|each) (?:hour|day|week|month|year)\b", text_before):
        raise Unclear("At which times?", hint='Say them, for example "every day at 9:00, 13:00 and 17:00".')
    if re.search(r"\b(?:twice|thrice)\s+(?:a|per|every|each)\s+(?:day|week|month|year|hour)\b|\btwice daily\b", said.text):
        raise Unclear("At which times and on which days?", hint='Say them, for example "every day at 9:00 and 17:00".')
    if match := said.take(rf"\bfor\s+(?:the\s+)?(?:next\s+)?(an?|\d+)\s+({UNIT})\b"):
        said.lasting = days_long(int(match[1]) if match[1].isdigit() else 1, unit_of(match[2]))


def _often(text: str) -> int:
    return {"twice": 2, "thrice": 3}.get(text) or int(text.split()[0])


def days_long(count: int, unit: str) -> timedelta:
    per = {"d": 1, "w": 7, "f": 14, "M": 30, "y": 365}.get(unit)
    if per is None:
        raise Unclear("For how many days?")
    return timedelta(days=count * per)
