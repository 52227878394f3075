"""What of a sentence nothing bears out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from core.turn.answer.claimed import SUPPORT
from core.turn.answer.claims import Claim, find_claims
from core.turn.answer.deed_claims import DeedClaim, find_deeds
from core.turn.answer.deeds import Deed, is_target
from core.turn.answer.drafts import is_in_draft
from core.turn.answer.evidence import Evidence
from core.turn.answer.figures import Figures
from core.turn.answer.moments import Moments
from core.turn.answer.names import find_names, is_named, plain_name

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
_LINK_WORDS = re.compile(r"\b(?:to|into|in|as|from|based|with|using|because|since|so|nach|in|als|aus|mit|vers|dans|a|en|como)\b|→|->", re.I)


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
        claims = find_deeds(sentence, is_text_work)
        if not claims or is_in_draft(sentence, said, self.evidence.is_text_work):
            return []
        ends = [*(claim.start for claim in claims[1:]), len(sentence)]
        return [Fault("deed", claim.words, sentence) for claim, end in zip(claims, ends, strict=True) if not self._is_done(claim, sentence, end)]

    def _is_done(self, claim: DeedClaim, sentence: str, end: int) -> bool:
        if claim.kind == "looked":
            return self.evidence.has_material or len(self.evidence.texts) > 1
        deeds = [deed for deed in self.evidence.deeds if deed.kind in SUPPORT[claim.kind]]
        if deeds and _is_to_targets(deeds, sentence, claim, end):
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


def _is_to_targets(deeds: list[Deed], sentence: str, claim: DeedClaim, end: int) -> bool:
    """Whether the files that the sentence says were treated are those that were: its objects all, of the others one."""
    targets = [target for deed in deeds for target in deed.targets]
    if not targets:
        return True
    named = [name for name in find_names(sentence) if claim.form == "passive" or name.start < end]
    link = _LINK_WORDS.search(sentence, claim.start + len(claim.words))
    objects = [name for name in named if claim.start < name.start < (link.start() if link else end)]
    return all(is_target(name.text, targets) for name in objects) and (not named or any(is_target(name.text, targets) for name in named))


def unsupported(sentence: str, evidence: Evidence, said: str = "", checks: Checks = "all") -> list[Fault]:
    """The claims of ``sentence`` that nothing in evidence bears out. ``said`` is the answer before it. For many sentences make one :class:`Checker`."""
    return Checker(evidence).unsupported(sentence, said, checks)
