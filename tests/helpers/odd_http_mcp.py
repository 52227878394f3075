"""Odd MCP servers over HTTP on loopback, at ``/MODE/mcp``: sessions that are forgotten, and refusals of every kind. From the field."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REFUSALS = {
    "plain401": (401, b'{"error":"invalid_token"}', "application/json"),
    "p403": (403, b"Forbidden: your plan has no access", "text/plain"),
    "p429": (429, b"slow down", "text/plain"),
    "p500": (500, b"Internal error: db down", "text/plain"),
    "html": (200, b"<!doctype html><html>Please sign in</html>", "text/html"),
}
ECHO = {"name": "echo", "description": "Echo", "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}}}
SESSION_CALLS = 2  # answered in one session before it is forgotten


class Handler(BaseHTTPRequestHandler):
    """``sessions`` counts the calls of each session."""

    protocol_version = "HTTP/1.1"
    sessions: dict[str, int] = {}

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def _send(self, status: int, body: bytes = b"", kind: str = "application/json", session: str = "") -> None:
        self.send_response(status)
        if session:
            self.send_header("Mcp-Session-Id", session)
        if status == 429:
            self.send_header("Retry-After", "7")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._send(404 if ".well-known" in self.path else 405)

    def do_DELETE(self) -> None:
        self._send(200)

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        mode = self.path.split("/")[1]
        if mode in REFUSALS:
            self._send(*REFUSALS[mode])
        elif message.get("id") is None:
            self._send(202)
        else:
            self._answer(mode, message, self.headers.get("Mcp-Session-Id") or "")

    def _answer(self, mode: str, message: dict[str, Any], session: str) -> None:
        method, id_ = message["method"], message["id"]
        if method == "initialize":
            session = uuid.uuid4().hex
            self.sessions[session] = 0
            info = {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "odd", "version": "1"}}
            return self._result(id_, info, session)
        if method not in ("tools/list", "tools/call"):
            return self._error(200, id_, -32601, "Method not found")
        if mode.startswith("expire") and self.sessions.get(session, SESSION_CALLS) >= SESSION_CALLS:
            self.sessions.pop(session, None)
            said = "Bad Request: No valid session ID provided" if mode == "expire400" else "Session not found"
            return self._error({"expire": 404, "expire400": 400, "expire200": 200}[mode], id_ if mode == "expire200" else None, -32001, said)
        self.sessions[session] = self.sessions.get(session, 0) + 1
        return self._result(id_, {"tools": [ECHO]} if method == "tools/list" else {"content": [{"type": "text", "text": f"you said {message['params'].get('arguments')}"}]})

    def _result(self, id_: Any, result: dict[str, Any], session: str = "") -> None:
        self._send(200, json.dumps({"jsonrpc": "2.0", "id": id_, "result": result}).encode(), session=session)

    def _error(self, status: int, id_: Any, code: int, said: str) -> None:
        self._send(status, json.dumps({"jsonrpc": "2.0", "id": id_, "error": {"code": code, "message": said}}).encode())


@contextmanager
def odd_servers() -> Iterator[str]:
    """The address under which every mode is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
