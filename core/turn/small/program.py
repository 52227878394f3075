"""Deeds on files as a short program: the model writes Python on a picture of the folder, code looks at what it would change, and does it.

The program runs in the sandbox of ``code.plan`` and changes nothing; what it would have changed comes back as a list and is held against the
request before it becomes ordinary calls with consent, journal and undo.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.turn.act.closing import LoopEnd
from core.turn.small.choosing import LEAVE
from core.turn.small.dialogue import past_exchanges
from core.turn.small.hands import CannotDo, SmallTurn
from core.turn.small.narrowing import narrow_deeds
from core.turn.small.objections import Case, Outcome, objection, unmeant_file, unnamed_folder, unsaid_name
from core.turn.small.program_calls import calls_of, what_was_done
from core.turn.small.program_effects import ambiguous, mend_effects
from core.turn.small.program_prompt import CODE, NEXT, SYSTEM, ask_for_program, describe_place, plain_code
from core.turn.small.recalling import bearing_on, said_before
from core.turn.small.request import SmallRequest
from core.turn.small.self_consistency import effect_of, is_far_reaching
from core.turn.small.telling import answer_questions, with_answers

MOST, TRIES, WARMTH = 260, 3, 0.3  # tokens of a program; programs that are tried, and one more to decide; temperature where the same is asked again
ASKED_ABOUT, LETTERS_ASKED = 12, 120  # changes that a question shows, letters of a text that is to be written
_OUTSIDE = re.compile(r"outside the folder")  # how a program's error begins that left it


async def run_program(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Have a program written, look at what it would do, and do it. Raises :class:`CannotDo`, at once where a strategy tries it again in the same turn."""
    if turn.no_program:
        raise CannotDo(turn.no_program)
    try:
        notes = bearing_on(said_before(turn), request.text)
        return await ProgramSearch(turn, request, await describe_place(turn, request, notes), past_exchanges(request.past), notes).find()
    except CannotDo as reason:
        turn.no_program = str(reason)
        raise


@dataclass(slots=True)
class ProgramSearch:
    """Programs are written until one may be done. ``told`` is what their writer sees, ``notes`` what is remembered of what the request speaks of; ``doubted`` what nothing speaks against, as long as no other would do the same."""

    turn: SmallTurn
    request: SmallRequest
    told: str
    before: list[str]
    notes: list[str]
    prompts: list[str] = field(default_factory=list)
    doubted: list[Outcome] = field(default_factory=list)
    unmeant: tuple[str, Outcome] | None = None
    mind: str = ""
    said: str = ""  # by a program that changes nothing though a deed was asked for

    async def find(self) -> LoopEnd:
        """Do what a program does, or ask about it. Raises :class:`CannotDo` where none was found."""
        while len(self.prompts) < TRIES + bool(self.doubted):
            if end := await self._try():
                return end
        return self._ask_at_last()

    async def _try(self) -> LoopEnd | None:
        code = await self._written()
        outcome, failure = await _tried(self.turn, self.request, code)
        if outcome is None:
            self.mind = failure
            return None
        if rivals := ambiguous(outcome, self.request):
            return self.turn.ask_person("Which one do you mean?", rivals)
        case = Case(outcome, self.request, code, "\n".join((*self.before, *self.notes)), self.told)
        if objected := objection(case):
            self.mind = objected
            self.said = self.said or ("" if outcome.ops else outcome.said.strip())
            return self._objected(case)
        if is_far_reaching(outcome, self.request) and all(effect_of(outcome) != effect_of(other) for other in self.doubted):
            self.doubted.append(outcome)
            return None
        return await _applied(self.turn, outcome)

    async def _written(self) -> str:
        """The next program. The same prompt is asked again to confirm one; another page of examples where something spoke against the last."""
        asked = ask_for_program(self.request, self.told, max(0, len(self.prompts) - len(self.doubted)), self.mind)
        self.prompts.append(asked)
        warmth = WARMTH * (self.prompts.count(asked) - 1)
        return plain_code((await self.turn.ask(SYSTEM, *self.before, asked, most=MOST, pattern=CODE, temperature=warmth, stop=NEXT)).text)

    def _objected(self, case: Case) -> LoopEnd | None:
        """Ask for a name where that is all that is missing; keep in mind a program that is right but for the file."""
        if not self.request.past and not self.doubted and (name := unnamed_folder(case) or unsaid_name(case)):
            return self.turn.ask_person(_what_name(name, case.outcome), ())
        if self.unmeant is None and (path := unmeant_file(case)):
            self.unmeant = path, case.outcome
        return None

    def _ask_at_last(self) -> LoopEnd:
        """What is asked, or said, where no program may be done."""
        request = self.request
        if self.doubted:
            return self.turn.ask_person(_shall_i(self.doubted[0]), ["Yes", LEAVE], does=calls_of(self.doubted[0].ops))
        if self.unmeant:
            return self.turn.ask_person(f"Do you mean {self.unmeant[0]}?", ["Yes", LEAVE], does=calls_of(self.unmeant[1].ops))
        if len(request.sources.rivals) > 1 and not request.is_plural:
            return self.turn.ask_person("Which one do you mean?", request.sources.rivals[:8])
        if request.missing and not request.target.path:
            raise CannotDo(f"There is no {request.missing[0]} here. Nothing was changed.")
        if _OUTSIDE.search(self.mind):
            raise CannotDo("That lies outside of the folder I work in; nothing was changed.")
        if self.said:
            return self.turn.finish(self.said)
        raise CannotDo("I did not find out how to do this; nothing was changed.")


def _shall_i(outcome: Outcome) -> str:
    """The question whether this is what is meant, with each change a line of its own."""
    lines = [_said(op) for op in outcome.ops]
    more = [f"… and {len(lines) - ASKED_ABOUT} more"] if len(lines) > ASKED_ABOUT else []
    return "\n".join(["I am not sure that I got this right. Shall I do this?", *(f"- {line}" for line in lines[:ASKED_ABOUT]), *more])


def _said(op: Sequence[Any]) -> str:
    what = ", ".join(map(str, op[1])) if isinstance(op[1], list) else str(op[1])
    match op[0]:
        case "write":
            return f"write {what}: {str(op[2]).strip()[:LETTERS_ASKED]}"
        case "folder":
            return f"make the folder {what}"
        case "delete":
            return f"delete {what}"
        case kind:
            return f"{kind} {what} to {op[2]}"


def _what_name(invented: str, outcome: Outcome) -> str:
    """The question for a name that the request does not say."""
    if renamed := next((str(op[1]) for op in outcome.of("move", "copy") if str(op[2]).endswith(invented)), ""):
        return f"What is {renamed} to be called?"
    if any(str(op[1]).endswith(invented) for op in outcome.of("write")):
        return "What is the new file to be called?"
    place = invented.rpartition("/")[0]
    return f"What is the new folder{f' in {place}' if place else ''} to be called?"


async def _tried(turn: SmallTurn, request: SmallRequest, code: str) -> tuple[Outcome | None, str]:
    """What the program would change, or what was wrong with it."""
    try:
        ast.parse(code)
    except (SyntaxError, ValueError) as error:
        return None, f"no syntax errors: {error}"
    state = await turn.do("code.plan", code=code)
    if state.status == "done" and (asked := (state.value or {}).get("questions")):
        state = await turn.do("code.plan", code=with_answers(code, await answer_questions(turn, asked)))
    if state.status == "done" and (state.value or {}).get("questions"):
        return None, "tell() is asked once for each file"
    if state.status != "done":
        message = str((state.error or {}).get("message") or "").strip()
        return None, message.splitlines()[-1][:200] if message else "it failed"
    told = state.value or {}
    return Outcome(narrow_deeds(mend_effects(told.get("ops", []), request), request), str(told.get("said", "")), told.get("lines") or {}), ""


async def _applied(turn: SmallTurn, outcome: Outcome) -> LoopEnd:
    """Do what the program would do, as calls; neighbours of one kind are one call."""
    for tool, args in calls_of(outcome.ops):
        await turn.must(tool, **args)
    if not outcome.ops:
        return turn.finish(outcome.said)
    done = what_was_done(turn)
    return turn.finish(f"{outcome.said}\n\n{done}".strip() if outcome.said.strip() else done)
