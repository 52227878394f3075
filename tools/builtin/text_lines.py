"""Tools that change a text file by its lines: take lines or items out, put several files together."""

from __future__ import annotations

import re
from typing import Annotated

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
) -> Planned:
    """Remove whole lines from a text file: by number, by what they hold, or the empty ones."""
    target = paths.existing(path, bench.workspace).resolve()
    rows = read_text(target).splitlines(keepends=True)
    if holding:
        kept = [row for row in rows if holding.lower() not in row.lower()]
    elif empty:
        kept = [row for row in rows if row.strip()]
    else:
        start, end = sorted(_index(number, len(rows)) for number in (first, last or first))
        kept = [row for at, row in enumerate(rows) if not start <= at <= end]
    if len(kept) == len(rows):
        raise ToolRetry(f"{bench.shown(target)} has no such line.", code="not_found")
    planned = _put_text(bench, target, "".join(kept), "Edited")
    return Planned(
        planned.changes, {"path": str(target), "removed": len(rows) - len(kept)}, f"Removed {_lines(len(rows) - len(kept))} from {bench.shown(target)}.", planned.preview
    )


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
