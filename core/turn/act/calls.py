"""The calls of one reply: read, made into steps or answered by code, and done: reading ones side by side, changing ones in order."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core import events
from core.calls.reader import read_calls, schemas_of
from core.errors import ToolError
from core.execution.run import Run
from core.execution.run_state import TERMINAL, StepState
from core.execution.steps.local_steps import LocalSteps
from core.execution.steps.step_work import StepWork, make_failure
from core.gate import provenance
from core.gate.provenance import is_in_words_of
from core.messages import Reply, ToolCall
from core.plan import Plan, Step
from core.planning.plan_format import ParseError, plan_from_json
from core.planning.replan import select_new_steps
from core.storage.json_text import clean_json, dump_json, is_deeper
from core.turn.act.allowance import SAME_CALLS, RepeatGuard
from core.turn.act.ending import CUT_CALL
from core.turn.act.offer import Offer
from core.turn.answer.written import clean_arguments
from core.turn.model_calls import MOST_CALLS

MOST_LEVELS, MOST_ARGUMENTS = 64, 2_000_000  # of the arguments of a call: nested levels, letters of JSON
REFUSED_AGAIN = "This very call was refused; it will not be made. Go on without it, or answer."
SAME_AGAIN = "You made this very call before and nothing was changed since; its result is above and has not changed."


@dataclass(frozen=True, slots=True)
class Made:
    """A call of the model: with the ``step`` that does it, or with the ``result`` that code gives at once."""

    call: ToolCall
    step: Step | None = None
    result: str = ""

    def to_json(self) -> dict[str, Any]:
        """As the journal holds it: the call as the model wrote it."""
        shown: dict[str, Any] = {"id": self.call.id, "name": self.call.name, "arguments": self.call.arguments, "step": self.step.id if self.step else ""}
        return shown | ({"result": self.result} if self.step is None else {}) | ({"extra": self.call.extra} if self.call.extra else {})


@dataclass(slots=True)
class CallReader:
    """Makes steps of calls. ``owner`` names the step that the loop works for; ``outside`` says whose words from outside the model had before it."""

    run: Run
    offer: Offer
    owner: str
    guard: RepeatGuard = field(default_factory=RepeatGuard)
    outside: str = ""
    is_stuck: bool = False
    _made: int = 0

    def calls_of(self, reply: Reply) -> tuple[ToolCall, ...]:
        """The calls of a reply, also where they are written as text and the whole text is a call.

        What is too long or nested too deep counts as cut: it is not made, and the model hears of it. So does the first call of too many; the
        others are dropped.
        """
        calls = reply.calls or (() if reply.is_cut else tuple(self._written(reply.text)))
        if len(calls) > MOST_CALLS:
            calls = (*calls[:MOST_CALLS], replace(calls[MOST_CALLS], cut=True))
        if reply.is_cut and calls:
            calls = (*calls[:-1], replace(calls[-1], cut=True))  # whole as it may look, its text may end in the middle
        return tuple(replace(_bounded(call), id=call.id or f"call{len(self.run.state.replies):02}{number:03}") for number, call in enumerate(calls, 1))

    def _written(self, text: str) -> list[ToolCall]:
        start = text.strip()
        if not (start.startswith(("{", "[", "<")) or "<tool_call" in start or "[TOOL_CALLS]" in start):
            return []
        offered = {spec.name for spec in self.offer.specs} | {self.offer.names.tool_of(spec.name) for spec in self.offer.specs}
        try:
            found = read_calls(start, schemas_of(self.offer.specs))
        except RecursionError:
            return []
        return [call for call in found if call.name in offered or call.name.replace(".", "_") in offered] or _bare_call(start)

    def plan_of(self, reply: Reply) -> tuple[Step, ...]:
        """The steps of a reply that is a plan in our own format and nothing else; empty for every other."""
        text = reply.text.strip()
        if reply.is_cut or not text.startswith("{") or '"steps"' not in text:
            return ()
        try:
            plan = plan_from_json(clean_json(json.loads(text)))
        except (ValueError, RecursionError, ParseError):
            return ()
        statuses = {step_id: state.status for step_id, state in self.run.state.steps.items()}
        steps = tuple(self._resolved(step) for step in select_new_steps(Plan(plan.steps), statuses))
        return steps if all(self._is_allowed(step.tool) for step in steps) else ()

    def _resolved(self, step: Step) -> Step:
        try:
            tool, args = self.run.deps.tools.resolve(self.offer.names.tool_of(step.tool), step.args)
        except ToolError:
            return step  # the checks of the plan will say what is wrong with it
        return replace(step, tool=tool, args=args)

    def read(self, call: ToolCall) -> Made:
        """What is to be done for a call that no code of the loop answers itself."""
        tool = self.offer.names.tool_of(call.name)
        if call.cut:
            return Made(call, result=CUT_CALL)
        try:
            tool, args = self.run.deps.tools.resolve(tool, call.arguments)
            if problems := self.run.deps.tools.check_args(tool, args):
                return Made(call, result=f"Not done: {' '.join(problems)}")
            if not self._is_allowed(tool):
                return Made(call, result=f"Not done: {tool} is not for this part. For it there are {', '.join(self.offer.tools) or 'no tools'}.")
            if self.run.deps.tools.risk(tool) != "reads":
                args, problem = clean_arguments(args, self.run.text)
                if problem:
                    return Made(call, result=f"Not done: {problem}")
        except ToolError as error:
            return Made(call, result=f"Not done: {error.message} {error.hint}".strip())
        step_id = self.next_id()
        count, first = self.guard.count(tool, args, step_id)
        before = self.run.state.steps.get(first)
        if count > 1 and before is not None and (before.status == "done" or _is_refused(before) or count >= SAME_CALLS):  # one that failed may be tried again, once
            is_refused = _is_refused(before)  # whoever was told no may need to hear it once more before going on with the rest
            self.is_stuck = self.is_stuck or count >= SAME_CALLS + is_refused
            return Made(call, result=REFUSED_AGAIN if is_refused else f"{SAME_AGAIN}\n{before.text[:1500]}")
        return Made(call, Step(step_id, tool, args))

    def _is_allowed(self, tool: str) -> bool:
        """Whether this loop may use a tool: a task that names its tools has those and no others, also by way of tools_call."""
        task = self.run.state.step_of(self.owner) if self.owner else None
        return task is None or not task.args.get("tools") or tool in self.offer.tools

    def next_id(self) -> str:
        """A name for another step of this loop."""
        self._made += 1
        while (step_id := f"{self.owner}c{self._made}") in self.run.state.steps:
            self._made += 1
        return step_id

    def add(self, steps: Sequence[Step]) -> None:
        """Journal the steps of calls, each with whose words it may be made of."""
        for step in steps:
            suspect = bool(self.outside) and not is_in_words_of(step.args, [self.run.text])
            self.run.append(events.STEP_ADDED, {"step": step.to_json(), "owner": self.owner, "suspect": suspect, "from": self.outside if suspect else ""})

    def note_results(self, steps: Sequence[Step]) -> None:
        """After steps are done: from now on the model has read what they gave, and what they changed reads otherwise."""
        tools, state = self.run.deps.tools, self.run.state
        for step in steps:
            if state.steps[step.id].tainted or (state.steps[step.id].status == "failed" and tools.speaks_from_outside(step.tool)):
                self.outside = self.outside or provenance.name_step(step)
            if tools.risk(step.tool) != "reads" and state.steps[step.id].status == "done":
                self.guard.forget()


@dataclass(slots=True)
class CallRunner:
    """Does the steps of a loop."""

    run: Run
    work: StepWork
    local_steps: LocalSteps
    most_at_once: int

    async def do(self, steps: Sequence[Step]) -> None:
        """All of them, in order; neighbours that only read are done side by side."""
        group: list[Step] = []
        for step in steps:
            if group and not (self._only_reads(step) and self._only_reads(group[-1])):
                await self._together(group)
                group = []
            group.append(step)
        await self._together(group)

    def _only_reads(self, step: Step) -> bool:
        return self.run.deps.tools.risk(step.tool) == "reads"

    async def _together(self, steps: Sequence[Step]) -> None:
        for start in range(0, len(steps), self.most_at_once):
            tasks = [asyncio.create_task(self._one(step), name=f"step {step.id} of {self.run.state.run_id}") for step in steps[start : start + self.most_at_once]]
            try:
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, step: Step) -> None:
        state = self.run.state.steps[step.id]
        if state.status in TERMINAL:
            return  # it was left out by the person, or done before a crash
        if not self.work.budget.take_step():
            self.work.finish(step, "failed", error=make_failure("budget", "The step budget is spent.", 0))
            return
        await self.local_steps.run_step(self.run.state.calls.get(step.id, step), state, self.work.clock.monotonic())


def _bounded(call: ToolCall) -> ToolCall:
    """The call with arguments that every later reader of JSON takes."""
    if is_deeper(call.arguments, MOST_LEVELS):
        return replace(call, arguments={}, cut=True)
    text, arguments = dump_json(call.arguments)
    return replace(call, arguments={}, cut=True) if len(text) > MOST_ARGUMENTS else replace(call, arguments=arguments)


_FENCE = re.compile(r"```(?:json)?\s*\n(.*)\n```", re.S)


def _bare_call(text: str) -> list[ToolCall]:
    """The call in a text that is one JSON object with a name and arguments and nothing else: meant as a call, whatever it is called, and no answer."""
    fenced = _FENCE.fullmatch(text)
    try:
        value = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(value, dict) or not set(value) <= {"name", "arguments", "parameters", "id", "type"}:
        return []
    arguments = value.get("arguments", value.get("parameters"))
    return [ToolCall(value["name"], arguments)] if isinstance(value.get("name"), str) and value["name"].strip() and isinstance(arguments, dict) else []


def _is_refused(state: StepState) -> bool:
    return (state.error or {}).get("code") == "denied"
