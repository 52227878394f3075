"""Numbers in words of several parts: "one thousand and eighty", "twelve hundred", "thirty-seven", "zwölfhundert", "zweitausendfünfhundert"."""

from __future__ import annotations

import re
from collections.abc import Iterator

_UNITS_TEXT = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS_TEXT = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: number for number, word in enumerate(_UNITS_TEXT.split(), 1)} | {word: 20 + 10 * number for number, word in enumerate(_TENS_TEXT.split())}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
NUMBER_WORDS = frozenset({*_SMALL, *_SCALES})  # the parts of English ones
_WORD = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
_ENGLISH = re.compile(rf"\b(?:a |(?:{_WORD})\b)(?:(?:[ -]|,? and )(?:{_WORD})\b)+", re.I)
_GERMAN_UNITS_TEXT = "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn"
_GERMAN_TENS_TEXT = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig"
_GERMAN = {word: number for number, word in enumerate(_GERMAN_UNITS_TEXT.split(), 1)} | {word: 20 + 10 * number for number, word in enumerate(_GERMAN_TENS_TEXT.split())}
_GERMAN_BELOW = rf"(?:(?P<{{0}}u>ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun)und(?P<{{0}}t>{'|'.join(_GERMAN_TENS_TEXT.split())})|(?P<{{0}}s>{'|'.join(sorted(_GERMAN, key=len, reverse=True))}))"
_GERMAN_NUMBER = re.compile(rf"\b(?:(?:{_GERMAN_BELOW.format('a')})?tausend)?(?:(?:{_GERMAN_BELOW.format('b')})?hundert)?(?:und)?(?:{_GERMAN_BELOW.format('c')})?\b", re.I)
_GERMAN_WORD = re.compile(r"\b[a-zäöüß]*(?:hundert|tausend|und[a-zäöüß]+(?:zig|ßig))[a-zäöüß]*\b", re.I)
FEWEST = 20  # smaller ones are counts of one word


def find_number_words(text: str) -> Iterator[tuple[int, int, float]]:
    """Begin, end and value of each such number of at least :data:`FEWEST`."""
    for match in _ENGLISH.finditer(text):
        value = _english(re.findall(r"[a-z]+", match[0].lower()))
        if value >= FEWEST:
            yield match.start(), match.end(), float(value)
    for word in _GERMAN_WORD.finditer(text):
        if (number := _GERMAN_NUMBER.fullmatch(word[0])) and (value := _german(number)) >= FEWEST:
            yield word.start(), word.end(), float(value)


def _english(words: list[str]) -> int:
    total = part = 0
    for word in words:
        if word in _SMALL:
            part += _SMALL[word]
        elif word == "hundred":
            part = max(part, 1) * 100
        elif word in _SCALES:
            total, part = total + max(part, 1) * _SCALES[word], 0
    return total + part


def _german(match: re.Match[str]) -> int:
    text = match[0].lower()
    return (_below(match, "a", 1) * 1000 if "tausend" in text else 0) + (_below(match, "b", 1) * 100 if "hundert" in text else 0) + _below(match, "c", 0)


def _below(match: re.Match[str], part: str, default: int) -> int:
    if match[f"{part}u"]:
        return _GERMAN[match[f"{part}u"].lower()] + _GERMAN[match[f"{part}t"].lower()]
    return _GERMAN[match[f"{part}s"].lower()] if match[f"{part}s"] else default
