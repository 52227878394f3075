"""A request in the words of the Messages API, with marks where the server may keep what it has read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.messages import Message, ModelRequest, ToolSpec
from models.servers.history import fit_call_id, pair_calls
from models.servers.tool_names import ToolNames

# signed thinking that led to calls; kept in ``ToolCall.extra`` of the first call of a turn, sent back unchanged before it
THINKING = "thinking_blocks"
_CACHE = {"cache_control": {"type": "ephemeral"}}


def build_body(request: ModelRequest, model: str, names: ToolNames) -> dict[str, Any]:
    """The body of ``POST /v1/messages``, streamed. Three marks: the tools, the system prompt, the last message."""
    system = "\n\n".join(message.content for message in request.messages if message.role == "system")
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": request.max_tokens,
        "stream": True,
        "messages": build_messages(request.messages, names),
    }
    if system.strip():
        body["system"] = [{"type": "text", "text": system, **_CACHE}]
    if request.stop:
        body["stop_sequences"] = list(request.stop)
    if request.tools:
        tools = [build_tool(tool, names) for tool in request.tools]
        body["tools"] = [*tools[:-1], tools[-1] | _CACHE]
    return body


def build_tool(tool: ToolSpec, names: ToolNames) -> dict[str, Any]:
    return {
        "name": names.to_api(tool.name),
        "description": tool.description,
        "input_schema": {"type": "object", **tool.parameters},
    }


def build_messages(messages: Sequence[Message], names: ToolNames) -> list[dict[str, Any]]:
    """Turns that alternate; all results of a turn's calls, and what a person says next, in one message of the user."""
    turns: list[dict[str, Any]] = []
    for message in pair_calls([message for message in messages if message.role != "system"]):
        role, blocks = "assistant" if message.role == "assistant" else "user", _blocks(message, names)
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    if turns:
        _finish(turns[-1])
    return turns


def _finish(turn: dict[str, Any]) -> None:
    """The last message carries a mark, and one of the assistant must not end in white space."""
    block = turn["content"][-1]
    if turn["role"] == "assistant" and block["type"] == "text":
        block["text"] = block["text"].rstrip()
    if block["type"] != "thinking":
        turn["content"][-1] = block | _CACHE


def _blocks(message: Message, names: ToolNames) -> list[dict[str, Any]]:
    if message.role == "tool":
        result = {"type": "tool_result", "tool_use_id": fit_call_id(message.tool_call_id)}
        return [result | ({"content": message.content} if message.content.strip() else {})]
    blocks = [dict(block) for block in message.tool_calls[0].extra.get(THINKING, ())] if message.tool_calls else []
    if message.content.strip():  # empty text is refused
        blocks.append({"type": "text", "text": message.content})
    return blocks + [{"type": "tool_use", "id": fit_call_id(call.id), "name": names.to_api(call.name), "input": call.arguments} for call in message.tool_calls]
