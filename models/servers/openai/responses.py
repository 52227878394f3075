"""A request in the words of OpenAI's Responses API (``POST /responses``), which newer models want where tools are offered.

Nothing is stored there: what the model thought comes encrypted (``include``) and goes back with the calls it led to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from core.messages import Message, ModelRequest
from models.servers.arguments import dump_arguments
from models.servers.history import REASONING_ITEMS, fit_call_id, pair_calls
from models.servers.openai.dialects import Dialect
from models.servers.openai.requests import build_tool
from models.servers.pictures import data_url, fit_picture
from models.servers.tool_names import ToolNames


def build_responses_body(request: ModelRequest, model: str, dialect: Dialect, names: ToolNames) -> dict[str, Any]:
    """The body, streamed. System messages are its ``instructions``."""
    body: dict[str, Any] = {
        "model": model,
        "input": build_input([message for message in request.messages if message.role != "system"], names),
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "max_output_tokens": request.max_tokens,
        "temperature": request.temperature,
        "reasoning": {"summary": "auto", **({"effort": dialect.effort} if dialect.effort else {})},
    }
    if instructions := "\n\n".join(message.content for message in request.messages if message.role == "system"):
        body["instructions"] = instructions
    if request.tools:
        body["tools"] = [{"type": "function", "strict": False, **build_tool(tool, dialect, names)["function"]} for tool in request.tools]
    if request.schema:
        body["text"] = {"format": {"type": "json_schema", "name": "answer", "schema": request.schema}}
    return dialect.strip(body)


def build_input(messages: Sequence[Message], names: ToolNames) -> list[dict[str, Any]]:
    """The conversation as items: messages, thinking, calls and their results, each an item of its own."""
    return [item for message in pair_calls(messages) for item in _items(message, names)]


def _items(message: Message, names: ToolNames) -> Iterable[dict[str, Any]]:
    if message.role == "tool":
        yield {"type": "function_call_output", "call_id": fit_call_id(message.tool_call_id), "output": message.content}
        return
    if message.tool_calls:
        yield from message.tool_calls[0].extra.get(REASONING_ITEMS, ())
    if message.content or message.pictures:
        yield {"role": message.role, "content": [*_parts(message)]}
    for call in message.tool_calls:
        yield {"type": "function_call", "call_id": fit_call_id(call.id), "name": names.to_api(call.name), "arguments": dump_arguments(call.arguments)}


def _parts(message: Message) -> Iterable[dict[str, Any]]:
    if message.content:
        yield {"type": "output_text" if message.role == "assistant" else "input_text", "text": message.content}
    for picture in message.pictures:
        yield {"type": "input_image", "image_url": data_url(fit_picture(picture))}
