"""One HTTP client for a model's server: a request is opened, tried again where that helps, and its answer read as it arrives.

It is httpx and no vendor's package: those hide ``[DONE]`` (whether a reply is whole), stumble over what half of the servers send, and cost one to two
seconds of imports before the first token.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from core.network.http import make_async_client
from core.storage.json_text import parse_json
from models.servers.bounded import read_whole
from models.servers.errors import ServerRefusal, find_param, read_refusal

_TRIES = {408: 2, 409: 2, 429: 3, 500: 2, 502: 2, 503: 4, 504: 2, 529: 3}
_MOST_MOVES = 4
_WAITS = 2  # where it is said inside a stream
_LONGEST_WAIT = 8.0  # seconds; who asks for more is not waited for here
MOST_OF_ERROR = 1_000_000  # bytes of what a server says of an error


class ServerClient:
    """Connections to one base address, kept open between requests. ``timeout_s`` bounds the time without a byte."""

    def __init__(self, base_url: str, headers: Mapping[str, str], timeout_s: float) -> None:
        self._base, self._headers, self._timeout = base_url.rstrip("/"), dict(headers), timeout_s
        self._client: Any = None

    @contextlib.asynccontextmanager
    async def post(self, path: str, body: Mapping[str, Any]) -> AsyncIterator[Any]:
        """An open answer (``httpx.Response``) of a status below 400.

        Raises :class:`ServerRefusal` and httpx's errors.
        """
        response = await self._send("POST", path, _encode(body))
        try:
            yield response
        finally:
            await response.aclose()

    async def post_json(self, path: str, body: Mapping[str, Any]) -> Any:
        """The whole answer as JSON. Raises :class:`ServerRefusal`, httpx's errors and :class:`ValueError`."""
        async with self.post(path, body) as response:
            return parse_json(await read_whole(response))

    async def get_json(self, path: str) -> Any:
        """What stands at ``path``, in the same way."""
        response = await self._send("GET", path, None)
        try:
            return parse_json(await read_whole(response))
        finally:
            await response.aclose()

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    @property
    def base(self) -> str:
        """The base address that is asked now."""
        return self._base

    def move(self, base: str) -> None:
        """Ask another base address from now on."""
        self._base = base.rstrip("/")

    async def _send(self, method: str, path: str, content: bytes | None) -> Any:
        httpx = await asyncio.to_thread(importlib.import_module, "httpx")  # its import must not hold up the core
        client, tries, moves, address = await asyncio.to_thread(self._open), 0, 0, self._base + path
        while True:
            tries += 1
            try:
                response = await client.send(client.build_request(method, address, content=content), stream=True)
            except (httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                if tries > 1:  # a kept connection that the server has closed looks like this once
                    raise
                await asyncio.sleep(0.2)
                continue
            if response.is_redirect:
                moves, tries, address = moves + 1, tries - 1, await self._follow(response, address, moves)
                continue
            if response.status_code < 400:
                return response
            refusal = await _refusal(response)
            wait = 0.5 * tries if refusal.retry_after is None else refusal.retry_after
            if tries >= _TRIES.get(refusal.status, 1) or wait > _LONGEST_WAIT or refusal.is_about_money:
                raise refusal
            await asyncio.sleep(wait)

    async def _follow(self, response: Any, address: str, moves: int) -> str:
        """Where a server leads, with the same request: clients make a GET of it. Another host gets neither the key nor the words: raises :class:`ServerRefusal`."""
        await response.aclose()
        there, before = urljoin(address, response.headers.get("location", "")), urlsplit(address)
        after = urlsplit(there)
        if moves > _MOST_MOVES:
            raise ServerRefusal(response.status_code, "it redirects in circles")
        if after.hostname != before.hostname or (before.scheme, after.scheme) == ("https", "http"):
            raise ServerRefusal(response.status_code, f"it leads to {after.scheme}://{after.netloc}, which has to be set as the address")
        return there

    def _open(self) -> Any:
        if self._client is None:
            headers = {
                "Content-Type": "application/json",
                "Accept": "text/event-stream, application/json",
                "Accept-Encoding": "identity",
                **self._headers,
            }
            self._client = make_async_client(timeout=self._timeout, headers=headers)
        return self._client


async def wait_for_room(refusal: ServerRefusal, tries: int) -> bool:
    """Wait where a stream said at once that the server has too much to do, as is done for a status that says so; whether it is to be asked again."""
    if not refusal.is_passing or tries >= _WAITS:
        return False
    await asyncio.sleep(0.5 * (tries + 1))
    return True


def _encode(body: Mapping[str, Any]) -> bytes:
    text = json.dumps(body, ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, out of a file's name or an old conversation
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


async def _refusal(response: Any) -> ServerRefusal:
    try:
        content = await read_whole(response, MOST_OF_ERROR)
        said, param = read_refusal(content), _read_param(content)
    except Exception as error:
        if not isinstance(error, ValueError) and not type(error).__module__.startswith("httpx"):
            raise
        said, param = "", ""  # the status is known, whatever became of the words
    finally:
        await response.aclose()
    after = response.headers.get("retry-after", "")
    return ServerRefusal(response.status_code, said, float(after) if after.replace(".", "", 1).isdigit() else None, param=param)


def _read_param(content: bytes) -> str:
    try:
        return find_param(parse_json(content))
    except ValueError:
        return ""
