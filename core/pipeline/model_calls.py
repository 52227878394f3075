"""Calling a model from the pipeline: one place that folds streams, counts usage, journals the call and streams text out."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from core import events
from core.egress import Egress
from core.journal import Journal
from core.messages import CallDelta, Finished, ModelRequest, ReasoningDelta, Reply, TextDelta, Usage
from core.pipeline.spending import CapReached, Spending
from core.ports import ChatModel

FLUSH_SECONDS = 0.05


class DeltaWriter:
    """Journals text as it streams, at most every 50 ms: enough for the eye, few rows for the disk."""

    def __init__(self, append: Callable[[str, dict[str, Any]], Any]) -> None:
        self._append = append
        self._kind, self._pending, self._flushed = "", "", 0.0

    def write(self, kind: str, text: str) -> None:
        if kind != self._kind:
            self.flush()
            self._kind = kind
        self._pending += text
        if time.monotonic() - self._flushed >= FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        if self._pending:
            self._append(self._kind, {"text": self._pending})
        self._pending, self._flushed = "", time.monotonic()


class ModelCaller:
    """Calls models on behalf of one run and keeps its account."""

    def __init__(self, journal: Journal, run_id: str, egress: Egress, spending: Spending, at_cap: Callable[[CapReached], Awaitable[bool]]) -> None:
        self._journal, self._egress, self._spending, self._at_cap = journal, egress, spending, at_cap
        self._run_id = run_id
        self.usage = Usage()

    async def _may_spend(self) -> None:
        """Return once the caps allow another call, after asking where that is wanted. Raises :class:`CapReached`."""
        while True:
            try:
                return self._spending.check(self._run_id)
            except CapReached as reached:
                if not await self._at_cap(reached):
                    raise
                self._spending.let_go_on(self._run_id)

    async def call(self, model: ChatModel, request: ModelRequest, visible: bool = False) -> Reply:
        """The folded reply. With ``visible`` the text goes out as ``text_delta`` while it comes."""
        await self._may_spend()
        started = time.monotonic()
        if not model.profile.local:
            self._egress.record(self._run_id, model.profile.host, f"model:{model.profile.id}", allowed=True)
        writer = DeltaWriter(lambda kind, data: self._journal.append(kind, self._run_id, {**data, "purpose": request.purpose}))
        text, reasoning, calls, finished = [], [], [], Finished("stop")
        async for part in model.stream(request):
            match part:
                case TextDelta(piece):
                    text.append(piece)
                    if visible:
                        writer.write(events.TEXT_DELTA, piece)
                case ReasoningDelta(piece):
                    reasoning.append(piece)
                    writer.write(events.REASONING_DELTA, piece)
                case CallDelta(call):
                    calls.append(call)
                case Finished():
                    finished = part
        writer.flush()
        self.usage += finished.usage
        self._journal.append(
            events.MODEL_CALLED,
            self._run_id,
            {"model": model.profile.id, "purpose": request.purpose, "seconds": round(time.monotonic() - started, 4), "usage": finished.usage.to_json(), "reason": finished.reason},
        )
        self._spending.add(self._run_id, finished.usage)
        return Reply("".join(text), "".join(reasoning), tuple(calls), finished.reason, finished.usage)
