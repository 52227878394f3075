"""Tables in results and answers: rows of cells from CSV, Markdown and JSON, and what one step makes of their columns."""

from __future__ import annotations

import csv
import re
import statistics
from collections.abc import Iterator
from typing import Any

from core.turn.answer.dates import find_dates
from core.turn.answer.lexicon import MONTHS
from core.turn.answer.numbers import find_numbers, read_number

Rows = list[list[str]]
MAX_ROWS = 5000
_RULE = re.compile(r"^[\s|:+-]+$")
_WORD = re.compile(r"[^\W\d_]{3,}|\b(?:19|20)\d\d\b")
_FIELD = re.compile(r"^ {0,4}(- )?([A-Za-z_][\w ]{0,30}): +(\S.*)$")


def find_tables(text: str) -> list[Rows]:
    """Blocks of at least two lines that hold as many cells each: by bars, tabs, semicolons or commas."""
    tables: list[Rows] = []
    rows: Rows = []
    for line in text.splitlines():
        cells = [] if _RULE.match(line) and rows else _cells(line)
        if rows and (len(cells) < 2 or abs(len(cells) - len(rows[-1])) > 1) and not (_RULE.match(line) and line.strip()):
            tables, rows = ([*tables, rows] if len(rows) > 1 else tables), []
        if len(cells) > 1 and len(rows) < MAX_ROWS:
            rows.append(cells)
    return [*tables, *([rows] if len(rows) > 1 else []), *_records(text)]


def _records(text: str) -> list[Rows]:
    """Blocks of ``name: value`` lines, each begun by a dash or an empty line, as one table; none where there are fewer than two."""
    blocks: list[dict[str, str]] = [{}]
    for line in text.splitlines():
        match = _FIELD.match(line)
        if not line.strip() or (match and match[1]) or (match and match[2] in blocks[-1]):
            blocks += [{}] if blocks[-1] else []
        if match:
            blocks[-1][match[2]] = match[3].strip(" '\"")
    full = [block for block in blocks if len(block) > 1][:MAX_ROWS]
    names = list(dict.fromkeys(name for block in full for name in block))
    return [[names, *([block.get(name, "") for name in names] for block in full)]] if len(full) > 1 and len(names) <= 40 else []


def _cells(line: str) -> list[str]:
    stripped = line.strip()
    if "|" in stripped:
        return [cell.strip(" *`") for cell in stripped.strip("|").split("|")]
    for mark in ("\t", ";"):
        if mark in stripped:
            return [cell.strip() for cell in stripped.split(mark)]
    if stripped.count(",") and not stripped.endswith((".", ":")):
        return [cell.strip() for cell in next(csv.reader([stripped], skipinitialspace=True), [])]
    return [cell.strip() for cell in re.split(r" {2,}", stripped)]


def json_tables(value: Any) -> Iterator[Rows]:
    """Lists of objects or of lists anywhere in a JSON value, as rows."""
    if isinstance(value, dict):
        for part in value.values():
            yield from json_tables(part)
    elif isinstance(value, list) and value:
        if all(isinstance(row, dict) for row in value):
            names = list(dict.fromkeys(name for row in value[:MAX_ROWS] for name in row))
            yield [names, *([str(row.get(name, "")) for name in names] for row in value[:MAX_ROWS])]
        elif all(isinstance(row, list) for row in value):
            yield [[str(cell) for cell in row] for row in value[:MAX_ROWS]]
        for part in value[:MAX_ROWS]:
            yield from json_tables(part) if isinstance(part, dict) else ()


def cell_value(cell: str) -> float | None:
    """The number that a cell holds and nothing else but a unit; a dot or comma before three digits is read as it makes the larger number."""
    bare = cell.strip(" *€$£%")
    if re.fullmatch(r"-?\d+(?:\.\d+)?", bare):
        return float(bare)
    numbers = list(find_numbers(bare))
    if len(numbers) != 1 or len(re.sub(r"[\W\d_]", "", bare)) > 4 or any(True for _ in find_dates(bare)):
        return None
    value = max(value for value, _ in read_number(bare[numbers[0].start : numbers[0].end].strip("%kKM ")) or [(0.0, 0)])
    return -value if re.match(r"^[\s€$£(]*[-−]", bare) else value


def columns(rows: Rows) -> dict[int, list[tuple[int, float]]]:
    """For each column that holds numbers: the row and the number."""
    found: dict[int, list[tuple[int, float]]] = {}
    for index, row in enumerate(rows):
        for place, cell in enumerate(row):
            if (value := cell_value(cell)) is not None:
                found.setdefault(place, []).append((index, value))
    return found


def list_aggregates(values: list[float]) -> set[float]:
    """Sum, mean, least, most, median and count of some numbers, and their sum without signs."""
    if not values:
        return set()
    return {sum(values), sum(values) / len(values), min(values), max(values), statistics.median(values), float(len(values)), sum(map(abs, values)), max(values) - min(values)}


def content_words(text: str) -> set[str]:
    """Words of at least three letters, for matching rows; a month's name also as it stands in dates (``-04-``)."""
    words = {match[0].casefold() for match in _WORD.finditer(text)}
    return words | {f"-{MONTHS[word]:02}-" for word in words if word in MONTHS and len(word) > 3}
