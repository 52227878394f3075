"""From where on a growing sentence has to wait: at the first token that begins, or could begin, a claim."""

from __future__ import annotations

import re
from bisect import bisect_left

from core.turn.answer.claimed import VERBS
from core.turn.answer.deed_claims import may_claim_after
from core.turn.answer.lexicon import COUNT_WORDS, MONTHS, RELATIVE_DAYS, WEEKDAYS
from core.turn.answer.names import find_names

_TOKEN = re.compile(r"`[^`\n]*`\S*|[^\s]+")
_MARKUP = "*_`\"“”„'’()[]{}<>,;:!?.…—–|-✅✓✔"
_LIST_NUMBER = re.compile(r"[ \t>]*\(?\d{1,3}[.)]$")
_CITATION = re.compile(r"[*_]*(?:\[\^?\d{1,3}\])+[.,;:]?$")
_SUBJECT = re.compile(r"(?:i|we|i['’](?:ve|d|ll|m)|we['’]ve|ich|wir|j['’]ai|je|nous|he|hemos|te)$", re.I)
_GERMAN = re.compile(r"\b(?:ich|wir) (?:\w+ )?(?:habe?|haben|werde|erinnere)\b|\b(?:habe|haben) (?:ich|wir)\b", re.I)
_ON_THE_WAY = frozenset(
    [
        "have",
        "had",
        "did",
        "will",
        "'ve",
        "now",
        "just",
        "also",
        "already",
        "successfully",
        "then",
        "first",
        "finally",
        "both",
        "all",
        "only",
        "carefully",
        "safely",
        "therefore",
        "automatically",
        "quickly",
        "briefly",
        "gone",
        "ahead",
        "and",
        "each",
        "instead",
        "jetzt",
        "auch",
        "bereits",
        "schon",
        "nun",
        "erfolgreich",
        "aussi",
        "déjà",
        "bien",
        "tout",
        "ya",
        "también",
        "lo",
        "la",
        "los",
        "las",
        "going",
        "to",
        "be",
        "sure",
        "viens",
        "de",
        "avons",
        "te",
        "vous",
    ]
)
_PROMISED = frozenset(["remind", "erinnern", "erinnere", "rappellerai", "recordaré"])
_CLAIM_WORDS = frozenset({*COUNT_WORDS, *(word for word in MONTHS if len(word) > 3), *WEEKDAYS, *RELATIVE_DAYS} - {"may", "march", "heute", "hier", "ayer", "hoy", "mars"})
_STARTS = sorted({*VERBS, *_PROMISED, *_ON_THE_WAY, "i", "i've", "i'll", "we", "we've", "ich", "wir", "habe", "j'ai", "je", "he", "hemos", "werde"})


def hold_index(sentence: str, start: int, is_strict: bool) -> tuple[int, bool]:
    """How many letters of a growing sentence may be shown, and whether the rest waits for the sentence's end (else only for its next words).

    ``start``: what is shown already. ``is_strict``: facts are claims as well, so a word waits until it is whole.
    """
    tokens = list(_TOKEN.finditer(sentence, start))
    for place, token in enumerate(tokens):
        is_open = token.end() == len(sentence)
        if is_open:
            return (token.start() if is_strict or _may_become(token[0]) else len(sentence)), False
        word = token[0].strip(_MARKUP).lower()
        if is_strict and _is_claim(token, word, sentence):
            return token.start(), True
        if word in VERBS and may_claim_after(sentence[: token.start()]):
            return token.start(), True
        if _SUBJECT.match(word) or word in ("habe", "haben"):
            outcome = _follow_subject(sentence, tokens[place:])
            if outcome:
                return token.start(), outcome == "claim"
    return len(sentence), False


def _follow_subject(sentence: str, tokens: list[re.Match[str]]) -> str:
    """What becomes of "I …": ``claim``, ``open`` while only helping words came, empty for anything else."""
    if _GERMAN.match(sentence, tokens[0].start()) or _GERMAN.search(sentence[max(0, tokens[0].start() - 24) : tokens[0].end()]):
        return "claim"
    for token in tokens[1:]:
        word = token[0].strip(_MARKUP).lower()
        if token.end() == len(sentence):
            return "open" if _may_become(token[0]) else ""
        if word in VERBS or word in _PROMISED:
            return "claim"
        if word not in _ON_THE_WAY and not (tokens[0][0].lower() == "ich" and token is tokens[1] and len(word) < 8):
            return ""
    return "open"


def _is_claim(token: re.Match[str], word: str, sentence: str) -> bool:
    if word in _CLAIM_WORDS or (word in ("march", "mars") and token[0].strip(_MARKUP)[:1].isupper()):
        return True
    if any(mark.isdigit() for mark in token[0]):
        return not (_LIST_NUMBER.fullmatch(sentence[: token.end()]) or _CITATION.fullmatch(token[0]))
    return ("." in word or "/" in word or "@" in word or "\\" in word) and any(True for _ in find_names(token[0]))


def _may_become(part: str) -> bool:
    """Whether a word that is still growing could become one that begins a deed."""
    bare = part.strip(_MARKUP).lower()
    if not bare:
        return False
    place = bisect_left(_STARTS, bare)
    return place < len(_STARTS) and _STARTS[place].startswith(bare)
