"""The model that talks, as set-up brings it: offered, fetched, and given the roles.

Those who meet the person (terminal, window) ask for it. By itself it only takes what is on this machine already, for whichever data folder it was
fetched, and goes on with what was agreed to before.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any

from app.service.model_choice import Candidate, ModelChooser
from core import events
from core.errors import DeskhandError, ModelError
from core.gate.egress import Egress
from core.journal import Journal
from core.ports import Arrival
from core.settings import Settings, setting_of
from models.pool import LocalModelPool
from models.sources.download import LASTING
from models.sources.fetching import CANCELLED, DONE, Download
from models.standing_in import STARTER

log = logging.getLogger("deskhand.models")
ROLES = ("planner", "reviewer", "executor")
NONE = "none"  # as DESKHAND_MODEL: no model is wanted
IDLE, LOOKING, OFFERED, FETCHING, READY, FAILED, OFF = "idle", "looking", "offered", "fetching", "ready", "failed", "off"
BUSY = (LOOKING, FETCHING)
OPEN, AGREED, CLOSED = "offer", "fetch", "no"  # what models.offer says
REPORT_SECONDS, LOOK_SECONDS = 1.0, 0.25
AGAIN_SECONDS = 600.0  # after which it is looked again where nothing was found


class ModelSetup:
    """One for each core; loop thread only. ``wanted``: an id as ``deskhand model pull`` takes it, ``none``, or empty for the best for this machine."""

    def __init__(self, pool: LocalModelPool, settings: Settings, journal: Journal, egress: Egress, wanted: str = "") -> None:
        self._pool, self._settings, self._journal, self._wanted = pool, settings, journal, wanted or str(settings["models.wanted"])
        self._chooser = ModelChooser(pool, settings, egress)
        self._state, self._model = IDLE, ""
        self._candidate: Candidate | None = None
        self._download: Download | None = None
        self._problem: DeskhandError | None = None
        self._agreed = self._is_taking = self._is_asked = False  # asked: to look, while what is here was being taken
        self._looked = 0.0
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    # -- what front ends and runs see -----------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """``idle``, ``looking``, ``offered``, ``fetching``, ``ready`` (it has the roles), ``failed`` (with a problem), or ``off``: none is wanted, or others have the roles."""
        is_theirs = self._state in (IDLE, OFFERED, FAILED) and not self._is_open()
        if is_theirs or (self._wanted == NONE and self._state == IDLE):
            return OFF
        return LOOKING if self._is_asked and self._state == IDLE else self._state

    def to_json(self) -> dict[str, Any]:
        """As the API shows it: sizes in bytes, ``speed`` in tokens a second (null: not known), ``rate`` in bytes a second, ``seconds`` since the phase of the download began."""
        offer, download = self._candidate.offer if self._candidate else None, self._download.to_json() if self._download else {}
        problem = self._problem.to_json() if self._problem else {"message": "", "hint": "", "code": ""}
        return {
            "state": self.state, "agreed": self._agreed, "open": self._settings["models.offer"] == OPEN, "model": self._model,
            "id": offer.id if offer else "", "is_best": self._candidate is not None and self._candidate.is_best, "name": self._candidate.name if self._candidate else "", "bytes": offer.bytes if offer else 0,
            "speed": self._candidate.speed if self._candidate else None, "licence": offer.licence if offer else "", "source": offer.source if offer else "",
            "note": offer.note if offer else "", "download": download.get("id", ""), "done": download.get("done", 0), "rate": download.get("rate", 0),
            "phase": download.get("phase", ""), "seconds": download.get("seconds", 0), "problem": problem["message"], "hint": problem["hint"], "code": problem["code"],
        }  # fmt: skip

    def is_coming(self) -> bool:
        """Whether a model that will take the roles is on its way, or on this machine already."""
        return self._is_taking or (self._agreed and self._state in BUSY)

    async def wait(self, report: Callable[[Arrival], None]) -> None:
        """Return once it has the roles, or will not come."""
        while self.is_coming():
            name, download = self._candidate.name if self._candidate else "", self._download
            report(Arrival(name, download.phase, download.done, download.offer.bytes) if download else Arrival(name, LOOKING))
            await self._wait_for_change(REPORT_SECONDS)

    async def settle(self, seconds: float) -> None:
        """Wait so long for it to be known what there is."""
        until = time.monotonic() + seconds
        while (self._is_taking or self._state == LOOKING) and (left := until - time.monotonic()) > 0:
            await self._wait_for_change(left)

    # -- what is asked for ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Take the roles for a model that is here, and go on with one that was agreed to; called once, when the core is up."""
        if self.state == IDLE:
            self._agreed = self._settings["models.offer"] == AGREED
            self._is_taking = True
            self._begin(self._take_or_fetch())

    def look(self, wanted: str | None = None) -> bool:
        """Find out what can be offered; False where that is known. ``wanted`` takes the place of what the core was started with."""
        if self._is_taking and self._state == IDLE and not self._is_asked and self._is_open():
            self._wanted, self._is_asked = self._meant(wanted), True  # it is looked for once it is known what is here
            return self._wanted != NONE
        if self._is_taking or self._state in BUSY:
            return False
        if (meant := self._meant(wanted)) != self._wanted:
            self._wanted, self._state, self._problem = meant, IDLE, None
        if self._is_known() or self._wanted == NONE or not self._is_open():
            return False
        self._begin(self._find())
        return True

    def _meant(self, wanted: str | None) -> str:
        """What is looked for: who names none means the one that is kept, which a core that was killed had not yet brought."""
        return self._wanted if wanted is None else wanted or str(self._settings["models.wanted"])

    def agree(self, wanted: str | None = None) -> bool:
        """Fetch it: what is offered, or what will be found. False where it is on its way, or others have the roles."""
        if not self._is_open() or self.is_coming():
            return False
        meant = self._meant("" if wanted is None and self._wanted == NONE else wanted)
        self._agreed = True
        self._keep_answer(AGREED, meant)
        if self._state == FAILED:
            self._state = IDLE  # asked for again: it is tried again
        if not self.look(meant) and self._state == OFFERED:
            self._begin(self._fetch())
        return True

    def decline(self) -> None:
        """Offer it no more by itself, and fetch nothing."""
        self._agreed = False
        self._keep_answer(CLOSED)
        self.tend(stop=True)

    def _keep_answer(self, said: str, wanted: str = "") -> None:
        """What the person said, and which model they named; a core that is started without the name goes on with the same one."""
        self._settings.set("models.offer", said)
        if self._settings["models.wanted"] != wanted:
            self._settings.set("models.wanted", wanted)

    async def take(self, model_id: str) -> bool:
        """Give the roles to a model that the person has brought, where no model that talks has them; whether it has them now."""
        if self._wanted != NONE and self._is_open() and await self._can_talk(model_id):
            self._set_roles(model_id)
            if self._state not in BUSY:
                self._be_ready(model_id)
        return self._settings["models.planner"] == model_id

    async def _can_talk(self, model_id: str) -> bool:
        """Whether a file is a model for conversations that can be loaded here."""
        if (path := self._pool.path_of(model_id)) is None:
            return False
        try:
            info = await asyncio.to_thread(self._pool.keeper.info, path)
            is_for_talk = bool(info.template) and not info.embeds and await self._pool.finder.can_load(info.architecture)
            return is_for_talk and (await self._pool.keeper.fit(model_id, path, self._pool.context)).fits
        except DeskhandError as error:
            log.info("%s takes no roles: %s", model_id, error.message)
            return False

    def tend(self, stop: bool = False) -> None:
        """Stop fetching where nothing may leave this machine any more."""
        if self._state == FETCHING and self._download is not None and (stop or self._settings["privacy.local_only"]):
            self._pool.downloads.cancel(self._download.id)

    async def close(self) -> None:
        """Look no further. What was agreed to goes on after the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # -- the way of it --------------------------------------------------------------------------------------------------

    def _begin(self, work: Any) -> None:
        self._state = self._state if self._is_taking else LOOKING
        self._task = asyncio.create_task(self._guarded(work), name="model that talks")

    async def _guarded(self, work: Any) -> None:
        try:
            await work
        except DeskhandError as error:
            self._fail(error)
        except Exception as error:
            log.exception("bringing a model failed")
            self._fail(ModelError(f"No model could be brought: {error}", code="download_failed"))
        finally:
            self._is_taking = self._is_asked = False
            self._changed.set()

    async def _take_or_fetch(self) -> None:
        """A model that is on this machine already gets the roles; else what was agreed to is gone on with."""
        known = [(model.id, await asyncio.to_thread(self._pool.keeper.info, model.path)) for model in self._pool.store.all()]
        if chosen := await self._pool.finder.best_here(known):
            self._give_roles(chosen)
        is_asked, self._is_taking, self._is_asked = self._is_asked, False, False
        if (self._agreed or is_asked) and self._wanted != NONE and self._is_open():
            await self._find()

    async def _find(self) -> None:
        self._state, self._problem, self._looked = LOOKING, None, time.monotonic()
        self._candidate = await self._chooser.choose(self._wanted)
        self._set(OFFERED)
        if self._agreed:
            await self._fetch()

    async def _fetch(self) -> None:
        assert self._candidate is not None
        self._chooser.require_may_leave()
        self._chooser.record(self._candidate.offer)
        self._download = download = self._pool.downloads.start(self._candidate.offer)
        self._set(FETCHING)
        while not download.ended.is_set():
            await asyncio.sleep(LOOK_SECONDS)
        self._end(download)

    def _end(self, download: Download) -> None:
        if download.state == DONE:
            self._give_roles(download.model)
        elif download.state == CANCELLED:
            self._chooser.require_may_leave()
            self._agreed = False
            self._keep_answer(CLOSED)  # the person stopped it; it is not begun by itself again
            self._set(OFFERED)
        else:
            raise ModelError(download.problem, code=download.code or "download_failed", hint=download.hint)

    def _give_roles(self, model_id: str) -> None:
        self._agreed = False
        self._set_roles(model_id)
        self._be_ready(model_id)

    def _set_roles(self, model_id: str) -> None:
        """All three roles, unless the person has given one meanwhile; no other is offered any more."""
        self._keep_answer(CLOSED)
        if self._is_open():
            for role in ROLES:
                self._settings.set(f"models.{role}", model_id)
            self._journal.append(events.SETTINGS_CHANGED, "", {"keys": [f"models.{role}" for role in ROLES]})
            log.info("%s has the roles", model_id)

    def _be_ready(self, model_id: str) -> None:
        self._model = model_id
        self._set(READY)

    def _is_known(self) -> bool:
        """Whether it need not be looked for again: what failed is tried again after a while, what a setting forbade at once."""
        if self._state == FAILED and self._problem is not None:
            return self._problem.code != "local_only" and time.monotonic() - self._looked < AGAIN_SECONDS
        return self._state == OFFERED

    def _is_open(self) -> bool:
        """Whether the roles are as they came, the starter's, or given to a model that is not here and for which none stands in."""
        planner = str(self._settings["models.planner"])
        if planner != STARTER and not self._pool.is_here(planner):
            return self._pool.stand_in(planner) == STARTER
        return all(self._settings[f"models.{role}"] == setting_of(f"models.{role}").default for role in ROLES)

    def _fail(self, error: DeskhandError) -> None:
        log.info("no model that talks: %s", error.message)
        self._problem = error
        if error.code in LASTING and self._settings["models.wanted"]:  # what was named never comes: the best one is offered again
            self._agreed = False
            self._keep_answer(OPEN)
        self._set(FAILED)

    def _set(self, state: str) -> None:
        self._state = state
        self._changed.set()

    async def _wait_for_change(self, seconds: float) -> None:
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)
