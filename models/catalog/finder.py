"""Finding a model for this machine: what is recommended, what a search finds, and the catalogue kept up to date. One for each core."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date

from core.errors import ModelError
from models import recommend
from models.catalog.current import Catalog
from models.catalog.profile import LocalProfile, Profile
from models.catalog.refresh import refresh
from models.catalog.repository import HubApi
from models.catalog.search import Found, KnowsArchitectures, search, search_catalog
from models.fit import Speeds
from models.gguf_file import GgufInfo
from models.hardware import Machine


class ModelFinder:
    """``machine`` and ``speeds`` give what is here now and what was measured; ``architectures`` knows what llama.cpp here can load."""

    def __init__(self, catalog: Catalog, hub: HubApi, architectures: KnowsArchitectures, machine: Callable[[], Machine], speeds: Callable[[], Speeds]) -> None:
        self.catalog, self._hub, self._architectures = catalog, hub, architectures
        self._machine, self._speeds = machine, speeds
        self._ranked: tuple[object, tuple[recommend.Recommendation, ...]] | None = None
        self._refreshing: threading.Thread | None = None
        self._stop = threading.Event()

    async def offered(self, today: date) -> tuple[Profile, ...]:
        """The catalogue without what llama.cpp here cannot load and without services' models that have ended."""
        can = await self._loadable()
        return tuple(profile for profile in self.catalog.offered(today) if not isinstance(profile, LocalProfile) or can.get(profile.architecture, True))

    async def best(self, reachable_sources: Collection[str], disk_free: int) -> recommend.Recommendation | None:
        """The best model for this machine, see :func:`models.recommend.best`. ``disk_free``: bytes where models are kept."""
        conditions = await self._conditions()
        here = replace(conditions, machine=replace(conditions.machine, disk_free=disk_free), reachable_sources=reachable_sources)
        return await asyncio.to_thread(recommend.best, here)

    async def best_here(self, files: Sequence[tuple[str, GgufInfo]]) -> str:
        """The id of the best of these files for this machine, see :func:`models.recommend.best_here`."""
        return recommend.best_here(files, await self._conditions())

    async def shortlist(self) -> tuple[recommend.Recommendation, ...]:
        """The best for this machine first, then what is quicker and what is better but slower. Worked out anew when a tenth of the memory came or went."""
        conditions = await self._conditions()
        machine = conditions.machine
        state = (round(10 * machine.ram_free / machine.ram), machine.ram, len(machine.cards), conditions.speeds, id(self.catalog.profiles()))
        if self._ranked is None or self._ranked[0] != state:
            self._ranked = (state, await asyncio.to_thread(recommend.shortlist, conditions))
        return self._ranked[1]

    async def search(self, text: str, limit: int, may_ask_hub: bool) -> Found:
        """Models of the hub that fit the words; of the catalogue where the hub may not be asked or does not answer.

        Raises the hub's :class:`ModelError` where the catalogue knows nothing either.
        """
        machine = await asyncio.to_thread(self._machine)
        found = Found(())
        if may_ask_hub:
            found = await search(text, limit, self._hub, self._architectures, machine, self._speeds())
            if found.problem is None:
                return found
        known = await asyncio.to_thread(search_catalog, text, limit, self.catalog, await self._loadable(), machine, self._speeds())
        if found.problem is not None and not known:
            raise found.problem
        return Found(known, problem=found.problem, from_catalog=True)

    def keep_fresh(self, now: float, asking: Callable[[], None]) -> bool:
        """Begin to ask the hub for newer facts if the last time is a week ago; True where it is asked, of which ``asking`` hears before.

        ``now`` in seconds since 1970. In a thread of its own; :meth:`close` lets go of it.
        """
        if (self._refreshing and self._refreshing.is_alive()) or not self.catalog.is_stale(now):
            return False
        asking()
        self._refreshing = threading.Thread(target=self._refresh, args=(now,), name="facts of the catalogue", daemon=True)
        self._refreshing.start()
        return True

    def wait_until_fresh(self, seconds: float) -> bool:
        """Wait for the asking that runs; False where it takes longer."""
        if self._refreshing:
            self._refreshing.join(seconds)
        return not (self._refreshing and self._refreshing.is_alive())

    def close(self) -> None:
        """Ask nothing more."""
        self._stop.set()

    def _refresh(self, now: float) -> None:
        refresh(self.catalog, self._hub, now, self._stop.is_set)

    async def _conditions(self) -> recommend.Conditions:
        """This machine as it is now, whatever source a model may come from."""
        can, machine = await self._loadable(), await asyncio.to_thread(self._machine)
        return recommend.Conditions(machine, self._speeds(), profiles=self.catalog.local(), loadable=can)

    async def can_load(self, architecture: str) -> bool:
        """Whether llama.cpp here can load it; True where it cannot be asked."""
        return (await self._architectures.loadable([architecture])).get(architecture, True)

    async def _loadable(self) -> dict[str, bool]:
        try:
            return await self._architectures.loadable(profile.architecture for profile in self.catalog.local())
        except ModelError:
            return {}
