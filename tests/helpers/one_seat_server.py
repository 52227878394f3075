"""A server of OpenAI's kind with one seat: who comes while it writes for somebody waits, as at a local model."""

from __future__ import annotations

import json
import threading
import time
from http.server import ThreadingHTTPServer
from typing import Any

from tests.helpers.stream_handler import StreamHandler

EVERY_S = 0.05  # seconds from word to word


class OneSeatServer(ThreadingHTTPServer):
    """Writes ``words`` words to who asks for a poem, the first time; to everybody else a short answer. ``log`` has what began and ended."""

    daemon_threads = True

    def __init__(self, words: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.words, self.log, self.seat = words, list[str](), threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # a client that hung up is what is tried here

    def end(self) -> None:
        """Stop serving, at once."""
        self.words = 0
        self.shutdown()
        self.server_close()


class _Handler(StreamHandler):
    server: OneSeatServer

    def do_POST(self) -> None:
        asked = [message["content"] for message in json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"] if message["role"] == "user"]
        who = "poem" if "poem" in str(asked) else "other"
        with self.server.seat:
            is_first = f"{who} begins" not in self.server.log
            self.server.log.append(f"{who} begins")
            try:
                self._write(self.server.words if who == "poem" and is_first else 0)
                self.server.log.append(f"{who} ends")
            except OSError:
                self.server.log.append(f"{who} is broken off")

    def _write(self, count: int) -> None:
        self.begin_stream()
        for number in range(count):
            if number >= self.server.words:
                break
            self.send_event({"content": "sea " if number else "The "}, None)
            time.sleep(EVERY_S)
        self.send_event({"content": "Blue is a fine colour."}, None)
        self.end_stream()
