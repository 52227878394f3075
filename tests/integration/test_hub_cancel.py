"""A stop that comes while a message goes out is not lost, even where what sends it swallows the cancellation."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from core.clock import SystemClock
from core.devices.hub import Hub, Order, nobody
from core.devices.link import LinkDown
from core.devices.store import Assignments, Devices, Offers
from core.devices.transfer import Exchange
from core.home import Home
from core.journal import Journal
from core.storage.database import Database


class Swallowing:
    """A link whose ``put`` ends well although it was cancelled, as ``asyncio.wait_for`` before Python 3.12 does when the answer comes together with the cancellation."""

    def __init__(self) -> None:
        self.putting, self.answered = asyncio.Event(), asyncio.Event()

    async def put(self, subject: str, body: bytes, key: str) -> None:
        self.putting.set()
        try:
            await self.answered.wait()
        except asyncio.CancelledError:
            return

    async def ask(self, subject: str, body: bytes, seconds: float) -> bytes:
        raise LinkDown


async def test_a_stop_while_work_is_given_out_ends_it(tmp_path: Path) -> None:
    home, clock = Home(tmp_path / "home"), SystemClock()
    home.create()
    database = Database(home.database, None, "NORMAL")
    devices, offers, assignments = Devices(database, clock), Offers(database, clock), Assignments(database, clock)
    hub = Hub(devices, assignments, offers, Exchange(home.root / "in", lambda digest: home.blobs / digest, offers, clock, lambda: 10**9), Journal(database, clock), clock, "hub")
    row = devices.add_agent("office", {"url": "http://127.0.0.1:9"})
    link: Any = Swallowing()
    hub.link = link
    stopped = asyncio.Event()
    order = Order("office", "run_1", "s1", 1, {"text": "x"}, stopped.is_set, nobody)
    task = asyncio.create_task(hub.perform(order))
    await asyncio.wait_for(link.putting.wait(), 10)
    stopped.set()
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=20)
    assert done and task.cancelled() and assignments.get(order.id)["state"] == "stopped" and row["name"] == "office"
    database.close()
