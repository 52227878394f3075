"""Tools that change files. Each returns what it will do; the engine in ``tools.changes`` does it, checks it and undoes it."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Annotated, Literal

from core.errors import ToolRetry
from core.ports import Change
from tools import paths
from tools.declare import Planned, tool
from tools.selection import Only, is_pattern, select
from tools.workbench import Workbench

MAX_TEXT = 50_000_000  # bytes that a text tool takes in


@tool("files.make_folder", "reversible", writes=("path",), aliases=("mkdir", "make_dir", "create_folder", "create_directory", "make_directory", "new_folder", "fs_mkdir"))
def make_folder(bench: Workbench, path: Annotated[str, "folder, parents are made too"]) -> Planned:
    """Make a folder."""
    folder = paths.target_of(path, bench.workspace)
    changes = bench.changes.folders(folder)
    text = f"Made the folder {bench.shown(folder)}." if changes else f"The folder {bench.shown(folder)} was there already."
    return Planned(tuple(changes), {"path": str(folder), "made": bool(changes)}, text, f"make folder {bench.shown(folder)}")


@tool(
    "files.write",
    "reversible",
    writes=("path",),
    aliases=("write_file", "create_file", "file_write", "save_file", "put_file", "new_file", "fs_write", "make_file", "overwrite_file"),
)
def write(bench: Workbench, path: str, text: Annotated[str, "the whole new content"] = "") -> Planned:
    """Write a text file, replacing what it held. Missing folders are made."""
    target = paths.target_of(path, bench.workspace)
    return _put_text(bench, target, text, "Wrote" if target.exists() else "Made")


@tool("files.append", "reversible", writes=("path",), aliases=("append_file", "file_append", "append_to_file", "add_line", "add_to_file"))
def append(bench: Workbench, path: str, text: Annotated[str, "added on a line of its own"], at: Annotated[Literal["end", "start"], "where"] = "end") -> Planned:
    """Add text at the end, or at the start, of a text file; it is made if it is not there."""
    target = paths.target_of(path, bench.workspace)
    old = read_text(target) if target.exists() else ""
    if at == "start":
        return _put_text(bench, target, text + ("" if text.endswith("\n") else "\n") + old, "Added to")
    joint = "" if not old or old.endswith("\n") else "\n"
    return _put_text(bench, target, old + joint + text + ("" if text.endswith("\n") else "\n"), "Added to")


@tool("files.edit", "reversible", reads=("path",), writes=("path",), aliases=("edit_file", "replace_in_file", "str_replace", "file_edit", "find_and_replace", "replace_text"))
def edit(
    bench: Workbench,
    path: str,
    find: Annotated[str, "text to look for, exactly"],
    replace: Annotated[str, "what to put in its place"],
    count: Annotated[int, "how many at most; 0 is all"] = 0,
    ignore_case: bool = False,
) -> Planned:
    """Replace text inside a file."""
    target = paths.existing(path, bench.workspace).resolve()
    old = read_text(target)
    new, number = _replaced(old, find, replace, count, ignore_case)
    if not number:
        near = difflib.get_close_matches(find, [line.strip() for line in old.splitlines()], 1, 0.5)
        raise ToolRetry(f"{bench.shown(target)} does not hold {find!r}." + (f" The nearest line is {near[0]!r}." if near else ""), code="not_found")
    planned = _put_text(bench, target, new, "Edited")
    return Planned(
        planned.changes, {"path": str(target), "replaced": number}, f"Replaced {number} {'place' if number == 1 else 'places'} in {bench.shown(target)}.", planned.preview
    )


@tool("files.move", "reversible", reads=("source",), writes=("source", "target"), aliases=("move_file", "rename_file", "rename", "file_move", "mv", "files.rename", "move_files"))
def move(
    bench: Workbench,
    source: Annotated[str | list[str], "file, folder or pattern such as *.pdf, or several"],
    target: Annotated[str, "new name, or folder to move into"],
    exclude: Annotated[list[str], "names or patterns to leave where they are"] = [],  # noqa: B006 (a schema default, never changed)
    only: Only = "all",
) -> Planned:
    """Move or rename files or folders. A pattern moves every match into the target folder, which is made if missing."""
    sources = select(source, bench.workspace, exclude, only)
    pairs, folders = _destinations(bench, sources, source, _with_ending(bench, source, sources, target))
    for old, new in pairs:
        if os.path.lexists(new) and not (os.path.lexists(old) and os.path.samefile(old, new)):
            raise ToolRetry(f"{bench.shown(new)} is already there; nothing was moved.", code="exists")
        if new.is_relative_to(old) and new != old:
            raise ToolRetry(f"{bench.shown(old)} cannot be moved into itself.")
    changes = (*folders, *(bench.changes.move(old, new) for old, new in pairs if old != new))
    told = _moved_text(bench, "Moved", pairs) if changes else f"{', '.join(bench.shown(old) for old, _ in pairs)} is there already; nothing was moved."
    return Planned(changes, _moved_value(pairs), told, "\n".join(f"{bench.shown(old)} → {bench.shown(new)}" for old, new in pairs))


@tool("files.copy", "reversible", reads=("source",), writes=("target",), aliases=("copy_file", "file_copy", "cp", "duplicate_file", "copy_files"))
def copy(
    bench: Workbench,
    source: Annotated[str | list[str], "file, folder or pattern such as *.txt, or several"],
    target: Annotated[str, "new name, or folder to copy into"],
    exclude: Annotated[list[str], "names or patterns to leave out"] = [],  # noqa: B006
    only: Only = "all",
) -> Planned:
    """Copy files or folders. A pattern copies every match into the target folder, which is made if missing."""
    sources = select(source, bench.workspace, exclude, only)
    pairs, folders = _destinations(bench, sources, source, _with_ending(bench, source, sources, target))
    changes: list[Change] = list(folders)
    for old, new in pairs:
        if os.path.lexists(new):
            raise ToolRetry(f"{bench.shown(new)} is already there; nothing was copied.", code="exists")
        changes += _copy_changes(bench, old, new)
    return Planned(tuple(changes), _moved_value(pairs), _moved_text(bench, "Copied", pairs), "\n".join(f"{bench.shown(old)} ⇒ {bench.shown(new)}" for old, new in pairs))


@tool(
    "files.delete",
    "reversible",
    reads=("path",),
    writes=("path",),
    aliases=("delete_file", "remove_file", "file_delete", "rm", "trash", "delete_folder", "remove", "unlink", "delete_files"),
)
def delete(
    bench: Workbench,
    path: Annotated[str | list[str], "file, folder or pattern such as *.tmp, or several"],
    exclude: Annotated[list[str], "names or patterns to keep"] = [],  # noqa: B006
    only: Only = "all",
) -> Planned:
    """Delete files or folders: they go to Deskhand's trash and come back with undo."""
    targets = select(path, bench.workspace, exclude, only)
    root = bench.workspace.resolve()
    if any(root.is_relative_to(target) for target in targets):
        raise ToolRetry("The workspace itself cannot be deleted.")
    changes: list[Change] = []
    for number, target in enumerate(targets):
        changes += bench.changes.to_trash(target, f"{bench.key}/{number}")
    names = [bench.shown(target) for target in targets]
    return Planned(
        tuple(changes),
        {"paths": [str(target) for target in targets]},
        f"Deleted {_listed(names)} (undo brings {'it' if len(names) == 1 else 'them'} back).",
        "delete " + "\n".join(names),
    )


@tool("files.sort_into_folders", "reversible", reads=("path",), writes=("path",), aliases=("organize_files", "organise_files", "sort_files", "tidy_folder", "group_files"))
def sort_into_folders(bench: Workbench, path: str = ".", by: Annotated[Literal["type", "extension", "month", "year"], "what decides the folder"] = "type") -> Planned:
    """Sort the files of a folder into subfolders by type (Images, Documents …), extension, or month or year of change."""
    folder = paths.existing(path, bench.workspace).resolve()
    changes: list[Change] = []
    pairs: list[tuple[Path, Path]] = []
    made: set[str] = set()
    for file in sorted(item for item in folder.iterdir() if item.is_file() and not item.name.startswith(".")):
        new = folder / _group(file, by) / file.name
        if os.path.lexists(new):
            raise ToolRetry(f"{bench.shown(new)} is already there; nothing was moved.", code="exists")
        for change in bench.changes.folders(new.parent):
            if change.path not in made:
                made.add(change.path)
                changes.append(change)
        changes.append(bench.changes.move(file, new))
        pairs.append((file, new))
    return Planned(
        tuple(changes),
        _moved_value(pairs),
        _moved_text(bench, "Sorted", pairs) if pairs else "There were no files to sort.",
        "\n".join(f"{bench.shown(old)} → {bench.shown(new)}" for old, new in pairs),
    )


def read_text(path: Path) -> str:
    """A text file's content, in UTF-8 or the encoding its byte order mark names. Raises :class:`ToolRetry` for anything else."""
    if path.is_dir():
        raise ToolRetry(f"{path.name} is a folder, not a file.")
    if path.stat().st_size > MAX_TEXT:
        raise ToolRetry(f"{path.name} is larger than {MAX_TEXT // 1_000_000} MB.")
    raw = path.read_bytes()
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig" if raw[:3] == b"\xef\xbb\xbf" else "utf-8"
    if encoding != "utf-16" and b"\0" in raw[:8000]:
        raise ToolRetry(f"{path.name} is not a text file.")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _put_text(bench: Workbench, target: Path, text: str, verb: str) -> Planned:
    old = read_text(target) if target.is_file() else ""
    changes = (*bench.changes.folders(target.parent), bench.changes.put(target, text.encode("utf-8", "surrogatepass")))
    name = bench.shown(target)
    diff = "\n".join(difflib.unified_diff(old.splitlines(), text.splitlines(), name if target.exists() else "/dev/null", name, lineterm="", n=2))
    return Planned(changes, {"path": str(target), "bytes": len(text.encode("utf-8", "surrogatepass")), "lines": len(text.splitlines())}, f"{verb} {name}.", diff[:20_000])


def _replaced(text: str, find: str, replace: str, count: int, ignore_case: bool) -> tuple[str, int]:
    import re

    if not find:
        raise ToolRetry("The text to look for is empty.")
    return re.subn(re.escape(find), lambda _: replace, text, count=count, flags=re.I if ignore_case else 0)


def _with_ending(bench: Workbench, source: str | list[str], sources: list[Path], target: str) -> str:
    """The new name with the ending of the file, where the file was named without it ("rename report to summary")."""
    unsaid = isinstance(source, str) and len(sources) == 1 and sources[0].suffix and not Path(source).suffix and not is_pattern(source) and not sources[0].is_dir()
    return target + sources[0].suffix if unsaid and not target.endswith("/") and not Path(target).suffix and not paths.resolve(target, bench.workspace).is_dir() else target


def _destinations(bench: Workbench, sources: list[Path], source: str | list[str], target: str) -> tuple[list[tuple[Path, Path]], list[Change]]:
    """Where each source goes, and the folders that must be made for it."""
    goal = paths.resolve(target, bench.workspace)
    pattern = not isinstance(source, str) or (is_pattern(source) and not os.path.lexists(paths.resolve(source, bench.workspace)))
    into = goal.is_dir() or target.rstrip().endswith("/") or pattern or len(sources) > 1
    if into and goal.is_dir() and len(sources) == 1 and goal == sources[0]:
        into = False  # the same name in another case
    if into:
        goal = goal.resolve()
        sources = [item for item in sources if item != goal]
        return [(item, goal / item.name) for item in sources], bench.changes.folders(goal)
    return [(sources[0], goal)], bench.changes.folders(goal.parent)


def _copy_changes(bench: Workbench, old: Path, new: Path) -> list[Change]:
    if not old.is_dir():
        return [bench.changes.put_file(new, old)]
    if new.is_relative_to(old):
        raise ToolRetry(f"{bench.shown(old)} cannot be copied into itself.")
    changes = [Change("mkdir", str(new))]
    for folder, names, files in os.walk(old):
        names.sort()
        here = new / Path(folder).relative_to(old)
        changes += [Change("mkdir", str(here / name)) for name in names]
        changes += [bench.changes.put_file(here / name, Path(folder) / name) for name in sorted(files) if (Path(folder) / name).is_file()]
    return changes


_KINDS = {
    "Images": "jpg jpeg png gif bmp webp svg heic tif tiff ico raw",
    "Documents": "pdf doc docx odt rtf txt md tex pages epub",
    "Spreadsheets": "xls xlsx ods csv tsv numbers",
    "Presentations": "ppt pptx odp key",
    "Music": "mp3 wav flac ogg m4a aac opus",
    "Videos": "mp4 mkv avi mov webm wmv m4v",
    "Archives": "zip tar gz bz2 xz 7z rar tgz zst",
    "Code": "py js ts c h cpp java rs go rb sh html css json xml yaml yml toml sql",
    "Programs": "exe msi deb rpm dmg appimage apk",
}


def _group(file: Path, by: str) -> str:
    import datetime

    extension = file.suffix.lower().lstrip(".")
    if by == "extension":
        return extension or "none"
    if by == "type":
        return next((kind for kind, extensions in _KINDS.items() if extension in extensions.split()), "Other")
    changed = datetime.datetime.fromtimestamp(file.stat().st_mtime)
    return f"{changed:%Y-%m}" if by == "month" else f"{changed:%Y}"


def _moved_value(pairs: list[tuple[Path, Path]]) -> dict[str, object]:
    return {"path": str(pairs[0][1]) if pairs else "", "items": [{"from": str(old), "path": str(new)} for old, new in pairs], "count": len(pairs)}


def _moved_text(bench: Workbench, verb: str, pairs: list[tuple[Path, Path]]) -> str:
    if len(pairs) == 1:
        return f"{verb} {bench.shown(pairs[0][0])} to {bench.shown(pairs[0][1])}."
    return f"{verb} {len(pairs)} items: {_listed([bench.shown(old) for old, _ in pairs])}."


def _listed(names: list[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
