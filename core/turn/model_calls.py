"""Model calls of a run: one place that folds streams, counts usage, journals the call and streams text out."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from core import events
from core.gate.egress import Egress
from core.journal import Journal
from core.messages import CallDelta, Finished, ModelRequest, PromptProgress, ReasoningDelta, Reply, TextDelta, TextWithdrawn, ToolCall, Usage
from core.ports import ChatModel
from core.storage.json_text import clean_text
from core.turn.precedence import Precedence
from core.turn.text_sink import DeltaWriter, TextSink, VisibleSink
from core.turn.usage_ledger import CapReached, UsageLedger

PROGRESS_SECONDS = 0.25
UNSEEN_SECONDS = 1.0  # of text that the person is not shown, after which it is said that the model writes
FEWEST_TOKENS, SHORTEST_SECONDS = 8, 0.05  # of a reply that tells how quickly a model writes
MOST_TEXT, MOST_THINKING, MOST_CALLS = 400_000, 2_000_000, 128  # letters and calls of one reply; a server that sends more is no longer listened to


@dataclass(slots=True)
class _ReplyBuilder:
    """Accumulator of a stream on its way to a :class:`Reply`."""

    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    finished: Finished = field(default_factory=lambda: Finished("stop"))
    letters: int = 0
    thought: int = 0
    began: float | None = None  # the steady clock's second of the first token
    is_announced: bool = False  # that it writes
    _half: str = ""

    @property
    def is_full(self) -> bool:
        """Whether the reply is longer than any that is wanted."""
        return self.letters >= MOST_TEXT or self.thought >= MOST_THINKING or len(self.calls) > MOST_CALLS

    def add_text(self, piece: str) -> str:
        """Add the part of a piece that counts, and return it: whole characters, up to the limit."""
        piece = self._whole(piece)[: MOST_TEXT - self.letters]
        self.text.append(piece)
        self.letters += len(piece)
        return piece

    def add_thought(self, piece: str) -> str:
        """Add a piece of thinking in the same way."""
        piece = clean_text(piece)[: max(0, MOST_THINKING - self.thought)]
        self.reasoning.append(piece)
        self.thought += len(piece)
        return piece

    def withdraw_text(self) -> None:
        """Treat all text so far as thinking."""
        self.reasoning += self.text
        self.thought += self.letters
        self.text, self.letters = [], 0

    def _whole(self, piece: str) -> str:
        """A piece without half of a character at its end, which waits for the next one."""
        piece, self._half = self._half + piece, ""
        if piece and "\ud800" <= piece[-1] <= "\udbff":
            piece, self._half = piece[:-1], piece[-1]
        return clean_text(piece)


@dataclass(frozen=True, slots=True)
class LastCall:
    """Which model that talks was called last in a run, and how quickly it wrote (tokens a second; None where that cannot be told)."""

    model: str
    local: bool
    tokens_per_s: float | None


def tokens_per_second(tokens: int, seconds: float | None) -> float | None:
    """How quickly a reply was written after its first token; None for one too short, or that came in one piece, to tell."""
    return round((tokens - 1) / seconds, 1) if tokens >= FEWEST_TOKENS and seconds is not None and seconds >= SHORTEST_SECONDS else None


class ModelCaller:
    """Calls models on behalf of one run and keeps its account. ``first_text`` is the steady clock's second of the first visible text."""

    def __init__(
        self, journal: Journal, run_id: str, egress: Egress, ledger: UsageLedger, on_cap: Callable[[CapReached], Awaitable[bool]], precedence: Precedence | None = None,
        is_unloaded: Callable[[str], bool] = lambda model_id: False,
    ) -> None:  # fmt: skip
        self._is_unloaded = is_unloaded
        self._journal, self._egress, self._ledger, self._on_cap = journal, egress, ledger, on_cap
        self._precedence = precedence or Precedence(lambda run_id: True)
        self._run_id = run_id
        self.usage = Usage()
        self.first_text: float | None = None
        self.last: LastCall | None = None
        self._progressed = 0.0
        self._shown = 0.0  # the steady clock's second of the newest visible text

    def show_whole(self) -> None:
        """Note that an answer is shown at once, after its drafts were written unseen; nothing where no model that talks was called."""
        if self.last is not None and self.first_text is None:
            self.first_text = time.monotonic()

    async def _require_below_caps(self) -> None:
        """Return once the caps allow another call, after asking where that is wanted. Raises :class:`CapReached`."""
        while True:
            try:
                return self._ledger.require_below_caps(self._run_id)
            except CapReached as reached:
                if not await self._on_cap(reached):
                    raise
                self._ledger.extend_caps(self._run_id)

    def make_writer(self, purpose: str) -> DeltaWriter:
        """Return a writer that journals text of this run."""

        def append(kind: str, data: dict[str, Any]) -> None:
            if kind == events.TEXT_DELTA:
                self._shown = time.monotonic()
                self.first_text = self._shown if self.first_text is None else self.first_text
            self._journal.append(kind, self._run_id, {**data, "purpose": purpose})

        return DeltaWriter(append)

    async def call(self, model: ChatModel, request: ModelRequest, visible: bool = False, sink: TextSink | None = None, writer: DeltaWriter | None = None) -> Reply:
        """Return the folded reply. With ``visible`` the text goes out as ``text_delta`` while it comes; a ``sink`` decides itself what of it does."""
        await self._require_below_caps()
        started = time.monotonic()
        if not model.profile.local:
            self._egress.record(self._run_id, model.profile.host, f"model:{model.profile.id}", allowed=True)
        writer = writer or self.make_writer(request.purpose)
        sink = VisibleSink(writer) if visible and sink is None else sink

        def begin_anew() -> None:
            writer.drop()
            if sink:
                sink.withdraw("gave way")

        self._announce_progress("loading" if self._is_unloaded(model.profile.id) else "waiting", model, PromptProgress(0, 0))
        builder = await self._precedence.call(model.profile.id, self._run_id, lambda: self._fold_stream(model, request, writer, sink), begin_anew)
        self._record_usage(model, request, builder, time.monotonic() - started)
        return Reply("".join(builder.text), "".join(builder.reasoning), tuple(builder.calls), builder.finished.reason, builder.finished.usage, builder.finished.chance)

    async def _fold_stream(self, model: ChatModel, request: ModelRequest, writer: DeltaWriter, sink: TextSink | None) -> _ReplyBuilder:
        builder = _ReplyBuilder()
        stream = model.stream(request)
        try:
            async for part in stream:
                self._apply(part, builder, model, writer, sink)
                if builder.is_full:
                    builder.finished = Finished("length")
                    await _close_stream(stream)
                    break
        finally:
            writer.flush()
        return builder

    def _apply(self, part: Any, builder: _ReplyBuilder, model: ChatModel, writer: DeltaWriter, sink: TextSink | None) -> None:
        if builder.began is None and isinstance(part, TextDelta | ReasoningDelta | CallDelta):
            builder.began = time.monotonic()
        match part:
            case TextDelta(piece):
                piece = builder.add_text(piece)
                if sink and piece:
                    sink.feed(piece)
                self._announce_unseen(builder, model)
            case TextWithdrawn():
                builder.withdraw_text()
                writer.drop()
                if sink:
                    sink.withdraw("thinking")
            case ReasoningDelta(piece):
                writer.write(events.REASONING_DELTA, builder.add_thought(piece))
            case PromptProgress():
                self._announce_progress("reading", model, part)
            case CallDelta(call):
                builder.calls.append(call)
            case Finished():
                builder.finished = part

    def _announce_progress(self, phase: str, model: ChatModel, at: PromptProgress) -> None:
        """Announce how far the model is; a few times a second at most, and never stored."""
        now = time.monotonic()
        if phase != "reading" or now - self._progressed >= PROGRESS_SECONDS or at.read >= at.total:
            self._progressed = now
            data = {"phase": phase, "model": model.profile.id, "read": at.read, "total": at.total, "reused": at.reused}
            self._journal.announce(events.MODEL_PROGRESSED, self._run_id, data)

    def _announce_unseen(self, builder: _ReplyBuilder, model: ChatModel) -> None:
        """Announce, once for each reply, that the model writes what the person does not see, or not yet."""
        now = time.monotonic()
        if not builder.is_announced and builder.began is not None and builder.began <= now - UNSEEN_SECONDS and self._shown < builder.began:
            builder.is_announced = True
            self._announce_progress("writing", model, PromptProgress(0, 0))

    def _record_usage(self, model: ChatModel, request: ModelRequest, builder: _ReplyBuilder, seconds: float) -> None:
        finished = builder.finished
        self.usage += finished.usage
        pace = tokens_per_second(finished.usage.completion_tokens, None if builder.began is None else time.monotonic() - builder.began)
        if model.profile.chats:
            earlier = self.last.tokens_per_s if self.last and self.last.model == model.profile.id else None
            self.last = LastCall(model.profile.id, model.profile.local, pace or earlier)  # a short reply tells no pace
        self._journal.append(
            events.MODEL_CALLED,
            self._run_id,
            {
                "model": model.profile.id,
                "purpose": request.purpose,
                "seconds": round(seconds, 4),
                "usage": finished.usage.to_json(),
                "reason": finished.reason,
                "tokens_per_s": pace,
            },
        )
        self._ledger.record(self._run_id, finished.usage)


async def _close_stream(stream: AsyncIterator[Any]) -> None:
    """End a stream early; its server is let go."""
    if close := getattr(stream, "aclose", None):
        await close()
