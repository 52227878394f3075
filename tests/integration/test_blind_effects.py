"""What the blind set asks for, on real files: each reading runs through the whole pipeline, is checked, and is undone byte for byte.

The model is not in the loop: the frames are those of the set, so that what is tested is the code between frames and effects.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core
from models.scripted import ScriptedModel
from models.starter.model import Reading, as_plan
from tests.benchmarks.blind import Row, rows
from tests.benchmarks.starter import ASKS
from tests.unit.test_changes import snapshot

READS = {
    "source": ("files.move", "files.copy", "files.archive", "files.extract", "files.merge"),
    "path": (
        "files.delete",
        "files.read",
        "files.edit",
        "files.info",
        "files.list",
        "files.find",
        "documents.read",
        "files.sort_into_folders",
        "files.remove_lines",
        "files.remove_text",
    ),
}
MAKES = {"path": ("files.make_folder", "files.write", "files.append"), "target": ("files.move", "files.copy", "files.archive", "files.extract", "files.merge")}
RUNS = [row for row in rows() if row.calls and not any(tool in ASKS or tool.startswith(("open.", "clipboard.", "documents.")) for tool, _ in row.calls)]


def prepare(workspace: Path, row: Row) -> None:
    """Put there what the request takes for granted: names, patterns, words to be found, an old and a big file."""
    words = "\n".join(str(args[key]) for _, args in row.calls for key in ("find", "text", "holding") if args.get(key) and "{{" not in str(args[key]))
    made: set[str] = set()
    for tool, args in row.calls:
        for key in (key for key, tools in READS.items() if tool in tools):
            names = args.get(key, ".")
            for name in names if isinstance(names, list) else [names]:
                _place(workspace, str(name), tool, words, made)
        for key in (key for key, tools in MAKES.items() if tool in tools):
            made.add(str(args.get(key, "")).rstrip("/"))
            if tool in ("files.move", "files.copy") and str(args["target"]).endswith("/") and isinstance(args["source"], str):
                made.add(f"{args['target']}{args['source'].rstrip('/').rsplit('/', 1)[-1]}")
        if tool == "files.extract" and not args.get("target"):
            made.add(str(args["source"]).rsplit(".", 1)[0].removesuffix(".tar"))
        if tool == "files.archive" and not args.get("target"):
            made.add(f"{str(args['source']).rsplit('.', 1)[0]}.zip")
        if tool == "files.find":
            _searched(workspace / args.get("path", "."), args, words)


def _place(workspace: Path, name: str, tool: str, words: str, made: set[str]) -> None:
    if "{{" in name or name.startswith("~") or name.rstrip("/") in made or any(name.startswith(f"{other}/") for other in made if other) or (workspace / name).exists():
        return
    path = workspace / name.replace("*", "some")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.name.endswith((".zip", ".tar.gz")) and tool == "files.extract":
        _pack(path)
    elif tool == "files.list" or tool == "files.find" or ("." not in path.name and "*" not in name):
        path.mkdir(exist_ok=True)
        (path / "some.txt").write_text(words)
    elif not path.exists():
        path.write_text(f"one\ntwo\n{words}\nthree\nfour\nfive\n", encoding="utf-8")


def _pack(path: Path) -> None:
    if path.suffix == ".gz":
        import tarfile

        (path.parent / "inner.txt").write_text("x")
        with tarfile.open(path, "w:gz") as packed:
            packed.add(path.parent / "inner.txt", "inner.txt")
        (path.parent / "inner.txt").unlink()
        return
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("inner.jpg", "x")


def _searched(folder: Path, args: dict[str, Any], words: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = args.get("name") or "found.txt"
    for name in names if isinstance(names, list) else [names]:
        (folder / (name.replace("*", "some") if "*" in name else name)).write_text(words or "x")
    (folder / "old.dat").write_text("x")
    os.utime(folder / "old.dat", (1_750_000_000, 1_750_000_000))


@pytest.mark.parametrize("row", RUNS, ids=[row.request[:60] for row in RUNS])
async def test_what_is_asked_is_done_and_undone(row: Row, make_core: Callable[..., Core], workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(workspace))
    prepare(workspace, row)
    (workspace / "Music").mkdir(exist_ok=True)
    before = snapshot(workspace)
    core = make_core(planner=ScriptedModel([as_plan(Reading(row.calls, confidence=0.99))], "planner", chats=False, reviews=False))
    run_id = core.runs.start({"text": row.request, "workspace": str(workspace), "approve": "safe" if any(tool == "schedule.add" for tool, _ in row.calls) else "none"})
    result = (await core.runs.wait(run_id, 30))["result"]
    assert result["status"] == "done", (result["answer"], result["steps"])
    report = await core.runs.undo(run_id)
    assert report["complete"] and snapshot(workspace) == before, report
