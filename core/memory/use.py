"""What of the memories a model gets to see with a request: few, as data, with whose words they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from core.memory.gather import gather
from core.memory.recall import Recall
from core.settings import Settings

MOST, LETTERS = 6, 1400  # memories, and letters of them all
Remembered = Callable[[str, str], Awaitable[tuple[str, ...]]]


def remembering(recall: Recall, settings: Settings) -> Remembered:
    """For the pipeline: what is remembered about a request, without what the conversation itself holds."""

    async def remembered(request: str, conversation_id: str) -> tuple[str, ...]:
        if not settings["memory.use"]:
            return ()
        gather(recall.database, recall.memories)
        found = [row for row in await recall.find(request, MOST * 2) if not conversation_id or row["place"] != conversation_id][:MOST]
        recall.memories.used(row["id"] for row in found if row["level"] == "fact")
        lines, left = [], LETTERS
        for row in found:
            line = _line(row)
            if len(line) > left:
                break
            lines.append(line)
            left -= len(line)
        return tuple(lines)

    return remembered


def _line(row: dict[str, Any]) -> str:
    whose = {"person": "the person", "assistant": "the assistant"}.get(row["said_by"], row["said_by"])
    return f"{row['at'][:10]}, {whose}{' (from outside)' if row['source'] == 'outside' else ''}: {row['text'][:400]}"
