"""The bytes of an answer, unpacked a little at a time: a server that packs gigabytes into a few bytes takes neither the memory nor everybody's time."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

MOST_BYTES = 32_000_000  # of an answer that is read whole
_PIECE = 65_536  # bytes that are unpacked at one go
_WINDOW = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's ``wbits`` for each encoding


async def read_pieces(response: Any) -> AsyncGenerator[bytes, None]:
    """The content of an ``httpx.Response``, unpacked, as it arrives. Raises httpx's errors and :class:`ValueError` for what cannot be unpacked."""
    window = _WINDOW.get(response.headers.get("content-encoding", "").strip().lower())
    async with aclosing(response.aiter_bytes() if window is None else _unpacked(response, window)) as pieces:
        async for piece in pieces:
            yield piece


async def read_whole(response: Any, most: int = MOST_BYTES) -> bytes:
    """All of it. Raises :class:`ValueError` for more than ``most`` bytes, besides what :func:`read_pieces` raises."""
    return await join(read_pieces(response), most)


async def join(pieces: AsyncGenerator[bytes, None], most: int = MOST_BYTES) -> bytes:
    """The rest of ``pieces`` in one. Raises :class:`ValueError` for more than ``most`` bytes."""
    content = bytearray()
    async for piece in pieces:
        content += piece
        if len(content) > most:
            raise ValueError("an answer without end")
    return bytes(content)


async def _unpacked(response: Any, window: int) -> AsyncGenerator[bytes, None]:
    unpacker = zlib.decompressobj(window)
    async with aclosing(response.aiter_raw()) as pieces:
        async for packed in pieces:
            while packed:
                try:
                    piece = unpacker.decompress(packed, _PIECE)
                except zlib.error as error:
                    raise ValueError("it cannot be unpacked") from error
                packed = unpacker.unconsumed_tail
                if piece:
                    yield piece
                await asyncio.sleep(0)  # others have their turn between two pieces
