"""Coming back to a conversation after a swap: reading its state, beside reading the prompt again, beside the physical limit.

A made-up model of some 60 million parameters, on this processor. "Back" is from nothing loaded to the first token with the state file;
"again" the same without it; the limit is the load alone plus reading a file of that size.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from models.llama.process import Worker
from tests.benchmarks.run import table
from tests.helpers.gguf_models import Shape, write

SHAPE = Shape("qwen3", layers=12, width=512, inner=1536, heads=8, shared=4, vocabulary=8192, context=8192)
WORDS, ROUNDS = 590, 3  # words of the conversation, some seven tokens each with the made-up vocabulary: about 4,000


async def _first_token(worker: Worker, messages: list[dict[str, str]]) -> float:
    began = time.monotonic()
    async for _ in worker.call("chat", messages=messages, max_tokens=1, temperature=0.0):
        break
    return time.monotonic() - began


async def _measure(folder: Path) -> list[tuple[str, ...]]:
    path = write(folder / "model.gguf", SHAPE)
    messages = [{"role": "system", "content": " ".join(f"w{number % 900}" for number in range(WORDS))}, {"role": "user", "content": "go on"}]
    rows: dict[str, list[float]] = {"load alone": [], "again": [], "back": [], "read the file": []}
    tokens = size = 0
    for _ in range(ROUNDS):
        plain = Worker(path, {"context": 8192, "flash": True})
        began = time.monotonic()
        await plain.load()
        rows["load alone"].append(time.monotonic() - began)
        await plain.close()
        rows["again"].append(await _first_token(plain, messages))
        await plain.close()
        state = folder / "model.state"
        keeper = Worker(path, {"context": 8192, "flash": True}, state=state)
        await _first_token(keeper, messages)
        await keeper.retire()
        size = state.stat().st_size
        began = time.monotonic()
        state.read_bytes()
        rows["read the file"].append(time.monotonic() - began)
        rows["back"].append(await _first_token(keeper, messages))
        tokens = keeper.facts["restored"]
        await keeper.close()
    median = {name: statistics.median(values) for name, values in rows.items()}
    limit = median["load alone"] + median["read the file"]
    return [
        ("what", "value"), ("tokens of the conversation", str(tokens)), ("state file, MB", f"{size / 1e6:.0f}"), ("load and read the prompt again, s", f"{median['again']:.2f}"),
        ("load and take the state, s", f"{median['back']:.2f}"), ("times faster (wanted 5)", f"{median['again'] / median['back']:.1f}"), ("load alone and reading the file, s", f"{limit:.2f}"),
        ("of that limit (at most 1.3)", f"{median['back'] / limit:.2f}"),
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        table(asyncio.run(_measure(Path(folder))))


if __name__ == "__main__":
    main()
