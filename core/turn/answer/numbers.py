"""Numbers as they are written: ``1,234.50``, ``1.234,50``, ``12 %``, ``$3k``, ``€ 99``. Signs are left out: a value is compared without them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.turn.answer.lexicon import COUNT_WORDS
from core.turn.answer.number_words import find_number_words

_TOKEN = re.compile(r"\d(?:[\d.,'’\u00a0\u202f]*\d)?(?: \d{3}(?!\d))*")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:([.,'’\u00a0\u202f ])\d{3})(?:\1\d{3})*")
_MIXED = re.compile(r"(\d{1,3}(?:[.'’\u00a0\u202f ]\d{3})+),(\d+)|(\d{1,3}(?:[,'’\u00a0\u202f ]\d{3})+)\.(\d+)")
_DECIMAL = re.compile(r"(\d+)[.,](\d+)")
_NOT_DIGIT = re.compile(r"\D")
_LETTERS = re.compile(r"[^\W\d_]+")
_BREAK = re.compile(r"[, ]")
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_SUFFIX = re.compile(r" ?(?:(%|percent\b|Prozent\b|pour cent\b|por ciento\b|pct\b)|(k|K|thousand|Tsd\.?)\b|(M|Mio\.?|million|millions|Millionen|m)\b|(bn|billion|Mrd\.?|B)\b)")
_POWERS = (0, 0, 3, 6, 9)
Reading = tuple[float, int]


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text. ``readings``: each value it may mean, with its decimals (negative: rounded to thousands, millions)."""

    text: str
    start: int
    end: int
    readings: tuple[Reading, ...]
    is_percent: bool = False


def find_numbers(text: str) -> Iterator[Number]:
    """Every number of a text, whatever is glued to it."""
    for match in _TOKEN.finditer(text):
        suffix = _SUFFIX.match(text, match.end())
        group = suffix.lastindex or 0 if suffix else 0
        found = tuple(_scaled(read_number(match[0]), _POWERS[group], text[match.end() : match.end() + 1] == "m"))
        end = suffix.end() if suffix and group else match.end()
        yield Number(text[match.start() : end], match.start(), end, found, group == 1)


def _scaled(readings: list[Reading], power: int, is_unsure: bool) -> Iterator[Reading]:
    for value, decimals in readings:
        if power:
            yield value * 10**power, decimals - power
        if not power or is_unsure:
            yield value, decimals


def read_number(token: str) -> list[Reading]:
    """The values that a token of digits and separators may mean; several where a dot or comma may be either."""
    if token.isdigit():
        return [(float(token), 0)]
    found: list[Reading] = []
    if _THOUSANDS.fullmatch(token):
        found.append((float(_NOT_DIGIT.sub("", token)), 0))
    if match := _MIXED.fullmatch(token):
        whole, part = (match[1], match[2]) if match[1] else (match[3], match[4])
        found.append((float(_NOT_DIGIT.sub("", whole) + "." + part), len(part)))
    if match := _DECIMAL.fullmatch(token):
        found.append((float(f"{match[1]}.{match[2]}"), len(match[2])))
    return found or [(float(part), 0) for part in _NOT_DIGIT.split(token) if part]


def evidence_values(text: str) -> set[float]:
    """All values that a text can vouch for: every reading, and each cell where commas part cells."""
    values = {float(COUNT_WORDS[word]) for word in COUNT_WORDS.keys() & set(_LETTERS.findall(text.lower()))}
    values.update(value for _, _, value in find_number_words(text))
    for token in {match[0] for match in _TOKEN.finditer(text)}:
        values.update(value for value, _ in read_number(token))
        if "," in token or " " in token:
            values.update(float(cell) for cell in _BREAK.split(token) if _PLAIN.fullmatch(cell))
    return values


def tolerance(decimals: int, value: float) -> float:
    """How far a value may be from what it was rounded from."""
    return 0.5000001 * 10.0**-decimals + abs(value) * 1e-9


_BEFORE = re.compile(r"([$€£¥]|\b(?:EUR|USD|CHF|GBP|Rs\.?))\s?[*_-]*$")
_AFTER = re.compile(r"[*_]*[ \u00a0-]?([€$£%°]|[^\W\d_]{1,12})")
_SAME_UNIT = {
    "€": "eur",
    "euro": "eur",
    "euros": "eur",
    "$": "usd",
    "dollar": "usd",
    "dollars": "usd",
    "£": "gbp",
    "pounds": "gbp",
    "hours": "hour",
    "percent": "%",
    "prozent": "%",
}


def unit_of(text: str, number: Number) -> str:
    """What a number counts: its currency or the word after it, shortened so that forms of a word are the same; empty where none stands there."""
    found = _BEFORE.search(text[max(0, number.start - 8) : number.start])
    after = _AFTER.match(text, number.end)
    word = found[1] if found else "%" if number.is_percent else after[1] if after else ""
    word = word.lower().rstrip(".")
    return _SAME_UNIT.get(word, word[:5].rstrip("s") if len(word) > 2 else word)


def signed_values(text: str) -> list[float]:
    """The numbers of a text with their signs, each read the likeliest way."""
    return [
        -number.readings[0][0] if re.search(r"(?:^|[\s|(€$£*_])[-−]\s?[€$£]?$", text[max(0, number.start - 4) : number.start]) else number.readings[0][0]
        for number in find_numbers(text)
    ]
