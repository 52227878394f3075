"""Every request of ``tests/data`` through the whole pipeline on real files: it is done, checked, and undone byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core
from tests.unit.test_changes import snapshot

ROWS = [json.loads(line) for line in (Path(__file__).parents[1] / "data/requests.jsonl").read_text(encoding="utf-8").splitlines()]
SOURCES = {
    "files.move": "source",
    "files.copy": "source",
    "files.delete": "path",
    "files.read": "path",
    "files.edit": "path",
    "files.info": "path",
    "files.archive": "source",
    "files.extract": "source",
    "files.list": "path",
    "files.find": "path",
    "documents.read": "path",
    "files.sort_into_folders": "path",
    "files.merge": "source",
}


def prepare(workspace: Path, calls: list[Any]) -> None:
    """Put there what the request takes for granted."""
    made: list[str] = []
    for tool, args in calls:
        source = args.get(SOURCES.get(tool, ""), ".")
        for name in [text.rstrip("/") for text in (source if isinstance(source, list) else [str(source)])]:
            if not any(name == other or name.startswith(f"{other}/") for other in made):
                _make(workspace, name, tool, args)
        made += [
            str(args[key]).rstrip("/")
            for key in ("path", "target")
            if key in args and tool in ("files.make_folder", "files.write", "files.move", "files.copy", "files.append", "files.archive")
        ]


def _make(workspace: Path, name: str, tool: str, args: dict[str, Any]) -> None:
    path = workspace / name.replace("*.*", "some.txt").replace("*", "some")
    if path.exists() or name == ".":
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".zip" and tool == "files.extract":
        import zipfile

        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("inside.txt", "x")
    elif "." in path.name or tool == "files.edit" or "*" in name:
        path.write_text(f"one\ntwo {args.get('find', '')}\nthree\n", encoding="utf-8")
    else:
        path.mkdir()
        (path / "file.txt").write_text("x", encoding="utf-8")


@pytest.mark.parametrize("row", ROWS, ids=[row["request"][:50] for row in ROWS])
async def test_a_request_is_done_and_undone(row: dict, make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core()
    prepare(workspace, row["calls"])
    before = snapshot(workspace)
    run_id = core.runs.start({"text": row["request"], "workspace": str(workspace), "approve": "safe"})
    result = (await core.runs.wait(run_id, 30))["result"]
    assert result["status"] == "done", (result["answer"], result["steps"])
    report = await core.runs.undo(run_id)
    assert report["complete"], report
    assert snapshot(workspace) == before
