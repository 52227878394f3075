"""Whether a number follows from others in one simple step, and how likely that would be by chance."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from core.turn.answer.numbers import Reading, find_numbers, tolerance

_CONSTANTS = (2.0, 12.0, 52.0, 60.0, 100.0, 1000.0)  # halves, months, weeks, minutes, units
_WINDOW = 0.3  # chance is estimated from how many results lie this near, as a part of the number
MAX_READINGS = 64
_OPERATOR = re.compile(r"(?:\s|[*_`$€£(),]|\\[,;!]|[^\W\d_]|%|\\)*?([+\-−–×x·*÷/:=≈]|\\times|\\cdot|\\div)(?:\s|[*_`$€£(),]|\\[,;!]|[^\W\d_]|~|\\)*")


def chance_of_hit(readings: Sequence[Reading], operands: Sequence[float], is_percent: bool = False, firsts: Sequence[float] = (), with_parts: bool = True) -> float:
    """0 to 1: how likely a number like this would follow from two operands by chance; 1 where it does not follow at all.

    ``firsts``: one of the two has to be of these. ``with_parts``: one may be a percentage of the other, or more by it.
    """
    pool = sorted({value for value in operands if value})
    best = 1.0
    for value, decimals in readings:
        near = tolerance(decimals, value)
        if value and any(_count_results(value, near, pool, is_percent, firsts, with_parts)):
            wide = max(_WINDOW * value, near)
            best = min(best, sum(_count_results(value, wide, pool, is_percent, firsts, with_parts)) * near / wide)
    return best


def expected_hits(readings: Sequence[Reading], operands: Sequence[float], is_percent: bool = False) -> float:
    """How many results of two operands lie as near to some number like this, on average."""
    value, decimals = readings[0]
    near = tolerance(decimals, value)
    wide = max(_WINDOW * value, near)
    return sum(_count_results(value, wide, sorted({one for one in operands if one}), is_percent, ())) * near / wide


def _count_results(value: float, near: float, pool: Sequence[float], is_percent: bool, firsts: Sequence[float], with_parts: bool = True) -> Iterator[int]:
    """How many pairs give a number within ``near`` of ``value``, operation by operation."""
    low, high = max(value - near, 1e-12), value + near
    for one in firsts or pool:
        if firsts:  # the other way round too
            yield _count(pool, low - one, high - one) + _count(pool, low + one, high + one) + _count(pool, low * one, high * one) + _count(pool, low / one, min(high / one, one))
            if is_percent:
                yield _count(pool, one * (1 + low / 100), one * (1 + high / 100)) + _count(pool, one * (1 - min(high, 100) / 100), one * (1 - min(low, 100) / 100))
        yield _count(pool, low - one, high - one) if not firsts and one <= high / 2 + near else 0  # sum, each pair once
        yield _count(pool, one - high, one - low)  # difference
        if one not in (1.0, value):
            yield _count(pool, max(low / one, one), high / one) + _count(_CONSTANTS, low / one, high / one)  # product
            yield _count(pool, one / high, one / low) - (one / high <= 1.0 <= one / low and 1.0 in pool) + _count(_CONSTANTS, one / high, one / low)  # quotient
            yield _count(pool, 100 * low / one, 100 * high / one) if with_parts else 0  # so many percent of it
        if is_percent:
            yield _count(pool, 100 * one / high, 100 * one / low) + _count((100.0,), low + one, high + one)
            yield _count(pool, one / (1 + high / 100), one / (1 + low / 100)) + (_count(pool, one / (1 - low / 100), one / (1 - high / 100)) if high < 100 else 0)
        elif with_parts:
            yield _count(pool, 100 * low / (100 + one), 100 * high / (100 + one)) + (_count(pool, 100 * low / (100 - one), 100 * high / (100 - one)) if one < 100 else 0)


def _count(pool: Sequence[float], low: float, high: float) -> int:
    return max(0, bisect_right(pool, high) - bisect_left(pool, low))


def chance_among(readings: Sequence[Reading], results: Iterable[float]) -> float:
    """The same for results that are worked out already (sums of columns and the like)."""
    pool = sorted({abs(value) for value in results})
    best = 1.0
    for value, decimals in readings:
        near = tolerance(decimals, value)
        if _count(pool, value - near, value + near):
            wide = max(_WINDOW * value, near)
            best = min(best, _count(pool, value - wide, value + wide) * near / wide)
    return best


def is_among(readings: Iterable[Reading], values: Sequence[float]) -> bool:
    """Whether a number stands among sorted values, itself or rounded."""
    return any(_count(values, value - tolerance(decimals, value), value + tolerance(decimals, value)) for value, decimals in readings)


def equation_results(text: str) -> list[tuple[int, int]]:
    """Spans of numbers that a calculation in the text gives rightly: of "3 × 12.50 = 37.50" that of 37.50."""
    numbers = list(find_numbers(text))
    found: list[tuple[int, int]] = []
    for place in range(len(numbers) - 2):
        terms, at = [numbers[place]], place
        marks: list[str] = []
        while at + 1 < len(numbers) and (match := _OPERATOR.fullmatch(text, numbers[at].end, numbers[at + 1].start)):
            if match[1] in "=≈" and marks:
                if _gives([term.readings for term in terms], marks, numbers[at + 1].readings):
                    found.append((numbers[at + 1].start, numbers[at + 1].end))
                break
            terms, marks, at = [*terms, numbers[at + 1]], [*marks, match[1]], at + 1
    return found


def _gives(terms: list[tuple[Reading, ...]], marks: list[str], wanted: tuple[Reading, ...]) -> bool:
    """Whether the terms joined by the marks, products first, give the number, in one of their readings."""
    for readings in islice(itertools.product(*terms), MAX_READINGS):
        result = abs(_evaluate([value for value, _ in readings], marks))
        if any(abs(result - value) <= 2 * tolerance(decimals, value) for value, decimals in wanted):
            return True
    return False


def _evaluate(values: list[float], marks: list[str]) -> float:
    products = [values[0]]
    for mark, value in zip(marks, values[1:], strict=True):
        if mark in ("×", "x", "·", "*", "\\times", "\\cdot"):
            products[-1] *= value
        elif mark in ("÷", "/", ":", "\\div"):
            products[-1] = products[-1] / value if value else 0.0
        else:
            products.append(value if mark == "+" else -value)
    return sum(products)
