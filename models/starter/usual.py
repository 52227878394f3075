"""What forms of whole requests share: politeness around them, names in quotation marks, days."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from core.errors import DeskhandError
from models.starter.described import Described
from models.starter.scene import Call

ITS = r"(?:(?:the|my|our|this|that) )?(?:file (?:called |named )?)?"
_LEAD = r"(?:(?:please|can you|could you|would you|will you|hey|hi|ok|so|and|deskhand|now)[, ]+)*"
_END = r"(?:,? (?:please|for me|thanks|now))*\W*"
LONGEST = 200  # letters of a request that has such a form
Place = TypeVar("Place")  # what the workspace holds, for forms that need it or can do without
Maker = Callable[[re.Match[str], Described | None], tuple[Call, ...]]
Forms = tuple[tuple[re.Pattern[str], Maker], ...]


def form(pattern: str) -> re.Pattern[str]:
    """A whole request, in any case, with what people put around one."""
    return re.compile(rf"{_LEAD}{pattern}{_END}", re.I)


def forms(*rows: tuple[str, Maker]) -> Forms:
    return tuple((form(pattern), made) for pattern, made in rows)


def first_of(rows: Iterable[tuple[re.Pattern[str], Callable[[re.Match[str], Place], tuple[Call, ...]]]], request: str, there: Place) -> tuple[Call, ...]:
    """The calls of the first form that a whole request has and that makes any; none for a long one."""
    said = " ".join(request.split())
    for pattern, made in rows if len(said) <= LONGEST else ():
        if (match := pattern.fullmatch(said)) and (found := made(match, there)):
            return found
    return ()


def plain(tool: str, **args: object) -> Maker:
    return lambda match, there: ((tool, dict(args)),)


def unquoted(text: str) -> str:
    return text.strip(" .,;:").strip("\"'“”").strip()


def a_moment(text: str) -> tuple[str, bool] | None:
    """A single moment as ISO 8601 without a zone, and whether a time of day was said; None for anything else."""
    from core.schedule.when import read as read_when

    now, found = datetime.datetime.now().astimezone(), []
    for usual in ("09:00", "10:00"):
        try:
            rule = read_when(text, now, "UTC", usual)
        except DeskhandError:
            return None
        found.append(rule["at"] if rule["kind"] == "once" else "")
    return (found[0], found[0] == found[1]) if found[0] else None


def a_day(text: str) -> str:
    moment = a_moment(text)
    return moment[0][:10] if moment else ""
