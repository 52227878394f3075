"""Being an MCP server, on standard input and output or on a port of this machine: a list of tools and a function that calls them."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from core import __version__


@dataclass(frozen=True, slots=True)
class Served:
    """A tool as other programs see it. ``reads``: it changes nothing."""

    name: str
    description: str
    parameters: dict[str, Any]
    reads: bool = False
    destroys: bool = False


Call = Callable[[str, dict[str, Any]], Awaitable[tuple[str, Any, bool]]]  # text, JSON value, whether it worked


async def serve(tools: Callable[[], Awaitable[list[Served]]], call: Call, instructions: str) -> None:
    """Serve until standard input ends."""
    server = made(tools, call, instructions)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


async def serve_http(server: Server[Any], port: int, token: str, told: Callable[[str], None]) -> None:
    """Serve Streamable HTTP on loopback until stopped; ``told`` gets the address. With a ``token`` requests need it (``Authorization: Bearer``). Host and Origin are checked."""
    import uvicorn

    web = server.streamable_http_app()
    config = uvicorn.Config(_guarded(web, token) if token else web, host="127.0.0.1", port=port, log_level="warning", lifespan="on", ws="none")
    serving = uvicorn.Server(config)
    listener = config.bind_socket()
    told(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp")
    await serving.serve(sockets=[listener])


def _guarded(web: Any, token: str) -> Any:
    """The same application for those who have the token."""
    wanted = f"Bearer {token}".encode()

    async def guard(scope: Any, receive: Any, send: Any) -> None:
        given = dict(scope.get("headers") or ()).get(b"authorization", b"")
        if scope["type"] == "http" and not hmac.compare_digest(given, wanted):
            await send({"type": "http.response.start", "status": 401, "headers": [(b"www-authenticate", b"Bearer"), (b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"The token is missing or wrong."})
            return
        await web(scope, receive, send)

    return guard


def made(tools: Callable[[], Awaitable[list[Served]]], call: Call, instructions: str) -> Server[Any]:
    """The server, without a transport."""

    async def list_tools(context: Any, params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_wire(tool) for tool in await tools()])

    async def call_tool(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        text, value, worked = await call(params.name, dict(params.arguments or {}))
        structured = value if worked and isinstance(value, dict) else None
        return types.CallToolResult(content=[types.TextContent(type="text", text=text)], structured_content=structured, is_error=not worked)

    return Server("deskhand", version=__version__, title="Deskhand", instructions=instructions, on_list_tools=list_tools, on_call_tool=call_tool)


def _wire(tool: Served) -> types.Tool:
    annotations = types.ToolAnnotations(read_only_hint=tool.reads, destructive_hint=tool.destroys)
    return types.Tool(name=tool.name.replace(".", "_"), title=tool.name, description=tool.description, input_schema=tool.parameters, annotations=annotations)
