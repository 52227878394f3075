"""An OpenAI-compatible server that sends one word every so many milliseconds, and remembers when it sent each."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TEXT = "calm water lies under a wide sky and nobody is in any hurry to leave the quiet shore"
WORDS = tuple(f"{word} " for word in TEXT.split())


class TokenServer(ThreadingHTTPServer):
    """``sent`` holds each word of an answer with the moment (steady clock) at which it left. A planner of a JSON plan is given ``plan`` at once.

    ``thinks``: reasoning that goes before. ``hangs``: nothing is ever said. ``pauses``: seconds before the word of that number.
    """

    daemon_threads = True

    def __init__(
        self, words: Sequence[str] = WORDS, seconds: float = 0.04, plan: Any = None, thinks: str = "", hangs: bool = False, pauses: dict[int, float] | None = None
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.words, self.seconds, self.plan, self.thinks, self.hangs, self.pauses = words, seconds, plan, thinks, hangs, pauses or {}
        self.sent: list[tuple[str, float]] = []
        self.requests: list[dict[str, Any]] = []
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def __enter__(self) -> TokenServer:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # a client that went away is no fault of this server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: TokenServer

    def log_message(self, format: str, *args: Any) -> None:
        return

    def do_GET(self) -> None:
        content = json.dumps({"object": "list", "data": [{"id": "slow", "object": "model"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        if self.server.hangs:
            self.server.ended.wait(60)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if self.server.plan is not None and str(body["messages"][0]["content"]).startswith("You are the Planner"):
            self._delta({"content": json.dumps(self.server.plan)})
        else:
            self._speak()
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self._event({"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120, "prompt_tokens_details": {"cached_tokens": 60}}})
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _speak(self) -> None:
        if self.server.thinks:
            self._delta({"reasoning_content": self.server.thinks})
        for number, word in enumerate(self.server.words):
            time.sleep(self.server.pauses.get(number, self.server.seconds))
            self.server.sent.append((word, time.monotonic()))
            self._delta({"content": word})

    def _delta(self, delta: dict[str, Any]) -> None:
        self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})

    def _event(self, value: dict[str, Any]) -> None:
        self._chunk(f"data: {json.dumps({'id': 'c1', 'object': 'chat.completion.chunk', 'created': 1, 'model': 'slow', **value})}\n\n".encode())

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()
