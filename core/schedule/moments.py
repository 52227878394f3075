"""Pieces of a text about time that name a moment: how long from now, dates, times of day, windows, bounds."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

from core.schedule.said import WEEKEND, WORK, Said, Unclear
from core.schedule.words import DAY, FILLERS, MONTH, NAMED_DAYS, UNIT, day_of, month_of, unit_of

SMALL_HOURS = 300  # minutes of the day; a night is said of the day before too


def nothing_left(said: Said) -> None:
    left = [word for word in re.findall(r"[^\s,;.!?]+", said.text) if word not in FILLERS]
    if left:
        raise Unclear(
            f"I do not understand {' '.join(left)!r}. When exactly?", hint='For example: "every weekday at 7:30", "in 20 minutes", "on the first Monday of the month at 9".'
        )


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
    if match := said.take(r"\b(\d+)\s+times\s+(?:a|per)\s+day(?=\s*[,:]?\s*at\b)"):
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


def relative(said: Said) -> None:
    """In twenty minutes; an hour from now; in a week."""
    if match := said.take(r"(?<!every )(?<!each )\b(?:the )?day (before|after) (?!tomorrow\b)(.+?)(?=\s(?:at|in the)\b|\s*[,;]|\s*$)"):
        said.day = said.fixed = day_named(match[2], said) + timedelta(days=1 if match[1] == "after" else -1)
        return
    one = r"(?:a few|a couple of|half an?|(?:a |3 )?quarters?(?: of)? an|an?(?= )|\d+(?:\.\d+)?)"
    amount = rf"{one}\s*{UNIT}(?![a-z])(?:\s*(?:and\s+)?(?:an? |\d+\s*){UNIT}(?![a-z])|(?<=h)\d\d(?!\d))*(?:\s+and\s+a\s+(?:half|quarter)\b)?"
    if match := said.take(
        rf"(?<!every )(?<!each )(?<!at )(?<![:.])\b(?:(?:an?|1)\s+(?=week\b|day\b)|(\d+)\s+(?=weeks\b|days\b))(weeks?|days?)\s+(?:from|after)\s+(today|tomorrow|{DAY})\b"
    ):
        said.day = said.fixed = day_named(match[3], said) + timedelta(days=int(match[1] or 1) * (7 if match[2][0] == "w" else 1))
        return
    if match := said.take(
        rf"(?<!every )(?<!each )(?<!in )(?<!twice )(?<!times )(?<!once )(?<!thrice )(?<!per )\b(?:an?|(\d+)) weeks? (?:on )?(today|tomorrow|{DAY})\b"
    ) or said.take(rf"()\b(?:on )?(today|tomorrow|{DAY}) week\b"):
        said.day = said.fixed = day_named(match[2], said) + timedelta(weeks=int(match[1] or 1))
        return
    match = (
        said.take(rf"\b(?:in|after)\s+({amount})(?:'?\s*time|'s time)?(?=[\s,.;!?]|$)")
        or said.take(rf"(?<=[\s,])({amount})\s+from\s+now\b")
        or said.take(r"^\s*((?:\d+\s*(?:s|mins?|min|m|hrs?|h|d)\s*)+)$")
    )
    if not match:
        return
    if bare := re.fullmatch(r"\s*(\d+)\s*h\s*", match[0]):
        if 6 <= int(bare[1]) <= 23:
            raise Unclear(f"In {bare[1]} hours, or at {bare[1]}:00?")
    if re.search(r"a few|a couple", match[1]):
        raise Unclear("In how long exactly?")
    if re.search(r"month|year|yr|quarters?$", match[1]):
        if "." in match[1] or " half" in match[1]:
            raise Unclear("On which day exactly?")
        said.day, said.moment = in_months(said.now.date(), match[1]), True
        return
    said.delta = length(match[1])
    if said.delta >= timedelta(days=1) and not re.search(r"hour|hr|min|sec|\dh|\dm", match[1]):
        said.day, said.delta, said.moment = said.now.date() + said.delta, None, True


def length(text: str) -> timedelta:
    total = 0.0
    sizes = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "f": 1209600}
    last = 0
    for number, unit, minutes in re.findall(
        rf"(?<![a-z])(half an?|3 quarters?(?: of)? an|(?:a )?quarter(?: of)? an|an?(?= )|\d+(?:\.\d+)?)\s*({UNIT})(?![a-z])(?:(?<=h)(\d\d)(?!\d))?", text
    ):
        last = sizes[unit_of(unit)]
        share = 0.5 if number.startswith("half") else 0.75 if number.startswith("3 q") else 0.25 if "quarter" in number else 1 if number in ("a", "an") else float(number)
        total += share * last + 60 * int(minutes or 0)
    if match := re.search(r"and a (half|quarter)$", text):
        total += {"half": 0.5, "quarter": 0.25}[match[1]] * last
    return timedelta(seconds=round(total))


def in_months(day: date, text: str) -> date:
    from dateutil.relativedelta import relativedelta

    number, unit = re.findall(rf"(half an?|an?|\d+)\s*({UNIT})(?![a-z])", re.sub(r"(an?|\d+)\s+quarters?$", lambda m: f"{3 * int(m[1] if m[1].isdigit() else 1)} months", text))[0]
    count = 1 if number in ("a", "an") else 6 if number.startswith("half") else int(number)
    return day + (relativedelta(months=count) if unit_of(unit) == "M" or number.startswith("half") else relativedelta(years=count))


def dates(said: Said) -> None:
    """Single days, and days of the year that come back."""
    yearly = (
        re.search(r"\b(?:every|each)\s+year\b|\byearly\b|\bannually\b|\bonce a year\b", said.text) is not None
        or re.search(rf"\b(?:every|each)\s+(?:{MONTH}\s+\d|\d+(?:st|nd|rd|th)?\s+(?:of\s+)?{MONTH})", said.text) is not None
    )
    if match := said.take(r"\b(?:the )?(?:start|beginning) of (every|each) month\b"):
        said.month_days, said.repeats = [1], True
    if match := said.take(r"\b(?:by )?(?:the )?end of (the |every |each |this )?month\b"):
        if (match[0].startswith("by ") or match[1] == "this ") and not re.search(r"\b(?:every|each|monthly)\b", said.text):
            said.day = day_named("the end of the month", said)
        else:
            said.month_days, said.repeats = [-1], "every" in match[0] or "each" in match[0] or said.repeats
    while match := said.take(
        rf"(?:\bon\s+)?(?:\b(?:every|each)\s+)?(?:\b({DAY}),?\s+)?(?:the\s+)?\b(?:(?<!\d:)(\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?({MONTH})|({MONTH})\.?\s+(?:the\s+)?(\d{{1,2}})(?:st|nd|rd|th)?)\b(?:\.)?,?(?:\s+(\d{{4}}))?(?!\d)"
    ):
        month, number = month_of(match[3] or match[4]), int(match[2] or match[5])
        if match[4] and not match[6] and re.match(r"[\s,]*(?:,|\band)[\s,]*\d{1,2}(?:st|nd|rd|th)?(?=\s*(?:,|and\b|at\b|$))", said.text[match.start() :]):
            raise Unclear("On which days of the month, and at what time?")
        if yearly:
            said.months.append(month)
            said.month_days.append(number)
            said.every = (1, "y")
        else:
            day = dated(number, month, int(match[6]) if match[6] else None, said.now.date())
            same_weekday(day, match[1])
            said.name_day(day)
    if match := said.take(rf"(?:\b(every|each|on)\s+)?\b({DAY})\s+the\s+(\d{{1,2}})(?:st|nd|rd|th)\b"):
        if match[1] in ("every", "each"):
            said.days, said.month_days, said.every, said.repeats = {day_of(match[2])}, [int(match[3])], (1, "M"), True
            said.together = True
        else:
            said.name_day(next_such(day_of(match[2]), int(match[3]), said.now.date()))
    if match := said.take(r"(?:\bon\s+)?\b(\d{1,2})-(\d{1,2})-(\d{4})\b"):
        said.name_day(slashed(int(match[1]), int(match[2]), match[3], said.now.date()))
    if match := said.take(r"(?:\bon\s+)?\b(\d{4})[-/](\d{1,2})[-/](\d{1,2})\b(?:t(?=\d))?"):
        said.name_day(exact_day(int(match[1]), int(match[2]), int(match[3])))
    if match := said.take(r"(?:\bon\s+)?(?:the\s+)?(?<![\d:.])(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?(?![\d])"):
        year = int(match[3]) + (2000 if match[3] and len(match[3]) == 2 else 0) if match[3] else None
        said.name_day(dated(int(match[1]), int(match[2]), year, said.now.date()))
    if match := said.take(r"(?:\bon\s+)?(?<![\d:])(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?(?![\d/])"):
        said.name_day(slashed(int(match[1]), int(match[2]), match[3], said.now.date()))
    for words, days in ((r"\bthe day after tomorrow\b|\bday after tomorrow\b", 2), (r"\btomorrow\b", 1), (r"\btoday\b|\btonight\b|\bthis (?=morning|afternoon|evening|noon)", 0)):
        if match := said.take(words):
            said.name_day(said.now.date() + timedelta(days=days))
            if match[0] == "tonight":
                said.daypart = "night"
    for words, month, number in NAMED_DAYS:
        if match := said.take(rf"(?:\b(every|each)\s+)?\b{words}\b"):
            if match[1] or yearly:
                said.months, said.month_days, said.every = [month], [number], (1, "y")
            else:
                said.name_day(dated(number, month, None, said.now.date()))
    if said.take(r"\bnext month\s+on\s+the\b|\bnext month\b") and (match := said.take(r"\b(?:on\s+)?(?:the\s+)?(\d{1,2})(?:st|nd|rd|th)\b")):
        first = (said.now.date().replace(day=1) + timedelta(days=32)).replace(day=1)
        said.day = exact_day(first.year, first.month, int(match[1]))
    if said.day and said.take(r"\bnext year\b"):
        said.day = exact_day(said.now.year + 1, said.day.month, said.day.day)
    said.fixed = said.fixed or said.day


def same_weekday(day: date, name: str | None) -> None:
    if name and day_of(name) != day.weekday():
        raise Unclear(f"{day:%d %B %Y} is a {day:%A}. Which day is meant?")


def next_such(weekday: int, number: int, today: date) -> date:
    """The next day that is this weekday and this day of the month."""
    for ahead in range(366 * 8):
        found = today + timedelta(days=ahead)
        if found.day == number and found.weekday() == weekday:
            return found
    raise Unclear(f"There is no {number}. of a month. Which day?")


def exact_day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Unclear(f"There is no day {year}-{month:02}-{day:02}. Which day?") from error


def dated(day: int, month: int, year: int | None, today: date) -> date:
    """A day of the year: this year's, or next year's where that is over."""
    if year is None:
        for candidate in range(today.year, today.year + 9):
            try:
                if (found := date(candidate, month, day)) >= today:
                    return found
            except ValueError:
                if (month, day) != (2, 29):
                    break
        raise Unclear(f"There is no day {day}.{month}. Which day?")
    return exact_day(year, month, day)


def slashed(one: int, two: int, year: str | None, today: date) -> date:
    if one <= 12 and two <= 12 and one != two:
        raise Unclear(f"Is {one}/{two} a day in {date(2000, one, 1):%B} or in {date(2000, two, 1):%B}?", hint="Write it as 2026-12-24, or with the month's name.")
    day, month = (one, two) if one > 12 else (two, one)
    return dated(day, month, int(year) + (2000 if len(year) == 2 else 0) if year else None, today)


def day_named(text: str, said: Said) -> date:
    """A day for a bound: a date, a weekday, tomorrow, the end of a month."""
    text = text.strip(" .,")
    inner = Said(f" {text} ", said.now)
    if re.fullmatch(rf"(?:(?:this|next|coming)\s+)?{DAY}", text):
        return coming_weekday(day_of(re.sub(r"^(?:this|next|coming)\s+", "", text)), said.now.date(), "next" in text)
    if match := re.fullmatch(rf"(?:the\s+)?end of (?:the |this )?(?:(month)|(year)|({MONTH}))", text):
        today = said.now.date()
        month = 12 if match[2] else month_of(match[3]) if match[3] else today.month
        year = today.year + (month < today.month)
        return (date(year, month, 1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    if match := re.fullmatch(rf"({MONTH})(?:\s+(\d{{4}}))?", text):
        return dated(1, month_of(match[1]), int(match[2]) if match[2] else None, said.now.date())
    if text == "next week":
        return said.now.date() + timedelta(days=7 - said.now.weekday())
    if text == "next month":
        return (said.now.date().replace(day=1) + timedelta(days=32)).replace(day=1)
    if text in ("now", "now on"):
        return said.now.date()
    if match := re.fullmatch(r"(?:the\s+)?(\d{1,2})(?:st|nd|rd|th)", text):
        first = said.now.date().replace(day=1)
        return (
            exact_day(first.year, first.month, int(match[1]))
            if int(match[1]) >= said.now.day
            else exact_day((first + timedelta(days=32)).year, (first + timedelta(days=32)).month, int(match[1]))
        )
    dates(inner)
    nothing_left(inner)
    if inner.day is None:
        raise Unclear(f"Which day is {text!r}?")
    return inner.day


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


def coming_weekday(day: int, today: date, is_next: bool, said: Said | None = None) -> date:
    """The coming one. "Next Friday" is only clear where the coming Friday is in the next week anyway."""
    ahead = (day - today.weekday()) % 7
    if is_next and day > today.weekday():
        this = today + timedelta(days=ahead)
        raise Unclear(f"On {this:%A %d %B}, or on {this + timedelta(days=7):%d %B}?")
    if ahead == 0 and (is_next or said is None or not said.times or max(said.times) <= said.now.hour * 60 + said.now.minute):
        ahead = 7
    return today + timedelta(days=ahead)


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
