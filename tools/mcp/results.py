"""What a server hands back, as a tool's result: text for people, JSON for later steps, never too much of it, always marked as from outside."""

from __future__ import annotations

import json
from typing import Any

import mcp_types as types

from core.errors import ToolFailed
from core.ports import ToolResult

TEXT_LIMIT = 200_000  # letters kept of an answer


def result_of(server: str, tool: str, answer: types.CallToolResult) -> ToolResult:
    """Raises :class:`ToolFailed` where the server says that it failed."""
    text = "\n".join(filter(None, (_said(item) for item in answer.content)))
    if answer.is_error:
        raise ToolFailed(f"{server} says: {text[:1000] or 'it failed'}", code="tool_failed")
    structured = answer.structured_content
    shown = text or (json.dumps(structured, ensure_ascii=False, indent=1) if structured is not None else f"{tool} is done.")
    if len(shown) > TEXT_LIMIT:
        shown = f"{shown[:TEXT_LIMIT]}\n… {len(shown) - TEXT_LIMIT} more letters were left out."
    value: Any = structured if structured is not None and len(json.dumps(structured)) <= TEXT_LIMIT else {"text": shown}
    return ToolResult(value, shown, tainted=True)


def _said(item: Any) -> str:
    match item:
        case types.TextContent():
            return item.text
        case types.ImageContent() | types.AudioContent():
            return f"[{item.mime_type}, {len(item.data) * 3 // 4} bytes]"
        case types.EmbeddedResource():
            return item.resource.text if isinstance(item.resource, types.TextResourceContents) else f"[{item.resource.mime_type or 'data'}: {item.resource.uri}]"
        case types.ResourceLink():
            return f"{item.name}: {item.uri}"
    return ""
