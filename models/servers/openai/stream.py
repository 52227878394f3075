"""A streamed reply of the OpenAI chat API, chunk by chunk, as parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.messages import CUT, CallDelta, Finished, Part, PromptProgress, ReasoningDelta, TextDelta, TextWithdrawn, ToolCall, Usage
from models.cleaning import TextCleaner, clean_json
from models.servers.openai.deltas import CallAssembler
from models.servers.openai.requests import DETAILS
from models.thinking import ThinkSplitter

_REASONS = (  # a server's word for the end, and ours; the first that fits
    (r"tool|function_call$", "tool_calls"), (r"length|max_?tokens|max_output", "length"), (r"filter|safety|recitation|prohibited|blocklist|refusal|spii", "content_filter"),
    (r"error|abort|malformed|insufficient|cancel|timeout", "dropped"),
)  # fmt: skip


def reason_of(word: Any) -> str:
    """``finish_reason`` in our words; empty where there is none yet."""
    text = str(word or "").lower()
    return next((ours for pattern, ours in _REASONS if re.search(pattern, text)), "stop") if text else ""


class ReplyReader:
    """Folds the chunks of one reply into parts. ``price`` is USD per million tokens in and out; ``model`` the name to remember habits of thinking by."""

    def __init__(self, model: str = "", price: tuple[float, float] = (0.0, 0.0)) -> None:
        self._splitter, self._cleaner, self._thought_cleaner = ThinkSplitter(model), TextCleaner(), TextCleaner()
        self._calls, self._thought, self._details = CallAssembler(), list[str](), list[dict[str, Any]]()
        self._price, self._usage = price, Usage(1)
        self._has_text = False
        self.reason = self.thought_field = ""  # the field in which this server thinks
        self.has_spoken = False  # a choice has come: this is a chat server

    @property
    def has_begun(self) -> bool:
        """Whether text or calls have come, so that a break is a cut reply and not an error."""
        return self._has_text or bool(self._calls)

    def feed(self, chunk: Mapping[str, Any]) -> Iterator[Part]:
        """The parts in one chunk; a whole ``message`` is read like a delta."""
        if isinstance(usage := chunk.get("usage"), Mapping):
            self._usage = read_usage(usage, self._price)
        if isinstance(progress := chunk.get("prompt_progress"), Mapping):  # llama-server
            yield PromptProgress(_count(progress.get("processed")), _count(progress.get("total")), _count(progress.get("cache")))
        for choice in _maps(chunk.get("choices")):
            if choice.get("index") in (0, None):
                self.has_spoken = True
                yield from self._read_delta(_map(choice.get("delta")) or _map(choice.get("message")))
                self.reason = reason_of(choice.get("finish_reason")) or self.reason

    def end(self, is_whole: bool) -> Iterator[Part]:
        """What was held back, the calls, and the end. ``is_whole``: the server said that this is all, be it without a reason."""
        reason = self.reason or ("stop" if is_whole else "dropped")
        is_answer = reason == "stop" and not self._calls
        yield from self._think(self._thought_cleaner.end())
        yield from self._note(self._splitter.feed(self._cleaner.end()))
        yield from self._note(self._splitter.end(is_answer))
        if is_answer and not self._has_text and "".join(self._thought).strip():
            yield TextDelta("".join(self._thought).strip())  # some servers take the whole answer for thinking
        calls = self._finish_calls(reason)
        for call in calls:
            yield CallDelta(call)
        yield Finished(reason if reason in CUT else "tool_calls" if calls else "stop", self._usage)

    def _finish_calls(self, reason: str) -> list[ToolCall]:
        calls = self._calls.finish(reason in CUT)
        if calls and self._details:
            calls[0].extra[DETAILS] = self._details
        return calls

    def _read_delta(self, delta: Mapping[str, Any]) -> Iterator[Part]:
        self._details = merge_details(self._details, _maps(delta.get(DETAILS)))
        text, thought = read_content(delta.get("content"))
        field, reasoning = read_reasoning(delta)
        self.thought_field = self.thought_field or field
        yield from self._think(self._thought_cleaner.feed(reasoning or thought))
        yield from self._note(self._splitter.feed(self._cleaner.feed(text or _text(delta.get("refusal")))))
        for piece in _maps(delta.get("tool_calls")):
            self._calls.feed(piece)
        if legacy := _map(delta.get("function_call")):
            self._calls.feed({"index": -1, "function": legacy})

    def _think(self, thought: str) -> Iterator[Part]:
        if thought:
            self._thought.append(thought)
            yield ReasoningDelta(thought)

    def _note(self, parts: Iterator[Part]) -> Iterator[Part]:
        for part in parts:
            self._has_text = (self._has_text or isinstance(part, TextDelta)) and not isinstance(part, TextWithdrawn)
            yield part


def read_content(content: Any) -> tuple[str, str]:
    """Text and thinking of a ``content``, be it text or a list of parts."""
    if isinstance(content, str):
        return content, ""
    text, thought = "", ""
    for part in [content] if isinstance(content, Mapping) else content if isinstance(content, list) else ():
        if isinstance(part, str):
            text += part
        elif isinstance(part, Mapping) and str(part.get("type", "text")) in ("thinking", "reasoning"):
            thought += _text(part.get("thinking") or part.get("reasoning") or part.get("text"))
        elif isinstance(part, Mapping):
            text += _text(part.get("text") or part.get("refusal"))
    return text, thought


def read_reasoning(delta: Mapping[str, Any]) -> tuple[str, str]:
    """Name and text of thinking in a field of its own; the fields repeat each other, the first one counts."""
    return next(((name, found) for name in ("reasoning_content", "reasoning", "thinking", DETAILS) if (found := _text(delta.get(name)))), ("", ""))


def read_usage(raw: Mapping[str, Any], price: tuple[float, float]) -> Usage:
    """Tokens and money; nulls are zero. ``cached_tokens`` are part of the prompt's."""
    read, written = _count(raw.get("prompt_tokens")), _count(raw.get("completion_tokens"))
    cached = _count(_map(raw.get("prompt_tokens_details")).get("cached_tokens")) or _count(raw.get("prompt_cache_hit_tokens"))
    cost = (read * price[0] + written * price[1]) / 1e6
    told = raw.get("cost")  # OpenRouter knows what it took
    return Usage(1, read, written, cached, float(told) if not cost and isinstance(told, int | float) else cost)


def merge_details(known: list[dict[str, Any]], more: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """OpenRouter's ``reasoning_details``: pieces of one entry become one, for it wants the entries back as they were."""
    for entry in more:
        last = known[-1] if known else {}
        if last and (last.get("type"), last.get("index")) == (entry.get("type"), entry.get("index")):
            grown = {name: _text(last.get(name)) + _text(entry.get(name)) for name in ("text", "summary", "data") if entry.get(name)}
            known = [*known[:-1], {**last, **{key: value for key, value in entry.items() if value is not None}, **grown}]
        else:
            known = [*known, dict(entry)]
    return [clean_json(entry) for entry in known] if more else known


def _text(value: Any) -> str:
    """The words in a text, in a list of parts, or in an object that has them in one of the usual fields."""
    if isinstance(value, list):
        return "".join(map(_text, value))
    if isinstance(value, Mapping):
        return next((found for name in ("text", "content", "summary", "thinking", "reasoning") if (found := _text(value.get(name)))), "")
    return value if isinstance(value, str) else ""


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _maps(value: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _count(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0
