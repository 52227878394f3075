"""The entries of folders as a person sees them: which of them fit, sorted, with what was left out."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ToolRetry
from core.ports import ToolContext, ToolResult
from tools import paths
from tools.documents.content import counted
from tools.files.entries import entry_of, is_kind, line_of, order_of
from tools.files.names import existing
from tools.selection import Only

MAX_ENTRIES = 2000
COUNTED_FOLDERS = 200  # folders whose entries are counted for a list
_ORDERS = {"name": "by name, folders first", "size": "by size, largest first", "smallest": "by size, smallest first", "newest": "newest first", "oldest": "oldest first"}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which entries of a folder are wanted, and in what order."""

    patterns: list[str]
    exclude: list[str]
    only: Only
    sort: str
    limit: int

    def fits(self, item: Path) -> bool:
        return _is_like(item, self.patterns) and not _is_like(item, self.exclude) and is_kind(item, self.only)

    @property
    def asked(self) -> str:
        """`` named *.jpg, without a*``; empty where every name is wanted."""
        named = "" if "*" in self.patterns else f" named {' or '.join(self.patterns)}"
        return named + (f", without {', '.join(self.exclude)}" if self.exclude else "")


def list_folders(context: ToolContext, names: list[str], choice: Choice) -> ToolResult:
    """One folder as ``{"path", "items", "count", "files", "left_out"}``, several as ``{"folders": […], "items", "count", "files"}``."""
    if not names:
        raise ToolRetry("path is empty.", hint='path names a folder, or several; "." is the workspace.')
    results = [_list(context, name, choice) for name in names]
    if len(results) == 1:
        return results[0]
    items = [{**entry, "path": str(Path(one.value["path"]) / entry["name"])} for one in results for entry in one.value["items"]]
    value = {"folders": [one.value for one in results], "items": items, "count": len(items), "files": sum(one.value["files"] for one in results)}
    return ToolResult(value, "\n\n".join(one.text for one in results))


def _list(context: ToolContext, path: str, choice: Choice) -> ToolResult:
    folder = existing(path, context.workspace)
    if not folder.is_dir():
        raise ToolRetry(f"{path} is a file, not a folder.", hint="files.read shows what it holds, files.info its size and date.")
    names = list(folder.iterdir())
    fitting = [entry_of(item) for item in names if choice.fits(item)]
    entries = sorted(fitting, key=order_of(choice.sort, "name"))[: max(0, min(choice.limit, MAX_ENTRIES))]
    _count_entries(folder, entries)
    files = sum(entry["kind"] != "folder" for entry in fitting)
    value = {"path": str(folder), "items": entries, "count": len(entries), "files": files, "left_out": len(fitting) - len(entries)}
    return ToolResult(value, _in_words(paths.shown(folder, context.workspace), names, fitting, entries, choice))


def _in_words(where: str, names: list[Path], fitting: list[dict[str, Any]], entries: list[dict[str, Any]], choice: Choice) -> str:
    hidden = [item for item in names if item.name.startswith(".")] if not any(one.startswith(".") for one in choice.patterns) else []
    there = [item for item in names if item not in hidden]
    shown = "This folder" if where == "." else where
    if not fitting:
        return f"{shown} is empty." if not there else f"{shown} holds nothing like that; {counted(len(there), 'other entry', 'other entries')} in it."
    left = [f"Left out: {len(fitting) - len(entries)} more; limit={len(fitting)} shows them, or a pattern."] if len(fitting) > len(entries) else []
    unseen = [f"({counted(len(hidden), 'hidden entry', 'hidden entries')} not listed.)"] if hidden else []
    head = f"{shown} holds {_numbers(there, fitting, choice)}, sorted {_ORDERS[choice.sort]}:"
    return "\n".join([head, *(f"- {line_of(entry)}" for entry in entries), *left, *unseen])


def _numbers(there: list[Path], fitting: list[dict[str, Any]], choice: Choice) -> str:
    """``3 files and 1 folder``; where only some were asked for how many there are: ``3 of 4 files named *.jpg``."""
    folders, folders_there = (sum(one) for one in ((entry["kind"] == "folder" for entry in fitting), (item.is_dir() for item in there)))
    parts = []
    for kind, number, total in (("file", len(fitting) - folders, len(there) - folders_there), ("folder", folders, folders_there)):
        if not choice.asked and choice.only == "all":
            parts.append(counted(number, kind))
        elif choice.only == f"{kind}s" or (choice.only == "all" and total):
            parts.append(f"{number} of {counted(total, kind)}")
    return " and ".join(parts) + choice.asked


def _count_entries(folder: Path, entries: list[dict[str, Any]]) -> None:
    for entry in [entry for entry in entries if entry["kind"] == "folder"][:COUNTED_FOLDERS]:
        try:
            entry["entries"] = sum(1 for _ in (folder / entry["name"]).iterdir())
        except OSError:
            continue


def _is_like(item: Path, patterns: list[str]) -> bool:
    """Whether one of the patterns fits the name; hidden names only fit patterns that start with a point."""
    return any(fnmatch.fnmatch(item.name.lower(), pattern.lower()) and (not item.name.startswith(".") or pattern.startswith(".")) for pattern in patterns)
