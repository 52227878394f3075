"""The clipboard, through pyperclip."""

from __future__ import annotations

from core.errors import ToolFailed
from core.ports import Scope, ToolContext, ToolResult
from tools.declare import tool


@tool("clipboard.get", "reads", fresh=True, aliases=("clip_get", "get_clipboard", "read_clipboard", "paste"), scopes=lambda args, context: (Scope("app", "clipboard", True),))
async def get(context: ToolContext) -> ToolResult:
    """The text on the clipboard."""
    text = _pyperclip("paste")
    return ToolResult({"text": text}, text or "The clipboard is empty.", tainted=True)


@tool(
    "clipboard.set", "irreversible", aliases=("clip_set", "set_clipboard", "copy_to_clipboard", "write_clipboard"), scopes=lambda args, context: (Scope("app", "clipboard", True),)
)
async def set_(context: ToolContext, text: str) -> ToolResult:
    """Put text on the clipboard, replacing what is there."""
    _pyperclip("copy", text)
    return ToolResult({"text": text}, "It is on the clipboard.")


def _pyperclip(name: str, *values: str) -> str:
    import pyperclip

    try:
        return getattr(pyperclip, name)(*values) or ""
    except pyperclip.PyperclipException as error:
        raise ToolFailed("There is no clipboard here. On Linux install wl-clipboard or xclip, and use a desktop session.", code="no_clipboard") from error
