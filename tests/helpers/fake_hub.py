"""A model hub on loopback that speaks Hugging Face's protocol, and can drop connections, lie about sizes, serve damage or refuse."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "a" * 40


@dataclass
class Hub:
    """``files`` by name. ``drop_after``: bytes after which a connection breaks, for the first ``drops`` answers."""

    files: dict[str, bytes]
    drop_after: int = 0
    drops: int = 0
    lie: int = 0  # added to the size that is stated
    damage: bool = False
    token: str = ""
    slow: threading.Event | None = None  # answers wait for it after their first half
    ranges: list[str] = field(default_factory=list)
    url: str = ""
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Hub:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub._answer(self, body=True)

            def do_HEAD(self) -> None:
                hub._answer(self, body=False)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler, body: bool) -> None:
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return self._send(request, 401, b'{"error": "token wanted"}', body, {"X-Error-Code": "GatedRepo"})
        if re.match(r"/api/models/[^/]+/[^/?]+", request.path):
            siblings = [
                {"rfilename": name, "size": len(data) + self.lie, "lfs": {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data) + self.lie, "pointerSize": 100}}
                for name, data in self.files.items()
            ]
            found = {
                "id": "some/model",
                "modelId": "some/model",
                "sha": COMMIT,
                "private": False,
                "downloads": 0,
                "tags": [],
                "siblings": siblings,
                "cardData": {"license": "apache-2.0"},
            }
            return self._send(request, 200, json.dumps(found).encode(), body, {"Content-Type": "application/json"})
        if match := re.match(r"/[^/]+/[^/]+/resolve/[^/]+/(.+)", request.path):
            if match[1] in self.files:
                return self._file(request, self.files[match[1]], body)
        return self._send(request, 404, b"{}", body, {"X-Error-Code": "EntryNotFound"})

    def _file(self, request: BaseHTTPRequestHandler, data: bytes, body: bool) -> None:
        etag, start = hashlib.sha256(data).hexdigest(), 0
        if self.damage:
            data = data[:-1] + bytes([data[-1] ^ 1])
        status, headers = 200, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT, "X-Linked-Etag": f'"{etag}"', "X-Linked-Size": str(len(data) + self.lie), "Accept-Ranges": "bytes"}
        if body and (wanted := request.headers.get("Range")):
            self.ranges.append(wanted)
            start = int(re.findall(r"\d+", wanted)[0])
            status, headers["Content-Range"] = 206, f"bytes {start}-{len(data) - 1}/{len(data)}"
        part = data[start:]
        if body and self.drops > 0 and self.drop_after < len(part):
            self.drops -= 1
            return self._send(request, status, part[: self.drop_after], body, {**headers, "Content-Length": str(len(part))}, drop=True)
        return self._send(request, status, part, body, headers)

    def _send(self, request: BaseHTTPRequestHandler, status: int, content: bytes, body: bool, headers: dict[str, str], drop: bool = False) -> None:
        request.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        if body:
            half = len(content) // 2
            with contextlib.suppress(ConnectionError):  # the client has gone
                request.wfile.write(content[:half])
                request.wfile.flush()
                if self.slow is not None:
                    self.slow.wait(20)
                request.wfile.write(content[half:])
                request.wfile.flush()
        if drop:
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
