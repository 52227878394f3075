"""Questions: from the tables that hold what is asked for by a SELECT, else from the texts."""

from __future__ import annotations

from core.turn.act.closing import LoopEnd
from core.turn.small.answering import answer_question, answer_unfound
from core.turn.small.computing import compute
from core.turn.small.evidence import search_contents
from core.turn.small.hands import SmallTurn
from core.turn.small.request import SmallRequest
from core.turn.small.workspace_files import TABLES


async def ask(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Find out where it may stand, and answer from there."""
    if request.sources.files or request.missing:
        return await answer_question(turn, request)
    found = await search_contents(turn, request)
    if not found:
        return await answer_unfound(turn, request)
    return await answer_found(turn, request.chosen(found))


async def answer_found(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Answer from the files that were found: by a SELECT where all of them are tables."""
    return await (compute if all(path.lower().endswith(TABLES) for path in request.only) else answer_question)(turn, request)
