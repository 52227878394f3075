"""What a step may do: decided by rules, asked of the person, or refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import NoModel, ToolDenied
from core.execution.deps import PipelineDeps
from core.execution.run_state import RunState
from core.gate import authorization, provenance
from core.gate.card import touched_lines
from core.gate.coverage import is_same_again
from core.gate.meant import unmeant_paths
from core.gate.policy import Decision, is_private_read, is_sending, runs_program
from core.gate.unasked import UNMEANT, is_safe_change, unasked_change_reason
from core.plan import Step, references
from core.ports import Cancellation, Intent, ModelProfile
from core.turn.looking import asks_only_to_look
from core.turn.usage_ledger import CapReached

DEEDS, SURE, KNOWN = (
    ("organise", "edit", "steps", "sort", "rewrite", "undo", "remind", "remember"),
    0.8,
    0.5,
)  # kinds of requests, how sure of them, and the share of words that the reader knows
FOLLOWS = 6  # words of a request that may go on from the one before
_NO_DOCUMENTS = ("files.list", "calc.", "time.", "units.", "system.", "tools.", "memory.", "tasks.")  # what shows names, numbers and times, and no texts


@dataclass(frozen=True, slots=True)
class AnsweredCall:
    """A call that the person was asked about in this run, with what it would have touched."""

    intent: Intent
    was_agreed: bool
    recipients: frozenset[str] = frozenset()  # who would have got what is private in it


class Consent:
    """Consent to the steps of one run. ``notify`` is told ``parked`` and ``running``."""

    def __init__(self, deps: PipelineDeps, state: RunState, cancellation: Cancellation, notify: Callable[[str], None]) -> None:
        self.deps, self.state, self.cancellation, self.notify = deps, state, cancellation, notify
        self._caps_asked = 0
        self._answers: list[AnsweredCall] = []
        self.many_refused = ""  # why no more files may be changed: the person said no to so many, or nobody could be asked

    def can_ask(self) -> bool:
        """Whether a question may be asked: somebody can answer now, or the run is one of a schedule's, which waits for an answer."""
        request = self.state.request
        is_answered = request["approve"] == "ask" or (request["approve"] == "safe" and bool(request.get("asks")))
        return request["approve"] == "scheduled" or bool(request.get("remote", {}).get("waits")) or (is_answered and self.deps.front_end_reachable())

    async def require(self, step: Step, intent: Intent, tainted: bool) -> bool:
        """Return when the step may act, with whether the person was asked; raise :class:`ToolDenied` when not. What would leave is written down either way."""
        allowed = False
        try:
            was_asked = await self._decide(step, intent, tainted)
            allowed = True
            return was_asked
        finally:
            if is_sending(intent):
                for scope in intent.scopes:
                    self.deps.egress.record(self.state.run_id, scope.value, intent.tool, allowed)

    async def _decide(self, step: Step, intent: Intent, tainted: bool) -> bool:
        conversation = self.state.request.get("conversation_id", "")
        doubted = tainted and self._is_doubted(step, intent, conversation)
        recipients = self._recipients(intent)
        decision = self.deps.policy.decide(intent, conversation, bool(self.state.request.get("local_only")), doubted, recipients)
        beyond = authorization.undeclared_access_reason(self.state.skill or self.state.guide, intent)
        if decision.verdict != "deny" and (owner := authorization.missing_right_reason(self.state.request, intent)):
            await self._ask_owner(step, intent, owner)
            return True
        if decision.verdict == "deny":
            raise ToolDenied(f"Refused: {decision.why}.")
        if beyond:
            decision = replace(decision, verdict="ask", why=beyond, scopes=intent.scopes)
            if self.state.request["approve"] in ("safe", "all"):
                raise ToolDenied(f"Refused: {beyond}, and in its first runs it is held to what it says.")
        if why := authorization.schedule_exclusion_reason(self.state.request, intent):
            raise ToolDenied(f"Refused: {why}.")
        if unasked := self._unasked_reason(step, intent, doubted):
            decision = replace(decision, verdict="ask", why=unasked, scopes=intent.scopes)
        if decision.verdict == "allow":
            return False
        if recipients and any(map(is_private_read, decision.scopes)):
            decision = replace(decision, why=f"{decision.why}, and its text would go to {', '.join(sorted(recipients))}")
        if self._is_agreed(step, intent, decision, tainted, beyond, recipients):
            return False
        if any(not one.was_agreed and (one.intent.tool, one.intent.args) == (intent.tool, intent.args) for one in self._answers):
            raise ToolDenied("You said no to this very call before.")
        mode = self.state.request["approve"]
        is_told = bool(recipients) and any(map(is_private_read, decision.scopes))  # nobody signed for who would get it
        if mode == "scheduled" and not (beyond or is_told) and authorization.is_preauthorized(self.state.request.get("envelope", ()), intent, decision.scopes, tainted):
            return False
        is_safe = not unasked and not doubted and not decision.is_ruled and is_safe_change(intent, str(self.state.request["text"]))
        if mode == "all" or (mode == "safe" and is_safe):
            return False
        data = {
            "kind": "step", "tool": intent.tool, "args": intent.args, "risk": intent.risk, "why": decision.why, "preview": _shown(intent),
            "scopes": [{"kind": scope.kind, "value": scope.value} for scope in decision.scopes], "request": self.state.request["text"][:2000],
            "tainted": tainted, "origins": provenance.describe_origins(self.state, step) if tainted else [], "grantable": not (intent.always_ask or beyond or unasked or decision.is_ruled),
        }  # fmt: skip
        if not self.can_ask() and not self.deps.approvals.is_open(self.state.run_id, step.id, data):
            mode = "safe" if intent.risk == "reversible" and is_safe else "all"
            raise ToolDenied(f"{intent.tool} needs consent ({decision.why}), and nobody can be asked. Allow it with --approve {mode}, or ask from a terminal or the desktop.")
        decided = await self.ask(step.id, data)
        self._answers.append(AnsweredCall(intent, decided != "no", recipients))
        if decided == "no":
            raise ToolDenied("You said no.")
        if decided in ("conversation", "always") and not unasked:
            self.deps.policy.grant(intent, decision.scopes, conversation if decided == "conversation" else "", recipients)
        return True

    def _is_doubted(self, step: Step, intent: Intent, conversation: str) -> bool:
        """Whether a call that may be made of words from outside is held to be so, whatever was granted.

        What can be taken back, or was allowed word by word, is allowed whoever thought of it; a program, or what cannot be taken back, only where those words are the output
        of programs in the box (which say nothing that is not in the workspace), or were there when the person allowed that very call in this conversation.
        """
        if provenance.tainted_inputs(self.state, step):
            return True
        if not (runs_program(intent) or intent.risk == "irreversible"):
            return not self.deps.approvals.agreed_to(intent.tool, intent.args)
        others = [origin for origin in provenance.describe_origins(self.state, step) if not (runs_program(intent) and provenance.is_own_program(origin))]
        return others != [] and (others != [provenance.CONVERSATION] or not self.deps.approvals.agreed_to(intent.tool, intent.args, conversation))

    def _recipients(self, intent: Intent) -> frozenset[str]:
        """Who besides models of this machine would get the private text that a call reads: hosts of the run's models, and the program that the run is for. None where it reads none."""
        if intent.changes or intent.is_partial or not any(map(is_private_read, intent.scopes)):
            return frozenset()
        wanted = {
            *self.state.models.values(),
            *self.state.request.get("models", {}).values(),
            *(self.deps.settings[f"models.{role}"] for role in ("planner", "reviewer", "executor")),
        } - {""}
        hosts = {profile.host or profile.id for name in wanted if (profile := self._profile(name)) and not profile.local}
        return frozenset({*hosts, str(self.state.request.get("client") or "")} - {""})

    def _profile(self, model_id: str) -> ModelProfile | None:
        try:
            return self.deps.pool.get(model_id).profile
        except NoModel:
            return None

    def _unasked_reason(self, step: Step, intent: Intent, doubted: bool) -> str:
        """Why a step does more than the request asks for; empty where it does not, or where the person, a front end of theirs or a recipe of theirs wrote it."""
        request = self.state.request
        is_loops = bool(self.state.owners.get(step.id))  # of a task: what it may do is the model's choice
        if self.state.way == "instant" or ((request.get("given") or self.state.skill) and not is_loops):
            return ""
        is_doubted = doubted and not all(map(provenance.is_own_program, provenance.describe_origins(self.state, step)))
        words = self._persons_words()
        reason = unasked_change_reason(intent, words, is_doubted, Path(request["workspace"]), asks_only_to_look(words) and self._reads_as_deed())
        return reason or self._unmeant_reason(step, intent, words)

    def _reads_as_deed(self) -> bool:
        """Whether the trained reader is sure that the request orders something, and knows its words."""
        reading = self.deps.reader.read(str(self.state.request["text"])[:2000], "")
        return reading.known >= KNOWN and reading.chance(*DEEDS) >= SURE

    def _persons_words(self) -> str:
        """The request, with what it answers or goes on from: "b.txt" or "yes" says little without the question before."""
        text = str(self.state.request["text"])
        turns = self.deps.recent_turns(self.state.request.get("conversation_id", ""), self.state.run_id)
        if not turns or not (turns[-1].question or (len(text.split()) <= FOLLOWS and "?" not in text)):
            return text
        asked = turns[-1].question
        return "\n".join(filter(None, (turns[-1].said, str(asked.get("text") or ""), *map(str, asked.get("choices") or ()), text)))

    def _unmeant_reason(self, step: Step, intent: Intent, words: str) -> str:
        """Why a change is not meant that comes after a document was read, whoever wrote that; empty where it is, or where none was."""
        others = [(other, self.state.steps[other.id]) for other in self.state.all_steps if other.id != step.id and other.id in self.state.steps]
        if not any(known.status == "done" and known.text and self.deps.tools.risk(other.tool) == "reads" and not other.tool.startswith(_NO_DOCUMENTS) for other, known in others):
            return ""
        changes = [change for _, known in others if known.status == "done" for change in (known.intent or {}).get("changes", ())]
        own = {place for change in changes for place in (change.get("to"), change.get("path") if not change.get("before") and change.get("kind") == "put" else "") if place}
        return UNMEANT if unmeant_paths(intent.changes, words, Path(self.state.request["workspace"]), own) else ""

    def _is_agreed(self, step: Step, intent: Intent, decision: Decision, tainted: bool, beyond: str, recipients: frozenset[str]) -> bool:
        """Whether the person agreed to this already: to the plan that they saw whole, or to a call in this run that this one is again."""
        if beyond or intent.always_ask:
            return False
        said = "" if tainted else str(self.state.request["text"])
        return self._is_as_shown(step, decision) or any(
            one.was_agreed and recipients <= one.recipients and is_same_again(intent, one.intent, decision.scopes, said) for one in self._answers
        )

    def _is_as_shown(self, step: Step, decision: Decision) -> bool:
        """Whether this is the step of an agreed plan, no detour of it, and touches nothing that was not shown: a folder may have become a link since."""
        shown, planned = self.state.agreed.get(step.id), self.state.step_of(step.id)
        if shown is None or planned is None or references(planned.args) or (step.tool, step.args) != (planned.tool, planned.args):
            return False
        return all(scope.kind == "none" or [scope.kind, scope.value] in shown for scope in decision.scopes)

    async def _ask_owner(self, step: Step, intent: Intent, why: str) -> None:
        """Ask the owner for more than this machine lets its hub do: only somebody at this machine can allow it, whatever the hub says."""
        data = {
            "kind": "step", "tool": intent.tool, "args": intent.args, "risk": intent.risk, "why": why, "preview": _shown(intent), "scopes": [],
            "request": self.state.request["text"][:2000], "tainted": True, "grantable": False, "here_only": True,
        }  # fmt: skip
        if not self.deps.front_end_reachable():
            raise ToolDenied(f"Refused: {why}. Only its owner can allow it: at that machine, when asked, or by more rights (deskhand device allow).")
        if await self.ask(step.id, data) == "no":
            raise ToolDenied("The owner of that machine said no.")

    async def ask(self, step_id: str, data: dict[str, Any]) -> str:
        """Ask the person, and wait; a run that is stopped meanwhile is a no."""
        self.notify("parked")
        stop = asyncio.ensure_future(self.cancellation.event.wait())
        question = asyncio.ensure_future(self.deps.approvals.ask(self.state.run_id, step_id, data))
        try:
            await asyncio.wait([question, stop], return_when=asyncio.FIRST_COMPLETED)
            return question.result() if question.done() else "no"
        finally:
            stop.cancel()
            question.cancel()
            self.notify("running")

    async def ask_to_exceed_cap(self, reached: CapReached) -> bool:
        """Whether the person lets the run spend beyond a cap; never where nobody is to be asked."""
        if self.deps.settings["limits.at_cap"] != "ask" or self.state.request["approve"] != "ask" or not self.deps.front_end_reachable():
            return False
        self._caps_asked += 1
        preview = f"{reached.message} Go on, and use as much again?"
        return await self.ask(f"cap{self._caps_asked}", {"kind": "cap", "tool": "more tokens", "why": "a cap is reached", "preview": preview}) != "no"


def _shown(intent: Intent) -> str:
    """The preview of a call, and what it would touch besides."""
    return "\n".join([intent.preview, *touched_lines(intent.preview, intent.scopes)])
