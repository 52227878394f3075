"""The llama.cpp worker: load, tokens a second beside llama.cpp in this process, and how quickly it stops."""

from __future__ import annotations

import asyncio
import statistics
import time

from core.messages import Finished, Message, ModelRequest
from models.llama.chat import LlamaModel
from models.starter.model import GGUF
from tests.benchmarks.run import table

REQUEST = ModelRequest(
    (Message("user", "tell me everything about the weather"),),
    max_tokens=200,
    schema={"type": "object", "properties": {"text": {"type": "string", "minLength": 600}}, "required": ["text"]},
)


async def _through() -> tuple[float, float]:
    model = LlamaModel("m", GGUF, 512, {"threads": 1})
    began = time.perf_counter()
    await model.worker.load()
    loaded = (time.perf_counter() - began) * 1000
    rates = []
    for _ in range(5):
        began, tokens = time.perf_counter(), 0
        async for part in model.stream(REQUEST):
            if isinstance(part, Finished):
                tokens = part.usage.completion_tokens
        rates.append(tokens / (time.perf_counter() - began))
    await model.worker.close()
    return loaded, statistics.median(rates)


def _here() -> float:
    from llama_cpp import Llama

    model = Llama(str(GGUF), n_ctx=512, n_threads=1, n_threads_batch=1, n_batch=256, verbose=False)
    rates = []
    for _ in range(5):
        began, tokens = time.perf_counter(), 0
        stream = model.create_chat_completion(
            [{"role": "user", "content": "tell me everything about the weather"}],
            max_tokens=200,
            temperature=0,
            top_k=1,
            stream=True,
            response_format={"type": "json_object", "schema": REQUEST.schema},
        )
        for part in stream:
            tokens += bool(part["choices"][0]["delta"].get("content"))
        rates.append(tokens / (time.perf_counter() - began))
    return statistics.median(rates)


def main() -> None:
    """Print the table."""
    loaded, rate = asyncio.run(_through())
    bare = _here()
    table(
        [
            ("what", "value"),
            ("start a worker and load the starter, ms", f"{loaded:.0f}"),
            ("tokens/s through the worker", f"{rate:.0f}"),
            ("tokens/s of llama.cpp in this process", f"{bare:.0f}"),
            ("ratio", f"{rate / bare:.2f}"),
        ]
    )
