"""Tools that only look at files."""

from __future__ import annotations

import datetime
import fnmatch
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from core.errors import ToolRetry
from core.ports import ToolContext, ToolResult
from tools import paths
from tools.builtin.files import read_text
from tools.declare import tool
from tools.selection import Only, is_pattern

MAX_ENTRIES = 2000
SKIPPED = {".git", "node_modules", "__pycache__", ".venv"}


@tool("files.list", "reads", reads=("path",), aliases=("list_files", "list_dir", "list_directory", "file_list", "ls", "dir", "list_folder", "read_dir"))
async def list_(
    context: ToolContext,
    path: str = ".",
    pattern: Annotated[str | list[str], "only names like this, e.g. *.txt, or like one of these"] = "*",
    exclude: Annotated[list[str], "names or patterns to leave out"] = [],  # noqa: B006
    only: Only = "all",
    sort: Literal["name", "size", "newest", "oldest"] = "name",
    limit: int = 500,
) -> ToolResult:
    """List a folder: names, sizes and dates."""
    folder = paths.existing(path, context.workspace)
    if not folder.is_dir():
        raise ToolRetry(f"{path} is a file, not a folder.")
    patterns = [pattern] if isinstance(pattern, str) else pattern
    entries = [_entry(item) for item in folder.iterdir() if _is_like(item, patterns) and not _is_like(item, exclude) and _is_kind(item, only)]
    order: Any = {
        "name": lambda e: (e["kind"] != "folder", e["name"].lower()),
        "size": lambda e: -e["bytes"],
        "newest": lambda e: _reversed(e["changed"]),
        "oldest": lambda e: e["changed"],
    }[sort]
    entries = sorted(entries, key=order)[: min(limit, MAX_ENTRIES)]
    where = paths.shown(folder, context.workspace)
    lines = [f"{entry['name']}/" if entry["kind"] == "folder" else f"{entry['name']}  ({size(entry['bytes'])})" for entry in entries]
    files = sum(entry["kind"] != "folder" for entry in entries)
    head = (
        f"{'This folder' if where == '.' else where} holds {_count(files, 'file')} and {_count(len(entries) - files, 'folder')}"
        if entries
        else f"{'This folder' if where == '.' else where} is empty"
    )
    return ToolResult({"path": str(folder), "items": entries, "count": len(entries), "files": files}, head + (":\n" + "\n".join(f"- {line}" for line in lines) if lines else "."))


@tool(
    "files.read", "reads", reads=("path",), takes={"path": "file"}, gives="text", aliases=("read_file", "file_read", "cat", "show_file", "open_file_text", "view_file", "get_file")
)
async def read(
    context: ToolContext, path: str, start: Annotated[int, "first line, from 1; negative: counted from the end"] = 1, lines: Annotated[int, "how many lines at most"] = 2000
) -> ToolResult:
    """Read a text file (for PDF, CSV, DOCX use documents.read)."""
    file = paths.existing(path, context.workspace).resolve()
    if file.suffix.lower() in (".pdf", ".docx", ".xlsx"):
        from tools.builtin.documents import document_text

        text = document_text(file)
    else:
        text = read_text(file)
    rows = text.splitlines(keepends=True)
    first = max(0, len(rows) + start) if start < 0 else max(0, start - 1)
    shown = "".join(rows[first : first + lines])[:200_000]
    whole = len(shown) == len(text)
    tail = "" if whole else f"\n… ({len(rows)} lines in all)"
    return ToolResult(
        {"path": str(file), "text": shown, "lines": len(rows), "whole": whole},
        (shown + tail) if shown else f"{path} is empty.",
        tainted=not paths.is_inside(file, context.workspace),
    )


@tool("files.find", "reads", reads=("path",), aliases=("find_files", "search_files", "file_find", "find", "grep", "search_in_files", "locate", "glob"))
async def find(
    context: ToolContext,
    name: Annotated[str | list[str], "part of the name, or a pattern such as *.pdf, or several"] = "",
    text: Annotated[str, "text that the file must hold"] = "",
    path: Annotated[str, "folder to search"] = ".",
    larger_than: Annotated[int, "bytes"] = 0,
    smaller_than: Annotated[int, "bytes; 0 is any size"] = 0,
    changed_within_days: Annotated[float, "0 is any time"] = 0,
    older_than_days: Annotated[float, "not changed for so long; 0 is any time"] = 0,
    since: Annotated[str, "or: changed on this day or later, ISO date"] = "",
    before: Annotated[str, "and before this day, ISO date"] = "",
    empty: Annotated[bool, "only files and folders with nothing in them"] = False,
    only: Only = "all",
    sort: Literal["name", "size", "smallest", "newest", "oldest"] = "name",
    limit: int = 200,
) -> ToolResult:
    """Find files and folders by name, content, size or date, in all subfolders."""
    folder = paths.existing(path, context.workspace)
    patterns = [part.lower() if is_pattern(part) else f"*{part.lower()}*" for part in ([name] if isinstance(name, str) else name)]
    wanted = _Wanted(larger_than, smaller_than, _moment(since, changed_within_days, context), _moment(before, older_than_days, context), empty, only)
    found: list[dict[str, Any]] = []
    for item in walk(folder, context):
        if len(found) >= MAX_ENTRIES:
            break
        if not any(fnmatch.fnmatch(item.name.lower(), pattern) for pattern in patterns) or not wanted.holds(item):
            continue
        if text and not (hit := _holds(item, text)):
            continue
        found.append({**_entry(item), "path": paths.shown(item, context.workspace), **({"line": hit} if text else {})})
    order: Any = {
        "name": lambda e: e["path"].lower(),
        "size": lambda e: -e["bytes"],
        "smallest": lambda e: e["bytes"],
        "newest": lambda e: _reversed(e["changed"]),
        "oldest": lambda e: e["changed"],
    }[sort]
    found = sorted(found, key=order)[:limit]
    what = " ".join(part for part in (f"named {name if isinstance(name, str) else ', '.join(name)}" if name else "", f"holding {text!r}" if text else "") if part)
    lines = [f"- {entry['path']}" + (f": {entry['line']}" if text else f"  ({size(entry['bytes'])})" if entry["kind"] == "file" else "/") for entry in found]
    return ToolResult(
        {"items": found, "count": len(found), "paths": [entry["path"] for entry in found]},
        f"Found {_count(len(found), 'match', 'matches')}{' ' + what if what else ''}" + (":\n" + "\n".join(lines) if lines else "."),
    )


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
        if size_ < self.larger_than or (self.smaller_than and size_ >= self.smaller_than) or not _is_kind(item, self.only):
            return False
        if (self.since and status.st_mtime < self.since) or (self.before and status.st_mtime > self.before):
            return False
        return not self.empty or (not any(item.iterdir()) if item.is_dir() else size_ == 0)


def _moment(day: str, days: float, context: ToolContext) -> float:
    """Seconds since the epoch of the beginning of an ISO day here, or of so many days ago; 0 for neither."""
    if day:
        try:
            return datetime.datetime.fromisoformat(day.strip()[:19]).astimezone().timestamp()
        except ValueError as error:
            raise ToolRetry(f"{day!r} is not a date like 2026-03-31.") from error
    return context.clock.now().timestamp() - days * 86400 if days else 0.0


def _is_kind(item: Path, only: Only) -> bool:
    return only == "all" or item.is_dir() == (only == "folders")


def _is_like(item: Path, patterns: list[str]) -> bool:
    """Whether one of the patterns fits the name; hidden names only fit patterns that start with a point."""
    return any(fnmatch.fnmatch(item.name.lower(), pattern.lower()) and (not item.name.startswith(".") or pattern.startswith(".")) for pattern in patterns)


@tool("files.info", "reads", reads=("path",), aliases=("file_info", "stat", "file_size", "file_stat", "get_file_info"))
async def info(context: ToolContext, path: str) -> ToolResult:
    """Size, dates and counts of a file or folder."""
    item = paths.existing(path, context.workspace)
    entry = _entry(item)
    if item.is_dir():
        inside = list(walk(item, context))
        entry["files"], entry["bytes"] = sum(other.is_file() for other in inside), sum(other.lstat().st_size for other in inside if other.is_file())
        text = f"{path}: folder, {_count(entry['files'], 'file')}, {size(entry['bytes'])}"
    else:
        text = f"{path}: {size(entry['bytes'])}, changed {entry['changed'].replace('T', ' ')[:16]}"
        try:
            content = read_text(item)
            entry["lines"], entry["words"] = len(content.splitlines()), len(content.split())
            text += f", {_count(entry['lines'], 'line')}, {_count(entry['words'], 'word')}"
        except ToolRetry:
            pass
    return ToolResult({**entry, "path": str(item)}, text + ".")


def walk(folder: Path, context: ToolContext) -> Iterator[Path]:
    """Everything below a folder, hidden things and build folders left out; stops when the run is cancelled."""
    for root, names, files in os.walk(folder):
        if context.cancel.is_set():
            return
        names[:] = sorted(name for name in names if name not in SKIPPED and not name.startswith("."))
        yield from (Path(root) / name for name in (*names, *sorted(files)) if not name.startswith("."))


def size(number: int) -> str:
    """Bytes for people: 1.2 MB (powers of 1000)."""
    value = float(number)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError


def _entry(item: Path) -> dict[str, Any]:
    info = item.lstat()
    changed = datetime.datetime.fromtimestamp(info.st_mtime).isoformat(timespec="seconds")
    return {"name": item.name, "kind": "folder" if item.is_dir() else "file", "bytes": 0 if item.is_dir() else info.st_size, "changed": changed}


def _holds(item: Path, text: str) -> str:
    """The first line with the text, in any case, or nothing."""
    if not item.is_file() or item.stat().st_size > 20_000_000:
        return ""
    wanted = text.lower()
    try:
        return next((line.strip()[:200] or " " for line in read_text(item).splitlines() if wanted in line.lower()), "")
    except (ToolRetry, OSError):
        return ""


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _reversed(text: str) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in text)
