"""The rows of a CSV file or a sheet as text: separator, encoding, preamble and heads found out, with a note on everything that is not as it stands."""

from __future__ import annotations

import collections
import csv
import datetime
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from core.errors import ToolFailed, ToolRetry
from tools.regular_files import open_regular

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SAMPLE = 200  # rows by which separator, preamble and heads are found
_NUMBER = re.compile(r"[-+(]?\s*[€$£]?\s*\d[\d.,' \u00a0]*\)?\s*(?:€|\$|£|EUR|USD|%)?")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?.*|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.*")
_YEAR = re.compile(r"(?:19|20)\d\d")
Rows = Iterator[list[str]]


@dataclass(frozen=True, slots=True)
class Grid:
    """``rows`` are cells as text, empty ones empty, not counting the heads; ``notes`` say what was found out or is odd."""

    heads: tuple[str, ...]
    rows: Rows
    notes: list[str]  # grows while the rows are read


@contextmanager
def grid_of_text(file: Path) -> Iterator[Grid]:
    """The table of a CSV, TSV or text file, open while its rows are read. Raises :class:`ToolError` for what holds no text."""
    encoding, notes = _encoding(file)
    with io.TextIOWrapper(open_regular(file), encoding, errors="replace", newline="") as handle:
        separator, first = _separator(handle, notes)
        handle.seek(0)
        lines = (line.replace("\0", "") for line in handle)
        rows = csv.reader(islice(lines, 1, None) if first else lines, delimiter=separator)
        yield make_grid(_readable(rows, file), notes)


def _readable(rows: Iterable[list[str]], file: Path) -> Rows:
    try:
        yield from rows
    except csv.Error as error:
        raise ToolFailed(f"{file.name} cannot be read as a table: {error}.", code="unreadable", hint="files.read shows it as text.") from error


def _encoding(file: Path) -> tuple[str, list[str]]:
    with open_regular(file) as stream:
        head = stream.read(4_000_000)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16", ["encoding UTF-16"]
    if b"\0" in head[:4096]:
        raise ToolRetry(f"{file.name} is no text, so it cannot be read as a table.", code="unreadable", hint="Tables are .csv, .tsv, .xlsx, .parquet, .json or .jsonl.")
    try:
        head[: head.rfind(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252", ["encoding Windows-1252"]
    return "utf-8-sig", []


def _separator(handle: Any, notes: list[str]) -> tuple[str, bool]:
    """The separator, and whether the first line only names it (``sep=;``, as Excel writes it)."""
    sample = "".join(islice((line[:20_000] for line in handle), SAMPLE))
    if match := re.match(r"\s*\"?sep=(.|\\t)\"?\s*\r?\n", sample, re.I):
        notes.append("the first line names the separator")
        return match[1].replace("\\t", "\t"), True
    best = max(SEPARATORS, key=lambda one: _fit(sample, one))
    if best != ",":
        notes.append(f"separator {SEPARATORS[best]}")
    return best, False


def _fit(sample: str, separator: str) -> tuple[float, int]:
    """How well a separator cuts the rows alike: the share of rows with the most common number of cells, and that number."""
    try:
        sizes = collections.Counter(len(row) for row in csv.reader(io.StringIO(sample), delimiter=separator) if any(row))
    except csv.Error:
        return 0.0, 0
    wide = {size: count for size, count in sizes.items() if size > 1}
    if not wide:
        return 0.0, 0
    size, count = max(wide.items(), key=lambda item: (item[1], item[0]))
    return round(count / sizes.total(), 1), size


def grid_of_sheet(values: Iterable[Iterable[Any]]) -> Grid:
    """The table of a sheet, from its cells' values."""
    rows = ([cell_text(value) for value in row] for row in values)
    return make_grid((_trimmed(row) for row in rows), [])


def cell_text(value: Any) -> str:
    """A cell as it is written in a CSV file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "seconds")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _trimmed(row: list[str]) -> list[str]:
    while row and not row[-1].strip():
        row.pop()
    return row


def make_grid(rows: Rows, notes: list[str]) -> Grid:
    """Heads and rows; lines before the table are left out and said."""
    sample = list(islice(rows, SAMPLE))
    filled = [row for row in sample if any(cell.strip() for cell in row)]
    if not filled:
        return Grid((), iter(()), [*notes, "there are no rows"])
    width = _width(filled)
    start = _start(sample, filled, width)
    left_out = [row for row in sample[:start] if any(cell.strip() for cell in row)]
    if left_out:
        notes.append(f"{len(left_out)} {'line' if len(left_out) == 1 else 'lines'} before the table left out ({' | '.join(filter(None, left_out[0]))[:60]} …)")
    body = chain(sample[start:], rows)
    first = next(body)
    following = [row for row in sample[start + 1 : start + 21] if any(row)]
    if not _is_head(first, following):
        notes.append("there are no heads; columns are numbered")
        body, first = chain([first], body), [""] * len(first)
    wide = max([len(first), *(len(row) for row in following)])
    heads = _named([*first, *[""] * (wide - len(first))], notes)
    return Grid(heads, _squared(body, len(heads), notes), notes)


def _start(sample: list[list[str]], filled: list[list[str]], width: int) -> int:
    """Where the table begins: at the first row that is as wide as most, or fuller than most; or the row above it where that names all columns but the last."""
    (cells, _), *_ = collections.Counter(map(len, filled)).most_common(1)
    widths = [len(_trimmed(list(row))) for row in sample]
    begin = next((number for number, row in enumerate(sample) if widths[number] == width or (widths[number] > width and len(row) == cells)), sample.index(filled[0]))
    above = sample.index(filled[0])
    unnamed_last = begin == above + 1 and width > 2 and len(_trimmed(list(sample[above]))) == width - 1
    return above if unnamed_last and not _names_numbers(sample[begin], sample[begin + 1 : begin + 21]) else begin


def _width(rows: list[list[str]]) -> int:
    """How many cells most rows have."""
    sizes = collections.Counter(len(_trimmed(list(row))) for row in rows)
    wide = {size: count for size, count in sizes.items() if size > 1} or sizes
    return max(wide.items(), key=lambda item: (item[1], item[0]))[0]


def _is_head(first: list[str], following: list[list[str]]) -> bool:
    """Whether the first row names the columns: it holds no numbers or dates, or text over a column of them."""
    if not any(_is_data(cell) for cell in first):
        return True
    return _names_numbers(first, following)


def _names_numbers(first: list[str], following: list[list[str]]) -> bool:
    """Whether a text stands over a column of numbers or dates."""
    return any(cell.strip() and not _NUMBER.fullmatch(cell.strip()) and (below := _column(following, at)) and all(map(_is_data, below)) for at, cell in enumerate(first))


def _column(rows: list[list[str]], at: int) -> list[str]:
    return [row[at] for row in rows if at < len(row) and row[at].strip()]


def _is_data(cell: str) -> bool:
    said = cell.strip()
    return bool(_NUMBER.fullmatch(said) or _DATE.fullmatch(said)) and not _YEAR.fullmatch(said)


def _named(cells: list[str], notes: list[str]) -> tuple[str, ...]:
    """Heads, each once; empty ones are numbered."""
    heads: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = " ".join(cell.split()) or f"column{number}"
        taken = {head.lower() for head in heads}
        fits = name if name.lower() not in taken else next(other for count in range(2, 10_000) if (other := f"{name}_{count}").lower() not in taken)
        if fits != name:
            notes.append(f"a second column {name} is called {fits}")
        heads.append(fits)
    return tuple(heads)


def _squared(rows: Iterable[list[str]], width: int, notes: list[str]) -> Rows:
    """Rows of ``width`` cells, empty rows left out; a note counts those that were not so."""
    short = long = 0
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        short += len(row) < width and len(_trimmed(list(row))) > 0
        long += len(row) > width
        yield [*row[: width - 1], " ".join(filter(None, row[width - 1 :]))] if len(row) > width else [*row, *[""] * (width - len(row))]
    if short:
        notes.append(f"{short} {'row has' if short == 1 else 'rows have'} fewer cells than heads; the missing ones are empty")
    if long:
        notes.append(f"{long} {'row has' if long == 1 else 'rows have'} more cells than heads; the rest is in the last column")
