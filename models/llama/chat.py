"""A local GGUF as a ChatModel. Thinking between ``<think>`` tags is told apart from the answer while it streams."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.messages import Finished, Message, ModelRequest, Part, ReasoningDelta, TextDelta, Usage
from core.ports import ModelProfile
from models.llama.process import Guard, Worker

_TAGS = (("<think>", "</think>"), ("<thinking>", "</thinking>"))


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


class ThinkSplitter:
    """Tells thinking from text in a stream, tags cut anywhere included."""

    def __init__(self) -> None:
        self._held = ""
        self._close = ""
        self._start = True

    def feed(self, text: str) -> Iterator[Part]:
        """The parts that are certain so far; a possible beginning of a tag is held back."""
        self._held += text
        while self._held:
            if self._close:
                at = self._held.find(self._close)
                if at < 0:
                    keep = _overlap(self._held, self._close)
                    yield from self._let_go(len(self._held) - keep, ReasoningDelta)
                    return
                yield from self._let_go(at, ReasoningDelta)
                self._held, self._close = self._held[len(self._close) :].lstrip("\n"), ""
                continue
            if self._start:
                lead = self._held.lstrip()
                tag = next((pair for pair in _TAGS if lead.startswith(pair[0])), None)
                if tag:
                    self._held, self._close = lead[len(tag[0]) :], tag[1]
                    continue
                if any(pair[0].startswith(lead) for pair in _TAGS):
                    return
                self._start = False
            yield from self._let_go(len(self._held), TextDelta)

    def end(self) -> Iterator[Part]:
        """What was held back."""
        yield from self._let_go(len(self._held), ReasoningDelta if self._close else TextDelta)

    def _let_go(self, length: int, kind: type) -> Iterator[Part]:
        if length > 0:
            yield kind(self._held[:length])
            self._held = self._held[length:]


def _overlap(text: str, tag: str) -> int:
    return next((size for size in range(min(len(text), len(tag) - 1), 0, -1) if tag.startswith(text[-size:])), 0)


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
