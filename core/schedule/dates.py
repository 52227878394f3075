"""Pieces of a text about time that name a day: how long from now, dates, days by their names."""

from __future__ import annotations

import re
from datetime import date, timedelta

from core.schedule.said import Said, Unclear, nothing_left
from core.schedule.words import DAY, MONTH, NAMED_DAYS, UNIT, day_of, month_of, unit_of

_CALENDAR = rf"(?:{'|'.join(words for words, _, _ in NAMED_DAYS)}|(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}|{MONTH} (?:the )?\d{{1,2}}(?:st|nd|rd|th)?|\d{{4}}-\d\d-\d\d)"


def relative(said: Said) -> None:
    """In twenty minutes; an hour from now; in a week."""
    if match := said.take(r"(?<!every )(?<!each )\b(?:the )?day (before|after) (?!tomorrow\b)(.+?)(?=\s(?:at|in the)\b|\s*[,;]|\s*$)"):
        said.day = said.fixed = day_named(match[2], said) + timedelta(days=1 if match[1] == "after" else -1)
        return
    if match := said.take(rf"\b(?:the )?({DAY}) after next\b"):
        said.day = said.fixed = coming_weekday(day_of(match[1]), said.now.date(), True) + timedelta(days=7)
        return
    if match := said.take(rf"(?:\bon )?\b(?:the )?(?:(\d)(?:st|nd|rd|th)|(last)) ({DAY}) (?:of|in) (next|this|the coming) month\b"):
        said.day = said.fixed = _nth_of_month(0 if match[2] else int(match[1]), day_of(match[3]), said.now.date(), ahead=match[4] != "this")
        return
    if match := said.take(rf"(?<!every )(?<!each )\b(?:the (?:first )?)?({DAY}) (before|after) (?!tomorrow\b|next\b)({_CALENDAR})(?=\s(?:at|in the)\b|\s*[,;]|\s*$)"):
        edge, step = day_named(match[3], said), 1 if match[2] == "after" else -1
        said.day = said.fixed = next(day for ahead in range(1, 8) if (day := edge + timedelta(days=step * ahead)).weekday() == day_of(match[1]))
        return
    if match := said.take(rf"(?<!every )(?<!each )\b(an?|\d+) (days?|weeks?) (before|after) (?!tomorrow\b|next\b)({_CALENDAR})(?=\s(?:at|in the)\b|\s*[,;]|\s*$)"):
        count = (1 if match[1].startswith("a") else int(match[1])) * (7 if match[2][0] == "w" else 1)
        said.day = said.fixed = day_named(match[4], said) + timedelta(days=count if match[3] == "after" else -count)
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


def _nth_of_month(place: int, weekday: int, today: date, ahead: bool) -> date:
    """The nth such weekday of this month or the next; 0 is the last one."""
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1) if ahead else today.replace(day=1)
    days = [day for number in range(31) if (day := first + timedelta(days=number)).month == first.month and day.weekday() == weekday]
    if place > len(days):
        raise Unclear(f"There are {len(days)} of that weekday in {first:%B}. Which one?")
    return days[place - 1]


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
    if match := said.take(r"(?:\bon\s+)?\b(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:t(?=\d)|\b)"):
        said.name_day(exact_day(int(match[1]), int(match[2]), int(match[3])))
    if match := said.take(r"\b(?:every|each)\s+(\d{1,2})\.(\d{1,2})\.(?!\d)") or (said.take(r"(?:\bon\s+)?(?<![\d:.])(\d{1,2})\.(\d{1,2})\.(?!\d)") if yearly else None):
        dated(int(match[1]), int(match[2]), None, said.now.date())  # there is such a day
        said.months, said.month_days, said.every = [int(match[2])], [int(match[1])], (1, "y")
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


def coming_weekday(day: int, today: date, is_next: bool, said: Said | None = None) -> date:
    """The coming one. "Next Friday" is only clear where the coming Friday is in the next week anyway."""
    ahead = (day - today.weekday()) % 7
    if is_next and day > today.weekday():
        this = today + timedelta(days=ahead)
        raise Unclear(f"On {this:%A %d %B}, or on {this + timedelta(days=7):%d %B}?")
    if ahead == 0 and (is_next or said is None or not said.times or max(said.times) <= said.now.hour * 60 + said.now.minute):
        ahead = 7
    return today + timedelta(days=ahead)
