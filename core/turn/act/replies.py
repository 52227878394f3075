"""The replies of one loop, one after the other: calls are done, words end it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core import events
from core.execution.run import Run
from core.execution.run_state import TERMINAL, LoopReply
from core.execution.steps.local_steps import LocalSteps
from core.execution.steps.step_work import StepWork
from core.messages import Reply, ToolCall
from core.plan import Step
from core.turn.act.asking import Asker
from core.turn.act.calls import CallReader, CallRunner, Made
from core.turn.act.closing import Closing, LoopEnd
from core.turn.act.meta_calls import answer_by_code, question_of, unwrap
from core.turn.act.results import cap_of
from core.turn.act.rise import Riser
from core.turn.answer.check import Fault

MOST_REASONING = 40_000  # letters of a reply's thinking that are kept for servers that want it back
LONG_TEXT = 20_000  # letters of a reply in which looking for calls may take longer than anybody should wait
MOST_CUT = 3  # replies in a row with a cut call, after which no more are asked for


@dataclass(frozen=True, slots=True)
class Hands:
    """What does the steps of a run: the same for its plan and its loops. ``execute`` carries out what is open of the plan."""

    work: StepWork
    local_steps: LocalSteps
    wait_while_held: Callable[[], Coroutine[Any, Any, None]]
    execute: Callable[[], Awaitable[str]]


class Replies:
    """What one running loop does with each reply."""

    def __init__(self, run: Run, hands: Hands, asker: Asker, reader: CallReader, unless_cancelled: Callable[[Coroutine[Any, Any, Any]], Awaitable[Any]]) -> None:
        self.run, self.hands, self.asker, self.reader, self.unless_cancelled = run, hands, asker, reader, unless_cancelled
        self.closing = Closing(run, asker, reader, self.do)

    async def resume(self) -> LoopEnd | None:
        """After a crash: finish the calls of the last reply that were open, or end with the answer that was given."""
        replies = self.run.state.replies_of(self.asker.owner)
        self.closing.checked = any(reply.rejected for reply in replies)
        done = [step for reply in replies for call in reply.calls if (step := self.run.state.step_of(call["step"]))]
        self.reader.note_results([step for step in done if self.run.state.steps[step.id].status in TERMINAL])
        if replies and replies[-1].calls:
            await self.do(self._restored(replies[-1]))
        elif replies and not replies[-1].rejected:
            return self.closing.show(replies[-1].text, replies[-1].why, shown=False)
        return None

    def _restored(self, reply: LoopReply) -> list[Step]:
        """The steps of a reply that are not done; one that the crash kept from being journalled is added now."""
        steps = []
        for call in reply.calls:
            if not call["step"]:
                continue
            step = self.run.state.step_of(call["step"])
            if step is None:
                meant = unwrap(ToolCall(call["name"], call["arguments"]))
                tool, args = self.run.deps.tools.resolve(self.asker.offer.names.tool_of(meant.name), meant.arguments)
                step = Step(call["step"], tool, args)
                self.reader.add([step])
            if self.run.state.steps[step.id].status not in TERMINAL:
                steps.append(step)
        return steps

    async def next(self) -> LoopEnd | None:
        """One reply of the model and what follows from it; the end where there is one."""
        await self.unless_cancelled(self.hands.wait_while_held())
        reply, speech = await self.asker.ask(goes_on=self.closing.cut_off)
        if steps := self.reader.plan_of(reply):
            return await self._planned(reply, steps)
        calls = await self._calls_of(reply)
        speech.end(is_answer=not calls, is_cut=reply.is_cut)
        if calls:
            self.closing.take_away(speech, "commentary")
            return await self._made(reply, calls)
        return await self.closing.said(reply, speech)

    async def _planned(self, reply: Reply, steps: tuple[Step, ...]) -> LoopEnd | None:
        """A plan in the middle of the loop: shown, agreed to where that is due, done; its results go back like those of calls."""
        calls = [ToolCall(self.asker.offer.names.add(step.tool), step.args, f"plan{number:05}") for number, step in enumerate(steps, len(self.run.state.calls) + 1)]
        made = self.reader.planned(calls, steps)
        self._journal(reply, made)
        if left := tuple(one.step for one in made if one.step):
            await Riser(self.run, self.hands.work, self.hands.execute).do(left, "The model proposes a plan.", self.asker.model.profile.id, is_ordered=True)
        self._take_in(left)
        if why := self.run.consent.many_refused:
            return await self.closing.end_without_tools(why)
        return await self._stuck()

    async def _made(self, reply: Reply, calls: tuple[ToolCall, ...]) -> LoopEnd | None:
        self.closing.cut = self.closing.cut + 1 if any(call.cut for call in calls) else 0
        made = [await self._one(call) for call in calls]
        question = next((found for call in calls if (found := question_of(call))), None)
        if question and not self.asker.owner and (faults := self.asker.ending.question_faults(self.run, question)):
            return await self._not_asked(reply, made, faults)
        self._journal(reply, made)
        if question:
            return await self._ask_person(question, made)
        if not self.asker.owner and self.run.state.way == "talk":
            self.run.record_way("act", f"It takes a look at what is there ({made[0].step.tool if made[0].step else calls[0].name}).", {})
        await self.do([one.step for one in made if one.step])
        if end := await self._stuck():
            return end
        if why := self.run.consent.many_refused:
            return await self.closing.end_without_tools(why)
        if self.closing.cut >= MOST_CUT:
            return await self.closing.end_without_tools("your replies kept being cut")
        return None

    async def _calls_of(self, reply: Reply) -> tuple[ToolCall, ...]:
        """The calls of a reply; those in a long text are looked for aside, where they hold nobody up."""
        if reply.calls or len(reply.text) < LONG_TEXT:
            return self.reader.calls_of(reply)
        found: tuple[ToolCall, ...] = await self.unless_cancelled(asyncio.to_thread(self.reader.calls_of, reply))
        return found

    async def _stuck(self) -> LoopEnd | None:
        return await self.closing.end_without_tools("the same call was made three times") if self.reader.is_stuck else None

    async def _one(self, call: ToolCall) -> Made:
        if question_of(call):
            return Made(call, result="The person is asked; their answer begins the next turn.")
        meant = unwrap(call)
        answer = await answer_by_code(self.run, meant, cap_of(self.asker.model.profile.context), self.asker.offer)
        return replace(self.reader.read(meant), call=call) if answer is None else Made(call, result=answer)

    def _journal(self, reply: Reply, made: Sequence[Made]) -> None:
        """What was said, and the steps that it comes to; a call that was written as text is no text."""
        data = {"owner": self.asker.owner, "text": reply.text if reply.calls else "", "calls": [one.to_json() for one in made], "reason": reply.reason}
        thought = {"reasoning": reply.reasoning[:MOST_REASONING]} if reply.reasoning else {}
        self.run.append(events.MODEL_REPLIED, data | thought)
        self.reader.add([one.step for one in made if one.step])

    async def do(self, steps: Sequence[Step]) -> None:
        """Do the steps of a reply: one by one, or as a plan where that is due."""
        await self.unless_cancelled(self.hands.wait_while_held())
        if not self.asker.owner and any(self.run.state.steps[step.id].status not in TERMINAL for step in self.run.steps):
            await self.hands.execute()  # a plan that a crash interrupted
        open_steps = [step for step in steps if self.run.state.steps[step.id].status not in TERMINAL]
        riser = Riser(self.run, self.hands.work, self.hands.execute)
        runner = CallRunner(self.run, self.hands.work, self.hands.local_steps, self.run.deps.settings["run.concurrency"])
        if open_steps and not self.asker.owner and (why := await riser.why(open_steps)):
            await riser.do(tuple(open_steps), why, self.asker.model.profile.id)
        else:
            await self.unless_cancelled(runner.do(open_steps))
        self._take_in(steps)

    def _take_in(self, steps: Sequence[Step]) -> None:
        """What steps gave: the model reads it from now on, and answers are held against it."""
        self.reader.note_results(steps)
        self.asker.ending.learn(self.run, steps)

    async def _not_asked(self, reply: Reply, made: Sequence[Made], faults: Sequence[Fault]) -> LoopEnd | None:
        """A question that claims what was not done is not put to the person: the model is told why, once."""
        objection = self.asker.ending.objection(faults, self.asker.offer)
        told = [replace(one, result=objection) if question_of(one.call) else one for one in made]
        self._journal(reply, told)
        await self.do([one.step for one in told if one.step])
        if self.closing.checked:
            return self.closing.instead(reply, faults)
        self.closing.checked = True
        return None

    async def _ask_person(self, question: dict[str, Any], made: Sequence[Made]) -> LoopEnd:
        await self.do([one.step for one in made if one.step])
        if self.asker.owner:
            return LoopEnd("failed", "", f"It would have to ask: {question['text']}")
        self.run.append(events.QUESTION_ASKED, question)
        numbered = "".join(f"\n{number}. {choice}" for number, choice in enumerate(question["choices"], 1))
        text = question["text"] + numbered
        self.run.send_answer(text)
        return LoopEnd("asked", text)
