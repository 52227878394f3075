"""A streamed reply of the Messages API, event by event, as parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from core.messages import CUT, CallDelta, Finished, Part, ReasoningDelta, TextDelta, TextWithdrawn, ToolCall, Usage
from core.storage.json_text import clean_json
from models.cleaning import TextCleaner, clean_text
from models.servers.arguments import MOST_LETTERS, ReplyTooLong, dump_arguments, find_fault, parse_arguments, repair_arguments
from models.servers.history import THINKING, new_call_id
from models.servers.served import Price
from models.thinking import ThinkSplitter

_REASONS = {
    "end_turn": "stop", "stop_sequence": "stop", "pause_turn": "stop", "tool_use": "tool_calls", "max_tokens": "length", "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}  # fmt: skip
MOST_BLOCKS = 300  # of one reply


class MessageReader:
    """Folds the events of one reply into parts.

    ``model`` is the name to remember habits of thinking by.
    """

    def __init__(self, model: str = "", price: Price = Price()) -> None:
        self._splitter, self._cleaner, self._thought_cleaner = ThinkSplitter(model), TextCleaner(), TextCleaner()
        self._blocks: dict[Any, dict[str, Any]] = {}
        self._usage: dict[str, Any] = {}
        self._price, self._has_text, self._letters = price, False, 0
        self.reason = ""
        self.has_spoken = False

    @property
    def has_begun(self) -> bool:
        """Whether text or calls have come, so that a break is a cut reply and not an error."""
        return self._has_text or self._splitter.is_holding or bool(self._tool_blocks())

    def feed(self, event: Mapping[str, Any]) -> Iterator[Part]:
        """The parts in one event; a whole message is read like a stream."""
        kind = event.get("type")
        if kind == "message_start":
            self._start(event.get("message") or {})
        elif kind == "message":
            yield from self._read_whole(event)
        elif kind == "content_block_start":
            yield from self._open(event.get("index"), event.get("content_block") or {})
        elif kind == "content_block_delta":
            yield from self._grow(self._blocks.setdefault(event.get("index"), {"type": "text"}), event.get("delta") or {})
        elif kind == "message_delta":
            self._finish(event.get("delta") or {}, event.get("usage") or {})

    def end(self, is_whole: bool) -> Iterator[Part]:
        """What was held back, the calls, and the end. ``is_whole``: the server said that this is all."""
        reason = "length" if self._is_full else self.reason or ("stop" if is_whole else "dropped")
        self._join_pieces()
        yield from self._think(self._thought_cleaner.end())
        yield from self._say(self._cleaner.end())
        yield from self._note(self._splitter.end(reason == "stop" and not self._tool_blocks()))
        calls = self._finish_calls(reason in CUT)
        for call in calls:
            yield CallDelta(call)
        yield Finished(reason if reason in CUT else "tool_calls" if calls else "stop", self._count())

    def _join_pieces(self) -> None:
        """Put together what grew piece by piece; with each new piece, a long call would hold up everything else."""
        for block in self._blocks.values():
            for name in ("thinking", "signature", "json"):
                if pieces := block.pop(f"{name} pieces", None):
                    block[name] = _text(block.get(name)) + "".join(pieces)

    def _start(self, message: Mapping[str, Any]) -> None:
        self.has_spoken = True
        self._usage.update(message.get("usage") or {})

    def _read_whole(self, message: Mapping[str, Any]) -> Iterator[Part]:
        self._start(message)
        for index, block in enumerate(message.get("content") or ()):
            yield from self._open(index, block)
        self._finish(message, {})

    def _finish(self, delta: Mapping[str, Any], usage: Mapping[str, Any]) -> None:
        if word := delta.get("stop_reason"):
            self.reason = _REASONS.get(str(word), "stop")
        self._usage.update({key: value for key, value in usage.items() if value is not None})

    def _open(self, index: Any, block: Mapping[str, Any]) -> Iterator[Part]:
        """A block begins; servers other than Anthropic's may send it whole."""
        self.has_spoken = True
        self._blocks[index] = {**block, "json": ""}
        self._count_letters("")
        yield from self._say(_text(block.get("text")) if block.get("type") == "text" else "")
        yield from self._think(_text(block.get("thinking")))

    def _grow(self, block: dict[str, Any], delta: Mapping[str, Any]) -> Iterator[Part]:
        yield from self._say(_text(delta.get("text")))
        yield from self._think(_text(delta.get("thinking")))
        for name, piece in (
            ("thinking", delta.get("thinking")),
            ("signature", delta.get("signature")),
            ("json", delta.get("partial_json")),
        ):
            if piece:
                self._count_letters(_text(piece))
                block.setdefault(f"{name} pieces", []).append(_text(piece))

    def _count_letters(self, piece: str) -> None:
        """Raises :class:`ReplyTooLong` where nothing more is taken."""
        self._letters += len(piece)
        if self._is_full:
            raise ReplyTooLong("a reply is too long")

    @property
    def _is_full(self) -> bool:
        return self._letters > MOST_LETTERS or len(self._blocks) > MOST_BLOCKS

    def _say(self, text: str) -> Iterator[Part]:
        yield from self._note(self._splitter.feed(self._cleaner.feed(text)))

    def _think(self, text: str) -> Iterator[Part]:
        if thought := self._thought_cleaner.feed(text):
            yield ReasoningDelta(thought)

    def _note(self, parts: Iterator[Part]) -> Iterator[Part]:
        for part in parts:
            self._has_text = (self._has_text or isinstance(part, TextDelta)) and not isinstance(part, TextWithdrawn)
            yield part

    def _tool_blocks(self) -> list[dict[str, Any]]:
        return [block for block in self._blocks.values() if block.get("type") == "tool_use" and block.get("name")]

    def _finish_calls(self, is_cut: bool) -> list[ToolCall]:
        blocks = self._tool_blocks()
        calls = [_call(block, is_cut and block is blocks[-1]) for block in blocks]
        thinking = self._thinking_blocks()
        return [replace(call, extra={THINKING: thinking}) if call is calls[0] and thinking else call for call in calls]

    def _thinking_blocks(self) -> list[dict[str, Any]]:
        """As they must come back: unchanged, signature included. Without one (other servers) they would be refused."""
        fields = {"thinking": ("type", "thinking", "signature"), "redacted_thinking": ("type", "data")}
        found = [block for block in self._blocks.values() if block.get("type") in fields and (block.get("signature") or block.get("data"))]
        return [{name: block[name] for name in fields[block["type"]] if name in block} for block in found]

    def _count(self) -> Usage:
        fresh, again, kept, written = (int(self._usage.get(name) or 0) for name in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens"))
        read = fresh + again + kept
        return Usage(1, read, written, again, self._price.cost(read, written, again, kept))


def _call(block: Mapping[str, Any], is_last_of_cut: bool) -> ToolCall:
    text = block.get("json") or (dump_arguments(block["input"]) if block.get("input") else "")
    arguments = parse_arguments(text)
    fault = "" if arguments is not None or is_last_of_cut else find_fault(text)
    is_cut = (arguments is None and not fault) or (is_last_of_cut and not text.strip())
    known = repair_arguments(text) if arguments is None else arguments
    return ToolCall(
        clean_text(str(block["name"])),
        clean_json(known),
        clean_text(str(block.get("id") or "")) or new_call_id(),
        is_cut,
        fault=fault,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
