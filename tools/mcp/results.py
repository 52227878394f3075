"""What a server hands back, as a tool's result: text and data for models, JSON for later steps, pictures as files; never too much of it, always marked as from outside."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import mimetypes
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import mcp_types as types

from core.errors import ToolFailed
from core.home import Home
from core.ports import ToolResult
from core.settings import write_atomically
from tools.framing import from_outside

TEXT_LIMIT = 200_000  # letters kept of an answer
MOST_FILES = 300  # that are kept; the oldest go first


def result_of(server: str, tool: str, answer: types.CallToolResult) -> ToolResult:
    """Raises :class:`ToolFailed` where the server says that it failed."""
    files: list[dict[str, Any]] = []
    text = "\n".join(filter(None, (_said(item, files) for item in answer.content)))
    if answer.is_error:
        raise ToolFailed(f"{server} says: {text[:1000] or 'it failed'}", code="tool_failed", hint=f"These are the words of the server {server}; other arguments may work.")
    structured = answer.structured_content
    shown = _cut(_with_data(text, structured) or f"{tool} is done; it gave nothing back.")
    value: Any = structured if structured is not None and len(json.dumps(structured)) <= TEXT_LIMIT else {"text": shown}
    if files and isinstance(value, dict):
        value = {**value, "files": [row["path"] for row in files]}
    return ToolResult(value, from_outside(f"Result of {tool} on the MCP server {server}", shown), tainted=True, artifacts=tuple(files))


def _with_data(text: str, structured: Any) -> str:
    """The text with the data that belongs to it, unless the text is that data."""
    if structured is None or _is_said(text, structured):
        return text
    data = json.dumps(structured, ensure_ascii=False, indent=1)
    return f"{text}\n{data}" if text else data


def _is_said(text: str, structured: Any) -> bool:
    """Whether a text is the data itself, as servers send it for older clients; some wrap it in ``result``."""
    try:
        found = json.loads(text)
    except ValueError:
        return isinstance(structured, dict) and list(structured) == ["result"] and structured["result"] == text
    return bool(found == structured or (isinstance(structured, dict) and list(structured) == ["result"] and structured["result"] == found))


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else f"{text[:TEXT_LIMIT]}\n… {len(text) - TEXT_LIMIT} more letters were left out."


def _said(item: Any, files: list[dict[str, Any]]) -> str:
    match item:
        case types.TextContent():
            return item.text
        case types.ImageContent() | types.AudioContent():
            return keep_encoded(item.data, item.mime_type, files)
        case types.EmbeddedResource():
            resource = item.resource
            return resource.text if isinstance(resource, types.TextResourceContents) else f"{resource.uri}: {keep_encoded(resource.blob, resource.mime_type or '', files)}"
        case types.ResourceLink():
            more = ", ".join(filter(None, (item.title, item.description, item.mime_type)))
            return f"{item.name}: {item.uri}" + (f" ({more})" if more else "")
    return ""


def keep_encoded(data: str, mime: str, files: list[dict[str, Any]]) -> str:
    """Keep what came in base64 as a file, add it to ``files``, and say where it is."""
    kind = mime.partition("/")[0] if mime.startswith(("image/", "audio/")) else "file"
    try:
        content = base64.b64decode(data, validate=False)
    except (binascii.Error, ValueError):
        return f"[{kind} of the type {mime or 'unknown'} that cannot be decoded]"
    row = _kept(content, mime)
    files.append(row)
    return f"[{kind} kept as {row['path']}, {mime or 'type unknown'}, {len(content):,} bytes]"


def _kept(content: bytes, mime: str) -> dict[str, Any]:
    """Write a file into Deskhand's folder, under its hash; what is there already is not written again."""
    digest = hashlib.sha256(content).hexdigest()
    folder = Home.default().root / "received"
    file = folder / f"{digest[:16]}{mimetypes.guess_extension(mime.partition(';')[0].strip()) or '.bin'}"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(file, content)
        _forget_oldest(folder.iterdir())
    return {"digest": digest, "path": str(file), "name": file.name, "type": mime, "bytes": len(content)}


def _forget_oldest(files: Iterable[Path]) -> None:
    for file in sorted(files, key=lambda one: one.stat().st_mtime, reverse=True)[MOST_FILES:]:
        file.unlink(missing_ok=True)
