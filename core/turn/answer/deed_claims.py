"""Finds the sentences in which the assistant says that it did something: first person, passive ("has been moved"), or terse ("Moved 3 files")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from core.turn.answer.claimed import PLACES, PRONOUNS, TEXT_PARTS, THINGS, VERBS
from core.turn.answer.names import find_names

_ADVERBS = (
    r"(?:(?:now|just|also|already|successfully|then|first|finally|both|all|only|carefully|safely|therefore|automatically|quickly|briefly|gone|went|ahead|and|each|instead|"
    r"jetzt|auch|bereits|schon|nun|erfolgreich|soeben|gerade|aussi|déjà|bien|tout|ya|también|acabo|de)[ ,]+)*"
)
_FIRST = re.compile(
    rf"(?:\b(?:I|we) ?(?:['’]?ve|have|had|did)? {_ADVERBS}|\b(?:I|we)['’](?:ve|d) {_ADVERBS}|\bj['’]ai {_ADVERBS}|\b(?:nous avons|je viens de) {_ADVERBS}"
    r")$",
    re.I,
)
_FIRST_ES = re.compile(rf"(?<!no )(?<!no l[oae] )(?<!no l[oa]s )\b(?:he|hemos) {_ADVERBS}$", re.I)
_FIRST_DE = re.compile(r"\b(?:ich (?:\w+ )?hab['e]?|hab['e]? ich|wir haben|haben wir)\b(?P<rest>[^.!?\n]*)$", re.I)
NEGATION = re.compile(r"\b(?:not|n['’]t|never|nothing|no|none|cannot|unable|without|nicht|kein\w*|nie|nichts|ne|pas|jamais|rien|nunca|nada)\b|n['’]t\b", re.I)
CONDITION = re.compile(
    r"\b(?:if|once|when|whenever|after|unless|until|whether|before|while|because|wenn|falls|sobald|nachdem|bevor|ob|si|quand|cuando|could|can|should|would|might|may)\b[^,;:]*$",
    re.I,
)
_PASSIVE = re.compile(
    rf"\b(?:(?:has|have|had|(?<=\w)['’]s|(?<=\w)['’]ve)(?: both| all)? {_ADVERBS}been|(?:is|are) now|(?:was|were)(?= )|(?:is|are) (?:all|both) now|a été|ont été|ha sido|han sido|se ha|se han)"
    rf" {_ADVERBS}$", re.I,
)  # fmt: skip
_RESULT = re.compile(rf"(?:\b(?:is|are|est|sont|está|están)|(?<=\w)['’](?:s|re))(?: all| both)? {_ADVERBS}$", re.I)  # "it is saved": what is so after a deed
_RESULT_END = re.compile(r"[*_`]*(?: (?:now|already|successfully|for you|as (?:you )?(?:asked|requested|wished)|and \w+|maintenant|ahora))*\W*$", re.I)
YOURS = re.compile(r"\b(?:your|yours|you|dein\w*|du|ihre?[nmrs]?|euer|eure\w*|ton|ta|tes|votre|vos|vous|tus?|su)\b", re.I)
_PASSIVE_DE = re.compile(r"\b(?:wurden?|ist|sind)\b(?P<rest>[^.!?,;\n]*)$", re.I)
_TIDIED = ("cleaned", "cleared", "looked")
_SORTED = re.compile(r"\s+(?:[\w.-]+\s+){0,4}by\b|\s+list\b", re.I)  # "ordered them by date"
_WHEN = re.compile(r"[*_]*\s+(?:on|in|at|since|am|um|im)\s+[*_]*[\dA-Z]")
_WAS = re.compile(r"\b(?:was|were)\b[^.,;]{0,20}$", re.I)
_IN_THE_ANSWER = frozenset(
    [
        "made",
        "written",
        "wrote",
        "sorted",
        "organized",
        "organised",
        "grouped",
        "fixed",
        "corrected",
        "marked",
        "converted",
        "split",
        "combined",
        "drafted",
        "prepared",
        "replaced",
        "changed",
    ]
)
_RELATIVE = re.compile(r"\b(?:that|which|who|what) (?:has|have|had|is|are|was|were)\b[^,]*$", re.I)
_SUBJECT_PRONOUN = re.compile(r"\b(?:it|they|everything|both|all|es|sie|alles|beide|tout|todo)\b[^.,;]{0,30}$", re.I)
_START = re.compile(
    r"^[\s>*_#✅✓✔☑🗑📁-]*(?:(?:Done|All done|Okay|OK|Great|Sure|All set|Perfect|Got it|Erledigt|Fertig|Alles klar|Gerne|Fait|C['’]est fait|Hecho|Listo)[\s.,:!—–-]+)?"
    r"[✅✓✔☑🗑📁*_\s️]*(?:Successfully |Also |Then |Now )?$", re.I,
)  # fmt: skip
_AFTER_START = re.compile(
    r"[*_]{0,2}:?\s+[*_`\"“]*(?:an?|the|your|all|both|it|them|that|this|everything|as|in|into|to|from|every|each|new|\d|two|three|four|five|six|seven|eight|nine|ten|"
    r"als|nach|in|die|der|das|den|alle|eine?n?|le|la|les|el|los|las|un|une|una|[\w./-]+\.\w{2,4}\b|[\w./-]+/|\w+(?: \w+){0,5}? (?:to|from|in|into) (?:your|the|my)\b)",
    re.I,
)
_BY_OTHERS = re.compile(r"\s+(?:by|von|par|por)\s+(?!me\b|mir\b|moi\b|mí\b|date|name|type|size)", re.I)
_JOINED = re.compile(r"(?:\band|,|;|\bthen|\bund|\bsowie|\bet|\by|&)\s+" + _ADVERBS + "$", re.I)
_NOUN_START = re.compile(r"^[\s>*_✅✓✔-]*(?:(?:Done|All done|Okay|OK|Erledigt|Fertig)[\s.,:!—–-]+)?(?:[\w`.*/“”\"-]+(?: [—–-]|:)? ){1,6}$", re.I)
_AFTER_NOUN = re.compile(r"[*_]{0,2}\s*(?:[.!,;:—–✅-]|$|(?:to|as|in|into|for|successfully|from|at|on|nach|als|in|für)\b)", re.I)
_FINITE = re.compile(r"\b(?:is|are|was|were|has|have|can|will|you|he|she|they|who|that|which|ist|sind|wurde|wurden|kann)\b", re.I)
_PROMISE = re.compile(
    r"\bI['’]?(?:ll| will|['’]m going to) (?:(?:be|make) sure (?:to|I) |also |gladly |happily )*remind you\b|\bich (?:werde dich|werde sie|erinnere dich|erinnere sie)\b(?:[^.!?\n]*\berinnern\b)?|\bje (?:te|vous) rappellerai\b"
    r"|\bte (?:lo )?recordaré\b|\byou(?:['’]ll| will) (?:be reminded|(?:get|receive|have) (?:a|your|the) (?:reminder|notification|alert))\b|\b(?:du wirst|sie werden)\b[^.!?\n]*\berinnert\b", re.I,
)  # fmt: skip
_HARMLESS = re.compile(
    r"\s+(?:sure|up|out|sense|a (?:mistake|typo|point|difference|decision|choice|distinction|assumption)|an (?:assumption|error|effort|attempt)|you (?:some |a lot of )?(?:time|trouble|the)"
    r"|aside|together|no\b|nothing|by (?=date|name|size|\w+ing)|below|above|that (?:you|the|your)|through the conversation)\b", re.I,
)  # fmt: skip


@cache
def _group(words: str) -> re.Pattern[str]:
    return re.compile(r"(?<![\w-])(?:" + "|".join(sorted(map(re.escape, words.split()), key=len, reverse=True)) + r")(?![\w-])", re.I)


_WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class DeedClaim:
    """The assistant says that it did something of ``kind``; ``form`` is ``first``, ``passive``, ``result``, ``terse``, ``promise``, ``state`` or ``foreign``."""

    kind: str
    words: str
    start: int
    form: str


def find_deeds(sentence: str, is_text_work: bool = False, is_ordered: bool = False) -> list[DeedClaim]:
    """The claimed deeds of a sentence; questions, offers, conditions, denials and the person's own deeds are none.

    ``is_text_work``: the person wants something written or mended in the answer itself, so "it" is that text. ``is_ordered``: a deed was asked
    for, so that "I have …" is one whatever its object.
    """
    if sentence.rstrip(' *_`"”').endswith("?"):
        return []
    bare = without_quotes(sentence)
    found: list[DeedClaim] = [DeedClaim("scheduled", match[0], match.start(), "promise") for match in _PROMISE.finditer(bare) if not CONDITION.search(bare[: match.start()])]
    for match in find_verbs(bare):
        form = _form(bare, match, bool(found))
        if form and _is_about_things(bare, match, form, is_text_work, is_ordered):
            found.append(DeedClaim(VERBS[match[0].lower()].kind, match[0], match.start(), form))
    return found


def find_verbs(text: str) -> Iterator[re.Match[str]]:
    """The words of a text that are verbs of deeds: looked up one by one, since an alternation of hundreds is tried at each letter of a growing text."""
    return (match for match in _WORD.finditer(text) if match[0].lower() in VERBS)


def without_quotes(sentence: str) -> str:
    """Longer quotations blanked out: what others said is no claim."""
    return re.sub(r"[“„\"«]([^”“\"»\n]*\s[^”“\"»\n]*\s[^”“\"»\n]*)[”“\"»]", lambda match: "·" * len(match[0]), sentence)


def _form(text: str, match: re.Match[str], has_claim: bool) -> str:
    before, after = text[: match.start()].rstrip("*_`") if text[: match.start()].endswith(("**", "__")) else text[: match.start()], text[match.end() :]
    if (_HARMLESS.match(after) and match[0].lower() not in _TIDIED) or CONDITION.search(before):
        return ""
    if match[0].lower() == "ordered" and _SORTED.match(after):
        return ""
    clause = re.split(r"[;:—–]|, (?:but|aber|and I)\b|\b(?:but|aber|mais|pero)\b", before)[-1]
    if _FIRST.search(before) or (match[0][-1] in "oas" and _FIRST_ES.search(before)):
        return "first"
    if (german := _FIRST_DE.search(before)) and not NEGATION.search(german["rest"]):
        return "first"
    if has_claim and _JOINED.search(before) and not NEGATION.search(clause):
        return "first"
    if _START.search(before):
        return "terse" if (_AFTER_START.match(after) or not after.strip(" .!*_:")) and not _BY_OTHERS.match(after) else ""
    if NEGATION.search(clause) or _BY_OTHERS.match(after):
        return ""
    if _PASSIVE.search(before) or _PASSIVE_DE.search(before):
        return "" if _RELATIVE.search(before) else "passive"
    if _RESULT.search(before):
        return "" if _RELATIVE.search(before) else "result"
    return "terse" if _NOUN_START.match(before) and _AFTER_NOUN.match(after) and not _FINITE.search(before) else ""


def _is_about_things(text: str, match: re.Match[str], form: str, is_text_work: bool, is_ordered: bool) -> bool:
    verb = VERBS[match[0].lower()]
    near = text[max(0, match.start() - 90) : match.end() + 90]
    thing = bool(_group(THINGS).search(near)) or any(True for _ in find_names(near))
    if is_text_work and verb.kind in ("created", "changed", "removed") and not verb.is_strong:
        thing = bool(_group(PLACES).search(near)) or any(True for _ in find_names(near))
    if _group(TEXT_PARTS).search(near) and not thing:
        return False
    if verb.kind == "looked":
        return form == "first" and thing
    if form == "result":
        return _is_result(text, match, thing, is_text_work, is_ordered)
    if form == "first" and (verb.is_strong or verb.is_errand or (is_ordered and not is_text_work)):
        return True
    if form == "terse" and verb.is_strong and is_ordered and not is_text_work:
        return True
    if form == "passive":
        if was := _WAS.search(text[: match.start()]):
            subject = " ".join(text[: was.start()].split()[-4:])
            thing = bool(_group(THINGS).search(subject)) or any(True for _ in find_names(subject))
            if not (verb.is_strong or is_ordered) or _WHEN.match(text, match.end()):
                return False
        if verb.is_errand and (is_ordered or YOURS.search(text[: match.start()])):
            return True
        return thing or (not is_text_work and verb.is_strong and bool(_SUBJECT_PRONOUN.search(text[: match.start()])))
    pronoun = (
        not is_text_work
        and match[0].lower() not in _IN_THE_ANSWER
        and bool(_group(PRONOUNS).match(text[match.end() :].lstrip(" *_")) or _group(PRONOUNS).search(text[: match.start()].rsplit(",", 1)[-1]))
    )
    return thing or (pronoun and form != "terse") or (form == "terse" and verb.is_strong and bool(re.search(r"\d|\bto\b|\bas\b", text)) and not is_text_work)


def _is_result(text: str, match: re.Match[str], thing: bool, is_text_work: bool, is_ordered: bool) -> bool:
    """Whether "it is saved" tells of a deed: where one was ordered, where it is of the person's own things, or where it ends there. Else it may be how things work."""
    verb, subject = VERBS[match[0].lower()], text[: match.start()]
    is_meant = verb.is_strong or verb.is_errand
    if is_ordered:
        return thing or ((is_meant or verb.kind == "scheduled") and not is_text_work)
    if YOURS.search(subject):
        return (thing or is_meant) and not (is_text_work and verb.kind in ("created", "changed"))
    return is_meant and not is_text_work and (thing or bool(_SUBJECT_PRONOUN.search(subject))) and bool(_RESULT_END.match(text, match.end()))


def may_claim_after(before: str) -> bool:
    """Whether a verb after these words of a sentence could claim a deed; the words after it may still say otherwise."""
    return bool(
        _FIRST.search(before) or _FIRST_ES.search(before) or _FIRST_DE.search(before) or _PASSIVE.search(before) or _PASSIVE_DE.search(before)
        or _START.search(before) or _JOINED.search(before) or (_NOUN_START.match(before) and not _FINITE.search(before))
    )  # fmt: skip
