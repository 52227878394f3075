"""What is remembered, for models and for the person: searched, kept, forgotten."""

from __future__ import annotations

import re
from typing import Annotated, Any

from core.errors import ToolFailed, ToolRetry
from core.ids import new_id
from core.ports import Change, Remembered, ToolContext, ToolResult
from tools.availability import needs_memory
from tools.declare import Planned, tool
from tools.finding.words import terms
from tools.workbench import Workbench

INSTEAD = "notes.add keeps a note, files.find looks in files."
LETTERS = 400  # of one memory
MOST_FORGOTTEN = 20  # facts at once
_FILLING = frozenset(terms("everything anything all any what about thing things fact facts said told know knowledge"))


@tool(
    "memory.search",
    "reads",
    unavailable=needs_memory,
    instead=INSTEAD,
    aliases=("recall", "search_memory", "memory_search", "remember_about", "recall_memory", "find_memory", "what_do_i_know", "memory_recall", "lookup_memory"),
)
async def search(context: ToolContext, query: Annotated[str, "what about, in the person's words"], limit: Annotated[int, "memories, 50 at most"] = 5) -> ToolResult:
    """Search what the person said before, in this and other conversations, and the facts that are kept about them."""
    if not query.strip():
        raise ToolRetry("There is nothing to look for.", hint="query is what it is about, in the person's words.")
    rows = await _of(context).about(query, max(1, min(limit, 50)))
    items = [
        {"text": row["text"][:LETTERS], "said_by": row["said_by"], "at": row["at"], "fact": row["level"] == "fact", "from_outside": row["source"] == "outside"} for row in rows
    ]
    whose = {"person": "you", "assistant": "I"}
    lines = [f"- {item['text']} ({whose.get(item['said_by'], item['said_by'])}, {item['at'][:10]})" for item in items]
    return ToolResult({"items": items, "count": len(items)}, "\n".join(lines) or f"Nothing is remembered about {query!r}.", tainted=any(item["from_outside"] for item in items))


@tool(
    "memory.add",
    "reversible",
    unavailable=needs_memory,
    instead=INSTEAD,
    aliases=("remember", "save_memory", "memory_add", "add_memory", "store_memory", "create_memory", "memory_save", "add_fact"),
)
def add(
    bench: Workbench, text: Annotated[str, "a fact, as the person said it"], instead: Annotated[str, "the fact that it takes the place of, in its words; empty for none"] = ""
) -> Planned:
    """Remember a fact about the person, other people, places or projects, from now on, in place of an older one where it was corrected. What is not in the person's own words, once anything was read, is marked so and believed less."""
    said = text.strip()
    if not said:
        raise ToolRetry("There is nothing to remember.", hint="text is one fact, as the person said it.")
    id_ = new_id("mem")
    is_outside = bench.context.tainted or not bench.context.is_persons_own(said)
    marked = " (marked as not your own words)" if is_outside else ""
    old = _replaced(_of(bench.context), instead) if not is_outside else {}
    told, taken = (f", in place of: {old['text']}", f"\n- {old['text']}") if old else ("", "")
    change = Change("memory", id_, to=said, before="outside" if is_outside else None, after=old.get("id"))
    return Planned((change,), {"id": id_, "text": said}, f"I will remember: {said}{marked}{told}", f"+ {said}{marked}{taken}")


def _replaced(memory: Remembered, instead: str) -> dict[str, Any]:
    """The fact of these words; empty where none is named. Raises :class:`ToolRetry` where there is no such fact."""
    words = instead.strip().casefold().rstrip(".")
    if not words:
        return {}
    found = next((row for row in memory.facts() if row["text"].strip().casefold().rstrip(".") == words), None)
    if found is None:
        raise ToolRetry(f"No fact that I keep reads {instead!r}.", code="not_found", hint="memory.search shows facts; instead is one of them, word for word, or empty.")
    return found


@tool(
    "memory.forget",
    "irreversible",
    unavailable=needs_memory,
    instead=INSTEAD,
    aliases=("forget", "memory_forget", "delete_memory", "remove_memory", "memory_delete", "forget_fact"),
)
def forget(bench: Workbench, about: Annotated[str, "what to forget; every fact that has all of these words goes"]) -> Planned:
    """Forget facts for good, and every sentence that says one of them in conversations and in the journal."""
    wanted = _telling(about)
    if not wanted:
        raise ToolRetry("Say what to forget.", hint="about is words of the fact; memory.search shows facts.")
    found = [row for row in _of(bench.context).facts() if wanted <= _telling(row["text"])]
    if not found:
        raise ToolRetry(f"No fact that I keep has {about!r} in it.", code="not_found", hint="Fewer words find more; memory.search shows facts.")
    if len(found) > MOST_FORGOTTEN:
        raise ToolRetry(f"{len(found)} facts have {about!r} in them. Say more exactly which, or forget them on the Memory page.", hint="about is more words of the fact.")
    one = len(found) == 1
    told = f"Forgot {'one fact' if one else f'{len(found)} facts'} with {about!r}, and what was said of {'it' if one else 'them'} in conversations and the journal."
    # the words of the facts stand neither here nor in the journal
    return Planned(
        tuple(Change("memory", row["id"]) for row in found),
        {"forgotten": len(found)},
        told,
        f"forget for good {'the one fact' if one else f'the {len(found)} facts'} with {about!r}, and every sentence that says {'it' if one else 'them'} in conversations and the journal",
    )


def _telling(text: str) -> set[str]:
    return {word for word in terms(re.sub(r"['’]s\b", "", text.lower())) if word not in _FILLING}


def _of(context: ToolContext) -> Remembered:
    if context.memory is None:
        raise ToolFailed("There is no memory here.", code="unavailable", hint=INSTEAD)
    return context.memory
