"""How a loop comes to its last word: an answer that is whole and true, one that code gives instead, or what stands of one that was cut."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from core import events
from core.errors import ModelError
from core.execution.run import Run
from core.messages import CUT, Reply
from core.plan import Step
from core.turn.act.asking import Asker
from core.turn.act.calls import CallReader
from core.turn.act.ending import (
    answered_instead,
    calls_left_out,
    cut_answer,
    cut_calls,
    cut_note,
    is_anything_changed,
    is_deed_missing,
    is_new_there,
    missing_consent,
    missing_deed,
    not_seen,
    not_written,
    nothing_done,
)
from core.turn.act.keeping import missing_file, missing_note, text_to_keep
from core.turn.act.remarks import unfilled_places
from core.turn.act.speech import Speech
from core.turn.act.unsaid import unsaid_changes
from core.turn.answer.check import Fault
from core.turn.answer.denials import is_left_open, is_more_than_a_claim
from core.turn.answer.fences import note_behind

GO_ON = "Your reply was cut at the limit. Go on exactly where it ended, without repeating anything."
NOTHING_CALLED = "No call was made, so nothing has been changed or sent. Make the calls that the request needs, or say plainly what was not done and why."
CALL_NOT_MADE = "A call of yours was cut off, so nothing of it was done, and it was not made again. Make it now, shorter or in parts, or say plainly what was not done."
CALL_CUT = "a call was cut off and not made again"
NOT_BORNE_OUT = "what the model said is not borne out by any result"
NOW_ANSWER = "No more calls are possible now ({why}). Answer with what you have; say plainly what is missing."


@dataclass(frozen=True, slots=True)
class LoopEnd:
    """How a loop ended: with an answer, a question to the person, or without either (``why``)."""

    kind: Literal["answered", "asked", "failed"]
    text: str
    why: str = ""


@dataclass(slots=True)
class Closing:
    """``do`` carries out steps. Nothing here is lost in a crash but how often an answer was sent back."""

    run: Run
    asker: Asker
    reader: CallReader
    do: Callable[[Sequence[Step]], Awaitable[None]]
    cut: int = 0  # replies in a row that were cut
    checked: bool = False  # an answer was sent back once
    written: str = ""  # a text that was to be kept in a file, and was only said
    cut_off: Speech | None = None  # a reply that was cut at the limit, and is gone on with
    dropped: str = ""  # the longest text of the replies in which the connection broke off

    def send_back(self, reply: Reply, why: str) -> None:
        """Journal a reply that does not count, and why; the model reads that next."""
        self.run.append(events.MODEL_REPLIED, {"owner": self.asker.owner, "text": reply.text, "calls": [], "reason": reply.reason, "rejected": why})

    async def said(self, reply: Reply, speech: Speech) -> LoopEnd | None:
        """An answer: whole, true, or sent back once."""
        if reply.is_cut:
            return await self._cut(reply, speech)
        self.cut = 0
        text = speech.answer
        if not text:
            return await self._empty(reply)
        if speech.faults:
            return self._objected(reply, speech, speech.faults, text)
        if cut_calls(self.run) and not is_left_open(text):
            return self._unmade(text, reply, speech)
        name = "" if self.asker.owner else missing_file(self.run)
        if name and name not in text:  # a text that names its own file speaks of it, and is not what is to stand there
            return await self._kept(name, text, reply, speech)
        if not self.asker.owner and not self._is_anything_done() and is_deed_missing(self.run, text):
            return self._undone(text, reply, speech)
        if name:
            return await self._kept(name, text, reply, speech)
        return self.finish(text, reply, CALL_CUT if cut_calls(self.run) else "", shown=speech.shown.strip() == text)

    def take_away(self, speech: Speech, why: str) -> None:
        """What was shown of a reply, and of those that it goes on with, is no answer."""
        speech.withdraw(why)
        if self.cut_off:
            self.cut_off.shown = ""

    def _begin_anew(self, speech: Speech, why: str) -> None:
        """The next reply is another answer."""
        speech.withdraw(why)
        self.cut_off, self.dropped = None, ""

    def _objected(self, reply: Reply, speech: Speech, faults: Sequence[Fault], text: str = "") -> LoopEnd | None:
        """An answer that cannot stand is sent back once, and then given by code."""
        self._begin_anew(speech, "unsupported")
        if self.checked:
            return self.instead(reply, faults, text=text)
        self.checked = True
        self.send_back(reply, self.asker.ending.objection(faults, self.asker.offer))
        return None

    def _unmade(self, text: str, reply: Reply, speech: Speech) -> LoopEnd | None:
        """Words that do not tell of a call that was cut and never made: sent back once; then code says what was done instead."""
        self._begin_anew(speech, "nothing done")
        if not self.checked:
            self.checked = True
            self.send_back(reply, CALL_NOT_MADE)
            return None
        is_changed = is_anything_changed(self.run)
        return self.finish(answered_instead(self.run) if is_changed else self._behind(nothing_done(self.run), text), reply, CALL_CUT)

    def _undone(self, text: str, reply: Reply, speech: Speech) -> LoopEnd | None:
        """Words where a deed was ordered and nothing was done: sent back once where no call was made at all; then code says first that nothing was done."""
        if self.checked or self.run.state.all_steps or not self.asker.offer.specs:
            return self.finish(self._behind(nothing_done(self.run), text), reply, "nothing was done")
        self._begin_anew(speech, "nothing done")
        self.checked = True
        self.send_back(reply, NOTHING_CALLED)
        return None

    def _behind(self, note: str, text: str) -> str:
        """The sentence of code, and after it the model's words where they are more than a claim: a text that was asked for. Else what was found."""
        if is_more_than_a_claim(text):
            return f"{note}\n\n{text}"
        return f"{answered_instead(self.run)}\n\n{note}" if self._is_anything_done() else note

    async def _kept(self, name: str, text: str, reply: Reply, speech: Speech) -> LoopEnd | None:
        """A text was said that was to be in a file: asked for once, then kept by code where it is the text and nothing else."""
        before, self.written = self.written, text
        if not before:
            self._begin_anew(speech, "not kept")
            self.send_back(reply, missing_note(name))
            return None
        if kept := text_to_keep(self.run, text, before, name):
            step = Step(self.reader.next_id(), "files.write", {"path": name, "text": kept})
            self.reader.add([step])
            await self.do([step])
            text = self.run.state.steps[step.id].text or text
            return self.finish(f"{text}\n\n{kept}", reply)
        return self.finish(text, reply, f"{name} was not written", shown=speech.shown.strip() == text)

    def instead(self, reply: Reply, faults: Sequence[Fault] = (), note: str = "", text: str = "") -> LoopEnd:
        """The answer by code. The turn has failed where nothing was done or found, and where a deed was claimed and none was done: then it says that."""
        if unseen := not_seen(self.run, self.asker.ending):
            return self.finish(self._behind(unseen, text) if text and is_new_there(self.asker.ending) else unseen, reply, NOT_BORNE_OUT)
        is_claimed = any(fault.kind == "deed" for fault in faults) and not is_anything_changed(self.run)
        said = nothing_done(self.run) if is_claimed and self._is_anything_done() else ""
        whole = "\n\n".join(filter(None, (answered_instead(self.run), said, note)))
        return self.finish(whole, reply, NOT_BORNE_OUT if is_claimed or not self._is_anything_done() else "")

    def _is_anything_done(self) -> bool:
        return any(state.status == "done" for state in self.run.state.steps.values())

    async def _cut(self, reply: Reply, speech: Speech) -> LoopEnd | None:
        """A reply that ended before the model had finished: continued at the limit, asked for again where the connection broke off, and at last said to be cut."""
        self.cut += 1
        text = speech.answer
        if faults := speech.faults or ([] if self.asker.owner else self.asker.ending.faults(self.run, text)):
            self.cut -= 1  # it was not cut alone
            return self._objected(reply, speech, faults) if reply.reason != "content_filter" else self._filtered(reply, speech, faults)
        if reply.reason == "dropped":
            text = self.dropped = max(self.dropped, text, key=len) if self.dropped.startswith(text) or text.startswith(self.dropped) else text
        if reply.reason == "content_filter" or self.cut > 2:
            missing = "" if self.asker.owner else missing_file(self.run)
            return self.finish(f"{text}{note_behind(text, cut_note(reply.reason))}".strip(), reply, f"{missing} was not written" if missing else "")
        if reply.reason == "length" and reply.text.strip():
            self.cut_off = speech
            self.send_back(reply, GO_ON)
        else:
            self.take_away(speech, "dropped")
        return None

    def _filtered(self, reply: Reply, speech: Speech, faults: Sequence[Fault]) -> LoopEnd:
        """A reply that a filter ended and that cannot stand: asking again would meet the filter again."""
        self._begin_anew(speech, "unsupported")
        return self.instead(reply, faults, cut_note(reply.reason))

    async def _empty(self, reply: Reply) -> LoopEnd | None:
        if self.checked:
            return self.instead(reply)
        self.checked = True
        self.send_back(reply, "Your reply was empty. Answer the request, or call a tool.")
        return None

    async def end_without_tools(self, why: str) -> LoopEnd:
        """The last word of a loop that may not go on: one reply without tools, else what code can say."""
        try:
            reply, speech = await self.asker.ask(NOW_ANSWER.format(why=why), with_tools=False)
        except ModelError:
            return self.finish(self._without_answer(), None, why)
        speech.end(is_answer=True)
        text = speech.answer
        if not text or reply.is_cut or speech.faults or self.reader.calls_of(reply):
            speech.withdraw("unsupported")
            return self.finish(self._without_answer(reply), reply, why)
        if not is_anything_changed(self.run):
            return self.finish(text, reply, why, shown=speech.shown.strip() == text)
        return self.finish(f"{text}{note_behind(text, answered_instead(self.run))}", reply, why)  # who was stopped may not say all that was done

    def _without_answer(self, last: Reply | None = None) -> str:
        """What code says where the model came to no answer: what was found and done, that an answer was cut, and which file was not written."""
        was_cut = any(reply.reason in CUT and not reply.calls for reply in self.run.state.replies_of(self.asker.owner)) or (last is not None and last.is_cut)
        name = "" if self.asker.owner else missing_file(self.run)
        notes = (cut_answer(self.run) if was_cut else "", not_written(self.run, name) if name else "")
        return "\n\n".join(filter(None, (answered_instead(self.run), " ".join(filter(None, notes)))))

    def finish(self, text: str, reply: Reply | None, why: str = "", shown: bool = False) -> LoopEnd:
        """The answer stands: it is journalled, and what of it was not shown while it came is shown now."""
        self.run.append(events.MODEL_REPLIED, {"owner": self.asker.owner, "text": text, "calls": [], "reason": reply.reason if reply else "stop", "why": why})
        return self.show(text, why, shown)

    def show(self, text: str, why: str, shown: bool) -> LoopEnd:
        """End with this answer, and with what code has to add to it."""
        lead = missing_deed(self.run, text) if not self.asker.owner and not missing_consent(self.run, text) else ""
        text, shown = (f"{lead}\n\n{text}", False) if lead else (text, shown)
        added = (missing_consent(self.run, text), cut_calls(self.run), calls_left_out(self.run), unsaid_changes(self.run, text), unfilled_places(self.run, text))
        more = "" if self.asker.owner else "\n".join(filter(None, added))
        if self.asker.owner:
            return LoopEnd("failed" if why else "answered", text, why)
        if shown:
            self.run.state.answer = text
            if more:
                self.run.append(events.TEXT_DELTA, {"text": note_behind(text, more), "purpose": "answer"})
        else:
            self.run.append(events.TEXT_WITHDRAWN, {"why": "whole"})
            self.run.send_answer(text)
        self.run.state.answer = f"{text}{note_behind(text, more)}".strip()
        return LoopEnd("failed" if why else "answered", self.run.state.answer, why)
