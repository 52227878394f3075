"""Which files hold what a request speaks of: its words, and its days however they are written."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from core.language.words import STOP_WORDS, content_stems, stem, words_of
from core.turn.answer.lexicon import MONTHS
from core.turn.small.dates_inside import dates_in
from core.turn.small.hands import SmallTurn
from core.turn.small.request import SmallRequest

MOST_FOUND, MOST_WORDS = 3, 8  # files that a search gives; words that are searched for
SHORTEST = 3  # letters of a word that is searched for
_SHORT = {number: min((name for name, month in MONTHS.items() if month == number and len(name) >= 3), key=len) for number in range(1, 13)}
OF_DAY, OF_NAME = 2.0, 0.5  # what a day, and what a word in the file's name, is worth in words that the file holds


async def search_contents(turn: SmallTurn, request: SmallRequest, least: float = 1.0) -> list[str]:
    """Files that hold most of the request's words, and ``least`` at least, best first; a day counts more, a word in the name half a one more."""
    words = [word for word in dict.fromkeys(words_of(request.question)) if word not in STOP_WORDS and len(word) >= SHORTEST][:MOST_WORDS]
    days = forms_of_days(request.question, turn.today)
    if not words:
        return []
    searched = [stem(word) if len(stem(word)) > SHORTEST else word for word in words]
    state = await turn.do("files.find", text=[*searched, *days])
    items = (state.value or {}).get("items", []) if state.status == "done" else []
    asked = set(content_stems(request.question))
    scored = [(_worth(item, asked, days), str(item["path"])) for item in items if item.get("kind") == "file"]
    best = max((score for score, _ in scored), default=0.0)
    return [path for score, path in sorted(scored, key=lambda pair: (-pair[0], pair[1])) if score >= max(least, best - OF_NAME)][:MOST_FOUND]


def _worth(item: Mapping[str, Any], asked: set[str], days: list[str]) -> float:
    """How much a file says of the request. A word counts where it begins one: "oil" is not in "soil"."""
    lines = "\n".join(str(hit.get("line", "")) for hit in item.get("hits", ())).casefold()
    held = [word for word in item.get("holds", ()) if word not in days and (word not in lines or re.search(rf"(?<![^\W_]){re.escape(word)}", lines))]
    has_day = any(word in days for word in item.get("holds", ()))
    return len(held) + OF_DAY * has_day + OF_NAME * len(asked & set(content_stems(item["path"])))


def forms_of_days(text: str, today: datetime.date) -> list[str]:
    """The days that a text names, as they may be written in others, without their years.

    >>> forms_of_days("who is on nights thurs 3rd dec", datetime.date(2026, 11, 30))
    ['-12-03', '03.12.', '03/12/', '12/03/', '3 dec', 'dec 3']
    """
    days = [found.day for found in dates_in(text if re.search(r"\b(?:19|20)\d\d\b", text) else f"{text}\n{today.year}")]
    return [
        form
        for day in dict.fromkeys(days[:2])
        for form in (f"-{day:%m-%d}", f"{day:%d.%m}.", f"{day:%d/%m}/", f"{day:%m/%d}/", f"{day.day} {_SHORT[day.month]}", f"{_SHORT[day.month]} {day.day}")
    ]
