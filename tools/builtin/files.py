"""Tools that change files. Each returns what it will do; the engine in ``tools.changes`` does it, checks it and undoes it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import WithJsonSchema

from core.errors import ToolRetry
from core.ports import Change
from tools import paths
from tools.declare import Planned, tool
from tools.documents.content import counted
from tools.documents.encodings import Decoded
from tools.documents.kinds import special_of
from tools.files import batches
from tools.files.batches import Transfer
from tools.files.entries import BRIEF, Names
from tools.files.forms import either
from tools.files.names import choose, existing
from tools.files.wording import listed
from tools.files.writing import Written, load, load_named, load_to_change, plan_text
from tools.selection import Only
from tools.workbench import Workbench

MOST_LISTED = 40  # things that a result names one by one
Rows = list[dict[str, Any]]


def _rows(**properties: str) -> WithJsonSchema:
    """The schema of a list of objects; all texts but those of which the kind is said."""
    kinds = {name: {"type": kind or "string"} for name, kind in properties.items()}
    return WithJsonSchema({"type": "array", "items": {"type": "object", "properties": kinds, "required": [name for name, kind in properties.items() if not kind]}})


@tool(
    "files.make_folder",
    "reversible",
    writes=("path",),
    aliases=("mkdir", "make_dir", "create_folder", "create_directory", "make_directory", "new_folder", "fs_mkdir", "make_folders"),
)
def make_folder(bench: Workbench, path: Annotated[Names, "folder, or several"]) -> Planned:
    """Make folders, parents too. One that is there already stays as it is."""
    folders = [paths.target_of(name, bench.workspace) for name in ([path] if isinstance(path, str) else path)]
    if not folders:
        raise ToolRetry("path is empty.", hint="Name at least one folder.")
    needed = [bench.changes.folders(folder) for folder in folders]
    changes = {change.path: change for one in needed for change in one}
    made, there = ([bench.shown(folder) for folder, one in zip(folders, needed, strict=True) if bool(one) is new] for new in (True, False))
    text = " ".join(
        [f"Made the {'folder' if len(made) == 1 else 'folders'} {listed(made, MOST_LISTED)}."] * bool(made)
        + [f"The {'folder' if len(there) == 1 else 'folders'} {listed(there, MOST_LISTED)} {'was' if len(there) == 1 else 'were'} there already."] * bool(there)
    )
    value = {"path": str(folders[0]), "made": bool(changes)} | ({"paths": [str(folder) for folder in folders]} if len(folders) > 1 else {})
    return Planned(tuple(changes.values()), value, text, "\n".join(f"make folder {bench.shown(folder)}" for folder in folders))


@either(("path",), ("files",))
@tool(
    "files.write",
    "reversible",
    writes=("path", "files.path"),
    aliases=("write_file", "create_file", "file_write", "save_file", "put_file", "new_file", "fs_write", "make_file", "overwrite_file", "write_files"),
)
def write(
    bench: Workbench,
    path: Annotated[str, BRIEF] = "",
    text: Annotated[str, BRIEF, "the whole new content"] = "",
    files: Annotated[Rows, BRIEF, _rows(path="", text=""), "several at once"] = [],  # noqa: B006 (a schema default, never changed)
) -> Planned:
    """Write text files (UTF-8), replacing what they held. Missing folders are made. The result says lines, words, bytes and which placeholders are left."""
    rows = [{"path": path, "text": text}] * bool(path) + batches.rows_of(files, "files", ("path", "text"))
    if not rows:
        raise ToolRetry("path is missing.", hint='files.write takes path and text, or files: [{"path": …, "text": …}].')
    targets = [paths.target_of(row["path"], bench.workspace) for row in rows]
    if twice := next((target for number, target in enumerate(targets) if target in targets[:number]), None):
        raise ToolRetry(f"{bench.shown(twice)} is to be written twice; nothing was written.", hint="Put all of its text into one entry.")
    verbs = ["Wrote" if target.exists() else "Made" for target in targets]
    written = [plan_text(bench, target, row["text"]) for target, row in zip(targets, rows, strict=True)]
    return _several_texts(bench, written, verbs)


def _several_texts(bench: Workbench, written: list[Written], verbs: list[str]) -> Planned:
    """One set of changes for texts of several files, each with its line in the result."""
    changes = {(change.kind, change.path): change for one in written for change in one.changes}
    lines = [f"{verb} {bench.shown(Path(one.value['path']))}: {one.about}.{one.remark}" for one, verb in zip(written, verbs, strict=True)]
    preview = "\n".join(one.preview for one in written)
    if len(written) == 1:
        return Planned(tuple(changes.values()), written[0].value, lines[0], preview)
    values = [one.value for one in written]
    value = {"path": values[0]["path"], "items": values, "count": len(values), "bytes": sum(one["bytes"] for one in values), "lines": sum(one["lines"] for one in values)}
    return Planned(tuple(changes.values()), value, "\n".join([f"{counted(len(values), 'file')}:", *(f"- {line}" for line in lines)]), preview)


@tool("files.append", "reversible", writes=("path",), aliases=("append_file", "file_append", "append_to_file", "add_line", "add_to_file"))
def append(bench: Workbench, path: str, text: Annotated[str, "added on a line of its own"], at: Annotated[Literal["end", "start"], "where"] = "end") -> Planned:
    """Add text at the end, or at the start, of a text file; it is made if it is not there. The result says what was added and lines, words and bytes of the whole."""
    target = paths.target_of(path, bench.workspace)
    before = load_to_change(target, bench) if target.exists() else Decoded("")
    ends = "\r\n" if "\r\n" in before.text else "\n"
    added = text.replace("\r\n", "\n").replace("\n", ends) if ends != "\n" else text
    added += "" if added.endswith("\n") else ends
    joint = "" if not before.text or before.text.endswith("\n") else ends
    whole = added + before.text if at == "start" else before.text + joint + added
    written = plan_text(bench, target, whole, before)
    said = f"Added {counted(added.count(ends), 'line')} at the {at} of {bench.shown(target)}: it has {written.about} now.{written.remark}"
    return Planned(written.changes, {**written.value, "added": added.count(ends)}, said, written.preview)


@either(("path", "find", "replace"), ("edits",))
@tool(
    "files.edit",
    "reversible",
    reads=("path", "edits.path"),
    writes=("path", "edits.path"),
    aliases=("edit_file", "replace_in_file", "str_replace", "file_edit", "find_and_replace", "replace_text", "multi_edit"),
)
def edit(
    bench: Workbench,
    path: Annotated[str, BRIEF] = "",
    find: Annotated[str, BRIEF, "exact passage"] = "",
    replace: Annotated[str, BRIEF] = "",
    count: Annotated[int, BRIEF, "places at most; 0: all"] = 0,
    ignore_case: Annotated[bool, BRIEF] = False,
    edits: Annotated[Rows, BRIEF, _rows(old="", new="", count="integer", path="string"), "several in order; path: another file"] = [],  # noqa: B006
) -> Planned:
    """Replace passages in text files: one (find, replace) or several (edits). All of them must be there, else nothing is changed. Encoding and line ends stay."""
    rows = [{"old": find, "new": replace, "count": count}] * bool(find or not edits) + batches.rows_of(edits, "edits", ("old", "new"), ("count", "path"))
    grouped: dict[Path, Rows] = {}
    for row in rows:
        if not (name := row.get("path") or path):
            raise ToolRetry("path is missing.", hint="path names the file; in edits each may have a path of its own.")
        grouped.setdefault(load_named(name, bench)[0], []).append(row)
    planned = [_edit_one(bench, target, own, ignore_case) for target, own in grouped.items()]
    if len(planned) == 1:
        return planned[0]
    value = {"path": planned[0].value["path"], "replaced": sum(one.value["replaced"] for one in planned), "items": [one.value for one in planned]}
    return Planned(tuple(change for one in planned for change in one.changes), value, "\n".join(one.text for one in planned), "\n".join(one.preview for one in planned))


def _edit_one(bench: Workbench, target: Path, rows: Rows, ignore_case: bool) -> Planned:
    before = load(target)
    name = bench.shown(target)
    new, done = batches.replace_all(name, before.text, rows, ignore_case)
    written = plan_text(bench, target, new, before)
    number = sum(one.number for one in done)
    lines = list(dict.fromkeys(line for one in done for line in one.lines))
    where = f"{'line' if len(lines) == 1 else 'lines'} {listed([str(line) for line in lines], 20)}"
    text = f"Replaced {counted(number, 'place')} in {name} ({where}): it has {written.about} now.{written.remark}"
    return Planned(written.changes, {**written.value, "replaced": number, "at": lines}, text, written.preview)


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
    only: Only = "all",
    moves: Annotated[Rows, BRIEF, _rows(source="", target=""), "several at once"] = [],  # noqa: B006
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


@either(("source", "target"), ("moves",))
@tool("files.copy", "reversible", reads=("source", "moves.source"), writes=("target", "moves.target"), aliases=("copy_file", "file_copy", "cp", "duplicate_file", "copy_files"))
def copy(
    bench: Workbench,
    source: Annotated[Names, BRIEF, "file, folder, pattern, or several"] = "",
    target: Annotated[str, BRIEF, "new name, or folder"] = "",
    exclude: Annotated[list[str], BRIEF, "names or patterns to leave"] = [],  # noqa: B006
    only: Only = "all",
    moves: Annotated[Rows, BRIEF, _rows(source="", target=""), "several at once"] = [],  # noqa: B006
) -> Planned:
    """Copy files or folders. A target that is no folder is the copy's name; ending in / it is a folder, made if missing. Several, or a pattern, go into the folder target. Nothing is overwritten."""
    goal = _transfers(bench, source, target, exclude, only, moves, "copies")
    pairs, folders = goal.pairs, goal.folders
    batches.require_free(bench, pairs, moves=False)
    changes: list[Change] = list(folders)
    for old, new in pairs:
        changes += _copy_changes(bench, old, new)
    return Planned(tuple(changes), _moved_value(pairs), _moved_text(bench, "Copied", pairs, folders), _arrows(bench, pairs, "⇒"))


def _transfers(bench: Workbench, source: Names, target: str, exclude: list[str], only: Only, moves: Rows, what: str) -> Transfer:
    """The single form and the rows of a batch as one. Raises :class:`ToolRetry`."""
    rows = batches.rows_of(moves, "moves", ("source", "target"))
    if source or not rows:
        if not source or not target:
            missing = "source" if not source else "target"
            raise ToolRetry(f"{missing} is missing.", hint=f'It takes source and target, or several {what}: "moves": [{{"source": …, "target": …}}].')
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
    path: Annotated[Names, "file, folder or pattern such as *.tmp, or several"],
    exclude: Annotated[list[str], BRIEF, "names or patterns to keep"] = [],  # noqa: B006
    only: Only = "all",
) -> Planned:
    """Delete files or folders: they go to Deskhand's trash and come back with undo. Every name must be there, else none is deleted. Of a folder the result says how many files were in it."""
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


def read_text(path: Path) -> str:
    """A text file's content, whatever its encoding. Raises :class:`ToolRetry` for anything else."""
    return load(path).text


def _copy_changes(bench: Workbench, old: Path, new: Path) -> list[Change]:
    if not old.is_dir():
        if special := special_of(old):
            raise ToolRetry(f"{bench.shown(old)} is a {special}, which cannot be copied.", code="unreadable", hint="files.move moves it; exclude leaves it out.")
        return [bench.changes.put_file(new, old)]
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
