"""The device's side: takes work from its hub, does it as runs of its own, and reports.

Each piece of work is written down before it is acknowledged, asks the hub whether it is still wanted before it begins, and is a run like any other: journalled, held to
this machine's own rules, resumed after a crash, undone here. Results wait in the same table until the hub has them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.approvals import Approvals
from core.clock import Clock
from core.devices import card
from core.devices.hub import BEAT_SECONDS
from core.devices.link import MOST_BYTES, Link, LinkDown, ask_subject, done_subject, packed, unpacked
from core.devices.store import Duties
from core.devices.transfer import Exchange
from core.errors import DeskhandError, NotFound, StorageError, ToolError
from core.ids import new_id
from core.pipeline.state import RUN_TERMINAL, RunState
from core.run_service import RunService

if TYPE_CHECKING:
    from core.devices.moving import Moving

log = logging.getLogger("deskhand.member")
HUB = "hub"  # the peer's name in the list of offered files
RETRY_SECONDS = 0.5
STOP_SECONDS = 8.0


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
        self._own, self._state = own, state
        self.link: Link | None = None
        self.moving: Moving | None = None  # set by who makes both
        self.id = ""
        self._gate = asyncio.Semaphore(at_once)
        self._wake, self._outbox = asyncio.Event(), asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._known_card = ""
        self._leased_until = float("-inf")
        runs.ended.append(self._ended)
        runs.parked.append(lambda run_id: self._wake.set())

    async def start(self, link: Link, device_id: str) -> None:
        """Begin to work for the hub at the other end of ``link``."""
        from core.devices.link import WORK, tell_subject

        self.link, self.id, self._known_card = link, device_id, ""
        await link.answer(tell_subject(device_id), self._told)
        link.take(WORK, device_id, self._given)
        self._keep("beats", self._beats())
        self._keep("outbox", self._sending())
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
            self.duties.end(duty["id"], {"status": "failed", "error": {"code": "interrupted", "message": "It was lost before it began."}})
            return
        if row["status"] in RUN_TERMINAL and row["finished_at"]:
            self._ended(duty["run_id"], row["result"] or {"status": row["status"]})

    def reconnected(self) -> None:
        """The line is back: a beat and the outbox, now."""
        self._wake.set()
        self._outbox.set()

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
                self.duties.end(duty["id"], {"status": "failed", "error": error.to_json()})
                self._outbox.set()
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
        self.duties.end(duty["id"], result)
        self._outbox.set()

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
            "approve": approve if approve in ("ask", "none", "safe", "all") else "none", "timeout_s": payload.get("timeout_s"),
            "given": payload.get("steps"), "title": f"{member.get('hub', 'hub')}: {payload.get('said', '')}"[:200],
            "remote": {"duty": duty["id"], "hub": member.get("hub", ""), "rights": member.get("rights", []), "waits": bool(payload.get("waits")), "tainted": bool(payload.get("tainted"))},
        }  # fmt: skip

    # -- results go out -----------------------------------------------------------------------------------------------

    def _ended(self, run_id: str, result: dict[str, Any]) -> None:
        """In the transaction that records the end of a run: its result goes into the outbox."""
        duty = self.duties.of_run(run_id)
        if duty is None or duty["state"] == "ended":
            return
        state, _ = self._runs.snapshot(run_id)
        self.duties.end(duty["id"], self._result(state, result))
        self._outbox.set()

    def _result(self, state: RunState, result: dict[str, Any]) -> dict[str, Any]:
        last = state.plan.steps[-1].id if state.plan and state.plan.steps else ""
        step = state.steps.get(last)
        failed = next((one.error for one in state.steps.values() if one.status == "failed" and one.error), None)
        kept = {key: result.get(key) for key in ("status", "answer", "error", "undoable")}
        kept["error"] = kept["error"] or failed
        kept |= {
            "run_id": state.run_id,
            "value": step.value if step else None,
            "text": step.text if step else "",
            "tainted": bool(step and step.tainted),
            "artifacts": self._made(state),
        }
        kept["steps"] = [{key: row.get(key) for key in ("id", "tool", "status", "verified", "error")} for row in result.get("steps", ())]
        return kept

    def _made(self, state: RunState) -> list[dict[str, Any]]:
        """Files that the run wrote and that are there: the hub may fetch them by their hash."""
        found: dict[str, dict[str, Any]] = {}
        for step in state.steps.values():
            for change in (step.intent or {}).get("changes", ()) if step.status == "done" else ():
                if change.get("kind") == "put" and change.get("after"):
                    with contextlib.suppress(OSError):
                        status = Path(change["path"]).stat()
                        found[change["path"]] = {"digest": change["after"], "bytes": status.st_size, "name": Path(change["path"]).name, "path": change["path"]}
                        self.exchange.offers.add(HUB, change["after"], change["path"], status.st_size, status.st_mtime_ns)
        return list(found.values())[:200]

    async def _sending(self) -> None:
        """Everything in the outbox, oldest first, again and again until the broker has it."""
        while True:
            self._outbox.clear()
            try:
                for duty in self.duties.unsent():
                    await self._send(duty)
            except (LinkDown, StorageError, OSError) as error:
                log.info("results wait in the outbox: %s", error)
            pause = RETRY_SECONDS if self.duties.unsent() else BEAT_SECONDS * 12
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._outbox.wait(), pause)

    async def _send(self, duty: dict[str, Any]) -> None:
        body = packed({"id": duty["id"], "result": duty["result"]})
        if len(body) > MOST_BYTES:
            path = self.exchange.folder / f"result-{duty['run_id']}.json"
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_bytes(body)
            offered = await self.exchange.offer(HUB, path)
            body = packed({"id": duty["id"], "digest": offered["digest"], "bytes": offered["bytes"]})
        if self.link is None:
            raise LinkDown()
        await self.link.put(done_subject(self.id), body, duty["id"])
        self.duties.sent(duty["id"])

    # -- beats --------------------------------------------------------------------------------------------------------

    async def _beats(self) -> None:
        while True:
            self._wake.clear()
            sent = self._clock.monotonic()
            try:
                self._heard(await self._ask(self._beat()), sent)
            except LinkDown:
                with contextlib.suppress(StorageError):  # what could not be written down was stopped all the same
                    self._check_lease()
            except DeskhandError as error:
                log.warning("the hub does not take the beat: %s", error.message)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), BEAT_SECONDS)

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
                asking.setdefault(row["run_id"], []).append({key: row.get(key) for key in ("id", "kind", "tool", "args", "risk", "why", "preview", "scopes", "tainted")})
        return [{"id": duty["id"], "asks": asking.get(duty["run_id"], [])} for duty in self.duties.in_state("taken", "started")]

    def _heard(self, reply: dict[str, Any], sent: float) -> None:
        self._leased_until = sent + min(float(reply.get("lease_s") or 0), 3600.0)
        self._known_card = str(reply.get("card", ""))
        for duty_id in reply.get("stop") or ():
            self._cancel(str(duty_id), "The hub does not want it any more.")
        for approval, decision in (reply.get("answers") or {}).items():
            self._answer(str(approval), str(decision))

    def _check_lease(self) -> None:
        """Work that another machine may have been given by now ends here before that can happen."""
        if self._clock.monotonic() < self._leased_until or self._leased_until == float("-inf"):
            return
        for duty in self.duties.in_state("taken", "started"):
            if duty["payload"].get("away") == "elsewhere":
                self._cancel(duty["id"], "The hub could not be reached for longer than the lease.")

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

    def _answer(self, approval: str, decision: str) -> None:
        """The person answered on the hub. Only questions of the hub's own work, and none that is for this machine's owner alone."""
        with contextlib.suppress(DeskhandError):
            row = self._approvals.get(approval)
            if row["state"] == "pending" and not row.get("here_only") and self.duties.of_run(row["run_id"]) and decision in ("once", "no"):
                self._approvals.answer(approval, decision, by="hub")

    # -- what the hub asks --------------------------------------------------------------------------------------------

    async def _told(self, subject: str, body: bytes) -> bytes:
        message = unpacked(body)
        match message.get("op"):
            case "piece":
                return await self.exchange.piece(HUB, message)
            case "look":  # the hub is back and does not know yet who is there
                self.reconnected()
                return packed({"ok": True})
            case "answer":
                self._answer(str(message.get("approval")), str(message.get("decision")))
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
