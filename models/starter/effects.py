"""When two readings of a request come to the same effect, though their calls are written otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Call = tuple[str, dict[str, Any]]


def effect(calls: Sequence[Call]) -> list[Any]:
    """Calls in one form: several names are several calls, a move and a rename after it are one move, listing and finding are looking."""
    plain = [single for call in calls for single in _singles(call)]
    return _joined([_looked(call) for call in plain])


def _singles(call: Call) -> list[Call]:
    tool, args = call
    key = {"files.move": "source", "files.copy": "source", "files.delete": "path"}.get(tool)
    if key and isinstance(args[key], list) and not args.get("exclude"):
        return [(tool, {name: value for name, value in args.items() if name != "only"} | {key: name}) for name in args[key]]
    return [(tool, dict(args))]


def _looked(call: Call) -> Call:
    """``files.list`` and ``files.find`` by name are the same look; every name is no name."""
    tool, args = call
    if tool not in ("files.list", "files.find"):
        return call
    names = args.get("pattern", args.get("name", ""))
    names = names if isinstance(names, list) else [names]
    rest = {key: value for key, value in args.items() if key not in ("pattern", "name", "path", "only") or (key == "only" and value == "folders")}
    return "look", {"path": args.get("path", "."), "names": sorted(name for name in names if name not in ("", "*", "*.*")), **rest}


def _joined(calls: list[Call]) -> list[Call]:
    """A file that is written or moved and then moved on is written or moved to where it ends."""
    found: list[Call] = []
    for tool, args in calls:
        if found and tool == "files.move" and found[-1][0] in ("files.move", "files.write"):
            before, old = found[-1]
            landed = old["path"] if before == "files.write" else _landing(old)
            if args["source"] == landed:
                key = "path" if before == "files.write" else "target"
                found[-1] = (before, old | {key: _landing(args)})
                continue
        found.append((tool, args))
    return found


def _landing(args: dict[str, Any]) -> str:
    target = str(args["target"])
    return target + str(args["source"]).rstrip("/").rsplit("/", 1)[-1] if target.endswith("/") and isinstance(args["source"], str) and "*" not in args["source"] else target
