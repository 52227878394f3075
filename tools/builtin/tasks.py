"""Tasks: a Markdown list with boxes in Deskhand's folder, or any such list in the workspace; readable and editable without us."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from core.errors import ToolRetry
from core.ports import ToolContext, ToolResult
from tools import paths
from tools.background import in_thread
from tools.dates import read_date
from tools.declare import Planned, tool
from tools.regular_files import read_regular
from tools.workbench import Workbench

FILE = Annotated[str, "a Markdown file; empty: Deskhand's own list"]
_TASK = re.compile(r"^(\s*[-*+] \[)([ xX])(\] )(.*)$")
_DUE = re.compile(r" ?\(due (\d{4}-\d\d-\d\d)\)")


@tool("tasks.list", "reads", reads=("file",), aliases=("list_tasks", "todo_list", "show_tasks", "my_tasks", "get_tasks", "list_todos", "what_to_do"))
async def list_(
    context: ToolContext, which: Annotated[Literal["open", "done", "all"], "which of them"] = "open", search: Annotated[str, "only with this in it"] = "", file: FILE = ""
) -> ToolResult:
    """Tasks of the to-do list (or of a Markdown file with boxes), those that are due first."""
    rows = [row for row in _tasks(await in_thread(_lines, _where(file, context))) if which == "all" or row["done"] == (which == "done")]
    rows = sorted((row for row in rows if search.lower() in row["text"].lower()), key=lambda row: (row["due"] or "9999", row["line"]))
    text = "\n".join(f"- [{'x' if row['done'] else ' '}] {row['text']}" + (f" (due {row['due']})" if row["due"] else "") for row in rows)
    return ToolResult({"items": rows, "count": len(rows)}, text or ("There is nothing to do." if which == "open" else "There are none."))


@tool("tasks.add", "reversible", writes=("file",), aliases=("add_task", "create_task", "new_task", "add_todo", "create_todo", "todo_add", "task_add"))
def add(
    bench: Workbench, text: Annotated[str, "what is to be done; several lines are several tasks"], due: Annotated[str, "day, such as tomorrow or 2026-12-24"] = "", file: FILE = ""
) -> Planned:
    """Add one task or several to the to-do list."""
    said = [" ".join(re.sub(r"^\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]?\]\s*)?", "", line).split()) for line in text.splitlines() if line.strip()]
    if not any(said):
        raise ToolRetry("The task is empty.", hint="text is what is to be done.")
    day = read_date(due, bench.context.clock.now().astimezone().date()) if due else None
    if due and day is None:
        raise ToolRetry(f"{due!r} is no day that I understand.", hint="Write a day as 2026-12-24, tomorrow, next Monday or 24 December.")
    goal = _where(file, bench.context)
    lines = [f"- [ ] {one}" + (f" (due {day})" if day else "") for one in said]
    told = f"Added the task: {said[0]}" if len(said) == 1 else f"Added {len(said)} tasks: {'; '.join(said)}"
    return _put(
        bench, goal, [*_lines(goal), *lines], {"text": said[0], "due": str(day or ""), "count": len(said)},
        told + (f", due {day:%A %Y-%m-%d}" if day else "") + ".", "\n".join(f"+ {line}" for line in lines),
    )  # fmt: skip


@tool("tasks.done", "reversible", writes=("file",), aliases=("complete_task", "finish_task", "check_task", "mark_done", "tick_task", "task_done", "close_task"))
def done(bench: Workbench, task: Annotated[str, "its text, or enough of it"], undo: Annotated[bool, "it is open again"] = False, file: FILE = "") -> Planned:
    """Tick a task off."""
    goal = _where(file, bench.context)
    lines = _lines(goal)
    row = _meant(_tasks(lines), task, not undo)
    lines[row["line"]] = _TASK.sub(lambda match: f"{match[1]}{' ' if undo else 'x'}{match[3]}{match[4]}", lines[row["line"]])
    return _put(bench, goal, lines, {"text": row["text"], "done": not undo}, f"{'Open again' if undo else 'Done'}: {row['text']}.", lines[row["line"]])


@tool("tasks.remove", "reversible", writes=("file",), aliases=("delete_task", "remove_task", "delete_todo", "drop_task"))
def remove(bench: Workbench, task: Annotated[str, "its text, or enough of it"], file: FILE = "") -> Planned:
    """Remove a task."""
    goal = _where(file, bench.context)
    lines = _lines(goal)
    row = _meant(_tasks(lines), task, None)
    gone = lines.pop(row["line"])
    return _put(bench, goal, lines, {"text": row["text"]}, f"Removed the task: {row['text']}.", f"- {gone}")


def _where(file: str, context: ToolContext) -> Path:
    if not file:
        from core.home import Home

        return Home.default().root / "tasks.md"
    return paths.target_of(file, context.workspace)


def _lines(file: Path) -> list[str]:
    return read_regular(file).decode("utf-8", "replace").splitlines() if file.exists() else ["# Tasks", ""]


def _tasks(lines: list[str]) -> list[dict[str, Any]]:
    found = []
    for number, line in enumerate(lines):
        if match := _TASK.match(line):
            due = _DUE.search(match[4])
            found.append({"line": number, "text": _DUE.sub("", match[4]).strip(), "done": match[2] != " ", "due": due[1] if due else ""})
    return found


def _meant(rows: list[dict[str, Any]], text: str, is_open: bool | None) -> dict[str, Any]:
    """The one task that is meant. Raises :class:`ToolRetry` where it is none or several."""
    words = text.lower().split()
    among = [row for row in rows if is_open is None or row["done"] != is_open]
    exact = [row for row in among if row["text"].lower() == text.strip().lower()]
    found = exact or [row for row in among if words and all(word in row["text"].lower() for word in words)]
    if len(found) == 1:
        return found[0]
    which = "; ".join(row["text"] for row in found[:5])
    raise ToolRetry(
        f"{len(found)} tasks are like {text!r}: {which}." if found else f"There is no such task as {text!r}.",
        code="not_found",
        hint="task is the text, or enough of it that only one has; tasks.list shows them.",
    )


def _put(bench: Workbench, goal: Path, lines: list[str], value: object, text: str, preview: str) -> Planned:
    return Planned((*bench.changes.folders(goal.parent), bench.changes.put(goal, ("\n".join(lines) + "\n").encode())), value, text, preview)
