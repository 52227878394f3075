"""What a step asks of the file system: bounded by counting, as times on a busy machine say nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.ports import Intent, ToolContext
from tools import paths
from tools.toolbox import LocalToolBox


@pytest.fixture
def count_followed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often links of a path were followed from the root on since the last question."""
    followed: list[str] = []
    follow = os.path.realpath

    def counted(path: str | os.PathLike[str], **options: bool) -> str:
        followed.append(os.fspath(path))
        return follow(path, **options)

    monkeypatch.setattr(os.path, "realpath", counted)

    def count() -> int:
        number = len(followed)
        followed.clear()
        return number

    return count


async def write(toolbox: LocalToolBox, context: ToolContext, number: int) -> Intent:
    return await toolbox.prepare("files.write", {"files": [{"path": f"{n}.txt", "text": "x"} for n in range(number)]}, context)


async def test_a_change_follows_links_of_its_own_paths_only(toolbox: LocalToolBox, context: ToolContext, count_followed: Callable[[], int]) -> None:
    await write(toolbox, context, 1)  # what is looked at every few seconds has been looked at
    count_followed()
    await write(toolbox, context, 1)
    one = count_followed()
    await write(toolbox, context, 41)
    assert one <= 4
    assert count_followed() - one <= 40 * 2  # of each file the folder that it is named in, and itself where it is judged


@pytest.mark.parametrize("name", ["a.txt", "linked/a.txt", "link.txt", "linked", "loop", "loop/a.txt", "gone/a.txt", "dangling", "linked/../a.txt"])
def test_a_target_is_what_the_system_would_open(name: str, workspace: Path) -> None:
    (workspace / "folder").mkdir()
    for link, target in (("linked", "folder"), ("link.txt", "folder/real.txt"), ("loop", "loop"), ("dangling", "folder/none.txt")):
        (workspace / link).symlink_to(target)
    assert str(paths.target_of(name, workspace)) == os.path.realpath(os.path.normpath(workspace / name))


async def test_own_folders_that_are_linked_elsewhere_are_known_again(toolbox: LocalToolBox, context: ToolContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def is_free() -> bool:
        intent = await toolbox.prepare("notes.add", {"text": "milk"}, context)
        return all(scope.kind == "none" or scope.inside for scope in intent.scopes)

    assert await is_free()
    notes = toolbox._notes
    elsewhere = tmp_path / "elsewhere"
    notes.rename(elsewhere) if notes.exists() else elsewhere.mkdir()
    notes.symlink_to(elsewhere)
    monkeypatch.setattr("tools.toolbox.KNOWN_SECONDS", -1.0)
    assert await is_free()
