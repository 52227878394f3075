"""Tools that only look at files: a folder's list, what files hold, what a file is."""

from __future__ import annotations

import asyncio
import fnmatch
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic.json_schema import SkipJsonSchema

from core.errors import ToolError, ToolRetry
from core.ports import ToolContext, ToolResult
from tools import paths
from tools.builtin.files_find import find as find  # so that a list of tools has it here
from tools.declare import tool
from tools.documents.content import count_words, counted, lines_of, size_of
from tools.documents.frame import printable
from tools.documents.reader import read_any
from tools.files import excerpts
from tools.files.entries import BRIEF, Names, entry_of, is_kind, line_of, order_of
from tools.files.excerpts import Excerpt, Window
from tools.files.forms import either
from tools.files.names import Missing, choose, existing, gather, walk
from tools.files.wording import listed
from tools.selection import Only, is_pattern

MAX_ENTRIES = 2000
size = size_of  # by its old name, for the tools about the machine
COUNTED_FOLDERS = 200  # folders whose entries are counted for a list
MEASURED = 20_000_000  # bytes up to which a file's words are counted


@tool("files.list", "reads", reads=("path",), aliases=("list_files", "list_dir", "list_directory", "file_list", "ls", "dir", "list_folder", "read_dir"))
async def list_(
    context: ToolContext,
    path: str = ".",
    pattern: Annotated[Names, "only names like *.txt"] = "*",
    exclude: Annotated[list[str], BRIEF, "names or patterns to leave out"] = [],  # noqa: B006 (a schema default, never changed)
    only: Only = "all",
    sort: Literal["name", "size", "newest", "oldest"] = "name",
    limit: int = 500,
) -> ToolResult:
    """List one folder: names, kinds, sizes in bytes, dates of change; subfolders with how many entries they have. Sorted by name, folders first, or by size (largest first) or date."""
    return await asyncio.to_thread(_list, context, path, [pattern] if isinstance(pattern, str) else pattern, exclude, only, sort, limit)


def _list(context: ToolContext, path: str, patterns: list[str], exclude: list[str], only: Only, sort: str, limit: int) -> ToolResult:
    folder = existing(path, context.workspace)
    if not folder.is_dir():
        raise ToolRetry(f"{path} is a file, not a folder.", hint="files.read shows what it holds, files.info its size and date.")
    names = list(folder.iterdir())
    fitting = [entry_of(item) for item in names if _is_like(item, patterns) and not _is_like(item, exclude) and is_kind(item, only)]
    entries = sorted(fitting, key=order_of(sort, "name"))[: max(0, min(limit, MAX_ENTRIES))]
    _count_entries(folder, entries)
    files, where = sum(entry["kind"] != "folder" for entry in fitting), paths.shown(folder, context.workspace)
    value = {"path": str(folder), "items": entries, "count": len(entries), "files": files, "left_out": len(fitting) - len(entries)}
    hidden = sum(item.name.startswith(".") for item in names) if not any(one.startswith(".") for one in patterns) else 0
    shown = "This folder" if where == "." else where
    if not fitting:
        others = len(names) - hidden
        return ToolResult(value, f"{shown} is empty." if not others else f"{shown} holds nothing like that; {counted(others, 'other entry', 'other entries')} in it.")
    ordered = {"name": "by name, folders first", "size": "by size, largest first", "newest": "newest first", "oldest": "oldest first"}[sort]
    head = f"{shown} holds {counted(files, 'file')} and {counted(len(fitting) - files, 'folder')}, sorted {ordered}:"
    left = [f"Left out: {len(fitting) - len(entries)} more; limit={len(fitting)} shows them, or a pattern."] if len(fitting) > len(entries) else []
    return ToolResult(
        value, "\n".join([head, *(f"- {line_of(entry)}" for entry in entries), *left, *([f"({counted(hidden, 'hidden entry', 'hidden entries')} not listed.)"] if hidden else [])])
    )


def _count_entries(folder: Path, entries: list[dict[str, Any]]) -> None:
    for entry in [entry for entry in entries if entry["kind"] == "folder"][:COUNTED_FOLDERS]:
        try:
            entry["entries"] = sum(1 for _ in (folder / entry["name"]).iterdir())
        except OSError:
            continue


def _is_like(item: Path, patterns: list[str]) -> bool:
    """Whether one of the patterns fits the name; hidden names only fit patterns that start with a point."""
    return any(fnmatch.fnmatch(item.name.lower(), pattern.lower()) and (not item.name.startswith(".") or pattern.startswith(".")) for pattern in patterns)


@either(("path",), ("paths",))
@tool(
    "files.read",
    "reads",
    reads=("path", "paths"),
    takes={"path": "file"},
    gives="text",
    aliases=("read_file", "file_read", "cat", "show_file", "open_file_text", "view_file", "get_file", "read_files", "read_multiple_files"),
)
async def read(
    context: ToolContext,
    path: Annotated[Names, BRIEF, "file, folder or pattern such as letters/*.txt, or a list of them"] = "",
    start: Annotated[int, "first line, from 1; negative: from the end"] = 1,
    lines: Annotated[int, "lines of each file at most"] = 2000,
    limit: Annotated[int, "letters of all together"] = excerpts.LIMIT,
    offset: Annotated[int, BRIEF, "letters to pass over"] = 0,
    paths: Annotated[list[str], SkipJsonSchema()] = [],  # noqa: B006 (another name for ``path``, not in the schema)
) -> ToolResult:
    """Read one or many files of any kind: text, CSV, PDF, DOCX, XLSX (all sheets), PPTX, ODT, HTML. Each comes in a frame with its name; what was left out is said, with how to read on. Pictures and other binaries are named only."""
    names = [*([path] if isinstance(path, str) else path), *paths]
    return await asyncio.to_thread(read_files, context, [name for name in names if name], Window(start, lines, max(0, offset)), limit)


def read_files(context: ToolContext, names: list[str], window: Window, limit: int) -> ToolResult:
    """What files hold: one as ``{"path", "text", "lines", "whole", …}``, several as ``{"files": […], "left_out": […]}``."""
    if not names:
        raise ToolRetry("path is missing.", hint="path takes a file, a folder, a pattern such as *.txt, or a list of them.")
    files, missing = gather(names, context.workspace)
    is_single = len(names) == 1 and len(files) <= 1 and not missing
    limit = max(excerpts.LEAST, min(limit, excerpts.MOST))
    parts = _excerpts(context, files, missing, window, limit)
    if not parts:
        raise _nothing_read(missing, names)
    tainted = any(not paths_inside(part.path, context) for part in parts)
    return ToolResult(*(_single(parts[0], limit) if is_single else _several(parts, missing, limit)), tainted)


def paths_inside(path: Path, context: ToolContext) -> bool:
    return paths.is_inside(path, context.workspace)


def _excerpts(context: ToolContext, files: list[Path], missing: list[Missing], window: Window, limit: int) -> list[Excerpt]:
    """What was read; what could not be is added to ``missing``."""
    parts = []
    letters = limit + window.offset if len(files) <= 10 else max(2000, 4 * limit // len(files)) + window.offset
    for file in files:
        if context.cancel.is_set():
            break
        name, real = paths.shown(file, context.workspace), file.resolve()
        try:
            content = read_any(real, window.start, window.lines, max(letters, excerpts.VALUE) if len(files) == 1 else letters)
        except ToolError as error:
            if len(files) == 1 and not missing:
                raise
            missing.append(Missing(name, error.message, error.hint))
        except OSError as error:
            missing.append(Missing(name, f"it could not be read: {error.strerror}."))
        else:
            parts.append(excerpts.excerpt(name, real, content, window))
    return parts


def _nothing_read(missing: list[Missing], names: list[str]) -> ToolRetry:
    if not missing:
        return ToolRetry(f"There are no files in {listed(names)}.", code="not_found", hint="files.list shows what is there.")
    code = "not_found" if any("Nothing matches" in one.why or "There is no" in one.why for one in missing) else "unreadable"
    return ToolRetry(" ".join(dict.fromkeys(one.why for one in missing[:8])), code=code, hint=" ".join(dict.fromkeys(one.hint for one in missing[:3] if one.hint)))


def _single(part: Excerpt, limit: int) -> tuple[dict[str, Any], str]:
    text, value = excerpts.render(part, limit)
    whole = part.content.whole and part.first == 1 and len(part.plain) == len(part.content.plain) <= excerpts.VALUE
    return {**value, "text": part.plain[: excerpts.VALUE], "whole": whole}, text


def _several(parts: list[Excerpt], missing: list[Missing], limit: int) -> tuple[dict[str, Any], str]:
    shown = parts[: limit // excerpts.LEAST]
    given = excerpts.shares([part.length for part in shown], limit)
    rendered = [excerpts.render(part, share) for part, share in zip(shown, given, strict=True)]
    files = [{**value, "path": part.name} for part, (_, value) in zip(shown, rendered, strict=True)]
    left = [part.name for part in parts[len(shown) :]]
    unread = [{"path": one.name, "why": one.why} for one in missing]
    value = {
        "files": files,
        "count": len(files),
        "left_out": [*left, *(one.name for one in missing)],
        "unread": unread,
        "whole": not left and not missing and all(row["whole"] for row in files),
    }
    cut = sum(not row["whole"] for row in files)
    said = [f"Read {counted(len(files), 'file')}", f"{cut} of them in part" if cut else "", f"{len(left)} left out" if left else "", f"{len(missing)} not read" if missing else ""]
    tail = [", ".join(filter(None, said)) + "."]
    tail += [f"Left out for the limit of {limit} letters: {listed(left)}. Name them in another call, or raise limit."] if left else []
    tail += [f"Not read: {one.sentence}" for one in missing[:20]]
    tail += [f"Not read: {len(missing) - 20} more."] if len(missing) > 20 else []
    return value, "\n\n".join([*(text for text, _ in rendered), "\n".join(tail)])


@tool("files.info", "reads", reads=("path", "paths"), aliases=("file_info", "stat", "file_size", "file_stat", "get_file_info"))
async def info(context: ToolContext, path: Annotated[Names, "file, folder or pattern, or a list"]) -> ToolResult:
    """What files and folders are, without their text: kind, size in bytes, date of change; lines and words of what can be read (marks of lists and tables are no words); how many files a folder holds with its subfolders."""
    names = [path] if isinstance(path, str) else path
    items = [item for name in names for item in (choose(name, context.workspace) if is_pattern(name) else [existing(name, context.workspace)])]
    rows = [await asyncio.to_thread(_describe, item, context) for item in items[:MAX_ENTRIES]]
    if len(rows) == 1:
        return ToolResult({**rows[0][0], "path": str(items[0])}, rows[0][1])
    total = sum(row["bytes"] for row, _ in rows)
    value = {"items": [row for row, _ in rows], "count": len(rows), "bytes": total}
    return ToolResult(value, "\n".join([f"- {text}" for _, text in rows] + [f"{len(rows)} in all, {_bytes(total)}."]))


def _describe(item: Path, context: ToolContext) -> tuple[dict[str, Any], str]:
    entry = entry_of(item)
    name = printable(paths.shown(item, context.workspace))
    date = entry["changed"].replace("T", " ")[:16]
    entry["path"] = paths.shown(item, context.workspace)
    if item.is_dir():
        inside = [other for other in walk(item, context.cancel.is_set) if other.is_file()]
        entry["files"], entry["bytes"] = len(inside), sum(other.lstat().st_size for other in inside)
        return entry, f"{name}: folder, {counted(len(inside), 'file')} in it and its subfolders, {_bytes(entry['bytes'])}, changed {date}."
    said = [entry["type"], _bytes(entry["bytes"]), f"changed {date}"]
    return entry, f"{name}: {', '.join([*said, *_measures(item.resolve(), entry)])}."


def _bytes(number: int) -> str:
    """``431 bytes``, ``36821 bytes (36.8 kB)``."""
    return counted(number, "byte") + (f" ({size_of(number)})" if number >= 1000 else "")


def _measures(item: Path, entry: dict[str, Any]) -> list[str]:
    """Lines and words of what has text, added to ``entry`` too; what it is where it has none."""
    if entry["bytes"] > MEASURED or entry["type"] in ("pipe", "socket", "device", "broken link"):
        return ["too large to count its words"] if entry["bytes"] > MEASURED else ["not read"]
    try:
        found = read_any(item, letters=MEASURED)
    except ToolError as error:
        return [] if error.code == "unreadable" and "not a text file" in error.message else [error.message.rstrip(".")]
    entry["lines"], entry["words"] = len(lines_of(found.plain)), count_words(found.plain)
    return [*([found.about] if found.about else []), counted(entry["lines"], "line"), counted(entry["words"], "word"), *found.notes]
