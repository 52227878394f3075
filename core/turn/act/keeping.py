"""A text that was to be kept in a file, and that the model only said.

Models that are poor at calling tools answer "write a letter and keep it in out.txt" with the letter. They are told so once; when the very text
comes again it is what was wanted, and code keeps it.
"""

from __future__ import annotations

import re
from pathlib import Path

from core.execution.run import Run
from core.turn.answer.letters import strip_framing

_VERBS = r"\b(?:save|keep|store|write|put|note|speicher\w*|schreib\w*|leg\w*|enregistre\w*|guarda\w*)\b"
_KEPT = re.compile(
    rf"{_VERBS}(?:[^.?!\n]|\.(?=\w)){{0,160}}?"
    r"\b(?:in|into|as|to|under|called|named|nach|als|unter|dans|sous|en|como)\s+(?:a |the |new |file |text |called |named |eine[rnm]? |der |datei )*[\"'`“]?"
    r"(?P<file>(?:[\w.-]+/)*[\w-]+\.(?:txt|md|markdown))\b",
    re.I,
)
_COMPOSED = re.compile(
    r"\b(?:letter|e-?mail|mail|poem|story|summary|report|essay|speech|reply|invitation|announcement|description|article|review|application|message|text|draft|translation|recipe|biography|"
    r"brief|gedicht|geschichte|zusammenfassung|bericht|rede|antwort|einladung|beschreibung|bewerbung|übersetzung|lettre|poème|résumé|carta|poema|resumen)\b",
    re.I,
)
_DECLINES = re.compile(
    r"\b(?:cannot|can't|could not|couldn't|unable|sorry|don't have|do not have|not able|no access|kann (?:ich )?nicht|konnte|leider|impossible|désolé|no puedo|lo siento)\b", re.I
)
_VERB = re.compile(_VERBS, re.I)
_CLAUSE = re.compile(r"[,;:]|\b(?:and|then|but|und|dann|aber|et|puis|mais|y|luego|pero)\b", re.I)
_NEGATION = re.compile(r"\b(?:not|never|without|nicht|nie|ohne|kein\w*|ne|pas|jamais|sans|no|nunca|sin)\b|n['’]t\b|\bn['’]", re.I)
_REFUSED = re.compile(rf"(?:\b(?:not|never)\b|n['’]t\b) (?:\w+ )?{_VERBS[2:]}|\b(?:speicher\w*|schreib\w*|leg\w*) (?:\w+ ){{0,2}}(?:nicht|nie)\b", re.I)
_QUESTION = re.compile(
    r"\s*(?:did|have|has|had|was|were|is|are|do|does|where|why|when|who|what|which|how|should|hast|haben|hat|wurde|ist|sind|wo|warum|wann|wer|was|wie|soll|as-tu|avez-vous|est-ce|où|pourquoi|"
    r"quand|qui|comment|has|dónde|por qué|cuándo|quién|cómo)\b",
    re.I,
)
_GREETING = re.compile(
    r"^[\s*_#]*(?:dear|hi|hey|hello|good (?:morning|afternoon|evening)|to whom|subject|sehr geehrte\w*|liebe[rs]?|hallo|guten|betreff|bonjour|ch[eè]re?|salut|madame|monsieur|objet|hola|estimad[oa]s?|"
    r"querid[oa]|buenos|asunto)\b",
    re.I,
)
_WRITES = r"(?:also |now |gladly |gerne |happily )?(?:write|written|draft|drafted|create|created|make|compose|composed|save|saved|help|prepare|prepared|provide|need|do|be (?:happy|glad)|schreib\w*|helf\w*|écri\w*|escrib\w*)"
_OF_ITSELF = re.compile(
    rf"^\W*(?:(?:I|we)(?:['’](?:ll|d|ve)| will| would| can| could| have| am going to| want to) {_WRITES}\b|(?:I|we)(?:['’]d| would)? need (?:more|to know|some|your|you to)\b|"
    rf"ich (?:werde|würde|kann|habe|brauche)\b.*{_WRITES}|je (?:vais|peux|voudrais) {_WRITES}|(?:voy a|puedo) {_WRITES}|"
    r"(?:please|could you|can you|bitte|veuillez|por favor) (?:confirm|provide|tell|specify|give|share|let me|clarify|choose|say|bestätig|nenn|sag|gib|préciser|confirmer|indi)\w*|let me know\b)",
    re.I,
)
FEWEST_WORDS = 4


def missing_file(run: Run) -> str:
    """The new text file that the request wants and that no step has written; empty where there is none."""
    found = _KEPT.search(run.text)
    if found is None or not _COMPOSED.search(run.text[: found.start("file")]) or not _is_wanted(run.text, found):
        return ""
    path = run.workspace / found["file"]
    touched = {change.get("path") for state in run.state.steps.values() for change in (state.intent or {}).get("changes", ())}
    refused = any(state.status == "failed" for state in run.state.steps.values())
    return "" if path.exists() or str(path) in touched or refused or any(Path(str(name)).name == path.name for name in touched) else found["file"]


def _is_wanted(request: str, found: re.Match[str]) -> bool:
    """Whether a request wants the file: it is no question about it, and the clause of the file says no "not"."""
    sentence = re.split(r"[.!?]\s|\n", request[: found.start()])[-1] + found[0]
    if _QUESTION.match(sentence) or _REFUSED.search(request):
        return False
    verb = [match.start() for match in _VERB.finditer(request, found.start(), found.start("file"))][-1]
    before = [match.end() for match in _CLAUSE.finditer(request, 0, verb)]
    return not _NEGATION.search(request[before[-1] if before else 0 : found.start("file")])


def missing_note(name: str) -> str:
    """What the model is told once."""
    return f"No call has written {name} yet, so it does not exist. Write it with files_write, or say plainly why it cannot be written."


def text_to_keep(run: Run, answer: str, before: str, name: str) -> str:
    """The text itself where the answer is nothing else: said twice alike, no excuse, not about the file, and no call for it was cut. Empty otherwise."""
    text = strip_framing(answer)
    if (
        any(call.get("result") for reply in run.state.replies for call in reply.calls)
        or text != strip_framing(before)
        or len(text.split()) < FEWEST_WORDS
        or _DECLINES.search(text)
        or Path(name).name in text
        or _is_about_itself(text, run.text)
    ):
        return ""
    return text


def _is_about_itself(text: str, request: str) -> bool:
    """Whether it asks the person, or speaks about the text that was wanted, instead of being it. What greets somebody is a letter."""
    if _GREETING.match(text):
        return False
    first = text.strip().split("\n\n", 1)[0]
    wanted = _COMPOSED.search(request)
    speaks_of = wanted and re.search(
        rf"\b(?:the|this|that|your|my|der|die|das|dein\w*|ihr\w*|le|la|cette?|votre|ta|el|esta?|tu)\s+(?:\w+\s+)?{re.escape(wanted[0])}\b", first, re.I
    )
    is_asking = text.rstrip(' *_"”»)').endswith("?") and "\n" not in text.strip()
    return bool(speaks_of or is_asking or _OF_ITSELF.match(first))
