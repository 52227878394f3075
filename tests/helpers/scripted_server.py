"""An OpenAI-compatible server that says what it was told to, in a process or thread of its own.

``python -m tests.helpers.scripted_server PORT SCRIPT.json`` serves ``{"planner": …, "reviewer": …, "executor": …, "answer": …, "loop": …}``;
each value is one reply or a list of them (the last one repeats). Which role is asked is seen from the system prompt; ``loop`` is a model
that is given tools. Its reply is chosen by how many assistant messages stand in the request, so that it depends only on what the model
has seen; a list of ``{"name": …, "arguments": …}`` is native calls. Without ``loop`` such a request gets ``answer``. ``mode`` makes the
server misbehave: ``garbage``, ``drop``, ``hang``, ``key``, ``slow``.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ROLES = {"You are the Planner": "planner", "You are the Reviewer": "reviewer", "You are the Executor": "executor", "You are Deskhand": "answer"}


class ScriptedServer(ThreadingHTTPServer):
    """Serves a script; every request is kept in ``requests``."""

    daemon_threads = True

    def __init__(self, script: dict[str, Any], port: int = 0, mode: str = "") -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.script, self.mode = script, mode
        self.requests: list[dict[str, Any]] = []
        self.counts: dict[str, int] = {}
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # a client that was killed is no fault of this server

    def start(self) -> ScriptedServer:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def reply(self, body: dict[str, Any]) -> str | list[dict[str, Any]]:
        """A text, or the calls of a reply."""
        role = self._role(body)
        with self.lock:
            number = self.counts[role] = self.counts.get(role, 0) + 1
            self.requests.append({"role": role, **body})
        if role == "loop":
            number = 1 + sum(message["role"] == "assistant" for message in body["messages"])
        entry = self.script.get(role, "OK.")
        if isinstance(entry, list):
            entry = entry[min(number, len(entry)) - 1]
        if role == "loop" and isinstance(entry, list):
            return entry
        return entry if isinstance(entry, str) else json.dumps(entry)

    def _role(self, body: dict[str, Any]) -> str:
        if body.get("tools") and "loop" in self.script:
            return "loop"
        system = str(body["messages"][0]["content"])
        return next((name for start, name in ROLES.items() if system.startswith(start)), "answer")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ScriptedServer

    def log_message(self, format: str, *args: Any) -> None:
        return

    def do_GET(self) -> None:
        self._json(200, {"object": "list", "data": [{"id": "local", "object": "model", "created": 1, "owned_by": "me"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        mode = self.server.mode
        if mode == "key":
            self._json(401, {"error": {"message": "bad key", "type": "invalid_request_error"}})
        elif mode == "garbage":
            self._raw(200, "text/event-stream", b"data: {not json\n\ndata: <html>\n\n")
        elif mode == "html":
            self._raw(200, "text/html", b"<html>hello</html>")
        elif mode == "hang":
            self.server.requests.append(body)
            time.sleep(60)
        else:
            slow = mode == "slow" and not str(body["messages"][0]["content"]).startswith(("You are the Planner", "You are the Reviewer"))
            self._stream(self.server.reply(body), mode if mode != "slow" or slow else "")

    def _stream(self, reply: str | list[dict[str, Any]], mode: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        base = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "local"}
        for number, delta in enumerate(_deltas(reply)):
            self._event({**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
            if mode == "drop" and number == 0:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)  # closing alone leaves it open while the handler's files are
                return
            if mode == "slow":
                time.sleep(0.05)
        written = len(reply if isinstance(reply, str) else json.dumps(reply)) // 4
        self._event({**base, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop" if isinstance(reply, str) else "tool_calls"}]})
        self._event({**base, "choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": written, "total_tokens": 10 + written}})
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _event(self, value: dict[str, Any]) -> None:
        self._chunk(f"data: {json.dumps(value)}\n\n".encode())

    def _chunk(self, content: bytes) -> None:
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")

    def _json(self, status: int, value: Any) -> None:
        self._raw(status, "application/json", json.dumps(value).encode())

    def _raw(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _deltas(reply: str | list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A reply in pieces, as servers stream it: text, or for each call its name and then its arguments as JSON text."""
    if isinstance(reply, str):
        yield from ({"content": piece} for piece in _pieces(reply))
        return
    for index, call in enumerate(reply):
        yield {"tool_calls": [{"index": index, "id": f"call{index:05}", "type": "function", "function": {"name": call["name"], "arguments": ""}}]}
        yield from ({"tool_calls": [{"index": index, "function": {"arguments": piece}}]} for piece in _pieces(json.dumps(call["arguments"])))


def _pieces(text: str, letters: int = 40) -> list[str]:
    return [text[start : start + letters] for start in range(0, len(text), letters)] or [""]


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as file:
        script = json.load(file)
    ScriptedServer(script, int(sys.argv[1]), script.get("mode", "")).serve_forever(0.02)
