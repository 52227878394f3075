"""A server behind an address: Streamable HTTP, or SSE as the older servers have it. Bodies are bounded, headers and sign-in added."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from tools.mcp.config import ServerConfig

BODY_LIMIT = 12_000_000  # bytes of one JSON answer
TIMEOUT = httpx2.Timeout(30.0, read=300.0)


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends with an error when it is too long. Streams of events are long-lived, their events are bounded by the SDK."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        total = 0
        async for piece in self._inner:
            total += len(piece)
            if total > BODY_LIMIT:
                raise httpx2.ReadError(f"the answer is longer than {BODY_LIMIT // 1_000_000} MB")
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()


class _BoundedTransport(httpx2.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        if "text/event-stream" not in response.headers.get("content-type", ""):
            response.stream = _Bounded(response.stream)
        return response


def client(config: ServerConfig, auth: httpx2.Auth | None) -> httpx2.AsyncClient:
    """The HTTP client of one server."""
    return httpx2.AsyncClient(transport=_BoundedTransport(), headers=dict(config.headers), timeout=TIMEOUT, auth=auth)


@asynccontextmanager
async def http(config: ServerConfig, auth: httpx2.Auth | None) -> AsyncIterator[tuple[Any, Any]]:
    """Read and write streams of messages."""
    if config.transport == "sse":
        async with sse_client(config.url, headers=dict(config.headers), auth=auth) as streams:
            yield streams[0], streams[1]
        return
    async with client(config, auth) as http_client, streamable_http_client(config.url, http_client=http_client) as streams:
        yield streams[0], streams[1]
