"""Tools that change a text file by its lines: take lines or items out, put several files together."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable
from typing import Annotated, Literal

from core.errors import ToolRetry
from tools import paths
from tools.builtin.files import _put_text, read_text
from tools.declare import Planned, tool
from tools.selection import select
from tools.workbench import Workbench


@tool("files.remove_lines", "reversible", reads=("path",), writes=("path",), aliases=("delete_lines", "remove_line", "delete_line", "drop_lines"))
def remove_lines(
    bench: Workbench,
    path: str,
    holding: Annotated[str, "remove the lines that hold this text, in any case"] = "",
    first: Annotated[int, "or: from this line, from 1; negative: counted from the end"] = 0,
    last: Annotated[int, "to this line; 0: the same"] = 0,
    empty: Annotated[bool, "or: remove the empty lines"] = False,
    repeated: Annotated[bool, "or: remove lines that stand there already, further up"] = False,
) -> Planned:
    """Remove whole lines from a text file: by number, by what they hold, the empty ones, or those that stand there twice."""
    target = paths.existing(path, bench.workspace).resolve()
    rows = read_text(target).splitlines(keepends=True)
    if holding:
        kept = [row for row in rows if holding.lower() not in row.lower()]
    elif empty:
        kept = [row for row in rows if row.strip()]
    elif repeated:
        kept = [row for row, new in zip(rows, _new(rows), strict=True) if new]
    else:
        start, end = sorted(_index(number, len(rows)) for number in (first, last or first))
        kept = [row for at, row in enumerate(rows) if not start <= at <= end]
    if len(kept) == len(rows):
        raise ToolRetry(f"{bench.shown(target)} has no such line.", code="not_found")
    planned = _put_text(bench, target, "".join(kept), "Edited")
    return Planned(
        planned.changes, {"path": str(target), "removed": len(rows) - len(kept)}, f"Removed {_lines(len(rows) - len(kept))} from {bench.shown(target)}.", planned.preview
    )


@tool("files.sort_lines", "reversible", reads=("path",), writes=("path",), aliases=("sort_file", "sort_lines", "alphabetize", "order_lines"))
def sort_lines(
    bench: Workbench,
    path: str,
    by: Annotated[Literal["text", "number"], "numbers: by the first one in each line"] = "text",
    reverse: Annotated[bool, "from the end of the alphabet, or the highest first"] = False,
    column: Annotated[str, "of a CSV or TSV file: sort its rows by this one"] = "",
) -> Planned:
    """Sort the lines of a text file; a table's first line stays first, empty lines go."""
    target = paths.existing(path, bench.workspace).resolve()
    rows = read_text(target).splitlines()
    head = rows[:1] if target.suffix.lower() in (".csv", ".tsv") else []
    rows = [row for row in rows[len(head) :] if row.strip()]
    if not rows:
        raise ToolRetry(f"{bench.shown(target)} has no lines to sort.", code="not_found")
    rows.sort(key=_of_column(rows, head, column) if column else _first_number if by == "number" else _letters, reverse=reverse)
    planned = _put_text(bench, target, "".join(f"{row}\n" for row in head + rows), "Sorted")
    return Planned(planned.changes, {"path": str(target), "lines": len(rows)}, f"Sorted {_lines(len(rows))} of {bench.shown(target)}.", planned.preview)


def _letters(row: str) -> tuple[str, str]:
    """As a dictionary orders them: case, accents and marks of a list do not count until all else is equal."""
    plain = unicodedata.normalize("NFKD", re.sub(r"^\s*(?:[-*•+]|\[[ xX]?\])*\s*", "", row))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold(), row


def _of_column(rows: list[str], head: list[str], column: str) -> Callable[[str], tuple[float, tuple[str, str]]]:
    """Rows of a table by one column: by its numbers where it has nothing else, else by its words. Raises :class:`ToolRetry`."""
    mark = max(",;\t", key=head[0].count) if head else ","
    names = [name.strip().lower() for name in next(csv.reader(head, delimiter=mark), [])]
    if column.strip().lower() not in names:
        raise ToolRetry(f"There is no column {column}." + (f" There is {', '.join(names)}." if names else " Only CSV and TSV files have columns."), code="not_found")
    at = names.index(column.strip().lower())

    def field(row: str) -> str:
        fields = next(csv.reader([row], delimiter=mark), [])
        return fields[at].strip() if at < len(fields) else ""

    numbers = all(re.fullmatch(r"-?\d+(?:\.\d+)?|", field(row)) for row in rows)
    return lambda row: (float(field(row) or "inf") if numbers else 0.0, _letters(field(row)))


def _first_number(row: str) -> tuple[float, str]:
    found = re.search(r"-?\d+(?:[.,]\d+)?", row)
    return (float(found[0].replace(",", ".")) if found else float("inf")), row


def _new(rows: list[str]) -> list[bool]:
    """For each line whether it is the first of its kind; empty ones always are."""
    seen: set[str] = set()
    return [not (text := row.strip()) or not (text in seen or seen.add(text)) for row in rows]  # type: ignore[func-returns-value]


@tool("files.remove_text", "reversible", reads=("path",), writes=("path",), aliases=("remove_item", "remove_from_file", "delete_text", "cross_off"))
def remove_text(bench: Workbench, path: str, text: Annotated[str, "an item of a list, or words, to take out"]) -> Planned:
    """Take an item or words out of a text file: a line that is nothing else goes whole, an item of a list goes with its comma."""
    target = paths.existing(path, bench.workspace).resolve()
    old = read_text(target)
    rows = [row for row in old.splitlines(keepends=True) if not re.fullmatch(rf"\s*(?:[-*•]|\d+[.)]|\[[ x]?\])*\s*{re.escape(text)}[.,;]?\s*", row, re.I)]
    new = "".join(rows)
    if new == old:
        word = rf"(?<!\w){re.escape(text)}(?!\w)"
        new = re.sub(rf"{word},\s*|,\s*(?:and\s+)?{word}|[ \t]{word}|{word}[ \t]?", "", old, flags=re.I)
    if new == old:
        raise ToolRetry(f"{bench.shown(target)} does not hold {text!r}.", code="not_found")
    planned = _put_text(bench, target, new, "Edited")
    return Planned(planned.changes, {"path": str(target)}, f"Took {text!r} out of {bench.shown(target)}.", planned.preview)


@tool("files.merge", "reversible", reads=("source",), writes=("target",), aliases=("merge_files", "concatenate", "join_files", "combine_files", "cat_files"))
def merge(bench: Workbench, source: Annotated[str | list[str], "text files or patterns, in order"], target: str) -> Planned:
    """Put text files together into one, in order, each starting on a line of its own."""
    goal = paths.target_of(target, bench.workspace)
    sources = [item.resolve() for item in select(source, bench.workspace, only="files") if item.resolve() != goal]
    texts = [read_text(item) for item in sources]
    joined = "".join(text if not text or text.endswith("\n") or number == len(texts) else text + "\n" for number, text in enumerate(texts, 1))
    planned = _put_text(bench, goal, joined, "Wrote" if goal.exists() else "Made")
    return Planned(planned.changes, {"path": str(goal), "count": len(sources)}, f"Put {len(sources)} files together in {bench.shown(goal)}.", planned.preview)


def _index(number: int, count: int) -> int:
    """A line number from 1, or from the end when negative, as an index. Raises :class:`ToolRetry` outside the file."""
    at = count + number if number < 0 else number - 1
    if number == 0 or not 0 <= at < count:
        raise ToolRetry(f"There is no line {number}; the file has {_lines(count)}.", code="not_found")
    return at


def _lines(count: int) -> str:
    return "one line" if count == 1 else f"{count} lines"
