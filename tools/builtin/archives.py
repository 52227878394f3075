"""Making and unpacking archives. Names inside an archive never lead outside the target folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import Annotated

from core.errors import ToolRetry
from core.ports import Change
from tools import paths
from tools.declare import Planned, tool
from tools.documents.content import counted
from tools.documents.kinds import special_of
from tools.files.names import choose, existing, tree, without
from tools.files.wording import listed
from tools.regular_files import open_regular
from tools.sandbox.box import in_box
from tools.sandbox.scratch import scratch_folder
from tools.selection import Only
from tools.unpacking import unpack
from tools.workbench import Workbench

UNPACK_SECONDS = 180.0


@tool("files.archive", "reversible", reads=("source",), writes=("target",), aliases=("zip", "zip_files", "make_zip", "compress", "create_archive", "archive", "zip_folder", "tar"))
def archive(
    bench: Workbench,
    source: Annotated[str | list[str], "file, folder or pattern, or several"],
    target: Annotated[str, "archive to make, .zip or .tar.gz; empty: named after the source"] = "",
    exclude: Annotated[list[str], "names or patterns to leave out"] = [],  # noqa: B006
    only: Only = "all",
) -> Planned:
    """Pack files or folders into a new .zip or .tar.gz. The sources stay; the result says how many files, their names and the bytes of the archive."""
    sources = choose(source, bench.workspace, exclude, only)
    goal = paths.resolve(target, bench.workspace) if target else sources[0].with_name((sources[0].name if sources[0].is_dir() else sources[0].stem) + ".zip")
    if goal.is_dir():
        goal = goal / (sources[0].name + ".zip")
    if not goal.name.endswith((".zip", ".tar.gz", ".tgz", ".tar")):
        goal = goal.with_name(goal.name + ".zip")
    if os.path.lexists(goal):
        raise ToolRetry(f"{bench.shown(goal)} is already there.", code="exists", hint="Choose another target, or delete or move that one first.")
    if odd := next((item for item in sources if special_of(item)), None):
        raise ToolRetry(f"{bench.shown(odd)} is a {special_of(odd)}, which cannot be packed.", code="unreadable", hint="Leave it out with exclude.")
    left_out: list[Path] = []
    names = _members(sources, goal, left_out)
    with scratch_folder() as scratch:
        made = scratch / "archive"
        (_write_zip if goal.suffix == ".zip" else _write_tar)(made, names)
        size = made.stat().st_size
        changes = (*bench.changes.folders(goal.parent), bench.changes.put_made(goal, made))
    files = [name for _, name in names if not name.endswith("/")]
    return Planned(
        changes,
        {"path": str(goal), "count": len(files), "items": files[:500], "bytes": size},
        f"Packed {counted(len(files), 'file')} into {bench.shown(goal)} ({counted(size, 'byte')}): {listed(files, 40)}.{without(left_out, bench.workspace)}",
        f"{bench.shown(goal)}: {listed(files)}",
    )


@tool("files.extract", "reversible", reads=("source",), writes=("target",), aliases=("unzip", "extract_archive", "extract", "unpack", "decompress", "untar"))
def extract(bench: Workbench, source: str, target: Annotated[str, "folder to unpack into; empty: a folder named after the archive"] = "") -> Planned:
    """Unpack a .zip, .tar, .tar.gz, .tar.bz2 or .tar.xz into a folder, which is made. Nothing is overwritten. The result names the files and their bytes in all."""
    packed = existing(source, bench.workspace).resolve()
    if packed.is_dir() or special_of(packed):
        raise ToolRetry(f"{bench.shown(packed)} is a {special_of(packed) or 'folder'}, no archive.", hint="files.list shows what is there.")
    stem = packed.name.removesuffix(".gz").removesuffix(".bz2").removesuffix(".xz").removesuffix(".tar").removesuffix(".zip").removesuffix(".tgz")
    folder = paths.target_of(target, bench.workspace) if target else packed.with_name(stem or "unpacked")
    if (folder.exists() and not folder.is_dir()) or folder == packed:
        folder = packed.with_name(packed.name + ".unpacked")
    with scratch_folder() as scratch:
        members = in_box(unpack, str(packed), str(scratch), files=[packed], seconds=UNPACK_SECONDS, scratch=scratch)
        made, goals = _goals(bench, folder, members)
        changes = [*made, *(Change("put", str(goal), after=bench.changes.blobs.take(scratch / str(number))) for goal, number in goals.items())]
    unpacked, size = [bench.shown(goal) for goal in goals], sum(members[number][1] for number in goals.values())
    return Planned(
        tuple(changes),
        {"path": str(folder), "count": len(unpacked), "items": unpacked[:500], "bytes": size},
        f"Unpacked {counted(len(unpacked), 'file')} into {bench.shown(folder)} ({counted(size, 'byte')}): {listed(unpacked, 40)}.",
        f"unpack {bench.shown(packed)} into {bench.shown(folder)}",
        tainted=True,
    )


def _members(sources: list[Path], goal: Path, left_out: list[Path]) -> list[tuple[Path, str]]:
    """Every file with its name inside the archive; a single folder keeps its own name. What is private in a folder goes to ``left_out``."""
    names: list[tuple[Path, str]] = []
    for source in sources:
        if source.is_dir():
            names += [
                (item, str(item.relative_to(source.parent)) + ("/" if item.is_dir() else ""))
                for item in sorted(tree(source, left_out))
                if item != goal and (item.is_file() or item.is_dir())
            ]
        else:
            names.append((source, source.name))
    return names


def _write_zip(path: Path, names: list[tuple[Path, str]]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as packed:
        for item, name in names:
            if item.is_dir():
                packed.write(item, name)
                continue
            info = zipfile.ZipInfo.from_file(item, name, strict_timestamps=False)
            info.compress_type = zipfile.ZIP_DEFLATED
            with open_regular(item) as source, packed.open(info, "w") as target:
                shutil.copyfileobj(source, target, 1 << 20)


def _write_tar(path: Path, names: list[tuple[Path, str]]) -> None:
    with tarfile.open(path, "w:gz") as packed:
        for item, name in names:
            info = packed.gettarinfo(item, name)
            with contextlib.nullcontext() if not info.isreg() else open_regular(item) as source:
                packed.addfile(info, source)


def _goals(bench: Workbench, folder: Path, members: list[tuple[str, int]]) -> tuple[list[Change], dict[Path, int]]:
    """The folders that are to be made, and where each file goes, by its number; the last of several of one name counts. Raises :class:`ToolRetry`."""
    made: dict[str, Change] = {change.path: change for change in bench.changes.folders(folder)}
    goals: dict[Path, int] = {}
    for number, (name, size) in enumerate(members):
        goal = Path(os.path.normpath(folder / name))
        if not goal.is_relative_to(folder) or os.path.isabs(name):
            raise ToolRetry(
                f"The archive holds {name!r}, which leads outside; nothing was unpacked.", code="unsafe_archive", hint="Such an archive is not unpacked; tell the person."
            )
        made |= {change.path: change for change in bench.changes.folders(goal if size < 0 else goal.parent) if change.path not in made}
        if size >= 0:
            if os.path.lexists(goal):
                raise ToolRetry(f"{bench.shown(goal)} is already there; nothing was unpacked.", code="exists", hint="Give a target folder that is not there yet.")
            goals[goal] = number
    return list(made.values()), goals
