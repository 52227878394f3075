"""Tools that only look at files: a folder's list, what files hold, what a file is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field
from pydantic.json_schema import SkipJsonSchema

from core.errors import ToolError
from core.ports import ToolContext, ToolResult
from tools import paths
from tools.background import in_thread
from tools.builtin.files_find import find as find  # so that a list of tools has it here
from tools.declare import tool
from tools.documents.content import count_words, counted, lines_of, size_of, words_of
from tools.documents.frame import printable
from tools.documents.reader import read_any
from tools.files import excerpts
from tools.files.entries import BRIEF, Names, entry_of
from tools.files.excerpts import Window
from tools.files.forms import either
from tools.files.listing import MAX_ENTRIES, Choice, list_folders
from tools.files.names import choose, existing, walk
from tools.files.reading import read_files
from tools.selection import Only, is_pattern

size = size_of  # by its old name, for the tools about the machine
MEASURED = 20_000_000  # bytes up to which a file's words are counted


@tool("files.list", "reads", reads=("path",), aliases=("list_files", "list_dir", "list_directory", "file_list", "ls", "dir", "list_folder", "read_dir"))
async def list_(
    context: ToolContext,
    path: Names = ".",
    pattern: Annotated[Names, BRIEF, "only names like *.txt"] = "*",
    exclude: Annotated[list[str], BRIEF, "names or patterns to leave out"] = [],  # noqa: B006 (a schema default, never changed)
    only: Annotated[Only, BRIEF] = "all",
    sort: Annotated[Literal["name", "size", "smallest", "newest", "oldest"], BRIEF] = "name",
    limit: int = 500,
) -> ToolResult:
    """List folders: names, kinds, sizes in bytes, dates of change; subfolders with their number of entries. Sorted by name, folders first; size: largest first."""
    choice = Choice([pattern] if isinstance(pattern, str) else pattern, exclude, only, sort, limit)
    return await in_thread(list_folders, context, [path] if isinstance(path, str) else path, choice)


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
    path: Annotated[Names, BRIEF, "file, folder, pattern (letters/*.txt), or a list of them; book.xlsx#Jan: one sheet"] = "",
    start: Annotated[int, "first line, from 1; negative: from the end"] = 1,
    lines: Annotated[int, "of each file at most"] = 2000,
    letters: Annotated[int, Field(validation_alias=AliasChoices("letters", "limit")), "in all"] = excerpts.LIMIT,
    offset: Annotated[int, BRIEF, "letters of the first line to skip"] = 0,
    sheet: Annotated[str, SkipJsonSchema()] = "",
    paths: Annotated[list[str], SkipJsonSchema()] = [],  # noqa: B006 (another name for ``path``, not in the schema)
) -> ToolResult:
    """Read one or many files of any kind: text, CSV, PDF, DOCX, XLSX, PPTX, ODT, HTML. Each comes in a frame with its name, of tables with columns, their types, ranges and frequent values; what was left out is said, with how to read on. Pictures and other binaries are named only."""
    names = [*([path] if isinstance(path, str) else path), *paths]
    return await in_thread(read_files, context, [name for name in names if name], Window(start, lines, max(0, offset)), letters, sheet)


@tool("files.info", "reads", reads=("path", "paths"), aliases=("file_info", "stat", "file_size", "file_stat", "get_file_info"))
async def info(context: ToolContext, path: Annotated[Names, "file, folder or pattern, or a list"]) -> ToolResult:
    """What files and folders are, without their text: kind, size in bytes, date of change; lines and words of what can be read; how many files a folder holds with its subfolders."""
    names = [path] if isinstance(path, str) else path
    items = [item for name in names for item in (choose(name, context.workspace) if is_pattern(name) else [existing(name, context.workspace)])]
    rows = [await in_thread(_describe, item, context) for item in items[:MAX_ENTRIES]]
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
    words = [] if found.kind in ("table", "xlsx") else [words_of(found.plain)]  # of a table its rows and columns count
    return [*([found.about] if found.about else []), counted(entry["lines"], "line"), *words, *found.notes]
