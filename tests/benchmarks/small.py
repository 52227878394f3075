"""Small models on everyday tasks, beside the study's prototype, the plain native loop and pydantic-ai with the same file in the same run.

The tasks are no part of the repository: ``DESKHAND_EVAL`` names their folder (default ``../shared/eval``). ``DESKHAND_REPEATS`` repeats each
system (default 1), ``DESKHAND_TASKS`` chooses tasks (default ``dev``), ``DESKHAND_SMALL`` the models (default ``1.5b 0.5b``).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.run import table
from tests.helpers.real_models import cache_folder

ROOT = Path(__file__).parents[2]
EVAL = Path(os.environ.get("DESKHAND_EVAL", ROOT.parent / "shared" / "eval"))
FILES = {"1.5b": "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf", "0.5b": "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", "135m": "smollm2-135m-instruct-q4_1.gguf"}
SECONDS = 3600  # of one system on one set


@dataclass(frozen=True, slots=True)
class System:
    """``runner`` is a file of the study; ``needs`` a module that it wants."""

    name: str
    runner: str
    needs: str = ""


SYSTEMS = (System("deskhand", "run_deskhand.py"), System("study", "proto2.py"), System("native loop", "run_native.py"), System("pydantic-ai", "run_pydantic_ai.py", "pydantic_ai"))


def main() -> None:
    """Print a table for each set and model."""
    if not (EVAL / "study" / "tasks.py").is_file():
        print(f"No tasks in {EVAL}; DESKHAND_EVAL names their folder.")
        return
    which = os.environ.get("DESKHAND_TASKS", "dev")
    for model in os.environ.get("DESKHAND_SMALL", "1.5b 0.5b").split():
        file = cache_folder() / FILES[model]
        if not file.is_file():
            print(f"{file.name} is not in the cache; it was left out.")
            continue
        for kit in ("study", "tasks"):
            print(f"\n{model}, {kit} ({which})\n")
            rows: list[tuple[str, ...]] = [("system", "right", "by kind", "s median", "s worst", "s median of right", "tokens really read", "written")]
            table([*rows, *(_row(system, model, file, kit, which) for system in SYSTEMS if _is_here(system))])


def _is_here(system: System) -> bool:
    return not system.needs or subprocess.run([sys.executable, "-c", f"import {system.needs}"], capture_output=True, check=False).returncode == 0


def _row(system: System, model: str, file: Path, kit: str, which: str) -> tuple[str, ...]:
    results: list[dict[str, Any]] = []
    repeats = int(os.environ.get("DESKHAND_REPEATS", "1"))
    with tempfile.TemporaryDirectory() as folder:
        for number in range(repeats):
            results += _tasks(system, model, file, kit, which, Path(folder), number)
    if not results:
        return (system.name, "did not run", *[""] * 6)
    right = [row for row in results if row["ok"]]
    kinds = {row["category"]: [other["ok"] for other in results if other["category"] == row["category"]] for row in results}
    seconds = [float(row["seconds"]) for row in results]
    return (
        system.name, f"{len(right)} of {len(results)}", ", ".join(f"{kind} {sum(oks)}/{len(oks)}" for kind, oks in kinds.items()), f"{statistics.median(seconds):.1f}", f"{max(seconds):.1f}",
        f"{statistics.median(float(row['seconds']) for row in right):.1f}" if right else "–", f"{statistics.mean(row['processed'] for row in results):.0f}",
        f"{statistics.mean(row['completion_tokens'] for row in results):.0f}",
    )  # fmt: skip


def _tasks(system: System, model: str, file: Path, kit: str, which: str, folder: Path, number: int) -> list[dict[str, Any]]:
    """The rows of one pass of one system; none where it did not end well."""
    out = folder / f"{system.name.replace(' ', '-')}-{number}.json"
    home = (
        ["--deskhand", str(ROOT), "--home", str(folder / f"home-{number}"), "--model", file.stem, "--gguf", str(file)]
        if system.name == "deskhand"
        else ["--gguf", str(file), "--model", model]
    )
    runner = [str(EVAL / "study" / system.runner)] if kit == "study" else [str(EVAL / "tasks" / "run.py"), str(EVAL / "study" / system.runner)]
    try:
        subprocess.run([sys.executable, *runner, *home, "--tasks", which, "--out", str(out)], cwd=EVAL / "study", capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        print(f"{system.name} took longer than {SECONDS} s.")
    return json.loads(out.read_text(encoding="utf-8"))["tasks"] if out.is_file() else []
