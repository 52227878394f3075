"""What needs no strategy of its own: what cannot be done here, what is to be remembered, what was said before."""

from __future__ import annotations

import re

from core.language.words import STOP_WORDS, stem, words_of
from core.turn.act.closing import LoopEnd
from core.turn.small.answering import talk_over
from core.turn.small.dialogue import changed_paths, moves_of
from core.turn.small.hands import SmallTurn, decline_hard
from core.turn.small.program import run_program
from core.turn.small.program_calls import what_was_done
from core.turn.small.request import SmallRequest
from core.turn.small.sources import find_sources
from core.turn.undo import undo_last

_OUTRIGHT = re.compile(r"\b(?:undo (?:that|it|this)|take (?:that|it) back|mach (?:das|es) rückgängig|annule (?:ça|cela)|deshazlo)\b", re.I)  # whatever else is said
_UNDOING = frozenset(
    [
        "undo",
        "undid",
        "back",
        "revert",
        "reverted",
        "restore",
        "restored",
        "take",
        "put",
        "bring",
        "change",
        "changed",
        "turn",
        "need",
        "needed",
        "after",
        "was",
        "were",
        "way",
        "before",
        "hang",
        "wait",
        "sorry",
        "again",
        "last",
        "thing",
        "did",
        "just",
        "never",
        "mind",
        "cancel",
        "everything",
        "rückgängig",
        "zurück",
        "mach",
        "mache",
        "bitte",
        "doch",
        "original",
        "state",
        "reverse",
        "recover",
        "wrong",
        "mistake",
        "oops",
    ]
)


async def ask_again(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Words that say nothing."""
    return turn.finish("I did not understand that. Nothing was done. What shall I do?")


async def decline_translation(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """A short passage of the request itself may be translated; a document is not."""
    if request.sources.files or request.missing or request.target.path:
        return decline_hard(turn, "translating a text so that nothing of it is lost")
    return await talk_over(turn, request)


async def take_back(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Undo what this conversation did last, or the part of it that is named; what is to go where is a program's."""
    changed = {path for step in (turn.past[-1].steps if turn.past else ()) for path in changed_paths(step)}
    if turn.past and turn.past[-1].question and not changed:
        return turn.finish("The last step changed nothing: I had only asked. Nothing was done now either.")
    part = _part_meant(request.text, changed)
    if part and (moves := _moved_back(turn, part)):
        await turn.must("files.move", moves=moves)
        return turn.finish(what_was_done(turn))
    named = set(find_sources(request.text, request.entries).files)
    if part or len(request.text.split()) > 14 or (named and not named & changed and turn.past):
        return await run_program(turn, request)
    if not _OUTRIGHT.search(request.text) and _about_else(turn, request.text):
        return turn.finish('I did not change that just now. Say "undo that" to take back what I did last.')
    told = await undo_last(turn.run) if turn.is_first("taken back") else "It was taken back."
    return turn.finish(told)


def _part_meant(text: str, changed: set[str]) -> set[str]:
    """The files that the words name of those that were changed; none where all are named or no one is."""
    said = {word for word in words_of(text) if word.isdigit() or (len(word) > 2 and word not in STOP_WORDS)}
    shared = {path: len(said & set(words_of(path.rpartition("/")[2].rpartition(".")[0]))) for path in changed}
    most = max(shared.values(), default=0)
    named = {path for path, count in shared.items() if count == most > 0}
    return named if len(named) < len(changed) else set()


def _moved_back(turn: SmallTurn, part: set[str]) -> list[dict[str, str]]:
    """The moves of the turn before that brought these files where they are, the other way round; none where one of them was not moved."""
    back = {goal: source for step in turn.past[-1].steps if step.get("tool") == "files.move" for source, goal in moves_of(step)}
    return [{"source": path, "target": back[path]} for path in sorted(part)] if all(path in back for path in part) else []


def _about_else(turn: SmallTurn, text: str) -> bool:
    """Whether the words name a thing that the turn before has nothing to do with."""
    last = turn.past[-1] if turn.past else None
    if last is None:
        return False
    known = {stem(word) for part in (last.said, last.answer, *(path for step in last.steps for path in changed_paths(step))) for word in words_of(part)}
    said = [stem(word) for word in words_of(text) if word not in STOP_WORDS and word not in _UNDOING and len(word) > 2]
    return bool(said) and not set(said) & known
