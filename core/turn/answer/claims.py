"""Finds what a sentence claims: numbers, dates, times and names. Claimed deeds are in ``deed_claims``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.turn.answer.dates import Day, find_dates, find_times
from core.turn.answer.lexicon import COUNT_WORDS, MONTHS, RELATIVE_DAYS, WEEKDAYS, alternation
from core.turn.answer.names import find_names
from core.turn.answer.number_words import find_number_words
from core.turn.answer.numbers import Reading, find_numbers

Kind = Literal["number", "count", "date", "month", "weekday", "relative", "time", "name", "address"]
_CODE = re.compile(r"```.*?```|`[^`\n]*[=(){};<>$|&][^`\n]*`|`[^`\n]*\s-{1,2}\w[^`\n]*`|\]\([^)\s]*\)|<[^<>\s][^<>]*>|\w+://[^\s)>\]]+|www\.[^\s)>\]]+", re.S)
_STRUCTURE = re.compile(
    r"^[ \t>]*(?:[-*+] )?(?:\*\*)?\(?\d{1,3}[.)](?:\*\*)?(?=\s)|^#{1,6} +(?:\w+ )?\d+(?:\.\d+)*[.:)]?(?=\s)|\[\^?\d{1,3}(?:[,–-]\s?\d{1,3})*\]|\[[\w:]+\](?=\W)"
    r"|(?:\b[Ss]tep|\b[Oo]ption|\b[Pp]art|\b[Ss]chritt|\b[Vv]ariante|\b[Éé]tape|\b[Pp]aso|\b[Nn]ote|\b[Nn]umber one|#) ?#?\d{1,2}\b|\\[a-z]+\{[^{}]*\}\{[^{}]*\}|[_^]\{?\d+\}?|\b\d{1,2}/(?:7|10)\b(?= (?:rating|days a))",
    re.M,
)
_COUNT = re.compile(rf"\b(?P<word>{alternation(COUNT_WORDS)})\b(?=[ -](?:\w+[ -]){{0,2}}?(?P<noun>[^\W\d_]{{3,}}))", re.I)
_TOLD = re.compile(  # "the sum is twelve": the number itself is what is said
    rf"(?:=|:|\b(?:is|are|was|were|equals?|makes?|gives?|to|totals?|exactly|only|about|count(?:ed)?|found|ist|sind|ergibt|macht|beträgt|genau|nur|etwa))\s+[*_]*(?P<word>{alternation(COUNT_WORDS)})[*_]*(?=\s*(?:[.,;:!)]|$))",
    re.I | re.M,
)
_MONTH_ALONE = re.compile(rf"\b(?:{'|'.join(sorted((word.capitalize() for word in MONTHS if len(word) > 4), key=len, reverse=True))})\b")
_WEEKDAY = re.compile(rf"\b({alternation(WEEKDAYS)})s?\b", re.I)
_RELATIVE = re.compile(rf"\b({'|'.join(word for word in RELATIVE_DAYS if word not in ('ayer', 'hier', 'hoy', 'heute', 'morgen', 'today', 'tonight'))})\b", re.I)


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that has to be true. ``readings`` of a number, ``days`` of a date, ``minutes`` of a time, whatever it may mean."""

    kind: Kind
    text: str
    start: int
    end: int
    readings: tuple[Reading, ...] = ()
    days: tuple[Day, ...] = ()
    minutes: tuple[int, ...] = ()
    is_percent: bool = False


def find_claims(sentence: str) -> list[Claim]:
    """All claims of a sentence in their order, none within another; code, links, list numbers and citations hold none."""
    taken = [match.span() for pattern in (_CODE, _STRUCTURE) for match in pattern.finditer(sentence)]
    found: list[Claim] = []
    for claim in (*_names(sentence), *_moments(sentence), *_figures(sentence), *_day_words(sentence)):
        if not any(claim.start < end and claim.end > start for start, end in taken):
            taken.append((claim.start, claim.end))
            found.append(claim)
    return sorted(found, key=lambda claim: claim.start)


def _names(text: str) -> Iterator[Claim]:
    for name in find_names(text):
        yield Claim("address" if name.is_address else "name", name.text, name.start, name.end)


def _moments(text: str) -> Iterator[Claim]:
    for date in find_dates(text):
        yield Claim("date", date.text, date.start, date.end, days=date.days)
    for words, start, end, minutes in find_times(text):
        yield Claim("time", words, start, end, minutes=minutes)


def _figures(text: str) -> Iterator[Claim]:
    for number in find_numbers(text):
        if not _is_in_word(text, number.start, number.end):
            yield Claim("number", number.text, number.start, number.end, readings=number.readings, is_percent=number.is_percent)
    for start, end, value in find_number_words(text):
        yield Claim("number", text[start:end], start, end, readings=((value, 0),))
    for match in _COUNT.finditer(text):
        yield Claim("count", match["word"], match.start(), match.end(), readings=((float(COUNT_WORDS[match["word"].lower()]), 0),))
    for match in _TOLD.finditer(text):
        yield Claim("number", match["word"], match.start("word"), match.end("word"), readings=((float(COUNT_WORDS[match["word"].lower()]), 0),))


def _is_in_word(text: str, start: int, end: int) -> bool:
    """Whether a number is part of a name such as ``A4``, ``H2O`` or ``utf-8``."""
    before = text[max(0, start - 16) : start]
    return bool(re.search(r"[^\W\d_]$|[^\W\d]_$|\b(?:utf|iso|mp|covid|sha|gpt|python|windows|version|v)[- ]?$", before, re.I)) and not before.lower().endswith(
        ("eur", "usd", "chf", "gbp")
    )


def _day_words(text: str) -> Iterator[Claim]:
    for match in _MONTH_ALONE.finditer(text):
        if match[0] != "March" or re.search(r"\b(?:in|of|since|until|by|early|late|mid|and|to) $", text[: match.start()]):
            yield Claim("month", match[0], match.start(), match.end(), days=((0, MONTHS[match[0].lower()], 0),))
    for match in _WEEKDAY.finditer(text):
        if match[1][0].isupper() or match[1].lower() in _LOWER_WEEKDAYS:
            yield Claim("weekday", match[1], match.start(), match.end())
    for match in _RELATIVE.finditer(text):
        yield Claim("relative", match[1], match.start(), match.end())


_LOWER_WEEKDAYS_TEXT = "lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo"
_LOWER_WEEKDAYS = frozenset(_LOWER_WEEKDAYS_TEXT.split())
