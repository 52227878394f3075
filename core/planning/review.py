"""Judging a review: a score is believed only when it does not contradict its own text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.planning.plan_checks import Finding

_BAD = re.compile(
    r"\b(wrong|missing|misses|incorrect|does not|doesn't|cannot|can't|fails?|failed|invent\w*|hallucinat\w*|unsafe|dangerous|not asked|never asked|incomplete|must (?:not|be)|should not|no such|unknown|reject\w*|harm\w*|delete[sd]? (?:the )?wrong)\b",
    re.I,
)
_MILD = re.compile(r"\b(minor|optional|could|might|nit|cosmetic|nice to have|consider)\b", re.I)
_GOOD = re.compile(r"\b(perfect|excellent|fully correct|nothing to (?:mend|improve)|does exactly|complete and correct|no (?:issues|problems))\b", re.I)


SURE = 0.7  # a planner's own confidence from which its plan may stand without another model's opinion


@dataclass(frozen=True, slots=True)
class Review:
    """One judgement of one plan. ``by`` is a model id or ``code``."""

    score: float
    issues: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    by: str = "code"
    contradiction: str = ""

    def to_json(self) -> dict:
        return {"score": round(self.score, 3), "issues": list(self.issues), "suggestions": list(self.suggestions), "by": self.by, "contradiction": self.contradiction}


def contradiction(score: float, issues: tuple[str, ...], threshold: float, text: str = "") -> str:
    """Why the score cannot be believed, or nothing.

    High score beside an issue that must be mended; low score beside nothing but praise.
    """
    serious = [issue for issue in issues if _BAD.search(issue) and not _MILD.search(issue)]
    if score >= threshold and serious:
        return f"a score of {score:g} beside: {serious[0]}"
    if score < threshold and not issues and _GOOD.search(text):
        return f"a score of {score:g} beside nothing but praise"
    return ""


def code_review(findings: list[Finding], confidence: float) -> Review:
    """The judgement of code alone: hard findings sink a plan, each doubt costs 0.1, the planner's confidence the rest."""
    hard = tuple(finding.text for finding in findings if finding.hard)
    soft = tuple(finding.text for finding in findings if not finding.hard)
    if hard:
        return Review(0.0, hard + soft)
    base = 0.75 + 0.25 * min(1.0, confidence) if confidence >= SURE else confidence
    return Review(max(0.0, base - 0.1 * len(soft)), soft)
