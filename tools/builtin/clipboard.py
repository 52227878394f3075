"""The clipboard, through pyperclip."""

from __future__ import annotations

from core.errors import ToolFailed
from core.ports import Scope, ToolContext, ToolResult
from tools.availability import needs_display
from tools.declare import tool
from tools.documents.content import counted, lines_of
from tools.documents.frame import frame
from tools.documents.hidden import mark_text
from tools.files.wording import open_places

MOST = 40_000  # letters of a clipboard that are shown


@tool(
    "clipboard.get",
    "reads",
    fresh=True,
    aliases=("clip_get", "get_clipboard", "read_clipboard", "paste"),
    scopes=lambda args, context: (Scope("app", "clipboard", True),),
    unavailable=needs_display,
    instead="files.read(path) reads a text from a file.",
)
async def get(context: ToolContext) -> ToolResult:
    """The text on the clipboard, in a frame; at most 40000 letters of it. Pictures on it are not seen."""
    text = _pyperclip("paste")
    shown = mark_text(text)[:MOST]
    left = f"\n(Left out: {len(text) - MOST} letters.)" if len(text) > MOST else ""
    about = f"{counted(len(lines_of(text)), 'line')}, {counted(len(text), 'letter')}"
    return ToolResult({"text": text}, frame("clipboard", about, shown) + left if text else "The clipboard holds no text.", tainted=True)


@tool(
    "clipboard.set",
    "irreversible",
    aliases=("clip_set", "set_clipboard", "copy_to_clipboard", "write_clipboard"),
    scopes=lambda args, context: (Scope("app", "clipboard", True),),
    unavailable=needs_display,
    instead="files.write(path, text) keeps a text in a file.",
)
async def set_(context: ToolContext, text: str) -> ToolResult:
    """Put text on the clipboard, replacing what is there, which cannot be brought back. The result says its letters and which placeholders are left."""
    _pyperclip("copy", text)
    return ToolResult({"text": text}, f"It is on the clipboard: {counted(len(lines_of(text)), 'line')}, {counted(len(text), 'letter')}.{open_places(text)}")


def _pyperclip(name: str, *values: str) -> str:
    import pyperclip

    try:
        return getattr(pyperclip, name)(*values) or ""
    except pyperclip.PyperclipException as error:
        raise ToolFailed(
            "There is no clipboard here. On Linux install wl-clipboard or xclip, and use a desktop session.",
            code="no_clipboard",
            hint="files.write keeps a text in a file instead.",
        ) from error
