"""Talk, and a look before it where a fact is asked for: a small model that is asked for what stands in the person's files without them makes it up."""

from __future__ import annotations

import re

from core.turn.act.closing import LoopEnd
from core.turn.small.answering import talk_over
from core.turn.small.asking import answer_found
from core.turn.small.evidence import search_contents
from core.turn.small.hands import SmallTurn
from core.turn.small.request import SmallRequest

_FACT = re.compile(  # what asks for one
    r"\b(?:who(?:se|['’]?s)?|when|where|wh(?:at|en|ere|ich)['’]?s|aboots|which|whit|how (?:much|many|long|wide|high|far|often|old|big)|what|number|name|date|price|address|phone|total|"
    r"wer|wann|wo|welche\w*|wie ?viele?|was|wessen|nummer|quién\w*|cuándo|cuál\w*|cuánt\w*|dónde|qué|hora|qui|quand|où|quel\w*|combien|quoi|"
    r"(?:do|does|did|is|are|was|were|am|have|has) (?:i|we|he|she|it|they|there))\b",
    re.I,
)
_OWN = re.compile(  # that it is the person's own
    r"\b(?:my|our|mine|ours|did (?:i|we)|do (?:i|we)|have (?:i|we)|am i|are we|was i|were we|i (?:wrote|put|saved|noted|paid|bought|have|had|get|got|owe)|"
    r"mein\w*|unser\w*|habe ich|haben wir|ich .{0,20}(?:bezahlt|geschrieben|notiert)|mi|mis|nuestr\w*|mon|ma|mes|notre|nos|ai-je)\b",
    re.I,
)
_IDLE = re.compile(r"\b(?:joke|poem|story|idea|explain|how are you|recipe for|write|translate|witz|gedicht|erklär\w*|chiste|poema|explica\w*|blague|explique\w*)\b", re.I)
OUTSIDE = "I cannot do that: it lies outside of what I can do or know on this computer. Nothing was done."
HELD = 2  # words of a question that one file must hold to be meant


async def talk_or_look(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Answer from the files where one holds what the question is about; say that nothing is there where it is the person's own; else talk."""
    if turn.history or not asks_for_a_fact(request.meaning):
        return await talk_over(turn, request)
    found = request.sources.files or await search_contents(turn, request, least=HELD)
    if found:
        return await answer_found(turn, request.chosen(found))
    if _OWN.search(request.text) or _OWN.search(request.meaning):
        return turn.finish("I found nothing about that in the files here.")
    return await talk_over(turn, request)


async def look_or_decline(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Answer from a file that holds what is asked for, also where the reader takes it for nothing that can be known here; else say that it cannot be done."""
    found = (request.sources.files or await search_contents(turn, request, least=HELD)) if asks_for_a_fact(request.meaning) else ()
    return await answer_found(turn, request.chosen(found)) if found else turn.finish(OUTSIDE, "it is outside of this computer")


def asks_for_a_fact(text: str) -> bool:
    """Whether a request asks for a fact that a file may hold.

    >>> asks_for_a_fact("who's on nights thursday in week 49"), asks_for_a_fact("Good morning! How are you today?")
    (True, False)
    """
    return bool(_FACT.search(text)) and not _IDLE.search(text)
