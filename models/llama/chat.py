"""A local GGUF as a ChatModel: thinking, text and tool calls told apart while it streams."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.calls.stream import CallSplitter
from core.errors import ModelError
from core.ids import new_id
from core.messages import (
    CUT,
    CallDelta,
    Finished,
    ModelRequest,
    Part,
    PromptProgress,
    TextDelta,
    TextWithdrawn,
    ToolCall,
    Usage,
)
from core.ports import ModelProfile, ToolScore
from models.llama.process import Guard, Worker
from models.llama.size import billions
from models.llama.wire import Wire, chat_job
from models.servers.tool_names import ToolNames
from models.thinking import ThinkSplitter

_ID_LETTERS = 9  # some templates take ids of exactly nine letters and digits


class LlamaModel:
    """One GGUF file in a worker process of its own."""

    def __init__(
        self, model_id: str, path: Path, context: int = 8192, options: dict[str, Any] | None = None, guard: Guard | None = None, state: Path | None = None,
        tool_score: Callable[[], ToolScore | None] = lambda: None,
    ) -> None:  # fmt: skip
        self.worker = Worker(path, {"context": context, **(options or {})}, guard, state)
        self._guard = guard
        self._tool_score = tool_score
        self._profile = ModelProfile(model_id, local=True, context=context, calls=not (options or {}).get("embedding"))

    @property
    def profile(self) -> ModelProfile:
        """``context`` is what the model is loaded with, once it is; ``tool_score`` what is known of this file by now."""
        context = self.worker.facts.get("context", self._profile.context)
        return replace(self._profile, context=context, billions=billions(self.worker.path), tool_score=self._tool_score())

    async def stream(self, request: ModelRequest) -> AsyncIterator[Part]:
        """The parts of one reply. A worker that ends while it is held to a grammar is asked again without; the reply goes on where it was."""
        names = ToolNames(tool.name for tool in request.tools)
        reply, first = _Reply(self._profile.id, request, names), 0.0
        fallback = {"constrain": False} if request.tools or request.schema or request.pattern else None
        async with contextlib.aclosing(self.worker.call("chat", fallback=fallback, **chat_job(request, names))) as answers:
            async for answer in answers:
                if "delta" in answer:
                    first = first or time.monotonic()
                elif "done" in answer and self._guard and first:
                    self._guard.spoke(answer["done"].get("completion_tokens", 0) - 1, time.monotonic() - first)
                for part in reply.hear(answer):
                    yield part

    async def embed(self, texts: list[str]) -> tuple[list[list[float]], int]:
        """One unit vector for each text, and the tokens read."""
        async with contextlib.aclosing(self.worker.call("embed", texts=texts)) as answers:
            async for answer in answers:
                if "done" in answer:
                    return answer["done"]["vectors"], answer["done"]["prompt_tokens"]
        raise ModelError("The model gave no vectors.")


class _Reply:
    """Makes parts of what the worker sends for one request."""

    def __init__(self, model_id: str, request: ModelRequest, names: ToolNames) -> None:
        self._id, self._request, self._names = model_id, request, names
        self._thinking = ThinkSplitter(model_id)
        self._calls = self._splitter()
        self._has_called = self._has_begun = False

    def hear(self, answer: Wire) -> Iterator[Part]:
        """The parts in one line of the worker's."""
        if "progress" in answer:
            yield PromptProgress(**answer["progress"])
        elif answer.get("opened") and not self._has_begun:
            self._thinking = ThinkSplitter(self._id, opened=True)
        elif "delta" in answer:
            self._has_begun = True
            yield from self._split(self._thinking.feed(answer["delta"]))
        elif "done" in answer:
            yield from self._end(answer["done"])

    def _end(self, done: Wire) -> Iterator[Part]:
        reason = done.get("reason", "stop")
        yield from self._split(self._thinking.end(whole=reason == "stop" and not self._calls.at_call))
        for piece in self._calls.end(reason in CUT or reason == "cancelled"):
            self._has_called = self._has_called or isinstance(piece, CallDelta)
            yield CallDelta(self._ours(piece.call)) if isinstance(piece, CallDelta) else piece
        usage = Usage(1, done.get("prompt_tokens", 0), done.get("completion_tokens", 0), done.get("cached_tokens", 0))
        yield Finished("tool_calls" if self._has_called and reason == "stop" else reason, usage, done.get("chance"))

    def _split(self, parts: Iterable[Part]) -> Iterator[Part]:
        for part in parts:
            if isinstance(part, TextDelta):
                yield from self._calls.feed(part.text)
            else:
                self._calls = self._splitter() if isinstance(part, TextWithdrawn) else self._calls
                yield part

    def _splitter(self) -> CallSplitter:
        """Knows the tools by the names that the model is told, and by our own."""
        theirs = [replace(tool, name=self._names.to_api(tool.name)) for tool in self._request.tools]
        return CallSplitter([*theirs, *(tool for tool in self._request.tools if tool not in theirs)])

    def _ours(self, call: ToolCall) -> ToolCall:
        return replace(call, name=self._names.from_api(call.name), id=call.id or new_id("c")[-_ID_LETTERS:])
