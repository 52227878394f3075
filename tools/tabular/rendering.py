"""Rows as a person reads them: numbers as floats can carry them, long cells cut, with what was left out."""

from __future__ import annotations

import decimal
import re
from collections.abc import Sequence
from typing import Any

CENTS = 2  # decimals of amounts
DIGITS = 12  # of a number with a fraction; what is behind them is noise of the arithmetic
MOST_DECIMALS = 4  # shown alike in a whole column
OF_MANY, SMALL = 6, 0.01  # decimals where there are more, as of a mean, and numbers that need all of theirs
MOST_CELL, MOST_TEXT = 300, 24_000  # letters
_SHORT = {
    "VARCHAR": "text",
    "BIGINT": "whole number",
    "INTEGER": "whole number",
    "HUGEINT": "whole number",
    "DOUBLE": "number",
    "DATE": "date",
    "TIMESTAMP": "date and time",
    "BOOLEAN": "true/false",
}


def tidy(value: float) -> float | int:
    """A number without the noise of binary fractions: ``2031.1000000000004`` is 2031.1."""
    return float(f"{value:.{DIGITS}g}")


def plain(value: Any) -> Any:
    """A value of DuckDB's as JSON has it."""
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, float):
        return tidy(value) if value == value and abs(value) != float("inf") else None
    if isinstance(value, str | int) or value is None:
        return value
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def number_text(value: float | int, decimals: int = -1) -> str:
    """A number in words of digits; ``decimals`` from 0 on are shown as many."""
    if isinstance(value, int):
        return str(value)
    if decimals >= 0:
        return f"{value:.{decimals}f}"
    shown = f"{value:.{DIGITS}g}"
    return f"{value:.0f}" if "e" in shown and abs(value) < 1e15 and value == int(value) else shown


def _decimals(values: Sequence[Any]) -> int:
    """How many decimals a column is shown with; -1 where it has very small or large numbers, or none with a fraction."""
    numbers = [value for value in values if isinstance(value, float)]
    texts = [number_text(value) for value in numbers]
    if not texts or any("e" in text for text in texts):
        return -1
    most = max(len(text.partition(".")[2]) for text in texts)
    if most <= MOST_DECIMALS:
        return most
    return min(most, OF_MANY) if all(abs(value) >= SMALL or not value for value in numbers) else -1


def show_rows(names: Sequence[str], rows: Sequence[Sequence[Any]], least: Sequence[int] = ()) -> str:
    """A table in Markdown, as many rows as the text may have. ``least`` is how many decimals each column is shown with at least, so that 12.6 of 12.60 is 12.60."""
    decimals = [_at_least(_decimals([row[at] for row in rows]), least[at] if least else 0) for at in range(len(names))]
    lines = [" | ".join(names), " | ".join("---" for _ in names)]
    room = MOST_TEXT
    for number, row in enumerate(rows):
        line = " | ".join(_cell(value, decimals[at]) for at, value in enumerate(row))
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*lines, f"… {len(rows) - number} more rows were left out here; ask for fewer columns or rows."])
        lines.append(line)
    return "\n".join(lines)


def _at_least(decimals: int, least: int) -> int:
    return max(decimals, least) if decimals >= 0 else decimals


def _cell(value: Any, decimals: int) -> str:
    if value is None:
        return ""
    text = number_text(value, decimals) if isinstance(value, float) else str(value)
    text = text.replace("\r\n", " ⏎ ").replace("\n", " ⏎ ")
    return text if len(text) <= MOST_CELL else f"{text[:MOST_CELL]}… ({len(text)} letters)"


def type_word(kind: str) -> str:
    """A type of DuckDB's in plain words."""
    return "number" if kind.startswith("DECIMAL") else _SHORT.get(kind, kind)


def show_columns(columns: Sequence[tuple[str, str]], most: int = 60) -> str:
    """Columns with their types: ``Datum (date), Betrag (number)``."""
    shown = ", ".join(f"{name} ({type_word(kind)})" for name, kind in columns[:most])
    return shown + (f", and {len(columns) - most} more" if len(columns) > most else "")


def show_readings(readings: Sequence[tuple[str, str]]) -> list[str]:
    """How columns were read, those that were read alike together: ``Betrag, Saldo: numbers with a decimal comma``."""
    columns: dict[str, list[str]] = {}
    for column, reading in readings:
        columns.setdefault(reading, []).append(column)
    return [f"{', '.join(names)}: {reading}" for reading, names in columns.items()]


def least_decimals(columns: Sequence[tuple[str, str]], amounts: int) -> list[int]:
    """Decimals of each column of a result at least: those of its type where that says so, else ``amounts``."""
    scales = [re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", kind) for _, kind in columns]
    return [int(scale[1]) if scale else amounts for scale in scales]


def count_rows(count: int) -> str:
    """``1 row``, ``1,204 rows``."""
    return f"{count:,} row" + ("" if count == 1 else "s")
