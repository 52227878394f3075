"""Files of steps on other machines: sent along, found again, recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from core.errors import ToolDenied, ToolFailed
from core.execution.run_state import RunState
from core.plan import Plan, strings


def resolve_outgoing_file(args: Mapping[str, Any], workspace: Path) -> Path:
    """Return the file of this machine that is to be given away. Raises :class:`ToolError` where it is none, or lies outside the workspace."""
    path = Path(str(args["file"])).expanduser()
    path = path if path.is_absolute() else workspace / path
    if not path.is_file():
        raise ToolFailed(f"There is no file {args['file']} here.", code="not_found")
    if not path.resolve().is_relative_to(workspace.resolve()):
        raise ToolDenied(f"{path} is outside the workspace, so it is not given away. Copy it there first.")
    return path


def find_remote_files(args: Any, state: RunState, plan: Plan, device: str) -> list[dict[str, Any]]:
    """Find the files of earlier steps on other machines that these arguments name: ``{"digest", "bytes", "name", "path", "at"}`` (``at``: where it lies)."""
    texts = set(strings(args))
    found: dict[str, dict[str, Any]] = {}
    for step in plan.steps:
        done = state.steps[step.id]
        place = done.device or step.device or "here"
        if done.status != "done" or place.lower() == device.lower():
            continue
        for artifact in done.artifacts:
            path = str(artifact.get("path", ""))
            for text in texts:
                if path and text and (text == path or (len(text) > 2 and path.endswith("/" + text))):
                    found[text] = {**artifact, "path": text, "from": path, "at": place}
    return list(found.values())


def add_file_steps(tool: str, args: dict[str, Any], files: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Build the steps that a device does: first each file is received there, then the call with the paths that they have there."""
    steps: list[dict[str, Any]] = []
    for number, file in enumerate(files, 1):
        steps.append({"id": f"f{number}", "tool": "device.receive", "args": {"digest": file["digest"], "bytes": file["bytes"], "name": file["name"]}})
        args = _replace_value(args, str(file["path"]), f"{{{{f{number}.output.path}}}}")
    return [*steps, {"id": "s1", "tool": tool, "args": args, "needs": [step["id"] for step in steps]}]


def _replace_value(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return new if value == old else value
    if isinstance(value, dict):
        return {key: _replace_value(item, old, new) for key, item in value.items()}
    return [_replace_value(item, old, new) for item in value] if isinstance(value, list) else value


def list_written_files(intent: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """List what a call here wrote, as artefacts: by path and hash."""
    changes = (intent or {}).get("changes", ())
    return [
        {"digest": change["after"], "path": change["path"], "name": change["path"].rsplit("/", 1)[-1]} for change in changes if change.get("kind") == "put" and change.get("after")
    ]
