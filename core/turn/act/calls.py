"""The calls of one reply: read, made into steps or answered by code, and done: reading ones side by side, changing ones in order."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core import events
from core.calls.begun import find_begun_call
from core.calls.reader import read_calls, schemas_of
from core.errors import ToolError
from core.execution.run import Run
from core.execution.run_state import TERMINAL
from core.execution.steps.local_steps import LocalSteps
from core.execution.steps.step_work import StepWork, make_failure
from core.gate import provenance
from core.gate.provenance import is_in_words_of
from core.messages import Reply, ToolCall
from core.plan import Plan, Step, references
from core.planning.plan_format import ParseError, plan_from_json
from core.planning.replan import select_new_steps
from core.storage.json_text import clean_json, parse_json
from core.turn.act.allowance import MOST_MADE
from core.turn.act.ending import CUT_CALL, OVER_LIMIT
from core.turn.act.faults import bound_call
from core.turn.act.offer import Offer
from core.turn.act.repeats import SAME_CALLS, Repeat, Repeats, is_refused
from core.turn.answer.written import clean_arguments
from core.turn.model_calls import MOST_CALLS

REFUSED_AGAIN = "This very call was refused; it will not be made. Go on without it, or answer."
SAME_AGAIN = "You made this very call before and nothing was changed since; its result is above and has not changed."
DONE_AGAIN = "Already done in this turn, and not done a second time: the person did not ask for it twice. Go on, or answer. What it gave:"
SAME_HERE = "The same call stands in this reply before; it is made once, and its result is there."
TOO_MANY = OVER_LIMIT + " {most} calls in a reply are made. Make it again in the next one if it is still needed."
UNNAMED = "a_tool"  # what a call is called that was cut before its name
UNREAD = " Further calls of this reply were not read."


@dataclass(frozen=True, slots=True)
class Made:
    """A call of the model: with the ``step`` that does it, or with the ``result`` that code gives at once."""

    call: ToolCall
    step: Step | None = None
    result: str = ""
    same_as: str = ""  # the step that answers a call which is not made again

    def to_json(self) -> dict[str, Any]:
        """As the journal holds it: the call as the model wrote it."""
        shown: dict[str, Any] = {"id": self.call.id, "name": self.call.name, "arguments": self.call.arguments, "step": self.step.id if self.step else ""}
        more = {"same_as": self.same_as, "extra": self.call.extra}
        return shown | ({"result": self.result} if self.step is None else {}) | {key: value for key, value in more.items() if value}


@dataclass(slots=True)
class CallReader:
    """Makes steps of calls. ``owner`` names the step that the loop works for; ``outside`` says whose words from outside the model had before it."""

    run: Run
    offer: Offer
    owner: str
    outside: str = ""
    is_stuck: bool = False
    _made: int = 0
    _pending: list[Step] = field(default_factory=list)  # of the reply that is being read

    def calls_of(self, reply: Reply) -> tuple[ToolCall, ...]:
        """The calls of a reply, also where they are written as text and the whole text is a call.

        What cannot be made (too long, nested too deep, one of too many) has a ``fault``, which the model is told; what came after the first of far too
        many is dropped.
        """
        self._pending.clear()
        calls = (reply.calls or (() if reply.is_cut else tuple(self._written(reply.text))) or self._begun(reply))[: MOST_CALLS + 1]
        most = max(1, min(MOST_MADE, self.run.deps.settings["run.step_budget"]))
        held = [replace(bound_call(call), id=call.id or f"call{len(self.run.state.replies):02}{number:03}") for number, call in enumerate(calls, 1)]
        if reply.is_cut and held:
            held[-1] = replace(held[-1], cut=True)  # whole as it may look, its text may end in the middle
        left = TOO_MANY.format(most=most)
        return tuple(call if number < most else replace(call, fault=left + UNREAD * (number == MOST_CALLS)) for number, call in enumerate(held))

    def _written(self, text: str) -> list[ToolCall]:
        fenced = _FENCE.fullmatch(text.strip())
        start = (fenced[1] if fenced else text).strip()
        if not (start.startswith(("{", "[", "<")) or "<tool_call" in start or "[TOOL_CALLS]" in start):
            return []
        offered = {spec.name for spec in self.offer.specs} | {self.offer.names.tool_of(spec.name) for spec in self.offer.specs}
        try:
            found = read_calls(start, schemas_of(self.offer.specs))
        except RecursionError:
            return []
        known = [call for call in found if call.name in offered or call.name.replace(".", "_") in offered]
        return known or (found if is_marked_as_call(start) else []) or _bare_call(start)

    def _begun(self, reply: Reply) -> tuple[ToolCall, ...]:
        """The call that a text begins and does not end: never made, and no text either."""
        begun = find_begun_call(reply.text, schemas_of(self.offer.specs), reply.is_cut) if self.offer.specs else None
        return (ToolCall(begun[1] or UNNAMED, {}, cut=True),) if begun else ()

    def plan_of(self, reply: Reply) -> tuple[Step, ...]:
        """The steps of a reply that is a plan in our own format and nothing else; empty for every other."""
        text = reply.text.strip()
        if reply.is_cut or not text.startswith("{") or '"steps"' not in text:
            return ()
        try:
            plan = plan_from_json(clean_json(parse_json(text)))
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
        if not call.can_be_made:
            return Made(call, result=f"Not done: {call.fault}" if call.fault else CUT_CALL)
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
        if repeat := self._find_repeat(tool, args):
            return self._again(call, repeat)
        return Made(call, self._new_step(tool, args))

    def planned(self, calls: Sequence[ToolCall], steps: Sequence[Step]) -> list[Made]:
        """What is to be done for a plan that the model proposed in mid loop; nothing where each of its steps was done before: it is the same plan again."""
        found = [None if step.needs or references(step.args) else self._find_repeat(step.tool, step.args) for step in steps]
        if all(found):
            return [self._again(call, repeat) for call, repeat in zip(calls, found, strict=True) if repeat]
        return [Made(call, step) for call, step in zip(calls, steps, strict=True)]

    def _find_repeat(self, tool: str, args: dict[str, Any]) -> Repeat | None:
        return Repeats(self.run, self.owner).find(tool, args, self._pending)

    def _new_step(self, tool: str, args: dict[str, Any]) -> Step:
        step = Step(self.next_id(), tool, args)
        self._pending.append(step)
        return step

    def _again(self, call: ToolCall, repeat: Repeat) -> Made:
        """The result of a call that is not made again. Whoever was told no may need to hear it once more before going on with the rest."""
        if repeat.is_pending:
            return Made(call, result=SAME_HERE, same_as=repeat.step.id)
        before = self.run.state.steps[repeat.step.id]
        self.is_stuck = self.is_stuck or repeat.times >= SAME_CALLS + is_refused(before)
        if is_refused(before):
            return Made(call, result=REFUSED_AGAIN, same_as=repeat.step.id)
        said = before.text or (before.error or {}).get("message", "")
        is_change = before.status == "done" and self.run.deps.tools.risk(repeat.step.tool) != "reads"
        return Made(call, result=f"{DONE_AGAIN if is_change else SAME_AGAIN}\n{said[:1500]}".strip(), same_as=repeat.step.id)

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
            suspect = bool(self.outside) and (self._is_final(step) or not is_in_words_of(step.args, [self.run.own_words]))
            self.run.append(events.STEP_ADDED, {"step": step.to_json(), "owner": self.owner, "suspect": suspect, "from": self.outside if suspect else ""})

    def _is_final(self, step: Step) -> bool:
        """Whether it cannot be taken back (a program, say): single words such as "make" or "send" are in many requests, and are no order to do just that."""
        return self.run.deps.tools.risk(step.tool) == "irreversible"

    def _only_hands_on(self, step: Step) -> bool:
        """Whether it is a change that is made of the output of programs in the box at most: it brings nothing new from outside."""
        origins = [*provenance.describe_origins(self.run.state, step), *self.run.state.steps[step.id].origins]
        return bool(origins) and self.run.deps.tools.risk(step.tool) == "reversible" and all(map(provenance.is_own_program, origins))

    def note_results(self, steps: Sequence[Step]) -> None:
        """After steps are done: from now on the model has read what they gave."""
        tools, state = self.run.deps.tools, self.run.state
        for step in steps:
            if self._only_hands_on(step):
                continue
            if state.steps[step.id].tainted or (state.steps[step.id].status == "failed" and tools.speaks_from_outside(step.tool)):
                is_replaced = not self.outside or provenance.is_own_program(self.outside)
                self.outside = provenance.name_origin(state, step) if is_replaced else self.outside


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


_MARK = re.compile(r"<\|?tool_calls?\|?>|\[TOOL_CALLS\]", re.I)


def is_marked_as_call(text: str) -> bool:
    """Whether a text is, to its end, a call in the marks for one, so that it is meant as one whatever it calls; one in a fence or a sentence is shown as an example."""
    mark = _MARK.search(text)
    if not mark or not text.rstrip().endswith((">", "]", "}")):
        return False
    before = text[: mark.start()]
    return not before.rpartition("\n")[2].strip() and before.count("```") % 2 == 0


_FENCE = re.compile(r"```(?:json)?\s*\n(.*)\n```", re.S)


def _bare_call(text: str) -> list[ToolCall]:
    """The call in a text that is one JSON object with a name and arguments and nothing else: meant as a call, whatever it is called, and no answer."""
    fenced = _FENCE.fullmatch(text)
    try:
        value = parse_json(fenced[1] if fenced else text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(value, dict) or not set(value) <= {"name", "arguments", "parameters", "id", "type"}:
        return []
    arguments = value.get("arguments", value.get("parameters"))
    return [ToolCall(value["name"], arguments)] if isinstance(value.get("name"), str) and value["name"].strip() and isinstance(arguments, dict) else []
