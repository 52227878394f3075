"""One browser for the core, driven by Playwright where it is installed: a fresh profile for each run, closed when nobody used it for a while.

Pages may load what they need from anywhere; the page itself may only lead to hosts that the person consented to, and never to link-local addresses.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import ipaddress
import os
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from core.errors import ToolFailed

IDLE_SECONDS, MILLISECONDS = 300.0, 20_000
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge", "chrome", "brave-browser")
HOW = "The browser tools need Playwright: `deskhand tool add browser` installs it."


def why_no_browser() -> str:
    """Why no page can be opened here, as a sentence; empty where one can."""
    if importlib.util.find_spec("playwright") is None:
        return HOW
    own = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    there = any(map(shutil.which, PROGRAMS)) or any(own.glob("chromium*")) or not sys.platform.startswith("linux")
    return "" if there else "No browser is on this machine; `deskhand tool add browser` brings one."


@dataclass(slots=True)
class Visit:
    """The page of one run. ``hosts``: where it may lead; ``refused``: where it wanted to lead besides."""

    page: Any
    hosts: set[str] = field(default_factory=set)
    refused: str = ""
    used: float = field(default_factory=time.monotonic)


class Browsers:
    """Loop thread only. Started by the first page that is opened."""

    def __init__(self) -> None:
        self._visits: dict[str, Visit] = {}
        self._playwright: Any = None
        self._browser: Any = None
        self._starting = asyncio.Lock()
        self._sweeper: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Future[None]] = set()

    async def open(self, run_id: str, address: str) -> Visit:
        """Show an address in the run's page. Raises :class:`ToolFailed` in words."""
        visit = self._visits.get(_whose(run_id)) or await self._begun(_whose(run_id))
        visit.hosts.add(_bare(urlsplit(address).hostname or ""))
        visit.refused, visit.used = "", time.monotonic()
        try:
            await visit.page.goto(address, wait_until="domcontentloaded", timeout=MILLISECONDS)
        except page_error() as error:
            raise ToolFailed(
                self.refusal(visit) or f"{urlsplit(address).hostname} cannot be shown: {first_line(error)}",
                code="unreachable",
                retryable=not visit.refused,
                hint="web.fetch reads pages without a browser; another host is opened with browser.open.",
            ) from error
        await self.stayed(visit)
        return visit

    async def stayed(self, visit: Visit) -> None:
        """A redirect is followed by the browser itself: where it ended at a host that nobody consented to, the page is left. Raises :class:`ToolFailed`."""
        for other in [page for page in visit.page.context.pages if page is not visit.page]:
            with contextlib.suppress(page_error()):  # it is closing already
                await other.close()
        host = _bare(urlsplit(visit.page.url).hostname or "")
        if host and host not in visit.hosts:
            visit.refused = host
            await visit.page.goto("about:blank")
        if visit.refused:
            raise ToolFailed(self.refusal(visit), code="other_host", hint="web.fetch reads pages without a browser; another host is opened with browser.open.")

    def of(self, run_id: str) -> Visit:
        """The page of a run that has one. Raises :class:`ToolFailed`."""
        visit = self._visits.get(_whose(run_id))
        if visit is None:
            raise ToolFailed("No page is open in this run.", code="not_found", hint="browser.open opens one; web.fetch reads a page without a browser.")
        visit.used, visit.refused = time.monotonic(), ""
        return visit

    def host(self, run_id: str) -> str:
        """The host that the run's page is of; empty where there is none."""
        visit = self._visits.get(_whose(run_id))
        return _bare(urlsplit(visit.page.url).hostname or "") if visit else ""

    @staticmethod
    def refusal(visit: Visit) -> str:
        return f"The page leads to another host, {visit.refused}; ask for that address if you want it." if visit.refused else ""

    async def close(self, run_id: str = "") -> None:
        """Close the page of a run, or all and the browser."""
        for name in [_whose(run_id)] if run_id else list(self._visits):
            if visit := self._visits.pop(name, None):
                with contextlib.suppress(Exception):  # a browser that has crashed has closed it already
                    await visit.page.context.close()
        if not self._visits and self._browser is not None:
            browser, playwright, self._browser, self._playwright = self._browser, self._playwright, None, None
            with contextlib.suppress(Exception):
                await browser.close()
            with contextlib.suppress(Exception):
                await playwright.stop()
        if not self._visits and self._sweeper is not None and self._sweeper is not asyncio.current_task():
            self._sweeper.cancel()
            self._sweeper = None

    def ended(self, run_id: str) -> None:
        """A run is over, and with it its page."""
        if run_id in self._visits:
            closing = asyncio.ensure_future(self.close(run_id))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def _begun(self, run_id: str) -> Visit:
        async with self._starting:
            if self._browser is None or not self._browser.is_connected():
                await self._launch()
        context = await self._browser.new_context(accept_downloads=False, service_workers="block")
        visit = self._visits[run_id] = Visit(await context.new_page())
        visit.page.set_default_timeout(MILLISECONDS)
        context.on("page", lambda page: None if page is visit.page else asyncio.ensure_future(page.close()))
        await context.route("**/*", lambda route: self._decide(visit, route))
        if self._sweeper is None:
            self._sweeper = asyncio.create_task(self._sweep(), name="browser")
        return visit

    async def _launch(self) -> None:
        if importlib.util.find_spec("playwright") is None:
            raise ToolFailed(HOW, code="no_program", hint="web.fetch reads pages that need no scripts.")
        from playwright.async_api import Error, async_playwright

        self._playwright = await async_playwright().start()
        own = next(filter(None, map(shutil.which, PROGRAMS)), None)
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        try:
            self._browser = await self._playwright.chromium.launch(
                executable_path=own, headless=True, args=["--disable-dev-shm-usage"], chromium_sandbox=not root, handle_sigint=False, handle_sigterm=False, handle_sighup=False
            )
        except Error as error:
            await self._playwright.stop()
            self._playwright = None
            raise ToolFailed(
                f"No browser starts here ({first_line(error)}). `deskhand tool add browser` brings one.", code="no_program", hint="web.fetch reads pages that need no scripts."
            ) from error

    async def _decide(self, visit: Visit, route: Any) -> None:
        """Lets a request out, or not: link-local addresses never, the page itself only to hosts that were consented to."""
        request = route.request
        host = _bare(urlsplit(request.url).hostname or "")
        try:
            leads = request.is_navigation_request() and request.frame.parent_frame is None
        except page_error():  # the first request of a second window: it has no frame yet, and gets none
            await route.abort("blockedbyclient")
            return
        if leads and host not in visit.hosts:
            visit.refused = host
        with contextlib.suppress(page_error()):  # the page is gone meanwhile
            if leads and host not in visit.hosts:
                await route.fulfill(status=204)  # the page stays as it is
            elif _link_local(host):
                await route.abort("blockedbyclient")
            else:
                await route.continue_()

    async def _sweep(self) -> None:
        while self._visits:
            await asyncio.sleep(IDLE_SECONDS / 5)
            for name in [name for name, visit in self._visits.items() if time.monotonic() - visit.used > IDLE_SECONDS]:
                await self.close(name)
        self._sweeper = None


def _whose(run_id: str) -> str:
    """Calls by hand (``deskhand tool call``) are a run each; they share one page."""
    return "call" if run_id.startswith("call_") else run_id


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")


def _link_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_link_local
    except ValueError:
        return host == "metadata.google.internal"


def page_error() -> type[Exception]:
    """What Playwright raises; imported when it is needed first."""
    from playwright.async_api import Error

    return Error


def first_line(error: BaseException) -> str:
    """Why, without Playwright's log of what it tried."""
    return str(error).strip().split("\n")[0][:200]
