"""Being an MCP server, on standard input and output or on a port of this machine: tools, resources and prompts, and questions for the person's consent put through the client."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from core import __version__

STATELESS = "2026-07-28"  # from this revision on a server asks by its answer, not by a request of its own
CONSENT = "consent"
ALLOW: dict[str, Any] = {"type": "object", "properties": {"allow": {"type": "boolean", "title": "Allow this once", "default": False}}, "required": ["allow"]}
Context = ServerRequestContext[Any, Any]
Told = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Served:
    """A tool as other programs see it. ``reads``: it changes nothing."""

    name: str
    description: str
    parameters: dict[str, Any]
    reads: bool = False
    destroys: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call. ``content`` is for what is not text; ``asks`` is what the person would have to agree to first."""

    text: str
    value: Any = None
    worked: bool = True
    content: tuple[types.ContentBlock, ...] = ()
    asks: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A prompt: its name, what it is for, and its arguments as ``(name, description, required)``."""

    name: str
    description: str
    arguments: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Readable:
    """Something to read, by address."""

    uri: str
    name: str
    description: str = ""
    mime_type: str = "text/markdown"


class Assistant(Protocol):
    """What is served. Every method may raise :class:`LookupError` for what is not there."""

    async def tools(self) -> list[Served]: ...

    async def call(self, name: str, args: dict[str, Any], agreed: bool, told: Told) -> Outcome:
        """Call a tool; ``agreed``: the person was asked and said yes. ``told`` takes progress, in words."""
        ...

    async def prompts(self) -> list[Offered]: ...

    async def prompt(self, name: str, args: dict[str, str]) -> str: ...

    async def resources(self) -> list[Readable]: ...

    async def read(self, uri: str) -> str: ...


async def serve(assistant: Assistant, instructions: str) -> None:
    """Serve until standard input ends."""
    server = made(assistant, instructions)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


async def serve_http(server: Server[Any], port: int, token: str, told: Callable[[str], None]) -> None:
    """Serve Streamable HTTP on loopback until stopped; ``told`` gets the address. With a ``token`` requests need it (``Authorization: Bearer``). Host and Origin are checked."""
    import uvicorn

    web = _trimmed(server.streamable_http_app())
    config = uvicorn.Config(_guarded(web, token) if token else web, host="127.0.0.1", port=port, log_level="warning", lifespan="on", ws="none")
    serving = uvicorn.Server(config)
    listener = config.bind_socket()
    told(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp")
    await serving.serve(sockets=[listener])


def _trimmed(web: Any) -> Any:
    """The same application, given header values without the white space around them (RFC 9110 §5.5), which the library compares as it comes."""

    async def trim(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [(name, value.strip(b" \t")) for name, value in scope["headers"]]}
        await web(scope, receive, send)

    return trim


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


def made(assistant: Assistant, instructions: str) -> Server[Any]:
    """The server, without a transport."""
    handlers = _Handlers(assistant)
    return Server(
        "deskhand", version=__version__, title="Deskhand", instructions=instructions, on_list_tools=handlers.list_tools, on_call_tool=handlers.call_tool,
        on_list_prompts=handlers.list_prompts, on_get_prompt=handlers.get_prompt, on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates, on_read_resource=handlers.read_resource,
    )  # fmt: skip


@dataclass(slots=True)
class _Handlers:
    assistant: Assistant

    async def list_tools(self, context: Context, params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_wire(tool) for tool in await self.assistant.tools()])

    async def call_tool(self, context: Context, params: types.CallToolRequestParams) -> types.CallToolResult | types.InputRequiredResult:
        count = 0

        async def told(text: str) -> None:
            nonlocal count
            count += 1
            await context.session.report_progress(float(count), None, text)

        args = dict(params.arguments or {})
        answered = _answer(params)
        outcome = await self.assistant.call(params.name, args, answered is True, told)
        if outcome.asks and answered is None:
            said = await _consent(context, outcome.asks)
            if isinstance(said, types.InputRequiredResult):
                return said
            outcome = await self.assistant.call(params.name, args, True, told) if said else outcome
        structured = outcome.value if outcome.worked and isinstance(outcome.value, dict) else None
        content = list(outcome.content) or [types.TextContent(type="text", text=outcome.text)]
        return types.CallToolResult(content=content, structured_content=structured, is_error=not outcome.worked)

    async def list_prompts(self, context: Context, params: Any) -> types.ListPromptsResult:
        rows = await self.assistant.prompts()
        return types.ListPromptsResult(prompts=[
            types.Prompt(name=row.name, description=row.description, arguments=[types.PromptArgument(name=name, description=about, required=must) for name, about, must in row.arguments])
            for row in rows
        ])  # fmt: skip

    async def get_prompt(self, context: Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        try:
            text = await self.assistant.prompt(params.name, dict(params.arguments or {}))
        except LookupError as error:
            raise MCPError(code=types.INVALID_PARAMS, message=f"There is no prompt {params.name}.") from error
        return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=types.TextContent(type="text", text=text))])

    async def list_resources(self, context: Context, params: Any) -> types.ListResourcesResult:
        rows = await self.assistant.resources()
        return types.ListResourcesResult(resources=[types.Resource(uri=row.uri, name=row.name, description=row.description, mime_type=row.mime_type) for row in rows])

    async def list_templates(self, context: Context, params: Any) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=[])

    async def read_resource(self, context: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        try:
            text = await self.assistant.read(str(params.uri))
        except LookupError as error:
            raise MCPError(code=types.INVALID_PARAMS, message=f"There is no resource {params.uri}.", data={"uri": str(params.uri)}) from error
        return types.ReadResourceResult(contents=[types.TextResourceContents(uri=params.uri, mime_type="text/markdown", text=text)])


def _answer(params: types.CallToolRequestParams) -> bool | None:
    """What the person said to a question that an answer of ours put before; None where none was asked."""
    given = (params.input_responses or {}).get(CONSENT)
    return _agreed(given) if isinstance(given, types.ElicitResult) else None


def _agreed(said: types.ElicitResult) -> bool:
    return said.action == "accept" and (said.content or {}).get("allow") is True


async def _consent(context: Context, question: str) -> bool | types.InputRequiredResult:
    """Put a question to the person in the client's own window; no where it has none."""
    able = context.session.client_capabilities
    if able is None or able.elicitation is None:
        return False
    message = f"Deskhand asks: may it do this?\n{question}"
    if context.protocol_version >= STATELESS:
        asked = types.ElicitRequest(params=types.ElicitRequestFormParams(message=message, requested_schema=ALLOW))
        return types.InputRequiredResult(input_requests={CONSENT: asked})
    try:
        return _agreed(await context.session.elicit_form(message, ALLOW, context.request_id))
    except MCPError:
        return False


def _wire(tool: Served) -> types.Tool:
    annotations = types.ToolAnnotations(read_only_hint=tool.reads, destructive_hint=tool.destroys)
    return types.Tool(name=tool.name.replace(".", "_"), title=tool.name, description=tool.description, input_schema=tool.parameters, annotations=annotations)
