"""Printing for people and for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False))


def print_table(rows: Iterable[Sequence[Any]], empty: str) -> None:
    """Columns as wide as their longest cell; the last one is not padded."""
    cells = [[str(cell) for cell in row] for row in rows]
    if not cells:
        print(empty)
        return
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    for row in cells:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row[:-1], widths[:-1], strict=True)), row[-1]]).rstrip())


def is_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()
