"""Steps for other machines, as the pipeline sees them: written out for the checks, given out, and what this machine lets a hub do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import ToolDenied, ToolFailed
from core.execution.run_state import RunState
from core.plan import Edge, Plan, Step, references, strings
from core.ports import Intent

HERE = ("", "here")
_PATH_OF = re.compile(r"\{\{\s*([A-Za-z_][\w-]*)\.output\.path\s*\}\}")
RIGHT_OF = {"reads": "read", "reversible": "change", "irreversible": "act", "leaves": "act"}


def written_out(plan: Plan) -> Plan:
    """``device.ask`` and ``device.give`` become steps on the device that they name, and a file of another machine that a step here uses is brought first."""
    steps = [_on_its_device(step) for step in plan.steps]
    at = {step.id: step.device for step in steps}
    out: list[Step] = []
    for step in steps:
        if step.device in HERE and not step.where and step.tool != "device.bring":
            step = _with_files_here(step, at, out)
        out.append(step)
    return plan.with_steps(tuple(out))


def _on_its_device(step: Step) -> Step:
    device = str(step.args.get("device", ""))
    if step.tool == "device.ask" and device:
        return replace(step, device=device, args={"request": step.args.get("request", "")})
    if step.tool == "device.give" and device:
        return replace(
            step, device=device, tool="device.receive", args={key: value for key, value in (("file", step.args.get("path", "")), ("to", step.args.get("to", ""))) if value}
        )
    return step


def _with_files_here(step: Step, at: Mapping[str, str], out: list[Step]) -> Step:
    sources = dict.fromkeys(match[1] for text in strings(step.args) for match in _PATH_OF.finditer(text))
    for source in sources:
        if at.get(source, "") in HERE:
            continue
        brought = f"{source}_here"
        if all(other.id != brought for other in out):
            out.append(Step(brought, "device.bring", {"device": at[source], "path": f"{{{{{source}.output.path}}}}"}, (Edge(source),), title=f"bring the file of {source} here"))
        args = _renamed(step.args, source, brought)
        needs = tuple(edge for edge in step.needs if edge.step != source or source in references(args))
        step = replace(step, args=args, needs=(*needs, Edge(brought)))
    return step


def _renamed(value: Any, source: str, brought: str) -> Any:
    if isinstance(value, str):
        return _PATH_OF.sub(lambda match: f"{{{{{brought}.output.path}}}}" if match[1] == source else match[0], value)
    if isinstance(value, dict):
        return {key: _renamed(item, source, brought) for key, item in value.items()}
    return [_renamed(item, source, brought) for item in value] if isinstance(value, list) else value


def file_given(args: Mapping[str, Any], workspace: Path) -> Path:
    """The file of this machine that is to be given away. Raises :class:`ToolError` where it is none, or lies outside the workspace."""
    path = Path(str(args["file"])).expanduser()
    path = path if path.is_absolute() else workspace / path
    if not path.is_file():
        raise ToolFailed(f"There is no file {args['file']} here.", code="not_found")
    if not path.resolve().is_relative_to(workspace.resolve()):
        raise ToolDenied(f"{path} is outside the workspace, so it is not given away. Copy it there first.")
    return path


def files_of(args: Any, state: RunState, plan: Plan, device: str) -> list[dict[str, Any]]:
    """Files of earlier steps on other machines that these arguments name: ``{"digest", "bytes", "name", "path", "at"}`` (``at``: where it lies)."""
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


def with_files(tool: str, args: dict[str, Any], files: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The steps that a device does: first each file is received there, then the call with the paths that they have there."""
    steps: list[dict[str, Any]] = []
    for number, file in enumerate(files, 1):
        steps.append({"id": f"f{number}", "tool": "device.receive", "args": {"digest": file["digest"], "bytes": file["bytes"], "name": file["name"]}})
        args = _replaced(args, str(file["path"]), f"{{{{f{number}.output.path}}}}")
    return [*steps, {"id": "s1", "tool": tool, "args": args, "needs": [step["id"] for step in steps]}]


def _replaced(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return new if value == old else value
    if isinstance(value, dict):
        return {key: _replaced(item, old, new) for key, item in value.items()}
    return [_replaced(item, old, new) for item in value] if isinstance(value, list) else value


def written_files(intent: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """What a call here wrote, as artefacts: by path and hash."""
    changes = (intent or {}).get("changes", ())
    return [
        {"digest": change["after"], "path": change["path"], "name": change["path"].rsplit("/", 1)[-1]} for change in changes if change.get("kind") == "put" and change.get("after")
    ]


def beyond_rights(request: Mapping[str, Any], intent: Intent) -> str:
    """Why the owner of this machine has to be asked before a hub may do this here; empty where the hub has the right, or the run is no hub's."""
    remote = request.get("remote")
    if not remote or RIGHT_OF[intent.risk] in remote.get("rights", ()):
        return ""
    return f"{remote.get('hub') or 'the hub'} may not {RIGHT_OF[intent.risk]} on this machine"


def single_request(state: RunState) -> bool:
    """Whether the whole run is one request to another machine, whose answer is then the answer."""
    return state.plan is not None and len(state.plan.steps) == 1 and state.plan.steps[0].tool == "device.ask"
