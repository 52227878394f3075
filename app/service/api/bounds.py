"""Bounds of a connection: requests that are never finished end, and take no more memory than a request may."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS, HEAD_BYTES = 10.0, 65_536  # that the line and the headers of a request may take
BODY_SECONDS = 15.0  # between two pieces of a body
CONNECTIONS = 400  # at once


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol, which waits for the headers of a request for ever and keeps them however long they are."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_bytes, self._is_upgraded = 0, False
        self._head_ends = self.loop.call_later(HEAD_SECONDS, self._end)

    def data_received(self, data: bytes) -> None:
        waits = self._waits_for_head()
        super().data_received(data)
        if not self._waits_for_head():
            self._head_ends.cancel()
            self._head_bytes = 0
            return
        self._head_bytes = self._head_bytes + len(data) if waits else 0
        if self._head_bytes > HEAD_BYTES:
            self._end()
        elif self._head_ends.cancelled():
            self._head_ends = self.loop.call_later(HEAD_SECONDS, self._end)

    def handle_websocket_upgrade(self) -> None:
        self._is_upgraded = True  # from here on another protocol has the connection
        super().handle_websocket_upgrade()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_ends.cancel()
        super().connection_lost(exc)

    def _waits_for_head(self) -> bool:
        return not self._is_upgraded and (self.cycle is None or self.cycle.response_complete)

    def _end(self) -> None:
        if self.transport is not None and self._waits_for_head():
            self.transport.close()


async def read_body(receive: Any, most: int) -> bytes | None:
    """The body of a request; None where it is larger than ``most`` bytes. Raises :class:`TimeoutError` where no more of it comes, :class:`ConnectionError` where it breaks off."""
    pieces = bytearray()
    while True:
        message = await asyncio.wait_for(receive(), BODY_SECONDS)
        if message["type"] == "http.disconnect":
            raise ConnectionError
        pieces += message.get("body", b"")
        if len(pieces) > most:
            return None
        if not message.get("more_body"):
            return bytes(pieces)
