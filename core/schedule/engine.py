"""Due times become runs: each is decided about exactly once, before anything is done.

:meth:`Engine.tick` is all there is to call, as often as one likes: it decides about every due time up to now, starts what is to be started, and says when it wants to be
called again. A decision and the next due time are written in one transaction, and so are the start of a run and its mark: a crash between two of them loses nothing
and doubles nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from core.clock import Clock
from core.errors import DeskhandError
from core.schedule.rules import between, next_after
from core.schedule.store import Schedules, milliseconds, moment_of
from core.schedule.task import WHERE, Task, task_of

log = logging.getLogger("deskhand.schedule")
ON_TIME_MS = 60_000  # so late is still on time
STAGGER_MS = 3_000  # between two runs that are made up for
MOST_AT_ONCE = 20  # starts in one tick
MOST_DUE = 200_000  # due times of one schedule that one tick decides about
ALIVE_MS = 30_000  # how often the core notes that it runs
JUMP_MS = 20_000  # by so much the clock runs ahead of the time that passed when the machine slept

Start = Callable[[dict[str, Any]], str]
Deliver = Callable[[dict[str, Any], dict[str, Any], str], Awaitable[None]]
Tell = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class Engine:
    """``start`` begins a run and returns its id, inside the transaction of the caller; ``cancel`` stops one; ``tell`` makes a notice known to whoever is connected."""

    store: Schedules
    clock: Clock
    start: Start
    cancel: Callable[[str, str], Any]
    deliver: Deliver
    tell: Tell
    expire: Callable[[str, int], int | None] = lambda run_id, seconds: None
    matches: Callable[[str, str], bool] = lambda pattern, text: _holds(pattern, text)  # whether an answer is like a pattern, which may be made to take for ever
    bound: Callable[[dict[str, Any]], dict[str, Any]] = lambda request: request  # a request that a hub had made, bound to what that hub may do here now
    begun_at: int = 0
    _last: tuple[int, float] = (0, 0.0)  # wall clock and steady clock of the last tick
    _asleep: tuple[int, int, str] = (0, 0, "")  # the last gap: from, to, why
    _noted: int = 0
    _under_way: dict[tuple[str, int], asyncio.Task[None]] = field(default_factory=dict)
    _deliveries: list[tuple[dict[str, Any], dict[str, Any], str]] = field(default_factory=list)

    # -- the clock ----------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The core has started: what was due since it last ran is missed for that reason."""
        now = milliseconds(self.clock.now())
        before = self.store.last_alive()
        self.begun_at = now
        self._last = (now, self.clock.monotonic())
        self._asleep = (before, now, "Deskhand was not running") if before else (0, 0, "")
        if before > now + ON_TIME_MS:
            self.store.take_back(now)
        self._note_alive(now)
        self.happened("starts")

    def tick(self) -> int | None:
        """Decide and start; the milliseconds until it wants to be called again, None: only when something changes."""
        now = self._now()
        for row in self.store.due(now):
            self._decide(row, now)
        self._start_all(now)
        left = self._expire_all()
        following = self.store.next_moment()
        waits = [left] if left is not None else []
        return min([*waits, *([max(0, following - milliseconds(self.clock.now()))] if following is not None else [])], default=None)

    def _now(self) -> int:
        """The wall clock; notices when the machine slept or the clock was moved."""
        now, steady = milliseconds(self.clock.now()), self.clock.monotonic()
        before, then = self._last
        self._last = (now, steady)
        if before and now - before - (steady - then) * 1000 > JUMP_MS:
            self._asleep = (before, now, "this machine was asleep, or its clock was moved")
            self.happened("wakes")
        if before and now < before - ON_TIME_MS:
            self.store.take_back(now)
        if now - self._noted >= ALIVE_MS or now < self._noted:
            self._note_alive(now)
        return now

    def _note_alive(self, now: int) -> None:
        self._noted = now
        self.store.alive(now)

    # -- deciding -----------------------------------------------------------------------------------------------------

    def _decide(self, row: dict[str, Any], now: int) -> None:
        """Every due time up to now gets its fate, and the schedule its next one."""
        task, moment = task_of(row["task"]), moment_of(now)
        first = moment_of(row["next_at"])
        due = [row["next_at"], *map(milliseconds, between(row["rule"], row["zone"], first, moment, MOST_DUE))]
        later = next_after(row["rule"], row["zone"], max(moment, moment_of(due[-1])))
        with self.store.database.transaction():
            self.store.record(row["id"], self._fates(task, due, now))
            self.store.keep(row["id"], next_at=later and milliseconds(later), state="on" if later else "over")
        self._tell_missed(row, due, now)

    def _fates(self, task: Task, due: list[int], now: int) -> list[tuple[int, str, str, int]]:
        fresh = [moment for moment in due if now - moment <= ON_TIME_MS]
        late = [moment for moment in due if now - moment > ON_TIME_MS]
        within = [moment for moment in late if now - moment <= task.window_s * 1000]
        made_up = set(within if task.missed == "all" else within[-1:] if task.missed == "once" and not fresh else ())
        fates, position = [], 0
        for moment in due:
            if moment in made_up:
                fates.append((moment, "claimed", f"late: {self._cause(moment)}", now + position * STAGGER_MS))
                position += 1
            elif now - moment > ON_TIME_MS:
                fates.append((moment, "missed", self._missed_because(task, moment, within, fresh), now))
            else:
                fates.append((moment, "claimed", "", now))
        return fates

    def _missed_because(self, task: Task, moment: int, within: list[int], fresh: list[int]) -> str:
        cause = self._cause(moment)
        if task.missed == "skip":
            return f"{cause}; missed times are not made up for"
        if moment not in within:
            return f"{cause}, and it was too late to make up for it"
        return f"{cause}; a later time {'is due now' if fresh else 'was made up for'} instead"

    def _cause(self, moment: int) -> str:
        start, end, why = self._asleep
        if why and start - ON_TIME_MS <= moment <= end:
            return why
        return "the clock was moved, or this machine was too busy"

    def _tell_missed(self, row: dict[str, Any], due: list[int], now: int) -> None:
        missed = [one for one in self.store.in_state("missed", schedule_id=row["id"]) if one["due_at"] in set(due)] if now - due[0] > ON_TIME_MS else []
        if missed:
            times = "1 time" if len(missed) == 1 else f"{len(missed)} times"
            self._notice(row, missed[-1]["due_at"], "missed", f"{row['name']} was not run {times}: {missed[-1]['cause']}.")

    # -- starting -----------------------------------------------------------------------------------------------------

    def _start_all(self, now: int) -> None:
        for one in self.store.to_start(now, MOST_AT_ONCE):
            try:
                self._begin(one, now)
            except DeskhandError as error:
                self._finish(self.store.get(one["schedule_id"]), one, "failed", f"{error.message} {error.hint}".strip())

    def _begin(self, one: dict[str, Any], now: int) -> None:
        row = self.store.get(one["schedule_id"])
        task = task_of(row["task"])
        if task.remind:
            self._finish(row, one, "done", task.remind)
            return
        going = [other for other in self.store.in_state("running", "delivering", schedule_id=row["id"]) if other["due_at"] != one["due_at"]]
        if going and task.overlap == "skip":
            self.store.set(row["id"], one["due_at"], state="skipped", cause="the run before was still going", finished_at=now)
            return
        if going and task.overlap == "queue":
            self.store.set(row["id"], one["due_at"], state="waiting", start_at=now + 5_000)
            return
        for other in going:
            self.cancel(other["run_id"], "A newer run of the same schedule took its place.")
        with self.store.database.transaction():
            run_id = self.start(self.request(row, task, one))
            self.store.set(row["id"], one["due_at"], state="running", run_id=run_id, attempt=one["attempt"] + 1)

    def request(self, row: dict[str, Any], task: Task, one: dict[str, Any]) -> dict[str, Any]:
        """What the run service is asked for."""
        made: dict[str, Any] = {
            "text": task.said, "workspace": task.workspace, "approve": "scheduled", "models": dict(task.models), "local_only": task.local_only, "conversation_id": row["conversation_id"],
            "envelope": row["envelope"], "allowed_tools": list(task.tools), "schedule": {"id": row["id"], "name": row["name"], "due_at": one["due_at"]},
        }  # fmt: skip
        if task.skill:
            made["skill"] = {"name": task.skill["name"], "inputs": dict(task.skill.get("inputs") or {})}
        if task.deadline_s:
            made["timeout_s"] = float(task.deadline_s)
        caps = {unit: cap for unit, cap in (("tokens", task.run_tokens), ("usd", task.run_usd)) if cap}
        made |= {"caps": caps} if caps else {}
        made |= {"outside": task.outside} if task.outside else {}
        return self.bound({**made, "remote": task.remote}) if task.remote else made

    def run_now(self, schedule_id: str) -> dict[str, Any]:
        """A run besides its times, at once. A second call within the same second is the same run: a double click runs it once."""
        row, now = self.store.get(schedule_id), milliseconds(self.clock.now())
        recent = [one for one in self.store.in_state("claimed", "running", schedule_id=row["id"]) if one["cause"] == "asked for" and now - one["decided_at"] < 2_000]
        if not recent:
            self.store.record(row["id"], [(now, "claimed", "asked for", now)])
            self._start_all(now)
        return self.store.occurrence(row["id"], recent[0]["due_at"] if recent else now)

    def happened(self, event: str) -> None:
        """An event that schedules may wait for."""
        for row in self.store.watching():
            if row["rule"]["event"] == event:
                self.fire(row)

    def fire(self, row: dict[str, Any], why: str = "") -> None:
        """The event of a schedule has come."""
        now = milliseconds(self.clock.now())
        self.store.record(row["id"], [(now, "claimed", why, now)])

    # -- ending -------------------------------------------------------------------------------------------------------

    def finished(self, run_id: str, result: dict[str, Any]) -> None:
        """A run has ended; called in the transaction that records its end."""
        one = self.store.of_run(run_id)
        if one is None or one["state"] not in ("running", "waiting"):
            return
        row = self.store.get(one["schedule_id"])
        task, status = task_of(row["task"]), result["status"]
        if row["conversation_id"] != result.get("conversation_id", ""):
            self.store.keep(row["id"], conversation_id=result.get("conversation_id", ""))
        if status == "failed" and one["attempt"] <= task.retries:
            wait = task.retry_wait_s * 1000 * 2 ** (one["attempt"] - 1)
            self.store.set(row["id"], one["due_at"], state="waiting", start_at=milliseconds(self.clock.now()) + wait, answer=str(result.get("answer", ""))[:4000])
            self.store.changed()
            return
        self._finish(row, one, status if status in ("done", "failed", "refused", "cancelled") else "failed", str(result.get("answer", "")))

    def _finish(self, row: dict[str, Any], one: dict[str, Any], status: str, answer: str) -> None:
        """The result is there; it counts as done when it has arrived where it should."""
        task = task_of(row["task"])
        if status == "done" and task.deliver in WHERE and not self._is_silent(row, task, answer):
            self.store.set(row["id"], one["due_at"], state="delivering", answer=answer[:4000])
            self._deliveries.append((row, one, answer))
            self.store.changed()
            return
        self.end(row, one, status, answer)

    async def deliver_all(self) -> None:
        """Bring results to their place, those from before a crash as well."""
        waiting, self._deliveries = self._deliveries, []
        known = {(one["schedule_id"], one["due_at"]) for _, one, _ in waiting}
        for one in self.store.in_state("delivering"):
            if (one["schedule_id"], one["due_at"]) not in known:
                waiting.append((self.store.get(one["schedule_id"]), one, one["answer"]))
        for row, one, answer in waiting:
            if row["task"]["deliver"] == "device":
                self._on_its_way(row, one, answer)
            else:
                await self._bring(row, one, answer)

    async def _bring(self, row: dict[str, Any], one: dict[str, Any], answer: str) -> None:
        try:
            await self.deliver(row, one, answer)
        except DeskhandError as error:
            self.end(row, one, "failed", f"The result could not be delivered: {error.message}\n\n{answer}")
        else:
            self.end(row, one, "done", answer)

    def _on_its_way(self, row: dict[str, Any], one: dict[str, Any], answer: str) -> None:
        """To a device that may be away for long: other results do not wait for that. A core that ends meanwhile takes it up again."""
        key = (one["schedule_id"], one["due_at"])
        if key not in self._under_way:
            task = self._under_way[key] = asyncio.create_task(self._bring(row, one, answer), name=f"deliver {row['name']}")
            task.add_done_callback(lambda _: self._under_way.pop(key, None))

    async def stop(self) -> None:
        """Let go of what is on its way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def end(self, row: dict[str, Any], one: dict[str, Any], status: str, answer: str) -> None:
        """Close an occurrence, and tell what is to be told."""
        task, now = task_of(row["task"]), milliseconds(self.clock.now())
        silent = self._is_silent(row, task, answer) if status == "done" else False
        with self.store.database.transaction():
            self.store.set(row["id"], one["due_at"], state=status, finished_at=now, answer=answer[:4000])
            if status == "done":
                recovered = bool(row["failing"])
                self.store.keep(row["id"], last_answer=_hash(answer), failing="", failures=0)
                if not silent or recovered:
                    self._notice(row, one["due_at"], "reminder" if task.remind else "result", answer)
            else:
                self._failed(row, one, status, answer)

    def _failed(self, row: dict[str, Any], one: dict[str, Any], status: str, answer: str) -> None:
        """The same failure again and again is told once, and counted."""
        kind = _hash(re.sub(r"\d+", "0", answer))
        again = row["failing"] == kind
        self.store.keep(row["id"], failing=kind, failures=row["failures"] + 1 if again else 1)
        if not again:
            self._notice(row, one["due_at"], "failure", f"{row['name']} {'was refused' if status == 'refused' else 'was stopped' if status == 'cancelled' else 'failed'}: {answer}")

    def _is_silent(self, row: dict[str, Any], task: Task, answer: str) -> bool:
        if task.remind or task.silent == "never":
            return False
        if task.silent == "success":
            return True
        return row["last_answer"] == _hash(answer) or bool(task.nothing_new and self.matches(task.nothing_new, answer))

    def unseen(self, row: dict[str, Any], why: str) -> None:
        """What a schedule waits for cannot be looked at."""
        self._notice(row, milliseconds(self.clock.now()), "failed", f"What {row['name']} waits for cannot be looked at: {why}")

    def _notice(self, row: dict[str, Any], due_at: int, kind: str, text: str) -> None:
        self.tell({**self.store.notice(row["id"], due_at, kind, text), "name": row["name"]})

    def parked(self, run_id: str) -> None:
        """A run of a schedule waits for consent."""
        if one := self.store.of_run(run_id):
            row = self.store.get(one["schedule_id"])
            self._notice(row, one["due_at"], "parked", f"{row['name']} waits for your consent.")
            self.store.changed()  # the clock has to know when the question is too old

    def _expire_all(self) -> int | None:
        """Answer old questions with no; the milliseconds until the next one is old."""
        found = (self.expire(one["run_id"], task_of(self.store.get(one["schedule_id"])["task"]).expires_s) for one in self.store.in_state("running"))
        return min((left for left in found if left is not None), default=None)


def _hash(text: str) -> str:
    return hashlib.sha256(text.strip().encode("utf-8", "replace")).hexdigest()[:16]


def _holds(pattern: str, text: str) -> bool:
    return pattern.lower() in text.lower()
