"""How light it is to start: ``import core`` and ``deskhand --help`` beside a bare interpreter, medians in milliseconds of processes in turn."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.run import table

ROOT = Path(__file__).parents[2]
WORDS = {"bare interpreter": [sys.executable, "-c", ""], "import core": [sys.executable, "-c", "import core"], "deskhand --help": [str(ROOT / "deskhand"), "--help"]}
LIMIT, ROUNDS = 150, 15  # milliseconds over the bare interpreter


def main() -> None:
    """Print the table."""
    spent: dict[str, list[float]] = {name: [] for name in WORDS}
    for _ in range(ROUNDS):
        for name, words in WORDS.items():
            began = time.perf_counter()
            subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            spent[name].append((time.perf_counter() - began) * 1000)
    bare, *others = ((name, statistics.median(times)) for name, times in spent.items())
    table([("what", "ms", f"over it (limit {LIMIT})"), (bare[0], f"{bare[1]:.0f}", ""), *((name, f"{took:.0f}", f"{took - bare[1]:.0f}") for name, took in others)])


if __name__ == "__main__":
    main()
