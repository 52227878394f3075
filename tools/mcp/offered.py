"""Tools of a server as tools of ours: their names, their risk, and what of them was agreed to.

What a server says of a tool (name, description, schema) is kept by hash when the person adds it. A tool that says something else later is
withheld until that is looked at: a description is read by models, and so a place for orders.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from core.ports import Risk, Scope, ToolContext, ToolResult
from tools.declare import Tool
from tools.mcp.config import ServerConfig
from tools.mcp.lookups import HeardWords, is_lookup, teaches_nothing
from tools.mcp.schemas import mend_schema

DESCRIPTION_LIMIT = 1200
CallTool = Callable[[str, dict[str, Any], ToolContext], Awaitable[ToolResult]]
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]")


def said_of(tool: Mapping[str, Any]) -> dict[str, Any]:
    """What counts of a tool as ``tools/list`` gives it (``by_alias`` JSON)."""
    return {key: tool.get(key) for key in ("name", "description", "inputSchema", "annotations") if tool.get(key) is not None}


def fingerprint(tool: Mapping[str, Any]) -> str:
    """SHA-256 of what a tool says of itself."""
    return hashlib.sha256(json.dumps(said_of(tool), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def own_name(server: str, tool: str) -> str:
    """``server.tool`` with nothing in it that a name of ours does not have."""
    return f"{server}.{re.sub(r'[^A-Za-z0-9_.-]+', '_', tool)}"[:120]


def free_name(name: str, taken: Callable[[str], bool]) -> str:
    """A name that is not taken: no server may stand in for a tool of another."""
    while taken(name):
        name = f"mcp-{name}"
    return name


def tool_of(config: ServerConfig, row: Mapping[str, Any], call: CallTool, taken: Callable[[str], bool], heard: HeardWords | None = None) -> Tool:
    """One tool; ``taken`` says which names are not free, since no server may stand in for a tool of another. ``heard`` is shared by the tools of one server."""
    heard = HeardWords() if heard is None else heard
    name = free_name(own_name(config.name, str(row["name"])), taken)
    risk = risk_of(config, row.get("annotations") or {}, str(row["name"]))
    is_guess = not config.url and risk == "leaves" and (row.get("annotations") or {}).get("readOnlyHint") is None
    schema = mend_schema(row.get("inputSchema"))

    async def body(context: ToolContext, /, **values: Any) -> ToolResult:
        result = await call(str(row["name"]), values, context)
        heard.add(result.text)
        return result

    host = urlsplit(config.url).hostname or ""
    scope = (Scope("host", host, False),) if config.url else (Scope("app", f"mcp:{config.name}"),)
    return Tool(
        name, plain(str(row.get("description") or row.get("title") or row["name"])), risk, body, None, given_schema=schema, aliases=(str(row["name"]),), scopes=lambda values, context: scope,
        category=config.name, preview=lambda values: f"{name}\n{json.dumps(values, ensure_ascii=False, indent=1)}", source=f"mcp:{config.name}",
        fresh=True,  # what a server reads may change by itself
        stays=(lambda values, context: teaches_nothing(values, context.request, context.tainted, heard, schema)) if is_guess else _stays(heard, schema) if risk == "reads" else None,
    )  # fmt: skip


def _stays(heard: HeardWords, schema: Mapping[str, Any]) -> Callable[[Mapping[str, Any], ToolContext], bool]:
    """For a tool that says it only reads, and only here: that is the server's own word. After text from outside it counts only where the server learns nothing by the call."""
    return lambda values, context: not context.tainted or heard.hold({"": dict(values)}, context.request, schema)


def visible(text: str) -> str:
    """A text without characters that people do not see."""
    return _HIDDEN.sub("", text)


def plain(text: str) -> str:
    """A description without characters that people do not see, and not too long."""
    return " ".join(visible(text).split())[:DESCRIPTION_LIMIT]


def risk_of(config: ServerConfig, annotations: Mapping[str, Any], name: str = "") -> Risk:
    """What an address gets leaves the machine. A local server is believed when it says that it only reads and only here; else it may do anything.

    One that says nothing of a tool whose name says that it looks something up is taken at that word, since the person has let the server in:
    the call then counts as leaving the machine only where the server could learn something by it (:func:`tools.mcp.lookups.teaches_nothing`).
    """
    if config.url:
        return "leaves"
    hint = annotations.get("readOnlyHint")
    if hint is True:
        return "reads" if annotations.get("openWorldHint") is False else "leaves"
    return "leaves" if hint is None and annotations.get("destructiveHint") is not True and is_lookup(name) else "irreversible"
