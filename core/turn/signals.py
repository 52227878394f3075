"""What is known of a request before a model is asked: its words, what it names, and what the model that serves it can do."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from core.ports import ModelProfile

SMALL = 4.0  # billions of parameters below which tools in the prompt spoil more than they give, where nothing but the size is known
LEAST_TESTED, MOST_TESTED = 1.0, 12.0  # billions: smaller ones cannot pass the test of tools, bigger ones do
MOST_FAILED = 1  # of its exchanges

_PLAN_FIRST = re.compile(
    r"\b(?:plan (?:this|that|it|everything)? ?first|make (?:me )?a plan (?:first|before)|show me (?:the|a|your) plan|(?:before|without) (?:you )?(?:doing|do|change|changing) anything|"
    r"plane? (?:das|es) zuerst|zeig mir (?:erst|zuerst) den plan)\b",
    re.I,
)
_GREETING = re.compile(
    r"\W*(?:hi|hello|hey|hallo|moin|servus|good (?:morning|evening|afternoon|day)|guten (?:morgen|tag|abend)|bonjour|hola|ciao|thanks?(?: you)?|thank you|danke|merci|gracias|ok(?:ay)?|bye|tschüss)\b"
    r"(?:\W+(?:there|again|deskhand|everybody|all|dir|euch|so much|very much|a lot|how are you(?: today)?))*\W*",
    re.I,
)
_DEEDS = re.compile(
    r"\b(?:add|append|archive|calculate|change|clean|compare|compute|convert|copy|count|create|cut|delete|draft|edit|extract|fill|find|fix|list|look|make|merge|move|note|open|order|organi[sz]e|pack|"
    r"put|read|remember|remind|remove|rename|replace|run|save|schedule|search|send|set|show|sort|split|start|stop|store|sum|summari[sz]e|swap|tidy|turn|unpack|update|write|zip|"
    r"erstelle?|lege?|verschieb\w*|kopier\w*|lösch\w*|schreib\w*|füge?|such\w*|finde?|erinner\w*|zähle?|benenn\w*|öffne|zeig\w*|sortier\w*|rechne|lies|fasse?|"
    r"crée|déplace|copie|supprime|écris|ajoute|cherche|trie|rappelle|crea|mueve|borra|escribe|busca|ordena)\b",
    re.I,
)
_THINGS = re.compile(
    r"\b(?:files?|folders?|director(?:y|ies)|documents?|notes?|tasks?|lists?|calendar|contacts?|mails?|e-?mails?|spreadsheets?|tables?|csv|pdfs?|reminders?|schedules?|alarms?|workspace|clipboard|"
    r"downloads?|desktop|disk|memory|battery|computer|machine|screen|windows?|photos?|pictures?|images?|letters?|invoices?|receipts?|"
    r"dateien?|ordner|notizen?|kalender|termine?|kontakte?|tabellen?|erinnerung\w*|aufgaben?|briefe?|rechnung\w*|bilder|fichiers?|dossiers?|archivos?|carpetas?)\b",
    re.I,
)
_FILE = re.compile(r"(?<![\w/.@-])(?:~?/)?(?:[\w.~-]+/)*[\w~-]+(?:\.[\w-]+)*\.[A-Za-z][A-Za-z0-9]{0,5}(?![\w/])|\S+/(?=\s|$)")
_FRESH = re.compile(r"\b(?:today|tonight|tomorrow|yesterday|now|current(?:ly)?|latest|news|weather|heute|morgen|gestern|jetzt|aujourd'hui|demain|hoy|mañana)\b", re.I)
_WORD = re.compile(r"[\w'-]+")


@dataclass(frozen=True, slots=True)
class Signals:
    """Cheap facts that decide the way of a request. ``named`` are names of the workspace that stand in its words."""

    is_greeting: bool
    wants_plan_first: bool
    names_deed: bool
    names_thing: bool
    names_moment: bool
    named: tuple[str, ...]
    has_files: bool
    is_follow_up: bool
    is_unattended: bool
    names_device: bool

    @property
    def touches_machine(self) -> bool:
        """Whether anything of this machine may be needed to answer."""
        return self.names_deed or self.names_thing or self.names_moment or bool(self.named) or self.has_files or self.is_follow_up


def needs_tool_test(profile: ModelProfile) -> bool:
    """Whether a test says more than its size of how a model works with tools: it is here, takes them, and is neither tiny nor big."""
    return profile.local and profile.calls and profile.chats and LEAST_TESTED <= profile.billions <= MOST_TESTED


def works_in_loop(profile: ModelProfile) -> bool:
    """Whether a model is given tools in the action loop, by what it was seen to do; else small strategies answer with it. Not tested: by its size."""
    if profile.tool_score is not None and needs_tool_test(profile):
        return len(profile.tool_score.failed) <= MOST_FAILED
    return not 0 < profile.billions < SMALL


def wants_plan_first(text: str) -> bool:
    """Whether the person asks to see the plan before anything is done."""
    return bool(_PLAN_FIRST.search(text))


def read_signals(
    text: str,
    *,
    workspace_names: Collection[str] = (),
    device_names: Collection[str] = (),
    has_files: bool = False,
    is_follow_up: bool = False,
    mode: str = "ask",
) -> Signals:
    """The signals of a request. ``workspace_names`` are file and folder names, ``is_follow_up`` says that the turn before it did something."""
    lowered = text.lower()
    spoken = {word.lower() for word in _WORD.findall(text)}
    return Signals(
        is_greeting=bool(_GREETING.fullmatch(text)),
        wants_plan_first=wants_plan_first(text),
        names_deed=bool(_DEEDS.search(text)),
        names_thing=bool(_THINGS.search(text)) or bool(_FILE.search(text)),
        names_moment=bool(_FRESH.search(text)),
        named=tuple(name for name in workspace_names if _is_named(name, lowered, spoken)),
        has_files=has_files,
        is_follow_up=is_follow_up,
        is_unattended=mode == "scheduled",
        names_device=any(re.search(rf"(?<!\w){re.escape(name.lower())}(?!\w)", lowered) for name in device_names if name),
    )


def _is_named(name: str, lowered: str, spoken: set[str]) -> bool:
    """Whether a file is named outright, or by every word of its stem."""
    plain = name.rstrip("/").lower()
    if len(plain) > 3 and plain in lowered:
        return True
    stem = [word for word in re.split(r"[^\w]+|_", plain.rsplit(".", 1)[0]) if len(word) > 2 and not word.isdigit()]
    return bool(stem) and all(word in spoken for word in stem)
