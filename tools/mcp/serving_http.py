"""Being an MCP server on a port of this machine: Streamable HTTP for those who have the token."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from mcp.server.lowlevel import Server


async def serve_http(server: Server[Any], port: int, token: str, told: Callable[[str], None]) -> None:
    """Serve Streamable HTTP on loopback until stopped; ``told`` gets the address. With a ``token`` requests need it (``Authorization: Bearer``). Host and Origin are checked."""
    import uvicorn

    web = _trimmed(server.streamable_http_app())
    config = uvicorn.Config(_guarded(web, token) if token else web, host="127.0.0.1", port=port, log_level="warning", lifespan="on", ws="none")
    serving = uvicorn.Server(config)
    listener = config.bind_socket()
    told(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp")
    await serving.serve(sockets=[listener])


def _trimmed(web: Any) -> Any:
    """The same application, given header values without the white space around them (RFC 9110 §5.5), which the library compares as it comes."""

    async def trim(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [(name, value.strip(b" \t")) for name, value in scope["headers"]]}
        await web(scope, receive, send)

    return trim


def _guarded(web: Any, token: str) -> Any:
    """The same application for those who have the token."""
    wanted = f"Bearer {token}".encode()

    async def guard(scope: Any, receive: Any, send: Any) -> None:
        given = dict(scope.get("headers") or ()).get(b"authorization", b"")
        if scope["type"] == "http" and not hmac.compare_digest(given, wanted):
            await send({"type": "http.response.start", "status": 401, "headers": [(b"www-authenticate", b"Bearer"), (b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"The token is missing or wrong."})
            return
        await web(scope, receive, send)

    return guard
