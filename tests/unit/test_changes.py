"""The change engine: every operation can be applied twice, verified, and undone byte for byte."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from core.errors import ToolError, ToolFailed, ToolRetry
from core.home import Home
from core.ports import Intent, ToolContext
from tools.blobs import BlobStore
from tools.changes import Changes, state_of
from tools.toolbox import LocalToolBox

real_umask = os.umask


def snapshot(folder: Path) -> dict[str, Any]:
    """Every path below a folder with its kind, content, mode and time."""
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        info = path.lstat()
        found[str(path.relative_to(folder))] = (state_of(path), info.st_mode, info.st_mtime_ns if path.is_file() else 0)
    return found


async def do(toolbox: LocalToolBox, context: ToolContext, name: str, **args: Any) -> Intent:
    tool, repaired = toolbox.resolve(name, args)
    intent = await toolbox.prepare(tool, repaired, context)
    await toolbox.perform(intent, context)
    result = await toolbox.perform(intent, context)  # a second time: nothing more may happen
    assert await toolbox.verify(intent, result, context) is None
    return intent


def fill(workspace: Path) -> None:
    (workspace / "docs/deep").mkdir(parents=True)
    (workspace / "a.txt").write_text("alpha\nbeta\n")
    (workspace / "b.pdf").write_bytes(bytes(range(256)))
    (workspace / "c.pdf").write_bytes(b"%PDF")
    (workspace / "docs/deep/x.md").write_text("# x")
    (workspace / "run.sh").write_text("#!/bin/sh\n")
    (workspace / "run.sh").chmod(0o755)
    os.utime(workspace / "a.txt", (1_600_000_000, 1_600_000_000))


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("files.make_folder", {"path": "x/y/z"}),
    ("files.write", {"path": "new/n.txt", "text": "hi"}),
    ("files.write", {"path": "a.txt", "text": "over"}),
    ("files.append", {"path": "a.txt", "text": "gamma"}),
    ("files.edit", {"path": "a.txt", "find": "beta", "replace": "BETA"}),
    ("files.edit", {"path": "run.sh", "find": "sh", "replace": "bash", "count": 1}),
    ("files.move", {"source": "a.txt", "target": "docs"}),
    ("files.move", {"source": "a.txt", "target": "renamed.txt"}),
    ("files.move", {"source": "*.pdf", "target": "pdfs"}),
    ("files.move", {"source": "docs", "target": "papers"}),
    ("files.copy", {"source": "docs", "target": "copy"}),
    ("files.copy", {"source": "run.sh", "target": "docs/"}),
    ("files.delete", {"path": "docs"}),
    ("files.delete", {"path": "*.pdf"}),
    ("files.archive", {"source": "docs"}),
    ("files.archive", {"source": "a.txt", "target": "packed.tar.gz"}),
    ("files.sort_into_folders", {"path": "."}),
]


@pytest.mark.parametrize(("name", "args"), CALLS, ids=[f"{name}-{number}" for number, (name, _) in enumerate(CALLS)])
async def test_every_change_is_made_once_verified_and_undone_byte_for_byte(name: str, args: dict, toolbox: LocalToolBox, context: ToolContext, workspace: Path) -> None:
    fill(workspace)
    before = snapshot(workspace)
    intent = await do(toolbox, context, name, **args)
    assert snapshot(workspace) != before
    report = await toolbox.undo(intent.changes)
    assert all(row["undone"] for row in report), report
    assert snapshot(workspace) == before
    assert all(row["undone"] for row in await toolbox.undo(intent.changes)), "undoing twice is harmless"


async def test_a_hundred_random_changes_are_undone_in_reverse(toolbox: LocalToolBox, context: ToolContext, workspace: Path) -> None:
    fill(workspace)
    before, chance, done = snapshot(workspace), random.Random(7), []
    for number in range(100):
        step = ToolContext(context.run_id, f"s{number}", workspace, context.clock, asyncio.Event())
        name, args = chance.choice(CALLS)
        try:
            done.append(await do(toolbox, step, name, **args))
        except ToolError:
            continue
    assert len(done) > 20
    for intent in reversed(done):
        assert all(row["undone"] for row in await toolbox.undo(intent.changes))
    assert snapshot(workspace) == before


async def test_extracting_brings_back_what_was_packed(toolbox: LocalToolBox, context: ToolContext, workspace: Path) -> None:
    fill(workspace)
    await do(toolbox, context, "files.archive", source="docs", target="d.zip")
    await do(toolbox, context, "files.extract", source="d.zip", target="back")
    assert (workspace / "back/docs/deep/x.md").read_text() == "# x"


async def test_what_changed_since_is_never_overwritten_by_undo(toolbox: LocalToolBox, context: ToolContext, workspace: Path) -> None:
    intent = await do(toolbox, context, "files.write", path="a.txt", text="one")
    (workspace / "a.txt").write_text("somebody else")
    (row,) = await toolbox.undo(intent.changes)
    assert not row["undone"] and "changed since" in row["why"]
    assert (workspace / "a.txt").read_text() == "somebody else"


async def test_what_changed_in_the_meantime_is_never_overwritten_by_a_resumed_step(toolbox: LocalToolBox, context: ToolContext, workspace: Path) -> None:
    (workspace / "a.txt").write_text("old")
    intent = await toolbox.prepare("files.write", {"path": "a.txt", "text": "new"}, context)
    (workspace / "a.txt").write_text("somebody else")
    with pytest.raises(ToolFailed) as caught:
        await toolbox.perform(intent, context)
    assert caught.value.code == "conflict"
    assert (workspace / "a.txt").read_text() == "somebody else"


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("files.move", {"source": "a.txt", "target": "b.pdf"}),
        ("files.copy", {"source": "a.txt", "target": "b.pdf"}),
        ("files.move", {"source": "docs", "target": "docs/deep/inside"}),
        ("files.move", {"source": "nothing.txt", "target": "x"}),
        ("files.edit", {"path": "a.txt", "find": "zeta", "replace": "x"}),
        ("files.delete", {"path": "."}),
        ("files.delete", {"path": "../.."}),
        ("files.write", {"path": "docs", "text": "x"}),
        ("files.write", {"path": "a.txt/b", "text": "x"}),
        ("files.write", {"path": "n" * 300, "text": "x"}),
        ("files.write", {"path": " ", "text": "x"}),
        ("files.extract", {"source": "a.txt"}),
        ("files.archive", {"source": "docs", "target": "b.pdf/../a.txt.zip/../../work/b.pdf"}),
    ],
)
async def test_what_cannot_be_done_is_refused_before_anything_changes(name: str, args: dict, toolbox: LocalToolBox, context: ToolContext, workspace: Path) -> None:
    fill(workspace)
    before = snapshot(workspace)
    with pytest.raises(ToolRetry):
        intent = await toolbox.prepare(name, args, context)
        if name == "files.archive":
            assert "b.pdf" in str(intent.changes)
            raise ToolRetry("named next to it")
    assert snapshot(workspace) == before


async def test_an_archive_that_leads_outside_is_refused(toolbox: LocalToolBox, context: ToolContext, workspace: Path) -> None:
    import zipfile

    with zipfile.ZipFile(workspace / "evil.zip", "w") as packed:
        packed.writestr("../evil.txt", "x")
    with pytest.raises(ToolRetry) as caught:
        await toolbox.prepare("files.extract", {"source": "evil.zip"}, context)
    assert caught.value.code == "unsafe_archive"


async def test_a_link_that_leads_outside_counts_as_outside(toolbox: LocalToolBox, context: ToolContext, workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (workspace / "link").symlink_to(tmp_path / "elsewhere")
    intent = await toolbox.prepare("files.write", {"path": "link/a.txt", "text": "x"}, context)
    assert not all(scope.inside for scope in intent.scopes)


async def test_a_move_cut_off_between_copy_and_remove_is_finished(toolbox: LocalToolBox, context: ToolContext, workspace: Path) -> None:
    (workspace / "a.txt").write_text("x")
    intent = await toolbox.prepare("files.move", {"source": "a.txt", "target": "b.txt"}, context)
    (workspace / "b.txt").write_text("x")  # as after a crash while moving to another file system
    await toolbox.perform(intent, context)
    assert not (workspace / "a.txt").exists() and (workspace / "b.txt").read_text() == "x"


def test_a_full_disk_is_told_in_words(own_home: Home, monkeypatch: pytest.MonkeyPatch, workspace: Path) -> None:
    changes = Changes(BlobStore(own_home.blobs), own_home.trash)
    change = changes.put(workspace / "a.txt", b"hello")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ToolFailed) as caught:
        changes.apply((change,))
    assert caught.value.code == "no_space"
    assert not list(workspace.iterdir()), "nor is half of it left"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="dies in a copy of this process")
def test_what_a_crash_left_half_written_is_gone_once_it_is_done_again(own_home: Home, workspace: Path) -> None:
    path = workspace / "a.txt"
    path.write_text("old")
    changes = Changes(BlobStore(own_home.blobs), own_home.trash)
    change = changes.put(path, b"new")
    for act, again, text in ((changes.apply, changes.undo, "old"), (changes.apply, changes.apply, "new"), (changes.undo, changes.undo, "old")):
        if not (child := os.fork()):
            os.fsync = lambda handle: os._exit(9)
            act((change,))
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9 and len(list(workspace.iterdir())) == 2
        again((change,))
        assert list(workspace.iterdir()) == [path] and path.read_text() == text


@pytest.mark.parametrize(("before", "open_to"), [(None, 0o640), (0o600, 0o600), (0o755, 0o600)])
def test_a_text_is_never_open_to_more_people_than_its_file(own_home: Home, monkeypatch: pytest.MonkeyPatch, workspace: Path, before: int | None, open_to: int) -> None:
    """While it is written a new file is as the umask wants it, one that is replaced is its owner's alone; after that it has the old mode."""
    path, seen, sync = workspace / "a.txt", [], os.fsync
    if before is not None:
        path.write_text("old")
        path.chmod(before)
    changes = Changes(BlobStore(own_home.blobs), own_home.trash)
    monkeypatch.setattr("os.fsync", lambda handle: (seen.append(os.fstat(handle).st_mode & 0o777), sync(handle)))
    monkeypatch.setattr("os.umask", lambda mask: pytest.fail("it is the whole process's: other threads make files meanwhile"))
    mask = real_umask(0o027)
    try:
        changes.apply((changes.put(path, b"new"),))
    finally:
        real_umask(mask)
    assert seen == [open_to] and path.stat().st_mode & 0o777 == (0o640 if before is None else before) and path.read_text() == "new"


@pytest.mark.parametrize("kind", ["put", "move", "new"])
async def test_neither_changes_nor_undo_go_through_a_folder_that_became_a_link(kind: str, toolbox: LocalToolBox, context: ToolContext, tmp_path: Path) -> None:
    work, other = context.workspace, tmp_path / "other"
    (work / "a").mkdir()
    (work / "a/x.txt").write_text("old")
    calls = {
        "put": ("files.write", {"path": "a/x.txt", "text": "new"}),
        "move": ("files.move", {"source": "a/x.txt", "target": "a/y.txt"}),
        "new": ("files.write", {"path": "a/n.txt", "text": "new"}),
    }
    planned = await toolbox.prepare(*calls[kind], context)

    def swap() -> dict[str, str]:
        (work / "a").rename(work / "kept")
        shutil.copytree(work / "kept", other, dirs_exist_ok=True)
        (work / "a").symlink_to(other)
        return {path.name: path.read_text() for path in other.iterdir()}

    before = swap()
    with pytest.raises(ToolFailed):
        await toolbox.perform(planned, context)
    assert {path.name: path.read_text() for path in other.iterdir()} == before
    (work / "a").unlink()
    (work / "kept").rename(work / "a")
    await toolbox.perform(planned, context)
    shutil.rmtree(other)
    before = swap()
    rows = await toolbox.undo(planned.changes)
    assert not any(row["undone"] for row in rows) and "link" in rows[0]["why"]
    assert {path.name: path.read_text() for path in other.iterdir()} == before


async def test_undo_brings_back_no_damaged_copy(toolbox: LocalToolBox, context: ToolContext) -> None:
    file = context.workspace / "x.txt"
    file.write_text("old")
    intent = await toolbox.prepare("files.write", {"path": "x.txt", "text": "new"}, context)
    await toolbox.perform(intent, context)
    kept = toolbox.blobs.path(intent.changes[0].before or "")
    kept.chmod(0o600)
    kept.write_text("evil")
    rows = await toolbox.undo(intent.changes)
    assert not rows[0]["undone"] and "damaged" in rows[0]["why"] and file.read_text() == "new"
