"""One model of the Messages API as a ChatModel."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import urlsplit

from core.errors import ModelError
from core.messages import CallDelta, ModelRequest, Part
from core.network.routes import LOOPBACK
from core.ports import ModelProfile
from models.servers.anthropic.requests import build_body
from models.servers.anthropic.stream import MessageReader
from models.servers.chunks import ChunkStream
from models.servers.errors import garbage, is_connection_error, raise_for_error, readable
from models.servers.tool_names import ToolNames
from models.servers.transport import ServerClient

log = logging.getLogger("deskhand.models")
ADDRESS = "https://api.anthropic.com"


class AnthropicModel:
    """One model of the Messages API.

    ``price`` is USD per million tokens in and out; ``timeout_s`` bounds the time without a byte.
    """

    def __init__(
        self,
        model_id: str,
        remote_name: str,
        key: str | None,
        base_url: str | None = None,
        timeout_s: float = 120.0,
        price: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        address = (base_url or ADDRESS).rstrip("/").removesuffix("/v1")
        self._host = urlsplit(address).hostname or ""
        self._profile = ModelProfile(model_id, local=self._host in LOOPBACK, context=200_000, host=self._host)
        self._remote_name, self._key, self._price = remote_name, key, price
        self._client = ServerClient(address, {"x-api-key": key or "", "anthropic-version": "2023-06-01"}, timeout_s)

    @property
    def profile(self) -> ModelProfile:
        return self._profile

    async def stream(self, request: ModelRequest) -> AsyncIterator[Part]:
        """Parts as their bytes arrive.

        A connection that breaks after text or calls have come is a reply cut ``dropped``, before that a
        :class:`ModelError`.
        """
        if not self._key:
            raise ModelError("There is no key for Anthropic.", code="bad_key", hint="Set one with `deskhand model add`.")
        names, reader = ToolNames(tool.name for tool in request.tools), MessageReader(self._profile.id, self._price)
        is_whole = False
        try:
            async with self._client.post("/v1/messages", build_body(request, self._remote_name, names)) as response:
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
                raise readable(error, self._host) from error
            log.info("the reply of %s broke off: %s", self._profile.id, error)
        if not reader.has_spoken:
            raise garbage(self._host)
        for part in reader.end(is_whole):
            yield (replace(part, call=replace(part.call, name=names.from_api(part.call.name))) if isinstance(part, CallDelta) else part)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
