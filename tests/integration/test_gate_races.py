"""Changes and undo while somebody else is at work in the same folder: nothing is written through a link that came in meanwhile, and nobody's content is lost."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from core.errors import ToolError, ToolFailed
from core.home import Home
from core.ports import Change, ToolContext
from tools import handles, spots
from tools.blobs import BlobStore
from tools.changes import Changes, state_of
from tools.handles import LedAway, open_folder
from tools.spots import Spot, spot_at
from tools.toolbox import LocalToolBox

pytestmark = pytest.mark.skipif(not handles.HAS_HANDLES, reason="this system opens nothing relative to a folder")


@pytest.fixture
def changes(own_home: Home) -> Changes:
    return Changes(BlobStore(own_home.blobs), own_home.trash)


@pytest.fixture(params=["openat2", "walk"])
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to a folder, and both ways of taking a place."""
    if request.param == "walk":
        monkeypatch.setattr(handles, "_open_at_once", lambda path: (_ for _ in ()).throw(OSError(38, "no such call")))
        monkeypatch.setattr(handles, "rename", lambda *args: False)
    return str(request.param)


def swapping(work: Path, other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look at a spot is followed by somebody putting a link in the place of its folder."""
    seen, is_done = Spot.state, [False]

    def look(self: Spot) -> str | None:
        state = seen(self)
        if not is_done[0]:
            is_done[0] = True
            (work / "a").rename(work / "kept")
            (work / "a").symlink_to(other)
        return state

    monkeypatch.setattr(Spot, "state", look)


@pytest.mark.parametrize("undoing", [False, True])
@pytest.mark.parametrize("kind", ["put", "new", "move", "mkdir"])
def test_nothing_is_written_through_a_link_that_comes_in_between_the_look_and_the_deed(
    kind: str, undoing: bool, how: str, changes: Changes, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, other = workspace / "a", tmp_path / "other"
    folder.mkdir()
    (folder / "x.txt").write_text("old")
    shutil.copytree(folder, other)
    planned = {
        "put": lambda: changes.put(folder / "x.txt", b"new"), "new": lambda: changes.put(folder / "n.txt", b"new"),
        "move": lambda: changes.move(folder / "x.txt", folder / "y.txt"), "mkdir": lambda: Change("mkdir", str(folder / "d")),
    }[kind]()  # fmt: skip
    if undoing:
        changes.apply((planned,))
        shutil.rmtree(other)
        shutil.copytree(folder, other)
    before = {path.name: state_of(path) for path in other.iterdir()}
    swapping(workspace, other, monkeypatch)
    try:
        changes.undo((planned,)) if undoing else changes.apply((planned,))
    except ToolFailed:
        pass
    assert {path.name: state_of(path) for path in other.iterdir()} == before


def test_what_somebody_wrote_in_the_moment_of_replacing_stays(changes: Changes, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, sync = workspace / "x.txt", os.fsync
    file.write_text("old")
    planned = changes.put(file, b"new")

    def write(handle: int) -> None:
        file.write_text("theirs")
        sync(handle)

    monkeypatch.setattr("os.fsync", write)
    with pytest.raises(ToolFailed, match="changed in the meantime"):
        changes.apply((planned,))
    assert file.read_text() == "theirs" and list(workspace.iterdir()) == [file]
    monkeypatch.setattr("os.fsync", sync)
    file.write_text("old")
    changes.apply((planned,))
    monkeypatch.setattr("os.fsync", write)
    row = changes.undo((planned,))[0]
    assert not row["undone"] and "changed" in row["why"] and file.read_text() == "theirs" and list(workspace.iterdir()) == [file]


def test_what_came_to_a_new_name_in_that_moment_stays(changes: Changes, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, sync = workspace / "x.txt", os.fsync
    planned = changes.put(file, b"new")
    monkeypatch.setattr("os.fsync", lambda handle: (file.write_text("theirs"), sync(handle)))
    with pytest.raises(ToolFailed, match="changed in the meantime"):
        changes.apply((planned,))
    assert file.read_text() == "theirs" and list(workspace.iterdir()) == [file]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="dies in a copy of this process")
@pytest.mark.parametrize("again", ["apply", "undo"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_the_exchange_nothing_is_lost(when: str, again: str, changes: Changes, workspace: Path) -> None:
    file = workspace / "x.txt"
    for theirs in (False, True):
        file.write_text("old")
        planned = changes.put(file, b"new")
        if not (child := os.fork()):
            rename = spots.handles.rename

            def die(*args: object, theirs: bool = theirs, rename: Any = rename) -> bool:
                if when == "after":
                    if theirs:
                        file.write_text("theirs")
                    rename(*args)  # type: ignore[arg-type]
                os._exit(9)

            spots.handles.rename = die  # type: ignore[assignment]
            changes.apply((planned,))
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
        if theirs and when == "after":
            try:
                getattr(changes, again)((planned,))
            except ToolFailed:
                pass
            assert file.read_text() == "theirs" and list(workspace.iterdir()) == [file], "somebody's content that was displaced is back"
        else:
            getattr(changes, again)((planned,))
            assert file.read_text() == ("new" if again == "apply" else "old") and list(workspace.iterdir()) == [file]


def test_a_folder_is_opened_only_where_no_part_of_its_path_is_a_link(how: str, tmp_path: Path) -> None:
    (tmp_path / "real/deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real/again").symlink_to("deep")
    os.close(open_folder(str(tmp_path / "real/deep")))
    for odd in ("link", "link/deep", "real/again"):
        with pytest.raises(LedAway):
            open_folder(str(tmp_path / odd))
    with pytest.raises(FileNotFoundError):
        open_folder(str(tmp_path / "none"))
    with pytest.raises(LedAway), spot_at(tmp_path / "link/x", make_parents=True):
        pass


@pytest.mark.parametrize("tool", ["files.write", "files.move"])
async def test_a_folder_that_changes_all_the_time_is_never_left(tool: str, toolbox: LocalToolBox, context: ToolContext, tmp_path: Path) -> None:
    """The real thing: another thread swaps the folder and a link to elsewhere as fast as it can."""
    work, other, over = context.workspace, tmp_path / "other", threading.Event()
    (work / "a").mkdir()
    other.mkdir()

    def swap() -> None:
        while not over.is_set():
            for deed in (
                lambda: (work / "a").rename(work / "kept"),
                lambda: (work / "a").symlink_to(other),
                lambda: (work / "a").unlink(),
                lambda: (work / "kept").rename(work / "a"),
            ):
                try:
                    deed()
                except OSError:
                    pass

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for number in range(120):
            (work / f"{number}.src").write_text("x")
            args = {"path": f"a/{number}.txt", "text": "x"} if tool == "files.write" else {"source": f"{number}.src", "target": f"a/{number}.txt"}
            try:
                intent = await toolbox.prepare(tool, args, context)
                if not all(scope.inside for scope in intent.scopes):
                    continue  # it would ask
                await toolbox.perform(intent, context)
            except (ToolError, OSError):
                continue
    finally:
        over.set()
        thread.join()
    assert list(other.iterdir()) == []
