"""The wire of a server of OpenAI's kind that has one model, "big", and streams what it says."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from typing import Any


class StreamHandler(BaseHTTPRequestHandler):
    """Lists the model; ``do_POST`` is the subclass's: :meth:`begin_stream`, then :meth:`send_event` for each piece, then :meth:`end_stream`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        return

    def do_GET(self) -> None:
        content = json.dumps({"object": "list", "data": [{"id": "big", "object": "model", "created": 1, "owned_by": "me"}]}).encode()
        self._head("application/json", {"Content-Length": str(len(content))})
        self.wfile.write(content)

    def begin_stream(self) -> None:
        self._head("text/event-stream", {"Transfer-Encoding": "chunked"})

    def send_event(self, delta: dict[str, str], reason: str | None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        self._chunk(f"data: {json.dumps({'id': 'c', 'object': 'chat.completion.chunk', 'created': 1, 'model': 'big', 'choices': [choice]})}\n\n".encode())

    def end_stream(self) -> None:
        self.send_event({}, "stop")
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _head(self, kind: str, more: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in {"Content-Type": kind, **more}.items():
            self.send_header(name, value)
        self.end_headers()

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
