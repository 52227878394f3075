"""Being an MCP server: tools, resources and prompts, and questions for the person's consent put through the client. On standard input and output here, on a port in ``serving_http``."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.subscriptions import ListenHandler
from mcp.shared.exceptions import MCPDeprecationWarning, MCPError

from core import __version__
from tools.mcp.served import Assistant, Served
from tools.mcp.watched import Watched

STATELESS = "2026-07-28"  # from this revision on a server asks by its answer, not by a request of its own
CONSENT = "consent"
MOST_COMPLETIONS = 100  # the protocol's limit
LEVELS: tuple[types.LoggingLevel, ...] = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
ALLOW: dict[str, Any] = {"type": "object", "properties": {"allow": {"type": "boolean", "title": "Allow this once", "default": False}}, "required": ["allow"]}
Context = ServerRequestContext[Any, Any]


async def serve(assistant: Assistant, instructions: str) -> None:
    """Serve until standard input ends."""
    server = made(assistant, instructions)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def made(assistant: Assistant, instructions: str) -> Server[Any]:
    """The server, without a transport."""
    handlers = _Handlers(assistant, Watched(assistant))
    warnings.filterwarnings("ignore", category=MCPDeprecationWarning)  # clients of before 2026-07-28 still ask for messages and subscribe
    return Server(
        "deskhand", version=__version__, title="Deskhand", instructions=instructions, on_list_tools=handlers.list_tools, on_call_tool=handlers.call_tool,
        on_list_prompts=handlers.list_prompts, on_get_prompt=handlers.get_prompt, on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates, on_read_resource=handlers.read_resource, on_completion=handlers.complete, on_set_logging_level=handlers.set_level,
        on_subscribe_resource=handlers.subscribe, on_unsubscribe_resource=handlers.unsubscribe, on_subscriptions_listen=handlers.listen,
    )  # fmt: skip


@dataclass(slots=True)
class _Handlers:
    assistant: Assistant
    watched: Watched
    _levels: WeakKeyDictionary[Any, types.LoggingLevel] = field(default_factory=WeakKeyDictionary)

    async def list_tools(self, context: Context, params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_wire(tool) for tool in await self.assistant.tools()])

    async def call_tool(self, context: Context, params: types.CallToolRequestParams) -> types.CallToolResult | types.InputRequiredResult:
        count = 0

        async def told(text: str) -> None:
            nonlocal count
            count += 1
            await context.session.report_progress(float(count), None, text)
            await self._log(context, "info", text)

        args = dict(params.arguments or {})
        answered = _answer(params)
        outcome = await self.assistant.call(params.name, args, answered is True, told)
        if outcome.asks and answered is None:
            said = await _consent(context, outcome.asks)
            if isinstance(said, types.InputRequiredResult):
                return said
            outcome = await self.assistant.call(params.name, args, True, told) if said else outcome
        if not outcome.worked:
            await self._log(context, "warning", f"{params.name}: {outcome.text}")
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
        rows = await self.assistant.templates()
        found = [types.ResourceTemplate(uri_template=row.uri, name=row.name, description=row.description, mime_type=row.mime_type) for row in rows]
        return types.ListResourceTemplatesResult(resource_templates=found)

    async def read_resource(self, context: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        try:
            text = await self.assistant.read(str(params.uri))
        except LookupError as error:
            raise MCPError(code=types.INVALID_PARAMS, message=f"There is no resource {params.uri}.", data={"uri": str(params.uri)}) from error
        return types.ReadResourceResult(contents=[types.TextResourceContents(uri=params.uri, mime_type="text/markdown", text=text)])

    async def complete(self, context: Context, params: types.CompleteRequestParams) -> types.CompleteResult:
        """What begins with what was typed so far."""
        name = params.ref.uri if isinstance(params.ref, types.ResourceTemplateReference) else params.ref.name
        try:
            known = await self.assistant.completions(str(name), params.argument.name)
        except LookupError as error:
            raise MCPError(code=types.INVALID_PARAMS, message=f"There is nothing like {name} here.") from error
        found = [value for value in known if value.lower().startswith(params.argument.value.lower())]
        shown = found[:MOST_COMPLETIONS]
        return types.CompleteResult(completion=types.Completion(values=shown, total=len(found), has_more=len(found) > len(shown)))

    async def set_level(self, context: Context, params: types.SetLevelRequestParams) -> types.EmptyResult:
        self._levels[_lasting(context)] = params.level
        return types.EmptyResult()

    async def _log(self, context: Context, level: types.LoggingLevel, text: str) -> None:
        """A message to clients that asked for messages of that weight; from revision 2026-07-28 on each request says so itself, which the library sees to."""
        wanted = self._levels.get(_lasting(context))
        if context.protocol_version >= STATELESS or (wanted and LEVELS.index(level) >= LEVELS.index(wanted)):
            await context.session.send_log_message(level, text, "deskhand", context.request_id)

    async def subscribe(self, context: Context, params: types.SubscribeRequestParams) -> types.EmptyResult:
        self.watched.subscribe(_lasting(context), str(params.uri))
        return types.EmptyResult()

    async def unsubscribe(self, context: Context, params: types.UnsubscribeRequestParams) -> types.EmptyResult:
        self.watched.unsubscribe(_lasting(context), str(params.uri))
        return types.EmptyResult()

    async def listen(self, context: Context, params: types.SubscriptionsListenRequestParams) -> types.SubscriptionsListenResult:
        with self.watched.listening(params.notifications.resource_subscriptions or ()):
            return await ListenHandler(self.watched.bus)(context, params)


def _lasting(context: Context) -> Any:
    """The client's connection: a session is made anew for each request, and the library has no public name for what lasts."""
    return context.session._connection


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
