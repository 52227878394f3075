"""Twelve effects that show when one is lost or doubled, to be made by a plan and by an action loop, and what must be there at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = tuple[str, dict[str, Any]]
BEFORE = {"given.txt": "old text\n", "gone.txt": "bye\n"}
LINES = [f"line {number}" for number in range(1, 4)]
ARCHIVE = "out/all.zip"
_SAY = {"instruction": "say something"}
_PLANNED: list[Row] = [
    ("files.make_folder", {"path": "out"}),
    ("text.compose", _SAY),
    ("files.append", {"path": "out/log.txt", "text": LINES[0]}),
    ("files.append", {"path": "out/log.txt", "text": LINES[1]}),
    ("text.compose", _SAY),
    ("files.write", {"path": "out/poem.txt", "text": "{{s2.output.text}}"}),
    ("files.copy", {"source": "out/log.txt", "target": "out/copy.txt"}),
    ("files.move", {"source": "given.txt", "target": "out/given.txt"}),
    ("text.compose", _SAY),
    ("files.append", {"path": "out/log.txt", "text": LINES[2]}),
    ("files.edit", {"path": "out/given.txt", "find": "old", "replace": "new old"}),
    ("files.delete", {"path": "gone.txt"}),
]
_CALLED: list[list[Row]] = [
    [("files.make_folder", {"path": "out"}), *(("files.append", {"path": "out/log.txt", "text": line}) for line in LINES[:2])],
    [
        ("files.write", {"path": "out/poem.txt", "text": "some words " * 18}),
        ("files.copy", {"source": "out/log.txt", "target": "out/copy.txt"}),
        ("files.move", {"source": "given.txt", "target": "out/given.txt"}),
    ],
    [
        ("files.append", {"path": "out/log.txt", "text": LINES[2]}),
        ("files.edit", {"path": "out/given.txt", "find": "old", "replace": "new old"}),
        ("files.delete", {"path": "gone.txt"}),
    ],
    [
        ("files.append", {"path": "out/more.txt", "text": LINES[0]}),
        ("files.append", {"path": "out/more.txt", "text": LINES[1]}),
        ("files.archive", {"source": ["out/log.txt", "out/more.txt"], "target": ARCHIVE}),
    ],
]
_THINGS = "do the twelve things with given.txt and gone.txt"


@dataclass(frozen=True, slots=True)
class Work:
    """A request and what a scripted server says to it; ``files`` are the texts that are there in the end, under ``out``."""

    way: str
    request: str
    script: Mapping[str, Any]
    files: Mapping[str, str]
    has_archive: bool = False


def _plan() -> dict[str, Any]:
    return {"steps": [{"id": f"s{n}", "tool": tool, "args": args, "needs": [f"s{n - 1}"] if n > 1 else []} for n, (tool, args) in enumerate(_PLANNED, 1)]}


def _replies() -> list[Any]:
    return [[{"name": tool.replace(".", "_"), "arguments": args} for tool, args in rows] for rows in _CALLED] + ["Everything is in the folder out. " * 6]


_TWO = f"{LINES[0]}\n{LINES[1]}\n"
_SHARED = {"log.txt": f"{_TWO}{LINES[2]}\n", "copy.txt": _TWO, "given.txt": "new old text\n"}
WORKS = {
    "plan": Work(
        "plan",
        f"Plan this first: {_THINGS}",
        {"planner": _plan(), "reviewer": {"score": 0.95, "issues": [], "suggestions": []}, "executor": "some words " * 18, "answer": "Done."},
        _SHARED,
    ),
    "loop": Work("act", _THINGS, {"loop": _replies()}, _SHARED | {"more.txt": _TWO}, has_archive=True),
}


def lay_out(workspace: Path) -> None:
    """The files before the work."""
    workspace.mkdir()
    for name, text in BEFORE.items():
        (workspace / name).write_text(text)


def check_done(work: Work, workspace: Path) -> None:
    """Raises AssertionError unless every effect was made exactly once."""
    for name, text in work.files.items():
        assert (workspace / "out" / name).read_text() == text, name
    assert (workspace / "out/poem.txt").read_text().split() == ["some", "words"] * 18
    assert (workspace / ARCHIVE).exists() == work.has_archive
    assert not any((workspace / name).exists() for name in BEFORE)
    assert not list(workspace.rglob(".deskhand-*")), "a half-written file was left"


def check_undone(workspace: Path) -> None:
    """Raises AssertionError unless everything is as it was before the work."""
    found = {str(path.relative_to(workspace)): path.read_text() for path in workspace.rglob("*")}
    assert found == BEFORE, found


def check_asked_once(requests: list[dict[str, Any]], seen: list[dict[str, Any]]) -> None:
    """``requests`` of a loop after a kill: what ``seen`` holds of the model's replies is not asked of it again, and is told to it in full."""
    said = [event["data"] for event in seen if event["type"] == "model_replied"]
    for request in requests:
        before = [message for message in request["messages"] if message["role"] == "assistant"]
        assert len(before) >= len(said), f"reply {len(before) + 1} was asked for again"
        for reply, message in zip(said, before, strict=False):
            assert [call["name"] for call in reply["calls"]] == [call["function"]["name"] for call in message.get("tool_calls", ())]
            assert [call["arguments"] for call in reply["calls"]] == [json.loads(call["function"]["arguments"]) for call in message.get("tool_calls", ())]
