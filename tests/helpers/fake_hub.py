"""A model hub on loopback that speaks Hugging Face's protocol, and can drop connections, lie, stall, serve damage or pages, refuse, and lead to a store."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import socket
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "a" * 40


class QuietServer(ThreadingHTTPServer):
    """Says nothing of clients that go away, which is what tests of fetching make them do."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@dataclass
class Hub:
    """``files`` by path. ``drop_after``: bytes after which a connection breaks, for the first ``drops`` answers."""

    files: dict[str, bytes]
    drop_after: int = 0
    drops: int = 0
    lie: int = 0  # added to the size that is stated
    damage: bool = False
    token: str = ""
    slow: threading.Event | None = None  # files wait for it after their first half
    page: bytes = b""  # sent instead of any file
    more: bytes = b""  # sent behind the file, without a word
    ignores_ranges: bool = False
    tells_sums: bool = True
    statuses: list[int] = field(default_factory=list)  # what the next answers are, before files come
    store: Hub | None = None  # where files really are, at addresses that are good once
    ranges: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)  # that came with requests for files
    url: str = ""
    _good: str = ""  # the last address that was signed
    _signed: int = 0
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

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler, body: bool) -> None:
        path, _, query = request.path.partition("?")
        if match := re.fullmatch(r"/signed/(\d+)/(.+)", path):
            self.tokens.append(request.headers.get("Authorization"))
            return self._file(request, self.files[match[2]], body) if match[1] == self._good else self._send(request, 403, b"<Error>expired</Error>", body, {})
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return self._send(request, 401, b'{"error": "token wanted"}', body, {"X-Error-Code": "GatedRepo"})
        if re.match(r"/api/models/[^/]+/[^/?]+", path):
            return self._send(request, 200, json.dumps(self._described("blobs=true" in query)).encode(), body, {"Content-Type": "application/json"})
        match = re.match(r"/[^/]+/[^/]+/resolve/[^/]+/(.+)", path) or re.match(r"/plain/(.+)", path)
        if match and match[1] in self.files:
            self.tokens.append(request.headers.get("Authorization"))
            return self._resolve(request, match[1], body)
        return self._send(request, 404, b"{}", body, {"X-Error-Code": "EntryNotFound"})

    def _described(self, blobs: bool) -> dict[str, Any]:
        siblings: list[dict[str, Any]] = [{"rfilename": name} for name in self.files]
        for entry in siblings if blobs else ():
            data = self.files[entry["rfilename"]]
            entry |= {"size": len(data) + self.lie}
            if self.tells_sums:
                entry |= {"lfs": {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data) + self.lie, "pointerSize": 100}}
        return {
            "id": "some/model",
            "modelId": "some/model",
            "sha": COMMIT,
            "private": False,
            "downloads": 0,
            "tags": [],
            "siblings": siblings,
            "cardData": {"license": "apache-2.0"},
        }

    def _resolve(self, request: BaseHTTPRequestHandler, name: str, body: bool) -> None:
        if self.statuses:
            return self._send(request, self.statuses.pop(0), b"{}", body, {"Retry-After": "0"})
        if self.store is None:
            return self._file(request, self.files[name], body)
        self._signed += 1
        self.store._good = str(self._signed)
        place = f"{self.store.url.replace('127.0.0.1', 'localhost')}/signed/{self._signed}/{name}"
        return self._send(request, 302, b"", body, {"Location": place, **self._linked(self.files[name])})

    def _linked(self, data: bytes) -> dict[str, str]:
        etag = f'"{hashlib.sha256(data).hexdigest()}"'
        return {"X-Repo-Commit": COMMIT, "X-Linked-Etag": etag, "X-Linked-Size": str(len(data) + self.lie)}

    def _file(self, request: BaseHTTPRequestHandler, data: bytes, body: bool) -> None:
        if self.page:
            return self._send(request, 200, self.page, body, {"Content-Type": "text/html"})
        headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', **self._linked(data), "Accept-Ranges": "bytes"}
        data = (data[:-1] + bytes([data[-1] ^ 1]) if self.damage else data) + self.more
        status, start = 200, 0
        if body and (wanted := request.headers.get("Range")):
            self.ranges.append(wanted)
            start = 0 if self.ignores_ranges else int(re.findall(r"\d+", wanted)[0])
            if start >= len(data):
                return self._send(request, 416, b"", body, {"Content-Range": f"bytes */{len(data)}"})
            if not self.ignores_ranges:
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
                if self.slow is not None and content.startswith(b"GGUF"):
                    self.slow.wait(20)
                request.wfile.write(content[half:])
                request.wfile.flush()
        if drop:
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)
