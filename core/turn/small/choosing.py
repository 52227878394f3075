"""Answers to what was asked back: which of several files is meant, what something is to be called, and whether what was shown is to be done."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.language.words import content_stems
from core.turn.act.closing import LoopEnd
from core.turn.small.hands import SmallTurn
from core.turn.small.request import SmallRequest

LEAVE = "Leave them"  # the second choice where the first is a deed
MOST_WORDS = 8  # of an answer to a question; what is longer is a request of its own
_YES = re.compile(
    r"\W*(?:1|(?:delete|move|copy) (?:them|it|all)|yes|yep|yeah|sure|ok(?:ay)?|go ahead|do (?:it|that|so)|please do|ja|oui|sí|si)\b(?:[\s,]*(?:please|(?:delete|move|copy) (?:them|it|all)|do it|bitte|thanks))*\W*",
    re.I,
)
_NO = re.compile(r"\W*(?:2|leave (?:them|it)|no|nope|don't|do not|cancel|keep (?:them|it)|nein|non|stop)\b.{0,30}", re.I)
_ORDINALS = ("first", "second", "third", "fourth", "fifth")


def answer_of(turn: SmallTurn, request: SmallRequest) -> SmallRequest:
    """The request that was asked before about the file that is chosen now; the same request where nothing was asked or it is no answer."""
    question = turn.question
    choices = question.get("choices") or []
    if not question or question.get("does") or not request.before or len(request.text.split()) > MOST_WORDS:
        return request
    if not choices:
        text = f"{request.before} ({request.text})"
        return replace(request, text=text, reading=turn.run.deps.reader.read(text), past=())
    picked = pick_choice(request.text, choices)
    if not picked:
        return request
    return replace(request, text=request.before, reading=turn.run.deps.reader.read(request.before), only=(picked,), past=())


async def confirm(turn: SmallTurn, calls: Sequence[Mapping[str, Any]]) -> LoopEnd | None:
    """Do the calls that were asked about where the person says so; None where what is said is no answer to that."""
    said = turn.text.strip(" .!")
    if _NO.fullmatch(said) or said.casefold() == LEAVE.casefold():
        return turn.finish("Nothing was changed.")
    if not _YES.fullmatch(said) and said.casefold() != str((turn.question.get("choices") or [""])[0]).casefold():
        return None
    told = [(await turn.must(str(call["tool"]), **call["args"])).text for call in calls]
    return turn.finish("\n".join(filter(None, told)))


def pick_choice(text: str, choices: Sequence[str]) -> str:
    """The choice that an answer means, by number, by place or by its words; empty where none is clear."""
    if number := re.match(r"\W*(\d+)\W*$", text):
        return choices[int(number[1]) - 1] if 0 < int(number[1]) <= len(choices) else ""
    for at, word in enumerate(_ORDINALS[: len(choices)]):
        if re.search(rf"\b{word}\b", text, re.I):
            return choices[at]
    said = set(content_stems(text))
    scored = sorted(((len(said & set(content_stems(choice))), choice) for choice in choices), reverse=True)
    return scored[0][1] if scored[0][0] and (len(scored) < 2 or scored[0][0] > scored[1][0]) else ""
