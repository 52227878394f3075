"""A request in the words of the Messages API, with marks where the server may keep what it has read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.messages import Message, ModelRequest, ToolSpec
from models.servers.anthropic.dialects import MessagesDialect
from models.servers.history import THINKING, fit_call_id, pair_calls
from models.servers.pictures import fit_picture, to_base64
from models.servers.tool_names import ToolNames

_CACHE = {"cache_control": {"type": "ephemeral"}}


def build_body(request: ModelRequest, model: str, names: ToolNames, dialect: MessagesDialect = MessagesDialect()) -> dict[str, Any]:
    """The body of ``POST /v1/messages``, streamed. Three marks say what the service may keep: the tools, the system prompt, the last message.

    No temperature and no beginning of the answer are sent: newer models refuse both. What thinking costs is within ``max_tokens``.
    """
    mark = _CACHE if dialect.has_cache else {}
    system = "\n\n".join(message.content for message in request.messages if message.role == "system")
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": request.max_tokens,
        "stream": True,
        "messages": build_messages(request.messages, names, mark),
    }
    if system.strip():
        body["system"] = [{"type": "text", "text": system, **mark}]
    if request.stop:
        body["stop_sequences"] = list(request.stop)
    if request.tools:
        tools = [build_tool(tool, names) for tool in request.tools]
        body["tools"] = [*tools[:-1], tools[-1] | mark]
    if dialect.thinks:
        body["thinking"] = {"type": "adaptive", "display": "summarized"}  # without display what it thinks stays hidden
    if dialect.thinks and dialect.effort:
        body["output_config"] = {"effort": dialect.effort}
    return {key: value for key, value in body.items() if key not in dialect.without}


def build_tool(tool: ToolSpec, names: ToolNames) -> dict[str, Any]:
    return {
        "name": names.to_api(tool.name),
        "description": tool.description,
        "input_schema": {"type": "object", **tool.parameters},
    }


def build_messages(messages: Sequence[Message], names: ToolNames, mark: Mapping[str, Any] = _CACHE) -> list[dict[str, Any]]:
    """Turns that alternate; all results of a turn's calls, and what a person says next, in one message of the user."""
    turns: list[dict[str, Any]] = []
    for message in pair_calls([message for message in messages if message.role != "system"]):
        role, blocks = "assistant" if message.role == "assistant" else "user", _blocks(message, names)
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    if turns:
        _finish(turns[-1], mark)
    return turns


def _finish(turn: dict[str, Any], mark: Mapping[str, Any]) -> None:
    """The last message carries a mark, and one of the assistant must not end in white space."""
    block = turn["content"][-1]
    if turn["role"] == "assistant" and block["type"] == "text":
        block["text"] = block["text"].rstrip()
    if block["type"] != "thinking":
        turn["content"][-1] = {**block, **mark}


def _blocks(message: Message, names: ToolNames) -> list[dict[str, Any]]:
    if message.role == "tool":
        result = {"type": "tool_result", "tool_use_id": fit_call_id(message.tool_call_id)}
        return [result | ({"content": message.content} if message.content.strip() else {})]
    # signed thinking that led to calls goes back unchanged before them
    blocks = [dict(block) for block in message.tool_calls[0].extra.get(THINKING, ())] if message.tool_calls else []
    for picture in map(fit_picture, message.pictures):
        blocks.append({"type": "image", "source": {"type": "base64", "media_type": picture.media_type, "data": to_base64(picture)}})
    if message.content.strip():  # empty text is refused
        blocks.append({"type": "text", "text": message.content})
    return blocks + [{"type": "tool_use", "id": fit_call_id(call.id), "name": names.to_api(call.name), "input": call.arguments} for call in message.tool_calls]
