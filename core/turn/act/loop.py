"""The action loop: call a tool, see its result, go on, answer in the same breath. Start reading at :meth:`ActionLoop.run`.

What the model says and does is journalled before it counts, so that a loop that was killed goes on where it was: nothing is asked of
the model again that it has said, and no step is done twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from core import events
from core.errors import ModelError
from core.messages import Message, ModelRequest, Reply, ToolCall
from core.pipeline.local_steps import LocalSteps
from core.pipeline.run import Run
from core.pipeline.state import TERMINAL, LoopReply
from core.pipeline.step_work import StepWork
from core.plan import Step
from core.ports import ChatModel
from core.turn.act.allowance import MOST_REPLIES, MOST_REPLIES_SMALL
from core.turn.act.calls import CallReader, CallRunner, Made
from core.turn.act.ending import Ending, answered_instead, cut_calls, cut_note, missing_consent, unwrap_answer
from core.turn.act.keeping import missing_file, missing_note, text_to_keep
from core.turn.act.meta_calls import answer_by_code, question_of, unwrap
from core.turn.act.offer import Offer, make_offer
from core.turn.act.results import cap_of
from core.turn.act.rise import Riser
from core.turn.act.speech import Speech
from core.turn.act.transcript import letters_of, loop_messages
from core.turn.context.head import system_prompt
from core.turn.context.surroundings import LETTERS, describe_surroundings
from core.turn.signals import SMALL

NARROW = 6000  # tokens of context in which the whole head would leave too little room
FULL = 0.7  # of the context: from here on old results are cut short
RECENT = 3  # replies whose results stay whole then
MOST_REASONING = 40_000  # letters of a reply's thinking that are kept for servers that want it back
GO_ON = "Your reply was cut at the limit. Go on exactly where it ended, without repeating anything."
NOW_ANSWER = "No more calls are possible now ({why}). Answer with what you have; say plainly what is missing."


@dataclass(frozen=True, slots=True)
class LoopEnd:
    """How a loop ended: with an answer, a question to the person, or without either (``why``)."""

    kind: Literal["answered", "asked", "failed"]
    text: str
    why: str = ""


@dataclass(slots=True)
class ActionLoop:
    """One loop: of the turn itself, or of a task in a plan (``owner``, ``goal``, the tools it may use in ``only``)."""

    parent: Run
    work: StepWork
    here: LocalSteps
    wait_while_held: Callable[[], Awaitable[None]]
    execute: Callable[[], Awaitable[str]]
    owner: str = ""
    goal: str = ""
    only: tuple[str, ...] = ()
    _compacted: int = field(default=0)

    async def run(self) -> LoopEnd:
        """Until an answer, a question or the end of the allowance. Raises :class:`ModelError` where the model cannot be reached, and :class:`asyncio.CancelledError`."""
        model = self.parent.acting_model()
        is_small = 0 < model.profile.billions < SMALL or model.profile.context < NARROW
        around = await describe_surroundings(self.parent, model.profile)
        denied = self.parent.parts.policy.denied_tools(tuple(spec.name for spec in self.parent.parts.tools.all_specs()))
        offer = make_offer(self.parent.parts.tools, denied, model.profile.context, is_small, self.only)
        reader = CallReader(self.parent, offer, self.owner, outside=around.outside)
        turn = _Turn(self, model, offer, reader, self._head(system_prompt(is_small), around.messages), Ending.begin(self.parent, around.messages, self.owner))
        if end := await turn.resume():
            return end
        for _ in range(MOST_REPLIES_SMALL if is_small else MOST_REPLIES):
            if end := await turn.next():
                return end
        return await turn.end_without_tools("the allowance of this request is spent")

    def _head(self, system: str, messages: Sequence[Message]) -> tuple[Message, ...]:
        task = (Message("user", f"Your part of it: {self.goal}\nDo this part only; answer with its result."),) if self.owner else ()
        return (Message("system", system), *messages, *task)

    async def unless_cancelled(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The result of ``work``; when the run is stopped meanwhile it is cancelled and :class:`asyncio.CancelledError` raised."""
        stop = asyncio.ensure_future(self.parent.cancellation.event.wait())
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait([task, stop], return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise asyncio.CancelledError
            return task.result()
        finally:
            stop.cancel()
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


@dataclass(slots=True)
class _Turn:
    """What one running loop holds besides the journal."""

    loop: ActionLoop
    model: ChatModel
    offer: Offer
    reader: CallReader
    head: tuple[Message, ...]
    ending: Ending
    cut: int = 0  # replies in a row that were cut
    checked: bool = False  # an answer was sent back once
    said: str = ""  # a text that was to be kept in a file, and was only said
    stands: str = ""  # the part of an answer that was whole before the reply was cut

    @property
    def run(self) -> Run:
        return self.loop.parent

    async def resume(self) -> LoopEnd | None:
        """After a crash: finish the calls of the last reply that were open, or end with the answer that was given."""
        replies = self.run.state.replies_of(self.loop.owner)
        self.checked = any(reply.rejected for reply in replies)
        done = [step for reply in replies for call in reply.calls if (step := self.run.state.step_of(call["step"]))]
        self.reader.note_results([step for step in done if self.run.state.steps[step.id].status in TERMINAL])
        if replies and replies[-1].calls:
            await self._do(self._restored(replies[-1]))
        elif replies and not replies[-1].rejected:
            return self._show(replies[-1].text, replies[-1].why, shown=False)
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
                tool, args = self.run.parts.tools.resolve(self.offer.names.tool_of(meant.name), meant.arguments)
                step = Step(call["step"], tool, args)
                self.reader.add([step])
            if self.run.state.steps[step.id].status not in TERMINAL:
                steps.append(step)
        return steps

    async def next(self) -> LoopEnd | None:
        """One reply of the model and what follows from it; the end where there is one."""
        await self.loop.unless_cancelled(self._held())
        reply, speech = await self._ask(self._messages(), with_tools=True)
        calls = self.reader.calls_of(reply)
        speech.end(is_answer=not calls)
        if calls:
            speech.withdraw("commentary")
            return await self._made(reply, calls)
        return await self._said(reply, speech)

    async def _held(self) -> None:
        await self.loop.wait_while_held()

    # -- asking -------------------------------------------------------------------------------------------------------

    def _messages(self) -> tuple[Message, ...]:
        most, limit = cap_of(self.model.profile.context), self.model.profile.context * LETTERS * FULL
        told = loop_messages(self.run.state, self.loop.owner, most, self.loop._compacted)
        if letters_of(self.head) + letters_of(told) > limit:
            self.loop._compacted = max(self.loop._compacted, len(self.run.state.replies_of(self.loop.owner)) - RECENT)
            told = loop_messages(self.run.state, self.loop.owner, most, self.loop._compacted)
        return (*self.head, *told)

    async def _ask(self, messages: tuple[Message, ...], with_tools: bool) -> tuple[Reply, Speech]:
        """A reply, shown while it comes. A prompt that is too long is sent once more with old results cut short."""
        profile = self.model.profile
        request = ModelRequest(
            messages,
            purpose="act",
            request=self.run.text,
            tools=self.offer.specs if with_tools else (),
            max_tokens=8192 if profile.context >= 32_000 else max(512, profile.context // 4),
        )
        writer = self.run.caller.writer("answer")
        speech = Speech(None if self.loop.owner else writer, lambda: None if self.loop.owner else self.ending.gate(self.run), may_hold_calls=with_tools)
        try:
            reply = await self.loop.unless_cancelled(self.run.caller.call(self.model, request, sink=speech, writer=writer))
        except ModelError as error:
            replies = len(self.run.state.replies_of(self.loop.owner))
            if error.code not in ("context_overflow", "context_full") or self.loop._compacted >= replies:
                raise
            self.loop._compacted = replies
            return await self._ask(self._messages(), with_tools)
        return reply, speech

    # -- calls --------------------------------------------------------------------------------------------------------

    async def _made(self, reply: Reply, calls: tuple[ToolCall, ...]) -> LoopEnd | None:
        self.cut = self.cut + 1 if any(call.cut for call in calls) else 0
        made = [await self._one(call) for call in calls]
        self._journal(reply, made)
        if question := next((found for call in calls if (found := question_of(call))), None):
            return await self._ask_person(question, made)
        if not self.loop.owner and self.run.state.way == "talk":
            self.run.choose("act", f"It takes a look at what is there ({made[0].step.tool if made[0].step else calls[0].name}).", {})
        await self._do([one.step for one in made if one.step])
        if self.reader.is_stuck:
            return await self.end_without_tools("the same call was made three times")
        if self.cut >= 3:
            return await self.end_without_tools("your replies kept being cut")
        return None

    async def _one(self, call: ToolCall) -> Made:
        if question_of(call):
            return Made(call, result="The person is asked; their answer begins the next turn.")
        meant = unwrap(call)
        answer = await answer_by_code(self.run, meant, cap_of(self.model.profile.context), self.offer)
        return replace(self.reader.read(meant), call=call) if answer is None else Made(call, result=answer)

    def _journal(self, reply: Reply, made: Sequence[Made], rejected: str = "") -> None:
        data = {"owner": self.loop.owner, "text": reply.text if not made or reply.calls else "", "calls": [one.to_json() for one in made], "reason": reply.reason}
        if made and reply.reasoning:
            data["reasoning"] = reply.reasoning[:MOST_REASONING]
        self.run.append(events.MODEL_REPLIED, data | ({"rejected": rejected} if rejected else {}))
        self.reader.add([one.step for one in made if one.step])

    async def _do(self, steps: Sequence[Step]) -> None:
        """Do the steps of a reply: one by one, or as a plan where that is due."""
        await self.loop.unless_cancelled(self._held())
        if not self.loop.owner and any(self.run.state.steps[step.id].status not in TERMINAL for step in self.run.steps):
            await self.loop.execute()  # a plan that a crash interrupted
        open_steps = [step for step in steps if self.run.state.steps[step.id].status not in TERMINAL]
        riser = Riser(self.run, self.loop.work, self.loop.execute)
        runner = CallRunner(self.run, self.loop.work, self.loop.here, self.run.parts.settings["run.concurrency"])
        if open_steps and not self.loop.owner and (why := await riser.why(open_steps)):
            await riser.do(open_steps, why, self.model.profile.id)
        else:
            await self.loop.unless_cancelled(runner.do(open_steps))
        self.reader.note_results(steps)
        self.ending.learn(self.run, steps)

    async def _ask_person(self, question: dict[str, Any], made: Sequence[Made]) -> LoopEnd:
        await self._do([one.step for one in made if one.step])
        if self.loop.owner:
            return LoopEnd("failed", "", f"It would have to ask: {question['text']}")
        self.run.append(events.QUESTION_ASKED, question)
        numbered = "".join(f"\n{number}. {choice}" for number, choice in enumerate(question["choices"], 1))
        text = question["text"] + numbered
        self.run.answer(text)
        return LoopEnd("asked", text)

    # -- words --------------------------------------------------------------------------------------------------------

    async def _said(self, reply: Reply, speech: Speech) -> LoopEnd | None:
        """An answer: whole, true, or sent back once."""
        if reply.is_cut:
            return await self._cut(reply, speech)
        self.cut = 0
        text = self.stands + unwrap_answer(reply.text.strip())
        if not text:
            return await self._empty(reply)
        if faults := speech.faults:
            speech.withdraw("unsupported")
            if self.checked:
                return self._instead(reply)
            self.checked, self.stands = True, ""
            self._journal(reply, (), self.ending.objection(faults))
            return None
        if not self.loop.owner and (name := missing_file(self.run)):
            return await self._kept(name, text, reply, speech)
        return self._finish(text, reply, shown=text.endswith(reply.text.strip()))

    async def _kept(self, name: str, text: str, reply: Reply, speech: Speech) -> LoopEnd | None:
        """A text was said that was to be in a file: asked for once, then kept by code where it is the text and nothing else."""
        before, self.said = self.said, text
        if not before:
            speech.withdraw("not kept")
            self._journal(reply, (), missing_note(name))
            return None
        if kept := text_to_keep(self.run, text, before, name):
            step = Step(self.reader.next_id(), "files.write", {"path": name, "text": kept})
            self.reader.add([step])
            await self._do([step])
            text = self.run.state.steps[step.id].text or text
            return self._finish(f"{text}\n\n{kept}", reply)
        return self._finish(text, reply, f"{name} was not written", shown=True)

    def _instead(self, reply: Reply) -> LoopEnd:
        """The answer by code; where nothing was done or found, the turn has failed."""
        is_anything_done = any(state.status == "done" for state in self.run.state.steps.values())
        return self._finish(answered_instead(self.run), reply, "" if is_anything_done else "what the model said is not borne out by any result")

    async def _cut(self, reply: Reply, speech: Speech) -> LoopEnd | None:
        """A reply that ended before the model had finished: continued at the limit, asked for again where the connection broke off, and at last said to be cut."""
        self.cut += 1
        part = reply.text.strip()
        if reply.reason == "content_filter" or self.cut > 2:
            whole = self.stands if self.stands.endswith(part) or not part else self.stands + part
            missing = "" if self.loop.owner else missing_file(self.run)
            return self._finish(f"{whole}\n\n{cut_note(reply.reason)}".strip(), reply, f"{missing} was not written" if missing else "")
        if reply.reason == "length" and part:
            self.stands = part if part.startswith(self.stands[:40]) and self.stands else self.stands + reply.text
            self._journal(reply, (), GO_ON)
        else:
            speech.withdraw("dropped")
        return None

    async def _empty(self, reply: Reply) -> LoopEnd | None:
        if self.checked:
            return self._instead(reply)
        self.checked = True
        self._journal(reply, (), "Your reply was empty. Answer the request, or call a tool.")
        return None

    async def end_without_tools(self, why: str) -> LoopEnd:
        """The last word of a loop that may not go on: one reply without tools, else what code can say."""
        note = NOW_ANSWER.format(why=why)
        try:
            reply, speech = await self._ask((*self._messages(), Message("user", note)), with_tools=False)
        except ModelError:
            return self._finish(answered_instead(self.run), None, why)
        speech.end(is_answer=True)
        text = reply.text.strip()
        if not text or reply.is_cut or speech.faults or self.reader.calls_of(reply):
            speech.withdraw("unsupported")
            return self._finish(answered_instead(self.run), reply, why)
        return self._finish(text, reply, why, shown=True)

    def _finish(self, text: str, reply: Reply | None, why: str = "", shown: bool = False) -> LoopEnd:
        """The answer stands: it is journalled, and what of it was not shown while it came is shown now."""
        self.run.append(events.MODEL_REPLIED, {"owner": self.loop.owner, "text": text, "calls": [], "reason": reply.reason if reply else "stop", "why": why})
        return self._show(text, why, shown)

    def _show(self, text: str, why: str, shown: bool) -> LoopEnd:
        more = "" if self.loop.owner else "\n".join(filter(None, (missing_consent(self.run, text), cut_calls(self.run))))
        if self.loop.owner:
            return LoopEnd("failed" if why else "answered", text, why)
        if shown and not self.stands:
            self.run.state.answer = text
            if more:
                self.run.append(events.TEXT_DELTA, {"text": f"\n\n{more}", "purpose": "answer"})
        else:
            self.run.append(events.TEXT_WITHDRAWN, {"why": "whole"})
            self.run.answer(text)
        self.run.state.answer = f"{text}\n\n{more}".strip()
        return LoopEnd("failed" if why else "answered", self.run.state.answer, why)
