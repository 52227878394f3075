"""Starting, following, stopping, resuming and undoing runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from core import events
from core.clock import Clock, iso
from core.conversations import Conversations, PastTurn
from core.errors import DeskhandError, StorageError, UsageError
from core.execution.deps import PipelineDeps
from core.execution.driver import RunDriver
from core.execution.run_state import RUN_TERMINAL, RunState
from core.gate.reading import read_for_request
from core.ids import new_id
from core.journal import Journal
from core.limits import MAX_REQUEST
from core.messages import Message, ModelRequest
from core.ports import Change, ToolBox
from core.runs import Runs
from core.trust import is_trusted
from core.turn.attendance import Attendance

log = logging.getLogger("deskhand.runs")
MOST_GUIDE = 8000  # letters of an AGENTS.md
FURTHER = (events.STEP_FINISHED, events.MODEL_REPLIED, events.PLAN_ACCEPTED, events.APPROVAL_RESOLVED, events.RUN_FINISHED)  # a run that comes to one of these does not stand still
MOST_NEVER = 1000  # ids of runs that were stopped before they came; those of the last minutes are enough
REVIVE_FIRST, REVIVE_LAST = 1.0, 30.0  # seconds until a run that could not write is tried again


class RunService:
    """All runs of this core. Loop thread only; every task it starts is kept and awaited at stop."""

    def __init__(self, deps: PipelineDeps, runs: Runs, conversations: Conversations, attendance: Attendance) -> None:
        self.deps = deps
        self.runs = runs
        self.conversations = conversations
        self._drivers: dict[str, RunDriver] = {}
        self._tasks: dict[str, asyncio.Task[dict[str, Any]]] = {}
        self._reviving: dict[str, asyncio.Task[None]] = {}
        self._stopping = False
        self._never: deque[str] = deque(maxlen=MOST_NEVER)
        self.attendance = attendance
        self.undo_there: Callable[[str], Awaitable[list[dict[str, Any]]]] = _nowhere
        self.ended: list[Callable[[str, dict[str, Any]], None]] = []  # told in the transaction that records the end of a run
        self.over: list[Callable[[str], None]] = []  # told when a run is over and everything of it is written down, or it stands still
        self.parked: list[Callable[[str], None]] = []  # told when a run begins to wait for consent

    @property
    def journal(self) -> Journal:
        return self.deps.journal

    @property
    def tools(self) -> ToolBox:
        return self.deps.tools

    @property
    def clock(self) -> Clock:
        return self.deps.clock

    def start(self, request: dict[str, Any], run_id: str = "") -> str:
        """Begin a run and return its id, which may be given.

        Raises :class:`UsageError` for an empty or too long request, a bad workspace or an id that is taken, and :class:`DeskhandError` ``cancelled``
        where it was stopped before it came.
        """
        if self._stopping:
            raise DeskhandError("Deskhand is stopping.", code="stopping", retryable=True)
        if run_id in self._never:
            raise DeskhandError("It was stopped before it began.", code="cancelled")
        if run_id and self.runs.is_known(run_id):
            raise UsageError(f"There is a run {run_id} already.", code="exists")
        request = self._checked(request)
        conversation = self._conversation(request)
        request["conversation_id"], run_id = conversation["id"], run_id or new_id("run")
        with self.runs.together():
            self.runs.add(run_id, conversation["id"], request, iso(self.clock.now()))
            self.conversations.add(conversation["id"], "user", request["text"], run_id, request.pop("parent_id", None), f"{run_id}-q")
            event = self.journal.append(events.RUN_STARTED, run_id, request)
        self._launch(RunState.replay(run_id, [event]))
        return run_id

    def _checked(self, request: dict[str, Any]) -> dict[str, Any]:
        text = request["text"].strip()
        if not text:
            raise UsageError("The request is empty.", hint='Say what should be done, for example: deskhand ask "List the files here".')
        if len(text) > MAX_REQUEST:
            raise UsageError(
                f"The request has {len(text):,} characters; at most {MAX_REQUEST:,} can be read.", code="too_long", hint="Put the text in a file and ask about the file."
            )
        workspace = Path(request["workspace"]).expanduser()
        if not workspace.is_absolute() or not workspace.is_dir():
            raise UsageError(f"The workspace {str(workspace)[:200]!r} is not a folder.", code="bad_workspace", hint="Give an existing folder with --workspace.")
        guide = workspace / "AGENTS.md"
        instructions = ""
        with contextlib.suppress(OSError):  # not there, or private: a cloned folder's may be a link
            instructions = read_for_request(guide, workspace, 4 * MOST_GUIDE, is_inside=True).decode("utf-8", "replace")[:MOST_GUIDE]
        trusted = {"trusted": is_trusted(workspace, self.deps.settings) and not self.deps.tools.origin_of(guide)} if instructions else {}
        return {**request, "text": text, "workspace": str(workspace), "instructions": instructions, **trusted, "approve": request.get("approve") or "none"}

    def _conversation(self, request: dict[str, Any]) -> dict[str, Any]:
        if request.get("conversation_id"):
            found = self.conversations.get(request["conversation_id"])
            if found["held_by"]:
                raise UsageError("This conversation goes on on another machine; here it can only be read.", code="moved", hint="Bring it back first: deskhand device return")
            return found
        return self.conversations.create(request.pop("title", "") or request["text"], request["workspace"])

    def _launch(self, state: RunState) -> None:
        driver = RunDriver(self.deps, state)
        driver.run.notify = lambda status: self._notified(state.run_id, status)
        driver.finish = lambda result, emit: self._finish(driver, result, emit)
        self._drivers[state.run_id] = driver
        task = asyncio.create_task(self._drive(driver), name=f"run {state.run_id}")
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # whoever waits hears of it; where nobody does it was logged
        self._tasks[state.run_id] = task

    def _notified(self, run_id: str, status: str) -> None:
        self.runs.set_status(run_id, status)
        if status == "parked":
            for hear in self.parked:
                hear(run_id)

    async def _drive(self, driver: RunDriver) -> dict[str, Any]:
        run_id = driver.state.run_id
        try:
            return await self._driven(driver)
        except StorageError as error:
            log.warning("%s stands still: %s", run_id, error.message)
            self.journal.announce(events.PROBLEM_RAISED, run_id, error.to_json() | {"stands_still": True})
            self._reviving[run_id] = asyncio.create_task(self._revive(run_id), name=f"revive {run_id}")
            raise
        finally:
            self._drivers.pop(run_id, None)
            self._tasks.pop(run_id, None)
            self.attendance.forget(run_id)
            self.tools.let_go(run_id)
            for hear in self.over:
                hear(run_id)

    async def _driven(self, driver: RunDriver) -> dict[str, Any]:
        """The result of a run, also of one that its driver could not bring to an end."""
        try:
            return await driver.drive()
        except StorageError:
            raise
        except Exception as error:
            return self._give_up(driver.state.run_id, error)

    async def _revive(self, run_id: str) -> None:
        """A run that could not write (the disk was full, say) goes on like after a crash, once it can."""
        pause = REVIVE_FIRST
        while True:
            await self.clock.sleep(pause)
            pause = min(REVIVE_LAST, pause * 2)
            try:
                self._go_on(run_id, "storage")
            except StorageError:
                continue
            self._reviving.pop(run_id, None)
            return

    def _finish(self, driver: RunDriver, result: dict[str, Any], emit: Callable[[], None]) -> None:
        """Whoever hears that a run has ended finds its answer and its summary there."""
        with self.runs.together():
            self._record(driver.state, result)
            emit()

    def _give_up(self, run_id: str, error: Exception) -> dict[str, Any]:
        """End a run that cannot be gone on with as failed, so that it is not taken up again at each start; the result, which says so."""
        log.error("%s cannot be gone on with", run_id, exc_info=error)
        return self._end_failed(
            run_id, DeskhandError("This request could not be brought to an end: what was kept of it cannot be gone on with.", code="cannot_resume", hint="Ask again.")
        )

    def _end_failed(self, run_id: str, problem: DeskhandError) -> dict[str, Any]:
        """Write down that a run has ended by a problem; its result."""
        state = RunState(run_id, request=self.runs.get(run_id)["request"])
        state.answer = f"{problem.message} {problem.hint}"
        result = {"run_id": run_id, "conversation_id": state.request.get("conversation_id", ""), "status": "failed", "answer": state.answer, "steps": []}
        result |= {"error": problem.to_json(), "exit_code": problem.exit_code}
        with self.runs.together():
            self._record(state, result)
            self.journal.append(events.PROBLEM_RAISED, run_id, problem.to_json())
            self.journal.append(events.RUN_FINISHED, run_id, {"status": "failed", "answer": state.answer, "result": result})
        return result

    def _record(self, state: RunState, result: dict[str, Any]) -> None:
        at = iso(self.clock.now())
        self.runs.finish(state.run_id, result["status"], result, at)
        self.deps.approvals.expire(state.run_id)
        if (skill := state.skill or state.guide) and result["status"] in ("done", "failed", "refused", "cancelled"):
            self.deps.skills.used(skill["name"], skill["digest"], state.run_id, result["status"])
        try:
            self.conversations.add(
                state.request.get("conversation_id", ""), "assistant", state.answer, state.run_id, f"{state.run_id}-q", f"{state.run_id}-a", _shown_later(result)
            )
        except DeskhandError:
            log.info("the conversation of %s is gone; its answer stays in the journal", state.run_id)
        for hear in self.ended:
            hear(state.run_id, {"answer": state.answer, "conversation_id": state.request.get("conversation_id", ""), **result})

    async def wait(self, run_id: str, seconds: float | None = None) -> dict[str, Any]:
        """The result of a run, when it has ended; raises :class:`TimeoutError` after ``seconds``."""
        task = self._tasks.get(run_id)
        if task is not None:
            await asyncio.wait_for(asyncio.shield(task), seconds)
        return self.show(run_id)

    def show(self, run_id: str) -> dict[str, Any]:
        """Summary and, when it has ended, the result. A live run shows what is known so far."""
        row = self.runs.get(run_id)
        driver = self._drivers.get(row["id"])
        shown = driver.result(row["status"]) if driver else row["result"] or self._replayed(row["id"]).result
        return {**row, "result": shown}

    def snapshot(self, run_id: str) -> tuple[RunState, int]:
        """The state of a run and the ``seq`` it is true for."""
        state = self._replayed(run_id)
        return state, self.journal.last_seq

    def _replayed(self, run_id: str) -> RunState:
        return RunState.replay(run_id, self.journal.of_run(run_id))

    def cancel(self, run_id: str, reason: str = "You stopped it.") -> dict[str, Any]:
        """Ask a run to stop; a finished run is left as it is. One that is not known never begins. Raises :class:`NotFound` for it."""
        if not self.runs.is_known(run_id):
            self._never.append(run_id)
        row = self.runs.get(run_id)
        driver = self._drivers.get(row["id"])
        if driver:
            driver.cancel(reason)
            task = self._tasks.get(row["id"])
            if task and not driver.state.steps:
                task.cancel()  # still thinking: nothing has been done, the model call itself must stop
        return self.runs.get(row["id"])

    def place(self, run_id: str, step_id: str, device: str) -> dict[str, Any]:
        """Put a step of a live run on another machine. Raises :class:`UsageError` where the run is over."""
        row = self.runs.get(run_id)
        self._live(row["id"]).dispatcher.move_step(step_id, device)
        return self.show(row["id"])

    def hold(self, run_id: str, held: bool) -> dict[str, Any]:
        """Begin no further step of a live run, or go on. Raises :class:`UsageError` where the run is over."""
        row = self.runs.get(run_id)
        self._live(row["id"]).steering.hold(held)
        return self.show(row["id"])

    def skip(self, run_id: str, step_id: str) -> dict[str, Any]:
        """Leave a step of a live run out. Raises :class:`UsageError` where that is too late."""
        row = self.runs.get(run_id)
        self._live(row["id"]).steering.skip(step_id)
        return self.show(row["id"])

    def edit(self, run_id: str, step_id: str, args: dict[str, Any]) -> dict[str, Any]:
        """Give a step of a live run other arguments. Raises :class:`UsageError` where that is too late, or code finds a fault in them."""
        row = self.runs.get(run_id)
        self._live(row["id"]).steering.edit(step_id, args)
        return self.show(row["id"])

    async def write(self, run_id: str, messages: tuple[Message, ...], most_tokens: int) -> tuple[str, str] | None:
        """Let the model that answers for a live run write: its words and its id, within the run's caps; None where the run is over or has no model that writes."""
        driver = self._drivers.get(run_id)
        model = driver.run.answering_model() if driver else None
        if driver is None or model is None:
            return None
        try:
            reply = await driver.run.caller.call(model, ModelRequest(messages, purpose="execute", max_tokens=most_tokens))
        except DeskhandError as error:
            log.info("nothing was written for a tool of %s: %s", run_id, error.message)
            return None
        return reply.text.strip(), model.profile.id

    def _live(self, run_id: str) -> RunDriver:
        if (driver := self._drivers.get(run_id)) is None:
            raise UsageError("The run is over.", code="already_settled")
        return driver

    def resume(self, run_id: str) -> dict[str, Any]:
        """Try again what a finished run could not do; done steps stay done."""
        row = self.runs.get(run_id)
        if row["id"] in self._drivers:
            return row
        state = self._replayed(row["id"])
        if state.status == "done":
            raise UsageError("The run is done; there is nothing to resume.", code="nothing_to_resume")
        retry = [step_id for step_id, step in state.steps.items() if step.status != "done" and step_id not in state.replaced]
        state.apply(self.journal.append(events.RUN_RESUMED, row["id"], {"retry": retry, "by": "person"}))
        state.result = {}
        self.runs.set_status(row["id"], "running")
        self._launch(state)
        return self.runs.get(row["id"])

    def resume_unfinished(self, was_taken_down: bool = False) -> list[str]:
        """After a start: go on with what a stop or a crash left open. ``was_taken_down``: the core did not end as it was told to.

        A run that the core was at twice when that happened, without coming any further in between, is set aside: it may be what does it.
        """
        resumed = []
        for run_id in self.runs.unfinished():
            if was_taken_down and self._took_down_twice(run_id):
                self._set_aside(run_id)
            elif self._go_on(run_id, "crash" if was_taken_down else "start"):
                resumed.append(run_id)
        return resumed

    def _took_down_twice(self, run_id: str) -> bool:
        """Whether a run was gone on with after a crash before, and no step of it ended and no model answered since. One that waits for the person does nothing."""
        if self.runs.get(run_id)["status"] == "parked":
            return False
        history = self.journal.of_run(run_id)
        since = next((number for number, event in enumerate(reversed(history)) if event.type == events.RUN_RESUMED and event.data.get("by") == "crash"), None)
        return since is not None and not any(event.type in FURTHER for event in history[len(history) - since :])

    def _set_aside(self, run_id: str) -> None:
        """End a run that would take the core down again; the person may go on with it."""
        at = ", ".join(self._under_way(run_id)) or "a model was to answer"
        problem = DeskhandError(
            f"This request was set aside: Deskhand broke down twice while it was at work on it ({at}).",
            code="set_aside",
            hint=f"`deskhand run resume {run_id}` tries it once more.",
        )
        log.error("%s was set aside", run_id)
        self._end_failed(run_id, problem)

    def _under_way(self, run_id: str) -> list[str]:
        try:
            state = self._replayed(run_id)
        except Exception:
            return []
        return [f"{step.tool}" for step in state.all_steps if state.steps[step.id].status == "running"]

    def _go_on(self, run_id: str, by: str) -> bool:
        """Take a run up from its journal. False where that says that it is over, or never began, or where it cannot be read."""
        try:
            history = self.journal.of_run(run_id)
            if any(event.data == events.UNREADABLE for event in history):
                raise ValueError("a part of what was kept of it cannot be read")
            state = RunState.replay(run_id, history)
        except StorageError:
            raise
        except Exception as error:
            self._give_up(run_id, error)
            return False
        if state.status in RUN_TERMINAL:
            self._finish_quietly(state)
            return False
        if not state.request:
            self.runs.finish(run_id, "failed", {"status": "failed", "answer": "It was never started."}, iso(self.clock.now()))
            return False
        state.apply(self.journal.append(events.RUN_RESUMED, run_id, {"by": by}))
        self.attendance.take_up(run_id)
        self._launch(state)
        return True

    def _finish_quietly(self, state: RunState) -> None:
        """The journal knows the end, the summary does not yet: the crash came between the two."""
        self._record(state, {**state.result, "status": state.status})

    async def undo(self, run_id: str) -> dict[str, Any]:
        """Take back every file change of a run, newest first; says what could not be taken back. ``last`` is the newest run that changed something and was not undone."""
        row = self.runs.get(self._last_undoable() if run_id == "last" else run_id)
        if row["id"] in self._drivers:
            raise UsageError("The run is still going; stop it first.", code="still_running")
        undone = {event.data["step"] for event in self.journal.of_run(row["id"], (events.STEP_UNDONE,)) if event.data["complete"]}
        report: list[dict[str, Any]] = []
        for step_id, intent in self._acted(row["id"]):
            if step_id in undone or not (intent.get("changes") or intent.get("assignment")):
                if intent.get("risk") in ("irreversible", "leaves"):
                    report.append({"step": step_id, "path": intent["tool"], "undone": False, "why": "this cannot be undone"})
                continue
            rows = await self._undone_there(intent) if intent.get("assignment") else await self.tools.undo(tuple(Change(**change) for change in intent["changes"]))
            self.journal.append(events.STEP_UNDONE, row["id"], {"step": step_id, "complete": all(r["undone"] for r in rows), "changes": rows})
            report += [{"step": step_id, **r} for r in rows]
        complete = all(r["undone"] for r in report)
        self.journal.append(events.RUN_UNDONE, row["id"], {"complete": complete, "changes": report})
        return {"run_id": row["id"], "complete": complete, "changes": report}

    def _last_undoable(self) -> str:
        """The newest run that changed something and was not taken back; the newest of all where there is none."""
        return next((row["id"] for row in self.runs.newest(200) if row["id"] not in self._drivers and self._can_be_undone(row["id"])), "last")

    def _can_be_undone(self, run_id: str) -> bool:
        if any(event.data.get("complete") for event in self.journal.of_run(run_id, (events.RUN_UNDONE,))):
            return False
        return any(intent.get("changes") or intent.get("assignment") for _, intent in self._acted(run_id))

    async def undo_last(self, conversation_id: str, but: str) -> dict[str, Any] | None:
        """Take back the newest run of a conversation that did something and was not taken back yet; None where there is none. ``but`` is the run that asks.

        A conversation that begins with this request (as each ``ask`` does) means what was done in the same folder just before, and nothing older: that may be of another conversation.
        """
        rows = [row for row in self.runs.newest(20, conversation_id) if row["id"] != but] if conversation_id else []
        workspace = self.runs.get(but)["request"].get("workspace")
        for row in rows or [row for row in self.runs.newest(20) if row["id"] != but and row["request"].get("workspace") == workspace][:1]:
            if row["id"] not in self._drivers and self._can_be_undone(row["id"]):
                return await self.undo(row["id"])
        return None

    async def _undone_there(self, intent: dict[str, Any]) -> list[dict[str, Any]]:
        """Another machine takes back what it did; what it says of it, or why it could not be asked."""
        try:
            rows = await self.undo_there(intent["assignment"])
        except DeskhandError as error:
            return [{"path": intent["device"], "undone": False, "why": error.message}]
        return [{"path": f"{intent['device']}: {row.get('path', '')}", "undone": bool(row.get("undone")), "why": str(row.get("why", ""))} for row in rows]

    def _acted(self, run_id: str) -> list[tuple[str, dict[str, Any]]]:
        """Steps that acted, newest first, each with what it set out to do; those of other machines with the name of their work there."""
        acted = []
        for event in reversed(self.journal.of_run(run_id, (events.STEP_STARTED, events.STEP_FINISHED))):
            if event.type == events.STEP_FINISHED and event.data.get("undoable"):
                assignment = f"{run_id}.{event.data['step']}.{event.data['attempt']}"
                acted.append((event.data["step"], {"assignment": assignment, "device": event.data["device"]}))
            elif event.data.get("intent"):
                acted.append((event.data["step"], event.data["intent"]))
        return acted

    def active(self) -> list[str]:
        """Ids of the runs that are going."""
        return list(self._drivers)

    async def stop(self, seconds: float = 5.0) -> None:
        """Let go of all runs without ending them: the next start goes on with them."""
        self._stopping = True
        tasks = [*self._tasks.values(), *self._reviving.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)


async def _nowhere(assignment: str) -> list[dict[str, Any]]:
    raise DeskhandError("There are no other machines.", code="no_devices")


def _shown_later(result: dict[str, Any]) -> dict[str, Any]:
    """What a front end needs to show an old answer with its steps, without reading the journal."""
    kept = {key: result[key] for key in ("status", "way", "way_why", "question", "plan", "models", "usage", "timings_ms", "undoable", "skill", "memories") if key in result}
    return kept | {"steps": [{**step, "text": step.get("text", "")[:500]} for step in result.get("steps", ())]}


def turns_from(conversations: Conversations, limit: int = 8) -> Callable[[str, str], tuple[PastTurn, ...]]:
    """The last turns of a conversation before a run, oldest first; ``limit`` counts messages."""

    def turns(conversation_id: str, run_id: str) -> tuple[PastTurn, ...]:
        rows = [row for row in conversations.branch(conversation_id, limit) if row["run_id"] != run_id] if conversation_id else []
        said = {row["run_id"]: row["text"] for row in rows if row["role"] == "user"}
        return tuple(_past_turn(said.get(row["run_id"], ""), row) for row in rows if row["role"] == "assistant")

    return turns


def _past_turn(said: str, row: dict[str, Any]) -> PastTurn:
    steps = tuple({key: step.get(key) for key in ("id", "tool", "args", "status", "text")} for step in row["data"].get("steps", ()))
    return PastTurn(said, row["text"], steps, row["data"].get("question") or {}, row["run_id"])


def history_from(conversations: Conversations, limit: int = 60) -> Callable[[str, str], tuple[Message, ...]]:
    """The last messages of a conversation before a run, as a prompt reads them."""

    def history(conversation_id: str, run_id: str) -> tuple[Message, ...]:
        if not conversation_id:
            return ()
        rows = [row for row in conversations.branch(conversation_id, limit + 2) if row["run_id"] != run_id]
        outside, asked = conversations.from_outside(row["run_id"] for row in rows), conversations.askers(row["run_id"] for row in rows)
        others = {run for run, kinds in asked.items() if "outside" in kinds}
        return tuple(Message(row["role"], row["text"][:4000], tainted=row["run_id"] in (outside if row["role"] == "assistant" else others)) for row in rows[-limit:])

    return history
