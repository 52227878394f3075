"""How a loop may end: answers held against what was found and done, and what code says where a model's words cannot stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.execution.run import Run
from core.execution.run_state import TERMINAL
from core.messages import Message
from core.plan import Step
from core.turn.answer.by_code import answer_by_code
from core.turn.answer.check import Fault
from core.turn.answer.deeds import StepFact
from core.turn.answer.evidence import Evidence
from core.turn.answer.orders import NOTHING_DONE, is_left_open, orders_deed
from core.turn.answer.plain import texts_within
from core.turn.answer.stream import AnswerStream
from core.turn.language import detect_language

_FAULTS = {
    "deed": "no call did this", "number": "no result has this number", "date": "no result has this date", "time": "no result has this time", "name": "nothing of this name was seen",
}  # fmt: skip
CUT_CALL = "Cut: your reply ended inside this call, so nothing of it was done. Make it again, shorter or in parts."
_CUT_NOTES = {
    "length": "(The answer was cut off here: the model had no room for more.)",
    "content_filter": "(The answer ends here: the model's provider cut it off with a filter.)",
    "dropped": "(The answer ends here: the connection to the model broke off.)",
}


def cut_note(reason: str) -> str:
    """What a person is told of an answer that is not whole."""
    return _CUT_NOTES.get(reason, "(The answer was cut off here.)")


@dataclass(slots=True)
class Ending:
    """What answers of one loop are held against."""

    evidence: Evidence
    has_pictures: bool = False  # what a model saw on them nothing here can bear out

    @classmethod
    def begin(cls, run: Run, messages: Sequence[Message], owner: str) -> Ending:
        """With the request, what the model was told besides, and the steps that were done before a crash."""
        before, told = tuple(messages[:-1]), tuple(messages[-1:])
        evidence = Evidence.of(
            run.text, conversation=[message.content for message in before], context=[message.content for message in told], today=run.deps.clock.now().astimezone().date()
        )
        made = cls(evidence)
        made.learn(run, [step for step in run.state.all_steps if run.state.steps[step.id].status in TERMINAL])
        return made

    def learn(self, run: Run, steps: Sequence[Step]) -> None:
        """Take in what steps found and did."""
        for step in steps:
            self.evidence = self.evidence.with_step(fact_of(run, step))

    def gate(self, run: Run) -> AnswerStream:
        """Holds back what is not checked: claims of all kinds once there is something to hold them against, else claimed deeds only."""
        return AnswerStream(self.evidence, "all" if run.state.all_steps and not self.has_pictures else "deeds")

    def faults(self, run: Run, text: str) -> list[Fault]:
        """What of a whole answer cannot stand, also of texts within an object of JSON."""
        found: list[Fault] = []
        for part in texts_within(text):
            gate = self.gate(run)
            gate.feed(part)
            gate.end()
            found += gate.faults
        return found

    def objection(self, faults: Sequence[Fault]) -> str:
        """What the model is told of an answer that cannot stand."""
        found = "; ".join(dict.fromkeys(f"{_FAULTS.get(fault.kind, fault.kind)}: {fault.words}" for fault in faults))
        return (
            f"That answer was not shown, because the results do not bear it out: {found}. "
            "Answer again from the results alone; if something must be computed or looked up first, call the tool for it; say plainly what was not done or not found."
        )


def fact_of(run: Run, step: Step) -> StepFact:
    """A step as the checks of answers see it."""
    state = run.state.steps[step.id]
    intent = state.intent or {}
    risk = intent.get("risk") or run.deps.tools.risk(step.tool)
    return StepFact(step.tool, step.args, state.status, state.text, state.value, risk, tuple(intent.get("changes", ())), step.title, (state.error or {}).get("message", ""))


def answered_instead(run: Run) -> str:
    """The answer by code, from the steps alone."""
    return answer_by_code([fact_of(run, step) for step in run.state.all_steps], detect_language(run.text), run.text)


def is_anything_changed(run: Run) -> bool:
    """Whether a step was done that does more than read."""
    done = [step for step in run.state.all_steps if run.state.steps[step.id].status == "done"]
    return any(step.device or run.state.steps[step.id].device not in ("", "here") or fact_of(run, step).risk != "reads" or fact_of(run, step).changes for step in done)


def is_deed_missing(run: Run, text: str) -> bool:
    """Whether a deed was ordered, none was done, and the answer neither asks back nor says so."""
    return orders_deed(run.text) and not is_anything_changed(run) and not is_left_open(text)


def nothing_done(run: Run) -> str:
    """That nothing was changed, in the language of the request."""
    return NOTHING_DONE.get(detect_language(run.text), NOTHING_DONE["en"])


def missing_deed(run: Run, text: str) -> str:
    """What code adds to an answer that does not say that nothing was done; empty where something was, or the answer leaves it open."""
    note = nothing_done(run)
    return note if note not in text and is_deed_missing(run, text) else ""


def cut_calls(run: Run) -> str:
    """Calls that were cut off and not made again, in a sentence; empty where there are none."""
    left: set[str] = set()
    for call in (call for reply in run.state.replies for call in reply.calls):
        if call.get("result") == CUT_CALL:
            left.add(call["name"])
        elif call["step"] and run.state.steps[call["step"]].status == "done" and call["arguments"]:
            left.discard(call["name"])
    return f"(Not done: the model's call of {', '.join(sorted(left))} was cut off and not made again.)" if left else ""


def missing_consent(run: Run, text: str) -> str:
    """How to allow what was refused because nobody could be asked; empty where the answer says it, or nothing was."""
    refused = [(state.error or {}).get("message", "") for state in run.state.steps.values() if (state.error or {}).get("code") == "denied"]
    told = list(dict.fromkeys(message for message in refused if "--approve" in message))
    return "" if "--approve" in text else "\n".join(told)
