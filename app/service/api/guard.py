"""The door: loopback Host, no foreign Origin, the right token. A pure ASGI layer, so that nothing behind it is reached before."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import urlsplit

from app.service.api.bounds import read_body

NAMES = ("127.0.0.1", "localhost", "[::1]")
OPEN = ("/openapi.json",)
MAX_BODY = 4_000_000  # bytes
TOO_LARGE = (413, "too_large", f"A request may have {MAX_BODY // 1_000_000} MB at most.")


class Guard:
    """Answers 400, 401, 403 or 413 itself; everything else goes on to ``app``."""

    def __init__(self, app: Any, token: str) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if refusal is None and scope["type"] == "http":
            await self._pass_on(scope, receive, send)
        elif refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": refusal[2]})
        else:
            await _answer(send, *refusal)

    async def _pass_on(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """The request with its body, which is read here, where its size and its slowness are bounded."""
        try:
            body = await read_body(receive, MAX_BODY)
        except TimeoutError:
            await _answer(send, 408, "too_slow", "The rest of the request did not come.")
            return
        except ConnectionError:
            return
        if body is None:
            await _answer(send, *TOO_LARGE)
            return
        given = False

        async def receive_again() -> Any:
            nonlocal given
            if given:
                return await receive()  # that the other side has gone
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, receive_again, send)

    def _refusal(self, scope: dict[str, Any], headers: dict[str, str]) -> tuple[int, str, str] | None:
        host = headers.get("host", "").rsplit(":", 1)[0] if not headers.get("host", "").endswith("]") else headers["host"]
        if host not in NAMES:
            return 403, "bad_host", "Only requests to this machine itself are answered."
        origin = headers.get("origin", "")
        if origin and (urlsplit(origin).hostname or "") not in ("127.0.0.1", "localhost", "::1"):
            return 403, "bad_origin", "Web pages may not talk to Deskhand."
        if scope["path"] in OPEN:
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secrets.compare_digest(given.strip().encode(), self._token.encode()):
            return 401, "bad_token", "The bearer token is missing or wrong; it stands in the file api-token of the data folder."
        if headers.get("content-length", "0").isdigit() and int(headers.get("content-length", "0")) > MAX_BODY:
            return TOO_LARGE
        return None


async def _answer(send: Any, status: int, code: str, message: str) -> None:
    body = json.dumps({"error": {"code": code, "message": message, "hint": "", "type": "invalid_request_error", "param": None}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]  # what else comes of it is not read
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
