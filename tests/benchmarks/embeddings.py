"""The official embedding weights, fetched, converted and run by llama.cpp, against a plain BERT in numpy on the same weights: worst cosine distance, and speed.

Fetches the weights where they are not kept yet (``.cache/minilm``); without a network it says so and measures nothing.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from core.errors import ModelError
from models import bert_to_gguf, embedder
from models.llama.chat import LlamaModel
from tests.benchmarks.run import table
from tests.helpers import bert_reference

KEPT = Path(__file__).parents[2] / ".cache/minilm"
TEXTS = [
    "The cat sat on the mat.", "Rename every photo by the date it was taken.", "CAFÉ déjà vu, naïve façade", "What's the weather in Zürich tomorrow?", "x", "", "北京 is the capital of China.",
    "def main(): print('hello')", "https://example.org/path?query=1&more=2", "antidisestablishmentarianism", "1,234.56 € on 2026-11-25", "Emoji 🎉 and tabs\tand\nnewlines", "word " * 200,
]  # fmt: skip


def _files() -> Path:
    if not all((KEPT / name).is_file() for name in embedder.FILES):
        KEPT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            for source in (embedder.from_hub, embedder.from_registry):
                try:
                    folder = source(Path(scratch))
                    for name in embedder.FILES:
                        shutil.copy(folder / name, KEPT / name)
                    break
                except Exception as error:  # the next source is tried
                    print(f"{source.__name__}: {type(error).__name__}")
    return KEPT


def gguf() -> Path:
    """The converted model, made on first use. Raises :class:`ModelError` where no source has the official weights."""
    return embedder.install(KEPT, sources=(embedder.from_folder(_files()),))


async def _measure(path: Path) -> list[tuple[str, ...]]:
    config = json.loads((KEPT / "config.json").read_text(encoding="utf-8"))
    weights = {name: np.array(values) for name, values in bert_to_gguf.tensors(KEPT / "model.safetensors")}
    tokenizer = bert_reference.tokenizer((KEPT / "vocab.txt").read_text(encoding="utf-8").splitlines())
    model = LlamaModel("embedder", path, 512, {"embedding": True})
    found, _ = await model.embed(TEXTS)
    distances = [1 - float(np.dot(bert_reference.embed(weights, config, tokenizer.encode(text).ids), vector)) for text, vector in zip(TEXTS, found, strict=True)]
    short = [f"{text} {number}" for number in range(20) for text in TEXTS[:5]]
    began = time.monotonic()
    await model.embed(short)
    seconds = time.monotonic() - began
    await model.worker.close()
    return [
        ("what", "value"), ("texts compared", str(len(TEXTS))), ("worst cosine distance (at most 0.001)", f"{max(distances):.6f}"),
        ("short texts a second", f"{len(short) / seconds:.0f}"), ("size of the GGUF, MB", f"{path.stat().st_size / 1e6:.0f}"),
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    try:
        path = gguf()
    except ModelError as error:
        print(f"Not measured: {error.message}")
        return
    table(asyncio.run(_measure(path)))


if __name__ == "__main__":
    main()
