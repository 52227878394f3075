"""A request that is to be done again and again ("every Friday at 16:00 list the unpaid invoices"): it is scheduled, not done now."""

from __future__ import annotations

import re
from datetime import datetime

from core.errors import DeskhandError
from core.schedule import when
from core.turn.act.closing import LoopEnd
from core.turn.small.hands import SmallTurn

_AGAIN = re.compile(r"\b(?:every|each|daily|weekly|monthly|on (?:mon|tues|wednes|thurs|fri|satur|sun)days)\b", re.I)
_CLOCK = re.compile(r"\b(?:at \d{1,2}|\d{1,2}:\d{2}|\d{1,2} ?(?:am|pm)|noon|midnight)\b", re.I)
_REMINDS = re.compile(r"^\W*(?:please )?(?:remind|tell) me (?:to|that|about|of) ", re.I)
MOST_WORDS = 12  # of the words that say when


async def schedule_recurring(turn: SmallTurn, text: str) -> LoopEnd | None:
    """Schedule what is to be done at times that the request names; None for every other request."""
    found = split_recurring(text, turn.run.deps.clock.now())
    if found is None:
        return None
    times, what = found
    if _REMINDS.match(what):
        state = await turn.must("schedule.remind", when=times, text=_REMINDS.sub("", what))
    else:
        state = await turn.must("schedule.add", when=times, request=what)
    return turn.finish(state.text)


def split_recurring(text: str, now: datetime) -> tuple[str, str] | None:
    """When and what: the words at the beginning that are a time again and again, or those at the end that name a time of day; None where there are none."""
    plain = text.strip(" .!")
    first = _AGAIN.search(plain)
    if first is None or "?" in text:
        return None
    if not plain[: first.start()].strip(" ,"):
        words = plain.split()
        for count in range(min(MOST_WORDS, len(words) - 2), 1, -1):
            if _is_time(" ".join(words[:count]), now):
                return " ".join(words[:count]).strip(" ,:"), re.sub(r"^(?:and|then|please)\s+", "", " ".join(words[count:]), flags=re.I)
        return None
    times = plain[first.start() :]
    return (times, plain[: first.start()].strip(" ,:")) if _CLOCK.search(times) and _is_time(times, now) else None


def _is_time(text: str, now: datetime) -> bool:
    try:
        return bool(when.read(text.strip(" ,:"), now, "UTC").get("kind") not in ("once", "when"))
    except (DeskhandError, ValueError):
        return False
