"""A text that was to be kept in a file, and that the model only said.

Models that are poor at calling tools answer "write a letter and keep it in out.txt" with the letter. They are told so once; when the very text
comes again it is what was wanted, and code keeps it.
"""

from __future__ import annotations

import re
from pathlib import Path

from core.pipeline.run import Run
from core.turn.answer.letters import strip_framing

_KEPT = re.compile(
    r"\b(?:save|keep|store|write|put|note|speicher\w*|schreib\w*|leg\w*|enregistre\w*|guarda\w*)\b[^.?!\n]{0,160}?"
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
FEWEST_WORDS = 4


def missing_file(run: Run) -> str:
    """The new text file that the request wants and that no step has written; empty where there is none."""
    found = _KEPT.search(run.text)
    if found is None or not _COMPOSED.search(run.text[: found.start("file")]):
        return ""
    path = run.workspace / found["file"]
    touched = {change.get("path") for state in run.state.steps.values() for change in (state.intent or {}).get("changes", ())}
    refused = any(state.status == "failed" for state in run.state.steps.values())
    return "" if path.exists() or str(path) in touched or refused or any(Path(str(name)).name == path.name for name in touched) else found["file"]


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
    ):
        return ""
    return text
