"""A skill from a run that went well: its steps with the person's names and words lifted out, replayed in a sandbox before it is shown.

The replay runs the recipe on copies: a workspace of its own that holds what the run found when it began. Only steps that read, or change files in there,
are replayed; the others are named. Contents must come out as they did in the run.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core.errors import UsageError
from core.execution.run_state import RunState
from core.plan import Step
from skills.format import FILE, RECIPE, written

MOST_INPUTS = 12
_KINDS = {"path": "file", "source": "file", "target": "file", "file": "file", "folder": "folder", "first": "file", "second": "file"}


@dataclass(frozen=True, slots=True)
class Draft:
    """The files of a skill that nobody has kept yet."""

    name: str
    files: dict[str, str]


def drafted(state: RunState, name: str = "", day: str = "") -> Draft:
    """A skill that does what this run did on ``day`` (ISO). Raises :class:`core.errors.UsageError` for a run that is no model to follow."""
    if state.status != "done" or state.plan is None or not state.plan.steps:
        raise UsageError("Only a run that went well, with steps, can become a skill.", code="nothing_to_learn")
    request = " ".join(str(state.request.get("text", "")).split())
    steps = [step for step in state.plan.steps if step.id not in state.replaced and state.steps[step.id].status == "done"]
    lifted = _lifted(request, steps)
    rows = [_row(step, steps, lifted, day) for step in steps]
    name = name or _name(request)
    says = _phrase(request, lifted)
    recipe = {"inputs": {key: {"type": kind, "default": value} for value, (key, kind) in lifted.items()}, **({"says": [says]} if says else {}), "steps": rows}
    head = {
        "name": name, "description": f"{request[:900].rstrip('.')}. Learned from a run.", "metadata": {"version": "1", RECIPE: "recipe.yaml"},
        "allowed-tools": " ".join(dict.fromkeys(step.tool for step in steps)),
    }  # fmt: skip
    body = f"# {name.replace('-', ' ').capitalize()}\n\nLearned from the request “{request[:500]}”.\n\n" + "\n".join(
        f"{number}. {_said(row)}" for number, row in enumerate(rows, 1)
    )
    if not recipe["inputs"]:
        del recipe["inputs"]
    return Draft(name, {FILE: written(head, body), "recipe.yaml": yaml.safe_dump(recipe, sort_keys=False, allow_unicode=True, width=140)})


def _name(request: str) -> str:
    words = [word for word in re.findall(r"[a-z0-9]+", request.lower()) if word not in ("a", "an", "the", "please", "me", "my", "and", "of", "to", "that", "with")]
    return "-".join(words[:4])[:50].strip("-") or "learned"


def _lifted(request: str, steps: Iterable[Step]) -> dict[str, tuple[str, str]]:
    """Values of the steps that the person said, with the input that takes their place and its type; longer ones first."""
    found: dict[str, tuple[str, str]] = {}
    taken: set[str] = set()
    for step in steps:
        for key, text in _leaves(step.args):
            for value in _parts(text):
                if len(found) < MOST_INPUTS and value not in found and _is_said(value, request):
                    kind = _KINDS.get(key, "text") if value == text else "text"
                    kind = "folder" if kind == "file" and "." not in value.rsplit("/", 1)[-1] else kind
                    name = _free("name" if key in _KINDS and value != text else kind if kind != "text" or key in ("text", "") else re.sub(r"\W+", "_", key), taken)
                    found[value] = (name, kind)
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def _leaves(value: Any, key: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, str(name))
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, key)


def _parts(text: str) -> list[str]:
    """The whole, else the parts of a path, else lines: what a person may have said of it."""
    return [text, *(part for part in re.split(r"[/\n]", text) if part and part != text)]


def _is_said(value: str, request: str) -> bool:
    return len(value.strip()) > 1 and "{{" not in value and value not in (".", "..", "*") and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", request, re.I) is not None


def _free(name: str, taken: set[str]) -> str:
    number = 1
    while (made := name if number == 1 else f"{name}{number}") in taken:
        number += 1
    taken.add(made)
    return made


def _row(step: Step, steps: list[Step], lifted: dict[str, tuple[str, str]], day: str) -> dict[str, Any]:
    ids = {other.id for other in steps}
    row: dict[str, Any] = {"id": step.id, "tool": step.tool, "args": _marked(step.args, lifted, day)}
    if needs := [edge.to_json() for edge in step.needs if edge.step in ids]:
        row["needs"] = needs
    if step.check:
        row["check"] = step.check
    return row


def _marked(value: Any, lifted: dict[str, tuple[str, str]], day: str) -> Any:
    if isinstance(value, str):
        if value in lifted:
            return f"{{{{input.{lifted[value][0]}}}}}"
        parts = re.split(r"([/\n])", value)
        marked = "".join(f"{{{{input.{lifted[part][0]}}}}}" if part in lifted else part for part in parts)
        return marked.replace(day, "{{today}}") if day else marked
    if isinstance(value, dict):
        return {key: _marked(item, lifted, day) for key, item in value.items()}
    return [_marked(item, lifted, day) for item in value] if isinstance(value, list) else value


def _phrase(request: str, lifted: dict[str, tuple[str, str]]) -> str:
    """The request with its names as slots; empty where it would be no phrase."""
    text = request.strip().rstrip(".!?")
    if len(text) > 200 or re.search(r"[\[\](){}|]", text):
        return ""
    for value, (name, _) in lifted.items():
        text = re.sub(rf"[\"'“]?(?<!\w){re.escape(value)}(?!\w)[\"'”]?", f"{{{name}}}", text, count=1, flags=re.I)
    return text


def _said(row: dict[str, Any]) -> str:
    return f"`{row['tool']}` with " + (", ".join(f"{key} {str(value)[:80]!r}" for key, value in row["args"].items()) or "nothing")


def seeded(state: RunState, blobs: Any, folder: Path) -> None:
    """Make in ``folder`` what the run found in its workspace: the contents before its changes, and a copy of what it read. Raises nothing for what is gone."""
    workspace = Path(state.request["workspace"])
    before: dict[Path, str | None] = {}
    for step in state.steps.values():
        for change in (step.intent or {}).get("changes", ()):
            path = Path(change["path"])
            if path.is_relative_to(workspace):
                before.setdefault(path.relative_to(workspace), change.get("before"))
                if change.get("kind") == "move" and change.get("to") and Path(change["to"]).is_relative_to(workspace):
                    before.setdefault(Path(change["to"]).relative_to(workspace), None)
    moved = {change["path"]: change["to"] for step in state.steps.values() for change in (step.intent or {}).get("changes", ()) if change.get("kind") == "move"}
    _copy_others(workspace, folder, before)
    for path, digest in before.items():
        goal = folder / path
        if digest and digest != "dir" and blobs.path(digest).is_file():
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(blobs.path(digest), goal)
        elif str(workspace / path) in moved and Path(moved[str(workspace / path)]).exists():
            goal.parent.mkdir(parents=True, exist_ok=True)
            source = Path(moved[str(workspace / path)])
            shutil.copytree(source, goal, dirs_exist_ok=True) if source.is_dir() else shutil.copyfile(source, goal)


def _copy_others(workspace: Path, folder: Path, touched: dict[Path, str | None]) -> None:
    """Everything else of the workspace, as far as it is small."""
    total = count = 0
    for path in sorted(workspace.rglob("*")):
        relative = path.relative_to(workspace)
        if relative in touched or any(parent in touched and touched[parent] is None for parent in relative.parents) or path.is_symlink() or not path.is_file():
            continue
        total, count = total + path.stat().st_size, count + 1
        if total > 50_000_000 or count > 2000:
            return
        (folder / relative).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / relative)
