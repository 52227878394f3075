"""Whether a number follows in one simple step from evidence alone, in a way that is unlikely to be chance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from core.turn.answer.arithmetic import chance_among, chance_of_hit, expected_hits, is_among
from core.turn.answer.claims import Claim
from core.turn.answer.column_sums import LineSums, TableSums
from core.turn.answer.dates import calendar_dates, find_dates, find_spans
from core.turn.answer.evidence import Evidence
from core.turn.answer.numbers import Number, Reading, evidence_values, find_numbers, signed_values, unit_of
from core.turn.answer.tables import content_words, find_tables, json_tables

MAX_SOURCE_VALUES = 80  # of one text that pairs of numbers are tried of
MAX_ALL_VALUES = 160
MAX_SOURCES = 400
MAX_TABLES = 12
MAX_RUN, MAX_RUN_LETTERS = 40, 4000  # numbers and letters of a text whose neighbours are added up
_FRAME = re.compile(r"^\s*[─═]{2,}.*$|^Now: .*$", re.M)  # what a tool says of a file before it gives its text, and what a model is told of the time
SHARE_CHANCE = 0.2
EXPECTED_HITS = 0.3  # of a number like it, over all lines and texts
ASKED_CHANCE, TABLE_CHANCE, SOURCE_CHANCE = 0.25, 0.12, 0.08
UNIT_FACTORS = (0.001, 0.01, 100.0, 1000.0, 60.0, 1 / 60, 12.0, 1 / 12, 7.0, 52.0)
_PERCENT = re.compile(r"%|\b(?:per ?cent|prozent|pour cent|por ciento|vat|tax|tip|discount|interest|rabatt|steuer|mwst|zinsen|tva|remise|iva|descuento)\b", re.I)
_TIME_WORDS = re.compile(r"\b(?:day|night|week|month|year|hour|minute|tag|nächte|woche|monat|jahr|stunde|jour|semaine|mois|an|día|mes|año|old|alt)\w*\b", re.I)


class Derivations:
    """What can be worked out of one evidence; what is costly is gathered once, when first needed."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    @cached_property
    def _texts(self) -> list[str]:
        return [*self._evidence.texts, *self._evidence.results]

    @cached_property
    def _bodies(self) -> list[str]:
        """The texts without what tools say of a file before and after it."""
        return [_FRAME.sub("", text) for text in self._texts]

    @cached_property
    def _has_percents(self) -> bool:
        """Whether percentages are spoken of: only then is a number likely to be a part of another, or more by a part."""
        return any(_PERCENT.search(text) for text in (self._evidence.request, *self._bodies))

    @cached_property
    def _tables(self) -> list[TableSums]:
        found = [rows for text in self._texts for rows in find_tables(text)] + [rows for step in self._evidence.steps for rows in json_tables(step.value)]
        return [TableSums(rows) for rows in found[-MAX_TABLES:]]

    @cached_property
    def _lines(self) -> LineSums:
        return LineSums(self._texts)

    @cached_property
    def _sources(self) -> list[list[float]]:
        """The numbers of each line and of each text, where they are few."""
        lines = [line for text in self._bodies for line in text.splitlines()][-MAX_SOURCES:]
        sources = [sorted(evidence_values(_without_dates(text))) for text in (*lines, *(text for text in self._bodies if len(text) < 20_000))]
        return [values for values in sources if 1 < len(values) <= MAX_SOURCE_VALUES]

    @cached_property
    def _by_unit(self) -> dict[str, list[float]]:
        """The numbers of all texts by what they count."""
        found: dict[str, set[float]] = {}
        for text in self._bodies:
            for number in find_numbers(text):
                found.setdefault(unit_of(text, number), set()).add(number.readings[0][0])
        return {unit: sorted(values) for unit, values in found.items() if unit and len(values) <= MAX_SOURCE_VALUES}

    def totals(self, sentence: str) -> set[float]:
        """What may be called the total in ``sentence``: sums of columns and lines, and of neighbouring numbers of one text."""
        words = {word for word in content_words(f"{sentence} {self._evidence.request}") if word in self._evidence.haystack}
        found = {result for table in self._tables for result in table.totals(words)} | self._lines.totals(words)
        for text in self._texts:
            values = signed_values(_FRAME.sub("", _without_dates(text)) if len(text) < MAX_RUN_LETTERS else "")
            found |= {sum(values[start:end]) for start in range(len(values)) for end in range(start + 2, len(values) + 1)} if len(values) <= MAX_RUN else set()
        return {abs(value) for value in found}

    def follows(self, claim: Claim, sentence: str, asked: Sequence[float]) -> bool:
        """Whether the number of ``claim`` is a sum of a column, a time between two dates, or what two numbers give. ``asked``: numbers of the request."""
        return self._is_sum(claim, sentence) or self._is_time_between(claim, sentence) or self._is_of_two(claim, sentence, asked)

    def _is_sum(self, claim: Claim, sentence: str) -> bool:
        words = {word for word in content_words(f"{sentence} {self._evidence.request}") if word in self._evidence.haystack}
        for table in self._tables:
            if chance_among(claim.readings, table.results(words)) <= TABLE_CHANCE:
                return True
            if claim.is_percent and chance_among(claim.readings, table.shares(words)) <= SHARE_CHANCE:
                return True
        return chance_among(claim.readings, self._lines.results(words)) <= TABLE_CHANCE

    def _is_of_two(self, claim: Claim, sentence: str, asked: Sequence[float]) -> bool:
        """Of two numbers that count the same, of one asked about or beside it and one known, of two in a line or text; or one known in another unit."""
        readings, values = claim.readings, self._evidence.values
        with_parts = self._has_percents or bool(_PERCENT.search(sentence))
        unit = unit_of(sentence, Number(claim.text, claim.start, claim.end, readings, claim.is_percent))
        beside = [number.readings[0][0] for number in find_numbers(sentence[: claim.start] + sentence[claim.end :])][:12]
        if chance_of_hit(readings, self._by_unit.get(unit, ()), claim.is_percent, (), with_parts) <= TABLE_CHANCE:
            return True
        for firsts, most in ((asked, ASKED_CHANCE), ([value for value in beside if value > 1], ASKED_CHANCE if claim.is_percent else TABLE_CHANCE)):
            if firsts and chance_of_hit(readings, values[:MAX_ALL_VALUES], claim.is_percent, firsts, with_parts) <= most:
                return True
        if _least_chance(readings, self._sources, claim.is_percent, with_parts) <= SOURCE_CHANCE:
            return True
        known = evidence_values("\n".join(self._bodies))
        if len(known) > MAX_ALL_VALUES:
            return False
        converted = (value * factor for value in known for factor in UNIT_FACTORS)
        return chance_among(readings, converted) <= SOURCE_CHANCE

    def _is_time_between(self, claim: Claim, sentence: str) -> bool:
        """So many days, weeks, months or years between two dates."""
        if not _TIME_WORDS.search(sentence[claim.end : claim.end + 25]):
            return False
        days = self._evidence.days | {day for found in find_dates(sentence) for day in found.days}
        dates = calendar_dates(days, self._evidence.today)[-40:] + ([self._evidence.today] if self._evidence.today else [])
        gaps = {abs((one - other).days) for one in dates for other in dates}
        lengths = {float(gap + spare) for gap in gaps for spare in (0, 1)} | {gap // per * 1.0 for gap in gaps for per in (7, 30, 365)} | {round(gap / 30.44) * 1.0 for gap in gaps}
        lengths |= {gap // 365.25 for gap in gaps} | {float(count) for count, _ in find_spans(sentence) & self._evidence.spans}
        return is_among(claim.readings, sorted(lengths))


def _least_chance(readings: tuple[Reading, ...], sources: list[list[float]], is_percent: bool, with_parts: bool) -> float:
    """The least chance over several sources, raised by their number; 1 where all together would give a number like it by chance."""
    hits = [chance for source in sources if (chance := chance_of_hit(readings, source, is_percent, (), with_parts)) < 1.0]
    if not hits or sum(expected_hits(readings, source, is_percent) for source in sources) > EXPECTED_HITS + min(hits):
        return 1.0
    return min(hits) * max(1, len(sources)) ** 0.5


def _without_dates(text: str) -> str:
    """The text with its dates blanked out: days and years are no amounts."""
    for found in find_dates(text):
        text = text[: found.start] + " " * (found.end - found.start) + text[found.end :]
    return text
