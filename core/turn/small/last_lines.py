"""The newest, or the next, of several dated lines about the same thing: small models take the first that they read."""

from __future__ import annotations

import datetime
import re

from core.language.words import content_stems
from core.turn.small.dates_inside import dates_in

_LAST = re.compile(r"\b(?:last|latest|most recent(?:ly)?|newest|zuletzt|letzte[nrsm]?|neueste[nrsm]?|dernière?|última?|último)\b", re.I)
_NEXT = re.compile(r"\b(?:next|upcoming|nächste[nrsm]?|prochaine?|próxim[oa])\b", re.I)
_PERIOD = re.compile(
    r"\b(?:last|next|letzte[nrsm]?|nächste[nrsm]?) (?:week|month|year|monday|tuesday|wednesday|thursday|friday|saturday|sunday|woche|monat|jahr|spring|summer|autumn|winter|line|page|word)\b",
    re.I,
)
LEAST = 2  # dated lines about the same thing


def only_last(text: str, question: str, today: datetime.date) -> str:
    """The text without the older (or the later) of its dated lines that say as much of the question's words; as it is where the question asks for no such one.

    >>> log = "Service log\\n2026-04-11 tractor oil, 6120 hrs\\n2026-05-02 mower oil, 80 hrs\\n2026-09-03 tractor oil, 6274 hrs"
    >>> only_last(log, "when was the oil of the tractor last changed", datetime.date(2026, 11, 30))
    'Service log\\n2026-05-02 mower oil, 80 hrs\\n2026-09-03 tractor oil, 6274 hrs'
    """
    is_next = bool(_NEXT.search(question))
    if not (is_next or _LAST.search(question)) or _PERIOD.search(question):
        return text
    lines = text.splitlines()
    asked = set(content_stems(question))
    about = {number: (len(asked & set(content_stems(line))), found[0].day) for number, line in enumerate(lines) if (found := dates_in(_with_year(line, text)))}
    most = max((score for score, _ in about.values()), default=0)
    same = {number: day for number, (score, day) in about.items() if score == most > 0}
    fitting = {number: day for number, day in same.items() if (day >= today if is_next else day <= today)}
    if len(same) < LEAST or not fitting:
        return text
    kept = min(fitting, key=lambda number: fitting[number]) if is_next else max(fitting, key=lambda number: fitting[number])
    return "\n".join(line for number, line in enumerate(lines) if number not in same or number == kept)


def _with_year(line: str, text: str) -> str:
    """A line, with the year that its text names where its own date has none."""
    year = re.search(r"\b20\d\d\b", text)
    return f"{line} {year[0]}" if year and not re.search(r"\b20\d\d\b", line) else line
