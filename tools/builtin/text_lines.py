"""Tools that change a text file by its lines: take lines or items out, put several files together."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable
from typing import Annotated, Literal

from core.errors import ToolRetry
from tools import paths
from tools.declare import Planned, tool
from tools.documents.content import counted, lines_of
from tools.documents.reader import read_any
from tools.files.names import choose
from tools.files.wording import listed
from tools.files.writing import MAX_TEXT, Written, load_named, plan_text
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
    """Remove whole lines from a text file: by number, by what they hold, the empty ones, or those that stand there twice. The result says which lines went and what the file has now."""
    target, before = load_named(path, bench)
    rows = lines_of(before.text)
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
        raise ToolRetry(
            f"{bench.shown(target)} has no such line in its {counted(len(rows), 'line')}.",
            code="not_found",
            hint="files.read shows its lines; say holding, first, empty or repeated.",
        )
    written = plan_text(bench, target, "".join(kept), before)
    gone = len(rows) - len(kept)
    return _planned(written, {"removed": gone}, f"Removed {_lines(gone)} from {bench.shown(target)}{_first_of(rows, kept)}")


def _planned(written: Written, value: dict[str, object], said: str) -> Planned:
    """The change, with what the file has after it."""
    return Planned(written.changes, {**written.value, **value}, f"{said}: it has {written.about} now.{written.remark}", written.preview)


def _first_of(rows: list[str], kept: list[str]) -> str:
    """The first lines that went, so that a wrong one is noticed."""
    left = iter([*kept, None])
    at, gone = next(left), []
    for row in rows:
        if row == at:
            at = next(left)
        else:
            gone.append(row.strip())
    shown = ", ".join(repr(row[:60]) for row in gone[:3] if row)
    return f" ({shown}{', …' if len(gone) > 3 else ''})" if shown else ""


@tool("files.sort_lines", "reversible", reads=("path",), writes=("path",), aliases=("sort_file", "sort_lines", "alphabetize", "order_lines"))
def sort_lines(
    bench: Workbench,
    path: str,
    by: Annotated[Literal["text", "number"], "numbers: by the first one in each line"] = "text",
    reverse: Annotated[bool, "from the end of the alphabet, or the highest first"] = False,
    column: Annotated[str, "of a CSV or TSV file: sort its rows by this one"] = "",
) -> Planned:
    """Sort the lines of a text file; the first line of a CSV or TSV stays first, empty lines go. The result says which line is first and last."""
    target, before = load_named(path, bench)
    rows = before.text.splitlines()
    head = rows[:1] if target.suffix.lower() in (".csv", ".tsv") else []
    rows = [row for row in rows[len(head) :] if row.strip()]
    if not rows:
        raise ToolRetry(f"{bench.shown(target)} has no lines to sort.", code="not_found", hint="It is empty, or has a header alone.")
    rows.sort(key=_of_column(rows, head, column) if column else _first_number if by == "number" else _letters, reverse=reverse)
    ends = "\r\n" if "\r\n" in before.text else "\n"
    written = plan_text(bench, target, "".join(f"{row}{ends}" for row in head + rows), before)
    return _planned(written, {"lines": len(rows)}, f"Sorted {_lines(len(rows))} of {bench.shown(target)} (first {rows[0].strip()[:60]!r}, last {rows[-1].strip()[:60]!r})")


def _letters(row: str) -> tuple[str, str]:
    """As a dictionary orders them: case, accents and marks of a list do not count until all else is equal."""
    plain = unicodedata.normalize("NFKD", re.sub(r"^\s*(?:[-*•+]|\[[ xX]?\])*\s*", "", row))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold(), row


def _of_column(rows: list[str], head: list[str], column: str) -> Callable[[str], tuple[float, tuple[str, str]]]:
    """Rows of a table by one column: by its numbers where it has nothing else, else by its words. Raises :class:`ToolRetry`."""
    mark = max(",;\t", key=head[0].count) if head else ","
    names = [name.strip().lower() for name in next(csv.reader(head, delimiter=mark), [])]
    if column.strip().lower() not in names:
        raise ToolRetry(
            f"There is no column {column}." + (f" There is {', '.join(names)}." if names else " Only CSV and TSV files have columns."),
            code="not_found",
            hint=f"column is one of {', '.join(names)}." if names else "Leave column out; by=number sorts by the first number of each line.",
        )
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
    """Take an item or words out of a text file: a line that is nothing else goes whole, an item of a list goes with its comma. Any case; every place."""
    target, before = load_named(path, bench)
    old = before.text
    rows = [row for row in old.splitlines(keepends=True) if not re.fullmatch(rf"\s*(?:[-*•]|\d+[.)]|\[[ x]?\])*\s*{re.escape(text)}[.,;]?\s*", row, re.I)]
    new = "".join(rows)
    if new == old:
        word = rf"(?<!\w){re.escape(text)}(?!\w)"
        new = re.sub(rf"{word},\s*|,\s*(?:and\s+)?{word}|[ \t]{word}|{word}[ \t]?", "", old, flags=re.I)
    if new == old:
        raise ToolRetry(f"{bench.shown(target)} does not hold {text!r}.", code="not_found", hint="files.read shows what it holds.")
    return _planned(plan_text(bench, target, new, before), {}, f"Took {text!r} out of {bench.shown(target)}")


@tool("files.merge", "reversible", reads=("source",), writes=("target",), aliases=("merge_files", "concatenate", "join_files", "combine_files", "cat_files"))
def merge(bench: Workbench, source: Annotated[str | list[str], "text files or patterns, in order"], target: str) -> Planned:
    """Put the texts of files (text, PDF, DOCX, XLSX, HTML) together into one text file, in order, each starting on a line of its own. The result names them."""
    goal = paths.target_of(target, bench.workspace)
    sources = [item.resolve() for item in choose(source, bench.workspace, only="files") if item.resolve() != goal]
    texts = [read_any(item, letters=MAX_TEXT).plain for item in sources]
    joined = "".join(text if not text or text.endswith("\n") or number == len(texts) else text + "\n" for number, text in enumerate(texts, 1))
    written = plan_text(bench, goal, joined)
    names = listed([bench.shown(item) for item in sources], 40)
    return _planned(written, {"count": len(sources)}, f"Put {counted(len(sources), 'file')} together in {bench.shown(goal)} ({names})")


def _index(number: int, count: int) -> int:
    """A line number from 1, or from the end when negative, as an index. Raises :class:`ToolRetry` outside the file."""
    at = count + number if number < 0 else number - 1
    if number == 0 or not 0 <= at < count:
        raise ToolRetry(
            f"There is no line {number}; the file has {_lines(count)}.", code="not_found", hint=f"Lines are counted from 1 to {count}, or from the end as -1 to -{count}."
        )
    return at


def _lines(count: int) -> str:
    return "one line" if count == 1 else f"{count} lines"
