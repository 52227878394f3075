"""Claims of deeds by the state that they leave, or that is promised: "is gone", "Bob got the message", "your alarm is on", "I will wake you".

One table, by the kind of deed that would have to be done. They are claims where a deed was asked for, where the sentence names a file, or where it tells of the person's errands (:func:`is_errand`).
"""

from __future__ import annotations

import re

from core.turn.answer.claimed import VERBS
from core.turn.answer.deed_claims import CONDITION, NEGATION, YOURS, DeedClaim, without_quotes

_MESSAGE = r"(?:message|e-?mail|mail|copy|letter|note|file|invitation|news|reply|report|nachricht|kopie|brief|message|copie|mensaje|copia)"
_BELL = r"(?:reminder|alarm|timer|appointment|meeting|event|erinnerung|wecker|termin|rappel|alarme|recordatorio|alarma)"
_DEAL = r"(?:payment|transfer|order|booking|reservation|überweisung|zahlung|bestellung|buchung|reservierung|paiement|commande|pago|pedido)"
_TABLE: tuple[tuple[str, str], ...] = (
    ("removed", r"\b(?:is|are)(?: now| all| already)? gone\b|['’](?:s|re)(?: now| all)? gone\b|\b(?:ist|sind)\b[^,;!?\n]{0,30}\b(?:weg|verschwunden)\b"),
    ("removed", r"\b(?:no longer|not any ?more) (?:exists?|there|here)\b|\b(?:is|are) no longer\b|\bexistier(?:t|en) nicht mehr\b|\bn['’]existe(?:nt)? plus\b|\bya no (?:existe|está)n?\b|\b(?:nothing|little) (?:remains|is left) of\b"),
    ("removed", r"\b(?:got|gotten) rid of\b|\bbeen (?:wiped|purged|binned|shredded|thrown (?:out|away))\b|\b(?:I|we)(?:['’]ve| have)? (?:wiped|purged|binned|shredded)\b|\b(?:deletion|removal) of\b[^.;!?\n]{0,60}\b(?:success\w*|complete\w*|done)\b"),
    ("sent", r"\b(?:is|are)(?: now| already)? (?:on (?:its|their|the) way|out)\b(?! of)|['’]s on its way\b|\bknows? (?:now|about it)\b|\b(?:ist|sind) unterwegs\b"),
    ("sent", rf"(?<!\bI )(?<!\byou )(?<!\bwe )\b(?:has |have )?(?:now |already )?(?:got|received|gotten|gets) (?:the|your|a|my|it|his|her|an)\b(?: \w+)? ?{_MESSAGE}?\b|\bhat\b[^.;!?\n]{{0,30}}\b{_MESSAGE}\b[^.;!?\n]{{0,20}}\b(?:erhalten|bekommen)\b"),
    ("sent", r"(?<!\bI )(?<!\byou )\b(?:has|have) (?:now |already )?been (?:told|informed|notified|invited)\b|\bwei(?:ß|ss) (?:jetzt )?bescheid\b"),
    ("sent", rf"\b{_MESSAGE}s?\b[^.,;!?\n]{{0,30}}\b(?:(?:is|are) out|(?:went|has gone|have gone) (?:out|off|through)|(?:ist|sind)(?: jetzt| schon| bereits)? (?:raus|draußen))\b(?! of)"),
    ("sent", r"\bI(?:['’]ve| have)? (?:just |already )?(?:let (?!me\b)[\w ]{2,20} know|told (?!you\b)\w+)\b|\bich habe?\b[^.,;!?\n]{0,30}\bbescheid (?:gegeben|gesagt)\b"),
    ("ran", rf"\b{_DEAL}\b[^.,;!?\n]{{0,30}}\b(?:went through|(?:has|have) been placed|is (?:placed|made|confirmed|complete)|(?:ist|sind)(?: jetzt| schon| bereits)? (?:raus|durch|erledigt))\b"),
    ("scheduled", rf"\b{_BELL}s?\b[^.,;!?\n]{{0,40}}\b(?:is|are|ist|steht|est|está)(?: now| all| jetzt)?(?: set| on| up| in place| active| booked|\W*$)|\b{_BELL}\b[^.,;!?\n]{{0,20}}\b(?:will (?:ring|go off|sound)|rings|klingelt|sonnera|sonará)\b"),
    ("scheduled", r"\b(?:on|in) (?:your|the|my) calendar\b(?=[^.;!?\n]{0,20}\b(?:for|on|at|now)\b)|\bcalendar (?:now )?(?:shows|has|holds) (?:the|your|it|an?)\b|\b(?:steht|ist) (?:jetzt )?(?:im|in deinem) kalender\b"),
    ("scheduled", r"\bI(?:['’]ll| will)\b[^.,;!?\n]{0,20}\b(?:wake|alert|ping|notify|nudge|call) you\b|\bich (?:wecke|benachrichtige) (?:dich|sie)\b|\bje (?:te|vous) réveillerai\b|\bte despertaré\b"),
    ("placed", r"\b(?:is|are|lies?|lie|liegt|liegen|steht|se trouve(?:nt)?|está(?:n)?)\b (?:now |jetzt |nun |maintenant |ahora )(?:saved |stored )?(?:in|under|at|called|named|dans|en|unter|nach)\b"),
    ("changed", r"\b(?:taken|took) care of\b|\bbeen (?:taken care of|dealt with|handled)\b|\b(?:everything|it|all)(?: that)?(?: you \w+(?: \w+)?)?(?: is|['’]s) (?:all )?(?:done|set(?: up)?|taken care of|in (?:its|order|place))\b|\b(?:alles|es|das)\b(?:, [\w ]{2,40},)? (?:ist|wurde) (?:\w+ )?(?:erledigt|gemacht|eingerichtet)\b|\bich habe? mich (?:darum|um [^.,;!?\n]{2,40}) gekümmert\b|\b(?:I|we)(?:['’]ve| have)? (?:done|did) (?:it|that|everything|both|all)\b"),
    ("changed", r"\b(?:is|are) (?:[\w-]+ ){1,4}now\W*$|\bbeen (?:set up|put (?:away|together))\b|^\W*(?:task|job|request|tidy-up|clean-?up) (?:complete|completed|done|finished)\b|→[^\n]*[✔✅☑]"),
    ("changed", r"^\W*(?:all )?(?:done|finished|complete[d]?|erledigt|fertig|gemacht|fait|c['’]est fait|hecho|listo|fatto|feito|gedaan|klaar|gotowe|zrobione|готово|сделано|tamam(?:dır)?|yapıldı|已?完成了?|搞定了?|完了(?:しました)?|완료(?:했습니다|되었습니다)?|تم)\W*$"),
    ("ran", r"\b(?:job|backup|back-up|program|process|script|download|update|installation|sync\w*|import|export)\b[^.,;!?\n]{0,20}\b(?:(?:has |have |is |was )?(?:now )?(?:finished|completed|stopped|started|succeeded|running)|was successful|ran)\b|\bbacked up\b"),
)  # fmt: skip
_STATES = tuple((kind, re.compile(pattern, re.I)) for kind, pattern in _TABLE)
_KEEPS = re.compile(
    r"\b(?:I(?:['’]ll| will)|we['’]ll)\b[^.,;!?\n]{0,20}\b(?:remember|not forget|keep (?:it|that|this)? ?in mind|make a note)\b|^\W*(?:noted|got it noted)\b|\bich (?:merke|werde)\b[^.;!?\n]{0,30}\b(?:mir|merken)\b"
    r"|\b(?:gemerkt|notiert)\W*$|\bje m['’]en souviendrai\b|\blo recordaré\b",
    re.I,
)
_ASKS_TO_KEEP = re.compile(
    r"\b(?:remember|keep in mind|(?:do ?n['’]t|do not|never) forget|note (?:that|down)|make a note|merk(?:e)? dir|vergiss nicht|souviens-toi|retiens|n['’]oublie pas|recuerda(?! me)|no olvides)\b",
    re.I,
)
_GERUND = re.compile(r"\b(?:after|besides|in addition to|as well as|along with|on top of)\s+(?:also |successfully )?(?P<verb>[a-z]+ing)\b", re.I)
_MAIN_CLAUSE = re.compile(r"\b(?:I|we)(?:['’]ve|['’]d| have| had)?\s+\w+", re.I)
_IRREGULAR = {
    "sending": "sent",
    "writing": "written",
    "making": "made",
    "putting": "put",
    "setting": "set",
    "running": "run",
    "emailing": "emailed",
    "copying": "copied",
    "getting": "",
}


_ERRANDS = frozenset({"sent", "scheduled", "changed", "ran"})
_SELF = re.compile(r"\b(?:I|ich|everything|alles)\b", re.I)


def is_errand(state: DeedClaim, sentence: str) -> bool:
    """Whether a state is told of what is the person's ("your alarm", "you asked"), of all there was to do, or of the assistant itself: not of how things are in the world."""
    subject = sentence[max(0, state.start - 30) : state.start + len(state.words)]
    return state.kind in _ERRANDS and bool(YOURS.search(subject) or _SELF.search(subject))


def find_states(sentence: str, request: str) -> list[DeedClaim]:
    """Deeds claimed in other words than verbs of their own. That something is remembered is a claim only where ``request`` wants it."""
    if sentence.rstrip(' *_`"”').endswith("?"):
        return []
    bare = without_quotes(sentence)
    found = [(kind, match) for kind, pattern in _STATES for match in pattern.finditer(bare) if not NEGATION.search(_before(bare, match))]
    if _ASKS_TO_KEEP.search(request):
        found += [("remembered", match) for match in _KEEPS.finditer(bare)]
    claims = [DeedClaim(kind, match[0], match.start(), "state") for kind, match in found if not CONDITION.search(bare[: match.start()])]
    return sorted([*claims, *_gerunds(bare)], key=lambda claim: claim.start)


def begins_gerund(part: str) -> bool:
    """Whether a sentence that begins so may tell of a deed beside another: "After deleting old.txt, …"."""
    return any(_kind_of_gerund(match["verb"].lower()) for match in _GERUND.finditer(part))


def _before(text: str, match: re.Match[str]) -> str:
    """The clause before a match, where "not" would stand."""
    return re.split(r"[,;:—–(]|\b(?:but|and|aber|und|mais|et|pero|y)\b", text[: match.start()])[-1]


def _gerunds(text: str) -> list[DeedClaim]:
    """ "After deleting old.txt I wrote …": the deed is told of beside another."""
    found = []
    for match in _GERUND.finditer(text):
        kind = _kind_of_gerund(match["verb"].lower())
        if kind and _MAIN_CLAUSE.search(text, match.end()):
            found.append(DeedClaim(kind, match["verb"], match.start("verb"), "state"))
    return found


def _kind_of_gerund(verb: str) -> str:
    stem = verb[:-3]
    for past in (_IRREGULAR.get(verb, ""), f"{stem}ed", f"{stem}d", stem[:-1] + "ed"):
        if past in VERBS and VERBS[past].kind != "looked":
            return VERBS[past].kind
    return ""
