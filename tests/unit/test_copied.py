"""Copying a repository asks nothing more than the repository itself did; making programs obey something new does."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.ports import ToolContext
from tools.toolbox import LocalToolBox


@pytest.fixture
def repository(workspace: Path) -> Path:
    folder = workspace / "repo"
    for name, text in (
        (".git/config", "[core]"),
        (".git/hooks/pre-commit", "#!/bin/sh"),
        (".git/HEAD", "ref: x"),
        (".envrc", "export A=1"),
        ("src/a.py", "a"),
        ("sub/.vscode/tasks.json", "{}"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


async def asks(toolbox: LocalToolBox, context: ToolContext, **args: Any) -> list[str]:
    intent = await toolbox.prepare("files.copy", args, context)
    return [os.path.relpath(scope.value, context.workspace) for scope in intent.scopes if scope.private]


async def test_a_whole_repository_is_copied_unasked(repository: Path, toolbox: LocalToolBox, context: ToolContext) -> None:
    assert await asks(toolbox, context, source="repo", target="copy") == []
    assert await asks(toolbox, context, source="repo", target="deep/er/copy") == []
    intent = await toolbox.prepare("files.copy", {"source": "repo", "target": "copy"}, context)
    await toolbox.perform(intent, context)
    assert (context.workspace / "copy/.git/hooks/pre-commit").read_text() == "#!/bin/sh"


async def test_what_programs_would_obey_anew_asks(repository: Path, toolbox: LocalToolBox, context: ToolContext) -> None:
    (context.workspace / "mine").mkdir()
    assert await asks(toolbox, context, source="repo/.git", target=".git")
    assert await asks(toolbox, context, source="repo/.git", target="mine/.git")
    assert await asks(toolbox, context, source="repo/.git/hooks/pre-commit", target="mine/.git/hooks/post-checkout")
    assert await asks(toolbox, context, source="repo/.envrc", target="mine/.envrc")
    assert await asks(toolbox, context, source="repo/.envrc", target="new/.envrc")
    (context.workspace / "staged/hooks").mkdir(parents=True)
    (context.workspace / "staged/hooks/pre-commit").write_text("evil")
    (context.workspace / "staged/config").write_text("evil")
    assert await asks(toolbox, context, source="staged", target="fresh/.git")


async def test_after_text_from_outside_was_read_the_copy_asks(repository: Path, toolbox: LocalToolBox, context: ToolContext) -> None:
    assert await asks(toolbox, replace(context, tainted=True), source="repo", target="copy")
