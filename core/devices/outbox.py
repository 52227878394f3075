"""The device's outbox: results wait in the table of its duties until the hub has them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from core.devices.hub import BEAT_SECONDS
from core.devices.link import MOST_BYTES, LinkDown, packed
from core.devices.store import Duties
from core.devices.transfer import Exchange
from core.errors import StorageError
from core.execution.run_state import RunState
from core.gate.places import under
from core.run_service import RunService

log = logging.getLogger("deskhand.member")
HUB = "hub"  # the peer's name in the list of offered files
RETRY_SECONDS = 0.5
IDLE_BEATS = 12  # between looks when nothing waits
MOST_FILES = 200  # of one result


class Outbox:
    """``send`` puts a result (its bytes and its id) where the broker keeps it; it raises :class:`LinkDown`."""

    def __init__(self, duties: Duties, exchange: Exchange, runs: RunService, send: Callable[[bytes, str], Awaitable[None]]) -> None:
        self._duties, self._exchange, self._runs, self._put = duties, exchange, runs, send
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Look now."""
        self._news.set()

    def end(self, duty_id: str, result: dict[str, Any]) -> None:
        """A piece of work is over; its result goes out."""
        self._duties.end(duty_id, result)
        self._news.set()

    def run_ended(self, run_id: str, result: dict[str, Any]) -> None:
        """In the transaction that records the end of a run: its result goes into the outbox."""
        duty = self._duties.of_run(run_id)
        if duty is None or duty["state"] == "ended":
            return
        state, _ = self._runs.snapshot(run_id)
        self.end(duty["id"], self._result(state, result))

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
        root = os.path.realpath(str((self._duties.membership() or {}).get("workspace", "")))
        for step in state.steps.values():
            for change in (step.intent or {}).get("changes", ()) if step.status == "done" else ():
                if change.get("kind") == "put" and change.get("after") and under(os.path.realpath(change["path"]), root):  # its folder, whatever the owner let the run do elsewhere
                    with contextlib.suppress(OSError):
                        status = Path(change["path"]).stat()
                        found[change["path"]] = {"digest": change["after"], "bytes": status.st_size, "name": Path(change["path"]).name, "path": change["path"]}
                        self._exchange.offers.add(HUB, change["after"], change["path"], status.st_size, status.st_mtime_ns)
        return list(found.values())[:MOST_FILES]

    async def sending(self) -> None:
        """Everything in the outbox, oldest first, again and again until the broker has it."""
        while True:
            self._news.clear()
            try:
                for duty in self._duties.unsent():
                    await self._send(duty)
            except (LinkDown, StorageError, OSError) as error:
                log.info("results wait in the outbox: %s", error)
            pause = RETRY_SECONDS if self._duties.unsent() else BEAT_SECONDS * IDLE_BEATS
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), pause)

    async def _send(self, duty: dict[str, Any]) -> None:
        body = packed({"id": duty["id"], "result": duty["result"]})
        if len(body) > MOST_BYTES:
            path = self._exchange.folder / f"result-{duty['run_id']}.json"
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_bytes(body)
            offered = await self._exchange.offer(HUB, path)
            body = packed({"id": duty["id"], "digest": offered["digest"], "bytes": offered["bytes"]})
        await self._put(body, duty["id"])
        self._duties.sent(duty["id"])
