"""One model of the Messages API as a ChatModel."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from core.errors import ModelError
from core.messages import CallDelta, ModelRequest, Part
from core.network.routes import LOOPBACK
from core.ports import ModelProfile
from models.servers.address import normalise_address
from models.servers.anthropic.dialects import dump_messages_dialect, learn_messages, load_messages_dialect, messages_dialect_of
from models.servers.anthropic.requests import build_body
from models.servers.anthropic.stream import MessageReader
from models.servers.chunks import ChunkStream
from models.servers.errors import ServerRefusal, cannot_see, garbage, is_connection_error, raise_for_error, readable
from models.servers.learned import LearnedQuirks
from models.servers.refused import find_window
from models.servers.served import Price, ServedModel
from models.servers.tool_names import ToolNames
from models.servers.transport import ServerClient, wait_for_room

log = logging.getLogger("deskhand.models")
ADDRESS = "https://api.anthropic.com"
UNKNOWN_CONTEXT = 200_000  # tokens
_TRIES = 6
_READ_AGAIN, _KEPT = 0.1, 1.25  # shares of the price of a token that cached tokens cost, and tokens that are put into the cache (Anthropic's price list)


class AnthropicModel:
    """One model of the Messages API. ``timeout_s`` bounds the time without a byte; ``learned`` is shared by all models and keeps what servers taught."""

    def __init__(
        self, model_id: str, remote_name: str, key: str | None, base_url: str | None = None, timeout_s: float = 120.0, *,
        served: ServedModel = ServedModel(), learned: LearnedQuirks | None = None,
    ) -> None:  # fmt: skip
        self._address = normalise_address(base_url or ADDRESS).removesuffix("/v1")
        self._host, self._id, self._remote_name, self._key = urlsplit(self._address).hostname or "", model_id, remote_name, key
        self._price = _with_cache(served.price)
        self._learned = learned or LearnedQuirks()
        self._known = messages_dialect_of(remote_name, served)
        kept = self._learned.get(self._address, remote_name)
        self._dialect = load_messages_dialect(self._known, kept.get("dialect") or {})
        self._window = int(kept.get("window") or 0) or served.context or UNKNOWN_CONTEXT
        self._client = ServerClient(self._address, {"x-api-key": key or "", "anthropic-version": "2023-06-01"}, timeout_s)

    @property
    def profile(self) -> ModelProfile:
        return ModelProfile(self._id, local=self._host in LOOPBACK, context=self._window, host=self._host, sees=self._dialect.sees)

    async def stream(self, request: ModelRequest) -> AsyncIterator[Part]:
        """Parts as their bytes arrive. What the server refuses of a request is learnt and left out.

        A connection that breaks after text or calls have come is a reply cut ``dropped``, before that a
        :class:`ModelError`.
        """
        if not self._key:
            raise ModelError("There is no key for Anthropic.", code="bad_key", hint="Set one with `deskhand model add`.")
        names = ToolNames(tool.name for tool in request.tools)
        for tries in range(_TRIES):
            body = build_body(request, self._remote_name, names, self._dialect)
            try:
                async with contextlib.aclosing(self._reply(body)) as parts:
                    async for part in parts:
                        yield (replace(part, call=replace(part.call, name=names.from_api(part.call.name))) if isinstance(part, CallDelta) else part)
                return
            except ServerRefusal as refusal:
                if tries + 1 == _TRIES or not (await wait_for_room(refusal, tries) or self._take_in(refusal, body)):
                    raise readable(refusal, self._host) from refusal

    async def _reply(self, body: dict[str, Any]) -> AsyncGenerator[Part, None]:
        """One try. Raises :class:`ServerRefusal` only before anything of the reply has come."""
        reader, is_whole = MessageReader(self._id, self._price), False
        try:
            async with self._client.post("/v1/messages", body) as response:
                chunks = ChunkStream(response)
                async with contextlib.aclosing(chunks.read()) as stream:
                    async for event in stream:
                        raise_for_error(event)
                        for part in reader.feed(event):
                            yield part
                is_whole = chunks.is_done
        except Exception as error:
            if not is_connection_error(error):
                raise
            if not reader.has_begun and not reader.reason:
                raise error if isinstance(error, ServerRefusal) else readable(error, self._host) from error
            log.info("the reply of %s broke off: %s", self._id, error)
        if not reader.has_spoken:
            raise garbage(self._host)
        for part in reader.end(is_whole):
            yield part

    def _take_in(self, refusal: ServerRefusal, body: dict[str, Any]) -> bool:
        """Learn from a refusal; whether another try is worth it."""
        if refusal.is_overflow and (window := find_window(refusal.said)):
            self._window = window
        dialect = learn_messages(self._dialect, refusal, body)
        if dialect is not None:
            log.info("%s refused a request (%s): %s", self._host, refusal.said, dialect)
            self._dialect = dialect
        if dialect is not None or refusal.is_overflow:
            self._learned.put(self._address, self._remote_name, {"dialect": dump_messages_dialect(self._dialect, self._known), "window": self._window})
        if dialect is not None and dialect.sees is False and '"type": "image"' in json.dumps(body["messages"]):
            raise cannot_see(self._id) from refusal  # without its pictures the request would be another one
        return dialect is not None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _with_cache(price: Price) -> Price:
    return replace(price, cached=_READ_AGAIN if price.cached == 1.0 else price.cached, kept=_KEPT)
