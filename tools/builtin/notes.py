"""Notes: Markdown files in Deskhand's own folder, one a note. They are made and undone like any other file."""

from __future__ import annotations

import re
from typing import Annotated

from core.ports import ToolContext, ToolResult
from tools.declare import Planned, tool
from tools.workbench import Workbench


@tool("notes.add", "reversible", aliases=("note_add", "add_note", "create_note", "take_note", "save_note", "new_note"))
def add(bench: Workbench, text: Annotated[str, "the note"], title: str = "") -> Planned:
    """Keep a note in Deskhand's notes."""
    now = bench.context.clock.now().astimezone()
    name = re.sub(r"[^\w-]+", "-", (title or text)[:40].strip().lower()).strip("-") or "note"
    path = bench.notes / f"{now:%Y-%m-%d-%H%M%S}-{bench.context.step_id}-{name}.md"
    content = (f"# {title}\n\n" if title else "") + text.rstrip() + "\n"
    return Planned((bench.changes.put(path, content.encode()),), {"path": str(path), "text": text}, f"Noted: {text}", f"+ {content}")


@tool("notes.list", "reads", aliases=("note_list", "list_notes", "show_notes"))
async def list_(context: ToolContext, limit: int = 50) -> ToolResult:
    """The newest notes."""
    return _shown(_all(context)[:limit], "There are no notes yet.")


@tool("notes.search", "reads", aliases=("note_find", "find_notes", "search_notes", "notes.find"))
async def search(context: ToolContext, query: str, limit: int = 20) -> ToolResult:
    """Notes that hold all the words."""
    words = query.lower().split()
    return _shown([note for note in _all(context) if all(word in note["text"].lower() for word in words)][:limit], f"No note mentions {query}.")


def _all(context: ToolContext) -> list[dict[str, str]]:
    from core.home import Home

    folder = Home.default().notes
    files = sorted(folder.glob("*.md"), reverse=True) if folder.is_dir() else []
    return [{"path": str(file), "at": file.name[:10], "text": file.read_text(encoding="utf-8", errors="replace").strip()} for file in files]


def _shown(notes: list[dict[str, str]], none: str) -> ToolResult:
    return ToolResult({"items": notes, "count": len(notes)}, "\n".join(f"- {note['text']}  ({note['at']})" for note in notes) or none)
