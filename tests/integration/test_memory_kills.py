"""kill -9 while memories are consolidated and indexed: nothing is lost, nothing is there twice, and the next start ends the work."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, FACTS = 12, 120
PROGRAM = """
import asyncio, sys
from pathlib import Path
from core.clock import SystemClock
from core.journal import Journal
from core.memory.recall import Recall
from core.memory.store import Memories
from core.memory.tidy import tidy
from core.storage.database import Database

mode, path = sys.argv[1], Path(sys.argv[2])
database = Database(path, path.parent)
memories = Memories(database, Journal(database, SystemClock()), SystemClock())

def told(*_):
    print("step", flush=True)
    sys.stdin.readline()

async def embed(texts):
    told()
    return [[float(len(text) % 7), float(len(text) % 5), 1.0] for text in texts]

if mode == "fill":
    with database.transaction():
        for number in range(int(sys.argv[3])):
            memories.add(f"My locker number in building {number} is {number * 7}")
            memories.add(f"my locker numbers in the building {number}: {number * 7}")
elif mode == "tidy":
    merge = memories.merge
    memories.merge = lambda older, newer: (told(), merge(older, newer), told())
    tidy(memories)
else:
    import core.memory.recall as module
    module.BATCH = 4
    asyncio.run(Recall(database, memories, embed).index())
database.close()
print("end", flush=True)
"""


def run(mode: str, path: Path, *more: str, after: int = 0) -> bool:
    """Whether it came to its end; else it was killed without warning, at any instant of the work that follows so many steps."""
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, mode, str(path), *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None and process.stdin is not None
    ended = False
    with process.stdin as say, process.stdout as said:
        for seen, line in enumerate(said, 1):
            if ended := line.strip() == "end":
                break
            say.write("go\n")
            say.flush()
            if seen == after:
                process.send_signal(signal.SIGKILL)
                break
    process.wait(20)
    return ended


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "memory" / "deskhand.sqlite"
    path.parent.mkdir()
    assert run("fill", path, str(FACTS))
    return path


def ask(path: Path, sql: str) -> int:
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return int(connection.execute(sql).fetchone()[0])
    finally:
        connection.close()


@pytest.mark.slow
def test_killed_while_consolidating_every_fact_is_there_once_and_the_next_round_ends_it(store: Path) -> None:
    chance, killed = random.Random(4), 0
    for _ in range(ROUNDS):
        killed += not run("tidy", store, after=chance.randint(1, 30))
        assert ask(store, "SELECT count(*) FROM memory") == 2 * FACTS
        joined = ask(store, "SELECT count(*) FROM memory WHERE valid_to != ''")
        assert joined == ask(store, "SELECT count(*) FROM event WHERE type = 'memory_changed' AND json_extract(data, '$.what') = 'merged'")  # each is told, and told once
        assert ask(store, "SELECT count(*) FROM memory a JOIN memory b ON a.replaced_by = b.id WHERE b.valid_to = ''") == joined
    assert killed > ROUNDS // 2
    assert run("tidy", store)
    assert ask(store, "SELECT count(*) FROM memory WHERE valid_to = ''") == FACTS


@pytest.mark.slow
def test_killed_while_indexing_no_vector_is_missing_or_twice_in_the_end(store: Path) -> None:
    chance, killed = random.Random(5), 0
    for _ in range(ROUNDS):
        killed += not run("index", store, after=chance.randint(1, 5))
        assert ask(store, "SELECT count(*) FROM memory") == 2 * FACTS == ask(store, "SELECT count(*) FROM memory_words")
        assert ask(store, "SELECT count(*) FROM memory_vector v LEFT JOIN memory m ON m.number = v.number WHERE m.number IS NULL") == 0
    assert killed > ROUNDS // 2
    assert run("index", store)
    assert ask(store, "SELECT count(*) FROM memory_vector") == 2 * FACTS
