"""Sums and counts: from tables by a SELECT, from texts by the numbers that stand there."""

from __future__ import annotations

from core.turn.act.closing import LoopEnd
from core.turn.small.answering import answer_question
from core.turn.small.hands import SmallTurn
from core.turn.small.material import find_material
from core.turn.small.request import SmallRequest
from core.turn.small.selecting import answer_from_tables
from core.turn.small.text_sums import TOTAL, calculate, sum_over
from core.turn.small.workspace_files import TABLES


async def compute(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """The number that is asked for, from tables where tables are meant, else from texts."""
    sources = request.sources
    tables = [path for path in sources.files if path.lower().endswith(TABLES)]
    if tables:
        return await answer_from_tables(turn, request, tables[:3])
    documents = await find_material(turn, request)
    if found := [document.path for document in documents if document.path.lower().endswith(TABLES)]:
        return await answer_from_tables(turn, request, found[:3])
    if len(documents) > 1 and TOTAL.search(request.text):
        return await sum_over(turn, request, documents)
    if turn.history and (not documents or sources.how == "earlier"):
        if end := await calculate(turn, request, documents):
            return end
    return await answer_question(turn, request)
