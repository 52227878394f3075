"""Tools that make folders and write text. Each returns what it will do; the engine in ``tools.changes`` does it, checks it and undoes it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from core.errors import ToolRetry
from tools import paths
from tools.declare import Planned, tool
from tools.documents.content import counted
from tools.documents.encodings import Decoded
from tools.files import batches
from tools.files.entries import BRIEF, Names, Rows, rows_schema
from tools.files.forms import either
from tools.files.wording import listed
from tools.files.writing import Written, load, load_named, load_to_change, plan_text
from tools.workbench import Workbench

MOST_LISTED = 40  # things that a result names one by one


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
    files: Annotated[Rows, BRIEF, rows_schema(path="", text=""), "several at once"] = [],  # noqa: B006 (a schema default, never changed)
) -> Planned:
    """Write text files (UTF-8), by path and text or by files, replacing what they held. Missing folders are made. The result says lines, words (with and without marks), bytes, and placeholders left."""
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
def append(
    bench: Workbench,
    path: Annotated[Names, "file, or several"],
    text: Annotated[str, "added on a line of its own"],
    at: Annotated[Literal["end", "start"], BRIEF] = "end",
) -> Planned:
    """Add text at the end or start of a text file, which is made if missing. The result says what was added, also a missing line break before it, and lines, words and bytes of the whole."""
    targets = list(dict.fromkeys(paths.target_of(name, bench.workspace) for name in ([path] if isinstance(path, str) else path)))
    if not targets:
        raise ToolRetry("path is empty.", hint="path names a file, or several.")
    planned = [_append_one(bench, target, text, at) for target in targets]
    if len(planned) == 1:
        return planned[0]
    changes = {(change.kind, change.path): change for one in planned for change in one.changes}
    value = {"path": planned[0].value["path"], "items": [one.value for one in planned], "count": len(planned), "added": sum(one.value["added"] for one in planned)}
    return Planned(tuple(changes.values()), value, "\n".join(one.text for one in planned), "\n".join(one.preview for one in planned))


def _append_one(bench: Workbench, target: Path, text: str, at: str) -> Planned:
    before = load_to_change(target, bench) if target.exists() else Decoded("")
    ends = "\r\n" if "\r\n" in before.text else "\n"
    added = text.replace("\r\n", "\n").replace("\n", ends) if ends != "\n" else text
    added += "" if added.endswith("\n") else ends
    joint = "" if at == "start" or not before.text or before.text.endswith("\n") else ends
    written = plan_text(bench, target, added + before.text if at == "start" else before.text + joint + added, before)
    broken = ", after a line break, which the last line did not have" if joint else ""
    said = f"Added {counted(added.count(ends), 'line')} at the {at} of {bench.shown(target)}{broken}: it has {written.about} now.{written.remark}"
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
    find: Annotated[str, BRIEF] = "",
    replace: Annotated[str, BRIEF] = "",
    count: Annotated[int, BRIEF, "places at most; 0: all"] = 0,
    ignore_case: Annotated[bool, BRIEF] = False,
    edits: Annotated[Rows, BRIEF, rows_schema(find="", replace="", count="integer", path="string"), "several in order; path: another file"] = [],  # noqa: B006
) -> Planned:
    """Replace exact passages in text files: one (find, replace) or several (edits). All of them must be there, else nothing is changed. Encoding and line ends stay."""
    rows = [{"find": find, "replace": replace, "count": count}] * bool(find or not edits) + batches.rows_of(edits, "edits", ("find", "replace"), ("count", "path"))
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
