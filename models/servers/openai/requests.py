"""A request in the words of the OpenAI chat API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.messages import Message, ModelRequest, ToolCall, ToolSpec
from models.servers.arguments import dump_arguments
from models.servers.history import DETAILS, OF_TURN, fit_call_id, pair_calls
from models.servers.openai.dialects import Dialect
from models.servers.openai.plain import plain_schema
from models.servers.openai.strict import strict_schema
from models.servers.pictures import data_url, fit_picture
from models.servers.tool_names import ToolNames


def build_body(request: ModelRequest, model: str, dialect: Dialect, names: ToolNames) -> dict[str, Any]:
    """The body of ``POST /chat/completions``, streamed where the server can. ``parallel_tool_calls`` is left at the server's default."""
    body: dict[str, Any] = {
        "model": model,
        "messages": build_messages(request.messages, dialect, names),
        "stream": True,
        "stream_options": {"include_usage": True},
        dialect.limit: min(request.max_tokens, dialect.most or request.max_tokens),
        "temperature": request.temperature,
    }
    if request.stop:
        body["stop"] = list(request.stop)
    if request.tools and dialect.has_tools:
        body["tools"] = [build_tool(tool, dialect, names) for tool in request.tools]
    if request.schema:
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": request.schema}}
    if dialect.effort:
        body["reasoning_effort"] = dialect.effort
    return dialect.strip(body)


def build_tool(tool: ToolSpec, dialect: Dialect, names: ToolNames) -> dict[str, Any]:
    """A tool, strict where the server knows strict tools and the schema can be said so."""
    strict = strict_schema(tool.parameters) if dialect.is_strict else None
    parameters = plain_schema(tool.parameters) if dialect.is_plain else tool.parameters
    function = {
        "name": names.to_api(tool.name),
        "description": tool.description,
        "parameters": strict or parameters,
    }
    return {"type": "function", "function": function | ({"strict": True} if strict else {})}


def build_messages(messages: Sequence[Message], dialect: Dialect, names: ToolNames) -> list[dict[str, Any]]:
    """The conversation, every call with its id and its result."""
    paired = pair_calls(messages)
    if not dialect.has_system:
        paired = _without_system(paired)
    first = next((number for number, message in enumerate(paired) if message.tool_calls), len(paired))
    return [_build_message(message, dialect, names, number >= first) for number, message in enumerate(paired)]


def _build_message(message: Message, dialect: Dialect, names: ToolNames, is_after_tools: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"role": message.role, "content": _content(message)}
    if message.role == "tool":
        return made | {"tool_call_id": fit_call_id(message.tool_call_id, dialect.has_short_ids)}
    if message.role == "assistant" and dialect.reasoning and is_after_tools:
        # DeepSeek wants it with every turn from the first call on; empty too: a turn of another model would be refused without the field
        made[dialect.reasoning] = message.reasoning
    if message.tool_calls:
        made["tool_calls"] = [_build_call(call, dialect, names) for call in message.tool_calls]
        if dialect.has_details and (details := message.tool_calls[0].extra.get(DETAILS)):
            made[DETAILS] = details
    return made


def _content(message: Message) -> str | list[dict[str, Any]]:
    if not message.pictures:
        return message.content
    shown = [{"type": "image_url", "image_url": {"url": data_url(fit_picture(picture))}} for picture in message.pictures]
    return [{"type": "text", "text": message.content}, *shown]


def _build_call(call: ToolCall, dialect: Dialect, names: ToolNames) -> dict[str, Any]:
    function = {"name": names.to_api(call.name), "arguments": dump_arguments(call.arguments)}
    extra = {key: value for key, value in call.extra.items() if key not in OF_TURN}
    return {**extra, "id": fit_call_id(call.id, dialect.has_short_ids), "type": "function", "function": function}


def _without_system(messages: Sequence[Message]) -> list[Message]:
    """For templates that know no system role: its words stand at the beginning of the first message of a person."""
    words = "\n\n".join(message.content for message in messages if message.role == "system")
    others = [message for message in messages if message.role != "system"]
    if words and others and others[0].role == "user":
        return [replace(others[0], content=f"{words}\n\n{others[0].content}"), *others[1:]]
    return [Message("user", words), *others] if words else others
