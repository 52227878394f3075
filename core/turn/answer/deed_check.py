"""Whether the deeds that a sentence claims were done: in this turn, or, where it speaks of earlier, in the steps of the conversation."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.turn.answer.claimed import SUPPORT
from core.turn.answer.deed_claims import DeedClaim, find_deeds
from core.turn.answer.deed_support import is_borne_out
from core.turn.answer.deeds import Deed, is_target
from core.turn.answer.drafts import is_in_draft
from core.turn.answer.effects import is_count_done, wrong_contents
from core.turn.answer.evidence import Evidence
from core.turn.answer.foreign_deeds import find_foreign_deeds
from core.turn.answer.instructions import is_instruction
from core.turn.answer.names import base_name, find_names, is_named, plain_name
from core.turn.answer.orders import asks_for_deed
from core.turn.answer.plain import plain_sentence
from core.turn.answer.states import begins_gerund, find_states, is_errand

_EARLIER = re.compile(r"\b(?:earlier|before|already|previously|yesterday|last time|so far|vorhin|bereits|schon|zuvor|gestern|déjà|hier|antes|ya|ayer)\b", re.I)
_QUOTE = re.compile(r"[“„\"«]|(?<!\w)'(?=\w)")
_CLAUSE_END = re.compile(r"[,;:—–()，；。、]|\b(?:and|but|und|aber|et|mais|y|pero)\b", re.I)


class DeedChecker:
    """Checks the deeds of sentences against one evidence."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self.wants_deed = asks_for_deed(evidence.request)
        self._is_text_work = evidence.is_text_work and not evidence.has_results
        self._is_text_given = evidence.is_text_work and not any(step.is_acting and step.is_done for step in evidence.steps)  # else it is in a file, and the answer is about it

    def faults(self, sentence: str, said: str) -> list[str]:
        """The words of each claim that nothing bears out, in a sentence that follows ``said``."""
        plain = plain_sentence(sentence)
        claims = self._claims(plain)
        wrong = wrong_contents(plain, self._evidence)
        if not (claims or wrong) or self._is_quoted(sentence, plain, said):
            return []
        ends = [*(claim.start for claim in claims[1:]), *([len(plain)] if claims else [])]
        return wrong + [claim.words for claim, end in zip(claims, ends, strict=True) if not self._is_done(claim, plain, end)]

    def may_claim(self, part: str) -> bool:
        """Whether a sentence that begins with ``part`` may turn out to claim a deed: what it names, and whether it asks, may still come."""
        plain = plain_sentence(part)
        if self._is_text_given:
            return bool(find_deeds(plain, self._is_text_work, self.wants_deed))
        if any(step.changes for step in self._evidence.steps) and _QUOTE.search(plain):
            return True  # it may be what a changed file is said to hold
        found = find_deeds(plain, is_ordered=True)
        may_be_done = any(claim.form != "result" for claim in found) or (bool(found) and bool(find_deeds(plain)))
        return bool(may_be_done or find_states(plain, self._evidence.request) or begins_gerund(plain) or find_foreign_deeds(plain, is_ordered=True, is_growing=True))

    def _claims(self, plain: str) -> list[DeedClaim]:
        claims = [claim for claim in find_deeds(plain, self._is_text_work, self.wants_deed) if not is_instruction(claim, plain, self._evidence.request)]
        if not self._is_text_given:
            claims += find_foreign_deeds(plain, self.wants_deed)
        if not self._is_text_given:
            is_any = self.wants_deed or self._names_something(plain)
            states = [state for state in find_states(plain, self._evidence.request) if is_any or is_errand(state, plain)]
            claims += [state for state in states if not any(_overlap(state, claim) for claim in claims)]
        return sorted(claims, key=lambda claim: claim.start)

    def _names_something(self, plain: str) -> bool:
        """Whether a sentence names what is in the workspace or what was changed."""
        names = [name.text for name in find_names(plain)]
        return any(self._evidence.is_here(name) for name in names)

    def _is_quoted(self, sentence: str, plain: str, said: str) -> bool:
        """Whether somebody else says it: in a letter that is being written, or in quoted lines that stand in a text that was read."""
        line = (said.rsplit("\n", 1)[-1] + sentence).lstrip()
        if line.startswith(">") and not self._is_text_given:
            return plain_name(plain.strip()) in self._evidence.haystack
        return is_in_draft(sentence, said, self._is_text_given)

    def _is_done(self, claim: DeedClaim, sentence: str, end: int) -> bool:
        if claim.kind == "looked":
            return self._evidence.has_results or len(self._evidence.texts) > 1
        clause = _clause(sentence, claim)
        names = [name.text for name in find_names(clause)]
        if self._is_by(claim, sentence, end, names, self._evidence.deeds) and is_count_done(
            claim.kind, sentence[: end if claim.form != "passive" else len(sentence)], self._evidence
        ):
            return True
        if claim.form not in ("first", "promise") and self._evidence.has_material and self._is_reported(claim, names):
            return True
        return (bool(_EARLIER.search(sentence)) or claim.form != "first") and self._is_by(claim, sentence, end, names, self._evidence.earlier)

    def _is_by(self, claim: DeedClaim, sentence: str, end: int, names: Sequence[str], deeds: Sequence[Deed]) -> bool:
        """Whether one of ``deeds`` bears a claim out; those that are told by a state or in other languages are held against the names of their clause."""
        if claim.form not in ("state", "foreign"):
            return is_borne_out(claim, sentence, end, self._evidence, deeds)
        targets = [target for deed in deeds if deed.kind in SUPPORT[claim.kind] for target in (*deed.targets, deed.tool)]
        return bool(targets) and (not names or any(is_target(name, targets) for name in names))

    def _is_reported(self, claim: DeedClaim, names: Sequence[str]) -> bool:
        """Whether a text of the conversation or a result says the same of the same things: then it is a fact of that text, not a new deed."""
        if claim.form == "state" and claim.kind == "removed" and names and self._evidence.here and not any(self._evidence.is_here(name) for name in names):
            return True  # what is not there may be said to be gone
        if claim.kind == "scheduled" and claim.form == "state" and any({"scheduled"} & _kinds_named(step.tool) for step in self._evidence.steps if step.is_done):
            return True  # a look at the calendar
        steps = (step.text for step in self._evidence.steps if not step.is_acting and not step.is_own_words)
        lines = (line for text in (*self._evidence.texts[1:], *steps) for line in text.split("\n"))
        word = re.compile(rf"(?<!\w){re.escape(claim.words)}(?!\w)", re.I)
        return any(word.search(line) and all(is_named(base_name(name), plain_name(line)) for name in names) for line in lines)


def _kinds_named(tool: str) -> set[str]:
    return {"scheduled"} if re.search(r"calendar|caldav|schedul|remind|alarm|task|event", tool, re.I) else set()


def _overlap(one: DeedClaim, other: DeedClaim) -> bool:
    return one.start < other.start + len(other.words) and other.start < one.start + len(one.words)


def _clause(sentence: str, claim: DeedClaim) -> str:
    """The part of a sentence in which a claim stands; the whole of it where the part names nothing."""
    begin = max((match.end() for match in _CLAUSE_END.finditer(sentence, 0, claim.start)), default=0)
    stop = _CLAUSE_END.search(sentence, claim.start + len(claim.words))
    clause = sentence[begin : stop.start() if stop else len(sentence)]
    return clause if any(True for _ in find_names(clause)) else sentence if ":" in sentence[: claim.start] else clause
