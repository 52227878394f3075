"""Proxies in threads of this process: one that speaks HTTP, one that speaks SOCKS5. Both send whatever is asked for to one server."""

from __future__ import annotations

import contextlib
import selectors
import socket
import socketserver
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CONNECTED = b"\x05\x00\x00\x01\0\0\0\0\0\0"  # RFC 1928 section 6


class _HttpProxy(BaseHTTPRequestHandler):
    server: Any

    def log_message(self, format: str, *args: Any) -> None:
        return

    def _pass_on(self) -> None:
        self.server.asked.append(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = "/" + self.path.split("/", 3)[3] if self.path.startswith("http") else self.path
        onward = HTTPConnection("127.0.0.1", self.server.target, timeout=10)
        onward.request(self.command, path, body, dict(self.headers))
        answer = onward.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name in ("Content-Type", "Location", "Mcp-Session-Id"):
            if value := answer.getheader(name):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        onward.close()

    do_GET = do_POST = do_PROPFIND = do_REPORT = do_DELETE = _pass_on


class _SocksProxy(socketserver.BaseRequestHandler):
    """RFC 1928 without sign-in: CONNECT only."""

    server: Any

    def handle(self) -> None:
        client = self.request
        _, methods = _exactly(client, 2)
        _exactly(client, methods)
        client.sendall(b"\x05\x00")
        _, _, _, kind = _exactly(client, 4)
        host = _exactly(client, _exactly(client, 1)[0]).decode() if kind == 3 else socket.inet_ntoa(_exactly(client, 4))
        self.server.asked.append(f"{host}:{int.from_bytes(_exactly(client, 2), 'big')}")
        with socket.create_connection(("127.0.0.1", self.server.target), timeout=10) as onward:
            client.sendall(CONNECTED)
            _copy(client, onward)


def _exactly(connection: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        piece = connection.recv(count - len(found))
        if not piece:
            raise ConnectionError("the client has gone")
        found += piece
    return found


def _copy(one: socket.socket, other: socket.socket) -> None:
    with selectors.DefaultSelector() as ready:  # select.select takes no descriptor above 1023, and a long test run has more open
        ready.register(one, selectors.EVENT_READ, (one, other))
        ready.register(other, selectors.EVENT_READ, (other, one))
        while found := ready.select(10):
            for key, _ in found:
                source, target = key.data
                content = source.recv(65536)
                if not content:
                    return
                target.sendall(content)


class _Socks(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # a client that has gone is no fault of this server


@contextlib.contextmanager
def _served(server: Any, target: int) -> Iterator[tuple[int, list[str]]]:
    server.target, server.asked, server.daemon_threads = target, [], True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.server_address[1], server.asked
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def http_proxy(target: int) -> Iterator[tuple[int, list[str]]]:
    """Port and the addresses asked for; everything goes to ``target``, a port of this machine."""
    with _served(ThreadingHTTPServer(("127.0.0.1", 0), _HttpProxy), target) as found:
        yield found


@contextlib.contextmanager
def socks_proxy(target: int) -> Iterator[tuple[int, list[str]]]:
    """The same for SOCKS5; what is asked for reads ``host:port``."""
    with _served(_Socks(("127.0.0.1", 0), _SocksProxy), target) as found:
        yield found
