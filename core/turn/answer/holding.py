"""From where on a growing sentence has to wait: at the first token that begins, could begin, or makes whole a claim."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable

from core.turn.answer.claimed import VERBS
from core.turn.answer.deed_claims import may_claim_after
from core.turn.answer.lexicon import COUNT_WORDS, MONTHS, RELATIVE_DAYS, WEEKDAYS
from core.turn.answer.names import find_names
from core.turn.answer.number_words import NUMBER_WORDS

_TOKEN = re.compile(r"`[^`\n]*`\S*|[^\s]+")
_MARKUP = "*_`\"“”„'’()[]{}<>,;:!?.…—–|-✅✓✔"
_LIST_NUMBER = re.compile(r"[ \t>]*\(?\d{1,3}[.)]$")
_CITATION = re.compile(r"[*_]*(?:\[\^?\d{1,3}\])+[.,;:]?$")
_SUBJECT = re.compile(r"(?:i|we|i['’](?:ve|d|ll|m)|we['’]ve|ich|wir|j['’]ai|je|nous|he|hemos|te)$", re.I)
_GERMAN = re.compile(r"\b(?:ich|wir) (?:\w+ )?(?:habe?|haben|werde|erinnere)\b|\b(?:habe|haben) (?:ich|wir)\b", re.I)
_ON_THE_WAY_TEXT = (
    "have had did will 've now just also already successfully then first finally both all only carefully safely therefore automatically quickly briefly "
    "gone ahead and each instead jetzt auch bereits schon nun erfolgreich aussi déjà bien tout ya también lo la los las going to be sure viens de avons te "
    "vous"
)
_ON_THE_WAY = frozenset(_ON_THE_WAY_TEXT.split())
_PROMISED_TEXT = "remind erinnern erinnere rappellerai recordaré"
_PROMISED = frozenset(_PROMISED_TEXT.split())
_CLAIM_WORDS = frozenset({*COUNT_WORDS, *(word for word in MONTHS if len(word) > 3), *WEEKDAYS, *RELATIVE_DAYS} - {"may", "march", "heute", "hier", "ayer", "hoy", "mars"})
_FACT_WORDS = sorted({*_CLAIM_WORDS, *NUMBER_WORDS, "billion", "zero", "none", "half", "dozen"})  # plain words that are facts
_SUBJECTS = ("i", "i've", "i'll", "we", "we've", "ich", "wir", "habe", "haben", "j'ai", "je", "nous", "he", "hemos", "te")
_STARTS = sorted({*VERBS, *_SUBJECTS})
_FOLLOWING = sorted({*VERBS, *_PROMISED, *_ON_THE_WAY})
_COMMON_WORDS = (  # shown although they may still grow: they are whole nearly always
    "the this that these there then they your you its for from to and but are was according based both here yes sure okay hello "
    "der die das den dem nein ein eine und oder aber laut les une des los las según"
)
_COMMON = frozenset(_COMMON_WORDS.split())


MOST_LOOKED_AT = 240  # letters before a word that tell whether it makes a claim
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # scripts whose words no space ends
_LAG = 3  # letters of such a script that wait for the next ones, with which they may make a word


def hold_index(sentence: str, start: int, is_strict: bool, is_suspect: Callable[[str], bool] = lambda part: False, fresh: int | None = None) -> tuple[int, bool]:
    """How many letters of a growing sentence may be shown, and whether the rest waits for the sentence's end (else only for its next words).

    ``start``: what is shown already. ``is_strict``: facts are claims as well, so a word waits until it is whole; a plain one that came in one
    piece, from letter ``fresh`` on, is taken for that. ``is_suspect``: whether a part of the
    sentence, up to a whole word, holds what the sentence may be refused for: the very judgement of the end, as far as it can be made by then.
    """
    tokens = list(_TOKEN.finditer(sentence, start))
    shown, waits = _hold_by_words(sentence, tokens, is_strict, is_suspect, len(sentence) if fresh is None else fresh)
    whole = [token for token in tokens if token.end() < min(len(sentence), shown)]
    if whole and is_suspect(_near(sentence, whole[-1].end() + 1)):
        return next(token.start() for token in whole if is_suspect(_near(sentence, token.end() + 1))), True
    return shown, waits


def _hold_by_words(sentence: str, tokens: list[re.Match[str]], is_strict: bool, is_suspect: Callable[[str], bool], fresh: int) -> tuple[int, bool]:
    for place, token in enumerate(tokens):
        is_open = token.end() == len(sentence)
        if is_open and _UNSPACED.search(token[0]):
            return _hold_unspaced(token, sentence, is_strict, is_suspect)
        if is_open:
            is_growing = is_strict and not (token.start() >= fresh and _is_plain(token[0]))
            is_held = _has_to_wait(token[0], sentence[: token.start()], is_growing) or is_suspect(_near(sentence, token.end()))
            return (token.start() if is_held else len(sentence)), False
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


def _near(sentence: str, end: int) -> str:
    return sentence[max(0, end - MOST_LOOKED_AT) : end]


def _hold_unspaced(token: re.Match[str], sentence: str, is_strict: bool, is_suspect: Callable[[str], bool]) -> tuple[int, bool]:
    """As :func:`hold_index`, for the end of a sentence in a script without spaces."""
    if (is_strict and _is_claim(token, token[0].lower(), sentence)) or is_suspect(_near(sentence, token.end())):
        return token.start(), True
    return max(token.start(), len(sentence) - _LAG), False


def _follow_subject(sentence: str, tokens: list[re.Match[str]]) -> str:
    """What becomes of "I …": ``claim``, ``open`` while only helping words came, empty for anything else."""
    if _GERMAN.match(sentence, tokens[0].start()) or _GERMAN.search(sentence[max(0, tokens[0].start() - 24) : tokens[0].end()]):
        return "claim"
    for token in tokens[1:]:
        word = token[0].strip(_MARKUP).lower()
        if token.end() == len(sentence):
            return "open" if _may_become(token[0], _FOLLOWING) else ""
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


def _has_to_wait(part: str, before: str, is_strict: bool) -> bool:
    """Whether a word that is still growing has to be whole before it is shown."""
    bare = part.strip(_MARKUP).lower()
    if is_strict:
        return part.lower() not in _COMMON
    return _may_become(part, _STARTS) and (any(subject.startswith(bare) for subject in _SUBJECTS) or may_claim_after(before))


def _is_plain(part: str) -> bool:
    """Whether a word has small letters only, and becomes neither a number nor a day."""
    return part.isascii() and part.isalpha() and part.islower() and not _may_become(part, _FACT_WORDS)


def _may_become(part: str, words: list[str]) -> bool:
    """Whether a word that is still growing could become one of sorted ``words``."""
    bare = part.strip(_MARKUP).lower()
    place = bisect_left(words, bare)
    return bool(bare) and place < len(words) and words[place].startswith(bare)
