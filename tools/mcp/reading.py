"""What servers offer besides tools, as tools: their resources, prompts and skills. A server is started for it when it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.errors import NotFound, ToolFailed, ToolRetry
from core.ports import Scope, ToolContext, ToolResult
from tools.declare import Tool
from tools.framing import from_outside

if TYPE_CHECKING:
    from mcp import Client

    from tools.mcp.servers import McpServers

MOST = 200
SECONDS = 60.0
TEXT_LIMIT = 200_000
SOURCE = "mcp"


def reading_tools(servers: McpServers) -> list[Tool]:
    """Four tools over all servers; none where there is no server."""

    def scopes(values: dict[str, Any], context: ToolContext) -> tuple[Scope, ...]:
        try:
            config = servers.config(str(values.get("server")))
        except NotFound as error:
            raise ToolRetry(error.message, code="not_found", hint="server is the name of an MCP server, as its tools begin.") from error
        host = urlsplit(config.url).hostname or ""
        return (Scope("host", host, False),) if config.url else (Scope("app", f"mcp:{config.name}"),)

    def made(name: str, description: str, fields: dict[str, dict[str, Any]], work: Callable[[Client, dict[str, Any]], Awaitable[tuple[Any, str]]]) -> Tool:
        async def body(context: ToolContext, /, **values: Any) -> ToolResult:
            from mcp.shared.exceptions import MCPError

            client = await servers.client(str(values["server"]))
            try:
                async with asyncio.timeout(SECONDS):
                    value, text = await work(client, values)
            except TimeoutError as error:
                raise ToolFailed(f"{values['server']} did not answer within {SECONDS:.0f} s.", code="timeout", retryable=True, hint="It may work when called again.") from error
            except MCPError as error:
                raise ToolFailed(
                    f"{values['server']} refused: {str(error)[:500]}", code="server_error", hint="mcp.resources, mcp.prompt and mcp.skill without a name list what there is."
                ) from error
            left = f"\n… {len(text) - TEXT_LIMIT} more letters were left out." if len(text) > TEXT_LIMIT else ""
            return ToolResult(
                value, from_outside(f"{name} of the MCP server {values['server']}", text[:TEXT_LIMIT] + left), tainted=True, artifacts=tuple(value.get("artifacts", ()))
            )

        properties = {"server": {"type": "string", "description": "name of the MCP server"}, **fields}
        schema = {
            "type": "object",
            "properties": properties,
            "required": ["server", *(key for key, row in fields.items() if not row.pop("optional", False))],
            "additionalProperties": False,
        }
        return Tool(name, description, "leaves", body, None, given_schema=schema, scopes=scopes, category="mcp", source=SOURCE, fresh=True)

    return [
        made("mcp.resources", "Files and data that an MCP server offers for reading.", {}, _resources), made("mcp.read_resource", "Read a resource of an MCP server.", {"uri": {"type": "string", "description": "as mcp.resources gives it"}}, _read),
        made("mcp.prompt", "A prompt that an MCP server has ready; without a name, which there are.", {"name": {"type": "string", "description": "of the prompt", "optional": True}, "arguments": {"type": "object", "description": "what it is filled with", "optional": True}}, _prompt),
        made("mcp.skill", "How to do something, as an MCP server's skill tells it; without a name, which there are.", {"name": {"type": "string", "description": "of the skill", "optional": True}}, _skill),
    ]  # fmt: skip


async def _resources(client: Client, values: dict[str, Any]) -> tuple[Any, str]:
    if client.server_capabilities.resources is None:
        return {"items": [], "count": 0}, "This server offers no resources."
    page = await client.list_resources()
    rows = [{"uri": str(item.uri), "name": item.name, "description": (item.description or "")[:300], "type": item.mime_type or ""} for item in page.resources[:MOST]]
    templates = await client.list_resource_templates()
    rows += [{"uri": item.uri_template, "name": item.name, "description": (item.description or "")[:300], "type": "template"} for item in templates.resource_templates[:MOST]]
    return {"items": rows, "count": len(rows)}, "\n".join(f"- {row['uri']}: {row['name']}" for row in rows) or "This server offers no resources."


async def _read(client: Client, values: dict[str, Any]) -> tuple[Any, str]:
    from mcp_types import TextResourceContents

    from tools.mcp.results import keep_encoded

    answer = await client.read_resource(str(values["uri"]))
    files: list[dict[str, Any]] = []
    texts = [item.text if isinstance(item, TextResourceContents) else keep_encoded(item.blob, item.mime_type or "", files) for item in answer.contents]
    text = "\n".join(texts) or "The resource is empty."
    return {"uri": values["uri"], "text": text[:TEXT_LIMIT]} | ({"artifacts": files} if files else {}), text


async def _prompt(client: Client, values: dict[str, Any]) -> tuple[Any, str]:
    if client.server_capabilities.prompts is None:
        return {"items": [], "count": 0}, "This server has no prompts."
    if not values.get("name"):
        page = await client.list_prompts()
        rows = [{"name": item.name, "description": item.description or "", "arguments": [argument.name for argument in item.arguments or ()]} for item in page.prompts[:MOST]]
        return {"items": rows, "count": len(rows)}, "\n".join(
            f"- {row['name']}({', '.join(row['arguments'])}): {row['description']}" for row in rows
        ) or "This server has no prompts."
    answer = await client.get_prompt(str(values["name"]), {key: str(value) for key, value in (values.get("arguments") or {}).items()})
    text = "\n\n".join(f"{message.role}: {getattr(message.content, 'text', '[no text]')}" for message in answer.messages)
    return {"name": values["name"], "text": text}, text


async def _skill(client: Client, values: dict[str, Any]) -> tuple[Any, str]:
    from tools.mcp.skills import list_skills, load, offers_skills

    if not offers_skills(client):
        return {"items": [], "count": 0}, "This server has no skills."
    found = await list_skills(client)
    if not values.get("name"):
        rows = [{"name": skill.name, "description": str(skill.frontmatter.get("description", ""))} for skill in found]
        return {"items": rows, "count": len(rows)}, "\n".join(f"- {row['name']}: {row['description']}" for row in rows) or "This server has no skills."
    skill = next((skill for skill in found if skill.name == values["name"]), None)
    if skill is None:
        raise ToolFailed(
            f"There is no skill {values['name']}; there are {', '.join(skill.name for skill in found[:20])}.",
            code="not_found",
            hint="name is one of them; without a name mcp.skill lists them.",
        )
    text = await load(client, skill)
    return {"name": skill.name, "text": text, "files": list(skill.files)}, text
