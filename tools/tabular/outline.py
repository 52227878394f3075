"""What a table holds before anything is asked of it: the type of each column, and the values of texts that have only a few."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.errors import ToolError
from tools.tabular.database import BOOKS, Loaded, Table, open_tables, share_of
from tools.tabular.rendering import type_word
from tools.tabular.typing_columns import quoted

ROWS, BOOK_ROWS = 50_000, 10_000  # of a text, and of all sheets of a workbook, that are looked at
LARGEST_BOOK = 3_000_000  # bytes of a workbook that is read again for it
MOST_VALUES, LONGEST = 12, 24  # different values of a column that are named, and letters of one
MOST, MOST_NAME = 900, 40  # letters of the outline of one table, and of the name of a column


def outline_of(file: Path, sheet: str = "") -> str:
    """``columns: day date, status text (paid 124, open 33), amount number``, of a workbook for each sheet with how SQL calls it; empty where it is no table."""
    import duckdb

    is_book = file.suffix.lower() in BOOKS
    if is_book and file.stat().st_size > LARGEST_BOOK:
        return ""
    most = BOOK_ROWS if is_book else ROWS
    try:
        with open_tables([file], sheet, most=most) as loaded:
            rows = share_of(most, len(loaded.tables))
            tables = loaded.tables[:1] if sheet else loaded.tables
            return "; ".join(f"{_called(table)}{_shortened(_columns_of(loaded, table))}{_sampled(table, rows)}" for table in tables if table.rows)
    except (ToolError, duckdb.Error, OSError):
        return ""


def _called(table: Table) -> str:
    return f"sheet {table.sheet} (in SQL {' or '.join((table.name, *table.aliases[-1:]))}): " if table.sheet else "columns: "


def _sampled(table: Table, rows: int) -> str:
    return f" (by the first {rows:,} rows)" if table.rows >= rows else ""


def _columns_of(loaded: Loaded, table: Table) -> list[str]:
    return [f"{name[:MOST_NAME]} {type_word(kind)}{_values(loaded, table, name) if kind in ('VARCHAR', 'BOOLEAN') else ''}" for name, kind in table.columns]


def _values(loaded: Loaded, table: Table, column: str) -> str:
    """The values with how often each occurs, most often first; empty where they are many, long, or each there only once."""
    found = loaded.database.execute(f"SELECT {quoted(column)}::VARCHAR AS v, count(*) FROM {quoted(table.name)} GROUP BY v ORDER BY 2 DESC, 1 LIMIT {MOST_VALUES + 2}").fetchall()
    named = [(value, count) for value, count in found if value is not None]
    empty = [f"empty {count}" for value, count in found if value is None]
    is_short = 0 < len(named) <= MOST_VALUES and named[0][1] > 1 and max(len(value) for value, _ in named) <= LONGEST
    return f" ({', '.join([*(f'{_value(value)} {count}' for value, count in named), *empty])})" if is_short else ""


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
