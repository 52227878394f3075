"""What a program would change as calls of tools, in order, and what came of them in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.turn.small.hands import SmallTurn


def what_was_done(turn: SmallTurn) -> str:
    """The steps that changed something, each by what it says of itself."""
    run = turn.run
    told = [_first_part(run.state.steps[step.id].text) for step in run.state.all_steps if run.state.steps[step.id].status == "done" and run.deps.tools.risk(step.tool) != "reads"]
    return "\n".join(filter(None, told))


def _first_part(text: str) -> str:
    """The first paragraph, with the list that it announces."""
    parts = text.strip().split("\n\n")
    return "\n".join(parts[:2]) if parts[0].endswith(":") else parts[0]


def calls_of(ops: Sequence[Sequence[Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Operations as calls of tools, in order."""
    calls: list[tuple[str, dict[str, Any]]] = []
    last = ""
    for op in ops:
        kind = op[0]
        if kind == last and kind in ("move", "copy", "write", "delete", "folder") and not _is_chained(calls[-1][1], op):
            _join(calls[-1][1], op)
        else:
            calls.append(_call(op))
        last = kind
    return calls


def _is_chained(args: dict[str, Any], op: Sequence[Any]) -> bool:
    """Whether a move goes on from one of the same call: such a call is planned against the folder as it was, and would not find it."""
    touched = {path for row in (*args.get("moves", ()), *args.get("copies", ())) for path in (row["source"], row["target"])}
    return op[0] in ("move", "copy") and any(str(path) == one or str(path).startswith(one + "/") or one.startswith(str(path) + "/") for path in op[1:3] for one in touched)


def _call(op: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    match op[0]:
        case "move":
            return "files.move", {"moves": [{"source": op[1], "target": op[2]}]}
        case "copy":
            return "files.copy", {"copies": [{"source": op[1], "target": op[2]}]}
        case "write":
            return "files.write", {"files": [{"path": op[1], "text": op[2]}]}
        case "delete":
            return "files.delete", {"path": [op[1]]}
        case "folder":
            return "files.make_folder", {"path": [op[1]]}
        case "zip":
            return "files.archive", {"source": op[1], "target": op[2]}
        case _:
            return "files.extract", {"source": op[1], "target": op[2]}


def _join(args: dict[str, Any], op: Sequence[Any]) -> None:
    match op[0]:
        case "move":
            args["moves"].append({"source": op[1], "target": op[2]})
        case "copy":
            args["copies"].append({"source": op[1], "target": op[2]})
        case "write":
            args["files"] = [row for row in args["files"] if row["path"] != op[1]] + [{"path": op[1], "text": op[2]}]
        case _:
            args["path"].append(op[1])
