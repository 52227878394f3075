"""Outages: how they end, and how many model calls they take, beside a loop that reasons and acts on the same scenarios.

The loop is the plainest there is: one model call for each tool call, one to read each failure and choose again, one to answer. It is played
with a perfect model, which tries the next source at once and never errs; a real one needs more.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
from pathlib import Path

from app.service.composition import compose
from core.home import Home
from models.scripted import ScriptedModel
from tests.benchmarks.run import table
from tests.helpers.outages import SCENARIOS, World


def loop_calls(plan: list, down: frozenset[str], once: frozenset[str]) -> int:
    """Model calls of the loop with a perfect model."""
    hiccups, calls = set(once), 1
    for step in plan:
        if step["tool"] == "files.write":
            calls += 1
            continue
        kind = step["tool"].partition(".")[0]
        ways = [[f"{kind}.source{number}"] for number in range(1, 4)] if kind != "paper" else [["paper.read"], ["paper.load", "paper.scan"]]
        for way in ways[: 2 if kind == "price" else 3]:
            for tool in way:
                calls += 1 + (tool in hiccups)
                hiccups.discard(tool)
            if not down & set(way):
                break
    return calls


async def _played(name: str, folder: Path) -> tuple[bool, int, int]:
    plan, down, once, lost = SCENARIOS[name]
    home = Home(folder)
    planner = ScriptedModel([{"steps": plan}, *[{"steps": [], "answer": "cannot"}] * 4], "planner")
    core = compose(home, models={"planner": planner, "reviewer": ScriptedModel([{"score": 0.95, "issues": [], "suggestions": []}] * 4, "reviewer")})  # type: ignore[dict-item]
    for role in ("planner", "reviewer", "executor"):
        core.settings.set(f"models.{role}", "reviewer" if role == "reviewer" else "planner")
    world = World(down, once)
    core.tools.offer("test", world.tools())
    workspace = folder / "work"
    workspace.mkdir()
    row = await core.runs.wait(core.runs.start({"text": "do it", "workspace": str(workspace), "approve": "all"}), 60)
    states = {step["id"]: step["status"] for step in row["result"]["steps"]}
    right = all((states[step["id"]] == "done") != (step["id"] in lost) for step in plan)
    recovery = len([request for request in planner.requests if request.purpose == "plan"]) - 1
    calls = int(row["result"]["usage"]["calls"])
    await core.stop()
    return right, calls, recovery


def main() -> None:
    """Print the table."""
    logging.disable(logging.CRITICAL)
    rows: list[tuple[str, ...]] = [("scenario", "ends right", "model calls", "of them to recover", "calls of a loop", "of them to recover")]
    totals = [0, 0, 0, 0, 0]
    for name, (plan, down, once, _) in SCENARIOS.items():
        with tempfile.TemporaryDirectory() as folder, contextlib.suppress(OSError):
            right, calls, recovery = asyncio.run(_played(name, Path(folder)))
            loop = loop_calls(plan, down, once)
            spare = loop - loop_calls(plan, frozenset(), frozenset())
            rows.append((name, "yes" if right else "NO", str(calls), str(recovery), str(loop), str(spare)))
            totals = [a + b for a, b in zip(totals, (right, calls, recovery, loop, spare), strict=True)]
    rows.append((f"all {len(SCENARIOS)}", *map(str, totals)))
    table(rows)


if __name__ == "__main__":
    main()
