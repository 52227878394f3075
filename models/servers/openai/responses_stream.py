"""A streamed reply of OpenAI's Responses API, event by event, as parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.messages import CUT, CallDelta, Finished, Part, ReasoningDelta, TextDelta, ToolCall, Usage
from models.cleaning import TextCleaner, clean_json, clean_text
from models.servers.arguments import parse_arguments, repair_arguments
from models.servers.errors import ServerRefusal, find_message
from models.servers.history import REASONING_ITEMS, new_call_id
from models.servers.openai.fields import read_count, read_map, read_maps, read_text, reason_of
from models.servers.served import Price

_TEXT = ("response.output_text.delta", "response.refusal.delta")
_THOUGHT = ("response.reasoning_summary_text.delta", "response.reasoning_text.delta")


@dataclass(slots=True)
class _Call:
    """A call in the making."""

    id: str
    name: str
    arguments: str = ""
    is_done: bool = False


class ResponseReader:
    """Folds the events of one reply into parts. The interface is that of the chat API's ``ReplyReader``."""

    def __init__(self, price: Price = Price()) -> None:
        self._text, self._thought = TextCleaner(), TextCleaner()
        self._calls: dict[Any, _Call] = {}
        self._reasoning: list[dict[str, Any]] = []
        self._price, self._usage, self._has_text = price, Usage(1), False
        self.reason = self.thought_field = ""
        self.has_spoken = False

    @property
    def has_begun(self) -> bool:
        """Whether text or calls have come, so that a break is a cut reply and not an error."""
        return self._has_text or bool(self._calls)

    def feed(self, event: Mapping[str, Any]) -> Iterator[Part]:
        """The parts in one event; a whole response is read like a stream."""
        kind = str(event.get("type") or "")
        if event.get("object") == "response" and not kind:
            yield from self._read_whole(event)
        elif kind in _TEXT:
            yield from self._say(read_text(event.get("delta")))
        elif kind in _THOUGHT:
            yield from self._think(read_text(event.get("delta")))
        elif kind == "response.function_call_arguments.delta":
            self._call_at(event).arguments += read_text(event.get("delta"))
        elif kind in ("response.output_item.added", "response.output_item.done"):
            self._read_item(event.get("output_index"), read_map(event.get("item")), kind.endswith("done"))
        elif kind in ("response.completed", "response.incomplete", "response.failed"):
            self._finish(read_map(event.get("response")))
        self.has_spoken = self.has_spoken or kind.startswith("response.")

    def end(self, is_whole: bool) -> Iterator[Part]:
        """What was held back, the calls, and the end. ``is_whole``: the server said that this is all."""
        reason = self.reason or ("stop" if is_whole else "dropped")
        yield from self._think("", self._thought.end())
        yield from self._say("", self._text.end())
        rows = [row for row in self._calls.values() if row.name]
        for number, row in enumerate(rows, 1):
            extra = {REASONING_ITEMS: self._reasoning} if number == 1 and self._reasoning else {}
            yield CallDelta(_call(row, reason in CUT and number == len(rows), extra))
        yield Finished(reason if reason in CUT else "tool_calls" if rows else "stop", self._usage)

    def _read_whole(self, response: Mapping[str, Any]) -> Iterator[Part]:
        self.has_spoken = True
        for number, item in enumerate(read_maps(response.get("output"))):
            self._read_item(number, item, True)
            if item.get("type") == "message":
                yield from self._say("".join(read_text(part.get("text") or part.get("refusal")) for part in read_maps(item.get("content"))))
        self._finish(response)

    def _read_item(self, index: Any, item: Mapping[str, Any], is_done: bool) -> None:
        if item.get("type") == "function_call":
            row = self._calls.setdefault(index, _Call("", ""))
            row.id, row.name = str(item.get("call_id") or row.id), str(item.get("name") or row.name)
            row.arguments, row.is_done = str(item.get("arguments") or row.arguments), is_done
        elif item.get("type") == "reasoning" and is_done:
            self._reasoning.append(clean_json(dict(item)))

    def _call_at(self, event: Mapping[str, Any]) -> _Call:
        return self._calls.setdefault(event.get("output_index"), _Call("", ""))

    def _finish(self, response: Mapping[str, Any]) -> None:
        if response.get("status") == "failed" and not self.has_begun:
            error = read_map(response.get("error"))
            raise ServerRefusal(0, find_message({"error": error}) or "no reason was given")
        why = read_map(response.get("incomplete_details")).get("reason")
        self.reason = "dropped" if response.get("status") == "failed" else reason_of(why) if response.get("status") == "incomplete" else "stop"
        usage = read_map(response.get("usage"))
        read, written = read_count(usage.get("input_tokens")), read_count(usage.get("output_tokens"))
        cached = min(read, read_count(read_map(usage.get("input_tokens_details")).get("cached_tokens")))
        self._usage = Usage(1, read, written, cached, self._price.cost(read, written, cached))

    def _say(self, text: str, held: str = "") -> Iterator[Part]:
        if found := held or self._text.feed(text):
            self._has_text = True
            yield TextDelta(found)

    def _think(self, text: str, held: str = "") -> Iterator[Part]:
        if found := held or self._thought.feed(text):
            yield ReasoningDelta(found)


def _call(row: _Call, is_last_of_cut: bool, extra: dict[str, Any]) -> ToolCall:
    arguments = parse_arguments(row.arguments)
    is_cut = arguments is None or (is_last_of_cut and not row.is_done)
    known = repair_arguments(row.arguments) if arguments is None else arguments
    return ToolCall(clean_text(row.name), clean_json(known), clean_text(row.id) or new_call_id(), is_cut, extra)
