"""What memories cost against their number: adding one, finding by words and meaning, opening the database. Vectors are made up; their making is in ``embeddings``.

The peer is the plainest search there is: every vector multiplied with numpy, nothing else.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from core.clock import SystemClock
from core.journal import Journal
from core.memory.recall import Recall
from core.memory.store import Memories
from core.storage.database import Database
from models.starter.training.voices import DATA
from tests.benchmarks.run import log_plot, table

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
DIMENSIONS, ROUNDS = 384, 40


def _texts(count: int) -> list[str]:
    chooser = random.Random(1)
    words = [word for word in (DATA / "words.txt").read_text(encoding="utf-8").split() if word.isalpha()]
    weights = [1 / (place + 10) for place in range(len(words))]  # few words are frequent
    return [" ".join(chooser.choices(words, weights, k=chooser.randint(6, 24))) for _ in range(count)]


async def _random(texts: list[str]) -> list[list[float]]:
    made = np.random.default_rng(len(texts)).standard_normal((len(texts), DIMENSIONS)).astype(np.float32)
    return list(made / np.linalg.norm(made, axis=1, keepdims=True))  # type: ignore[arg-type]


async def _measured(folder: Path, size: int) -> tuple[str, ...]:
    path, clock = folder / f"{size}.sqlite", SystemClock()
    database = Database(path)
    memories = Memories(database, Journal(database, clock), clock)
    texts = _texts(size + 2 * ROUNDS)
    with database.transaction():
        for number, text in enumerate(texts[:size]):
            memories.add(text, "turn", f"Person{number % 5}", place=f"place{number // 50}", receipt=False)
    recall = Recall(database, memories, _random)
    await recall.index()
    await recall.find(texts[0], 10)
    adding = [_timed(lambda text=text: memories.add(text, "turn", "Person1", place="now")) for text in texts[size : size + ROUNDS]]
    await recall.find(texts[0], 10)
    finding = []
    for text in texts[size + ROUNDS :]:
        began = time.perf_counter()
        await recall.find(" ".join(text.split()[:9]), 10)
        finding.append(time.perf_counter() - began)
    matrix = recall._own
    asked = matrix[0]
    peer = statistics.median(_timed(lambda: np.argpartition(-(matrix @ asked), 10)[:10]) for _ in range(ROUNDS))
    database.close()
    opening = _timed(lambda: Database(path).close())
    found = statistics.median(finding)
    return (
        f"{size:,}",
        f"{statistics.median(adding) * 1000:.2f}",
        f"{found * 1000:.1f}",
        f"{sorted(finding)[int(0.95 * ROUNDS)] * 1000:.1f}",
        f"{peer * 1000:.1f}",
        f"{opening * 1000:.0f}",
        f"{path.stat().st_size / 1e6:.0f}",
    )


def _timed(work: object) -> float:
    began = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - began


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [asyncio.run(_measured(Path(folder), size)) for size in SIZES]
    table([("memories", "add, ms (limit 10)", "find, ms (limit 30)", "95 % within", "vectors alone, ms", "open, ms", "file, MB"), *rows])
    sizes = [float(row[0].replace(",", "")) for row in rows]
    lines = {
        name: list(zip(sizes, (float(row[column]) for row in rows), strict=True))
        for name, column in (("add", 1), ("find", 2), ("vectors alone", 4), ("open", 5), ("MB of the file", 6))
    }
    print(log_plot({name: [(x, max(y, 0.01)) for x, y in line] for name, line in lines.items()}, "memories", "milliseconds (and megabytes)"))


if __name__ == "__main__":
    main()
