"""What is remembered, for models and for the person: searched, never changed."""

from __future__ import annotations

from typing import Annotated

from core.errors import ToolFailed, ToolRetry
from core.ports import ToolContext, ToolResult
from tools.declare import tool

LETTERS = 400  # of one memory


@tool(
    "memory.search",
    "reads",
    aliases=("recall", "search_memory", "memory_search", "remember_about", "recall_memory", "find_memory", "what_do_i_know", "memory_recall", "lookup_memory"),
)
async def search(context: ToolContext, query: Annotated[str, "what about, in the person's words"], limit: Annotated[int, "memories at most"] = 5) -> ToolResult:
    """Search what the person said before, in this and other conversations, and the facts that are kept about them."""
    if not query.strip():
        raise ToolRetry("Say what to look for in the memory.")
    if context.memory is None:
        raise ToolFailed("There is no memory here.", code="unavailable")
    rows = await context.memory.about(query, max(1, min(limit, 50)))
    items = [
        {"text": row["text"][:LETTERS], "said_by": row["said_by"], "at": row["at"], "fact": row["level"] == "fact", "from_outside": row["source"] == "outside"} for row in rows
    ]
    whose = {"person": "you", "assistant": "I"}
    lines = [f"- {item['text']} ({whose.get(item['said_by'], item['said_by'])}, {item['at'][:10]})" for item in items]
    return ToolResult({"items": items, "count": len(items)}, "\n".join(lines) or "Nothing is remembered about that.", tainted=any(item["from_outside"] for item in items))
