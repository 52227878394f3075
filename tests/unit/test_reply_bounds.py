"""Replies without end: what is too long or too much is no longer listened to, quickly, and what came of it counts."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.messages import CallDelta, Finished
from models.servers.anthropic.stream import MOST_BLOCKS, MessageReader
from models.servers.arguments import MOST_LETTERS, ReplyTooLong
from models.servers.bounded import read_whole
from models.servers.chunks import ChunkStream
from models.servers.openai.deltas import MOST_CALLS
from models.servers.openai.stream import ReplyReader
from models.servers.sse import MOST_BYTES, EventReader


class Response:
    """An answer of these packed bytes, in pieces as a socket gives them."""

    def __init__(self, content: bytes, encoding: str = "") -> None:
        self._content, self.headers = content, {"content-encoding": encoding} if encoding else {}

    async def aiter_raw(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._content), 65_536):
            yield self._content[start : start + 65_536]

    aiter_bytes = aiter_raw


def piece(index: int, arguments: str, name: str | None = None) -> dict[str, Any]:
    call = {"index": index, "id": f"a{index}", "function": {"arguments": arguments} | ({"name": name} if name else {})}
    return {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}


def test_endless_arguments_are_left_quickly() -> None:
    reader, began = ReplyReader(), time.process_time()
    list(reader.feed(piece(0, '{"path": "e.txt", "text": "', "files_write")))
    with pytest.raises(ReplyTooLong):
        for _ in range(MOST_LETTERS // 100):
            list(reader.feed(piece(0, "w" * 200)))
    *calls, end = reader.end(False)
    assert [part.call.cut for part in calls if isinstance(part, CallDelta)] == [True] and isinstance(end, Finished) and end.reason == "length"
    assert time.process_time() - began < 3


def test_endless_objects_are_left_quickly() -> None:
    reader, began = ReplyReader(), time.process_time()
    list(reader.feed(piece(0, "{}", "files_write")))
    with pytest.raises(ReplyTooLong):
        for _ in range(MOST_LETTERS):
            list(reader.feed(piece(0, '{"a":1}' * 10)))
    assert time.process_time() - began < 8


def test_endless_calls_are_left_and_the_first_count() -> None:
    reader = ReplyReader()
    with pytest.raises(ReplyTooLong):
        for number in range(1000):
            list(reader.feed(piece(number, json.dumps({"path": f"{number}.txt", "text": "x"}), "files_write")))
    *calls, _ = reader.end(False)
    assert [part.call.arguments["path"] for part in calls if isinstance(part, CallDelta)] == [f"{number}.txt" for number in range(MOST_CALLS + 1)]


def test_a_message_without_end_is_left() -> None:
    reader = MessageReader()
    list(reader.feed({"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "id": "a", "name": "files_write"}}))
    with pytest.raises(ReplyTooLong):
        for _ in range(MOST_LETTERS // 100):
            list(reader.feed({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "w" * 200}}))
    *calls, _ = reader.end(False)
    assert [part.call.cut for part in calls if isinstance(part, CallDelta)] == [True]
    blocks = MessageReader()
    with pytest.raises(ReplyTooLong):
        for number in range(MOST_BLOCKS + 2):
            list(blocks.feed({"type": "content_block_start", "index": number, "content_block": {"type": "tool_use", "id": f"a{number}", "name": "files_write"}}))


def test_a_line_without_end_is_left_quickly() -> None:
    reader, began = EventReader(), time.process_time()
    with pytest.raises(ValueError, match="line without end"):
        for _ in range(MOST_BYTES // 1000):
            list(reader.feed(b"x" * 2048))
    assert time.process_time() - began < 3


async def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b'{"choices":[{"message":{"content":"' + b"a" * 100_000_000 + b'"}}]}', 1)
    with pytest.raises(ValueError, match="answer without end"):
        async for _ in ChunkStream(Response(bomb, "gzip")).read():
            pass
    with pytest.raises(ValueError, match="answer without end"):
        await read_whole(Response(b"x" * 2_000_000), 1_000_000)


@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_a_packed_answer_is_read(encoding: str) -> None:
    events = b"".join(b"data: " + json.dumps({"n": number}).encode() + b"\n\n" for number in range(50_000)) + b"data: [DONE]\n\n"
    found = [chunk["n"] async for chunk in ChunkStream(Response(gzip.compress(events) if encoding else events, encoding)).read()]
    assert found == list(range(50_000))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ('["path", "list.txt"]', "a list, not an object"), ("42", "a number, not an object"), ('"path=str.txt"', "a text, not an object"), ('{"path": "n.txt", "text": NaN}', "NaN"),
        ('{"path": "n.txt", "text": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deep"), ('{"path": "o1.txt"}{"path": "o2.txt"}', "no JSON (Extra data"), ('{"path": x}', "no JSON"),
    ],
)  # fmt: skip
def test_arguments_of_another_shape_are_told_as_what_they_are(arguments: str, told: str) -> None:
    reader = ReplyReader()
    list(reader.feed(piece(0, arguments, "files_write")))
    reader.reason = "tool_calls"
    call = next(part.call for part in reader.end(True) if isinstance(part, CallDelta))
    assert told in call.fault and not call.cut and not call.can_be_made


@pytest.mark.parametrize("arguments", ['{"path": "n.txt", "te', '{"path": "n.txt", "text": "half', '{"path": "n.txt"'])
def test_arguments_that_just_end_are_cut(arguments: str) -> None:
    reader = ReplyReader()
    list(reader.feed(piece(0, arguments, "files_write")))
    reader.reason = "tool_calls"
    call = next(part.call for part in reader.end(True) if isinstance(part, CallDelta))
    assert call.cut and not call.fault
