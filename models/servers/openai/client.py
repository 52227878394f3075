"""One model of one server that speaks the OpenAI APIs, as a ChatModel and an embedder."""

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
from models.servers.address import normalise_address, other_addresses
from models.servers.chunks import ChunkStream
from models.servers.errors import ServerRefusal, cannot_see, garbage, is_connection_error, raise_for_error, readable
from models.servers.learned import LearnedQuirks
from models.servers.openai.dialects import dialect_of, dump_dialect, has_pictures, learn, load_dialect, refuses_tools
from models.servers.openai.requests import build_body
from models.servers.openai.responses import build_responses_body
from models.servers.openai.responses_stream import ResponseReader
from models.servers.openai.stream import ReplyReader
from models.servers.openai.strict import drop_nulls, strict_schema
from models.servers.refused import find_window
from models.servers.served import ServedModel
from models.servers.tool_names import ToolNames
from models.servers.transport import ServerClient, wait_for_room

log = logging.getLogger("deskhand.models")

_TRIES = 8  # a server that refuses one thing after another
_USAGE_SECONDS = 3.0  # how long is waited for what follows the reason of the end
UNKNOWN_CONTEXT = 128_000  # tokens, where neither the catalogue nor the person says


class OpenAICompatibleModel:
    """One model of one server. ``timeout_s`` bounds the time without a byte; ``learned`` is shared by all models and keeps what servers taught."""

    def __init__(
        self, model_id: str, remote_name: str, base_url: str, key: str | None, timeout_s: float = 120.0, *, served: ServedModel = ServedModel(), learned: LearnedQuirks | None = None
    ) -> None:  # fmt: skip
        self._given = normalise_address(base_url)
        self._host, self._remote_name, self._served = urlsplit(self._given).hostname or "", remote_name, served
        self._learned, self._has_key = learned or LearnedQuirks(), bool(key)
        self._known = dialect_of(self._host, remote_name, served)
        kept = self._learned.get(self._given, remote_name)
        self._dialect = load_dialect(self._known, kept.get("dialect") or {})
        self._window = int(kept.get("window") or 0) or served.context
        self._client = ServerClient(str(kept.get("base") or self._given), {"Authorization": f"Bearer {key or 'none'}"}, timeout_s)
        self._elsewhere = other_addresses(self._client.base)
        self._id = model_id

    @property
    def profile(self) -> ModelProfile:
        """What is known now: a server that refuses a prompt says how much it reads."""
        return ModelProfile(
            self._id, local=self._host in LOOPBACK, context=self._window or UNKNOWN_CONTEXT, host=self._host, calls=self._dialect.has_tools, sees=self._dialect.sees
        )

    async def stream(self, request: ModelRequest) -> AsyncIterator[Part]:
        """Parts as their bytes arrive. What the server refuses of a request is learnt and left out.

        A connection that breaks after text or calls have come is a reply cut ``dropped``, before that a
        :class:`ModelError`.
        """
        names = ToolNames(tool.name for tool in request.tools)
        for tries in range(_TRIES):
            is_responses = (self._dialect.tools_api if request.tools else self._dialect.api) == "responses"
            build, path = (build_responses_body, "/responses") if is_responses else (build_body, "/chat/completions")
            reader = ResponseReader(self._served.price) if is_responses else ReplyReader(self._id, self._served.price)
            body = build(request, self._remote_name, self._dialect, names)
            try:
                async with contextlib.aclosing(self._reply(path, body, reader)) as parts:
                    async for part in parts:
                        yield self._restore(part, request, names)
                return
            except ServerRefusal as refusal:
                if tries + 1 == _TRIES or not (await wait_for_room(refusal, tries) or self._take_in(refusal, body)):
                    raise readable(refusal, self._host, self._has_key) from refusal

    async def _reply(self, path: str, body: dict[str, Any], reader: ReplyReader | ResponseReader) -> AsyncGenerator[Part, None]:
        """One try. Raises :class:`ServerRefusal` only before anything of the reply has come."""
        is_whole = False
        try:
            async with self._client.post(path, body) as response:
                chunks = ChunkStream(response)
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
                raise error if isinstance(error, ServerRefusal) else readable(error, self._host, self._has_key) from error
            log.info("the reply of %s broke off: %s", self._id, error)
        if not reader.has_spoken:
            raise garbage(self._host)
        self._succeeded(reader.thought_field)
        for part in reader.end(is_whole):
            yield part

    def _take_in(self, refusal: ServerRefusal, body: dict[str, Any]) -> bool:
        """Learn from a refusal; whether another try is worth it."""
        if refusal.is_overflow and (window := find_window(refusal.said)):
            self._window = window
            self._keep()
        is_not_there = not refuses_tools(refusal, body) and (refusal.is_page or (refusal.status in (404, 405) and "model" not in refusal.said.lower()))
        if is_not_there and self._elsewhere:
            self._client.move(self._elsewhere[0])
            self._elsewhere = self._elsewhere[1:]
            return True
        if is_not_there:
            self._client.move(self._given)
        dialect = learn(self._dialect, refusal, body)
        if dialect is not None:
            log.info("%s refused a request (%s): %s", self._host, refusal.said, dialect)
            self._dialect = dialect
            self._require_sight(body, refusal)
        return dialect is not None

    def _require_sight(self, body: dict[str, Any], refusal: ServerRefusal) -> None:
        """Without its pictures a request would be another one: it is not sent again."""
        if self._dialect.sees is False and has_pictures(body):
            self._keep()
            raise cannot_see(self._id) from refusal

    def _succeeded(self, thought_field: str) -> None:
        """What was tried is right: it is kept, and thinking goes back in the field it came in."""
        if self._dialect.reasoning and thought_field in ("reasoning", "reasoning_content"):
            self._dialect = replace(self._dialect, reasoning=thought_field)
        self._elsewhere = ()
        self._keep()

    def _keep(self) -> None:
        found: dict[str, Any] = {"dialect": dump_dialect(self._dialect, self._known), "base": self._client.base, "window": self._window}
        usual = {"dialect": {}, "base": self._given, "window": self._served.context}
        kept = {key: value for key, value in found.items() if value != usual[key]}
        if kept != self._learned.get(self._given, self._remote_name):
            self._learned.put(self._given, self._remote_name, kept)

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
            raise readable(error, self._host, self._has_key) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


async def _until_end(chunks: ChunkStream, reader: ReplyReader | ResponseReader) -> AsyncGenerator[dict[str, Any], None]:
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
