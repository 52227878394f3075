"""Resources that clients want to hear of: read again every few seconds while anybody does, told of when they have changed."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from mcp.server.subscriptions import InMemorySubscriptionBus, ResourceUpdated

from tools.mcp.served import Assistant

log = logging.getLogger("deskhand.mcp")
PAUSE = 2.0  # seconds between looks: what is served lies behind an API without news of its own


@dataclass(slots=True)
class Watched:
    """Both generations of the protocol: connections that subscribed, and streams that listen on ``bus``."""

    assistant: Assistant
    bus: InMemorySubscriptionBus = field(default_factory=InMemorySubscriptionBus)
    _connections: WeakKeyDictionary[Any, set[str]] = field(default_factory=WeakKeyDictionary)
    _listened: Counter[str] = field(default_factory=Counter)
    _seen: dict[str, str] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None

    def subscribe(self, connection: Any, uri: str) -> None:
        """Tell this client when the resource changes."""
        self._connections.setdefault(connection, set()).add(uri)
        self._begin()

    def unsubscribe(self, connection: Any, uri: str) -> None:
        """Tell it no more."""
        self._connections.get(connection, set()).discard(uri)

    @contextlib.contextmanager
    def listening(self, uris: Iterable[str]) -> Iterator[None]:
        """Look after these while a stream is open."""
        wanted = list(uris)
        self._listened.update(wanted)
        self._begin()
        try:
            yield
        finally:
            self._listened.subtract(wanted)

    def _wanted(self) -> set[str]:
        return {uri for uris in self._connections.values() for uri in uris} | {uri for uri, count in self._listened.items() if count > 0}

    def _begin(self) -> None:
        if self._wanted() and (self._task is None or self._task.done()):
            self._seen.clear()
            self._task = asyncio.create_task(self._watch(), name="resources that clients want to hear of")

    async def _watch(self) -> None:
        while wanted := self._wanted():
            for uri in sorted(wanted):
                if await self._changed(uri):
                    await self._tell(uri)
            await asyncio.sleep(PAUSE)

    async def _changed(self, uri: str) -> bool:
        """Whether it holds something else than at the last look; the first look is none."""
        try:
            now = hashlib.sha256((await self.assistant.read(uri)).encode()).hexdigest()
        except LookupError:
            now = ""
        before, self._seen[uri] = self._seen.get(uri), now
        return before is not None and before != now

    async def _tell(self, uri: str) -> None:
        await self.bus.publish(ResourceUpdated(uri))
        for connection in [connection for connection, uris in self._connections.items() if uri in uris]:
            try:
                await connection.send_resource_updated(uri)
            except Exception as error:  # whatever a transport that is gone raises: the others are told all the same
                log.info("a client that wanted to hear of %s is gone: %s", uri, error)
                self._connections.pop(connection, None)
