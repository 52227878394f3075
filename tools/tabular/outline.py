"""What a table holds before anything is asked of it: each column with its type, its least and greatest number or day, and the values of texts that have only a few."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.errors import ToolError
from tools.sandbox.box import in_box
from tools.tabular.database import BOOKS, Loaded, Table, open_tables, share_of
from tools.tabular.rendering import CENTS, count_rows, number_text, plain, type_word
from tools.tabular.typing_columns import quoted

SECONDS = 20.0  # that looking may take; without an outline a table is read all the same
ROWS, BOOK_ROWS = 50_000, 10_000  # of a text, and of all sheets of a workbook, that are looked at
LARGEST_BOOK = 3_000_000  # bytes of a workbook that is read again for it
MOST_VALUES, LONGEST = 12, 24  # different values of a column that are named, and letters of one
_FEW = ("VARCHAR", "BOOLEAN")
_ORDERED = ("BIGINT", "INTEGER", "HUGEINT", "DOUBLE", "DATE", "TIMESTAMP")
MOST, MOST_NAME = 900, 40  # letters of the outline of one table, and of the name of a column


def outline_of(file: Path, sheet: str = "") -> str:
    """As :func:`outline`, read in a box."""
    try:
        return str(in_box(outline, str(file), sheet, ROWS, BOOK_ROWS, files=[file], seconds=SECONDS))
    except (ToolError, OSError):
        return ""


def outline(name: str, sheet: str, text_rows: int, book_rows: int) -> str:
    """``columns: day (date 2026-01-03 to 2026-03-31), status (text: paid 124, open 33)``; of a workbook a line for each sheet, with how SQL calls it; empty where it is no table."""
    import duckdb

    file = Path(name)
    is_book = file.suffix.lower() in BOOKS
    if is_book and file.stat().st_size > LARGEST_BOOK:
        return ""
    most = book_rows if is_book else text_rows
    try:
        with open_tables([file], sheet, most=most) as loaded:
            rows = share_of(most, len(loaded.tables))
            tables = loaded.tables[:1] if sheet else loaded.tables
            return "\n".join(f"{_called(table)}{describe_columns(loaded, table)}{_sampled(table, rows)}" for table in tables if table.rows)
    except (ToolError, duckdb.Error, OSError):
        return ""


def _called(table: Table) -> str:
    return f"sheet {table.sheet}, in SQL {table.called}: {count_rows(table.rows)} below the header; columns: " if table.sheet else "columns: "


def _sampled(table: Table, rows: int) -> str:
    return f" (by the first {rows:,} rows)" if table.rows >= rows else ""


def describe_columns(loaded: Loaded, table: Table) -> str:
    """All columns with their types, and with what is in them; as many as there is room for."""
    ranges = _ranges(loaded, table)
    return _shortened([f"{name[:MOST_NAME]} ({type_word(kind)}{_values(loaded, table, name) if kind in _FEW else ranges.get(name, '')})" for name, kind in table.columns])


def _ranges(loaded: Loaded, table: Table) -> dict[str, str]:
    """Of each column of numbers, days or moments the least and the greatest value, and how many are empty."""
    names = [name for name, kind in table.columns if kind in _ORDERED or kind.startswith("DECIMAL")]
    if not names:
        return {}
    asked = ", ".join(f"min({quoted(name)}), max({quoted(name)}), count(*) - count({quoted(name)})" for name in names)
    found = loaded.database.execute(f"SELECT {asked} FROM {quoted(table.name)}").fetchone()
    return {name: _range(found[3 * at : 3 * at + 3], CENTS * (name in table.amounts) or -1) for at, name in enumerate(names)}


def _range(found: tuple[Any, Any, int], decimals: int) -> str:
    least, greatest, empty = found
    if least is None:
        return ", all empty"
    low, high = (number_text(value, decimals) if isinstance(value, float) else str(value) for value in map(plain, (least, greatest)))
    return (f" {low} to {high}" if low != high else f", all {low}") + (f", {empty} empty" if empty else "")


def _values(loaded: Loaded, table: Table, column: str) -> str:
    """The values with how often each occurs, most often first; empty where they are many, long, or each there only once."""
    found = loaded.database.execute(f"SELECT {quoted(column)}::VARCHAR AS v, count(*) FROM {quoted(table.name)} GROUP BY v ORDER BY 2 DESC, 1 LIMIT {MOST_VALUES + 2}").fetchall()
    named = [(value, count) for value, count in found if value is not None]
    empty = [f"empty {count}" for value, count in found if value is None]
    is_short = 0 < len(named) <= MOST_VALUES and named[0][1] > 1 and max(len(value) for value, _ in named) <= LONGEST
    return f": {', '.join([*(f'{_value(value)} {count}' for value, count in named), *empty])}" if is_short else ""


def _value(value: Any) -> str:
    """A value as such; in quotes where its end would not be seen."""
    return f'"{value}"' if not value or value[-1].isdigit() or set(value) & set(",;()") else value


def _shortened(columns: list[str]) -> str:
    """As many columns as there is room for, with how many are left out."""
    shown, letters = [], 0
    for column in columns:
        letters += len(column) + 2
        if letters > MOST:
            break
        shown.append(column)
    left = len(columns) - len(shown)
    return ", ".join(shown) + (f" and {left} more; tables.describe(path) names all" if left else "")
