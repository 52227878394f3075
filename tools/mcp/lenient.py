"""What servers forget or write otherwise than the specification: mended where it is clear what is meant, else left out and said.

A result of the 2026-07-28 revision without ``resultType`` is complete; a tool without a schema takes anything; a block of a kind that nobody knows is named.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import mcp_types as types
from mcp.shared.message import SessionMessage

from tools.mcp.schemas import mend_schema

KNOWN_BLOCKS = {"text": ("text",), "image": ("data", "mimeType"), "audio": ("data", "mimeType"), "resource": ("resource",), "resource_link": ("uri",)}
LeftOut = Callable[[str], None]  # hears of each tool that is left out, as a sentence


class _Mended:
    """A read stream whose results are as the specification has them."""

    def __init__(self, inner: Any, left_out: LeftOut) -> None:
        self._inner, self._left_out = inner, left_out

    async def receive(self) -> Any:
        return _mend(await self._inner.receive(), self._left_out)

    async def __anext__(self) -> Any:
        return _mend(await self._inner.__anext__(), self._left_out)

    def __aiter__(self) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def __aenter__(self) -> Any:
        await self._inner.__aenter__()
        return self

    async def __aexit__(self, *raised: Any) -> Any:
        return await self._inner.__aexit__(*raised)


def _mend(item: Any, left_out: LeftOut) -> Any:
    if isinstance(item, SessionMessage) and isinstance(item.message, types.JSONRPCResponse) and isinstance(item.message.result, dict):
        mend_result(item.message.result, left_out)
    return item


def mend_result(result: dict[str, Any], left_out: LeftOut) -> None:
    """Mend a result in place, whatever it answers: each kind is known by its members."""
    result.setdefault("resultType", "complete")
    if "protocolVersion" in result and not isinstance(result.get("serverInfo"), dict):
        result["serverInfo"] = {"name": "unnamed", "version": ""}
    if isinstance(result.get("tools"), list):
        result["tools"] = list(filter(None, (_tool(row, left_out) for row in result["tools"])))
    if "content" in result or "structuredContent" in result or "isError" in result or set(result) == {"resultType"}:
        result["content"] = [_block(block) for block in _blocks(result.get("content"))]


def _tool(row: Any, left_out: LeftOut) -> dict[str, Any] | None:
    """A tool that can be offered; None for one of which too little is clear."""
    if not isinstance(row, Mapping) or not isinstance(row.get("name"), str) or not row["name"].strip():
        left_out("A tool without a name is left out.")
        return None
    schema = row.get("inputSchema")
    if not isinstance(schema, Mapping | None):
        left_out(f"The tool {row['name'][:80]} is left out: its arguments are described by {str(schema)[:40]!r}, which is no schema.")
        return None
    kept = {key: value for key, value in row.items() if value is not None and key != "outputSchema"}  # what it gives is taken as it comes
    return {**kept, "inputSchema": _kept_schema(schema)}


def _kept_schema(schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """The schema as the server has it where the protocol's library can read it, else mended: what was agreed to is known by it."""
    schema = schema or {}
    properties, required = schema.get("properties"), schema.get("required")
    is_plain = schema.get("type") == "object" and (properties is None or (isinstance(properties, Mapping) and all(isinstance(one, Mapping) for one in properties.values())))
    return dict(schema) if is_plain and isinstance(required, list | None) else mend_schema(schema)


def _blocks(content: Any) -> list[Any]:
    if isinstance(content, list):
        return content
    return [] if content is None else [content]


def _block(block: Any) -> dict[str, Any]:
    """A block as it is, or what can be said of one that is none."""
    if isinstance(block, str):
        return {"type": "text", "text": block}
    if not isinstance(block, Mapping):
        return {"type": "text", "text": str(block)[:2000]}
    needed = KNOWN_BLOCKS.get(str(block.get("type")))
    if needed is not None and all(block.get(key) is not None for key in needed):
        return _named_link({key: value for key, value in block.items() if value is not None})
    beside = block.get("text") if isinstance(block.get("text"), str) else ""
    return {"type": "text", "text": f"[a block of the kind {str(block.get('type') or 'unknown')[:40]}, which cannot be shown here]" + (f"\n{beside}" if beside else "")}


def _named_link(block: dict[str, Any]) -> dict[str, Any]:
    """A link needs a name; its address is one."""
    return {"name": str(block["uri"]), **block} if block["type"] == "resource_link" else block


@asynccontextmanager
async def lenient(transport: AbstractAsyncContextManager[tuple[Any, Any]], left_out: LeftOut = lambda text: None) -> AsyncIterator[tuple[Any, Any]]:
    """The streams of ``transport``, mended where that is allowed; ``left_out`` hears what cannot be."""
    async with transport as (reading, writing):
        yield _Mended(reading, left_out), writing
