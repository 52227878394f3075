"""A request as the worker's ``chat`` job: messages and tools in the shape of the OpenAI chat API, which chat templates expect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.messages import Message, ModelRequest, ToolCall, ToolSpec
from models.servers.tool_names import ToolNames

Wire = dict[str, Any]


def chat_job(request: ModelRequest, names: ToolNames) -> Wire:
    """See :class:`models.llama.reply.Replies`."""
    return {
        "messages": _messages(request.messages, names), "tools": [_tool(tool, names) for tool in request.tools], "schema": request.schema, "pattern": request.pattern,
        "max_tokens": request.max_tokens, "temperature": request.temperature, "stop": list(request.stop), "constrain": True,
    }  # fmt: skip


def _messages(messages: Sequence[Message], names: ToolNames) -> list[Wire]:
    called: dict[str, str] = {}
    made = []
    for message in messages:
        called |= {call.id: names.to_api(call.name) for call in message.tool_calls}
        made.append(_message(message, called.get(message.tool_call_id, ""), names))
    return made


def _message(message: Message, tool: str, names: ToolNames) -> Wire:
    """``tool`` is the name of the tool whose result the message is. A call that was cut was never made, and is not shown again."""
    made: Wire = {"role": message.role, "content": message.content}
    if message.role == "tool":
        made |= {"tool_call_id": message.tool_call_id, "name": tool}
    if calls := [_call(call, names) for call in message.tool_calls if call.can_be_made]:
        made["tool_calls"] = calls
    if message.reasoning and message.role == "assistant":
        made |= {"reasoning_content": message.reasoning, "thinking": message.reasoning}  # gpt-oss reads the latter
    return made


def _call(call: ToolCall, names: ToolNames) -> Wire:
    return {"id": call.id, "type": "function", "function": {"name": names.to_api(call.name), "arguments": call.arguments}}


def _tool(tool: ToolSpec, names: ToolNames) -> Wire:
    return {"type": "function", "function": {"name": names.to_api(tool.name), "description": tool.description, "parameters": tool.parameters}}
