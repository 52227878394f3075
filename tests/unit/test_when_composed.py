"""Times that are put together from parts whose meaning is known: what comes out is exactly that, or a question; never something else.

The peer is brute force: every day of twelve years is asked whether it is meant.
"""

from __future__ import annotations

import calendar
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.errors import DeskhandError
from core.schedule.rules import upcoming
from core.schedule.when import read

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=BERLIN)  # a Wednesday
TODAY = NOW.date()
NAMES = list(calendar.day_name)
MONTHS = list(calendar.month_name)
Day = Callable[[date], bool]


@dataclass(frozen=True)
class Part:
    """What is said, and the days that it leaves."""

    text: str
    meant: Day
    counts: bool = False  # by an interval from its first day on
    weekly: bool = False  # what an interval of hours, or an exception, can be joined with


def _joined(names: list[str], r: random.Random) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])}{r.choice([' and ', ', ', ' & '])}{names[-1]}"


def _last(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nth(day: date, place: int, weekday: int) -> bool:
    which = -((_last(day) - day.day) // 7 + 1) if place < 0 else (day.day - 1) // 7 + 1
    return day.weekday() == weekday and which == place


def days(r: random.Random) -> Part:
    """Which days."""
    kind = r.randrange(10)
    if kind == 0:
        return Part(r.choice(["every day", "daily", "each day", "everyday", "every single day"]), lambda day: True, weekly=True)
    if kind == 1:
        return Part(
            r.choice(["every weekday", "on weekdays", "weekdays", "mon-fri", "monday to friday", "Monday through Friday", "each workday"]),
            lambda day: day.weekday() < 5,
            weekly=True,
        )
    if kind == 2:
        return Part(r.choice(["on weekends", "every weekend", "weekends"]), lambda day: day.weekday() > 4, weekly=True)
    if kind in (3, 4):
        chosen = sorted(r.sample(range(7), r.randint(1, 3)))
        form = r.randrange(4)
        names = [NAMES[day] if r.random() < 0.6 else NAMES[day].lower() for day in chosen]
        text = (
            f"every {_joined(names, r)}" if form == 0 else f"on {_joined([f'{name}s' for name in names], r)}" if form == 1 else f"each {_joined([name[:3] for name in names], r)}"
        )
        return Part(_joined([f"{name}s" for name in names], r) if form == 3 else text, lambda day: day.weekday() in chosen, weekly=True)
    if kind == 5:
        place, weekday = r.choice([1, 2, 3, 4, -1]), r.randrange(7)
        word = {1: ["first", "1st"], 2: ["second", "2nd"], 3: ["third", "3rd"], 4: ["fourth"], -1: ["last"]}[place]
        return Part(
            f"{r.choice(['on the', 'every', 'the', 'each'])} {r.choice(word)} {NAMES[weekday]} of {r.choice(['the month', 'every month', 'each month'])}",
            lambda day: _nth(day, place, weekday),
        )
    if kind == 6:
        numbers = sorted(r.sample(range(1, 29), r.randint(1, 3)))
        said = [f"{number}{'th' if 10 < number < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}" for number in numbers]
        form = r.choice(["every month on the {}", "on the {} of every month", "on the {} of each month", "monthly on the {}"])
        return Part(form.format(_joined(said, r)), lambda day: day.day in numbers)
    if kind == 7:
        return Part(r.choice(["on the last day of the month", "on the last day of every month", "every month on the last day"]), lambda day: day.day == _last(day))
    if kind == 8:
        month, number = r.randint(1, 12), r.randint(1, 28)
        forms = [
            f"every year on {number} {MONTHS[month]}",
            f"every {MONTHS[month]} {number}",
            f"each year on the {number}th of {MONTHS[month]}" if 3 < number < 21 else f"yearly on {number} {MONTHS[month]}",
        ]
        return Part(r.choice(forms), lambda day: (day.month, day.day) == (month, number))
    step = r.randint(2, 5)
    return Part(r.choice([f"every {step} days", f"every {['two', 'three', 'four', 'five'][step - 2]} days"]), lambda day: step, True)  # type: ignore[arg-type,return-value]


def clock(minutes: int, r: random.Random) -> str:
    """A time of day in one of the ways of writing it that leave no doubt."""
    hour, minute = divmod(minutes, 60)
    half = f"{(hour - 1) % 12 + 1}{f':{minute:02}' if minute else ''}{r.choice(['', ' '])}{'am' if hour < 12 else 'pm'}"
    return r.choice([f"{hour}:{minute:02}", f"{hour:02}:{minute:02}", half])


def times(r: random.Random) -> tuple[str, list[int]]:
    """One to three times of day."""
    found = sorted(r.sample(range(5 * 60, 23 * 60, 15), r.choice([1, 1, 1, 2, 2, 3])))
    kind = r.random()
    if kind < 0.1:
        return "at noon", [720]
    if kind < 0.2:
        hour = r.randint(1, 11)
        part, shift = r.choice([("morning", 0), ("afternoon", 12), ("evening", 12)])
        hour = hour if part == "morning" else r.randint(1, 5) if part == "afternoon" else r.randint(5, 11)
        form, minute = r.choice([("at {} in the {}", 0), ("at half past {} in the {}", 30), ("at quarter past {} in the {}", 15), ("at {}:45 in the {}", 45)])
        return form.format(hour, part), [(hour + shift) * 60 + minute]
    if kind < 0.3:
        step, first, last = r.choice([15, 20, 30, 60, 120, 180]), r.randint(6, 11), r.randint(13, 22)
        every = {15: "every 15 minutes", 20: "every twenty minutes", 30: "every half hour", 60: "every hour", 120: "every 2 hours", 180: "every three hours"}[step]
        form = r.choice(["{} between {}:00 and {}:00", "{} from {} to {}", "{} between {} and {}", "{} from {}:00 until {}:00"])
        return form.format(every, first, last), list(range(first * 60, last * 60 + 1, step))
    return f"at {_joined([clock(time, r) for time in found], r)}", found


def limits(r: random.Random) -> Iterator[Part]:
    """Nothing, or what narrows the days down."""
    kind = r.randrange(10)
    day = TODAY + timedelta(days=r.randint(8, 60))
    if kind == 0:
        yield Part(f"{r.choice(['until', 'till'])} {day.day} {MONTHS[day.month]}", lambda one: one <= day)
    elif kind == 1:
        yield Part(f"{r.choice(['from', 'starting', 'starting on', 'beginning'])} {day.day} {MONTHS[day.month]}", lambda one: one >= day)
    elif kind == 2:
        month = r.randint(1, 12)
        two = sorted({month, r.randint(1, 12)})
        yield Part(f"in {' and '.join(MONTHS[one] for one in two)}", lambda one: one.month in two, weekly=True)
    elif kind == 3:
        out = r.randrange(7)
        yield Part(f"{r.choice(['except', 'but not', 'except on'])} {NAMES[out]}s", lambda one: one.weekday() != out, weekly=True)
    elif kind == 4:
        yield Part(r.choice(["starting tomorrow", "from tomorrow on", "from tomorrow"]), lambda one: one > TODAY)


def _clock_on(day: date, time: int) -> datetime:
    """A clock time that a change of the clocks leaves out comes as much later."""
    return datetime(day.year, day.month, day.day, *divmod(time, 60), tzinfo=BERLIN).astimezone(UTC).astimezone(BERLIN)


def due(parts: list[Part], clocks: list[int], count: int) -> list[datetime]:
    """The first times that all of this means, by looking at every day."""
    found: list[datetime] = []
    counted = next((part for part in parts if part.counts), None)
    others = [part for part in parts if not part.counts]
    first: date | None = None
    for ahead in range(366 * 12):
        day = TODAY + timedelta(days=ahead)
        moments = [at for time in clocks if (at := _clock_on(day, time)) > NOW]
        if not moments or not all(part.meant(day) for part in others):
            continue
        if counted:
            first = first or day
            if (day - first).days % int(counted.meant(day)):
                continue
        found += moments
        if len(found) >= count:
            break
    return found[:count]


def phrase(seed: int) -> tuple[str, list[datetime]]:
    """One phrase and what it means."""
    r = random.Random(seed)
    said, clocks = times(r)
    which = next(part for _ in range(100) if (part := days(r)).weekly or "every" not in said)
    narrowed = [part for part in limits(r) if which.weekly or not part.weekly]
    order = [which.text, said, *(part.text for part in narrowed)]
    if r.random() < 0.3:
        order[0], order[1] = order[1], order[0]
    if len(order) == 3 and r.random() < 0.3:
        order = [order[2], order[0], order[1]]
    return " ".join(order), due([which, *narrowed], clocks, 5)


@pytest.mark.parametrize("block", range(20))
def test_what_is_put_together_from_known_parts_is_read_as_that_or_asked_about(block: int) -> None:
    asked = 0
    for seed in range(block * 100, block * 100 + 100):
        text, meant = phrase(seed)
        try:
            rule = read(text, NOW, "Europe/Berlin")
        except DeskhandError:
            asked += 1
            continue
        found = [moment.astimezone(BERLIN) for moment in upcoming(rule, "Europe/Berlin", NOW, 5)]
        assert found == meant, text
    assert asked <= 6
