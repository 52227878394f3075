"""Sums that the request itself gives ("the sum of 3, 4 and 6", "seven times eight"): worked out by code, so that no answer may say another result."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.turn.answer.lexicon import COUNT_WORDS, alternation
from core.turn.answer.number_words import find_number_words
from core.turn.answer.numbers import find_numbers

_WORD = re.compile(rf"\b(?:one|eins|un|uno|zero|null|{alternation(COUNT_WORDS)})\b", re.I)
_ONES = {"one": 1, "eins": 1, "un": 1, "uno": 1, "zero": 0, "null": 0}
_OPERATORS = (
    ("+", r"\+|plus|added to|und noch"),
    ("-", r"[-−–]|minus|moins|menos"),
    ("*", r"[×x*·]|times|multiplied by|mal|fois|por"),
    ("/", r"[÷/:]|divided by|geteilt durch|durch"),
)
_CHAINED = {mark: re.compile(rf"\s*(?:{words})\s*", re.I) for mark, words in _OPERATORS}
_LISTED = re.compile(r"\s*(?:,|;|\+|,?\s*(?:and|und|et|y|plus))\s*", re.I)
_SUM_OF = re.compile(
    r"\b(?:sum|total|summe|somme|suma)\b(?: of| aus| von| de)?[^\d\n]{0,20}$|\b(?:add(?: up| together)?|sum up|addiere?|zähle?|additionne[rz]?)\b[^\d\n]{0,20}$", re.I
)
_RESULT = re.compile(
    r"=|\b(?:is|are|equals?|makes?|gives?|comes? to|adds? up to|totals?|results?|answer|sum|ist|sind|ergibt|ergeben|macht|beträgt|gleich|summe|ergebnis|insgesamt|zusammen|fait|font|égale|somme|es|son|suma)\b",
    re.I,
)
_OTHER_BASE = re.compile(r"\b(?:binary|hex\w*|octal|base|modulo?|mod|binär|dezimal|not|n['’]t|nicht|kein\w*|pas|no)\b|n['’]t\b", re.I)
_ASKS = re.compile(r"\b(?:what|how much|how many|calculate|compute|work out|solve|was ist|wie ?viel|rechne|berechne|combien|calcule[rz]?|cuánto|calcula)\b", re.I)
MOST_LETTERS = 400  # of a request that may ask for a sum


@dataclass(frozen=True, slots=True)
class Term:
    """A number of a text, in digits or words, and where it stands."""

    start: int
    end: int
    value: float


def find_terms(text: str) -> list[Term]:
    """The numbers of a text in their order, in digits or words."""
    found = [Term(number.start, number.end, number.readings[0][0]) for number in find_numbers(text) if not number.is_percent]
    found += [Term(start, end, value) for start, end, value in find_number_words(text)]
    for match in _WORD.finditer(text):
        if not any(term.start < match.end() and match.start() < term.end for term in found):
            word = match[0].lower()
            found.append(Term(match.start(), match.end(), float(_ONES.get(word, COUNT_WORDS.get(word, 0)))))
    return sorted(found, key=lambda term: term.start)


@dataclass(frozen=True, slots=True)
class AskedSum:
    """What a request wants worked out: its ``terms``, how they are joined, and their ``result``."""

    terms: tuple[float, ...]
    marks: tuple[str, ...]
    result: float

    def wrong_result(self, sentence: str) -> str:
        """The words of a result that a sentence gives and that is not the right one; empty where it gives none, or a step on the way."""
        found = find_terms(sentence)
        if not found or _OTHER_BASE.search(sentence) or any(self._is_near(term.value, self.result) for term in found):
            return ""
        others = [term for term in found if term.value not in self.terms]
        is_bare = re.fullmatch(r"\W*", sentence[: found[0].start] + sentence[found[-1].end :]) is not None
        if len(others) != 1 or not (is_bare or _RESULT.search(sentence)) or self._is_step(others[0].value):
            return ""
        return sentence[others[0].start : others[0].end]

    def _is_step(self, value: float) -> bool:
        """Whether some of the neighbouring terms give it."""
        count = len(self.terms)
        spans = [(start, end) for start in range(count) for end in range(start + 2, count + 1) if end - start < count]
        return any(self._is_near(value, _evaluate(self.terms[start:end], self.marks[start : end - 1])) for start, end in spans)

    @staticmethod
    def _is_near(one: float, other: float) -> bool:
        return abs(one - other) <= max(0.005, abs(other) * 0.005)


def asked_sum(request: str) -> AskedSum | None:
    """The sum that a request asks for; None where it asks for none, or has other numbers beside it that may change it."""
    terms = find_terms(request) if len(request) <= MOST_LETTERS else []
    if len(terms) < 2 or "%" in request:
        return None
    between = [request[one.end : other.start] for one, other in itertools.pairwise(terms)]
    values = tuple(term.value for term in terms)
    if _SUM_OF.search(request[: terms[0].start]) and all(_LISTED.fullmatch(part) for part in between):
        return AskedSum(values, ("+",) * len(between), sum(values))
    marks = tuple(next((mark for mark, pattern in _CHAINED.items() if pattern.fullmatch(part)), "") for part in between)
    is_bare = not re.search(r"\w", request[: terms[0].start] + request[terms[-1].end :])
    if not all(marks) or not (is_bare or _ASKS.search(request)) or ":" in "".join(between) or request[terms[0].start] == "0":
        return None  # dates, times, ranges and telephone numbers are no sums
    return AskedSum(values, marks, _evaluate(values, marks))


def _evaluate(values: Sequence[float], marks: Sequence[str]) -> float:
    """The value of the chain, products before sums."""
    parts = [values[0]]
    for mark, value in zip(marks, values[1:], strict=True):
        if mark == "*":
            parts[-1] *= value
        elif mark == "/":
            parts[-1] = parts[-1] / value if value else 0.0
        else:
            parts.append(value if mark == "+" else -value)
    return abs(sum(parts))
