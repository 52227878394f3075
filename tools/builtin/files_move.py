"""Tools that move, copy, delete and sort files. Each returns what it will do; the engine in ``tools.changes`` does it, checks it and undoes it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field

from core.errors import ToolRetry
from core.ports import Change
from tools.declare import Planned, tool
from tools.documents.content import counted
from tools.documents.kinds import special_of
from tools.files import batches
from tools.files.batches import Transfer
from tools.files.entries import BRIEF, Names, Rows, rows_schema
from tools.files.forms import either
from tools.files.names import choose, existing, tree, without
from tools.files.wording import listed
from tools.selection import Only
from tools.workbench import Workbench

MOST_LISTED = 40  # things that a result names one by one


@either(("source", "target"), ("moves",))
@tool(
    "files.move",
    "reversible",
    reads=("source", "moves.source"),
    writes=("source", "target", "moves.source", "moves.target"),
    aliases=("move_file", "rename_file", "rename", "file_move", "mv", "files.rename", "move_files", "rename_files"),
)
def move(
    bench: Workbench,
    source: Annotated[Names, BRIEF, "file, folder, pattern, or several"] = "",
    target: Annotated[str, BRIEF, "new name, or folder"] = "",
    exclude: Annotated[list[str], BRIEF, "names or patterns to leave"] = [],  # noqa: B006
    only: Annotated[Only, BRIEF] = "all",
    moves: Annotated[Rows, BRIEF, rows_schema(source="names", target=""), "several; all are checked, then done in order"] = [],  # noqa: B006
) -> Planned:
    """Move or rename files or folders. A target that is no folder is the new name; ending in / it is a folder, made if missing. Several, or a pattern, go into the folder target. Nothing is overwritten."""
    goal = _transfers(bench, source, target, exclude, only, moves, "moves")
    pairs, folders = goal.pairs, goal.folders
    batches.require_free(bench, pairs, moves=True)
    changes = (*folders, *(bench.changes.move(old, new) for old, new in pairs if old != new))
    same = [bench.shown(old) for old, new in pairs if old == new]
    if not any(old != new for old, new in pairs):
        return Planned((), _moved_value(pairs), f"{listed(same)} is there already; nothing was moved.", "")
    return Planned(changes, _moved_value(pairs), _moved_text(bench, "Moved", pairs, folders), _arrows(bench, pairs, "→"))


@either(("source", "target"), ("copies",))
@tool(
    "files.copy",
    "reversible",
    reads=("source", "copies.source", "moves.source"),
    writes=("target", "copies.target", "moves.target"),
    aliases=("copy_file", "file_copy", "cp", "duplicate_file", "copy_files"),
)
def copy(
    bench: Workbench,
    source: Annotated[Names, BRIEF, "file, folder, pattern, or several"] = "",
    target: Annotated[str, BRIEF, "new name, or folder"] = "",
    exclude: Annotated[list[str], BRIEF, "names or patterns to leave"] = [],  # noqa: B006
    only: Annotated[Only, BRIEF] = "all",
    copies: Annotated[Rows, BRIEF, Field(validation_alias=AliasChoices("copies", "moves")), rows_schema(source="names", target=""), "several"] = [],  # noqa: B006
) -> Planned:
    """Copy files or folders. A target that is no folder is the copy's name; ending in / it is a folder, made if missing. Several, or a pattern, go into the folder target. Nothing is overwritten."""
    goal = _transfers(bench, source, target, exclude, only, copies, "copies")
    pairs, folders = goal.pairs, goal.folders
    batches.require_free(bench, pairs, moves=False)
    changes: list[Change] = list(folders)
    left_out: list[Path] = []
    for old, new in pairs:
        changes += _copy_changes(bench, old, new, left_out)
    text = _moved_text(bench, "Copied", pairs, folders) + without(left_out, bench.workspace)
    return Planned(tuple(changes), _moved_value(pairs), text, _arrows(bench, pairs, "⇒"))


def _transfers(bench: Workbench, source: Names, target: str, exclude: list[str], only: Only, moves: Rows, what: str) -> Transfer:
    """The single form and the rows of a batch as one. Raises :class:`ToolRetry`."""
    rows = batches.rows_of(moves, what, ("source", "target"), several=("source",))
    if source or not rows:
        if not source or not target:
            missing = "source" if not source else "target"
            raise ToolRetry(f"{missing} is missing.", hint=f'It takes source and target, or several, {what}: [{{"source": …, "target": …}}].')
        rows = [{"source": source, "target": target}, *rows]
    return batches.join([batches.plan_transfer(bench, row["source"], row["target"], exclude, only) for row in rows])


@tool(
    "files.delete",
    "reversible",
    reads=("path",),
    writes=("path",),
    aliases=("delete_file", "remove_file", "file_delete", "rm", "trash", "delete_folder", "remove", "unlink", "delete_files"),
)
def delete(
    bench: Workbench,
    path: Annotated[Names, "file, folder, pattern (*.tmp), or several"],
    exclude: Annotated[list[str], BRIEF, "names or patterns to keep"] = [],  # noqa: B006
    only: Annotated[Only, BRIEF] = "all",
) -> Planned:
    """Delete files or folders, into Deskhand's trash; undo brings them back. Every name must be there, else none is deleted. Of a folder the result says how many files were in it."""
    targets = _without_inner(choose(path, bench.workspace, exclude, only))
    root = bench.workspace.resolve()
    if any(root.is_relative_to(target) for target in targets):
        raise ToolRetry("The workspace itself cannot be deleted.", hint="Name what is in it; * is everything that is not hidden.")
    changes: list[Change] = []
    for number, target in enumerate(targets):
        changes += bench.changes.to_trash(target, f"{bench.key}/{number}")
    names = [f"{bench.shown(target)}{_inside(target)}" for target in targets]
    unmatched = batches.unmatched(bench, path)
    none = f" Nothing matched {listed(unmatched)}." if unmatched else ""
    return Planned(
        tuple(changes),
        {"paths": [str(target) for target in targets], "count": len(targets)},
        f"Deleted {listed(names, MOST_LISTED)} (undo brings {'it' if len(names) == 1 else 'them'} back).{none}",
        "delete " + "\n".join(names),
    )


def _without_inner(targets: list[Path]) -> list[Path]:
    """What lies in a folder that is deleted too goes with it."""
    return [target for target in targets if not any(other != target and target.is_relative_to(other) for other in targets)]


def _inside(target: Path) -> str:
    """How many files a folder holds, for whoever reads that it is deleted."""
    if not target.is_dir() or target.is_symlink():
        return ""
    number = sum(len(files) for _, _, files in os.walk(target))
    return f" (a folder with {counted(number, 'file')})" if number else " (an empty folder)"


@tool("files.sort_into_folders", "reversible", reads=("path",), writes=("path",), aliases=("organize_files", "organise_files", "sort_files", "tidy_folder", "group_files"))
def sort_into_folders(bench: Workbench, path: str = ".", by: Annotated[Literal["type", "extension", "month", "year"], "what decides the folder"] = "type") -> Planned:
    """Sort the files of one folder into subfolders by the ending of their names (type: Images, Documents …; or extension) or by month or year of change. It does not look at what files hold: to sort by content read them and use files.move."""
    folder = existing(path, bench.workspace).resolve()
    if not folder.is_dir():
        raise ToolRetry(f"{bench.shown(folder)} is a file, not a folder.", hint="path names the folder whose files are sorted.")
    files = sorted(item for item in folder.iterdir() if item.is_file() and not item.name.startswith("."))
    pairs = tuple((file, folder / _group(file, by) / file.name) for file in files)
    batches.require_free(bench, pairs, moves=True)
    folders = {change.path: change for _, new in pairs for change in bench.changes.folders(new.parent)}
    changes = (*folders.values(), *(bench.changes.move(old, new) for old, new in pairs))
    text = _moved_text(bench, "Sorted", pairs, tuple(folders.values())) if pairs else f"There were no files to sort in {bench.shown(folder)}."
    return Planned(changes, _moved_value(pairs), text, _arrows(bench, pairs, "→"))


def _copy_changes(bench: Workbench, old: Path, new: Path, left_out: list[Path]) -> list[Change]:
    """What gives a file or a whole folder another time; what is private in a folder goes to ``left_out``."""
    if not old.is_dir():
        if special := special_of(old):
            raise ToolRetry(f"{bench.shown(old)} is a {special}, which cannot be copied.", code="unreadable", hint="files.move moves it; exclude leaves it out.")
        return [bench.changes.put_file(new, old)]
    changes = [Change("mkdir", str(new))]
    for item in tree(old, left_out):
        goal = new / item.relative_to(old)
        if item.is_dir():
            changes.append(Change("mkdir", str(goal)))
        elif item.is_file():
            changes.append(bench.changes.put_file(goal, item))
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


def _moved_value(pairs: tuple[tuple[Path, Path], ...]) -> dict[str, object]:
    return {"path": str(pairs[0][1]) if pairs else "", "items": [{"from": str(old), "path": str(new)} for old, new in pairs], "count": len(pairs)}


def _moved_text(bench: Workbench, verb: str, pairs: tuple[tuple[Path, Path], ...], folders: tuple[Change, ...] = ()) -> str:
    """Where each went, and which folders were made for them."""
    made = f" Made the {'folder' if len(folders) == 1 else 'folders'} {listed([bench.shown(Path(change.path)) for change in folders], MOST_LISTED)}." if folders else ""
    if len(pairs) == 1:
        return f"{verb} {bench.shown(pairs[0][0])} to {bench.shown(pairs[0][1])}.{made}{_lost_ending(bench, *pairs[0])}"
    more = f"\n… and {len(pairs) - MOST_LISTED} more" if len(pairs) > MOST_LISTED else ""
    return f"{verb} {counted(len(pairs), 'item')}:\n{_arrows(bench, pairs[:MOST_LISTED], '→', '- ')}{more}" + (f"\n{made.strip()}" if made else "")


def _lost_ending(bench: Workbench, old: Path, new: Path) -> str:
    """A remark where what was meant as a folder may have become a file's name."""
    if not old.suffix or new.suffix or old.is_dir() or new.name == old.name:
        return ""
    return f" There was no folder {bench.shown(new)}, so that is the file's name now; a target that ends in / makes a folder."


def _arrows(bench: Workbench, pairs: tuple[tuple[Path, Path], ...], arrow: str, mark: str = "") -> str:
    return "\n".join(f"{mark}{bench.shown(old)} {arrow} {bench.shown(new)}" for old, new in pairs)
