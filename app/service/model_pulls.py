"""Models that the person asked for by hand: fetched, and kept in mind until they are here, so that a fetch that was killed goes on at the next start."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from app.service.model_setup import ModelSetup
from core.errors import DeskhandError, RefusedByPolicy
from core.gate.egress import Egress
from core.settings import Settings, write_atomically
from models.pool import LocalModelPool
from models.sources import registry
from models.sources.download import DONE, FAILED, LASTING, RUNNING, Download, Watcher
from models.sources.finding import find_offer
from models.sources.offers import REGISTRY, Offer
from models.sources.store import model_id_of

log = logging.getLogger("deskhand.models")
PACKAGES = "Python package registry"
TAKE_SECONDS = 60.0  # for a model that came to be looked at


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for: ``name`` as ``deskhand model pull`` takes it, a file or a quantisation of it."""

    name: str
    quantisation: str = ""
    file: str = ""


class ModelPulls:
    """One for each core. ``path``: where the wishes are kept that are not fulfilled yet."""

    def __init__(self, pool: LocalModelPool, setup: ModelSetup, settings: Settings, egress: Egress, path: Path) -> None:
        self._pool, self._setup, self._settings, self._egress, self._path = pool, setup, settings, egress, path
        self._keeping = threading.Lock()
        self._open: dict[str, Wish] = self._read()  # by the model's id
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Go on with what was neither finished nor stopped by the person; called once, when the core is up."""
        if self._open and not self._settings["privacy.local_only"]:
            self._task = asyncio.create_task(self._go_on(dict(self._open)), name="model pulls")

    async def begin(self, wish: Wish) -> Download:
        """Fetch a model; one that is here is ``done`` at once. It takes the roles where no model that talks has them.

        Raises :class:`RefusedByPolicy` while nothing may leave this machine, and what the sources say.
        """
        return await self._fetch(await self._find(wish), wish)

    async def _find(self, wish: Wish) -> Offer:
        self.require_may_leave(wish.name)
        offer = await asyncio.to_thread(find_offer, wish.name, self._pool.hub, wish.quantisation, wish.file)
        if offer.source == REGISTRY and not wish.name.startswith(registry.PREFIX):
            self._egress.record("", PACKAGES, f"download:{offer.id}", True)
        await asyncio.to_thread(self._pool.downloads.recognise, offer)
        return offer

    async def _fetch(self, offer: Offer, wish: Wish) -> Download:
        loop = asyncio.get_running_loop()

        def take(here: Download) -> None:
            asyncio.run_coroutine_threadsafe(self._setup.take(here.model), loop).result(TAKE_SECONDS)

        download = self._start(offer, wish, take)
        if download.state == DONE:  # it was here
            await self._setup.take(download.model)
        return download

    def _start(self, offer: Offer, wish: Wish, take: Watcher) -> Download:
        """Begin it as a wish, which it is no more where it is here, cannot be begun, or comes for set-up."""
        model = model_id_of(offer.files[0].name)
        earlier = self._open.get(model)
        self._keep(model, wish)  # before it begins: it may be here in a moment
        try:
            download = self._pool.downloads.start(offer, take, ended=self._end)
        except DeskhandError:
            self._keep(model, None)
            raise
        if download.state != RUNNING or download.offer is not offer:
            self._keep(model, earlier if download.state == RUNNING else None)
        return download

    def require_may_leave(self, name: str) -> None:
        """Note who is asked for ``name``. Raises :class:`RefusedByPolicy` while nothing may leave this machine."""
        if self._settings["privacy.local_only"]:
            raise RefusedByPolicy("Nothing may leave this machine (privacy.local_only), so nothing can be fetched.")
        self._egress.record("", self._destination(name), f"download:{name}", True)

    def cancel(self, download_id: str) -> bool:
        """Stop one because the person wants it no more; what has come is kept for the next try. False where none of that id runs."""
        model = next((row["model"] for row in self._pool.downloads.all() if row["id"] == download_id), "")
        self._keep(model, None)
        return self._pool.downloads.cancel(download_id)

    def forget(self, model: str) -> None:
        """Go on with it no more: the person has removed it."""
        self._keep(model, None)

    def tend(self) -> None:
        """Stop fetching where nothing may leave this machine any more; it goes on after a start at which it may."""
        if self._settings["privacy.local_only"]:
            for row in self._pool.downloads.all():
                if row["model"] in self._open:
                    self._pool.downloads.cancel(row["id"])

    async def close(self) -> None:
        """Begin nothing more. What is on its way goes on after the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _go_on(self, wishes: dict[str, Wish]) -> None:
        for model, wish in wishes.items():
            try:
                offer = await self._find(wish)
                if self._open.get(model) == wish:  # the person may have removed it meanwhile
                    await self._fetch(offer, wish)
            except DeskhandError as error:
                log.info("%s is not gone on with: %s", model, error.message)
                if error.code in LASTING:
                    self._keep(model, None)

    def _end(self, download: Download) -> None:
        """In the download's thread: what is here, or never comes, is no wish any more. One that a stop of the core ended is."""
        if download.state == DONE or (download.state == FAILED and download.code in LASTING):
            self._keep(download.model, None)

    def _keep(self, model: str, wish: Wish | None) -> None:
        with self._keeping:
            before = dict(self._open)
            self._open.pop(model, None)
            if wish is not None:
                self._open[model] = wish
            if self._open == before:
                return
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(self._path, json.dumps({id_: asdict(one) for id_, one in self._open.items()}).encode())
            except (OSError, DeskhandError) as error:  # a full or read-only disk: then it is asked for again by hand
                log.warning("what is being fetched could not be noted: %s", error)

    def _read(self) -> dict[str, Wish]:
        try:
            return {str(model): Wish(**{name: str(value) for name, value in row.items()}) for model, row in json.loads(self._path.read_text(encoding="utf-8")).items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _destination(self, name: str) -> str:
        """Who is asked for it, for the person's list of what left this machine."""
        if name.startswith(registry.PREFIX):
            return PACKAGES
        if "://" in name:
            return name.partition("://")[2].partition("/")[0].rpartition("@")[2][:200]
        return str(self._settings["models.hub"]) or "model hub"
