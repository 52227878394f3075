"""Anthropic's Messages API. The only module that imports ``anthropic``."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from core.errors import ModelError
from core.messages import CallDelta, Finished, ModelRequest, Part, ReasoningDelta, TextDelta, ToolCall, Usage
from core.ports import ModelProfile
from models.openai_compatible import LOOPBACK, _object, readable

HOST = "api.anthropic.com"
_REASONS = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_calls"}


class AnthropicModel:
    """One model of the Messages API. ``price`` is USD per million tokens in and out."""

    def __init__(self, model_id: str, remote_name: str, key: str | None, base_url: str | None = None, timeout_s: float = 120.0, price: tuple[float, float] = (0.0, 0.0)) -> None:
        host = urlsplit(base_url).hostname if base_url else HOST
        self._profile = ModelProfile(model_id, local=host in LOOPBACK, context=200_000, host=host or HOST)
        self._remote_name, self._key, self._base_url, self._timeout, self._price = remote_name, key, base_url, timeout_s, price
        self._client: Any = None

    @property
    def profile(self) -> ModelProfile:
        return self._profile

    async def stream(self, request: ModelRequest) -> AsyncIterator[Part]:
        await asyncio.to_thread(importlib.import_module, "anthropic")
        import anthropic

        if not self._key:
            raise ModelError("There is no key for Anthropic.", code="bad_key", hint="Set one with `deskhand model add`.")
        rows: dict[int, dict[str, str]] = {}
        try:
            async with self._connection().messages.stream(**self._options(request)) as stream:
                async for event in stream:
                    if event.type == "content_block_start" and event.content_block.type == "tool_use":
                        rows[event.index] = {"id": event.content_block.id, "name": event.content_block.name, "arguments": ""}
                    elif event.type == "content_block_delta":
                        if event.delta.type == "text_delta":
                            yield TextDelta(event.delta.text)
                        elif event.delta.type == "thinking_delta":
                            yield ReasoningDelta(event.delta.thinking)
                        elif event.delta.type == "input_json_delta" and event.index in rows:
                            rows[event.index]["arguments"] += event.delta.partial_json
                final = await stream.get_final_message()
        except anthropic.APIError as error:
            raise readable(error, self._profile.host, "anthropic") from error
        for row in rows.values():
            yield CallDelta(ToolCall(row["name"], _object(row["arguments"]), row["id"]))
        cost = (final.usage.input_tokens * self._price[0] + final.usage.output_tokens * self._price[1]) / 1e6
        yield Finished(_REASONS.get(final.stop_reason or "", "stop"), Usage(1, final.usage.input_tokens, final.usage.output_tokens, 0, cost))

    def _options(self, request: ModelRequest) -> dict[str, Any]:
        system = "\n\n".join(message.content for message in request.messages if message.role == "system")
        options: dict[str, Any] = {
            "model": self._remote_name, "max_tokens": request.max_tokens,
            "messages": [{"role": "assistant" if message.role == "assistant" else "user", "content": message.content} for message in request.messages if message.role != "system"],
        }  # fmt: skip
        if system:
            options["system"] = system
        if request.stop:
            options["stop_sequences"] = list(request.stop)
        if request.tools:
            options["tools"] = [{"name": tool.name, "description": tool.description, "input_schema": tool.parameters} for tool in request.tools]
        return options

    def _connection(self) -> Any:
        if self._client is None:
            import anthropic

            self._client = anthropic.AsyncAnthropic(api_key=self._key, base_url=self._base_url, max_retries=1, timeout=self._timeout)
        return self._client

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
