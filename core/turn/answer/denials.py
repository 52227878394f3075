"""Answers that leave something open: a question back, plain words that it was not done or not found, or that the assistant cannot."""

from __future__ import annotations

import re

from core.turn.answer.plain import plain_letters
from core.turn.language import detect_language

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n")
_DENIALS = {
    "en": r"\b(?:cannot|can['’]?t|could ?n['’]?t|could not|can not|unable|not able|sorry|(?:did|do|does|has|have|had|was|were|is|are|will|would)(?: not|n['’]t)|won['’]t|not (?:found|been|yet|done|possible)|"
    r"(?:is|are|was|were|found|have|has|see) (?:no|nothing|none)|nothing(?! (?:remains|is left)\b)|no such|no (?:file|folder|tool)s?|already|i(?:['’]d| would)? need|please (?:tell|provide|specify|confirm|give|share|let|attach)|refused|declined)\b",
    "de": r"\b(?:nicht(?! mehr)|kein\w*|nichts|leider|bereits|unmöglich|bitte (?:nenn|gib|sag|bestätig)\w*)\b",
    "fr": r"\bn['’]\w+(?! plus)|\bne \w+ (?:pas|rien|aucun)|\b(?:aucune?|désolée?|déjà|veuillez|merci de)\b",
    "es": r"\bno (?:hay|existe|se|he|lo he|la he|puedo|pude|encontr\w+|tengo|está|ha)\b|\b(?:ning[uú]n\w*|imposible|lo siento)\b",
}  # fmt: skip
_DENIAL = re.compile("|".join(_DENIALS.values()), re.I)
_UNABLE = re.compile(  # said of the assistant itself: not "there are no typos", which claims to have looked
    r"\bI(?:['’]m| am| was)? (?:not able|unable)\b|\bI (?:cannot|can['’]?t|can not|could ?n['’]?t|could not|(?:do ?n['’]t|do not) (?:have|see|know)|(?:did ?n['’]t|did not) (?:look|read|check|open|see|find)|"
    r"(?:have ?n['’]t|have not) (?:looked|read|checked|opened|seen)|have no (?:access|tool|way)|(?:would )?need)\b|\bI['’]d need\b|\bplease (?:tell|provide|specify|confirm|give|share|let me|attach|paste)\b"
    r"|\b(?:no|not|n['’]t)\b[^.!?]{0,40}\b(?:set up|connected|configured|available to me|accessible)\b"
    r"|\bich (?:kann|konnte|habe|sehe|finde|weiß|brauche)\b[^.!?]{0,60}\b(?:nicht|kein\w*)\b|\b(?:nicht|kein\w*)\b[^.!?]{0,30}\beingerichtet\b"
    r"|\bje (?:ne (?:peux|vois|trouve|sais)|n['’](?:ai|arrive))\b|\b(?:no (?:puedo|tengo|veo|encuentro|sé|pude))\b",
    re.I,
)
_ABSENT = re.compile(
    r"\b(?:no (?:such )?(?:file|folder)|(?:does ?n['’]t|does not|do not) exist|not (?:here|there|found|in (?:this|the))|is ?n['’]t (?:here|there|any)|is (?:no|none)|nicht (?:da|hier|gefunden|vorhanden)|kein\w* (?:datei|ordner)|"
    r"gibt es (?:hier )?(?:nicht|kein\w*)|existe pas|n['’]y a pas|aucun \w+|no (?:existe|hay|está))\b",
    re.I,
)
_ASKS = re.compile(r"[?？؟](?:[\s\"'”»)*_`]|$)")
_NEGATED = re.compile(r"\b(?:não|non|niet|geen|nie|не|нет|ні|немає|değil|yok|لا|لم|لن|ليس)\b|[没沒无無不]|ない|ません|못|않|없")
KNOWN = ("en", "de", "fr", "es")  # languages whose claims and denials are found by their words
LONG = 300  # letters of a text that is more than a claim: a letter, a list


def is_left_open(answer: str) -> bool:
    """Whether an answer asks back, or says that something was not done. A question after other words counts in languages whose claims are found only."""
    text = plain_letters(answer)
    if _DENIAL.search(text) or is_question_back(text):
        return True
    return bool(_ASKS.search(text)) and detect_language(re.sub(r"\bI\b", "you", text)) in KNOWN


def is_question_back(answer: str) -> bool:
    """Whether an answer begins with a question."""
    return bool(_ASKS.search(_SENTENCE.split(answer.strip(), maxsplit=1)[0]))


def admits_not_looking(answer: str, is_there: bool) -> bool:
    """Whether an answer about something that was not looked at says so, or asks back; that it is not there counts where it really is not (``is_there``)."""
    text = plain_letters(answer)
    return bool(_UNABLE.search(text)) or is_question_back(text) or (not is_there and bool(_ABSENT.search(text)))


def is_more_than_a_claim(answer: str) -> bool:
    """Whether words that cannot stand alone are still worth showing: a text that was asked for, or what may be a refusal in a language whose words are not known."""
    text = plain_letters(answer.strip())
    is_unknown = detect_language(text) not in KNOWN
    return len(text) > LONG or "\n\n" in text or (is_unknown and bool(_NEGATED.search(text)))


def is_negated(words: str) -> bool:
    """Whether a part of a sentence says "not", in a language beyond :data:`KNOWN`."""
    return bool(_NEGATED.search(words))
