"""A service on loopback that says which models it has, in the manner of the great ones, also of a wrong key."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD = "AIza-good-key"
REFUSALS: dict[str, tuple[int, Any]] = {
    "google": (400, [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.", "status": "INVALID_ARGUMENT"}}]),
    "openai": (401, {"error": {"message": "Incorrect API key provided: AIza.", "type": "invalid_request_error", "code": "invalid_api_key"}}),
    "deepseek": (402, {"error": {"message": "Insufficient Balance"}}),
}


@dataclass
class ModelList:
    """``models``: the names it lists; ``prefix`` stands before them; ``manner``: how it refuses a key; ``status``: what it answers to everything, if not 0."""

    models: list[str]
    prefix: str = ""
    manner: str = "openai"
    status: int = 0
    path: str = "/models"
    asked: list[str] = field(default_factory=list)  # paths and keys
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}{self.path.removesuffix('/models')}"

    def __enter__(self) -> ModelList:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                key = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or self.headers.get("x-api-key") or ""
                server.asked.append(f"{self.path} {key}")
                status, body = server._answer(self.path, key)
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, path: str, key: str) -> tuple[int, Any]:
        if self.status or path != self.path:
            return self.status or 404, {"error": {"message": "no such path"}}
        if key != GOOD:
            return REFUSALS[self.manner]
        return 200, {"object": "list", "data": [{"id": self.prefix + name, "object": "model"} for name in self.models]}
