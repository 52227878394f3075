"""What of a sentence nothing bears out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from core.turn.answer.claims import Claim, find_claims
from core.turn.answer.deed_check import DeedChecker
from core.turn.answer.evidence import Evidence
from core.turn.answer.existing import find_missing_files
from core.turn.answer.figures import Figures
from core.turn.answer.moments import Moments
from core.turn.answer.names import base_name, find_names, is_named, plain_name
from core.turn.answer.people import unknown_people
from core.turn.answer.plain import visible
from core.turn.answer.sums import asked_sum

Checks = Literal["all", "deeds", "none"]
FaultKind = Literal["number", "date", "time", "name", "deed", "unseen"]
_KIND: dict[str, FaultKind] = {
    "number": "number", "count": "number", "date": "date", "month": "date", "weekday": "date", "relative": "date", "time": "time", "name": "name", "address": "name",
}  # fmt: skip
_PROPOSAL = re.compile(
    r"\?\W*$|\b(?:could|would|should|may|might|can|want me to|suggest|recommend|e\.g\.|for example|such as|for instance|if you|let me know|könnte|würde|kann|soll|zum beispiel|z\. ?b\.|"
    r"vorschlag|pourrais|peux|par exemple|podría|puedo|por ejemplo)\b",
    re.I,
)
_MACHINE = re.compile(  # what is said of this machine is no world knowledge
    r"\b(?:this|your|current) (?:folder|workspace|directory|inbox|mailbox|calendar|disk|drive|desktop|downloads|to-?do list|task list)\b|\b(?:folder|file) [`\"“*_]*[A-Z][\w.-]*[`\"”*_]* (?:contains|holds|has)\b"
    r"|\b(?:diese[rmns]?|dein\w*|ihr\w*) (?:ordner|kalender|posteingang|festplatte|desktop)\b|\b(?:ce|votre|ton) (?:dossier|calendrier|disque)\b|\b(?:esta|tu|su) (?:carpeta|calendario|disco)\b",
    re.I,
)
_FILES_ASKED = re.compile(
    r"\b(?:files?|folders?|documents?|here|workspace|director(?:y|ies)|everything|all|dateien?|ordner|hier|alles?|fichiers?|dossiers?|ici|tout|archivos?|carpetas?|aquí|todo)\b",
    re.I,
)
_NEGATION = re.compile(r"\b(?:not|n['’]t|never|no|untouched|unchanged|left|remains?|nicht|kein\w*|unverändert|ne|pas|aucun\w*|no|ning\w+|sin)\b|n['’]t\b", re.I)


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
        self._deeds = DeedChecker(evidence)
        self._sum = asked_sum(evidence.request)

    @property
    def wants_deed(self) -> bool:
        """Whether the person wants something done, so that any sentence may claim that it was."""
        return self._deeds.wants_deed

    def looks_at_facts(self, checks: Checks) -> bool:
        """Whether a sentence may be refused for its numbers, dates and names. What is said of this machine always may, and only the end of a sentence tells."""
        return checks != "none" and ((checks == "all" and self.evidence.has_material) or not self.evidence.is_text_work)

    def is_suspect(self, part: str, checks: Checks = "all") -> bool:
        """Whether a sentence that begins with ``part`` may be refused for what stands in it, whatever follows: by the finders of :meth:`unsupported` itself."""
        seen = visible(part)
        if self._deeds.may_claim(part) or (self.looks_at_facts(checks) and any(not any(map(str.isdigit, claim.text)) for claim in find_claims(seen))):
            return True
        return checks == "all" and self.evidence.has_results and bool(unknown_people(seen, self.evidence))

    def is_bare_claim(self, sentence: str) -> bool:
        """Whether a sentence says that something was done, without saying what, where nothing was: "Done!"; the next one may tell what is meant."""
        is_anything_done = any(step.is_acting and step.is_done for step in self.evidence.steps)
        return not is_anything_done and self._deeds.may_claim(sentence) and not any(True for _ in find_names(sentence))

    def unsupported(self, sentence: str, said: str = "", checks: Checks = "all", following: str = "") -> list[Fault]:
        """The faults of a sentence between ``said`` and the list that is ``following``. In talk (``deeds``, or without :attr:`Evidence.has_material`) of facts only those of this machine."""
        if checks == "none":
            return []
        seen = visible(sentence)
        faults = [Fault("deed", words, sentence) for words in self._deeds.faults(sentence, said)]
        faults += [Fault(_KIND[claim.kind], claim.text, sentence) for claim in self._claims(seen, checks) if not self._holds(claim, seen, said, following)]
        faults += [Fault("name", name, sentence) for name in find_missing_files(seen, self.evidence) if not any(fault.words == name for fault in faults)]
        faults += [Fault("unseen", name, sentence) for name in self._untouched(seen)]
        if self._sum and (wrong := self._sum.wrong_result(seen)) and not any(fault.words == wrong for fault in faults):
            faults.append(Fault("number", wrong, sentence))
        if checks == "all" and self.evidence.has_results:
            faults += [Fault("name", name, sentence) for name in unknown_people(seen, self.evidence)]
        return faults

    def _claims(self, sentence: str, checks: Checks) -> list[Claim]:
        """The claims of facts that are checked: all where there is something to hold them against, else those about this machine."""
        if checks == "all" and self.evidence.has_material:
            return find_claims(sentence)
        if self.evidence.is_text_work:
            return []
        if _MACHINE.search(sentence):
            return find_claims(sentence)
        return [claim for claim in find_claims(sentence) if claim.kind == "name"] if self.wants_deed else []

    def _holds(self, claim: Claim, sentence: str, said: str, following: str) -> bool:
        if claim.kind in ("number", "count"):
            return self._figures.is_supported(claim, sentence, said, following)
        if claim.kind not in ("name", "address"):
            return self._moments.is_supported(claim, sentence, said)
        is_known = is_named(claim.text, self.evidence.haystack) or is_named(claim.text, plain_name(said)) or self.evidence.is_here(claim.text)
        return is_known or bool(_PROPOSAL.search(sentence))

    def _untouched(self, sentence: str) -> list[str]:
        """Files of the workspace of which the sentence says something although nobody spoke of them or looked at them, in whatever language it says it."""
        if not self.evidence.here or (self.evidence.is_text_work and not self.evidence.has_results) or _FILES_ASKED.search(self.evidence.request):
            return []
        if _PROPOSAL.search(sentence) or _NEGATION.search(sentence):
            return []
        names = [name.text for name in find_names(sentence) if not name.is_address and self.evidence.is_here(name.text)]
        return [name for name in names if not is_named(base_name(name), self.evidence.haystack)]


def unsupported(sentence: str, evidence: Evidence, said: str = "", checks: Checks = "all") -> list[Fault]:
    """The claims of ``sentence`` that nothing in evidence bears out. ``said`` is the answer before it. For many sentences make one :class:`Checker`."""
    return Checker(evidence).unsupported(sentence, said, checks)
