"""A text about time while it is read: the pieces that were found, and what is left."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from core.errors import DeskhandError
from core.schedule.words import FILLERS

ALL_DAYS, WORK, WEEKEND = frozenset(range(7)), frozenset(range(5)), frozenset((5, 6))


class Unclear(DeskhandError):
    """What is said can mean several things or nothing; the message is a question."""

    code = "unclear_when"
    exit_code = 2


@dataclass(slots=True)
class Said:
    """The pieces of a text, as they are found. Times are minutes of the day."""

    text: str
    now: datetime  # local, without a zone
    times: list[int] = field(default_factory=list)
    day: date | None = None
    fixed: date | None = None  # a day that was named as such, not by its weekday
    days: set[int] = field(default_factory=set)  # weekdays
    repeats: bool = False
    every: tuple[int, str] | None = None  # interval and unit
    month_days: list[int] = field(default_factory=list)
    nth: list[tuple[int, str]] = field(default_factory=list)  # (2, "MO"), (-1, "WORK")
    months: list[int] = field(default_factory=list)
    window: tuple[int, int] | None = None
    delta: timedelta | None = None
    moment: bool = False  # the day was counted from now, so without a time it is this time of day
    starts: date | None = None
    ends: date | None = None
    count: int = 0
    times_a_day: int = 0  # how many times of day were announced
    daypart: str = ""
    minute: int = -1  # past every hour
    skipped: set[int] = field(default_factory=set)
    lasting: timedelta | None = None  # from its first time on
    parts: set[str] = field(default_factory=set)  # of the day, that a time was said with
    weekly: bool = False  # of weekdays it is said that they come back
    midnight: bool = False  # by that word
    together: bool = False  # a weekday that is also this day of the month: Friday the 13th

    def name_day(self, day: date) -> None:
        """A single day that is said. Raises :class:`Unclear` where another one was said before."""
        if self.day is not None and day != self.day:
            raise Unclear(f"On {self.day:%A %d %B}, or on {day:%A %d %B}?", hint='One day at a time; or say what comes back, as in "every Monday and Friday at 9".')
        self.day = day

    def take(self, pattern: str) -> re.Match[str] | None:
        """The first match, taken out of the text."""
        match = re.search(pattern, self.text)
        if match:
            self.text = f"{self.text[: match.start()]} , {self.text[match.end() :]}"
        return match


def nothing_left(said: Said) -> None:
    left = [word for word in re.findall(r"[^\s,;.!?]+", said.text) if word not in FILLERS]
    if left:
        raise Unclear(
            f"I do not understand {' '.join(left)!r}. When exactly?", hint='For example: "every weekday at 7:30", "in 20 minutes", "on the first Monday of the month at 9".'
        )
