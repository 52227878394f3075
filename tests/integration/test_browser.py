"""The browser tools with a real Chromium and pages on loopback."""

from __future__ import annotations

import asyncio
import http.server
import importlib.util
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from core.errors import ToolFailed, ToolRetry
from core.ports import ToolContext
from tools.browsing import PROGRAMS
from tools.builtin.browser import browsers
from tools.toolbox import LocalToolBox

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("playwright") is None or not any(map(shutil.which, PROGRAMS)), reason="needs playwright and a Chromium (apt install chromium)"
)

FORM = """<html><head><title>Orders</title></head><body><h1>Orders</h1>
<label>Name <input id=n></label><label>Size <select id=s><option>Small</option><option>Large</option></select></label>
<button onclick="document.getElementById('o').textContent = 'Ordered for ' + n.value + ', ' + s.value">Send</button>
<button>Twice</button><button>Twice</button><p id=o></p>
<a href="/next">Next page</a> <a href="http://localhost:%d/other">Elsewhere</a> <a href="javascript:window.open('/next')">Popup</a></body></html>"""


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = {"/": FORM % self.server.server_port, "/next": "<title>Next</title><h1>The next page</h1>"}.get(self.path, "<h1>other</h1>").encode()
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{self.server.server_port}/other")  # type: ignore[attr-defined]
            self.end_headers()
            return
        self.server.seen.append(self.headers["Host"] + self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def pages() -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.seen = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
async def page(toolbox: LocalToolBox, context: ToolContext, pages: Any) -> AsyncIterator[Any]:
    async def call(name: str, /, **args: Any) -> Any:
        intent = await toolbox.prepare(name, args, context)
        if intent.risk == "leaves" and name != "browser.open":
            assert intent.scopes[0].value in ("127.0.0.1", "")
        return await toolbox.perform(intent, context)

    yield call
    await browsers.close()


async def test_a_page_is_opened_read_filled_in_clicked_and_pictured(page: Any, pages: Any, context: ToolContext) -> None:
    shown = await page("browser.open", url=f"http://127.0.0.1:{pages.server_port}/")
    assert shown.tainted and shown.value["title"] == "Orders" and 'button "Send"' in shown.text
    await page("browser.fill", element="Name", text="Ann")
    await page("browser.fill", element="combobox Size", text="Large")
    assert "Ordered for Ann, Large" in (await page("browser.click", element="button Send")).text
    made = await page("browser.picture", target="orders.png")
    assert (context.workspace / "orders.png").read_bytes().startswith(b"\x89PNG") and made.value["bytes"] > 1000
    assert "The next page" in (await page("browser.click", element="Next page")).text
    assert (await page("browser.read")).value["title"] == "Next"
    await page("browser.close")
    with pytest.raises(ToolFailed, match="No page is open"):
        browsers.of("run_test")


async def test_a_page_does_not_lead_to_another_host_or_into_a_second_window(page: Any, pages: Any) -> None:
    await page("browser.open", url=f"http://127.0.0.1:{pages.server_port}/")
    with pytest.raises(ToolFailed, match="leads to another host, localhost"):
        await page("browser.click", element="Elsewhere")
    assert not any(seen.startswith("localhost") for seen in pages.seen)
    assert "Orders" in (await page("browser.read")).text  # it is where it was
    with pytest.raises(ToolFailed, match="leads to another host, localhost"):
        await page("browser.open", url=f"http://127.0.0.1:{pages.server_port}/away")
    assert "other" not in (await page("browser.read")).text
    await page("browser.open", url=f"http://127.0.0.1:{pages.server_port}/")
    await page("browser.click", element="Popup")
    async with asyncio.timeout(10):  # it is closed as soon as the browser tells of it
        while len(browsers.of("run_test").page.context.pages) > 1:
            await asyncio.sleep(0.02)


async def test_what_is_not_clear_or_not_there_is_asked_about(page: Any, pages: Any) -> None:
    await page("browser.open", url=f"http://127.0.0.1:{pages.server_port}/")
    with pytest.raises(ToolRetry, match="2 elements are called 'Twice'"):
        await page("browser.click", element="Twice")
    with pytest.raises(ToolRetry, match="no element 'Pay'"):
        await page("browser.click", element="Pay")
    with pytest.raises(ToolRetry, match="link-local"):
        await page("browser.open", url="http://169.254.169.254/latest/meta-data")
