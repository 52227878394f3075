"""The event stream: a WebSocket that replays from any point and then goes on live."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.service.composition import Core
from core.events import Event

router = APIRouter(prefix="/api", tags=["events"])
BACKLOG = 10_000  # events a slow client may fall behind before it is let go; it comes back with ?after=


class Feed:
    """One listener's queue, for the length of a ``with``; of one run, or of everything. A full queue delays nobody else: it only sets ``overflowed``."""

    def __init__(self, core: Core, answers: bool = False, run_id: str = "") -> None:
        self._core, self._answers, self._run_id = core, answers, run_id
        self._late: deque[Event] = deque()
        self.queue: asyncio.Queue[Event] = asyncio.Queue(BACKLOG)
        self.overflowed = False
        self.last = 0  # ``seq`` of the last event that was taken or need not be

    def __enter__(self) -> Feed:
        self._unsubscribe = self._core.journal.subscribe(self._put)
        if self._answers:
            self._core.front_ends.connected.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._unsubscribe()
        self._core.front_ends.connected.discard(self)

    def _put(self, event: Event) -> None:
        if self._run_id and event.run_id != self._run_id:
            return
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.overflowed = True

    def is_empty(self) -> bool:
        """Whether nothing waits to be taken."""
        return self.queue.empty() and not self._late

    async def next(self, seconds: float | None = None) -> Event | None:
        """The next event of a followed run, None when none came in ``seconds``. After an overflow it goes on from the journal: only what was announced is lost."""
        while True:
            event = await self._take(seconds)
            if event is None or event.seq == 0:
                return event
            if event.seq > self.last:
                self.last = event.seq
                return event

    async def _take(self, seconds: float | None) -> Event | None:
        if self.overflowed:
            self.overflowed = False
            while not self.queue.empty():
                self.queue.get_nowait()
            self._late.extend(event for event in self._core.journal.of_run(self._run_id) if event.seq > self.last)
        if self._late:
            return self._late.popleft()
        if seconds is None:
            return await self.queue.get()
        try:
            return await asyncio.wait_for(self.queue.get(), seconds)
        except TimeoutError:
            return None


@router.websocket("/events")
async def events(socket: WebSocket, after: Annotated[int | None, Query(ge=0)] = None, answers: bool = True) -> None:
    """Every event as JSON; ``?after=SEQ`` sends first what came later than that."""
    core: Core = socket.app.state.core
    await socket.accept()
    with core.runs.attendance.watch(returns=after is not None) if answers else contextlib.nullcontext(), Feed(core, answers) as feed:
        reader = asyncio.ensure_future(_drain(socket))
        try:
            last = await _replay(core, socket, after)
            while not feed.overflowed and not reader.done() and not core.stop_asked.is_set():
                getter = asyncio.ensure_future(feed.queue.get())
                stop = asyncio.ensure_future(core.stop_asked.wait())
                await asyncio.wait([getter, reader, stop], return_when=asyncio.FIRST_COMPLETED)
                stop.cancel()
                if not getter.done():
                    getter.cancel()
                    break
                if (seq := getter.result().seq) > last or seq == 0:  # 0: told now, and not kept
                    await socket.send_text(_line(getter.result()))
            if not reader.done():
                await socket.close(1013 if feed.overflowed else 1001)
        except (WebSocketDisconnect, RuntimeError, OSError):
            pass
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)


async def _replay(core: Core, socket: WebSocket, after: int | None) -> int:
    last = core.journal.last_seq if after is None else after
    while after is not None and (batch := core.journal.after(last)):
        for event in batch:
            await socket.send_text(_line(event))
        last = batch[-1].seq
    return last


async def _drain(socket: WebSocket) -> None:
    """Read and drop what the client says, so that its going away is noticed."""
    try:
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
    except (WebSocketDisconnect, RuntimeError):
        pass


def _line(event: Any) -> str:
    return json.dumps(event.to_json(), ensure_ascii=False, separators=(",", ":"))
