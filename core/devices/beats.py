"""The device's beat: how it is doing, what it is at, which questions wait; and what the hub says to that, its lease above all."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from core.approvals import Approvals
from core.clock import Clock
from core.devices import card
from core.devices.hub import BEAT_SECONDS
from core.devices.link import LinkDown
from core.devices.store import Duties
from core.devices.wire import number_in, object_in, texts_in
from core.errors import DeskhandError, StorageError

log = logging.getLogger("deskhand.member")
LONGEST_LEASE = 3600.0  # seconds, whatever the hub says
ASKED = ("id", "kind", "tool", "args", "risk", "why", "preview", "scopes", "tainted")  # of a question, what the hub gets to see
Ask = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class Beats:
    """``own`` gives this machine's card, ``state`` how it is doing; ``ask`` asks the hub; ``cancel`` ends a piece of work, and says why."""

    def __init__(
        self,
        duties: Duties,
        approvals: Approvals,
        clock: Clock,
        own: Callable[[], dict[str, Any]],
        state: Callable[[], dict[str, Any]],
        ask: Ask,
        cancel: Callable[[str, str], None],
    ) -> None:
        self._duties, self._approvals, self._clock = duties, approvals, clock
        self._own, self._state, self._ask, self._cancel = own, state, ask, cancel
        self._news = asyncio.Event()
        self._known_card = ""
        self._leased_until = float("-inf")

    def wake(self) -> None:
        """Beat now."""
        self._news.set()

    def begin(self) -> None:
        """A new hub, or the same one anew: it does not know this machine's card."""
        self._known_card = ""

    async def beating(self) -> None:
        """Until it is cancelled."""
        while True:
            self._news.clear()
            sent = self._clock.monotonic()
            try:
                self._heard(await self._ask(self._beat()), sent)
            except LinkDown:
                with contextlib.suppress(StorageError):  # what could not be written down was stopped all the same
                    self._check_lease()
            except DeskhandError as error:
                log.warning("the hub does not take the beat: %s", error.message)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), BEAT_SECONDS)

    def _beat(self) -> dict[str, Any]:
        own = self._own()
        digest = card.digest(own)
        message: dict[str, Any] = {"op": "beat", "live": self._state(), "duties": self._open()}
        if digest != self._known_card:
            message |= {"card": own, "digest": digest}
        return message

    def _open(self) -> list[dict[str, Any]]:
        """What is under way, with the questions that wait."""
        asking: dict[str, list[dict[str, Any]]] = {}
        for row in self._approvals.pending():
            if not row.get("here_only"):
                asking.setdefault(row["run_id"], []).append({key: row.get(key) for key in ASKED})
        return [{"id": duty["id"], "asks": asking.get(duty["run_id"], [])} for duty in self._duties.in_state("taken", "started")]

    def _heard(self, reply: dict[str, Any], sent: float) -> None:
        self._leased_until = sent + (number_in(reply.get("lease_s"), LONGEST_LEASE) or 0.0)
        self._known_card = str(reply.get("card", ""))
        for duty_id in texts_in(reply.get("stop")):
            self._cancel(duty_id, "The hub does not want it any more.")
        for approval, decision in object_in(reply.get("answers")).items():
            self.answer(str(approval), str(decision))

    def _check_lease(self) -> None:
        """Work that another machine may have been given by now ends here before that can happen."""
        if self._clock.monotonic() < self._leased_until or self._leased_until == float("-inf"):
            return
        for duty in self._duties.in_state("taken", "started"):
            if duty["payload"].get("away") == "elsewhere":
                self._cancel(duty["id"], "The hub could not be reached for longer than the lease.")

    def answer(self, approval: str, decision: str) -> None:
        """The person answered on the hub. Only questions of the hub's own work, and none that is for this machine's owner alone."""
        with contextlib.suppress(DeskhandError):
            row = self._approvals.get(approval)
            if row["state"] == "pending" and not row.get("here_only") and self._duties.of_run(row["run_id"]) and decision in ("once", "no"):
                self._approvals.answer(approval, decision, by="hub")
