"""A local GGUF as a ChatModel. Thinking between ``<think>`` tags is told apart from the answer while it streams."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.messages import Finished, Message, ModelRequest, Part, Usage
from core.ports import ModelProfile
from models.llama.process import Guard, Worker
from models.thinking import ThinkSplitter


class LlamaModel:
    """One GGUF file in a worker process of its own."""

    def __init__(self, model_id: str, path: Path, context: int = 8192, options: dict[str, Any] | None = None, guard: Guard | None = None, state: Path | None = None) -> None:
        self.worker = Worker(path, {"context": context, **(options or {})}, guard, state)
        self._guard = guard
        self._profile = ModelProfile(model_id, local=True, context=context)

    @property
    def profile(self) -> ModelProfile:
        return self._profile

    async def stream(self, request: ModelRequest) -> AsyncIterator[Part]:
        splitter, first = ThinkSplitter(), 0.0
        async with contextlib.aclosing(self.worker.call("chat", **_job(request))) as answers:
            async for answer in answers:
                if "delta" in answer:
                    first = first or time.monotonic()
                    for part in splitter.feed(answer["delta"]):
                        yield part
                else:
                    if self._guard and first:
                        self._guard.spoke(answer["done"].get("completion_tokens", 0) - 1, time.monotonic() - first)
                    for part in splitter.end():
                        yield part
                    yield _finished(answer["done"])

    async def embed(self, texts: list[str]) -> tuple[list[list[float]], int]:
        """One unit vector for each text, and the tokens read."""
        async with contextlib.aclosing(self.worker.call("embed", texts=texts)) as answers:
            async for answer in answers:
                if "done" in answer:
                    return answer["done"]["vectors"], answer["done"]["prompt_tokens"]
        raise ModelError("The model gave no vectors.")


def _job(request: ModelRequest) -> dict[str, Any]:
    return {
        "messages": [wire(message) for message in request.messages], "schema": request.schema, "max_tokens": request.max_tokens,
        "temperature": request.temperature, "stop": list(request.stop),
    }  # fmt: skip


def wire(message: Message) -> dict[str, Any]:
    """A message as llama-cpp-python and OpenAI-compatible servers read it."""
    return {"role": message.role, "content": message.content} | ({"tool_call_id": message.tool_call_id} if message.role == "tool" else {})


def _finished(done: dict[str, Any]) -> Finished:
    usage = Usage(1, done.get("prompt_tokens", 0), done.get("completion_tokens", 0), done.get("cached_tokens", 0))
    return Finished(done.get("reason", "stop"), usage)
