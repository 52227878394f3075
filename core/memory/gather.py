"""Conversations become memories: what was said since the last look is taken over as turns, in the background or before something is recalled."""

from __future__ import annotations

from core.conversations import from_outside
from core.memory.store import LONGEST, Memories, Source
from core.storage.database import Database

MOST = 500  # messages of one look
FAILED = ("failed", "refused", "cancelled")  # such a turn ends in the words of code: what a server or a rule said is nothing to remember
# From one conversation to the next along the index: reading all turns takes longer than finding one of them, and this runs before every search.
_GONE = """
WITH RECURSIVE held (place) AS (
    SELECT min(place) FROM memory WHERE place >= 'conv_' AND place < 'conv`'
    UNION ALL SELECT (SELECT min(place) FROM memory WHERE place > held.place AND place < 'conv`') FROM held WHERE held.place IS NOT NULL)
SELECT id FROM memory WHERE level = 'turn' AND place IN (
    SELECT place FROM held WHERE place IS NOT NULL AND place NOT IN (SELECT id FROM conversation WHERE remember = 1)) LIMIT ?
"""


def gather(database: Database, memories: Memories, most: int = MOST) -> int:
    """Take over new messages; how many. A message is taken over once, whatever happens in between."""
    with database.transaction():
        seen = database.execute("SELECT message FROM memory_gathered").fetchone()
        rows = database.execute(
            "SELECT m.rowid AS number, conversation_id, role, text, run_id, at, remember, iif(json_valid(m.data), json_extract(m.data, '$.status'), '') AS status FROM message m JOIN conversation c ON c.id = conversation_id WHERE m.rowid > ? ORDER BY m.rowid LIMIT ?",
            (seen[0] if seen else 0, most),
        ).fetchall()
        outside = from_outside(database, (row["run_id"] for row in rows))
        for row in rows:
            if row["remember"] and row["text"].strip() and row["status"] not in FAILED:
                mine = row["role"] == "user"
                source: Source = "person" if mine else "outside" if row["run_id"] in outside else "assistant"
                memories.add(row["text"][:LONGEST], "turn", "person" if mine else "assistant", source, row["conversation_id"], at=row["at"], receipt=False)
        if rows:
            database.execute("INSERT OR REPLACE INTO memory_gathered VALUES (1, ?)", (rows[-1]["number"],))
    gone = database.execute(_GONE, (most,)).fetchall()
    memories.forget((row["id"] for row in gone), everywhere=False)  # a conversation that was deleted, or is not to be remembered
    return len(rows)
