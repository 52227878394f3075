"""A server of an older revision asks for a model's words (``sampling/createMessage``): the cheap answer. Text only, no tools, and only while one of its own tools is being called.

Source: Model Context Protocol, revision 2025-11-25, client/sampling; deprecated by revision 2026-07-28.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import mcp_types as types

from core.messages import Message
from core.ports import ToolContext
from tools.mcp import offered

LONGEST_ASKED = 40_000  # characters that a server may put before a model
MOST_TOKENS = 2048  # of an answer, whatever the server asks for
Sample = Callable[[ToolContext, str, tuple[Message, ...], int], Awaitable[tuple[str, str] | None]]
REFUSED, CANNOT = -1, -32602  # JSON-RPC codes: the person said no; the request asks for what is not served


async def answered(params: types.CreateMessageRequestParams, context: ToolContext | None, server: str, sample: Sample | None) -> types.CreateMessageResult | types.ErrorData:
    """The words of a model that the person lets it have, or why there are none."""
    if context is None:
        return types.ErrorData(code=REFUSED, message="None of this server's tools is being called.")
    messages = _messages(params)
    if isinstance(messages, str):
        return types.ErrorData(code=CANNOT, message=messages)
    found = await sample(context, server, messages, min(MOST_TOKENS, max(1, params.max_tokens))) if sample else None
    if found is None:
        return types.ErrorData(code=REFUSED, message="The person or this machine did not allow it.")
    text, model = found
    return types.CreateMessageResult(role="assistant", content=types.TextContent(type="text", text=text), model=model, stop_reason="endTurn")


def _messages(params: types.CreateMessageRequestParams) -> tuple[Message, ...] | str:
    """What the model is to read, all of it marked as from outside; or in words what cannot be given to it."""
    if params.tools:
        return "Tools are not used for sampling here."
    found = [Message("system", offered.visible(params.system_prompt), tainted=True)] if params.system_prompt else []
    for message in params.messages:
        blocks: list[Any] = message.content if isinstance(message.content, list) else [message.content]
        if any(not isinstance(block, types.TextContent) for block in blocks):
            return "Only text can be sampled here."
        found.append(Message(message.role, offered.visible("\n".join(block.text for block in blocks)), tainted=True))
    if not params.messages or sum(len(message.content) for message in found) > LONGEST_ASKED:
        return f"Between one message and {LONGEST_ASKED} characters can be sampled here."
    return tuple(found)
