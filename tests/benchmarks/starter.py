"""The starter: the blind set by category, what it does without asking, and how long a plan takes.

``tests/data/blind.txt`` was written apart from the data and no training reads it; ``tests/data/requests.jsonl`` was seen while the
grammar was written and says nothing about new requests.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import time
from collections import defaultdict
from pathlib import Path

import psutil

from core.planning.review import SURE
from models.starter import checks, foreign
from models.starter.foreign import Foreign
from models.starter.model import Reading, StarterModel, read_frames, read_grammar, settle
from models.starter.objects import Names
from models.starter.scene import Scene
from tests.benchmarks.blind import Row, foreign_rows, is_right, rows
from tests.benchmarks.run import table

SEEN = Path(__file__).parents[1] / "data/requests.jsonl"
ASKS = ("shell.run", "system.end_process", "clipboard.set", "open.url", "open.app", "web.fetch")  # these ask whatever the confidence


async def read(model: StarterModel, request: str, tools: tuple[Foreign, ...] = ()) -> Reading:
    """How the starter reads a request whose pronouns point to ``earlier.txt``."""
    decoded, meant = await model._read(request, tools)
    scene = Scene(Names(None), request, files=["earlier.txt"], tools=meant)
    return settle(read_frames(decoded, request, scene), read_grammar(request))


def acts(reading: Reading) -> bool:
    """Whether a reading would be carried out without a question."""
    return bool(reading.calls) and reading.confidence >= SURE and not any(tool in ASKS for tool, _ in reading.calls)


def declines(reading: Reading) -> bool:
    """Whether nothing would be done or proposed."""
    return not reading.calls or reading.confidence < checks.DOUBTFUL


async def blind(model: StarterModel) -> list[tuple[Row, Reading]]:
    """Every row of the blind set with its reading."""
    return [(row, await read(model, row.request)) for row in rows()]


async def foreign_tools(model: StarterModel) -> list[tuple[str, ...]]:
    """How well tools are used that no training saw, found by search among all of them; and what they do to requests that do not mean them."""
    specs, asked = foreign_rows()
    readings = [(await read(model, request, foreign.offered(request, specs)), tool, args) for request, tool, args in asked]
    tool_right = sum(len(reading.calls) == 1 and reading.calls[0][0] == tool for reading, tool, _ in readings)
    all_right = sum(reading.calls == ((tool, args),) for reading, tool, args in readings)
    chooser, own = random.Random(0), [row for row in rows() if row.calls]
    beside = [tuple(foreign._read(spec) for spec in chooser.sample(specs, foreign.MOST)) for _ in own]
    kept = sum([is_right(row, await read(model, row.request, tools)) for row, tools in zip(own, beside, strict=True)])
    return [
        ("tools that no training saw", "value"), ("the right tool", f"{tool_right} of {len(asked)}"), ("the right tool with the right arguments", f"{all_right} of {len(asked)}"),
        ("requests for the starter's own tools right with three such tools beside", f"{kept} of {len(own)}"),
    ]  # fmt: skip


def by_category(found: list[tuple[Row, Reading]]) -> list[tuple[str, ...]]:
    """Right of all, for each category."""
    right: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row, reading in found:
        right[row.category][0] += is_right(row, reading)
        right[row.category][1] += 1
    return [("category", "right", "of"), *((name, str(good), str(all_)) for name, (good, all_) in sorted(right.items()))]


def summary(found: list[tuple[Row, Reading]]) -> list[tuple[str, ...]]:
    """The figures that the starter is judged by."""
    single = [(row, reading) for row, reading in found if row.calls and row.category != "several steps"]
    several = [(row, reading) for row, reading in found if row.category == "several steps" and row.calls]
    inside, beyond = [*single, *several], [(row, reading) for row, reading in found if row.category == "beyond"]
    acting = [(row, reading) for row, reading in found if acts(reading)]

    def share(part: list[tuple[Row, Reading]], of: list[tuple[Row, Reading]]) -> str:
        return f"{len(part)} of {len(of)} ({100 * len(part) / max(1, len(of)):.1f} %)"

    return [
        ("what", "value"), ("one step, exactly right", share([pair for pair in single if is_right(*pair)], single)), ("several steps, exactly right", share([pair for pair in several if is_right(*pair)], several)),
        ("done without asking, right", share([pair for pair in acting if is_right(*pair)], acting)), ("done without asking, of what can be done", share([pair for pair in inside if acts(pair[1])], inside)),
        ("out of scope, declined", share([pair for pair in beyond if declines(pair[1])], beyond)), ("in scope, declined", share([pair for pair in inside if declines(pair[1])], inside)),
    ]  # fmt: skip


async def _measure() -> tuple[list[tuple[str, ...]], ...]:
    model = StarterModel()
    await model.plan("hello")  # loads the worker
    found = await blind(model)
    seen = [json.loads(line) for line in SEEN.read_text(encoding="utf-8").splitlines()]
    spent, right = [], 0
    for row in seen:
        began = time.perf_counter()
        plan, _ = await model.plan(row["request"])
        spent.append((time.perf_counter() - began) * 1000)
        right += [[step["tool"], step["args"]] for step in plan["steps"]] == row["calls"]
    unseen = await foreign_tools(model)
    memory = psutil.Process(model.worker.pid).memory_info().rss / 1e6
    await model.worker.close()
    speed: list[tuple[str, ...]] = [
        ("what", "value"), ("from request to plan, median ms (limit 50)", f"{statistics.median(spent):.1f}"), ("95 % of plans within, ms", f"{sorted(spent)[int(len(spent) * 0.95)]:.1f}"),
        ("worker memory, MB (limit 200)", f"{memory:.0f}"), (f"requests seen while the grammar was written, read as then (of {len(seen)})", f"{right}"),
    ]  # fmt: skip
    return by_category(found), summary(found), unseen, speed


def main() -> None:
    """Print the tables."""
    for rows_ in asyncio.run(_measure()):
        table(rows_)
        print()


if __name__ == "__main__":
    main()
