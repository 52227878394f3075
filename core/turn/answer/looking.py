"""What has to be looked at before a request can be answered: a file that it names, or the person's own calendar, mail, tasks, disk.

An answer that comes without any look is then no answer, whatever it says and in whatever language: nothing could bear it out. World knowledge, advice
and how something is done need no look.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from core.turn.answer.lexicon import MONTHS, alternation
from core.turn.answer.names import base_name, find_names, is_named, plain_name
from core.turn.answer.orders import NOTHING_DONE, orders_deed
from core.turn.language import detect_language

MOST_LETTERS, MATERIAL = 600, 200  # of the request that say what is wanted; of what comes after, so that it is material to work on
_HOW_TO = re.compile(
    r"\b(?:how (?:to|do i|do you|can|could|should|would|does one)|what should|what could|should i|could i|why|recommend\w*|advice|ideas?|tips?|best (?:way|practice)|what does \S+ mean|difference between|"
    r"wie (?:kann|soll|sollte|man|mache|geht)|warum|empfiehl\w*|tipps?|comment|pourquoi|conseil\w*|cómo|por qué|consejos?|script|code|function|command|macro|query|snippet|regex|skript|befehl)\b",
    re.I,
)
_ASKS_FOR_FACTS = re.compile(
    r"^\W*(?:(?:hi|hey|hello|please|ok(?:ay)?|so|and|now|then|can you|could you|would you|tell me|bitte|kannst du|sag mir|dis-moi|dime|por favor)\b[\s,]*)*"
    r"(?:what(?:['’]?s| is| are| was| were| did| do i| have i| mails?| files?| tasks?)?|which|how (?:many|much|big|large|old|long|full|busy)|do i|have i|did|is|are|am i|was|were|when|who|where|list|show|check|tell|read|count|"
    r"summari[sz]e|find|whether|if|was|welche\w*|wie ?viele?|habe ich|gibt es|ist|sind|wann|wer|wo|zeige?|liste|prüfe?|lies|fasse?|zähle?|quel\w*|combien|ai-je|y a-t-il|est-ce|quand|qui|où|montre|lis|résume|qué|cuál\w*|"
    r"cuánt\w*|tengo|hay|cuándo|quién|dónde|muestra|lee|resume)\b",
    re.I,
)
_THING = (
    r"(?:files?|folders?|downloads|desktop|documents?|photos?|pictures?|calendar|appointments?|meetings?|events?|schedules?|tasks?|to-?dos?|reminders?|alarms?|(?:e-?)?mails?|inbox|messages?|contacts?|notes?|disk|drive|storage|battery|clipboard|"
    r"dateien?|ordner|kalender|termine?|aufgaben?|erinnerungen?|posteingang|nachrichten|kontakte?|notizen?|festplatte|akku|speicherplatz|fichiers?|dossiers?|calendrier|rendez-vous|tâches?|rappels?|messages?|courriels?|disque|"
    r"archivos?|carpetas?|calendario|citas?|tareas?|recordatorios?|correos?|mensajes?|disco|batería)\b"
)
_OWN = re.compile(
    rf"\b(?:my|our|meine?[rmns]?|unsere?[rmns]?|mon|ma|mes|notre|nos|mis?|nuestr\w+)\s+(?:[\w-]+\s+){{0,2}}?{_THING}|\b{_THING}[^.?!]{{0,20}}\b(?:do i have|have i|did i get|habe ich|ai-je|tengo)\b"
    rf"|\b(?:do i have|have i got|did i get|habe ich|ai-je|est-ce que j['’]ai|tengo)\b[^.?!]{{0,30}}\b{_THING}|\b(?:free|disk|storage|freier?) (?:disk |storage )?(?:space|speicherplatz)\b|\bespacio (?:libre|en disco)\b"
    rf"|\b{_THING}[^.?!]{{0,30}}\b(?:here|there|in (?:this|the current) (?:folder|directory)|hier|ici|aquí)\b|\b(?:in|of) (?:this|the current) (?:folder|directory|workspace)\b|\bin diesem ordner\b|\bdans ce dossier\b|\ben esta carpeta\b"
    r"|\b(?:a|any) files? (?:called|named)\b",
    re.I,
)
_SPENT = re.compile(  # what a person did stands in their own papers, or in what they said
    r"\b(?:did|do|have) (?:i|we) (?:\w+ )?(?:spen[dt]|pa(?:y|id)|earn(?:ed)?|owe|buy|bought|use[d]?)\b|\bhaben? (?:ich|wir)\b[^.?!]*\b(?:ausgegeben|bezahlt|gezahlt|verdient|gekauft|verbraucht)\b"
    r"|\bai-je (?:dépensé|payé|gagné)|\bhe (?:gastado|pagado)\b|\bgast[ée]\b", re.I,
)  # fmt: skip
_WEATHER = re.compile(
    r"\b(?:weather|wetter|météo)\b(?=[^.?!]*\b(?:now|today|tonight|tomorrow|currently|outside|jetzt|heute|morgen|aujourd['’]hui|demain|in [A-ZÄÖÜ]\w+\W*$))|\b(?:latest|today['’]s|current) (?:news|headlines)\b",
    re.I,
)
_SEASON = re.compile(rf"\b(?:in|im|en) (?:spring|summer|autumn|winter|general|{alternation(MONTHS)})\b|\busually\b", re.I)
_QUESTION_MARK = re.compile(r"[?？؟]")


def needs_look(request: str, here: Collection[str], known: str, is_known: bool) -> str:
    """What of this machine has to be looked at, as the request names it; empty where nothing.

    ``here``: names in the workspace. ``known``: what was said and done before, as :func:`plain_name` writes it; ``is_known``: something was looked at or
    remembered then, so that the person's own things need no second look.
    """
    asked = request.split("\n\n", 1)[0][:MOST_LETTERS]
    if len(request) - len(asked) > MATERIAL or _HOW_TO.search(asked) or orders_deed(request):
        return ""
    if name := _named(asked, here, known):
        return name
    if here and not is_known and (spent := _SPENT.search(asked)) and _ASKS_FOR_FACTS.search(asked) and not re.search(r"\b\d", f"{asked}\n{known}"):
        return spent[0]
    if not is_known and _ASKS_FOR_FACTS.search(asked) and (own := _OWN.search(asked) or (None if _SEASON.search(asked) else _WEATHER.search(asked))):
        return own[0]
    return ""


def _named(asked: str, here: Collection[str], known: str) -> str:
    """A file that the request names and that nobody has looked at: one that is here; in languages whose orders are not known any."""
    there = {base_name(name) for name in here}
    lowered = plain_name(asked)
    named = [name for name in here if "." in name.rstrip("/") and base_name(name) in lowered and is_named(name, lowered)]
    named += [name.text for name in find_names(asked) if not name.is_address]
    may_order = detect_language(asked) not in NOTHING_DONE and not _QUESTION_MARK.search(asked)
    return next((name for name in named if (base_name(name) in there or may_order) and not is_named(name, known)), "")


def is_here(name: str, here: Collection[str]) -> bool:
    """Whether a file or folder of this name is in the workspace; what is no such name counts as there."""
    return not any(True for _ in find_names(name)) or base_name(name) in {base_name(one) for one in here}
