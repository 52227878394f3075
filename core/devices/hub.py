"""The hub's side of working with devices: who is there, giving work out, waiting for it through breaks of the line, passing questions on.

What is given out stands in the database before it is sent and until its end is known, so a core that is killed goes on waiting where it was. A device that does not
answer for longer than its lease has lost it: its work is waited for, or given to another, as the step says; a result that comes after that counts for nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from core import events
from core.clock import Clock
from core.devices import card, codes
from core.devices.link import Link, LinkDown, device_of, packed, tell_subject, unpacked, work_subject
from core.devices.store import Assignments, Devices, Offers
from core.devices.transfer import Exchange
from core.devices.wire import rows_in
from core.errors import DeskhandError, NotFound, ToolDenied, ToolFailed
from core.journal import Journal

log = logging.getLogger("deskhand.hub")
BEAT_SECONDS = 5.0
MISSED_BEATS = 3
LEASE_SECONDS = 30.0
STOP_SECONDS = 10.0  # how long a device may take to end what it was told to stop
Question = Callable[[dict[str, Any]], Awaitable[str]]


@dataclass(slots=True)
class Presence:
    """What is known of a device right now. ``heard`` is the clock's monotonic time of its last beat."""

    heard: float = float("-inf")
    online: bool = False
    live: dict[str, Any] = field(default_factory=dict)
    answered: dict[str, str] = field(default_factory=dict)  # questions of its that were decided here
    questions: dict[str, asyncio.Task[None]] = field(default_factory=dict)


async def nobody(data: dict[str, Any]) -> str:
    """Answers the questions of work that nobody is to be asked about."""
    return "no"


@dataclass(frozen=True, slots=True)
class Order:
    """A step for a device. ``payload`` has ``text`` or ``steps``, and ``said``, ``approve``, ``waits``, ``tainted``, ``timeout_s``, ``away``."""

    device: str
    run_id: str
    step_id: str
    attempt: int
    payload: dict[str, Any]
    cancelled: Callable[[], bool]
    question: Question

    @property
    def id(self) -> str:
        """The idempotency key: the same attempt is the same work, however often it is sent."""
        return f"{self.run_id}.{self.step_id}.{self.attempt}"


class Hub:
    """Loop thread only. ``link`` is there once the first device was invited."""

    def __init__(self, devices: Devices, assignments: Assignments, offers: Offers, exchange: Exchange, journal: Journal, clock: Clock, name: str) -> None:
        self.devices, self.assignments, self.offers, self.exchange = devices, assignments, offers, exchange
        self._journal, self._clock, self.name = journal, clock, name
        self.link: Link | None = None
        self.print_ = b""  # the fingerprint of the broker's certificate
        self.admit: Callable[[str], Awaitable[None]] | None = None  # lets a new device in, at the broker
        self.is_kept_here: Callable[[str], bool] = lambda name: False  # whether nothing may go to a device now, which is then noted down
        self.is_key: Callable[[str], bool] = lambda key: False
        self.agents: set[str] = {row["id"] for row in devices.all() if row["agent"]}
        self._presence: dict[str, Presence] = {}
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._orders: dict[str, Order] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # -- who is there -------------------------------------------------------------------------------------------------

    def presence(self, device_id: str) -> Presence:
        return self._presence.setdefault(device_id, Presence())

    def online(self, device_id: str) -> bool:
        """Whether it was heard lately; an agent of another make says nothing by itself, and counts as there."""
        if device_id in self.agents:
            return True
        return self._clock.monotonic() - self.presence(device_id).heard < BEAT_SECONDS * MISSED_BEATS

    def look(self) -> None:
        """Tell of devices that came or went. Called every beat or so."""
        for row in self.devices.machines():
            known = self.presence(row["id"])
            if known.online != (now := self.online(row["id"])):
                known.online = now
                self._journal.append(events.DEVICE_CHANGED, "", {"device": row["name"], "online": now})

    def forget(self, device_id: str) -> None:
        """It was removed: its questions are nobody's any more."""
        for task in self._presence.pop(device_id, Presence()).questions.values():
            task.cancel()

    def shown(self, row: dict[str, Any]) -> dict[str, Any]:
        """A device as the API shows it."""
        known = self.presence(row["id"])
        return {
            "id": row["id"], "name": row["name"], "online": self.online(row["id"]), "words": row["words"], "paired_at": row["paired_at"], "seen_at": row["seen_at"],
            "agent": row["agent"], "card": row["card"], "live": known.live, "said": card.agent_in_words(row["card"]) if row["agent"] else card.in_words(row["card"]), "open": self.assignments.open_on(row["id"]),
        }  # fmt: skip

    # -- pairing ------------------------------------------------------------------------------------------------------

    async def pair(self, subject: str, body: bytes) -> bytes:
        """Somebody holds an invitation and wants to be let in."""
        asked = unpacked(body)
        key, name = str(asked.get("key", "")), str(asked.get("name", ""))[:80]
        if not self.is_key(key):
            raise DeskhandError("That is no key.", code="bad_key")
        words = codes.words(self.print_, key)
        row = self.devices.pair(device_of(subject), name, key, words)
        self.devices.keep_card(row["id"], card.received(asked.get("card")), "")
        assert self.admit is not None
        await self.admit(row["id"])
        self._journal.append(events.DEVICE_CHANGED, "", {"device": row["name"], "paired": True, "words": words})
        return packed({"id": row["id"], "name": row["name"], "hub": self.name, "words": words})

    # -- what devices ask ---------------------------------------------------------------------------------------------

    async def asked(self, subject: str, body: bytes) -> bytes:
        """A question from the device that the subject names; it can speak of nothing but its own work."""
        row = self.devices.get(device_of(subject))
        asked = unpacked(body)
        match asked.get("op"):
            case "beat":
                return packed(self._beat(row, asked))
            case "claim":
                return packed({"go": self.assignments.claim(str(asked.get("id")), row["id"])})
            case "piece":
                self._require_leave(row["name"])
                return await self.exchange.piece(row["id"], asked)
        raise DeskhandError("That is not known here.", code="bad_message")

    def _beat(self, row: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
        known = self.presence(row["id"])
        known.heard, known.live = self._clock.monotonic(), card.received_live(asked.get("live"))
        if isinstance(asked.get("card"), dict):
            self.devices.keep_card(row["id"], card.received(asked["card"]), str(asked.get("digest", ""))[:40])
        if not known.online:
            known.online = True
            self.devices.seen(row["id"])
            self._journal.append(events.DEVICE_CHANGED, "", {"device": row["name"], "online": True})
        duties = rows_in(asked.get("duties"))
        self._questions(row, known, duties)
        digest = self.devices.get(row["id"])["card_digest"]
        stop = self.assignments.unwanted(row["id"], [str(duty.get("id")) for duty in duties])
        return {"lease_s": LEASE_SECONDS, "card": digest, "stop": stop, "answers": known.answered}

    def _questions(self, row: dict[str, Any], known: Presence, duties: list[dict[str, Any]]) -> None:
        """Ask here what waits there; take back what was answered there."""
        asking: dict[str, tuple[str, dict[str, Any]]] = {}
        for duty in duties:
            for question in rows_in(duty.get("asks")):
                if isinstance(question.get("id"), str):
                    asking[question["id"][:80]] = (str(duty.get("id")), question)
        for gone in set(known.questions) - set(asking):
            known.questions.pop(gone).cancel()
        known.answered = {key: value for key, value in known.answered.items() if key in asking}
        for key, (assignment, question) in asking.items():
            order = self._orders.get(assignment)
            if key not in known.questions and key not in known.answered and order is not None and order.device == row["name"]:
                known.questions[key] = asyncio.create_task(self._question(row["id"], key, order, question), name=f"question of {row['name']}")

    async def _question(self, device_id: str, key: str, order: Order, question: dict[str, Any]) -> None:
        decision = await order.question(question)
        self.presence(device_id).answered[key] = decision
        with contextlib.suppress(LinkDown):  # it is told again with the next beat
            await self._tell(device_id, {"op": "answer", "approval": key, "decision": decision}, 5)

    # -- results ------------------------------------------------------------------------------------------------------

    async def came(self, subject: str, body: bytes) -> None:
        """What became of some work. Only the first result of the device that it was given to counts."""
        device_id, message = device_of(subject), unpacked(body)
        try:
            row = self.devices.get(device_id)
        except NotFound:
            return  # removed since
        if "digest" in message:
            message = await self._long(row["id"], message)
        assignment, result = str(message.get("id")), message.get("result")
        if not isinstance(result, dict):
            return
        if not self.assignments.end(assignment, row["id"], result):
            self._too_late(row["id"], assignment, result)
            return
        waiting = self._waiting.get(assignment)
        if waiting is not None and not waiting.done():
            waiting.set_result(result)

    def _too_late(self, device_id: str, assignment: str, result: dict[str, Any]) -> None:
        """Another machine was given this meanwhile: what the late one still did is taken back there, so that nothing is done twice."""
        with contextlib.suppress(NotFound):
            kept = self.assignments.get(assignment)
            if kept["state"] == "lapsed" and kept["device_id"] == device_id and result.get("status") == "done" and result.get("undoable"):
                self._keep(self._taken_back(assignment))

    async def _taken_back(self, assignment: str) -> None:
        try:
            await self.undo(assignment)
        except DeskhandError as error:
            log.warning("%s was done twice, and could not be taken back: %s", assignment, error.message)

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _long(self, device_id: str, message: dict[str, Any]) -> dict[str, Any]:
        """A result too long for a message comes as a file."""
        try:
            path = await self.fetch(device_id, str(message["digest"]), int(message.get("bytes", 0)), 20)
            return unpacked(path.read_bytes())
        except (ToolFailed, OSError, ValueError, TypeError) as error:
            if getattr(error, "retryable", False):
                raise LinkDown() from error
            return {"id": message.get("id"), "result": {"status": "failed", "error": {"code": "damaged", "message": "Its result did not arrive whole."}}}

    # -- giving out ---------------------------------------------------------------------------------------------------

    async def perform(self, order: Order) -> dict[str, Any]:
        """The result of a step on a device, when it is done there; waits through breaks. Raises :class:`ToolError`: ``device_away``, ``timeout``, ``device_removed``."""
        row = self.device(order.device)
        self._require_leave(row["name"])
        kept = self.assignments.add(order.id, row["id"], order.run_id, order.step_id, order.payload)
        if kept["state"] == "ended":
            return dict(kept["result"])
        if kept["state"] in ("lapsed", "stopped"):
            raise ToolFailed(f"{order.device} was given up on for this.", code="device_away")
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[order.id], self._orders[order.id] = future, order
        try:
            return await self._result(row, order, future)
        except asyncio.CancelledError:
            if order.cancelled():
                await asyncio.shield(self._stop(row["id"], order.id))
            raise  # else this core is going down, and goes on waiting when it is back
        finally:
            self._waiting.pop(order.id, None)
            self._orders.pop(order.id, None)

    def _require_leave(self, name: str) -> None:
        """The broker is a program of this machine that passes on what it gets: what is to stay here must not come to it. Raises :class:`ToolDenied`."""
        if self.is_kept_here(name):
            raise ToolDenied("Refused: local only, nothing may leave this machine.")

    def unclaimed(self, assignment: str) -> bool:
        """Whether a device can not have begun this, and will not any more."""
        self.assignments.close(assignment, "stopped") if self.assignments.get(assignment)["state"] == "open" else None
        kept = self.assignments.get(assignment)
        return (kept["state"] == "stopped" and not kept["claimed"]) or (kept["state"] == "ended" and kept["result"].get("status") != "done")

    def device(self, name: str) -> dict[str, Any]:
        """A paired device. Raises :class:`ToolFailed`."""
        try:
            return self.devices.get(name)
        except NotFound as error:
            raise ToolFailed(error.message, code="device_removed") from error

    async def _result(self, row: dict[str, Any], order: Order, future: asyncio.Future[dict[str, Any]]) -> dict[str, Any]:
        began = self._clock.monotonic()
        limit = float(order.payload.get("timeout_s") or 86_400.0)
        body = packed({"id": order.id, "generation": 1, **order.payload})
        sent = False
        while True:
            if not sent:
                with contextlib.suppress(LinkDown):
                    await self._put(row["id"], body, order.id)
                    sent = True
            done, _ = await asyncio.wait([future], timeout=BEAT_SECONDS / 5)
            if done:
                return future.result()
            if order.cancelled():
                raise asyncio.CancelledError  # asked for while the message went out: `wait_for` before Python 3.12 swallows one that comes together with its answer
            self.device(row["id"])  # removed meanwhile: that is the end of it
            if self._clock.monotonic() - began > limit + BEAT_SECONDS:
                await self._stop(row["id"], order.id)
                raise ToolFailed(f"{order.device} took longer than allowed.", code="timeout")
            away = self._clock.monotonic() - max(self.presence(row["id"]).heard, began)
            if order.payload.get("away") == "elsewhere" and away > LEASE_SECONDS + BEAT_SECONDS:
                self.assignments.close(order.id, "lapsed")
                raise ToolFailed(f"{order.device} has been away for {away:.0f} s.", code="device_away")

    async def _put(self, device_id: str, body: bytes, key: str) -> None:
        if self.link is None:
            raise LinkDown()
        await self.link.put(work_subject(device_id), body, key)

    async def _stop(self, device_id: str, assignment: str) -> None:
        """Not wanted any more: it is ended there before this returns, where the device can be reached; else when it is back, or by its own deadline."""
        self.assignments.close(assignment, "stopped")
        with contextlib.suppress(LinkDown, DeskhandError):
            await self._tell(device_id, {"op": "stop", "id": assignment}, STOP_SECONDS)

    async def _tell(self, device_id: str, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        if self.link is None:
            raise LinkDown()
        return unpacked(await self.link.ask(tell_subject(device_id), packed(message), seconds))

    # -- files --------------------------------------------------------------------------------------------------------

    async def fetch(self, device: str, digest: str, size: int, seconds: float) -> Any:
        """Content that a device offered; returns where it is kept. Raises :class:`ToolFailed`."""
        row = self.device(device)

        async def ask(body: bytes, within: float) -> bytes:
            if self.link is None:
                raise LinkDown()
            return await self.link.ask(tell_subject(row["id"]), body, within)

        return await self.exchange.fetch(digest, size, ask, seconds)

    async def undo(self, assignment: str) -> list[dict[str, Any]]:
        """Take back what a device changed for a step. Raises :class:`DeskhandError`."""
        kept = self.assignments.get(assignment)
        answer = await self._tell(kept["device_id"], {"op": "undo", "id": assignment}, 60)
        if "error" in answer:
            raise DeskhandError(str(answer.get("message", "")), code=str(answer["error"]))
        return [row for row in answer.get("changes") or () if isinstance(row, dict)]


def outcome(result: dict[str, Any], device: str) -> dict[str, Any]:
    """A result that can be used. Raises what the device's run ended with, as a tool's error."""
    status, error = result.get("status"), result.get("error") if isinstance(result.get("error"), dict) else {}
    message = str((error or {}).get("message") or result.get("answer") or "no reason was given")[:2000]
    if status == "done":
        return result
    if status == "refused":
        raise ToolDenied(f"{device}: {message}")
    code = str((error or {}).get("code") or "failed_there")
    raise ToolFailed(f"{device}: {message}", code=code if code != "denied" else "failed_there")
