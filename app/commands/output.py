"""Printing for people and for programs."""

from __future__ import annotations

import argparse
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


def tell(arguments: argparse.Namespace, value: Any, text: str) -> int:
    """``value`` as JSON when that is asked for, else ``text``; the exit code of success."""
    print_json(value) if arguments.json else print(text)
    return 0


def tell_table(arguments: argparse.Namespace, value: Any, rows: Iterable[Sequence[Any]], empty: str) -> int:
    """``value`` as JSON when that is asked for, else ``rows`` as a table; the exit code of success."""
    print_json(value) if arguments.json else print_table(rows, empty)
    return 0


def agrees(question: str, usual: bool) -> bool:
    """Ask yes or no until it is one of them; Enter and the end of input are ``usual`` and no. What else is said is no answer."""
    while True:
        try:
            said = input(f"{question} [{'Y/n' if usual else 'y/N'}] ").strip().lower()
        except EOFError:
            return False
        if said in ("", "y", "yes", "n", "no"):
            return usual if not said else said.startswith("y")
        print("Please answer y or n.")


def is_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()
