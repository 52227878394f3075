"""A model that says what it was told to: for tests, benchmarks and ``--demo``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from core.errors import ModelError
from core.messages import CallDelta, Finished, ModelRequest, Part, ReasoningDelta, TextDelta, TextWithdrawn, Usage
from core.ports import ModelProfile

PARTS = (TextDelta, TextWithdrawn, ReasoningDelta, CallDelta, Finished)
Turn = str | dict[str, Any] | list[Any] | ModelError | Callable[[ModelRequest], Any]


class ScriptedModel:
    """Answers with the next turn; every request is kept in ``requests``. The last turn repeats.

    A turn is text, JSON, a list of parts, an error to raise, or a function of the request that gives one of these. With ``calls=True`` it is a model that is
    given tools natively. ``gate`` (an event) holds the answer back, so that
    a test can prove what happens meanwhile.
    """

    def __init__(self, turns: Iterable[Turn], model_id: str = "scripted", gate: asyncio.Event | None = None, chunk: int = 0, **profile: Any) -> None:
        self._turns = list(turns)
        self._gate = gate
        self._chunk = chunk
        self._profile = ModelProfile(model_id, **{"local": True, "calls": False, **profile})
        self.requests: list[ModelRequest] = []

    @property
    def profile(self) -> ModelProfile:
        return self._profile

    async def stream(self, request: ModelRequest) -> AsyncIterator[Part]:
        turn = self._turns[min(len(self.requests), len(self._turns) - 1)]
        self.requests.append(request)
        if self._gate is not None:
            await self._gate.wait()
        if callable(turn) and not isinstance(turn, ModelError):
            turn = turn(request)
        if isinstance(turn, ModelError):
            raise turn
        if isinstance(turn, list) and turn and all(isinstance(part, PARTS) for part in turn):
            for part in turn:
                yield part
            if not isinstance(turn[-1], Finished):
                called = any(isinstance(part, CallDelta) for part in turn)
                yield Finished("tool_calls" if called else "stop", Usage(1, sum(len(message.content) for message in request.messages) // 4, 1))
            return
        text = turn if isinstance(turn, str) else json.dumps(turn)
        for start in range(0, len(text), self._chunk or len(text) or 1):
            yield TextDelta(text[start : start + (self._chunk or len(text))])
        yield Finished("stop", Usage(1, sum(len(message.content) for message in request.messages) // 4, len(text) // 4))
