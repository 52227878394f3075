"""Text files, whole where they are small, a part of them where they are not: nothing here reads more than :data:`WHOLE` bytes into memory."""

from __future__ import annotations

import csv
import io
import itertools
from pathlib import Path
from typing import IO

from tools.documents import hidden
from tools.documents.content import Content, counted, lines_of
from tools.documents.encodings import PROBE, decode, encoding_of
from tools.regular_files import open_regular, read_regular

WHOLE = 8_000_000  # bytes up to which a file is read at once
TAIL = 1_000_000  # bytes from the end that are looked at for its last lines
LONGEST = 1_000_000  # letters taken of one line


def read_plain(path: Path, start: int, lines: int, letters: int) -> Content | None:
    """Lines ``start`` to ``start + lines`` of a text, at most about ``letters``; None for what is no text. A negative ``start`` counts from the end.

    A file of up to :data:`WHOLE` bytes comes whole, and the caller cuts it.
    """
    if path.stat().st_size > WHOLE:
        return _tail(path, letters) if start < 0 else _part(path, start, lines, letters)
    decoded = decode(read_regular(path))
    if decoded is None:
        return None
    text = decoded.text
    table = _table_of(path, text)
    return Content("table" if table else "text", text, hidden.mark_text(text), table.get("about", ""), encoding=decoded.encoding, data=table.get("data", {}))


def _part(path: Path, start: int, lines: int, letters: int) -> Content | None:
    with open_regular(path) as raw:
        encoding = encoding_of(raw.read(PROBE))
        if not encoding:
            return None
        raw.seek(0)
        wide = encoding.startswith(("utf-16", "utf-32"))
        if not wide:
            _pass_lines(raw, start - 1)
        text = io.TextIOWrapper(raw, encoding.removesuffix("-sig"), errors="replace", newline="")
        for _ in range(start - 1 if wide else 0):
            if not _skip_line(text):
                break
        rows, taken = [], 0
        for row in itertools.islice(iter(lambda: text.readline(LONGEST), ""), lines):
            rows.append(row)
            taken += len(row)
            if taken >= letters:
                break
    found = "".join(rows)
    return Content("text", found, hidden.mark_text(found), notes=("it is large, so its lines were not counted",), whole=False, first=max(1, start), encoding=encoding)


def _pass_lines(raw: IO[bytes], number: int) -> None:
    """Go to the beginning of line ``number`` + 1, a block at a time."""
    while number > 0:
        block = raw.read(1 << 20)
        if not block:
            return
        held = block.count(b"\n")
        if held >= number:
            at = -1
            for _ in range(number):
                at = block.index(b"\n", at + 1)
            raw.seek(at + 1 - len(block), 1)
        number -= held


def _skip_line(text: IO[str]) -> bool:
    row = text.readline(LONGEST)
    while row and not row.endswith(("\n", "\r")):
        row = text.readline(LONGEST)
    return bool(row)


def _tail(path: Path, letters: int) -> Content | None:
    with open_regular(path) as raw:
        encoding = encoding_of(raw.read(PROBE))
        if not encoding:
            return None
        raw.seek(max(0, path.stat().st_size - TAIL) // 4 * 4)
        found = raw.read().decode(encoding.removesuffix("-sig"), "replace")
    whole_lines = "".join(lines_of(found)[1:])
    return Content(
        "text", whole_lines, hidden.mark_text(whole_lines), notes=("it is large: only its end was read, its lines were not counted",), whole=False, first=0, encoding=encoding
    )


def _table_of(path: Path, text: str) -> dict:  # type: ignore[type-arg]
    if path.suffix.lower() not in (".csv", ".tsv") or not text.strip():
        return {}
    rows = rows_of(text)
    return {
        "about": f"CSV, {counted(len(rows) - 1, 'row')} below the header, {counted(len(rows[0]), 'column')}",
        "data": {"columns": rows[0], "rows": rows[1:2001], "count": len(rows) - 1},
    }


def rows_of(text: str) -> list[list[str]]:
    """The rows of a CSV text, in the dialect it seems to be in; quoted fields may hold line ends."""
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:4000], ",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), dialect) if row] or [[]]
    except csv.Error:  # a field beyond its limit, or a stray zero: the lines are rows then
        return [[line.rstrip("\r\n")] for line in lines_of(text)] or [[]]
