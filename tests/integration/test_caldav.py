"""The online calendar against Radicale, a CalDAV server of its own process, on loopback."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.clock import SystemClock
from core.errors import ToolFailed, ToolRetry
from core.ports import ToolContext
from tools.toolbox import LocalToolBox

MAKE = b'<?xml version="1.0"?><mkcol xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop><resourcetype><collection/><C:calendar/></resourcetype><displayname>%s</displayname></prop></set></mkcol>'


@dataclass
class Accounts:
    url: str
    password: str = "s3cret"

    def settings(self, name: str) -> dict[str, str]:
        return {"url": self.url, "user": "ann"} if name == "calendar" else {}

    def secret(self, name: str) -> str | None:
        return self.password


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "users").write_text("ann:s3cret\n")
    options = [
        f"--server-hosts=127.0.0.1:{port}",
        "--auth-type=htpasswd",
        f"--auth-htpasswd-filename={tmp_path / 'users'}",
        "--auth-htpasswd-encryption=plain",
        "--auth-delay=0",
        f"--storage-filesystem-folder={tmp_path / 'dav'}",
    ]
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "radicale", *options, stdout=quiet, stderr=quiet)
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(auth=("ann", "s3cret")) as client, asyncio.timeout(30):
            while True:
                try:
                    await client.get(url)
                    break
                except httpx.HTTPError:
                    await asyncio.sleep(0.05)
            for name in (b"Home", b"Work"):
                (await client.request("MKCOL", f"{url}/ann/{name.decode().lower()}/", content=MAKE % name)).raise_for_status()
        yield url
    finally:
        process.kill()
        await process.wait()


@pytest.fixture
def box(toolbox: LocalToolBox, server: str) -> LocalToolBox:
    toolbox._accounts = Accounts(server)
    return toolbox


@pytest.fixture
def live(context: ToolContext) -> ToolContext:
    return replace(context, clock=SystemClock())


async def call(box: LocalToolBox, context: ToolContext, name: str, **args: Any) -> Any:
    intent = await box.prepare(name, args, context)
    assert intent.risk == "leaves" and intent.scopes[0].value == "127.0.0.1"
    return (await box.perform(intent, context)).value


async def test_events_are_put_into_an_online_calendar_found_and_taken_out(box: LocalToolBox, live: ToolContext, server: str) -> None:
    for address in (server, f"{server}/ann/", f"{server}/ann/work/"):  # the server, the person's collection, a calendar itself
        box._accounts = Accounts(address)
        assert (await call(box, live, "caldav.events", calendar="Work"))["calendar"] == "Work"
    box._accounts = Accounts(server)
    added = await call(box, live, "caldav.add", title="Dentist", start="tomorrow", minutes=0, place="Main St", calendar="home")
    await call(box, live, "caldav.add", title="Standup", start="2030-03-04T09:00", minutes=15, repeat="FREQ=DAILY;COUNT=5", calendar="Home")
    assert [row["title"] for row in (await call(box, live, "caldav.events", days=3, calendar="Home"))["items"]] == ["Dentist"]
    daily = await call(box, live, "caldav.events", start="2030-03-05", days=2, calendar="Home")
    assert [row["title"] for row in daily["items"]] == ["Standup", "Standup"]
    assert (await call(box, live, "caldav.events", days=3, calendar="Work"))["count"] == 0
    assert (await call(box, live, "caldav.remove", event=added["id"], calendar="Home"))["removed"] == 1
    assert (await call(box, live, "caldav.events", days=3, calendar="Home"))["count"] == 0
    with pytest.raises(ToolRetry, match="no event"):
        await call(box, live, "caldav.remove", event="Dentist", calendar="Home")


async def test_titles_that_two_events_have_are_asked_about(box: LocalToolBox, live: ToolContext) -> None:
    for day in ("2030-01-01", "2030-01-08"):
        await call(box, live, "caldav.add", title="Gym", start=day, calendar="Home")
    with pytest.raises(ToolRetry, match="2 events are called"):
        await call(box, live, "caldav.remove", event="gym", calendar="Home")


async def test_what_is_wrong_with_an_account_is_said(box: LocalToolBox, live: ToolContext, server: str) -> None:
    with pytest.raises(ToolRetry, match=r"there are Home, Work|there are Work, Home"):
        await call(box, live, "caldav.events", calendar="Family")
    box._accounts = Accounts(server, "wrong")
    with pytest.raises(ToolFailed, match="refuses the name or the password"):
        await call(box, live, "caldav.events")
    box._accounts = Accounts(server, "")
    with pytest.raises(ToolFailed, match="No online calendar is set up"):
        await call(box, live, "caldav.events")
    box._accounts = Accounts("http://calendar.example.org")
    with pytest.raises(ToolFailed, match="https"):
        await call(box, live, "caldav.events")
    box._accounts = Accounts(f"{server}/ann/nowhere/")
    with pytest.raises((ToolFailed, ToolRetry)):
        await call(box, live, "caldav.events")
