"""The device's side: takes work from its hub, does it as runs of its own, and reports.

Each piece of work is written down before it is acknowledged, asks the hub whether it is still wanted before it begins, and is a run like any other: journalled, held to
this machine's own rules, resumed after a crash, undone here. Results wait in the same table until the hub has them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from core.approvals import Approvals
from core.clock import Clock
from core.devices.beats import Beats
from core.devices.link import Link, LinkDown, ask_subject, done_subject, packed, unpacked
from core.devices.outbox import HUB, RETRY_SECONDS, Outbox
from core.devices.store import Duties
from core.devices.transfer import Exchange
from core.devices.wire import number_in
from core.errors import DeskhandError, NotFound, StorageError, ToolError
from core.execution.run_state import RUN_TERMINAL
from core.ids import new_id
from core.run_service import RunService

if TYPE_CHECKING:
    from core.devices.moving import Moving

log = logging.getLogger("deskhand.member")
STOP_SECONDS = 8.0
MOST_SECONDS = 30 * 86_400.0  # of a piece of work


class Member:
    """Loop thread only. ``own`` gives this machine's card, ``state`` how it is doing; ``at_once`` how many pieces of work may run side by side."""

    def __init__(
        self,
        duties: Duties,
        exchange: Exchange,
        runs: RunService,
        approvals: Approvals,
        clock: Clock,
        own: Callable[[], dict[str, Any]],
        state: Callable[[], dict[str, Any]],
        at_once: int,
    ) -> None:
        self.duties, self.exchange, self._runs, self._approvals, self._clock = duties, exchange, runs, approvals, clock
        self.link: Link | None = None
        self.moving: Moving | None = None  # set by who makes both
        self.id = ""
        self._gate = asyncio.Semaphore(at_once)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._outbox = Outbox(duties, exchange, runs, self._put)
        self._beats = Beats(duties, approvals, clock, own, state, self._ask, self._cancel)
        runs.ended.append(self._outbox.run_ended)
        runs.parked.append(lambda run_id: self._beats.wake())

    async def start(self, link: Link, device_id: str) -> None:
        """Begin to work for the hub at the other end of ``link``."""
        from core.devices.link import WORK, tell_subject

        self.link, self.id = link, device_id
        self._beats.begin()
        await link.answer(tell_subject(device_id), self._told)
        link.take(WORK, device_id, self._given)
        self._keep("beats", self._beats.beating())
        self._keep("outbox", self._outbox.sending())
        for duty in self.duties.in_state("taken", "started"):
            self._go_on(duty)

    def _go_on(self, duty: dict[str, Any]) -> None:
        """After a start: what was begun goes on by itself as a run; what ended without a word is told; the rest begins."""
        if duty["state"] == "taken":
            self._keep(duty["id"], self._begin(duty))
            return
        try:
            row = self._runs.runs.get(duty["run_id"])
        except NotFound:
            self._outbox.end(duty["id"], {"status": "failed", "error": {"code": "interrupted", "message": "It was lost before it began."}})
            return
        if row["status"] in RUN_TERMINAL and row["finished_at"]:
            self._outbox.run_ended(duty["run_id"], row["result"] or {"status": row["status"]})

    def reconnected(self) -> None:
        """The line is back: a beat and the outbox, now."""
        self._beats.wake()
        self._outbox.wake()

    async def stop(self) -> None:
        """Let go; runs are the run service's to stop."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
        if self.link is not None:
            await self.link.close()
            self.link = None

    def _keep(self, name: str, work: Any) -> None:
        task = asyncio.create_task(work, name=f"duty {name}")
        self._tasks[name] = task
        task.add_done_callback(lambda done: self._over(name, done))

    def _over(self, name: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(name) is task:
            del self._tasks[name]
        if not task.cancelled() and (error := task.exception()):
            log.error("%s failed", name, exc_info=error)

    async def _ask(self, message: dict[str, Any], seconds: float = 5.0) -> dict[str, Any]:
        if self.link is None:
            raise LinkDown()
        answer = unpacked(await self.link.ask(ask_subject(self.id), packed(message), seconds))
        if "error" in answer:
            raise LinkDown(str(answer.get("message", "")))
        return answer

    async def ask_bytes(self, body: bytes, seconds: float) -> bytes:
        """A question to the hub as it stands, for pieces of files."""
        if self.link is None:
            raise LinkDown()
        return await self.link.ask(ask_subject(self.id), body, seconds)

    async def _put(self, body: bytes, name: str) -> None:
        if self.link is None:
            raise LinkDown()
        await self.link.put(done_subject(self.id), body, name)

    # -- work comes in ------------------------------------------------------------------------------------------------

    async def _given(self, subject: str, body: bytes) -> None:
        payload = unpacked(body)
        duty_id = str(payload.get("id", ""))[:200]
        if duty_id and self.duties.take(duty_id, payload, new_id("run")):
            duty = self.duties.get(duty_id)
            assert duty is not None
            self._keep(duty_id, self._begin(duty))

    async def _begin(self, duty: dict[str, Any]) -> None:
        """Start it; where nothing can be written, again a little later."""
        while True:
            try:
                await self._begin_once(duty)
                return
            except StorageError as error:
                log.warning("%s waits: %s", duty["id"], error.message)
                await self._clock.sleep(RETRY_SECONDS)

    async def _begin_once(self, duty: dict[str, Any]) -> None:
        """Wait for a place, ask whether it is still wanted, and start it as a run."""
        async with self._gate:
            if not await self._wanted(duty["id"]):
                self.duties.drop(duty["id"])
                return
            if duty["payload"].get("kind"):
                await self._move(duty)
                return
            try:
                if not self._exists(duty["run_id"]):
                    self._runs.start(self._request(duty), duty["run_id"])
                self.duties.start(duty["id"])
            except StorageError:
                raise
            except DeskhandError as error:
                if error.code == "stopping":
                    return
                self._outbox.end(duty["id"], {"status": "failed", "error": error.to_json()})
                return
            with contextlib.suppress(TimeoutError, NotFound, StorageError):
                await self._runs.wait(duty["run_id"])

    async def _move(self, duty: dict[str, Any]) -> None:
        """A conversation comes or goes; no run is needed for that."""
        assert self.moving is not None
        workspace = (self.duties.membership() or {}).get("workspace", "")
        try:
            result = await self.moving.ordered(duty["payload"], workspace, self.ask_bytes, HUB)
        except (ToolError, DeskhandError) as error:
            result = {"status": "failed", "error": {"code": error.code, "message": error.message, "hint": ""}}
        except (KeyError, TypeError, ValueError):
            result = {"status": "failed", "error": {"code": "bad_message", "message": "That cannot be read.", "hint": ""}}
        self._outbox.end(duty["id"], result)

    async def _wanted(self, duty_id: str) -> bool:
        while True:
            try:
                return bool((await self._ask({"op": "claim", "id": duty_id})).get("go"))
            except LinkDown:
                await self._clock.sleep(RETRY_SECONDS)

    def _exists(self, run_id: str) -> bool:
        try:
            self._runs.runs.get(run_id)
        except NotFound:
            return False
        return True

    def _request(self, duty: dict[str, Any]) -> dict[str, Any]:
        payload, member = duty["payload"], self.duties.membership() or {}
        approve = payload.get("approve")
        return {
            "text": str(payload.get("text") or payload.get("said") or "Work for the hub"), "workspace": member.get("workspace", ""),
            "approve": approve if approve in ("ask", "none", "safe", "all") else "none", "timeout_s": number_in(payload.get("timeout_s"), MOST_SECONDS),
            "given": payload.get("steps"), "title": f"{member.get('hub', 'hub')}: {payload.get('said', '')}"[:200],
            "remote": {"duty": duty["id"], "hub": member.get("hub", ""), "rights": member.get("rights", []), "waits": bool(payload.get("waits")), "tainted": bool(payload.get("tainted"))},
        }  # fmt: skip

    def bound(self, request: dict[str, Any]) -> dict[str, Any]:
        """What a hub had put off, as it may be done now: in the folder and with the rights that it has here, never with more than it had then; with none where it is not our hub any more."""
        remote = request["remote"]
        if not remote.get("duty"):  # an agent's, which has no membership
            return request
        member = self.duties.membership() or {}
        is_ours = bool(member) and member.get("hub", "") == remote.get("hub", "")
        rights = [right for right in remote.get("rights", ()) if is_ours and right in member.get("rights", ())]
        return request | {"workspace": member["workspace"] if is_ours else request["workspace"], "remote": {**remote, "rights": rights, "waits": False}}

    # -- what the hub asks --------------------------------------------------------------------------------------------

    def _cancel(self, duty_id: str, why: str) -> None:
        duty = self.duties.get(duty_id)
        if duty is None:
            return
        if duty["state"] == "taken":
            self.duties.drop(duty_id)
            if task := self._tasks.get(duty_id):
                task.cancel()
        elif duty["state"] == "started":
            with contextlib.suppress(NotFound):
                self._runs.cancel(duty["run_id"], why)

    async def _told(self, subject: str, body: bytes) -> bytes:
        message = unpacked(body)
        match message.get("op"):
            case "piece":
                return await self.exchange.piece(HUB, message)
            case "look":  # the hub is back and does not know yet who is there
                self.reconnected()
                return packed({"ok": True})
            case "answer":
                self._beats.answer(str(message.get("approval")), str(message.get("decision")))
                return packed({"ok": True})
            case "stop":
                return packed({"ended": await self._stopped(str(message.get("id")))})
            case "undo":
                duty = self.duties.get(str(message.get("id")))
                if duty is None:
                    raise DeskhandError("That is not known here.", code="not_found")
                return packed({"changes": (await self._runs.undo(duty["run_id"]))["changes"]})
        raise DeskhandError("That is not known here.", code="bad_message")

    async def _stopped(self, duty_id: str) -> bool:
        """Stop it and wait until it is over."""
        self._cancel(duty_id, "The hub stopped it.")
        duty = self.duties.get(duty_id)
        if duty is None or duty["state"] in ("dropped", "ended"):
            return True
        try:
            await self._runs.wait(duty["run_id"], STOP_SECONDS)
        except (TimeoutError, NotFound):
            return False
        return True
