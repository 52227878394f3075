"""Answers to what was asked back: which of several files is meant, what something is to be called, and whether what was shown is to be done."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.language.words import content_stems, stem
from core.turn.act.closing import LoopEnd
from core.turn.small.hands import SmallTurn
from core.turn.small.plain_english import read_request
from core.turn.small.request import SmallRequest

LEAVE = "Leave them"  # the second choice where the first is a deed
MOST_WORDS = 8  # of an answer to a question; what is longer is a request of its own
_YES = re.compile(
    r"\W*(?:1|(?:delete|move|copy) (?:them|it|all)|yes|yep|yeah|sure|ok(?:ay)?|go ahead|do (?:it|that|so)|please do|ja|oui|sí|si)\b(?:[\s,]*(?:please|(?:delete|move|copy) (?:them|it|all)|do it|bitte|thanks))*\W*",
    re.I,
)
_NO = re.compile(r"\W*(?:2|leave (?:them|it)|no|nope|don't|do not|cancel|keep (?:them|it)|nein|non|stop)\b.{0,30}", re.I)
_CALLS = re.compile(r"\W*(?:call|name|title|nenn\w*)\b", re.I)  # what an answer to "What is it to be called?" begins with
_ORDERS = re.compile(
    r"\W*(?:(?:please|now|then|can you|could you)\W+)*(?:make|create|delete|remove|move|copy|rename|put|add|write|save|change|replace|sort|open|show|tell|find|list|zip|undo|summari[sz]e)\b",
    re.I,
)
DEEDS, SURE = ("organise", "edit", "steps", "sort", "rewrite", "compose", "extract", "find", "summarise"), 0.6  # kinds of which words are an order of their own, and how sure
_ORDINALS = ("first", "second", "third", "fourth", "fifth")


async def answer_of(turn: SmallTurn, request: SmallRequest) -> SmallRequest:
    """The request that was asked before about the file that is chosen now; the same request where nothing was asked or it is no answer."""
    question = turn.question
    choices = question.get("choices") or []
    if not question or question.get("does") or not request.before or not is_short_answer(request):
        return request
    if not choices:
        text = f"{request.before} ({request.text})"
        reading, plain = await read_request(turn, text)
        return replace(request, text=text, reading=reading, plain=plain, past=())
    picked = pick_choice(request.text, choices)
    if not picked or says_more(request.text, picked, choices, request.before):
        return request
    reading, plain = await read_request(turn, request.before)
    return replace(request, text=request.before, reading=reading, plain=plain, only=(picked,), past=())


def is_short_answer(request: SmallRequest) -> bool:
    """Whether a few words may answer a question: they ask nothing, and order nothing of their own."""
    text = request.text
    is_order = len(text.split()) > 2 and not _CALLS.match(text) and request.reading.chance(*DEEDS) > SURE and bool(_ORDERS.match(request.meaning))
    return len(text.split()) <= MOST_WORDS and "?" not in text and not is_order


def says_more(text: str, picked: str, choices: Sequence[str], before: str) -> bool:
    """Whether words speak of something besides the choices and what was asked for before: then they are a request of their own.

    >>> says_more("make a copy of report-2026.txt called backup.txt", "report-2026.txt", ["report-2025.txt", "report-2026.txt"], "delete the report")
    True
    >>> says_more("the 2026 one, please", "report-2026.txt", ["report-2025.txt", "report-2026.txt"], "delete the report")
    False
    """
    known = set(content_stems(" ".join((*choices, before)))) | {
        stem(word) for word in (*_ORDINALS, "one", "ones", "last", "latter", "former", "mean", "take", "want", "file", "yes", "please", "oh", "um")
    }
    return any(word not in known and not word.isdigit() for word in content_stems(text.replace(picked, " ")))


async def confirm(turn: SmallTurn, calls: Sequence[Mapping[str, Any]]) -> LoopEnd | None:
    """Do the calls that were asked about where the person says so; None where what is said is no answer to that."""
    said = turn.text.strip(" .!")
    choices = [str(choice).casefold() for choice in turn.question.get("choices") or [""]]
    if _NO.fullmatch(said) or said.casefold() in (LEAVE.casefold(), *choices[1:]):
        return turn.finish("Nothing was changed.")
    if not _YES.fullmatch(said) and said.casefold() != choices[0]:
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
