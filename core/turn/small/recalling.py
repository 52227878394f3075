"""Questions about what the person said or had kept before."""

from __future__ import annotations

from core.turn.act.closing import LoopEnd
from core.turn.small.hands import SmallTurn
from core.turn.small.request import SmallRequest

SYSTEM = (
    "You answer a person from notes about them, in one short sentence, in the language of the question. The newest note counts. If no note says it, answer: I do not know that."
)
LETTERS = 1500  # of the notes


async def recall(turn: SmallTurn, request: SmallRequest) -> LoopEnd | None:
    """The answer from what is kept; None where nothing is."""
    lines = [line for _, line in turn.run.remembered]
    if not lines:
        state = await turn.do("memory.search", query=request.text, limit=4)
        lines = [state.text] if state.status == "done" and (state.value or {}).get("found", state.text) else []
    if not lines:
        return None
    notes = "\n".join(lines)[:LETTERS]
    text = await turn.ask_text(SYSTEM, f"Notes:\n{notes}\n\n{request.text}", most=60, is_shown=True)
    return turn.finish(text)
