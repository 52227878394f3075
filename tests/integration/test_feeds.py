"""Feeds: read as a tool in their three formats, and waited for by a schedule. A condition that cannot be looked at is told once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core
from app.service.scheduling import _called
from core.errors import DeskhandError
from core.schedule.task import Task

RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>N</title>{}</channel></rss>'
ITEM = "<item><guid>{0}</guid><title>Story {0}</title><link>https://example.org/{0}</link><description>&lt;b&gt;Text&lt;/b&gt; of {0}</description><pubDate>Tue, 24 Nov 2026 10:00:00 GMT</pubDate></item>"
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><entry><id>urn:1</id><title>First</title><link href="https://example.org/1"/><updated>2026-11-24T10:00:00Z</updated></entry></feed>'
JSON = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "One", "url": "https://example.org/1", "date_published": "2026-11-24T10:00:00Z"}]}
PAGE = '<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head><body>Hello</body></html>'


class Site(ThreadingHTTPServer):
    """``pages`` by path: a type and a text."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.pages = {
            "/rss": ("application/rss+xml", RSS.format(ITEM.format("a"))), "/atom": ("application/atom+xml", ATOM), "/json": ("application/feed+json", json.dumps(JSON)), "/": ("text/html", PAGE),
            "/none": ("text/html", "<html><body>no feed</body></html>"), "/broken": ("application/rss+xml", "<rss><channel><item><guid>1</guid><title>Half</title><link>https://exa"),
        }  # fmt: skip

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Page(BaseHTTPRequestHandler):
    server: Site

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        kind, text = self.server.pages.get(self.path, ("text/plain", ""))
        self.send_response(200 if self.path in self.server.pages else 404)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("path", "title"), [("/rss", "Story a"), ("/atom", "First"), ("/json", "One"), ("/", "Story a"), ("/broken", "Half")])
async def test_a_feed_is_read(make_core: Callable[..., Core], workspace: Path, site: Site, path: str, title: str) -> None:
    core = make_core()
    result = await _called(core.tools, "web.feed", {"url": site.url + path}, workspace, core.clock)
    assert result.value["entries"][0]["title"] == title and result.tainted
    if path == "/rss":
        assert result.value["entries"][0] == {"id": "a", "title": "Story a", "link": "https://example.org/a", "date": "Tue, 24 Nov 2026 10:00:00 GMT", "summary": "Text of a"}


async def test_a_page_without_a_feed_is_said_so(make_core: Callable[..., Core], workspace: Path, site: Site) -> None:
    core = make_core()
    with pytest.raises(DeskhandError, match="There is no feed"):
        await _called(core.tools, "web.feed", {"url": f"{site.url}/none"}, workspace, core.clock)


async def test_a_schedule_waits_for_something_new(make_core: Callable[..., Core], site: Site) -> None:
    core = make_core()
    rule = {"kind": "when", "event": "feed_new", "url": f"{site.url}/rss"}
    row = core.schedules.add("News", rule, "UTC", Task(remind="Read it"))
    watcher = core.alarm.watcher

    async def look() -> list[str]:
        watcher._pages.clear()
        await watcher.look()
        core.alarm.engine.tick()
        return [one["kind"] for one in core.schedules.notices()][::-1]

    assert await look() == [] and await look() == []
    site.pages["/rss"] = ("application/rss+xml", RSS.format(ITEM.format("b") + ITEM.format("a")))
    assert await look() == ["reminder"] and await look() == ["reminder"]
    assert "Story b" in str(core.schedules.history(row["id"])[0])
    site.pages["/rss"] = ("application/rss+xml", RSS.format(ITEM.format("b")))
    assert await look() == ["reminder"], "an old entry that is gone is nothing new"
    del site.pages["/rss"]
    for _ in range(6):
        found = await look()
    assert found == ["reminder", "failed"] and "404" in core.schedules.notices()[0]["text"], "told once"
