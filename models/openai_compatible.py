"""Any server that speaks the OpenAI chat API: OpenAI, Ollama, LM Studio, vLLM, OpenRouter … The only module that imports ``openai``."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from core.errors import ModelError
from core.messages import CallDelta, Finished, ModelRequest, Part, ReasoningDelta, ToolCall, Usage
from core.ports import ModelProfile
from models.llama.chat import ThinkSplitter, wire

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class OpenAICompatibleModel:
    """One model of one server. ``price`` is USD per million tokens in and out, where it is known."""

    def __init__(
        self, model_id: str, remote_name: str, base_url: str, key: str | None, timeout_s: float = 120.0, context: int = 128_000, price: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        host = urlsplit(base_url).hostname or ""
        self._profile = ModelProfile(model_id, local=host in LOOPBACK, context=context, host=host)
        self._remote_name, self._base_url, self._key, self._timeout, self._price = remote_name, base_url, key, timeout_s, price
        self._client: Any = None
        self._plain_schema = False

    @property
    def profile(self) -> ModelProfile:
        return self._profile

    async def stream(self, request: ModelRequest) -> AsyncIterator[Part]:
        await asyncio.to_thread(importlib.import_module, "openai")  # a second of imports must not hold up the core
        import openai

        splitter, calls, usage, reason, spoke = ThinkSplitter(), _Calls(), Usage(1), "stop", False
        try:
            stream = await self._open(request)
            async with contextlib.aclosing(stream):
                async for chunk in stream:
                    if getattr(chunk, "usage", None):
                        usage = self._usage(chunk.usage)
                    for choice in chunk.choices or ():
                        spoke = True
                        delta = choice.delta
                        if thought := getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None):
                            yield ReasoningDelta(thought)
                        for part in splitter.feed(delta.content or ""):
                            yield part
                        calls.feed(delta.tool_calls or ())
                        reason = choice.finish_reason or reason
        except openai.APIError as error:
            raise self._readable(error) from error
        except (ValueError, AttributeError, TypeError) as error:
            raise ModelError(
                f"{self._profile.host} sent something that is no answer.", code="model_garbage", hint="Is this the address of an OpenAI-compatible server?", retryable=True
            ) from error
        except Exception as error:
            if type(error).__module__.startswith("httpx"):
                raise ModelError(f"The connection to {self._profile.host} broke off ({type(error).__name__}).", code="model_dropped", retryable=True) from error
            raise
        if not spoke:
            raise ModelError(
                f"{self._profile.host} sent something that is no answer.", code="model_garbage", hint="Is this the address of an OpenAI-compatible server?", retryable=True
            )
        for part in splitter.end():
            yield part
        for call in calls.finish():
            yield CallDelta(call)
        yield Finished(reason, usage)

    async def _open(self, request: ModelRequest) -> Any:
        import openai

        options: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}, "max_tokens": request.max_tokens, "temperature": request.temperature}
        if request.stop:
            options["stop"] = list(request.stop)
        if request.tools:
            options["tools"] = [{"type": "function", "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters}} for tool in request.tools]
        if request.schema and not self._plain_schema:
            options["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": request.schema}}
        messages = [wire(message) for message in request.messages]
        try:
            return await self._connection().chat.completions.create(model=self._remote_name, messages=messages, **options)
        except openai.BadRequestError:
            if "response_format" not in options:
                raise
            self._plain_schema = True  # an older server: the prompt asks for JSON anyway
            del options["response_format"]
            return await self._connection().chat.completions.create(model=self._remote_name, messages=messages, **options)

    async def embed(self, texts: list[str]) -> tuple[list[list[float]], int]:
        """One vector for each text, and the tokens read."""
        import openai

        try:
            answer = await self._connection().embeddings.create(model=self._remote_name, input=texts)
        except openai.APIError as error:
            raise self._readable(error) from error
        return [row.embedding for row in answer.data], answer.usage.prompt_tokens if answer.usage else 0

    def _connection(self) -> Any:
        if self._client is None:
            import openai

            self._client = openai.AsyncOpenAI(base_url=self._base_url, api_key=self._key or "none", max_retries=1, timeout=openai.Timeout(self._timeout, connect=10.0))
        return self._client

    def _usage(self, raw: Any) -> Usage:
        cost = ((raw.prompt_tokens or 0) * self._price[0] + (raw.completion_tokens or 0) * self._price[1]) / 1e6
        return Usage(1, raw.prompt_tokens or 0, raw.completion_tokens or 0, 0, cost)

    def _readable(self, error: Exception) -> ModelError:
        return readable(error, self._profile.host, "openai")

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()


class _Calls:
    """Puts tool calls together from their pieces."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[str, str]] = {}

    def feed(self, pieces: Any) -> None:
        for piece in pieces:
            row = self._rows.setdefault(piece.index if piece.index is not None else len(self._rows), {"id": "", "name": "", "arguments": ""})
            row["id"] = piece.id or row["id"]
            if piece.function:
                row["name"] += piece.function.name or ""
                arguments = piece.function.arguments
                row["arguments"] += json.dumps(arguments) if isinstance(arguments, dict) else arguments or ""

    def finish(self) -> list[ToolCall]:
        return [ToolCall(row["name"], _object(row["arguments"]), row["id"]) for _, row in sorted(self._rows.items()) if row["name"]]


def _object(text: str) -> dict[str, Any]:
    import json_repair

    value = json_repair.loads(text) if text.strip() else {}
    return value if isinstance(value, dict) else {}


def readable(error: Exception, host: str, library: str) -> ModelError:
    """A library's error in words for people. ``openai`` and ``anthropic`` name their errors alike."""
    kind, status = type(error).__name__, getattr(error, "status_code", None)
    if kind == "APITimeoutError":
        return ModelError(f"{host} did not answer in time.", code="model_timeout", hint="Is the server busy or stuck? Try again, or choose another model.", retryable=True)
    if kind == "APIConnectionError":
        return ModelError(f"{host} cannot be reached.", code="model_unreachable", hint="Is the server running, and the address right?", retryable=True)
    if status in (401, 403):
        return ModelError(f"{host} does not accept the key.", code="bad_key", hint="Set it again with `deskhand model add`.")
    if status == 404:
        return ModelError(f"{host} has no such model or address.", code="model_unknown", hint="Check the model's name and the base address.")
    if status == 429:
        return ModelError(f"{host} says: too many requests, or the credit is used up.", code="model_busy", retryable=True)
    text = str(getattr(error, "message", error))[:300]
    return ModelError(f"{host} answered with an error{f' {status}' if status else ''}: {text}", code="model_failed", retryable=bool(status and status >= 500) or status is None)
