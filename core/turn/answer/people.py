"""Names of people and places in answers to "who" and "where": each has to stand in what was read."""

from __future__ import annotations

import re

from core.turn.answer.evidence import Evidence
from core.turn.answer.lexicon import MONTHS, WEEKDAYS

_ASKS_FOR_NAMES = re.compile(r"\b(?:who|whom|whose|where|wer|wem|wen|wo|wohin|qui|où|quién(?:es)?|dónde)\b", re.I)
_NAME = re.compile(r"(?<![\w.!?:;\n*#>|-])(?<=[ (])[*_`]*([A-ZÀ-Ý][a-zà-ÿ]{2,})\b")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;\n|>*#-])\s*$")
_COMMON_TEXT = (
    "english german french spanish italian dutch markdown excel word csv pdf json desktop internet montag monday the this that there according please note yes they their here nobody everyone both all and not none "
    "mr mrs ms dr herr frau madame monsieur señor señora"
)
_COMMON = frozenset({*_COMMON_TEXT.split(), *MONTHS, *WEEKDAYS})


def unknown_people(sentence: str, evidence: Evidence) -> list[str]:
    """Capitalised words within a sentence that nothing read in this turn holds, where the request asks who or where. German, whose nouns are capitalised, is left out."""
    if not _ASKS_FOR_NAMES.search(evidence.request) or re.search(r"\b(?:der|die|das|und|ist|sind|wird)\b", sentence):
        return []
    found = [match[1] for match in _NAME.finditer(sentence) if not _SENTENCE_START.search(sentence[: match.start()])]
    return [name for name in found if name.lower() not in _COMMON and not re.search(rf"(?<!\w){re.escape(name.lower())}", evidence.haystack)]
