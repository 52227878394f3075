"""Texts that a model puts into a file or a note: what is not the text is taken off, and what is no text at all is not written.

Models hand a text over ("Sure! Here is the letter:"), think into it, leave the marks of their template in it, fence it, write line breaks as two
letters; or they write a refusal, a call, or "… rest unchanged …". What the person's own words hold stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from core.turn.answer.letters import strip_fence, strip_framing

TEXT_ARGUMENTS = ("text", "content", "body")
_PROSE = frozenset({"", ".txt", ".md", ".markdown", ".rst", ".text", ".eml", ".docx", ".odt", ".rtf", ".html"})  # files that hold what is said, and no code or data
_CALL = re.compile(r"<tool_call>|<function_call>|</tool_call>|\[TOOL_CALLS\]|<\|tool_call", re.I)
_REFUSAL = re.compile(
    r"\W*(?:I['’]?m (?:really |very )?sorry|I am sorry|sorry|I apologi[sz]e|unfortunately|as an ai\b[^.]*|es tut mir leid|leider|(?:je suis )?désolée?|lo siento)?\b[^.!?\n]{0,40}"
    r"\b(?:I (?:can(?:no|['’])t|can not|am (?:not able|unable)|won['’]t)|I['’]m (?:not able|unable)|kann ich[^.!?\n]{0,40}nicht|ich kann[^.!?\n]{0,40}nicht|je ne peux pas|no puedo)\b[^.!?\n]{0,40}"
    r"\b(?:help|assist|compl(?:y|ete)|provide|fulfil+|do that|with that|create|generate|write|helfen|erfüllen|schreiben|aider|écrire|ayudar|escribir)\b.*",
    re.I | re.S,
)
_LEFT_OUT = re.compile(
    r"^[\s>*_#/(\[<-]*(?:\.{3}|…)\s*[(\[]?(?:the )?(?:rest|remaining|remainder|other|existing|previous|same|continue\w*|unchanged|as before|restliche\w*|rest des|übrige\w*|le reste|el resto)\b[^\n]*$",
    re.I | re.M,
)
_SHORT = 400  # letters: a refusal is no longer
_ASKED_FOR = re.compile(r"\b(?:apolog\w+|refus\w+|sorry|absage|ablehn\w+|entschuldig\w+|excuse\w*|template|token|tag|markup|chat format|prompt)\b", re.I)
_EMPTY = re.compile(r"\b(?:empty|blank|leere?[nrms]?|vide|vac[ií][oa])\b", re.I)
_COMPOSED = re.compile(
    r"\b(?:letter|e-?mail|poem|story|summary|report|essay|speech|text|article|brief|gedicht|geschichte|zusammenfassung|bericht|lettre|poème|résumé|carta|poema|resumen)\b", re.I
)


def clean_arguments(arguments: Mapping[str, Any], request: str) -> tuple[dict[str, Any], str]:
    """The arguments of a call that writes, with their texts alone, and what is wrong with them; empty where nothing is."""
    made = dict(arguments)
    for name in TEXT_ARGUMENTS:
        text = made.get(name)
        if isinstance(text, str):
            made[name] = clean_text(text, _file_of(arguments), request)
            if problem := _problem(text, made[name], request):
                return made, problem
    for name, value in arguments.items():
        if isinstance(value, list) and all(isinstance(row, Mapping) for row in value):
            rows = [clean_arguments(row, request) for row in value]
            made[name] = [row for row, _ in rows]
            if problem := next((problem for _, problem in rows if problem), ""):
                return made, problem
    return made, ""


def _file_of(arguments: Mapping[str, Any]) -> str:
    return next((str(arguments[name]) for name in ("path", "target", "file", "name") if isinstance(arguments.get(name), str)), "")


def clean_text(text: str, file: str, request: str) -> str:
    """A text as it is to be written into ``file``: of prose without framing, of code without the fence around all of it."""
    if not text.strip() or text.strip() in request:
        return text
    bare = text.removeprefix("\ufeff")
    if PurePath(file).suffix.lower() not in _PROSE:
        return strip_fence(bare)
    if _ASKED_FOR.search(request) and "<" in bare:
        return bare
    stripped = strip_framing(_with_lines(bare))
    return stripped + "\n" if stripped and bare.endswith("\n") and not stripped.endswith("\n") else stripped


def _with_lines(text: str) -> str:
    """Line breaks that were written as two letters throughout."""
    return text.replace("\\r\\n", "\n").replace("\\n", "\n") if text.count("\\n") >= 2 and "\n" not in text.strip() else text


def _problem(given: str, text: str, request: str) -> str:
    """Why a text is none, for the model."""
    if given.strip() in request and given.strip():
        return ""
    if not text.strip():
        wants_text = bool(given.strip()) or (bool(_COMPOSED.search(request)) and not _EMPTY.search(request))
        return "its text is empty: there is nothing but thinking or framing in it. Write the text itself." if wants_text else ""
    if _CALL.search(text) and not _ASKED_FOR.search(request):
        return "its text is a tool call and no text. Make the call itself, or write the text."
    if len(text) <= _SHORT and _REFUSAL.fullmatch(text.strip()) and not _ASKED_FOR.search(request):
        return "its text is a refusal and not what was asked for. Write the text, or tell the person why you do not; a file for that is not wanted."
    if _LEFT_OUT.search(text):
        return "its text leaves a part out (“… rest unchanged …”), which would be lost. Write the whole text, or change the part with files_edit."
    return ""
