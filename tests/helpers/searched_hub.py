"""A model hub on loopback that can be searched: repositories with sizes, architectures and licences; it can be busy, refuse, answer nonsense, or be a proxy's page."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

GB = 10**9


@dataclass
class Repo:
    """``files``: bytes by name; what the hub states of it, nothing more is there."""

    files: Mapping[str, int]
    architecture: str = "llama"
    parameters: int = 0
    context: int = 8192
    licence: str = "apache-2.0"
    downloads: int = 1
    gated: bool = False
    broken: bool = False  # its own answer makes no sense
    contents: Mapping[str, bytes] = field(default_factory=dict)  # files that can be fetched, too

    def siblings(self) -> list[dict[str, Any]]:
        """As ``?blobs=true`` tells them."""
        stated = [(name, size, f"{number:064x}") for number, (name, size) in enumerate(self.files.items(), 1)]
        stated += [(name, len(content), hashlib.sha256(content).hexdigest()) for name, content in self.contents.items()]
        return [{"rfilename": name, "size": size, "lfs": {"size": size, "sha256": sha256}} for name, size, sha256 in stated]


@dataclass
class SearchedHub:
    """``status`` and ``body`` answer everything where they are set. ``asked`` are the paths with their queries."""

    repos: dict[str, Repo] = field(default_factory=dict)
    status: int = 200
    body: bytes | None = None
    asked: list[str] = field(default_factory=list)
    authorization: list[str] = field(default_factory=list)
    url: str = ""
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> SearchedHub:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                hub.asked.append(self.path)
                hub.authorization.append(self.headers.get("Authorization", ""))
                status, content = hub._answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", "text/html" if hub.body is not None else "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

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

    def _answer(self, path: str) -> tuple[int, bytes]:
        if self.status != 200 or self.body is not None:
            return self.status, self.body if self.body is not None else b'{"error": "no"}'
        parts = urlsplit(path)
        if parts.path == "/api/models":
            return 200, json.dumps(self._search(parse_qs(parts.query))).encode()
        if "/resolve/" in parts.path:
            repo_name, _, rest = unquote(parts.path).lstrip("/").partition("/resolve/")
            return 200, self.repos[repo_name].contents[rest.partition("/")[2]]
        repo = self.repos.get(unquote(parts.path.removeprefix("/api/models/")))
        if repo is None:
            return 404, b'{"error": "Repository not found"}'
        if repo.broken:
            return 200, b'{"siblings": [{"rfilename": 7, "size": "many"}]}'
        return 200, json.dumps({"id": parts.path, "sha": "a" * 40, "siblings": repo.siblings(), "cardData": {"license": repo.licence}}).encode()

    def _search(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        """What fits the words, most downloads first; of a repository only what is expanded, as the hub does it."""
        assert query["filter"] == ["gguf"]
        words = query["search"][0].lower().split()
        found = sorted(((name, repo) for name, repo in self.repos.items() if all(word in name.lower() for word in words)), key=lambda pair: -pair[1].downloads)
        return [{"id": name, **{key: value for key, value in _facts(repo).items() if key in query["expand"]}} for name, repo in found[: int(query["limit"][0])]]


def _facts(repo: Repo) -> dict[str, Any]:
    return {
        "gguf": {"architecture": repo.architecture, "total": repo.parameters, "context_length": repo.context},
        "downloads": repo.downloads, "likes": 3, "lastModified": "2026-10-02T03:04:05.000Z", "gated": "manual" if repo.gated else False, "tags": ["gguf", f"license:{repo.licence}"],
    }  # fmt: skip
