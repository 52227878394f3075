"""Conversations become memories: what was said since the last look is taken over as turns, in the background or before something is recalled."""

from __future__ import annotations

from core.conversations import askers, from_outside
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
        outside, asked = from_outside(database, (row["run_id"] for row in rows)), askers(database, (row["run_id"] for row in rows))
        for row in rows:
            if (
                row["remember"] and row["text"].strip() and row["status"] not in FAILED and "hub" not in asked.get(row["run_id"], ())
            ):  # what a hub wants done is nothing of this machine's owner
                mine = row["role"] == "user"
                is_others = row["run_id"] in asked if mine else row["run_id"] in outside
                source: Source = "outside" if is_others else "person" if mine else "assistant"
                said_by = "assistant" if not mine else "outside" if is_others else "person"
                memories.add(row["text"][:LONGEST], "turn", said_by, source, row["conversation_id"], at=row["at"], receipt=False)
        if rows:
            database.execute("INSERT OR REPLACE INTO memory_gathered VALUES (1, ?)", (rows[-1]["number"],))
    gone = database.execute(_GONE, (most,)).fetchall()
    memories.forget((row["id"] for row in gone), everywhere=False)  # a conversation that was deleted, or is not to be remembered
    return len(rows)
