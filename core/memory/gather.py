"""Conversations become memories: what was said since the last look is taken over as turns, in the background or before something is recalled."""

from __future__ import annotations

from core.clock import SystemClock
from core.conversations import Conversations
from core.memory.store import LONGEST, Memories, Source
from core.storage.database import Database

MOST = 500  # messages of one look


def gather(database: Database, memories: Memories, most: int = MOST) -> int:
    """Take over new messages; how many. A message is taken over once, whatever happens in between."""
    with database.transaction():
        seen = database.execute("SELECT message FROM memory_gathered").fetchone()
        rows = database.execute(
            "SELECT m.rowid AS number, conversation_id, role, text, run_id, at, remember FROM message m JOIN conversation c ON c.id = conversation_id WHERE m.rowid > ? ORDER BY m.rowid LIMIT ?",
            (seen[0] if seen else 0, most),
        ).fetchall()
        outside = Conversations(database, SystemClock()).from_outside(row["run_id"] for row in rows)
        for row in rows:
            if row["remember"] and row["text"].strip():
                mine = row["role"] == "user"
                source: Source = "person" if mine else "outside" if row["run_id"] in outside else "assistant"
                memories.add(row["text"][:LONGEST], "turn", "person" if mine else "assistant", source, row["conversation_id"], at=row["at"], receipt=False)
        if rows:
            database.execute("INSERT OR REPLACE INTO memory_gathered VALUES (1, ?)", (rows[-1]["number"],))
    gone = database.execute(
        "SELECT id FROM memory WHERE level = 'turn' AND place LIKE 'conv_%' AND place NOT IN (SELECT id FROM conversation WHERE remember = 1) LIMIT ?", (most,)
    ).fetchall()
    memories.forget(row["id"] for row in gone)  # a conversation that was deleted, or is not to be remembered
    return len(rows)
