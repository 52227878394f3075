"""A streamed reply of the OpenAI chat API, chunk by chunk, as parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from core.messages import (
    CUT,
    CallDelta,
    Finished,
    Part,
    PromptProgress,
    ReasoningDelta,
    TextDelta,
    TextWithdrawn,
    ToolCall,
    Usage,
)
from models.cleaning import EndTokens, TextCleaner
from models.servers.history import DETAILS
from models.servers.openai.deltas import CallAssembler
from models.servers.openai.fields import (
    merge_details,
    read_content,
    read_count,
    read_map,
    read_maps,
    read_reasoning,
    read_text,
    read_usage,
    reason_of,
)
from models.servers.served import Price
from models.thinking import ThinkSplitter


class ReplyReader:
    """Folds the chunks of one reply into parts.

    ``model`` is the name to remember habits of thinking by.
    """

    def __init__(self, model: str = "", price: Price = Price()) -> None:
        self._splitter, self._cleaner, self._thought_cleaner = ThinkSplitter(model), TextCleaner(), TextCleaner()
        self._calls, self._thought, self._details = CallAssembler(), list[str](), list[dict[str, Any]]()
        self._price, self._usage = price, Usage(1)
        self._has_text = self._has_pieces = False
        self._ending = EndTokens()
        self.reason = self.thought_field = ""  # the field in which this server thinks
        self.has_spoken = False  # a choice has come: this is a chat server

    @property
    def has_begun(self) -> bool:
        """Whether text or calls have come, so that a break is a cut reply and not an error."""
        return self._has_text or self._splitter.is_holding or bool(self._calls)

    def feed(self, chunk: Mapping[str, Any]) -> Iterator[Part]:
        """The parts in one chunk; a whole ``message`` is read like a delta."""
        if isinstance(usage := chunk.get("usage"), Mapping):
            self._usage = read_usage(usage, self._price)
        if isinstance(progress := chunk.get("prompt_progress"), Mapping):  # llama-server
            yield PromptProgress(
                read_count(progress.get("processed")),
                read_count(progress.get("total")),
                read_count(progress.get("cache")),
            )
        for choice in read_maps(chunk.get("choices")):
            if choice.get("index") in (0, None):
                self.has_spoken = True
                yield from self._read_delta(self._delta_of(choice))
                self.reason = reason_of(choice.get("finish_reason")) or self.reason

    def end(self, is_whole: bool) -> Iterator[Part]:
        """What was held back, the calls, and the end.

        ``is_whole``: the server said that this is all, be it without a reason.
        """
        reason = "length" if self._calls.is_full else self.reason or ("stop" if is_whole else "dropped")
        is_answer = reason == "stop" and not self._calls
        yield from self._think(self._thought_cleaner.end())
        yield from self._note(self._splitter.feed(self._cleaner.end()))
        yield from self._note(self._splitter.end(is_answer))
        yield from self._note_plain(self._ending.end())
        if is_answer and not self._has_text and "".join(self._thought).strip():
            yield TextDelta("".join(self._thought).strip())  # some servers take the whole answer for thinking
        calls = self._finish_calls(reason)
        for call in calls:
            yield CallDelta(call)
        yield Finished(reason if reason in CUT else "tool_calls" if calls else "stop", self._usage)

    def _finish_calls(self, reason: str) -> list[ToolCall]:
        calls = self._calls.finish(reason in CUT)
        if calls and self._details:
            calls[0] = replace(calls[0], extra={**calls[0].extra, DETAILS: self._details})
        return calls

    def _delta_of(self, choice: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a choice brings. A whole message behind pieces is the same once more; ``text`` is the older API's."""
        delta = read_map(choice.get("delta"))
        self._has_pieces = self._has_pieces or any(delta.get(name) for name in ("content", "tool_calls", "function_call"))
        if delta or self._has_pieces:
            return delta
        return read_map(choice.get("message")) or ({"content": choice["text"]} if isinstance(choice.get("text"), str) else {})

    def _read_delta(self, delta: Mapping[str, Any]) -> Iterator[Part]:
        self._details = merge_details(self._details, read_maps(delta.get(DETAILS)))
        text, thought = read_content(delta.get("content"))
        field, reasoning = read_reasoning(delta)
        self.thought_field = self.thought_field or field
        yield from self._think(self._thought_cleaner.feed(reasoning or thought))
        yield from self._note(self._splitter.feed(self._cleaner.feed(text or read_text(delta.get("refusal")))))
        calls = delta.get("tool_calls")
        for piece in read_maps([calls] if isinstance(calls, Mapping) else calls):
            self._calls.feed(piece)
        if legacy := read_map(delta.get("function_call")):
            self._calls.feed({"index": -1, "function": legacy})

    def _think(self, thought: str) -> Iterator[Part]:
        if thought:
            self._thought.append(thought)
            yield ReasoningDelta(thought)

    def _note(self, parts: Iterator[Part]) -> Iterator[Part]:
        for part in parts:
            if isinstance(part, TextDelta):
                yield from self._note_plain(self._ending.feed(part.text))
                continue
            if isinstance(part, TextWithdrawn):
                self._has_text, self._ending = False, EndTokens()
            yield part

    def _note_plain(self, text: str) -> Iterator[Part]:
        if text:
            self._has_text = True
            yield TextDelta(text)
