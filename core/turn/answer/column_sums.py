"""What one step makes of a table or of lines: sums, means and counts of columns, over all rows and over those that a request may mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property

from core.turn.answer.numbers import find_numbers
from core.turn.answer.tables import Rows, columns, list_aggregates

MAX_WORDS = 8  # of a request that choose rows
MAX_KEYS = 60  # different cells of a column that rows are grouped by
MAX_CROSSED_ROWS = 600  # larger tables are not grouped by three things at once
MAX_LINES = 2000
_ISO = re.compile(r"(?:19|20)\d\d-[01]\d-[0-3]\d")
_LABEL = re.compile(r"[^\W\d_]{3,}")
Group = frozenset[int]


class TableSums:
    """The sums of one table; each set of words is worked out once."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._known: dict[frozenset[str], tuple[set[float], set[float]]] = {}

    @cached_property
    def _lowered(self) -> list[str]:
        return [" ".join(row).casefold() for row in self._rows]

    @cached_property
    def _columns(self) -> list[dict[int, float]]:
        return [dict(column) for column in columns(self._rows).values()]

    @cached_property
    def _alike(self) -> list[tuple[Group, bool]]:
        """Rows that share a cell or the month of a date, and whether the column has few different cells."""
        found: list[tuple[Group, bool]] = []
        for place in range(max(map(len, self._rows), default=0)):
            held: dict[str, set[int]] = {}
            for index, row in enumerate(self._rows):
                held.setdefault(_month_of(row[place]) if place < len(row) else "", set()).add(index)
            if 1 < len(held) < len(self._rows) - 1 and len(held) <= MAX_KEYS:
                found += [(frozenset(group), len(held) <= 6) for group in held.values()]
        return found

    @cached_property
    def _fixed(self) -> set[float]:
        """What no words are needed for: different cells of each column, and sums of products of two columns."""
        distinct = {float(len(set(cells)) - spare) for cells in zip(*self._rows, strict=False) for spare in (0, 1)}
        pairs = [(one, other) for place, one in enumerate(self._columns) for other in self._columns[place + 1 :]]
        return distinct | {sum(value * other.get(index, 0.0) for index, value in one.items()) for one, other in pairs}

    def results(self, words: Iterable[str]) -> set[float]:
        """Sums, means, extremes and counts over all rows, rows that are alike, and rows with or without ``words``."""
        return self._of(words)[0]

    def shares(self, words: Iterable[str]) -> set[float]:
        """What part such rows are of a column's sum, and of all rows, in percent."""
        return self._of(words)[1]

    def totals(self, words: Iterable[str]) -> set[float]:
        """Sums of the columns, and of products of two columns, over all rows and over those with any or all of ``words``."""
        bearing = [frozenset(index for index, row in enumerate(self._lowered) if word in row) for word in sorted(set(words), key=lambda word: (-len(word), word))[:MAX_WORDS]]
        bearing = [group for group in bearing if group]
        groups = {frozenset(range(len(self._rows))), *bearing, *(one | other for one in bearing for other in bearing), *(one & other for one in bearing for other in bearing)} - {
            frozenset()
        }
        sums = {sum(value for index, value in column.items() if index in group) for column in self._columns for group in groups}
        pairs = [(one, other) for place, one in enumerate(self._columns) for other in self._columns[place + 1 :]]
        return sums | {sum(value * other.get(index, 0.0) for index, value in one.items()) for one, other in pairs}

    def _of(self, words: Iterable[str]) -> tuple[set[float], set[float]]:
        chosen = frozenset(sorted((word for word in words if any(word in row for row in self._lowered)), key=lambda word: (-len(word), word))[:MAX_WORDS])
        if chosen not in self._known:
            self._known[chosen] = self._work_out(self._groups(chosen))
        return self._known[chosen]

    def _groups(self, words: frozenset[str]) -> set[Group]:
        whole = frozenset(range(len(self._rows)))
        bearing = [frozenset(index for index, row in enumerate(self._lowered) if word in row) for word in words]
        either = [group for held in bearing if len(held) < len(whole) for group in (held, whole - held)]
        pairs = {one & other for one in either for other in either}
        crossed = {one & other for one, is_few in self._alike if is_few for other in either}
        threes = {pair & other for pair in pairs for other in either} if len(self._rows) <= MAX_CROSSED_ROWS else set()
        return {whole, *either, *pairs, *crossed, *threes, *(group for group, _ in self._alike)} - {frozenset()}

    def _work_out(self, held: set[Group]) -> tuple[set[float], set[float]]:
        values = self._fixed | {float(len(group)) for group in held}
        parts = {100 * len(group) / max(1, len(self._rows) - spare) for group in held for spare in (0, 1)}
        for column in self._columns:
            total = sum(column.values())
            for group in held:
                chosen = [column[index] for index in group if index in column]
                values |= list_aggregates(chosen)
                parts |= {100 * sum(chosen) / total} if total else set()
        return values, parts


class LineSums:
    """The same for plain texts: of the last number of each line."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = [text.casefold() for text in texts]

    @cached_property
    def _lines(self) -> list[tuple[int, str, float]]:
        lines = [(index, line) for index, text in enumerate(self._texts) for line in text.splitlines()][-MAX_LINES:]
        return [(index, line, values[-1]) for index, line in lines if (values := [number.readings[0][0] for number in find_numbers(line)])]

    @cached_property
    def _labels(self) -> dict[str, list[tuple[int, float]]]:
        """The numbers of lines that begin with the same word, with the text that they stand in; of the most frequent such words."""
        found: dict[str, list[tuple[int, float]]] = {}
        for index, line, value in self._lines:
            if label := _LABEL.search(line):
                found.setdefault(label[0], []).append((index, value))
        frequent = Counter({label: len(values) for label, values in found.items() if len(values) > 1}).most_common(12)
        return {label: found[label] for label, _ in frequent}

    def results(self, words: Iterable[str]) -> set[float]:
        """Sums, means and counts of lines that hold a word, and of lines with the same label in the texts that hold one."""
        found: set[float] = set()
        for word in sorted(words, key=lambda word: (-len(word), word))[: 2 * MAX_WORDS]:
            found |= list_aggregates([value for _, line, value in self._lines if word in line])
            bearing = {index for index, text in enumerate(self._texts) if word in text}
            if len(bearing) > 1:
                for lines in self._labels.values():
                    found |= list_aggregates([value for index, value in lines if index in bearing])
        return found

    def totals(self, words: Iterable[str]) -> set[float]:
        """Sums over the lines that hold a word, and over lines with the same label."""
        held = [[value for _, line, value in self._lines if word in line] for word in sorted(words, key=lambda word: (-len(word), word))[: 2 * MAX_WORDS]]
        return {sum(values) for values in (*held, *([value for _, value in lines] for lines in self._labels.values())) if len(values) > 1}


def _month_of(cell: str) -> str:
    return cell[:7] if _ISO.match(cell) else cell
