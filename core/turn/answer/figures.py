"""Whether evidence bears out a number: it stands there, is a count that code can see, or follows in one simple step that is unlikely to be chance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from core.turn.answer.arithmetic import chance_among, chance_of_hit, equation_results, is_among
from core.turn.answer.claims import Claim
from core.turn.answer.counts import GENERIC, count_values, listed_count, relevant_words, word_counts
from core.turn.answer.dates import calendar_dates, find_dates, find_spans
from core.turn.answer.evidence import Evidence
from core.turn.answer.numbers import Number, Reading, evidence_values, find_numbers, signed_values, unit_of
from core.turn.answer.tables import Rows, aggregates, columns, content_words, find_tables, json_tables, line_sums, list_aggregates, shares

MAX_SOURCE_VALUES = 80  # of one text that pairs of numbers are tried of
MAX_ALL_VALUES = 160
SHOWN_CHANCE, ASKED_CHANCE, TABLE_CHANCE, SOURCE_CHANCE, ANY_CHANCE = 0.35, 0.25, 0.15, 0.08, 0.04
_UNIT_FACTORS = (0.001, 0.01, 100.0, 1000.0, 60.0, 1 / 60, 12.0, 1 / 12, 7.0, 52.0)
_ABOUT = re.compile(
    r"(?:\b(?:about|around|roughly|approximately|approx\.?|nearly|almost|over|under|more than|less than|up to|at least|some|circa|ca\.?|c\.|etwa|rund|fast|über|unter|knapp|gut|mehr als|"
    r"ungefähr|environ|presque|près de|plus de|unos|casi|más de|alrededor de)|~|≈|[<>])\s*[*_]*[€$£]?$",
    re.I,
)
_TIMES = re.compile(r"times|factor|fold|×|\\times|\bx\b|\bmal\b|fach|faktor|fois|facteur|veces", re.I)
_TIME_WORDS = re.compile(r"\b(?:day|night|week|month|year|hour|minute|tag|nächte|woche|monat|jahr|stunde|jour|semaine|mois|an|día|mes|año|old|alt)\w*\b", re.I)


class Figures:
    """Checks numbers against one evidence; what is costly to gather is gathered once, when first needed."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    @cached_property
    def _counts(self) -> list[float]:
        return sorted(count_values(self._evidence))

    @cached_property
    def _tables(self) -> list[Rows]:
        texts = (*self._evidence.results, *self._evidence.texts)
        return [rows for text in texts for rows in find_tables(text)] + [rows for step in self._evidence.steps for rows in json_tables(step.value)]

    @cached_property
    def _sources(self) -> list[list[float]]:
        texts = (*self._evidence.texts, *self._evidence.results)
        whole = [sorted(evidence_values(text)) for text in texts]
        lines = [sorted(evidence_values(line)) for text in texts for line in text.splitlines()]
        return [values for values in (*lines, *whole) if 1 < len(values) <= MAX_SOURCE_VALUES]

    @cached_property
    def _asked(self) -> list[float]:
        """The numbers of the request, also those in words."""
        return [value for value in sorted(evidence_values(self._evidence.request)) if value > 1][:12]

    @cached_property
    def _by_unit(self) -> dict[str, list[float]]:
        """The numbers of all texts by what they count."""
        found: dict[str, set[float]] = {}
        for text in (*self._evidence.texts, *self._evidence.results):
            for number in find_numbers(text):
                found.setdefault(unit_of(text, number), set()).add(number.readings[0][0])
        return {unit: sorted(values) for unit, values in found.items() if unit and len(values) <= MAX_SOURCE_VALUES}

    def is_supported(self, claim: Claim, sentence: str, said: str) -> bool:
        """Whether the number of ``claim`` in ``sentence``, said after ``said``, holds."""
        readings = claim.readings + tuple((value / 100, decimals + 2) for value, decimals in claim.readings if claim.is_percent)
        if claim.kind == "count" and not self._is_counting(claim, sentence):
            return True
        meant = claim if claim.is_percent else replace(claim, readings=claim.readings[:1])  # "1,800" is 1.8 only where that stands in evidence
        return (
            any(value in (0.0, 1.0) or (value == 100 and claim.is_percent) for value, _ in claim.readings)
            or is_among(readings, self._evidence.values)
            or self._is_about(claim, sentence)
            or self._is_known_year(claim)
            or is_among(readings, sorted(evidence_values(said)))
            or (claim.start, claim.end) in equation_results(sentence)
            or self._is_count(claim, sentence, said)
            or self._is_shown(meant, sentence, said)
            or self._follows(meant, sentence)
        )

    def _is_counting(self, claim: Claim, sentence: str) -> bool:
        """A count in words is a claim where what it counts is in evidence; "two ways" is a way to speak."""
        nouns = re.findall(r"[^\W\d_]{3,}", sentence[claim.end : claim.end + 50].lower())[:2]
        return any(noun in GENERIC or noun[: max(4, len(noun) - 1)] in self._evidence.haystack for noun in nouns)

    def _is_about(self, claim: Claim, sentence: str) -> bool:
        if not _ABOUT.search(sentence[: claim.start]):
            return False
        low_high = [(value * 0.95, value * 1.05) for value, _ in claim.readings]
        return any(low <= known <= high for known in self._evidence.values for low, high in low_high)

    def _is_known_year(self, claim: Claim) -> bool:
        years = {day[0] for day in self._evidence.days} | ({self._evidence.today.year} if self._evidence.today else set())
        return any(value in years for value, decimals in claim.readings if decimals == 0)

    def _is_count(self, claim: Claim, sentence: str, said: str) -> bool:
        whole = tuple((value, 0) for value, decimals in claim.readings if decimals == 0)
        if not whole:
            return False
        if is_among(whole, self._counts) or is_among(whole, sorted(listed_count(sentence, said))):
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

    def _follows(self, claim: Claim, sentence: str) -> bool:
        """It follows from evidence alone."""
        words = content_words(f"{sentence} {self._evidence.request}")
        if any(chance_among(claim.readings, aggregates(rows, words)) <= TABLE_CHANCE for rows in self._tables[-12:]):
            return True
        if claim.is_percent and any(chance_among(claim.readings, shares(rows, words)) <= TABLE_CHANCE for rows in self._tables[-12:]):
            return True
        if chance_among(claim.readings, line_sums([*self._evidence.results, *self._evidence.texts], words - {"the", "and", "for"})) <= TABLE_CHANCE:
            return True
        if _TIME_WORDS.search(sentence[claim.end : claim.end + 25]) and self._is_time_between(claim, sentence):
            return True
        unit = unit_of(sentence, Number(claim.text, claim.start, claim.end, claim.readings, claim.is_percent))
        if chance_of_hit(claim.readings, self._by_unit.get(unit, ()), claim.is_percent) <= TABLE_CHANCE:
            return True
        if self._asked and chance_of_hit(claim.readings, self._evidence.values[:MAX_ALL_VALUES], claim.is_percent, self._asked) <= ASKED_CHANCE:
            return True
        others = [value for value in _values(sentence[: claim.start] + sentence[claim.end :]) if value > 1][:12]
        if others and chance_of_hit(claim.readings, self._evidence.values[:MAX_ALL_VALUES], claim.is_percent, others) <= TABLE_CHANCE:
            return True
        if _total(claim.readings, self._sources, claim.is_percent) <= SOURCE_CHANCE:
            return True
        values = self._evidence.values
        if chance_among(claim.readings, (value * factor for value in values for factor in _UNIT_FACTORS)) <= SOURCE_CHANCE:
            return True
        return len(values) <= MAX_ALL_VALUES and chance_of_hit(claim.readings, values, claim.is_percent) <= ANY_CHANCE

    def _is_time_between(self, claim: Claim, sentence: str) -> bool:
        """So many days, weeks, months or years between two dates."""
        days = self._evidence.days | {day for found in find_dates(sentence) for day in found.days}
        dates = calendar_dates(days, self._evidence.today)[-40:] + ([self._evidence.today] if self._evidence.today else [])
        gaps = {abs((one - other).days) for one in dates for other in dates}
        lengths = {float(gap + spare) for gap in gaps for spare in (0, 1)} | {gap // per * 1.0 for gap in gaps for per in (7, 30, 365)} | {round(gap / 30.44) * 1.0 for gap in gaps}
        lengths |= {gap // 365.25 for gap in gaps} | {float(count) for count, _ in find_spans(sentence) & self._evidence.spans}
        return is_among(claim.readings, sorted(lengths))


def _values(text: str) -> list[float]:
    return [number.readings[0][0] for number in find_numbers(text)]


def _is_converted(readings: tuple[Reading, ...], shown: Sequence[float]) -> bool:
    """Whether it is one of the shown numbers in another unit: grams and kilograms, months and years."""
    return any(value and abs(value - one * factor) <= 1e-6 * value for value, _ in readings for one in shown for factor in _UNIT_FACTORS)


def _runs(values: Sequence[float]) -> set[float]:
    """Sums and means of each run of at least two numbers as they stand."""
    short = values[:40]
    return {result for start in range(len(short)) for end in range(start + 2, len(short) + 1) for result in (sum(short[start:end]), sum(short[start:end]) / (end - start))}


def _line_columns(text: str) -> list[list[float]]:
    """The last, the first and the largest number of each line of a list."""
    lines = [found for line in text.splitlines() if (found := _values(re.sub(r"^\s*\d+[.)]\s", "", line)))]
    return [[line[-1] for line in lines], [line[0] for line in lines], [max(line) for line in lines]] if len(lines) > 1 else []


def _total(readings: tuple[Reading, ...], sources: list[list[float]], is_percent: bool) -> float:
    """The chance over several sources: one of them has to give the number, and all together make it likely by chance."""
    chances = [chance_of_hit(readings, source, is_percent) for source in sources[-400:]]
    hits = [chance for chance in chances if chance < 1.0]
    return min(hits) * max(1, len(sources)) ** 0.5 if hits else 1.0
