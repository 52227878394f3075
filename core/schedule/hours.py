"""Pieces of a text about time that name times of day, windows between two of them, and parts of the day."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise

from core.schedule.said import WEEKEND, WORK, Said, Unclear
from core.schedule.words import UNIT

SMALL_HOURS = 300  # minutes of the day; a night is said of the day before too


def windows(said: Said) -> None:
    """Between 9 and 17; from 8 to 18:30."""
    time = r"(\d{1,2})(?:[:.](\d\d))?\s*(am|pm|a\.m\.|p\.m\.)?|(noon|midnight)"
    again = r"\b(?:every|each)\s+(?:\d+\s+)?(?:half\s+)?(?:an?\s+)?(?:hours?|hrs?|h|minutes?|mins?|min|m|quarter)\b|\bhourly\b"
    span = rf"(?:{time})\s*(?:JOIN)\s*(?:{time})(?![\d:])(?:\s*o'?clock)?"
    match = said.take(r"\b(?:between|from)\s+" + span.replace("JOIN", "and|to|until|till|through|-|–"))
    if not match and re.search(again, said.text):  # "every hour 9 to 5" needs no "from"
        match = said.take(r"(?<![\d:.-])" + span.replace("JOIN", "to|until|till|through|-|–"))
    if not match:
        return
    first, last = (
        minutes_of(match[1], match[2], match[3] or (match[7] if match[1] and match[5] and int(match[1]) < int(match[5]) else ""), match[4]),
        minutes_of(match[5], match[6], match[7], match[8]),
    )
    if last <= first and not match[7] and last + 720 > first and last < 720:
        last += 720  # from 9 to 5
    if last < first and said.every is None and re.search(again, said.text):
        last += 1440  # from 22:00 to 6:00
    if last <= first:
        raise Unclear("That window ends before it begins. From when to when?")
    said.window = (first, last)


def minutes_of(hour: str | None, minute: str | None, half: str | None, word: str | None = None) -> int:
    if word:
        return 720 if word in ("noon", "midday") else 0
    number, half = int(hour or 0), (half or "").replace(".", "")
    if half:
        if not 1 <= number <= 12:
            raise Unclear(f"There is no {number} {half}. At what time?")
        number = number % 12 + (12 if half == "pm" else 0)
    if number == 24 and not int(minute or 0):
        return 0
    if number > 23 or int(minute or 0) > 59:
        raise Unclear(f"There is no time {hour}:{minute or '00'}. At what time?")
    return number * 60 + int(minute or 0)


def times(said: Said) -> None:
    """Times of day, one or several."""
    if re.search(r"(?<![\d:])\d{1,2}:\d\d:(?!00)\d\d(?!\d)", said.text):
        raise Unclear("Times are read to the minute. At what time?")
    _in_order(said.text)
    part = r"(?:\s*(?:in the |at |this )?(morning|afternoon|evening|night)\b)?"
    while match := said.take(r"\bat\s+(\d{1,2})\s+([0-5]\d)\b(?:\s*(am|pm)\b)?" + part):
        said.times.append(_at_part(said, minutes_of(match[1], match[2], match[3]), match[3], match[4]))
    for words, minutes in (
        (r"(?:\bat\s+)?\b(?:half past|half-past)\s+(\d{1,2})", 30),
        (r"(?:\bat\s+)?\ba?\s*quarter past\s+(\d{1,2})", 15),
        (r"(?:\bat\s+)?\ba?\s*quarter (?:to|before)\s+(\d{1,2})", -15),
    ):
        while match := said.take(words + r"(?:\s*(am|pm))?" + part):
            said.times.append((_at_part(said, minutes_of(match[1], "", match[2]), match[2], match[3]) + minutes) % 1440)
    while match := said.take(r"(?:\bat\s+)?\b(?:(\d{1,2})\s+minutes?|(5|10|20|25))\s+(past|to)\s+(\d{1,2})(?:\s*(am|pm))?" + part):
        offset = int(match[1] or match[2]) * (1 if match[3] == "past" else -1)
        said.times.append((_at_part(said, minutes_of(match[4], "", match[5]), match[5], match[6]) + offset) % 1440)
    while match := said.take(r"(?:\bat\s+)?\b(?:(\d{1,2})(?:\s+minutes?)?|(?:a )?(quarter)|half) (past|to|before|after) (noon|midday|midnight)\b"):
        offset = int(match[1]) if match[1] else 15 if match[2] else 30
        said.times.append((minutes_of(None, None, None, match[4]) + (offset if match[3] in ("past", "after") else -offset)) % 1440)
    if said.day == said.now.date() and said.take(r"(?:\bat\s+)?\bmidnight\b"):  # tonight's is tomorrow's first minute
        said.day, said.daypart = said.now.date() + timedelta(days=1), ""
        said.fixed = said.day
        said.times.append(0)
    while match := said.take(r"(?:\bat\s+)?\b(noon|midday|midnight)\b"):
        said.midnight = said.midnight or match[1] == "midnight"
        said.times.append(minutes_of(None, None, None, match[1]))
    while match := said.take(r"(?:\bat\s+)?(?<![\d:.-])(\d{1,2})(?:[:.h](\d\d))(?::\d\d)?\s*(am|pm|a\.m\.?|p\.m\.?)?(?![\d:%])(?:\s*(?:o'?clock|hrs|hours|h|uhr)\b)?" + part):
        if match[1] == "24" and said.day:
            raise Unclear("Which day does that time belong to?", hint="Say 0:00 and the day after.")
        said.midnight = said.midnight or match[1] == "24"
        said.times.append(_at_part(said, minutes_of(match[1], match[2], match[3]), match[3], match[4]))
    while match := said.take(r"(?:\bat\s+)?(?<![\d:.-])(\d{1,2})\s*(am|pm|a\.m\.?|p\.m\.?)(?![\w])" + part):
        said.times.append(_at_part(said, minutes_of(match[1], "", match[2]), match[2], match[3]))
    while (
        match := said.take(r"(?:\bat\s+)?(?<![\d:.-])(\d{1,2})\s*o'?clock\b" + part)
        or said.take(r"\bat\s+(\d{1,2})(?![\d:.]|st|nd|rd|th|\s*(?:%|" + UNIT + r"\b)|\s+(?:past|to)\b)" + part)
        or said.take(r"(?<![\d:.-])(?<!\d )(\d{1,2})\s+(?:in the\s+|at\s+(?=night))()(morning|afternoon|evening|night)\b")
    ):
        half = match[2] if match.re.groups > 1 else ""
        said.times.append(_at_part(said, minutes_of(match[1], "", ""), "", half or (match[3] if match.re.groups > 2 else "")))
        _more(said, match.start())
    if match := said.take(r"\bat\s+(\d\d)(\d\d)\b(?:\s*(?:hours|hrs|h))?"):
        said.times.append(minutes_of(match[1], match[2], ""))
    said.times = sorted(set(said.times))


def _more(said: Said, at: int) -> None:
    """The hours of a list behind its first one: "at 9, 13 and 17"."""
    listed = re.compile(r"[\s,]*(?:,|\band|\bor)[\s,]*(\d{1,2})(?![\d:./]|st|nd|rd|th|\s*(?:%|,?\s*times|" + UNIT + r"\b))(?=\s*(?:,|and\b|or\b|$|(?:daily|every|each|on)\b))")
    while match := listed.match(said.text, at):
        said.times.append(minutes_of(match[1], "", ""))
        said.text = f"{said.text[: match.start()]} , {said.text[match.end() :]}"


def _in_order(text: str) -> None:
    """``at 9 and 5`` is nine and seventeen o'clock to most people, and nine and five on a clock of 24 hours. Raises :class:`Unclear`."""
    found = re.search(r"\bat (\d{1,2})(?::00)?(?: ?(?:,|and|,? and) ?(\d{1,2})(?![\d:.]|\s*(?:am|pm|a\.m|p\.m)|st|nd|rd|th))+(?=\s|$)", text)
    hours = [int(hour) for hour in re.findall(r"\d{1,2}(?=$|\D)", found[0].replace(":00", ""))] if found else []
    if any(later < earlier < 13 for earlier, later in pairwise(hours)):
        raise Unclear(f"Is {next(later for earlier, later in pairwise(hours) if later < earlier)} in the morning or in the afternoon?")


def _at_part(said: Said, minutes: int, half: str | None, part: str | None) -> int:
    """A time with the part of the day that it is said with, which then is no longer open."""
    if part:
        said.parts.add(part)
    return placed(minutes, half, part)


def placed(minutes: int, half: str | None, part: str | None) -> int:
    """A time moved to the part of the day that goes with it: 8 in the evening is 20:00."""
    if half or not part:
        return minutes
    if 720 <= minutes < 780 and part != "afternoon":
        if part != "night":
            raise Unclear(f"Is {minutes // 60}:{minutes % 60:02} in the {part} noon or midnight?")
        return minutes - 720
    if minutes >= 720:
        return minutes
    if part in ("afternoon", "evening") or (part == "night" and minutes >= 360):
        return minutes + 720
    return minutes


def dayparts(said: Said) -> None:
    """Parts of the day; without a time they are asked about, and so are several of them unless one time is said for both."""
    parts = []
    while match := said.take(r"\b(?:(?:in|on|at|during)\s+the\s+|every\s+|each\s+|this\s+|at\s+)?(mornings?|afternoons?|evenings?|nights?)\b"):
        said.daypart = match[1].rstrip("s")
        parts.append(said.daypart)
        if match[0].startswith(("every", "each")) or match[1].endswith("s"):
            said.repeats = True
            said.every = said.every or (None if said.days else (1, "d"))
    if said.parts and set(parts) - said.parts:
        raise Unclear("At which time in which part of the day?")
    if len(set(parts)) > 1:
        said.times = sorted({placed(said.times[0], "", part) for part in parts}) if len(said.times) == 1 and said.times[0] < 720 else []
        if len(said.times) != len(set(parts)):
            raise Unclear("At which time in which part of the day?")
    elif said.daypart and said.times and not said.parts:
        said.times = sorted(placed(time, "", said.daypart) for time in said.times)
    if said.midnight and ((said.days and said.days not in (WORK, WEEKEND)) or (said.day and said.day > said.now.date() + timedelta(days=1))):
        raise Unclear("When that day begins, or when it ends?", hint='Say "at 0:00" for its beginning, or 0:00 of the day after.')
    today = said.day == said.now.date() and not said.repeats
    if said.daypart == "night" and any(time < SMALL_HOURS for time in said.times):
        if said.days or (said.day and not today):
            raise Unclear("In the night before that day, or in the one after it?", hint='Say the day that has begun then: "Sunday at 1:00".')
        if today and said.now.hour * 60 + said.now.minute > min(said.times):
            said.day = said.fixed = said.now.date() + timedelta(days=1)
