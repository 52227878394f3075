"""The starter: how it reads the requests of ``tests/data`` and how long a plan takes."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from pathlib import Path

import psutil

from models.starter import clauses
from models.starter.model import StarterModel
from tests.benchmarks.run import table

DATA = Path(__file__).parents[1] / "data/requests.jsonl"


async def _measure() -> list[tuple[str, ...]]:
    rows = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    model = StarterModel()
    await model.plan("who invented the telephone")
    grammar, network, right = [], [], 0
    for row in rows:
        began = time.perf_counter()
        plan, _ = await model.plan(row["request"])
        grammar.append((time.perf_counter() - began) * 1000)
        right += [[step["tool"], step["args"]] for step in plan["steps"]] == row["calls"]
    for row in rows:
        began = time.perf_counter()
        await model._decoded(row["request"])
        network.append((time.perf_counter() - began) * 1000)
    memory = psutil.Process(model.worker.pid).memory_info().rss / 1e6
    await model.worker.close()
    return [
        ("what", "value"), (f"requests read exactly (of {len(rows)}; seen while the grammar was written)", f"{right}"),
        ("read by grammar alone", f"{sum(clauses.read(row['request']) is not None for row in rows)}"), ("plan by grammar, median ms", f"{statistics.median(grammar):.1f}"),
        ("plan by the GGUF, median ms", f"{statistics.median(network):.1f}"), ("worker memory, MB", f"{memory:.0f}"),
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    table(asyncio.run(_measure()))
