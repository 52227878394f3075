"""Whether evidence bears out a number: it stands there, is a count that code can see, or follows in one simple step that is unlikely to be chance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from core.turn.answer.arithmetic import chance_among, chance_of_hit, equation_results, is_among
from core.turn.answer.claims import Claim
from core.turn.answer.counts import GENERIC, count_values, listed_count, relevant_words, word_counts
from core.turn.answer.derivations import MAX_ALL_VALUES, UNIT_FACTORS, Derivations
from core.turn.answer.evidence import Evidence
from core.turn.answer.lexicon import COUNT_WORDS
from core.turn.answer.made_counts import made_counts
from core.turn.answer.numbers import Number, Reading, evidence_values, find_numbers, signed_values, unit_of
from core.turn.answer.tables import columns, find_tables, list_aggregates

SHOWN_CHANCE = 0.35  # that it follows from numbers that the answer shows may be likelier by chance
_ABOUT = re.compile(
    r"(?:\b(?:about|around|roughly|approximately|approx\.?|nearly|almost|over|under|more than|less than|up to|at least|some|circa|ca\.?|c\.|etwa|rund|fast|über|unter|knapp|gut|mehr als|"
    r"ungefähr|environ|presque|près de|plus de|unos|casi|más de|alrededor de)|~|≈|[<>])\s*[*_]*[€$£]?$",
    re.I,
)
_MEASURES = frozenset(
    {
        "%",
        "eur",
        "usd",
        "gbp",
        "chf",
        "kg",
        "km",
        "m²",
        "m2",
        "cm",
        "mm",
        "kwh",
        "°",
        "minut",
        "hour",
        "day",
        "week",
        "month",
        "year",
        "worki",
        "busin",
        "stund",
        "tage",
        "tag",
        "woche",
        "monat",
        "jahr",
    }
)
_LETTERS = re.compile(r"[^\W\d_]+")
_TOTAL = re.compile(r"\b(?:totals?|sum|altogether|in all|combined|insgesamt|zusammen|gesamt\w*|summe|au total|en tout|somme|en total|suma)\b", re.I)
_NET = re.compile(r"\b(?:after|minus|less|net|without|excluding|remaining|left|per|each|average|mean|times|nach|ohne|abzüglich|pro|je|après|sans|par|sin|por)\b|[×x*/]\s*\d", re.I)
TOTAL_BEFORE, TOTAL_AFTER = 40, 24  # letters around a number in which it is called a total
_COMPUTES = re.compile(r"^(?:tables|calc|units|money|code)\.|sql|query|sum|aggregat", re.I)
_TIMES = re.compile(r"times|factor|fold|×|\\times|\bx\b|\bmal\b|fach|faktor|fois|facteur|veces", re.I)


class Figures:
    """Checks numbers against one evidence; what is costly to gather is gathered once, when first needed."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._derivations = Derivations(evidence)

    @cached_property
    def _counts(self) -> list[float]:
        return sorted(count_values(self._evidence))

    @cached_property
    def _asked(self) -> list[float]:
        """The numbers of the request, also those in words."""
        words = _LETTERS.findall(self._evidence.request.lower())
        counted = [float(COUNT_WORDS[word]) for word in words if word in COUNT_WORDS]
        return sorted({value for value in (*_values(self._evidence.request), *counted) if value > 1})[:12]

    def is_supported(self, claim: Claim, sentence: str, said: str, following: str = "") -> bool:
        """Whether the number of ``claim`` in ``sentence``, said after ``said`` and before the list ``following``, holds."""
        readings = claim.readings + tuple((value / 100, decimals + 2) for value, decimals in claim.readings if claim.is_percent)
        is_total = self._is_called_total(claim, sentence)
        if claim.kind == "count" and not (is_total and _is_measured(claim, sentence)) and not self._is_counting(claim, sentence):
            return True
        meant = claim if claim.is_percent else replace(claim, readings=claim.readings[:1])  # "1,800" is 1.8 only where that stands in evidence
        if is_total:
            return self._is_total(claim, meant, sentence, said)
        return (
            any(value in (0.0, 1.0) or (value == 100 and claim.is_percent) for value, _ in claim.readings)
            or is_among(readings, self._evidence.values)
            or self._is_about(claim, sentence)
            or self._is_known_year(claim)
            or is_among(readings, sorted(evidence_values(said)))
            or (claim.start, claim.end) in equation_results(sentence)
            or self._is_count(claim, sentence, said, following)
            or self._is_shown(meant, sentence, said)
            or self._derivations.follows(meant, sentence, self._asked)
        )

    def _is_called_total(self, claim: Claim, sentence: str) -> bool:
        """Whether a sentence calls the number the total of something that it does not explain further."""
        near = (
            re.split(r"[,;]\s|\n|\. ", sentence[max(0, claim.start - TOTAL_BEFORE) : claim.start])[-1],
            re.split(r"[,;.]\s|\n|\||:", sentence[claim.end : claim.end + TOTAL_AFTER])[0],
        )
        return bool(_TOTAL.search(near[0]) or _TOTAL.search(near[1])) and not claim.is_percent and not _NET.search(sentence)

    def _is_total(self, claim: Claim, meant: Claim, sentence: str, said: str) -> bool:
        """A total stands as such in a text, was computed by a tool, or is a sum: not any number that stands somewhere or follows from two."""
        if (claim.kind == "count" and not _is_measured(claim, sentence)) or is_among(meant.readings, sorted(self._named_totals)):
            return True
        others = sentence[: claim.start] + " " * (claim.end - claim.start) + sentence[claim.end :]
        listed = [*([value for _, value in column] for rows in find_tables(said[-8000:]) for column in columns(rows).values()), *_line_columns(said[-8000:])]
        shown = {sum(run) for column in listed for run in (column, column[1:])} | {sum(run) for run in _neighbours(signed_values(others))}
        totals = sorted(abs(value) for value in (*self._derivations.totals(sentence), *shown, *evidence_values(said)))
        return (
            is_among(meant.readings, totals)
            or (claim.start, claim.end) in equation_results(sentence)
            or self._is_count(claim, sentence, said, is_named=True)
            or (bool(_ABOUT.search(sentence[: claim.start])) and any(0.95 * value <= total <= 1.05 * value for value, _ in meant.readings for total in totals))
        )

    @cached_property
    def _named_totals(self) -> set[float]:
        """Numbers of the request, of lines that call something a total, and of what tools worked out."""
        own = {*self._evidence.authored}
        lines = (line for text in (*self._evidence.texts, *self._evidence.results) for line in text.splitlines() if _TOTAL.search(line))
        computed = (step.text for step in self._evidence.steps if step.is_done and (step.is_own_words or _COMPUTES.search(step.tool)))
        return {value for text in (*lines, *computed) for value in evidence_values(text)} - own | evidence_values(self._evidence.request)

    def _is_counting(self, claim: Claim, sentence: str) -> bool:
        """A count in words is a claim where what it counts is in evidence; "two ways" is a way to speak."""
        nouns = re.findall(r"[^\W\d_]{3,}", sentence[claim.end : claim.end + 50].lower())[:2]
        return any(noun in GENERIC or noun[: max(4, len(noun) - 1)] in self._evidence.haystack for noun in nouns)

    def _is_about(self, claim: Claim, sentence: str) -> bool:
        if not _ABOUT.search(sentence[: claim.start]):
            return False
        low_high = [(value * 0.95, value * 1.05) for value, decimals in claim.readings if decimals <= 0]
        return any(low <= known <= high for known in self._evidence.values for low, high in low_high)

    def _is_known_year(self, claim: Claim) -> bool:
        years = {day[0] for day in self._evidence.days} | ({self._evidence.today.year} if self._evidence.today else set())
        return any(value in years for value, decimals in claim.readings if decimals == 0)

    def _is_count(self, claim: Claim, sentence: str, said: str, following: str = "", is_named: bool = False) -> bool:
        """Whether it counts what code can count; ``is_named``: only where the sentence says what it counts."""
        whole = tuple((value, 0) for value, decimals in claim.readings if decimals == 0)
        unit = unit_of(sentence, Number(claim.text, claim.start, claim.end, claim.readings, claim.is_percent))
        if not whole or unit in _MEASURES or (is_named and not any(word[:5].rstrip("s") == unit for word in GENERIC)):
            return False
        if is_among(whole, self._counts) or is_among(whole, sorted(made_counts(self._evidence, claim, sentence) | listed_count(sentence, said, following))):
            return True
        words = relevant_words(f"{sentence} {self._evidence.request}", self._evidence)
        return is_among(whole, sorted(word_counts(sorted(words)[:30], self._evidence)))

    def _is_shown(self, claim: Claim, sentence: str, said: str) -> bool:
        """It follows from numbers that the answer or the request shows: two of them, or a list or column of them."""
        others = sentence[: claim.start] + " " * (claim.end - claim.start) + sentence[claim.end :]
        shown = [value for text in (said[-4000:], others) for value in _values(text)][-60:] + self._asked
        if (
            _is_converted(claim.readings, shown)
            or self._is_factor(claim, sentence)
            or chance_of_hit(claim.readings, shown, claim.is_percent) <= SHOWN_CHANCE
            or chance_among(claim.readings, _runs(signed_values(others))) <= SHOWN_CHANCE
        ):
            return True
        columns_shown = [[value for _, value in column] for rows in find_tables(said[-8000:]) for column in columns(rows).values()]
        listed = [*columns_shown, *_line_columns(said[-8000:])]
        return chance_among(claim.readings, {result for column in listed for run in (column, column[1:]) for result in list_aggregates(run)}) <= SHOWN_CHANCE

    def _is_factor(self, claim: Claim, sentence: str) -> bool:
        """How many times as much the request wants: 2.5 for ten people where a text is for four."""
        near = sentence[max(0, claim.start - 12) : claim.end + 9]
        ratios = [one / known for one in self._asked for known in self._evidence.values[:MAX_ALL_VALUES] if 1 < known <= 100]
        return bool(_TIMES.search(near)) and any(abs(value - ratio) <= 1e-6 for value, _ in claim.readings for ratio in ratios)


def _is_measured(claim: Claim, sentence: str) -> bool:
    """Whether a number is an amount of money, time or the like, and no count of things."""
    return unit_of(sentence, Number(claim.text, claim.start, claim.end, claim.readings, claim.is_percent)) in _MEASURES


def _values(text: str) -> list[float]:
    return [number.readings[0][0] for number in find_numbers(text)]


def _is_converted(readings: tuple[Reading, ...], shown: Sequence[float]) -> bool:
    """Whether it is one of the shown numbers in another unit: grams and kilograms, months and years."""
    return any(value and abs(value - one * factor) <= 1e-6 * value for value, _ in readings for one in shown for factor in UNIT_FACTORS)


def _neighbours(values: Sequence[float]) -> list[Sequence[float]]:
    """Each run of at least two numbers as they stand."""
    short = values[:40]
    return [short[start:end] for start in range(len(short)) for end in range(start + 2, len(short) + 1)]


def _runs(values: Sequence[float]) -> set[float]:
    """Sums and means of each run of at least two numbers as they stand."""
    return {result for run in _neighbours(values) for result in (sum(run), sum(run) / len(run))}


def _line_columns(text: str) -> list[list[float]]:
    """The last, the first and the largest number of each line of a list."""
    lines = [found for line in text.splitlines() if (found := _values(re.sub(r"^\s*\d+[.)]\s", "", line)))]
    return [[line[-1] for line in lines], [line[0] for line in lines], [max(line) for line in lines]] if len(lines) > 1 else []
