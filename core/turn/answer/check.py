"""What of a sentence nothing bears out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from core.turn.answer.claims import Claim, find_claims
from core.turn.answer.deed_claims import DeedClaim, find_deeds, find_idioms
from core.turn.answer.deed_support import is_borne_out
from core.turn.answer.drafts import is_in_draft
from core.turn.answer.evidence import Evidence
from core.turn.answer.figures import Figures
from core.turn.answer.instructions import is_instruction
from core.turn.answer.moments import Moments
from core.turn.answer.names import is_named, plain_name
from core.turn.answer.orders import orders_deed
from core.turn.answer.plain import plain_sentence

Checks = Literal["all", "deeds", "none"]
FaultKind = Literal["number", "date", "time", "name", "deed"]
_KIND: dict[str, FaultKind] = {
    "number": "number", "count": "number", "date": "date", "month": "date", "weekday": "date", "relative": "date", "time": "time", "name": "name", "address": "name",
}  # fmt: skip
_PROPOSAL = re.compile(
    r"\?\W*$|\b(?:could|would|should|may|might|can|want me to|suggest|recommend|e\.g\.|for example|such as|for instance|if you|let me know|könnte|würde|kann|soll|zum beispiel|z\. ?b\.|"
    r"vorschlag|pourrais|peux|par exemple|podría|puedo|por ejemplo)\b",
    re.I,
)
_EARLIER = re.compile(r"\b(?:earlier|before|already|previously|yesterday|last time|so far|vorhin|bereits|schon|zuvor|gestern|déjà|hier|antes|ya|ayer)\b", re.I)


@dataclass(frozen=True, slots=True)
class Fault:
    """A claim that nothing bears out: its kind, its words, and the sentence they stand in."""

    kind: FaultKind
    words: str
    sentence: str = ""


class Checker:
    """Checks sentences against one evidence; what is costly to gather is gathered once."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self._figures = Figures(evidence)
        self._moments = Moments(evidence)
        self._is_ordered = orders_deed(evidence.request)

    def unsupported(self, sentence: str, said: str = "", checks: Checks = "all") -> list[Fault]:
        """The faults of a sentence that follows ``said``. Without material (:attr:`Evidence.has_material`) only deeds are checked."""
        if checks == "none":
            return []
        faults = self._deed_faults(sentence, said)
        if checks == "all" and self.evidence.has_material:
            faults += [Fault(_KIND[claim.kind], claim.text, sentence) for claim in find_claims(sentence) if not self._holds(claim, sentence, said)]
        return faults

    def _holds(self, claim: Claim, sentence: str, said: str) -> bool:
        if claim.kind in ("number", "count"):
            return self._figures.is_supported(claim, sentence, said)
        if claim.kind not in ("name", "address"):
            return self._moments.is_supported(claim, sentence, said)
        return bool(_PROPOSAL.search(sentence)) or is_named(claim.text, self.evidence.haystack) or is_named(claim.text, plain_name(said))

    def _deed_faults(self, sentence: str, said: str) -> list[Fault]:
        is_text_work = self.evidence.is_text_work and not self.evidence.has_results
        plain = plain_sentence(sentence)
        claims = [claim for claim in find_deeds(plain, is_text_work) if not is_instruction(claim, plain, self.evidence.request)]
        claims = claims or (find_idioms(plain) if self._is_ordered else [])
        if not claims or self._is_quoted(sentence, plain, said):
            return []
        ends = [*(claim.start for claim in claims[1:]), len(plain)]
        return [Fault("deed", claim.words, sentence) for claim, end in zip(claims, ends, strict=True) if not self._is_done(claim, plain, end)]

    def _is_quoted(self, sentence: str, plain: str, said: str) -> bool:
        """Whether somebody else says it: in a letter that is being written, or in quoted lines that stand in a text that was read."""
        line = (said.rsplit("\n", 1)[-1] + sentence).lstrip()
        if line.startswith(">") and not self.evidence.is_text_work:
            return plain_name(plain.strip()) in self.evidence.haystack
        return is_in_draft(sentence, said, self.evidence.is_text_work)

    def _is_done(self, claim: DeedClaim, sentence: str, end: int) -> bool:
        if claim.kind == "looked":
            return self.evidence.has_material or len(self.evidence.texts) > 1
        if is_borne_out(claim, sentence, end, self.evidence):
            return True
        if claim.form in ("passive", "terse") and self.evidence.has_material and self._is_reported(claim.words):
            return True
        return bool(_EARLIER.search(sentence)) and self._is_reported(claim.words)

    def _is_reported(self, word: str) -> bool:
        """Whether a text of the conversation or a result says the same: then it is a fact of that text, not a new deed."""
        texts = (
            *self.evidence.texts[1:],
            *(step.text for step in self.evidence.steps if not step.is_acting),
        )
        return any(re.search(rf"\b{re.escape(word)}\b", text, re.I) for text in texts)


def unsupported(sentence: str, evidence: Evidence, said: str = "", checks: Checks = "all") -> list[Fault]:
    """The claims of ``sentence`` that nothing in evidence bears out. ``said`` is the answer before it. For many sentences make one :class:`Checker`."""
    return Checker(evidence).unsupported(sentence, said, checks)
