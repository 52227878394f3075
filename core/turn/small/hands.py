"""What a strategy for small models works with: it asks the model short questions, does steps, and ends the turn.

Each reply and each step is journalled in the order in which it came. A strategy that is run again after a crash is given the same replies and
the same results in that order, so that it goes the same way; so a strategy must not depend on anything else that changes.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core import events
from core.conversations import PastTurn
from core.errors import ToolError
from core.execution.run import Run
from core.execution.run_state import TERMINAL, StepState
from core.messages import Message, ModelRequest, Reply
from core.plan import Step
from core.turn.act.asking import Asker
from core.turn.act.calls import CallReader
from core.turn.act.closing import LoopEnd
from core.turn.act.ending import Ending
from core.turn.act.loop import ActionLoop
from core.turn.act.offer import NO_TOOLS
from core.turn.act.replies import Replies
from core.turn.act.speech import Speech
from core.turn.context.surroundings import Surroundings, describe_surroundings
from core.turn.small.lengths import without_loop
from core.turn.small.phrases import say_in

OWNER = "small"  # whose replies these are in the journal
_FENCE = re.compile(r"\A```\w*\n(.*?)\n?```\s*\Z", re.S)


class CannotDo(Exception):
    """The strategy cannot do this; the message is what the person is told."""


@dataclass(slots=True)
class SmallTurn:
    """One turn of a small model. Made by :meth:`begin`."""

    run: Run
    around: Surroundings
    replies: Replies
    loop: ActionLoop
    past: tuple[PastTurn, ...]  # the turns before, oldest first
    _asked: int = 0
    _done: int = 0
    _shown: str = ""
    notes: list[str] = field(default_factory=list)  # what the person is told besides, each a sentence
    language: str = ""  # of the request, as two letters; empty where it is not clear
    no_program: str = ""  # why no program does it, once that was tried

    @classmethod
    async def begin(cls, loop: ActionLoop) -> SmallTurn:
        """With the conversation and the names of the workspace."""
        run, model = loop.of, loop.of.acting_model()
        around = await describe_surroundings(run, model.profile)
        asker = Asker(
            run=run, model=model, offer=NO_TOOLS, head=(), ending=Ending.begin(run, around.messages, ""), owner="", context=model.profile.context, unless_cancelled=loop.unless_cancelled,
        )  # fmt: skip
        reader = CallReader(run, NO_TOOLS, "", outside=around.outside)
        past = run.deps.recent_turns(run.request.get("conversation_id", ""), run.state.run_id)
        return cls(run, around, Replies(run, loop.hands, asker, reader, loop.unless_cancelled), loop, past)

    @property
    def text(self) -> str:
        """The request."""
        return self.run.text

    @property
    def question(self) -> Mapping[str, Any]:
        """What the last answer asked back."""
        return self.past[-1].question if self.past else {}

    @property
    def today(self) -> datetime.date:
        """The day here."""
        return self.run.deps.clock.now().astimezone().date()

    @property
    def history(self) -> tuple[Message, ...]:
        """What was said before in this conversation."""
        return self.around.messages[:-1]

    # -- asking -----------------------------------------------------------------------------------------------------

    async def ask(self, system: str, *texts: str, most: int = 160, pattern: str = "", is_shown: bool = False, temperature: float = 0.0, stop: tuple[str, ...] = ()) -> Reply:
        """A reply to ``system`` (always the same for a strategy, so that it is read once) and ``texts``: said by the person and the model in turn.

        With ``pattern`` the whole reply matches it, where the engine can hold it; it ends before the first of ``stop``. ``is_shown``: the person sees it as it comes, as far as it is borne out.
        """
        before = self.run.state.replies_of(OWNER)
        self._asked += 1
        if self._asked <= len(before):
            return Reply(before[self._asked - 1].text, reason=before[self._asked - 1].reason, chance=before[self._asked - 1].chance)
        messages = (Message("system", system), *(Message("assistant" if number % 2 else "user", text) for number, text in enumerate(texts)))
        reply = await self._stream(ModelRequest(messages, purpose="act", request=self.text, max_tokens=most, pattern=pattern, temperature=temperature, stop=stop), is_shown)
        self.run.append(events.MODEL_REPLIED, {"owner": OWNER, "text": reply.text, "calls": [], "reason": reply.reason, "chance": reply.chance})
        return reply

    async def _stream(self, request: ModelRequest, is_shown: bool) -> Reply:
        writer = self.run.caller.make_writer("answer")
        ending = self.replies.asker.ending
        speech = Speech(writer if is_shown else None, lambda: ending.gate(self.run) if is_shown else None, may_hold_calls=False)
        model = self.replies.asker.model
        reply: Reply = await self.loop.unless_cancelled(self.run.caller.call(model, request, sink=speech, writer=writer))
        speech.end(is_answer=True)
        if is_shown:
            self._shown = speech.shown
        return reply

    async def ask_text(self, system: str, *texts: str, most: int = 160, is_shown: bool = False) -> str:
        """The reply as a text: without fences around it, and where it was cut off up to its last whole sentence, without going round in circles."""
        reply = await self.ask(system, *texts, most=most, is_shown=is_shown)
        text = without_loop(reply.text.strip()) if reply.is_cut else reply.text.strip()
        fenced = _FENCE.match(text)
        return fenced[1].strip() if fenced else text

    async def choose(self, system: str, text: str, choices: Sequence[str]) -> tuple[str, float]:
        """One of ``choices``, held by the engine, and how sure the model was of its beginning (1 where the engine does not tell).

        Where it cannot be held: the longest that the reply begins with, empty where none.
        """
        pattern = "|".join(re.escape(choice) for choice in choices)
        reply = await self.ask(system, text, most=max(map(len, choices)) // 2 + 6, pattern=pattern)
        said = reply.text.strip().casefold()
        found = next((choice for choice in sorted(choices, key=len, reverse=True) if said.startswith(choice.casefold())), "")
        return found, 1.0 if reply.chance is None else reply.chance

    def is_first(self, what: str) -> bool:
        """Whether this is done for the first time: noted before it is done, so that a crash never makes it happen twice."""
        before = self.run.state.replies_of(OWNER)
        self._asked += 1
        if self._asked <= len(before):
            return False
        self.run.append(events.MODEL_REPLIED, {"owner": OWNER, "text": what, "calls": [], "reason": "stop"})
        return True

    # -- doing ------------------------------------------------------------------------------------------------------

    async def do(self, tool: str, **args: Any) -> StepState:
        """Do a call as a step, asked about where that is due; how it came out. Raises :class:`CannotDo` where the tool refuses the arguments."""
        if self.run.state.way == "talk":
            self.run.record_way("act", f"It takes a look at what is there ({tool}).", {})
        mine = [step for step in self.run.state.all_steps if self.run.state.owners.get(step.id) == ""]
        self._done += 1
        if self._done <= len(mine):
            step = mine[self._done - 1]
        else:
            step = self._step(tool, args)
            self.replies.reader.add([step])
        if self.run.state.steps[step.id].status not in TERMINAL:
            await self.replies.do([step])
        else:
            self.replies.reader.note_results([step])
        return self.run.state.steps[step.id]

    def _step(self, tool: str, args: dict[str, Any]) -> Step:
        try:
            name, repaired = self.run.deps.tools.resolve(tool, args)
            problems = self.run.deps.tools.check_args(name, repaired)
        except ToolError as error:
            raise CannotDo(error.message) from error
        if problems:
            raise CannotDo(" ".join(problems))
        return Step(self.replies.reader.next_id(), name, repaired)

    async def must(self, tool: str, **args: Any) -> StepState:
        """The same; a step that fails ends the strategy with what it said. Raises :class:`CannotDo`."""
        state = await self.do(tool, **args)
        if state.status != "done":
            message = str((state.error or {}).get("message") or f"{tool} could not be done.")
            raise CannotDo(message.replace(f"{self.run.workspace}/", ""))
        return state

    # -- ending -----------------------------------------------------------------------------------------------------

    def faults(self, text: str) -> list[Any]:
        """What of a text nothing bears out."""
        return self.replies.asker.ending.faults(self.run, text)

    def finish(self, text: str, why: str = "") -> LoopEnd:
        """End with this answer; what of it was not shown while it came is shown now."""
        whole = say_in(self.language, "\n\n".join(filter(None, (text.strip(), *self.notes))))
        self.run.append(events.MODEL_REPLIED, {"owner": "", "text": whole, "calls": [], "reason": "stop", "why": why})
        return self.show(whole, why)

    def show(self, whole: str, why: str) -> LoopEnd:
        """Show an answer that stands in the journal."""
        if self._shown and whole.startswith(self._shown):
            if more := whole[len(self._shown) :]:
                self.run.append(events.TEXT_DELTA, {"text": more, "purpose": "answer"})
            self.run.state.answer = whole
        else:
            if self._shown:
                self.run.append(events.TEXT_WITHDRAWN, {"why": "whole"})
            self.run.send_answer(whole)
        return LoopEnd("failed" if why else "answered", whole, why)

    def ask_person(self, text: str, choices: Sequence[str], does: Sequence[tuple[str, dict[str, Any]]] = ()) -> LoopEnd:
        """End with a question; the answer begins the next turn. ``does``: the calls that the first choice stands for."""
        text, choices = say_in(self.language, text), [say_in(self.language, choice) for choice in choices]
        self.run.append(events.QUESTION_ASKED, {"text": text, "choices": list(choices)} | ({"does": [{"tool": tool, "args": args} for tool, args in does]} if does else {}))
        whole = text + "".join(f"\n{number}. {choice}" for number, choice in enumerate(choices, 1))
        self.run.send_answer(whole)
        return LoopEnd("asked", whole)


TOO_HARD = "This needs a bigger model than {model}: {what}. Nothing was done. You can choose one under Models, or for this request alone."


def decline_hard(turn: SmallTurn, what: str) -> LoopEnd:
    """Say that this model cannot do it, and what can."""
    turn.run.needs_model = True
    return turn.finish(TOO_HARD.format(model=turn.replies.asker.model.profile.id, what=what), "it needs a bigger model")
