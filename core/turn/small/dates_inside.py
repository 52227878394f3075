"""The dates that stand in a text, with what stands around each."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.turn.answer.lexicon import MONTHS

_MONTH = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_DATE = re.compile(
    rf"\b(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})\b|(?<![\d.])(?P<d1>\d{{1,2}})[./](?P<m1>\d{{1,2}})[./](?P<y1>\d{{4}}|\d{{2}})(?!\d)"
    rf"|(?<!\d)(?P<d2>\d{{1,2}})(?:st|nd|rd|th|\.|º)?,? (?:of |de )?(?P<m2>{_MONTH})\b\.?(?:,? (?:de |del )?(?P<y2>\d{{4}}))?|\b(?P<m3>{_MONTH})\.? (?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<y3>\d{{4}}))?",
    re.I,
)
_ORDER = re.compile(r"\b(?:(?P<new>newest|newer one|latest|most recent|neueste\w*|neuere\w*)|oldest|older one|earliest|älteste\w*|ältere\w*)\b", re.I)
BESIDE = 2  # words that may stand beside a date in the line that dates a letter: "Oldenfurt, the"
_STAYS = re.compile(r"\b(?:stay\w*|keep\w*|leav\w*|remain\w*|bleib\w*)\b", re.I)


@dataclass(frozen=True, slots=True)
class Dated:
    """``around`` is the line in which the date stands."""

    day: datetime.date
    around: str


def dates_in(text: str) -> list[Dated]:
    """All dates in order; one without a year has the year that the text names most, and is left out where it names none."""
    years = Counter(re.findall(r"\b(?:19|20)\d\d\b", text))
    usual = int(years.most_common(1)[0][0]) if years else 0
    found = []
    for match in _DATE.finditer(text):
        if day := _day_of(match, usual):
            start, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
            found.append(Dated(day, text[start : end if end >= 0 else len(text)].strip()[:90]))
    return found


def heading_date(found: Sequence[Dated]) -> str:
    """The date that a letter bears: the first that stands in a line of its own, with a place or a word for it at most; empty where there is none.

    >>> heading_date(dates_in("Insurance\\n\\nDate: 2026-03-20\\nPolicy HH-552 of 24 August 2021\\n"))
    '2026-03-20'
    """
    for one in found:
        others = re.findall(r"[^\W\d_]{2,}", _DATE.sub(" ", one.around))
        if len(others) <= BESIDE:
            return one.day.isoformat()
    return ""


def order_of(request: str) -> str:
    """``newest`` or ``oldest`` where a request asks for that one by what is inside; empty for neither.

    >>> order_of("The older one goes in certs/expired, the newer one stays put.")
    'oldest'
    """
    for clause in re.split(r"[,.;!?]|\b(?:and|but|while|und|aber)\b", request):
        if (found := _ORDER.search(clause)) and not _STAYS.search(clause):
            return "newest" if found["new"] else "oldest"
    return ""


def _day_of(match: re.Match[str], usual: int) -> datetime.date | None:
    part = match.groupdict()
    try:
        if part["iso"]:
            return datetime.date.fromisoformat(part["iso"])
        day, month, year = next((part[f"d{at}"], part[f"m{at}"], part[f"y{at}"]) for at in "123" if part[f"d{at}"])
        number = int(month) if month.isdigit() else MONTHS[month.lower()]
        return datetime.date(int(year) + (2000 if len(year) == 2 else 0) if year else usual, number, int(day))
    except (ValueError, KeyError, TypeError):
        return None
