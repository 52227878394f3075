""" "Undo that": takes back what the last run of the conversation did, as its button would."""

from __future__ import annotations

import re
from typing import Any

from core.execution.run import Run

_UNDO = re.compile(
    r"\W*(?:(?:no|oh|oops|please|ok|hey|wait|sorry|nein|bitte|ach)\b\W*)*"
    r"(?:undo(?: (?:that|this|it|the last (?:one|thing|step|change|run)|what you (?:just )?did|(?:all|both) of (?:that|it)|everything you (?:just )?did))?|take (?:that|it|this) back|"
    r"(?:put|change|turn) (?:it|that|everything|them) back(?: (?:as|how|the way) (?:it|they) (?:was|were))?|revert (?:that|this|it)|"
    r"mach(?:e)? (?:das|es) (?:wieder )?rückgängig|rückgängig(?: machen)?|nimm (?:das|es) zurück|annule (?:ça|cela)|deshazlo|deshaz eso)"
    r"(?:\W+(?:please|again|bitte|wieder|s'il te plaît))*\W*",
    re.I,
)


def is_undo(text: str) -> bool:
    """Whether the whole request asks for the last thing to be taken back."""
    return bool(_UNDO.fullmatch(text))


async def undo_last(run: Run) -> str | None:
    """What was taken back, in words; None where this conversation has done nothing that could be."""
    report = await run.deps.undo_last(run.request.get("conversation_id", ""), run.state.run_id)
    return None if report is None else _told(report)


def _told(report: dict[str, Any]) -> str:
    rows = report.get("changes", ())
    undone = [str(row.get("path", "")) for row in rows if row.get("undone")]
    left = [f"{row.get('path', '')}: {row.get('why', '')}" for row in rows if not row.get("undone")]
    if not left:
        return f"Undone: {', '.join(name.rsplit('/', 1)[-1] for name in undone)} {'is' if len(undone) == 1 else 'are'} as before."
    return "Not everything could be taken back:\n" + "\n".join(f"- {line}" for line in left)
