"""A server behind an address: Streamable HTTP, or SSE as the older servers have it. Bodies are bounded, headers and sign-in added."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from core.network.http import make_async_client, make_async_transport
from tools.mcp.config import ServerConfig

BODY_LIMIT = 12_000_000  # bytes of one JSON answer
MOST_WORDS = 300  # letters of what a server says where it refuses
MEANINGS = {
    401: "it wants a sign-in or a key", 402: "it wants to be paid", 403: "it does not allow this", 404: "there is no MCP server at that address", 410: "it is not there any more", 429: "it is asked too often",
    502: "it cannot be reached behind its gateway", 503: "it is overloaded or being mended", 504: "it does not answer its gateway in time",
}  # fmt: skip
Refused = Callable[[str], None]
READ_SECONDS = 300.0


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


class _BoundedTransport(httpx2.AsyncBaseTransport):
    """Bounds answers, and tells ``refused`` in a sentence what a server says where it refuses: the protocol's library does not."""

    def __init__(self, refused: Refused) -> None:
        self._inner, self._refused = make_async_transport("httpx2"), refused

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response: httpx2.Response = await self._inner.handle_async_request(request)
        is_page = "text/html" in response.headers.get("content-type", "")
        if request.method == "POST" and (response.status_code >= 400 or is_page):  # others only ask for streams, which a server need not have
            response.stream = _Bounded(response.stream)
            self._refused(refusal(response.status_code, (await response.aread()).decode("utf-8", errors="replace"), response.headers.get("retry-after", "")))
            return response
        if "text/event-stream" not in response.headers.get("content-type", ""):
            response.stream = _Bounded(response.stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


def refusal(status: int, body: str, retry_after: str = "") -> str:
    """Why a server does not answer as it should, in a sentence, with its own words."""
    if status < 400:
        return "a web page answers at that address, not an MCP server"
    meaning = MEANINGS.get(status, "it failed" if status >= 500 else "it refuses")
    more = f", again in {retry_after} s" if retry_after.isdigit() else ""
    words = " ".join(re.sub(r"<[^>]*>", " ", body).split())[:MOST_WORDS]
    return f"{meaning} ({status}{more})" + (f": {words}" if words else "")


def client(config: ServerConfig, auth: httpx2.Auth | None, refused: Refused = lambda text: None) -> httpx2.AsyncClient:
    """The HTTP client of one server."""
    found: httpx2.AsyncClient = make_async_client(timeout=READ_SECONDS, headers=dict(config.headers), library="httpx2", transport=_BoundedTransport(refused), auth=auth)
    return found


def _sse_http_client(headers: dict[str, str] | None = None, timeout: httpx2.Timeout | None = None, auth: httpx2.Auth | None = None) -> httpx2.AsyncClient:
    """The client that the SDK's SSE transport asks for."""
    found: httpx2.AsyncClient = make_async_client(timeout=None, headers=headers, library="httpx2", auth=auth)
    if timeout is not None:
        found.timeout = timeout
    return found


@asynccontextmanager
async def http(config: ServerConfig, auth: httpx2.Auth | None, refused: Refused = lambda text: None) -> AsyncIterator[tuple[Any, Any]]:
    """Read and write streams of messages; ``refused`` hears in a sentence what a server says where it refuses."""
    if config.transport == "sse":
        async with sse_client(config.url, headers=dict(config.headers), auth=auth, httpx_client_factory=_sse_http_client) as streams:
            yield streams[0], streams[1]
        return
    async with client(config, auth, refused) as http_client, streamable_http_client(config.url, http_client=http_client) as streams:
        yield streams[0], streams[1]
