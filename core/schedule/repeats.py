"""Pieces of a text about time that come back: every so often, weekdays, days of a month."""

from __future__ import annotations

import re
from datetime import date, timedelta

from core.schedule.dates import coming_weekday, dated
from core.schedule.said import WEEKEND, WORK, Said, Unclear
from core.schedule.words import DAY, DAYS, MONTH, UNIT, day_of, month_of, unit_of


def ranges(said: Said) -> None:
    """Monday to Friday."""
    if match := said.take(rf"\b(?:every\s+|each\s+|on\s+|from\s+)?({DAY})\s*(?:to|through|thru|until|till|-|–)\s*({DAY})\b"):
        if re.search(r"\b(?:this|next|coming)\s*$", said.text[: match.start()]):
            raise Unclear("Once on each of these days, or every week?")
        if re.match(rf"[\s,]*[-–]\s*{DAY}\b", said.text[match.start() :]):
            raise Unclear("On each of these days, or on all from the first to the last?")
        first, last = day_of(match[1]), day_of(match[2])
        said.days |= set(range(first, last + 1)) if first <= last else {*range(first, 7), *range(last + 1)}
        said.repeats = said.weekly = True


def recurring(said: Said) -> None:
    """Every so often; each nth of a month."""
    before = said.text
    if re.search(r"\b(?:every|each)\s+(?:\d+\s+)?(?:half(?:[- ]an?)?[- ])?(?:hours?|hrs?|minutes?|mins?)\b|\bhourly\b", said.text):
        said.take(r"\b(?:every|each)\s+(?:single\s+)?day\b|\beveryday\b|\bdaily\b")  # an interval of the clock is daily anyway
    past = r"(?::(\d\d)|(\d{1,2})\s+(?:minutes?\s+)?(past|to)(?:\s+the\s+hour)?|(quarter|half)\s+(past|to))"
    if said.take(r"\b(?:(?:every|each)\s+hour\s+on\s+the\s+half\s+hour)\b"):
        said.minute, said.every = 30, (1, "h")
    elif said.take(r"\b(?:on the hour,?\s+every hour|every full hour|every hour,?\s+on the hour)\b"):
        said.minute, said.every = 0, (1, "h")
    elif match := said.take(rf"(?:\bat\s+)?(?:a\s+)?{past}\s+(?:every|each)\s+hour\b") or said.take(
        r"\b(?:every|each)\s+hour\s+at\s+(?::(\d\d)|(\d{1,2})\s+(?:minutes?\s+)?(past|to)(?:\s+the\s+hour)?|(quarter|half)\s+(past|to))(?![\w])"
    ):
        number = int(match[1] or match[2] or {"quarter": 15, "half": 30}[match[4]])
        said.minute = (60 - number if "to" in (match[3], match[5]) else number) % 60
        said.every = (1, "h")
    elif said.take(r"\b(?:every\s+half(?:[- ]an?)?[- ]hour|half[- ]hourly|every 1/2 hour)\b"):
        said.every = (30, "m")
    elif said.take(r"\bevery\s+(?:a\s+)?quarter(?:\s+of\s+an|[- ]an)?[- ]hour\b"):
        said.every = (15, "m")
    elif said.take(r"\b(?:on\s+|every\s+)?alternate days\b"):
        said.every = (2, "d")
    elif match := said.take(r"\b(?:every|each)\s+hour\s+(?:and|-)\s*a\s+half\b|\bevery\s+1\.5\s+hours\b"):
        said.every = (90, "m")
    elif match := said.take(
        rf"\b(?:once\s+)?(?:every|each)\s+(?:single\s+)?(?:(\d+|other|2nd|second|few|couple of|3rd|4th|2th|3th|4th|5th|6th)\s*)?({UNIT})(?![\w])(?:\s+on the hour\b)?"
    ):
        if match[1] in ("few", "couple of"):
            raise Unclear("How often exactly?")
        number = 2 if match[1] in ("other", "2nd", "second") else int(re.sub(r"\D", "", match[1] or "1"))
        said.every = (number, unit_of(match[2]))
        if "on the hour" in match[0]:
            said.times = []
            said.window = said.window or (0, 1439)
    else:
        for words, every in (
            (r"\bhourly\b", (1, "h")), (r"\bdaily\b|\bevery ?day\b|\beach day\b|\bnightly\b", (1, "d")), (r"\b(?:bi-?weekly|fortnightly)\b", (2, "w")), (r"\bweekly\b", (1, "w")),
            (r"\bquarterly\b", (3, "M")), (r"\bmonthly\b|\b(?:of )?(?:the|every|each) month\b", (1, "M")), (r"\b(?:half-?yearly|semi-?annually)\b", (6, "M")), (r"\b(?:yearly|annually)\b", (1, "y")),
        ):  # fmt: skip
            if match := said.take(words):
                if match[0] == "nightly":
                    said.daypart = "night"
                if re.search(r"bi-?weekly", match[0]):
                    raise Unclear("Twice a week, or every two weeks?")
                said.every = said.every or every
                break
    if said.every and said.every[1] in "smh":
        said.take(r"\b(?:daily|every ?day|each day)\b")
    if said.every in ((1, "q"), (3, "M")) and "quarter" in before:
        ends = re.search(r"\blast\b|\bend of\b", before) is not None
        said.every, said.months = (1, "y"), [3, 6, 9, 12] if ends else [1, 4, 7, 10]
    if said.every and said.every[1] == "f":
        said.every = (2 * said.every[0], "w")
    months_and_days(said)
    said.repeats = said.repeats or said.every is not None


def months_and_days(said: Said) -> None:
    """The first Monday, the last day, the 1st and the 15th, each January."""
    place = r"(\d+(?:st|nd|rd|th)|last|next to last|second to last|penultimate|2th last|2th to last)"
    tail = r"(?:\s+(?:of|in)\s+(?:the|every|each|a)?\s*(?:month|months|year)|\s+(?:of|in)\s+(?:every|each)?\s*(" + MONTH + r"))?"
    while match := said.take(
        rf"(?:\b(?:on|every|each)\s+)?(?:the\s+)?\b{place}((?:\s*(?:,|and)\s*(?:the\s+)?\d+(?:st|nd|rd|th))*)\s+({DAY}|days?|weekdays?|work(?:ing)?\s?days?|business days?|weekends?)\b{tail}"
    ):
        if match[1] == "last" and not re.search(r"month|\b(?:every|each)\b", match[0] + said.text) and not match[4] and said.every is None:
            raise Unclear(f"The last {match[3]} of which month? Or was that in the past?")
        if re.match(r"\s*weekends?", match[3]):
            raise Unclear("Which day of the weekend?")
        if (
            re.fullmatch(DAY, match[3])
            and not match[4]
            and not re.search(r"month|\bmonthly\b", match[0] + said.text)
            and not (said.every and said.every[1] in "My")
            and "last" not in match[1]
            and match[1] not in ("1th", "1st")
            and not (match[2].strip() and re.search(r"\b(?:every|each)\b", match[0]))  # "every second and fourth Thursday" can only be of the month
        ):
            if match[1] in ("2th", "2nd"):
                raise Unclear(f"Every other {match[3]}, or the second one of each month?")
            raise Unclear(f"The {match[1]} {match[3]} of which month?")
        if re.match(r"days?", match[3]) and "last" not in match[1] and "penult" not in match[1]:
            said.month_days += [int(number) for number in re.findall(r"\d+", match[1] + match[2])]
        else:
            for number in re.findall(r"\d+(?:st|nd|rd|th)(?! (?:to )?last)|last|next to last|second to last|penultimate|2th (?:to )?last", match[1] + match[2]):
                index = -1 if number == "last" else -2 if re.search(r"last|penult", number) else int(re.sub(r"\D", "", number))
                said.nth.append((index, "DAY" if re.match(r"days?", match[3]) else DAYS[day_of(match[3])] if re.fullmatch(DAY, match[3]) else "WORK"))
        if re.search(r"\byears?$", match[0]):
            if said.every is None and not re.search(r"\b(?:every|each)\b", match[0]):
                raise Unclear("Once, or every year?")
            if said.month_days or any(not -5 <= place <= 5 for place, _ in said.nth):
                raise Unclear("Which day of the year? Say its month.")
            said.months = [12 if any(place < 0 for place, _ in said.nth) else 1]
            said.every = (1, "y")
        if match[4]:
            if not re.search(r"\b(?:every|each|yearly|annually)\b", match[0] + said.text) and said.every is None:
                raise Unclear("Once, or every year?")
            said.months.append(month_of(match[4]))
            said.every = said.every or (1, "y")
        said.every = said.every or (1, "M")
    single = False
    if match := said.take(rf"\b(?:every|each|in)\s+({MONTH}(?:\s*(?:,|and)\s*{MONTH})*)\b"):
        if said.months:
            raise Unclear("In which months?")
        said.months += [month_of(name) for name in re.findall(MONTH, match[1])]
        single = match[0].startswith("in") and said.every is None and not said.repeats and not re.search(r"\b(?:every|each)\b", said.text)
        said.every = said.every or (1, "y")
    every_nth = re.search(r"\b(?:every|each)\s+\d+(?:st|nd|rd|th)\b", said.text)
    if said.day is None and (
        match := said.take(
            r"(?:\b(?:on|every|each)\s+)?(?:the\s+)?\b(\d{1,2}(?:st|nd|rd|th)(?:\s*(?:,|and|,\s*and)\s*(?:the\s+)?\d{1,2}(?:st|nd|rd|th))*)(?:\s+day)?(?:\s+of\s+(?:the|every|each)\s+month)?"
        )
    ):
        numbers = [int(number) for number in re.findall(r"\d+", match[1])]
        if single and len(numbers) == len(said.months) == 1:  # "in May on the 3rd"
            said.day = said.fixed = dated(numbers[0], said.months.pop(), None, said.now.date())
            said.every = None
            return
        if every_nth or "month" in match[0] or (said.every and said.every[1] in "My") or len(numbers) > 1 or said.months:
            said.month_days += numbers
            said.every = said.every or (1, "M")
        else:
            first = said.now.date().replace(day=1)
            while said.day is None or said.day < said.now.date():
                said.day = said.fixed = day_in(first, numbers[0])
                first = (first + timedelta(days=32)).replace(day=1)


def day_in(first: date, day: int) -> date | None:
    try:
        return first.replace(day=day)
    except ValueError:
        if not 1 <= day <= 31:
            raise Unclear(f"There is no {day}. of a month. Which day?") from None
        return None


def weekdays(said: Said) -> None:
    """Weekdays, one or several, once or again and again."""
    if said.take(r"\b(?:on\s+)?(?:every\s+|each\s+|all\s+)?(?:weekdays?|work(?:ing)?[- ]?days?|business days?|school days?)\b"):
        said.days |= WORK
        said.repeats = said.weekly = True
    if said.take(r"\b(?:on|at)?\s*(?:(?:every|each|the)\s+)?weekends\b|\b(?:every|each)\s+weekend\b|\bat the weekend\b"):
        said.days |= WEEKEND
        said.repeats = said.weekly = True
    elif said.take(r"\b(?:this|the|next)\s+weekend\b"):
        raise Unclear("On Saturday or on Sunday?")
    other = r"(other|2th|2nd|alternate|3rd|3th|4th)\s+"
    _same_weeks(said, rf"\b(?:every|each|on)\s+{other}{DAY}\b")
    if match := said.take(rf"\b(?:every|each|on)\s+{other}({DAY})\b"):
        said.every, said.repeats = (2 if match[1] in ("other", "2th", "2nd", "alternate") else int(match[1][0]), "w"), True
        said.days.add(day_of(match[2]))
    once = in_week = False  # the week is said too, so it is not every week
    while match := said.take(
        rf"(?:\b(on|every|each|next|this|coming)\s+)?(?:the\s+)?(?:(following|coming)\s+)?\b({DAY})(?:\s+(mornings?|afternoons?|evenings?|nights?))?\b(?:\s+(next week|this week))?"
    ):
        name, word = match[3], match[1] or match[2] or ""
        in_week = in_week or bool(match[5])
        once = once or in_week or word in ("next", "this", "coming", "following")
        if match[4]:
            said.daypart = match[4].rstrip("s")
        plural = name.endswith("s") and not name.endswith(("tues", "wednes", "thurs")) and name not in ("tues", "thurs", "wednes")
        said.weekly = said.weekly or word in ("every", "each") or plural or (match[4] or "").endswith("s")
        if word in ("every", "each") or plural or said.repeats or (match[4] or "").endswith("s"):
            said.repeats = True
            said.days.add(day_of(name))
        elif said.days:
            said.days.add(day_of(name))
        else:
            said.days.add(day_of(name))
            if said.day is None and said.every is None:
                said.day = single_day(day_of(name), said, word, match[5] or "")
    week = said.take(r"\b(?:next|this) week\b")
    if said.repeats and (in_week or week):
        raise Unclear("In that week only, or every week?")
    if len(said.days) > 1 and not said.repeats:
        if once or week:
            raise Unclear("Once on each of these days, or every week?")
        said.repeats, said.day = True, None
    if week and said.days and not said.repeats:
        said.day = said.now.date() - timedelta(days=said.now.weekday()) + timedelta(days=min(said.days) + (7 if "next" in week[0] else 0))
    if said.repeats and said.days:
        said.day = said.fixed
    if said.fixed and said.days and not said.repeats:
        if said.fixed.weekday() not in said.days:
            raise Unclear(f"{said.fixed:%d %B %Y} is a {said.fixed:%A}. Which day is meant?")
        said.day = said.fixed


def _same_weeks(said: Said, alternate: str) -> None:
    """``Tuesdays and every other Friday`` are two rules, and ``every other Tuesday and Friday`` is one. Raises :class:`Unclear`."""
    match = re.search(alternate, said.text)
    if match and (said.days or re.search(rf"\b{DAY}\b", said.text[: match.start()]) or re.search(rf"\b(?:every|each)\s+(?:\w+\s+)?{DAY}\b|(?<=day)s\b", said.text[match.end() :])):
        raise Unclear("Every other week on which of these days?", hint="Make two schedules where the days differ in that.")


def single_day(day: int, said: Said, word: str, week: str) -> date:
    monday = said.now.date() - timedelta(days=said.now.weekday())
    if week or re.search(r"\bnext week\b", said.text):
        return monday + timedelta(days=day + (7 if week != "this week" else 0))
    return coming_weekday(day, said.now.date(), word == "next", said)
