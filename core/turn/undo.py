""" "Undo that", "undo the last two changes", "undo everything": taken back and told by code, never by a model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.execution.run import Run
from core.turn.answer.lexicon import COUNT_WORDS, alternation
from core.turn.language import detect_language

EVERYTHING = 100  # runs of one conversation that are taken back at most
_NUMBER = rf"\d{{1,2}}|{alternation(COUNT_WORDS)}|couple of"
_THINGS = r"(?:(?:of your |of the )?(?:changes?|things?|steps?|edits?|actions?|runs?|turns?|requests?))"
_LAST = r"that|this|it|the last (?:one|thing|step|change|run|edit|action)|the (?:change|edit)|what you (?:just )?did|(?:all|both) of (?:that|it)|everything you just did"
_ALL = rf"everything(?: you(?:['’]ve| have)? (?:did|done))?|all(?: of)?(?: (?:the|your|these))? {_THINGS}|it all|all of it|all"
_OPENING = r"\W*(?:(?:no|oh|oops|please|ok|hey|wait|sorry|now|and|can you|could you|nein|bitte|ach|kannst du|und)\b\W*)*"
_CLOSING = r"(?:\W+(?:please|again|now|bitte|wieder|s'il te plaît|por favor))*\W*"
_ONE = re.compile(
    rf"{_OPENING}(?:(?:undo|revert)(?: (?:{_LAST}))?|take (?:that|it|this) back|(?:put|change|turn) (?:it|that|everything|them) back(?: (?:as|how|the way) (?:it|they) (?:was|were))?|"
    rf"mach(?:e)? (?:das|es|die letzte änderung) (?:wieder )?rückgängig|rückgängig(?: machen)?|nimm (?:das|es) zurück|annule (?:ça|cela)|deshazlo|deshaz eso){_CLOSING}",
    re.I,
)
_SEVERAL = re.compile(
    rf"{_OPENING}(?:(?:undo|revert|take back) (?:the |your |my )?(?:last|previous) (?P<en>{_NUMBER}) ?{_THINGS}?|mach(?:e)? die letzten (?P<de>{_NUMBER}) (?:änderungen|schritte|dinge|sachen) rückgängig|"
    rf"annule les (?P<fr>{_NUMBER}) dernières (?:modifications|actions)|deshaz los últimos (?P<es>{_NUMBER}) (?:cambios|pasos)){_CLOSING}",
    re.I,
)
_EVERYTHING = re.compile(
    rf"{_OPENING}(?:(?:undo|revert) (?:{_ALL})|take (?:everything|it all) back|mach(?:e)? alles (?:wieder )?rückgängig|alles rückgängig(?: machen)?|annule tout|deshaz(?:lo)? todo){_CLOSING}",
    re.I,
)
_WORDS = {
    "en": {
        "nothing": "There is nothing to undo here: nothing was changed, or it has been taken back already.", "no_more": "There was nothing more to undo.",
        "other": "This conversation has changed nothing yet, so nothing was taken back. “undo that” takes back the last change in this folder; `run undo` takes back any run.",
        "one": "Undone: {names} is as before.", "many": "Undone: {names} are as before.", "left": "Not everything could be taken back:",
    },
    "de": {
        "nothing": "Hier gibt es nichts rückgängig zu machen: Es wurde nichts geändert, oder es ist schon zurückgenommen.", "no_more": "Mehr gab es nicht rückgängig zu machen.",
        "other": "In diesem Gespräch wurde noch nichts geändert, also wurde nichts zurückgenommen. „Mach das rückgängig“ nimmt die letzte Änderung in diesem Ordner zurück, `run undo` jeden Lauf.",
        "one": "Rückgängig gemacht: {names} ist wie zuvor.", "many": "Rückgängig gemacht: {names} sind wie zuvor.", "left": "Nicht alles ließ sich zurücknehmen:",
    },
}  # fmt: skip


def undo_count(text: str) -> int:
    """How many of the last runs a request wants to have taken back; 0 where it is no such request, :data:`EVERYTHING` for all of the conversation."""
    if _ONE.fullmatch(text):
        return 1
    if match := _SEVERAL.fullmatch(text):
        word = next(filter(None, match.groups())).lower()
        return int(word) if word.isdigit() else COUNT_WORDS.get(word, 2)
    return EVERYTHING if _EVERYTHING.fullmatch(text) else 0


async def undo_last(run: Run, count: int = 1) -> str:
    """Take back the last ``count`` runs of the conversation that changed something, and tell what became of it; that there was nothing (more) is told too."""
    words = _WORDS["de" if detect_language(run.text) == "de" or "rückgängig" in run.text.lower() else "en"]
    conversation = run.request.get("conversation_id", "")
    if count > 1 and not run.deps.recent_turns(conversation, run.state.run_id):
        return words["other"]  # several would be others' changes
    told: list[str] = []
    for _ in range(count):
        report = await run.deps.undo_last(conversation, run.state.run_id)
        if report is None:
            break
        told.append(_tell(report.get("changes", ()), words))
        if not report.get("complete", True):
            break  # what came before lies under it
    if not told:
        return words["nothing"]
    return "\n".join([*told, *([words["no_more"]] if len(told) < count < EVERYTHING else [])])


def _tell(rows: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> str:
    undone = [str(row.get("path", "")) for row in rows if row.get("undone")]
    left = [f"{row.get('path', '')}: {row.get('why', '')}" for row in rows if not row.get("undone")]
    if not left:
        return words["one" if len(undone) == 1 else "many"].format(names=", ".join(name.rsplit("/", 1)[-1] for name in undone))
    return words["left"] + "\n" + "\n".join(f"- {line}" for line in left)
