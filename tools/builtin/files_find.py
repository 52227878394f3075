"""Finding files by name, by what they hold, by size and date."""

from __future__ import annotations

import datetime
import fnmatch
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from core.errors import ToolRetry
from core.gate.places import is_kernels
from core.ports import ToolContext, ToolResult
from tools import paths
from tools.background import in_thread
from tools.declare import tool
from tools.documents.content import counted
from tools.documents.frame import printable
from tools.files.entries import BRIEF, Names, entry_of, is_kind, line_of, order_of
from tools.files.names import existing, walk
from tools.files.searching import Searcher
from tools.selection import Only, is_pattern

MAX_ENTRIES = 2000
MOST_SHOWN = 24_000  # letters of lines in a result


@tool("files.find", "reads", reads=("path",), aliases=("find_files", "search_files", "file_find", "find", "grep", "search_in_files", "locate", "glob"))
async def find(
    context: ToolContext,
    name: Annotated[Names, BRIEF, WithJsonSchema({"type": "string"}), "part of it, or a pattern"] = "",
    text: Annotated[Names, BRIEF, "words it holds; of several any"] = "",
    path: str = ".",
    larger_than: Annotated[int, BRIEF, "bytes, inclusive; smaller_than exclusive"] = 0,
    smaller_than: Annotated[int, BRIEF] = 0,
    changed_within_days: Annotated[float, SkipJsonSchema()] = 0,
    older_than_days: Annotated[float, SkipJsonSchema()] = 0,
    since: Annotated[str, BRIEF, "ISO day, inclusive; before exclusive"] = "",
    before: Annotated[str, BRIEF] = "",
    empty: Annotated[bool, SkipJsonSchema()] = False,
    only: Annotated[Only, BRIEF] = "all",
    sort: Annotated[Literal["name", "size", "smallest", "newest", "oldest"], BRIEF] = "name",
    limit: Annotated[int, "files at most"] = 200,
    texts: Annotated[list[str], SkipJsonSchema()] = [],  # noqa: B006 (another name for ``text``, not in the schema)
) -> ToolResult:
    """Find files in a folder and all below by name, text (any case; PDF, DOCX, XLSX, PPTX, ODT, HTML too), size or date. Gives lines by number with two around, and what was searched and what not."""
    folder = existing(path, context.workspace)
    if is_kernels(os.path.realpath(folder)):
        raise ToolRetry(
            f"{path} holds no files of people but what the system tells, so it is not searched.",
            code="unreadable",
            hint="system.info says how the machine is; files.read reads one by its name.",
        )
    wanted = _Wanted(larger_than, smaller_than, _moment(since, changed_within_days, context), _moment(before, older_than_days, context), empty, only)
    names = name.split("\n") if isinstance(name, str) else name  # a list comes as lines where the schema says text
    words = [one for one in ([text] if isinstance(text, str) else text) + texts if one.strip()]
    searcher = Searcher(words) if words else None
    found, looked = await in_thread(_look, context, folder, names, wanted, searcher)
    found = sorted(found, key=order_of(sort, "path"))
    shown = found[: max(0, limit)]
    value: dict[str, Any] = {"items": [{key: row[key] for key in row if key != "excerpt"} for row in shown], "count": len(shown), "paths": [row["path"] for row in shown]}
    what = _asked(names, words)
    if searcher:
        value |= {"searched": searcher.searched, "unread": searcher.unread, "found": len(found)}
        return ToolResult(value, _held(shown, found, searcher, what, sort))
    lines = [f"- {line_of(row, 'path')}" for row in shown]
    more = [f"Left out: {len(found) - len(shown)} more; limit={len(found)} shows them."] if len(found) > len(shown) else []
    where = "" if path == "." else f" in {path}"
    head = f"Found {counted(len(found), 'match', 'matches')}{what} among {counted(looked, 'entry', 'entries')}{where} (hidden ones not looked at)"
    return ToolResult(value | {"found": len(found)}, "\n".join([head + (f", sorted by {sort}:" if lines else "."), *lines, *more]))


def _look(context: ToolContext, folder: Path, names: list[str], wanted: _Wanted, searcher: Searcher | None) -> tuple[list[dict[str, Any]], int]:
    """What fits, and how many entries were gone through."""
    patterns = [part.lower() if is_pattern(part) else f"*{part.lower()}*" for part in names]
    found: list[dict[str, Any]] = []
    looked = 0
    for item in walk(folder, context.cancel.is_set):
        if len(found) >= MAX_ENTRIES:
            break
        looked += 1
        if not any(fnmatch.fnmatch(item.name.lower(), pattern) for pattern in patterns) or not wanted.holds(item):
            continue
        shown = paths.shown(item, context.workspace)
        hit = searcher.search(item, shown) if searcher and not item.is_dir() else {}
        if searcher and not hit:
            continue
        found.append({**entry_of(item), "path": shown, **(hit or {})})
    return found, looked


def _asked(names: list[str], texts: list[str]) -> str:
    parts = [f"named {', '.join(names)}" if any(names) else "", f"holding {' or '.join(map(repr, texts))}" if texts else ""]
    return "".join(f" {part}" for part in parts if part)


def _held(shown: list[dict[str, Any]], found: list[dict[str, Any]], searcher: Searcher, what: str, sort: str) -> str:
    """The lines found, under the name of each file, and what was searched."""
    lines, letters = [], 0
    for row in shown:
        more = f", {row['matches']} lines hold it, the first {len(row['hits'])} shown" if row["matches"] > len(row["hits"]) else ""
        which = f" ({', '.join(map(repr, row['holds']))})" if len(searcher.texts) > 1 else ""
        lines.append(f"{printable(row['path'])}{which}{more}:\n\n{row['excerpt']}\n" if letters < MOST_SHOWN else f"{printable(row['path'])}{which}: line {row['number']}")
        letters += len(lines[-1])
    head = f"Found {counted(len(found), 'file')}{what}, upper and lower case alike{', sorted by ' + sort if len(found) > 1 else ''}."
    left = [f"Left out: {len(found) - len(shown)} more files; limit={len(found)} shows them."] if len(found) > len(shown) else []
    none = [f"Held by none: {', '.join(repr(one) for one in searcher.texts if not any(one in row['holds'] for row in found))}."] if len(searcher.texts) > 1 and found else []
    return "\n".join([head, *lines, *left, *(none if not none or not none[0].endswith(": .") else []), _searched(searcher, len(found))])


def _searched(searcher: Searcher, held: int) -> str:
    """``8 of 10 files searched, 5 hold it; not searched: 2 (scan.pdf: …); only in part: 1 (long.pdf: …)``."""
    partly = [row for row in searcher.unread if row.get("partly")]
    unread = [row for row in searcher.unread if not row.get("partly")]
    of_all = f"{searcher.searched} of {searcher.searched + len(unread)} files" if unread else counted(searcher.searched, "file")
    return f"{of_all} searched, {held} {'holds' if held == 1 else 'hold'} it{_reasons('not searched', unread)}{_reasons('only in part', partly)}. Hidden files were not looked at."


def _reasons(what: str, rows: list[dict[str, Any]], most: int = 6) -> str:
    listing = "; ".join(f"{printable(row['path'])}: {row['why']}" for row in rows[:most]) + (f"; and {len(rows) - most} more" if len(rows) > most else "")
    return f"; {what}: {len(rows)} ({listing})" if rows else ""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Size in bytes and moments in seconds since the epoch; 0 is any."""

    larger_than: int
    smaller_than: int
    since: float
    before: float
    empty: bool
    only: Only

    def holds(self, item: Path) -> bool:
        status = item.lstat()
        size_ = status.st_size
        if (self.larger_than or self.smaller_than) and item.is_dir():
            return False
        if size_ < self.larger_than or (self.smaller_than and size_ >= self.smaller_than) or not is_kind(item, self.only):
            return False
        if (self.since and status.st_mtime < self.since) or (self.before and status.st_mtime >= self.before):
            return False
        return not self.empty or (not any(item.iterdir()) if item.is_dir() else size_ == 0)


def _moment(day: str, days: float, context: ToolContext) -> float:
    """Seconds since the epoch of the beginning of an ISO day here, or of so many days ago; 0 for neither."""
    if day:
        try:
            return datetime.datetime.fromisoformat(day.strip()[:19]).astimezone().timestamp()
        except ValueError as error:
            raise ToolRetry(f"{day!r} is not a date like 2026-03-31.", hint="since and before take a day such as 2026-03-31.") from error
    return context.clock.now().timestamp() - days * 86400 if days else 0.0
