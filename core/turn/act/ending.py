"""How a loop may end: answers held against what was found and done, and what code says where a model's words cannot stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.conversations import steps_of
from core.execution.run import Run
from core.execution.run_state import TERMINAL
from core.messages import Message
from core.plan import Step
from core.turn.act.offer import NO_TOOLS, Offer
from core.turn.answer.by_code import answer_by_code
from core.turn.answer.check import Fault
from core.turn.answer.deeds import StepFact
from core.turn.answer.denials import is_left_open
from core.turn.answer.evidence import Evidence
from core.turn.answer.looking import is_here, needs_look
from core.turn.answer.names import find_names, plain_name
from core.turn.answer.orders import NOTHING_DONE, orders_deed
from core.turn.answer.plain import texts_within
from core.turn.answer.stream import AnswerStream
from core.turn.context.workspace import Listing
from core.turn.language import detect_language

_FAULTS = {
    "deed": "no call did this", "unseen": "nothing looked at this or changed it", "number": "no result and nothing that was written or listed gives this number", "date": "no result has this date", "time": "no result has this time", "name": "nothing of this name was seen",
}  # fmt: skip
_FOUND_OUT_BY = {  # by kind of fault: what counts and works out, what shows, what lists names
    "number": ("tables.query", "calc.evaluate", "files.read"), "date": ("files.read", "tables.query"), "time": ("files.read", "tables.query"), "name": ("files.find", "files.list"),
}  # fmt: skip
NOT_LOOKED = (
    "Nothing has looked at {name} in this turn or changed it, so nothing can be said of it. Look first with a tool (files_read reads a file), or do what was asked with one; "
    "if you cannot, say so plainly."
)
NOT_SEEN = {
    "en": ("I did not look at {name}, so I cannot answer this.", "Nothing was looked up for this, so I cannot answer it."),
    "de": ("Ich habe {name} nicht angesehen und kann das deshalb nicht beantworten.", "Dafür wurde nichts nachgesehen, deshalb kann ich es nicht beantworten."),
    "fr": ("Je n'ai pas regardé {name} et ne peux donc pas répondre.", "Rien n'a été consulté pour cela, je ne peux donc pas répondre."),
    "es": ("No he mirado {name}, así que no puedo responder.", "No se ha consultado nada para esto, así que no puedo responder."),
}  # of a file, and of the person's own things
CUT_CALL = "Cut: your reply ended inside this call, so nothing of it was done. Make it again, shorter or in parts."
OVER_LIMIT = "at most"  # begins what a call of too many is told
_CUT_NOTES = {
    "length": "(The answer was cut off here: the model had no room for more.)",
    "content_filter": "(The answer ends here: the model's provider cut it off with a filter.)",
    "dropped": "(The answer ends here: the connection to the model broke off.)",
}


def cut_note(reason: str) -> str:
    """What a person is told of an answer that is not whole."""
    return _CUT_NOTES.get(reason, "(The answer was cut off here.)")


_CUT_ANSWERS = {
    "en": "(The model's own answer was cut off each time and is left out.)", "de": "(Die Antwort des Modells brach jedes Mal ab und ist weggelassen.)",
    "fr": "(La réponse du modèle a été coupée à chaque fois et n'est pas reprise.)", "es": "(La respuesta del modelo se cortó cada vez y se ha omitido.)",
}  # fmt: skip
_NOT_WRITTEN = {"en": "{name} was not written.", "de": "{name} wurde nicht geschrieben.", "fr": "{name} n'a pas été écrit.", "es": "{name} no se ha escrito."}


def cut_answer(run: Run) -> str:
    """That the model's answer was cut and is not shown, in the language of the request."""
    return _CUT_ANSWERS.get(detect_language(run.text), _CUT_ANSWERS["en"])


def not_written(run: Run, name: str) -> str:
    """That a file was not written, in the language of the request."""
    return _NOT_WRITTEN.get(detect_language(run.text), _NOT_WRITTEN["en"]).format(name=name)


@dataclass(slots=True)
class Ending:
    """What answers of one loop are held against."""

    evidence: Evidence
    look: str = ""  # what of this machine has to be looked at before anything can be answered
    may_hold: bool = False  # the model has tools, so that an answer without a call may wait until it is whole
    has_pictures: bool = False  # what a model saw on them nothing here can bear out

    @classmethod
    def begin(cls, run: Run, messages: Sequence[Message], owner: str, listing: Listing | None = None) -> Ending:
        """With the request, what the model was told besides, and the steps that were done before a crash. ``listing``: of the workspace, for a model with tools."""
        before, told = tuple(message.content for message in messages[:-1]), tuple(message.content for message in messages[-1:])
        if listing and listing.text:
            told = tuple(text.replace(listing.text, "", 1) for text in told)
        earlier = _earlier_steps(run)
        names = listing.names if listing else ()
        evidence = Evidence.of(run.text, conversation=before, context=told, earlier=earlier, today=run.deps.clock.now().astimezone().date(), here=names)
        known = plain_name("\n".join((*before, *(str(fact.args) for fact in earlier))))
        look = needs_look(run.text, names, known, bool(earlier or run.remembered)) if listing and not owner else ""
        made = cls(evidence.with_listing(listing.text) if listing else evidence, look, listing is not None and not owner)
        made.learn(run, [step for step in run.state.all_steps if run.state.steps[step.id].status in TERMINAL])
        return made

    def learn(self, run: Run, steps: Sequence[Step]) -> None:
        """Take in what steps found and did."""
        for step in steps:
            self.evidence = self.evidence.with_step(fact_of(run, step))

    def gate(self, run: Run) -> AnswerStream:
        """Holds back what is not checked: claims of all kinds once there is something to hold them against, else claimed deeds and what is said of this machine.

        Where nothing was looked at that has to be, nothing was done that was ordered, or a call was cut and not made again, the words of any language may be
        a claim: all of them wait.
        """
        if self.look and not run.state.all_steps:
            return AnswerStream(self.evidence, "all", unseen=self.look)
        is_open = (self.may_hold and orders_deed(run.text) and not is_anything_changed(run)) or bool(cut_calls(run))
        return AnswerStream(self.evidence, "all" if run.state.all_steps and not self.has_pictures else "deeds", is_held=is_open)

    def faults(self, run: Run, text: str) -> list[Fault]:
        """What of a whole answer cannot stand, also of texts within an object of JSON."""
        found: list[Fault] = []
        for part in texts_within(text):
            gate = self.gate(run)
            gate.feed(part)
            gate.end()
            found += gate.faults
        return found

    def question_faults(self, run: Run, question: Mapping[str, Any]) -> list[Fault]:
        """What a question to the person claims besides, in its words or choices, and nothing bears out."""
        found: list[Fault] = []
        for part in (question["text"], *question["choices"]):
            gate = AnswerStream(self.evidence, "all" if run.state.all_steps else "deeds")
            gate.feed(part)
            gate.end()
            found += [fault for fault in gate.faults if fault.kind == "deed" or part == question["text"]]
        return found

    def objection(self, faults: Sequence[Fault], offer: Offer = NO_TOOLS) -> str:
        """What the model is told of an answer that cannot stand, with those tools of ``offer`` that find out such things."""
        if unseen := next((fault.words for fault in faults if fault.kind == "unseen"), ""):
            return NOT_LOOKED.format(name=unseen if _is_file(unseen) else "what is asked about")
        found = "; ".join(dict.fromkeys(f"{_FAULTS.get(fault.kind, fault.kind)}: {fault.words}" for fault in faults))
        return (
            f"That answer was not shown, because the results do not bear it out: {found}. "
            f"Answer again from the results alone, and say plainly what was not done or not found.{_tools_for(faults, offer)}"
        )


def _tools_for(faults: Sequence[Fault], offer: Offer) -> str:
    """The offered tools by which what a fault claims can be found out, by the names that the model calls them; empty where there are none."""
    fitting = [offer.names.add(tool) for tool in dict.fromkeys(tool for fault in faults for tool in _FOUND_OUT_BY.get(fault.kind, ())) if tool in offer.tools]
    return f" To find out first, call {' or '.join(fitting)}." if fitting else ""


def _earlier_steps(run: Run) -> list[StepFact]:
    """What was done in the conversation before, as far as its turns are still told."""
    rows = steps_of(run.deps.recent_turns(run.request.get("conversation_id", ""), run.state.run_id))
    return [
        StepFact(row["tool"], row.get("args") or {}, str(row.get("status")), str(row.get("text") or ""), risk=run.deps.tools.risk(row["tool"])) for row in rows if row.get("tool")
    ]


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


def not_seen(run: Run, ending: Ending) -> str:
    """That nothing was looked at, in the language of the request; empty where something was, or nothing had to be."""
    if not ending.look or run.state.all_steps:
        return ""
    if not is_here(ending.look, ending.evidence.here):
        return nothing_done(run)
    named, general = NOT_SEEN.get(detect_language(run.text), NOT_SEEN["en"])
    return f"{named.format(name=ending.look) if _is_file(ending.look) else general} {nothing_done(run)}"


def _is_file(name: str) -> bool:
    return any(True for _ in find_names(name))


def is_new_there(ending: Ending) -> bool:
    """Whether what was to be looked at is not in the workspace, so that the answer may be a text that was to become a file."""
    return not is_here(ending.look, ending.evidence.here)


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


def calls_left_out(run: Run) -> str:
    """How many calls of too many were not made, also not later, in a sentence; empty where there are none."""
    left: list[tuple[str, dict[str, Any]]] = []
    for call in (call for reply in run.state.replies for call in reply.calls):
        if str(call.get("result") or "").startswith(f"Not done: {OVER_LIMIT}"):
            left.append((call["name"], call["arguments"]))
        elif call["step"] and (call["name"], call["arguments"]) in left:
            left.remove((call["name"], call["arguments"]))
    names = ", ".join(sorted({name for name, _ in left}))
    return f"(Not done: {len(left)} more calls of {names}, as too many came at once.)" if left else ""


def missing_consent(run: Run, text: str) -> str:
    """How to allow what was refused because nobody could be asked; empty where the answer says it, or nothing was."""
    refused = [(state.error or {}).get("message", "") for state in run.state.steps.values() if (state.error or {}).get("code") == "denied"]
    told = list(dict.fromkeys(message for message in refused if "--approve" in message))
    return "" if "--approve" in text else "\n".join(told)
