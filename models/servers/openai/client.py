"""One model of one server that speaks the OpenAI chat API, as a ChatModel and an embedder."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from core.messages import CallDelta, ModelRequest, Part
from core.network.routes import LOOPBACK
from core.ports import ModelProfile
from models.servers.chunks import ChunkStream
from models.servers.errors import ServerRefusal, garbage, is_connection_error, raise_for_error, readable
from models.servers.openai.dialects import dialect_of, learn
from models.servers.openai.requests import build_body
from models.servers.openai.stream import ReplyReader
from models.servers.openai.strict import drop_nulls, strict_schema
from models.servers.tool_names import ToolNames
from models.servers.transport import ServerClient

log = logging.getLogger("deskhand.models")

_REFUSALS = 6  # as many as there are flags to learn
_USAGE_SECONDS = 3.0  # how long is waited for what follows the reason of the end


class OpenAICompatibleModel:
    """One model of one server.

    ``price`` is USD per million tokens in and out, where it is known; ``timeout_s`` bounds the time without a byte.
    """

    def __init__(
        self,
        model_id: str,
        remote_name: str,
        base_url: str,
        key: str | None,
        timeout_s: float = 120.0,
        context: int = 128_000,
        price: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        self._host = urlsplit(base_url).hostname or ""
        self._profile = ModelProfile(model_id, local=self._host in LOOPBACK, context=context, host=self._host)
        self._remote_name, self._price = remote_name, price
        self._client = ServerClient(base_url, {"Authorization": f"Bearer {key or 'none'}"}, timeout_s)
        self._dialect = dialect_of(self._host, remote_name)

    @property
    def profile(self) -> ModelProfile:
        return self._profile

    async def stream(self, request: ModelRequest) -> AsyncIterator[Part]:
        """Parts as their bytes arrive.

        A connection that breaks after text or calls have come is a reply cut ``dropped``, before that a
        :class:`ModelError`.
        """
        names, reader = ToolNames(tool.name for tool in request.tools), ReplyReader(self._profile.id, self._price)
        is_whole = False
        try:
            async with self._open(request, names) as chunks:
                async with contextlib.aclosing(_until_end(chunks, reader)) as stream:
                    async for chunk in stream:
                        raise_for_error(chunk)
                        for part in reader.feed(chunk):
                            yield part
                is_whole = chunks.is_done
        except Exception as error:
            if not is_connection_error(error):
                raise
            if not reader.has_begun and not reader.reason:
                raise readable(error, self._host) from error
            log.info("the reply of %s broke off: %s", self._profile.id, error)
        if not reader.has_spoken:
            raise garbage(self._host)
        if self._dialect.reasoning and reader.thought_field in ("reasoning", "reasoning_content"):
            self._dialect = replace(self._dialect, reasoning=reader.thought_field)  # it is sent back as it came
        for part in reader.end(is_whole):
            yield self._restore(part, request, names)

    @contextlib.asynccontextmanager
    async def _open(self, request: ModelRequest, names: ToolNames) -> AsyncIterator[ChunkStream]:
        """The answer to a request; what the server refuses of it is learnt and left out."""
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(_REFUSALS):
                body = build_body(request, self._remote_name, self._dialect, names)
                try:
                    response = await stack.enter_async_context(self._client.post("/chat/completions", body))
                    break
                except ServerRefusal as refusal:
                    dialect = learn(self._dialect, refusal, body)
                    if dialect is None:
                        raise
                    log.info("%s refused a request (%s): %s", self._host, refusal.said, dialect)
                    self._dialect = dialect
            else:
                raise garbage(self._host)
            yield ChunkStream(response)

    def _restore(self, part: Part, request: ModelRequest, names: ToolNames) -> Part:
        """A call in our own words: the tool's name, and no nulls that only strict mode made."""
        if not isinstance(part, CallDelta):
            return part
        name, arguments = names.from_api(part.call.name), part.call.arguments
        schema = next((tool.parameters for tool in request.tools if tool.name == name), None)
        if schema is not None and self._dialect.is_strict and strict_schema(schema) is not None:
            arguments = drop_nulls(arguments, schema)
        return CallDelta(replace(part.call, name=name, arguments=arguments))

    async def embed(self, texts: list[str]) -> tuple[list[list[float]], int]:
        """One vector for each text, and the tokens read. Raises :class:`ModelError`."""
        try:
            answer = await self._client.post_json("/embeddings", {"model": self._remote_name, "input": texts})
            raise_for_error(answer)
            rows = sorted(answer["data"], key=lambda row: row.get("index", 0))
            return [row["embedding"] for row in rows], int((answer.get("usage") or {}).get("prompt_tokens") or 0)
        except (KeyError, TypeError, AttributeError) as error:
            raise garbage(self._host) from error
        except Exception as error:
            if not is_connection_error(error):
                raise
            raise readable(error, self._host) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


async def _until_end(chunks: ChunkStream, reader: ReplyReader) -> AsyncGenerator[dict[str, Any], None]:
    """The chunks; once the reply has ended only a short while more, for servers that count tokens last and for those that never hang up."""
    async with contextlib.aclosing(chunks.read()) as stream:
        while True:
            try:
                async with asyncio.timeout(_USAGE_SECONDS if reader.reason else None):
                    chunk = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError:
                if reader.reason:
                    return
                raise
            yield chunk
