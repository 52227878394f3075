"""How thinking begins whose opening tag a template has swallowed: "Okay, the user wants …", "I should think …"."""

from __future__ import annotations

import re

_LEAD = r"\s*(?:(?:okay|ok|alright|all right|right|well|so|now|hmm+|first)\b[,.:… ]*)"
_SELF_TALK = re.compile(
    rf"{_LEAD}*(?:the user\b|(?:I|we)(?: should| need to| have to| must|['’]ll need to) |let me (?:think|see|figure|consider|recall|start|break)|let['’]?s (?:think|see|break|figure|consider)|(?<=hmm)[,.… ]|(?<=hmm,) )",
    re.IGNORECASE,
)
_BEGUN = re.compile(
    rf"{_LEAD}+(?:t|th|the(?: u\w{{0,3}}| )?)?|{_LEAD}*(?:o|ok|oka|a|al|alr\w*|h|hm+|s|n|no|f|fi\w*|I|I[ '’][a-z' ’]{{0,9}}|w|we[ a-z]{{0,9}}|l|le|let|let['’ ][a-z ]{{0,9}}|the u\w{{0,3}})?",
    re.IGNORECASE,
)
MOST_HELD = 6000  # letters of what begins like thinking that wait for its end


def may_be_self_talk(text: str) -> bool:
    """Whether a reply that begins with ``text`` may be thinking whose end is still to come."""
    return len(text) <= MOST_HELD and bool(_SELF_TALK.match(text) or _BEGUN.fullmatch(text))
