"""What of the memories a model gets to see with a request: few, as data, with whose words they are."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from core.errors import UsageError
from core.memory.gather import gather
from core.memory.recall import Recall
from core.settings import Settings

WRONG = -2  # so often called wrong, a memory is not put before a model
MOST, LETTERS = 6, 1400  # memories, and letters of them all
_COMMON = frozenset(
    [
        "this",
        "that",
        "with",
        "from",
        "have",
        "will",
        "your",
        "they",
        "them",
        "there",
        "then",
        "than",
        "what",
        "when",
        "where",
        "which",
        "about",
        "into",
        "just",
        "like",
        "some",
        "been",
        "were",
        "would",
        "could",
        "should",
        "done",
        "made",
        "file",
        "files",
        "folder",
    ]
)
_ASKED = re.compile(r"\?\s*$|^\W*(?:what|who|whom|whose|which|when|where|why|how|do|does|did|is|are|was|were|can|could|have|has|show|tell me|search|find|look up)\b", re.I)
_ORDER = re.compile(
    r"^\W*(?:(?:please|can you|could you|would you|now|then|ok|hey|bitte)\W+)*(?:add|append|archive|calculate|change|convert|copy|count|create|cut|delete|draft|edit|extract|fill|fix|forget|list|make|merge|move|open|"
    r"pack|print|put|read|remind|remove|rename|replace|run|save|schedule|send|set|sort|split|start|stop|summari[sz]e|swap|tidy|translate|undo|unpack|update|write|zip)\b",
    re.I,
)
Remembered = Callable[[str, str], Awaitable[tuple[tuple[str, str], ...]]]  # id and line


def remembering(recall: Recall, settings: Settings, remembers: Callable[[str], bool] = lambda _: True) -> Remembered:
    """For a turn: what is remembered about a request, without what the conversation itself holds; nothing where it is switched off.

    What came from outside is left out: a plan would follow it untold. A tool finds it, and then the steps after it are marked.
    """

    async def remembered(request: str, conversation_id: str) -> tuple[tuple[str, str], ...]:
        if not settings["memory.use"] or not remembers(conversation_id):
            return ()
        gather(recall.database, recall.memories)
        rows = [row for row in await recall.find(request, MOST * 4) if row["source"] != "outside" and row["rating"] > WRONG and row["place"] != (conversation_id or None)]
        known = {row["id"] for row in rows}
        newest = [row for row in recall.memories.newest("fact", MOST) if row["source"] != "outside" and row["rating"] > WRONG and row["id"] not in known]
        found = without_echoes(row for row in (*rows, *newest) if tells_something(row))[:MOST]  # words alone may not reach what is meant
        recall.memories.used(row["id"] for row in found if row["level"] == "fact")
        lines, left = list[tuple[str, str]](), LETTERS
        for row in found:
            line = _line(row)
            if len(line) > left:
                break
            lines.append((row["id"], line))
            left -= len(line)
        return tuple(lines)

    return remembered


def tells_something(row: dict[str, Any]) -> bool:
    """Whether a memory says something of the person's world: a fact, or a statement of theirs. What was asked or ordered, and what we answered (failures too), is chatter."""
    is_statement = row["said_by"] != "assistant" and not _ASKED.search(row["text"]) and not _ORDER.match(row["text"])
    return row["level"] == "fact" or is_statement


def without_echoes(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Memories without the turns in which a fact among them was told: where it was said adds nothing to it."""
    given = list(rows)
    facts = [row["text"].lower().rstrip(".") for row in given if row["level"] == "fact"]
    return [row for row in given if row["level"] == "fact" or not any(fact in row["text"].lower() for fact in facts)]


def _line(row: dict[str, Any]) -> str:
    whose = {"person": "the person", "assistant": "the assistant"}.get(row["said_by"], row["said_by"])
    return f"{row['at'][:10]}, {whose}: {row['text'][:400]}"


@dataclass(frozen=True, slots=True)
class Looking:
    """The memory as tools see it: what the person said and the facts. What they asked tells nothing of them, and our own answers would only echo."""

    recall: Recall
    settings: Settings

    async def about(self, question: str, most: int) -> list[dict[str, Any]]:
        """Memories about something, best first. Raises :class:`UsageError` where the person turned that off."""
        if not self.settings["memory.use"]:
            raise UsageError("What is remembered is not to be used (setting memory.use).", code="memory_off")
        gather(self.recall.database, self.recall.memories)
        rows = [row for row in await self.recall.find(question, most * 4) if row["level"] == "fact" or not (row["said_by"] == "assistant" or _ASKED.search(row["text"]))]
        rows = without_echoes(rows)
        self.recall.memories.used(row["id"] for row in rows[:most] if row["level"] == "fact")
        return rows[:most]

    def facts(self) -> list[dict[str, Any]]:
        return self.recall.memories.facts()

    def keep(self, id_: str, text: str, outside: bool, instead: str = "") -> None:
        if not self.settings["memory.use"]:
            raise UsageError("Nothing is to be remembered (setting memory.use).", code="memory_off")
        if not self.holds(id_):
            self.recall.memories.add(text, said_by="outside" if outside else "person", source="outside" if outside else "person", id_=id_, instead=instead)

    def drop(self, id_: str, everywhere: bool = True) -> None:
        if self.holds(id_):
            self.recall.memories.forget([id_], everywhere)

    def holds(self, id_: str, text: str = "") -> bool:
        return self.recall.memories.has(id_, text)


def made_use_of(remembered: Iterable[tuple[str, str]], request: str, said: str) -> list[str]:
    """Ids of the memories that show in what was said or planned: by words of theirs that the request did not have."""
    asked, told = set(_words(request)), set(_words(said))
    return [id_ for id_, line in remembered if set(_words(line.partition(": ")[2])) & told - asked]


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text.lower()) if (len(word) > 3 or word.isdigit()) and word not in _COMMON]
