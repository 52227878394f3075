"""A request in the words of the OpenAI chat API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.messages import Message, ModelRequest, ToolCall, ToolSpec
from models.servers.arguments import dump_arguments
from models.servers.history import fit_call_id, pair_calls
from models.servers.openai.dialects import Dialect
from models.servers.openai.plain import plain_schema
from models.servers.openai.strict import strict_schema
from models.servers.tool_names import ToolNames

# OpenRouter's form of thinking; kept in ``ToolCall.extra`` of the first call of a turn, sent back with the turn
DETAILS = "reasoning_details"
_OTHERS = frozenset({DETAILS, "thinking_blocks"})


def build_body(request: ModelRequest, model: str, dialect: Dialect, names: ToolNames) -> dict[str, Any]:
    """The body of ``POST /chat/completions``, streamed. ``parallel_tool_calls`` is left at the server's default."""
    body: dict[str, Any] = {
        "model": model,
        "messages": build_messages(request.messages, dialect, names),
        "stream": True,
        dialect.limit: request.max_tokens,
    }
    if dialect.has_usage:
        body["stream_options"] = {"include_usage": True}
    if dialect.has_temperature:
        body["temperature"] = request.temperature
    if request.stop:
        body["stop"] = list(request.stop)
    if request.tools:
        body["tools"] = [build_tool(tool, dialect, names) for tool in request.tools]
    if request.schema and dialect.has_schema:
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": request.schema}}
    return body


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
    return [_build_message(message, dialect, names) for message in (paired if dialect.has_system else _without_system(paired))]


def _build_message(message: Message, dialect: Dialect, names: ToolNames) -> dict[str, Any]:
    made: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.role == "tool":
        return made | {"tool_call_id": fit_call_id(message.tool_call_id, dialect.has_short_ids)}
    if message.tool_calls:
        made["tool_calls"] = [_build_call(call, dialect, names) for call in message.tool_calls]
        if dialect.reasoning:  # empty too: a turn of another model would be refused without the field
            made[dialect.reasoning] = message.reasoning
        if dialect.has_details and (details := message.tool_calls[0].extra.get(DETAILS)):
            made[DETAILS] = details
    return made


def _build_call(call: ToolCall, dialect: Dialect, names: ToolNames) -> dict[str, Any]:
    function = {"name": names.to_api(call.name), "arguments": dump_arguments(call.arguments)}
    extra = {key: value for key, value in call.extra.items() if key not in _OTHERS}
    return {**extra, "id": fit_call_id(call.id, dialect.has_short_ids), "type": "function", "function": function}


def _without_system(messages: Sequence[Message]) -> list[Message]:
    """For templates that know no system role: its words stand at the beginning of the first message of a person."""
    words = "\n\n".join(message.content for message in messages if message.role == "system")
    others = [message for message in messages if message.role != "system"]
    if words and others and others[0].role == "user":
        return [replace(others[0], content=f"{words}\n\n{others[0].content}"), *others[1:]]
    return [Message("user", words), *others] if words else others
