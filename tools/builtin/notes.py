"""Notes: Markdown files in Deskhand's own folder, one a note. They are made and undone like any other file."""

from __future__ import annotations

import re
from typing import Annotated

from core.errors import ToolRetry
from core.ports import ToolContext, ToolResult
from tools.background import in_thread
from tools.declare import Planned, tool
from tools.documents.content import counted, words_of
from tools.documents.hidden import mark_text
from tools.files.wording import open_places
from tools.regular_files import read_regular
from tools.workbench import Workbench


@tool("notes.add", "reversible", aliases=("note_add", "add_note", "create_note", "take_note", "save_note", "new_note"))
def add(bench: Workbench, text: Annotated[str, "the note"], title: str = "") -> Planned:
    """Keep a note among Deskhand's own notes (not in the workspace; for a file use files.write). The result repeats it and says words and placeholders that are left."""
    now = bench.context.clock.now().astimezone()
    name = re.sub(r"[^\w-]+", "-", (title or text)[:40].strip().lower()).strip("-") or "note"
    path = bench.notes / f"{now:%Y-%m-%d-%H%M%S}-{bench.context.step_id}-{name}.md"
    content = (f"# {title}\n\n" if title else "") + text.rstrip() + "\n"
    if not text.strip():
        raise ToolRetry("The note is empty.", hint="text is the note itself.")
    said = f"Noted: {text}\n({words_of(text)}{', titled ' + repr(title) if title else ''}, {now:%Y-%m-%d}.){open_places(text)}"
    return Planned((bench.changes.put(path, content.encode("utf-8", "replace")),), {"path": str(path), "text": text, "title": title}, said, f"+ {content}")


@tool("notes.list", "reads", aliases=("note_list", "list_notes", "show_notes"))
async def list_(context: ToolContext, limit: int = 50) -> ToolResult:
    """The newest notes, newest first, each with its day; at most limit, and how many there are besides."""
    return _shown(await in_thread(_all, context), limit, "There are no notes yet. notes.add keeps one; files.list shows the files of the workspace.")


@tool("notes.search", "reads", aliases=("note_find", "find_notes", "search_notes", "notes.find"))
async def search(context: ToolContext, query: str, limit: int = 20) -> ToolResult:
    """Notes that hold all the words of the query, in any case and order; newest first, at most limit. Files are not searched: that is files.find."""
    words, notes = query.lower().split(), await in_thread(_all, context)
    found = [note for note in notes if all(word in note["text"].lower() for word in words)]
    return _shown(found, limit, f"No note holds {query!r}; {counted(len(notes), 'note')} searched, upper and lower case alike. files.find searches the files of the workspace.")


def _all(context: ToolContext) -> list[dict[str, str]]:
    from core.home import Home

    folder = Home.default().notes
    files = sorted(folder.glob("*.md"), reverse=True) if folder.is_dir() else []
    return [{"path": str(file), "at": file.name[:10], "text": read_regular(file).decode("utf-8", "replace").strip()} for file in files]


def _shown(notes: list[dict[str, str]], limit: int, none: str) -> ToolResult:
    shown = notes[: max(0, limit)]
    left = f"\nLeft out: {len(notes) - len(shown)} older; limit={len(notes)} shows them." if len(notes) > len(shown) else ""
    lines = "\n".join(f"- {mark_text(note['text'])}  ({note['at']})" for note in shown)
    return ToolResult({"items": shown, "count": len(shown), "found": len(notes)}, lines + left if notes else none)
