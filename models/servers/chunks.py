"""The JSON objects of a streamed answer, as they arrive; and of one that is not streamed although it was asked to be."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any

from core.storage.json_text import parse_json
from models.servers.bounded import join, read_pieces
from models.servers.errors import ServerRefusal, read_title
from models.servers.sse import EventReader

DONE = "[DONE]"
_DRAIN_SECONDS = 0.05
_MOST_OF_PAGE = 100_000  # bytes that are looked at for its title
_LAST = frozenset({"message_stop", "response.completed", "response.incomplete", "response.failed"})  # how the Messages and the Responses API say it


class ChunkStream:
    """Reads one answer.

    ``is_done``: the server has said that nothing more comes; ``is_garbled``: something was no JSON object.
    """

    def __init__(self, response: Any) -> None:
        self._response, self._reader = response, EventReader()
        self.is_done = self.is_garbled = False

    async def read(self) -> AsyncGenerator[dict[str, Any], None]:
        """Objects, each as soon as its last byte is there.

        Raises httpx's errors and :class:`ValueError`; ends at the first that is none.
        """
        async with contextlib.aclosing(read_pieces(self._response)) as pieces:
            begun = b""
            async for piece in pieces:
                begun = begun + piece if not begun.strip() else begun
                if begun.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":  # whatever type it says it has
                    raise ServerRefusal(0, read_title(begun + b"".join([more async for more in pieces])[:_MOST_OF_PAGE]), is_page=True)
                if begun.lstrip()[:1] in (b"{", b"["):
                    yield await asyncio.to_thread(self._whole, begun + await join(pieces))
                    return
                for chunk in self._chunks(piece):
                    yield chunk
                if self.is_done or self.is_garbled:
                    await self._drain(pieces)
                    return
        for chunk in self._chunks(b"\n\n"):
            yield chunk

    def _whole(self, content: bytes) -> dict[str, Any]:
        """An answer that came in one piece."""
        value = parse_json(content.decode("utf-8", "replace"))
        self.is_done = True
        value = value[0] if isinstance(value, list) and value else value  # Gemini sends errors in a list
        if not isinstance(value, dict):
            raise ValueError("no object")
        return value

    def _chunks(self, piece: bytes) -> Iterator[dict[str, Any]]:
        for event in self._reader.feed(piece):
            if event.data.strip() == DONE:
                self.is_done = True
                return
            value = _parse(event.data)
            if value is None:
                self.is_garbled = True
                return
            yield value
            if value.get("type") in _LAST:
                self.is_done = True
                return

    async def _drain(self, pieces: AsyncIterator[bytes]) -> None:
        """Read to the end, so that the connection can be used again; it is there in general."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_DRAIN_SECONDS):
                async for _ in pieces:
                    pass


def _parse(data: str) -> dict[str, Any] | None:
    try:
        value = parse_json(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
