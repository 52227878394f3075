"""The newest, or the next, of several dated lines about the same thing: small models take the first that they read."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.language.words import content_stems, shared_stems
from core.turn.small.dates_inside import dates_in

_LAST = re.compile(r"\b(?:last|latest|most recent(?:ly)?|newest|zuletzt|letzte[nrsm]?|neueste[nrsm]?|dernière?|última?|último)\b", re.I)
_NEXT = re.compile(r"\b(?:next|upcoming|nächste[nrsm]?|prochaine?|próxim[oa])\b", re.I)
_PERIOD = re.compile(
    r"\b(?:last|next|letzte[nrsm]?|nächste[nrsm]?) (?:week|month|year|monday|tuesday|wednesday|thursday|friday|saturday|sunday|woche|monat|jahr|spring|summer|autumn|winter|line|page|word)\b",
    re.I,
)
LEAST = 2  # dated lines about the same thing
CLEAR = 2  # words of the question in a line from which the dated lines with fewer are about something else


def only_last(text: str, question: str, today: datetime.date) -> str:
    """The text without the older (or the later) of its dated lines that say as much of the question's words; as it is where the question asks for no such one.

    >>> log = "Service log\\n2026-04-11 tractor oil, 6120 hrs\\n2026-05-02 mower oil, 80 hrs\\n2026-09-03 tractor oil, 6274 hrs"
    >>> only_last(log, "when was the oil of the tractor last changed", datetime.date(2026, 11, 30))
    'Service log\\n2026-09-03 tractor oil, 6274 hrs'
    """
    is_next = asks_for_next(question)
    if is_next is None:
        return text
    lines = text.splitlines()
    asked = content_stems(question)
    about = {number: (len(shared_stems(asked, line)), found[0].day) for number, line in enumerate(lines) if (found := dates_in(_with_year(line, text)))}
    most = max((score for score, _ in about.values()), default=0)
    same = {number: day for number, (score, day) in about.items() if score == most > 0}
    fitting = {number: day for number, day in same.items() if (day >= today if is_next else day <= today)}
    if len(same) < LEAST or not fitting:
        return text
    kept = min(fitting, key=lambda number: fitting[number]) if is_next else max(fitting, key=lambda number: fitting[number])
    others = about if most >= CLEAR else same  # lines that say less of the question are about something else
    return "\n".join(line for number, line in enumerate(lines) if number not in others or number == kept)


def asks_for_next(question: str) -> bool | None:
    """Whether the next of several days is asked for, False for the last one; None for neither."""
    is_next = bool(_NEXT.search(question))
    return is_next if (is_next or _LAST.search(question)) and not _PERIOD.search(question) else None


def nearest_rows(rows: Sequence[Mapping[str, Any]], question: str, today: datetime.date) -> list[Mapping[str, Any]]:
    """The rows of a result with the last day up to today, or the next one from today on, where a question asks for that (none where there is no such day); all of them else.

    >>> games = [{"date": "2026-10-21", "place": "home"}, {"date": "2026-12-12", "place": "away"}]
    >>> nearest_rows(games, "when do we play Riverside next", datetime.date(2026, 11, 30))
    [{'date': '2026-12-12', 'place': 'away'}]
    """
    is_next = asks_for_next(question)
    days = [found[0].day if (found := dates_in(" ".join(map(str, row.values())))) else None for row in rows]
    fitting = [day for day in days if day and (day >= today if is_next else day <= today)]
    if is_next is None or None in days:
        return list(rows)
    if not fitting:
        return []
    wanted = min(fitting) if is_next else max(fitting)
    return [row for row, day in zip(rows, days, strict=True) if day == wanted]


def _with_year(line: str, text: str) -> str:
    """A line, with the year that its text names where its own date has none."""
    year = re.search(r"\b20\d\d\b", text)
    return f"{line} {year[0]}" if year and not re.search(r"\b20\d\d\b", line) else line
