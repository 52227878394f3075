"""Reviews of a plan: reading them, and believing a score only when it does not contradict its own text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from core.calls.reader import visible
from core.planning.checks.finding import Finding
from core.planning.plan_format import ParseError, find_json

_BAD = re.compile(
    r"\b(wrong|missing|misses|incorrect|does not|doesn't|cannot|can't|fails?|failed|invent\w*|hallucinat\w*|unsafe|dangerous|not asked|never asked|incomplete|must (?:not|be)|should not|no such|unknown|reject\w*|harm\w*|delete[sd]? (?:the )?wrong)\b",
    re.I,
)
_MILD = re.compile(r"\b(minor|optional|could|might|nit|cosmetic|nice to have|consider)\b", re.I)
_GOOD = re.compile(r"\b(perfect|excellent|fully correct|nothing to (?:mend|improve)|does exactly|complete and correct|no (?:issues|problems))\b", re.I)
REVIEW_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "issues": {"type": "array", "items": {"type": "string"}},
        "suggestions": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["score", "issues", "suggestions"],
}
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


def find_contradiction(score: float, issues: tuple[str, ...], threshold: float, text: str = "") -> str:
    """Return why the score cannot be believed, or nothing.

    High score beside an issue that must be mended; low score beside nothing but praise.
    """
    serious = [issue for issue in issues if _BAD.search(issue) and not _MILD.search(issue)]
    if score >= threshold and serious:
        return f"a score of {score:g} beside: {serious[0]}"
    if score < threshold and not issues and _GOOD.search(text):
        return f"a score of {score:g} beside nothing but praise"
    return ""


def review_by_code(findings: list[Finding], confidence: float) -> Review:
    """Judge by code alone: hard findings sink a plan, each doubt costs 0.1, the planner's confidence the rest."""
    hard = tuple(finding.text for finding in findings if finding.hard)
    soft = tuple(finding.text for finding in findings if not finding.hard)
    if hard:
        return Review(0.0, hard + soft)
    base = 0.75 + 0.25 * min(1.0, confidence) if confidence >= SURE else confidence
    return Review(max(0.0, base - 0.1 * len(soft)), soft)


def read_review(text: str) -> tuple[float, list[str], list[str]]:
    """Read ``(score, issues, suggestions)`` from JSON or from ``SCORE: … ISSUES: … SUGGESTIONS: …``. Raises :class:`ParseError`."""
    said = visible(text).strip()
    if "{" in said:
        value = find_json(said)
        if isinstance(value, dict) and "score" in {str(key).lower() for key in value}:
            value = {str(key).lower(): item for key, item in value.items()}
            return _read_score(value["score"]), _split_lines(value.get("issues")), _split_lines(value.get("suggestions"))
    match = re.search(r"score\W{0,4}([\d.]+)\s*(?:/\s*(\d+)|(%))?", said, re.I)
    if not match:
        raise ParseError("it gives no score")
    number = float(match.group(1).rstrip(".")) / (float(match.group(2)) if match.group(2) else 100 if match.group(3) else 1)
    return _read_score(number), _split_lines(_find_section(said, "ISSUES")), _split_lines(_find_section(said, "SUGGESTIONS"))


def _read_score(value: Any) -> float:
    try:
        number = float(str(value).rstrip("%")) / (100 if str(value).endswith("%") else 1)
    except ValueError as error:
        raise ParseError(f"the score {value!r} is no number") from error
    if not 0 <= number <= 1:
        raise ParseError(f"the score {number:g} is not between 0 and 1")
    return number


def _find_section(text: str, name: str) -> str:
    match = re.search(rf"^\W*{name}\W*$(.*?)(?=^\W*(?:ISSUES|SUGGESTIONS|SCORE)\b|\Z)|{name}\s*:\s*(.*?)(?=\b(?:ISSUES|SUGGESTIONS|SCORE)\b\s*:|\Z)", text, re.S | re.M | re.I)
    return next((group for group in match.groups() if group), "") if match else ""


def _split_lines(value: Any) -> list[str]:
    rows = value if isinstance(value, list) else str(value or "").splitlines()
    texts = [re.sub(r"^\W*(?:\d+[.)])?\s*[-*•]?\s*", "", str(row if not isinstance(row, dict) else row.get("text") or row.get("issue") or json.dumps(row))).strip() for row in rows]
    return [text for text in texts if text and text.lower().rstrip(".") not in ("none", "no issues", "n/a", "no suggestions", "nothing", "-")]
