"""The Anthropic backend against a scripted Messages API: text, thinking, tool calls and their results, usage, cut replies, errors."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from core.errors import ModelError
from core.messages import CallDelta, Finished, Message, ModelRequest, Part, ReasoningDelta, TextDelta, ToolCall, ToolSpec
from models.servers.anthropic.client import AnthropicModel
from models.servers.served import Price, ServedModel

EVENTS: list[tuple[str, dict[str, Any]]] = [
    (
        "message_start",
        {
            "message": {
                "id": "m",
                "type": "message",
                "role": "assistant",
                "model": "x",
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": {"input_tokens": 7, "output_tokens": 0},
            }
        },
    ),
    ("content_block_start", {"index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}}),
    ("content_block_delta", {"index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}}),
    ("content_block_stop", {"index": 0}),
    ("content_block_start", {"index": 1, "content_block": {"type": "text", "text": ""}}),
    ("content_block_delta", {"index": 1, "delta": {"type": "text_delta", "text": "Hello "}}),
    ("content_block_delta", {"index": 1, "delta": {"type": "text_delta", "text": "there"}}),
    ("content_block_stop", {"index": 1}),
    ("content_block_start", {"index": 2, "content_block": {"type": "tool_use", "id": "t1", "name": "files_list", "input": {}}}),
    ("content_block_delta", {"index": 2, "delta": {"type": "input_json_delta", "partial_json": '{"path": '}}),
    ("content_block_delta", {"index": 2, "delta": {"type": "input_json_delta", "partial_json": '"a"}'}}),
    ("content_block_stop", {"index": 2}),
    ("message_delta", {"delta": {"stop_reason": "tool_use", "stop_sequence": None}, "usage": {"output_tokens": 5}}),
    ("message_stop", {}),
]


class Handler(BaseHTTPRequestHandler):
    seen: list[dict[str, Any]] = []
    status = 200
    events: list[tuple[str, dict[str, Any]]] = EVENTS
    error: dict[str, Any] = {"type": "authentication_error", "message": "no"}
    whole: dict[str, Any] | None = None

    def log_message(self, format: str, *args: Any) -> None:
        return

    def do_POST(self) -> None:
        Handler.seen.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        body = "".join(f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n" for kind, data in Handler.events).encode()
        if Handler.status != 200:
            body = json.dumps({"type": "error", "error": Handler.error}).encode()
        elif Handler.whole:
            body = json.dumps(Handler.whole).encode()
        self.send_response(Handler.status)
        self.send_header("Content-Type", "text/event-stream" if Handler.status == 200 else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def url() -> Iterator[str]:
    Handler.seen, Handler.status, Handler.events, Handler.whole = [], 200, EVENTS, None
    Handler.error = {"type": "authentication_error", "message": "no"}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


REQUEST = ModelRequest((Message("system", "Be brief."), Message("user", "hi")), tools=(ToolSpec("files_list", "list", {"type": "object"}),))


async def test_a_stream_becomes_parts(url: str) -> None:
    model = AnthropicModel("a/x", "x", "key", url, served=ServedModel(price=Price(1.0, 2.0)))
    parts = [part async for part in model.stream(REQUEST)]
    await model.close()
    assert "".join(part.text for part in parts if isinstance(part, TextDelta)) == "Hello there"
    assert [part.text for part in parts if isinstance(part, ReasoningDelta)] == ["hm"]
    (call,) = [part.call for part in parts if isinstance(part, CallDelta)]
    assert (call.name, call.arguments) == ("files_list", {"path": "a"})
    finished = parts[-1]
    assert isinstance(finished, Finished) and finished.reason == "tool_calls" and (finished.usage.prompt_tokens, finished.usage.completion_tokens) == (7, 5)
    assert Handler.seen[0]["system"][0]["text"] == "Be brief." and [message["role"] for message in Handler.seen[0]["messages"]] == ["user"]


async def test_a_wrong_key_is_told_in_words(url: str) -> None:
    Handler.status = 401
    model = AnthropicModel("a/x", "x", "key", url)
    with pytest.raises(ModelError) as caught:
        _ = [part async for part in model.stream(REQUEST)]
    await model.close()
    assert caught.value.code == "bad_key"


async def test_no_key_is_told_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ModelError) as caught:
        _ = [part async for part in AnthropicModel("a/x", "x", None, url).stream(REQUEST)]
    assert caught.value.code == "bad_key" and not Handler.seen


def start(**usage: int) -> tuple[str, dict[str, Any]]:
    return "message_start", {"message": {"id": "m", "content": [], "usage": {"input_tokens": 7, "output_tokens": 0, **usage}}}


def said(text: str) -> tuple[str, dict[str, Any]]:
    return "content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": text}}


def called(index: int, *pieces: str, name: str = "files_list") -> list[tuple[str, dict[str, Any]]]:
    begun = ("content_block_start", {"index": index, "content_block": {"type": "tool_use", "id": f"t{index}", "name": name, "input": {}}})
    return [begun, *(("content_block_delta", {"index": index, "delta": {"type": "input_json_delta", "partial_json": piece}}) for piece in pieces)]


def ended(reason: str) -> list[tuple[str, dict[str, Any]]]:
    return [("message_delta", {"delta": {"stop_reason": reason}, "usage": {"output_tokens": 5}}), ("message_stop", {})]


async def parts_of(url: str, *events: tuple[str, dict[str, Any]], request: ModelRequest = REQUEST) -> list[Part]:
    Handler.events = list(events)
    model = AnthropicModel("a/x", "x", "key", url, served=ServedModel(price=Price(1.0, 2.0)))
    try:
        return [part async for part in model.stream(request)]
    finally:
        await model.close()


def calls_of(parts: list[Part]) -> list[ToolCall]:
    return [part.call for part in parts if isinstance(part, CallDelta)]


async def test_results_of_one_turn_are_one_message(url: str) -> None:
    thinking = [{"type": "thinking", "thinking": "hm", "signature": "s"}]
    calls = (ToolCall("files.list", {"path": "a"}, "t1", extra={"thinking_blocks": thinking}), ToolCall("files.list", {"path": "b"}, "t2"))
    messages = (
        Message("system", "Be brief."), Message("user", "list"), Message("assistant", "I look.", tool_calls=calls), Message("tool", "A", tool_call_id="t1"),
        Message("tool", "", tool_call_id="t2"), Message("user", "and now?"),
    )  # fmt: skip
    tools = (ToolSpec("files.read", "read", {"type": "object"}), ToolSpec("files.list", "list", {"type": "object"}))
    (call,) = calls_of(await parts_of(url, start(), *called(0, '{"path": "c"}'), *ended("tool_use"), request=ModelRequest(messages, tools=tools)))
    assert call.name == "files.list" and call.arguments == {"path": "c"}
    (body,) = Handler.seen
    first, assistant, results = body["messages"]
    assert first == {"role": "user", "content": [{"type": "text", "text": "list"}]}
    assert assistant["content"] == [
        *thinking, {"type": "text", "text": "I look."},
        {"type": "tool_use", "id": "t1", "name": "files_list", "input": {"path": "a"}}, {"type": "tool_use", "id": "t2", "name": "files_list", "input": {"path": "b"}},
    ]  # fmt: skip
    mark = {"cache_control": {"type": "ephemeral"}}
    assert results["content"] == [
        {"type": "tool_result", "tool_use_id": "t1", "content": "A"}, {"type": "tool_result", "tool_use_id": "t2"}, {"type": "text", "text": "and now?", **mark},
    ]  # fmt: skip
    assert [tool.get("cache_control") for tool in body["tools"]] == [None, {"type": "ephemeral"}] and body["system"] == [{"type": "text", "text": "Be brief.", **mark}]


async def test_signed_thinking_is_kept_with_the_call(url: str) -> None:
    block = ("content_block_start", {"index": 5, "content_block": {"type": "thinking", "thinking": "", "signature": ""}})
    more = [("content_block_delta", {"index": 5, "delta": delta}) for delta in ({"type": "thinking_delta", "thinking": "hm"}, {"type": "signature_delta", "signature": "sig"})]
    (call,) = calls_of(await parts_of(url, start(), block, *more, *called(6, "{}"), *ended("tool_use")))
    assert call.extra == {"thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "sig"}]}


async def test_cached_tokens_are_part_of_the_prompt_and_cheaper(url: str) -> None:
    finished = (await parts_of(url, start(cache_read_input_tokens=90, cache_creation_input_tokens=3), said("hi"), *ended("end_turn")))[-1]
    assert isinstance(finished, Finished) and finished.reason == "stop"
    usage = finished.usage
    assert (usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens) == (100, 90, 5)
    assert usage.cost_usd == pytest.approx((7 + 90 * 0.1 + 3 * 1.25 + 5 * 2) / 1e6)


@pytest.mark.parametrize(("reason", "expected"), [("max_tokens", "length"), ("refusal", "content_filter"), ("model_context_window_exceeded", "length"), ("stop_sequence", "stop")])
async def test_the_reason_of_the_end(url: str, reason: str, expected: str) -> None:
    finished = (await parts_of(url, start(), said("hi"), *ended(reason)))[-1]
    assert isinstance(finished, Finished) and finished.reason == expected


async def test_a_connection_that_ends_early_cuts_the_reply(url: str) -> None:
    parts = await parts_of(url, start(), said("half"), *called(1, '{"path": "a"}'), *called(2, '{"pa'))
    whole, cut = calls_of(parts)
    assert (whole.arguments, whole.cut, cut.cut) == ({"path": "a"}, False, True)
    assert isinstance(parts[-1], Finished) and parts[-1].reason == "dropped"


async def test_an_error_after_text_cuts_the_reply_and_before_it_is_an_error(url: str) -> None:
    error = ("error", {"error": {"type": "overloaded_error", "message": "Overloaded"}})
    finished = (await parts_of(url, start(), said("half"), error))[-1]
    assert isinstance(finished, Finished) and finished.reason == "dropped"
    before = len(Handler.seen)
    with pytest.raises(ModelError, match="Overloaded"):
        await parts_of(url, start(), error)
    assert len(Handler.seen) == before + 3, "who is overloaded is asked again, and not for ever"


async def test_a_call_without_arguments_is_whole_unless_the_limit_came(url: str) -> None:
    (whole,) = calls_of(await parts_of(url, start(), *called(0), *ended("tool_use")))
    (cut,) = calls_of(await parts_of(url, start(), *called(0), *ended("max_tokens")))
    assert (whole.arguments, whole.cut, cut.cut) == ({}, False, True)


async def test_letters_that_must_not_get_through(url: str) -> None:
    parts = await parts_of(url, start(), said("a\0 \ud800 b"), *called(1, '{"path": "x\\ud83d\\u001b"}'), *ended("tool_use"))
    assert [part.text for part in parts if isinstance(part, TextDelta)] == ["a \ufffd b"]
    assert calls_of(parts)[0].arguments == {"path": "x\ufffd\x1b"}  # what of a call cannot be made is told by the loop, not left out in silence


async def test_an_answer_that_is_not_streamed(url: str) -> None:
    content = [{"type": "text", "text": "Hello"}, {"type": "tool_use", "id": "t", "name": "files_list", "input": {"path": "a"}}]
    Handler.whole = {"type": "message", "content": content, "stop_reason": "tool_use", "usage": {"input_tokens": 3, "output_tokens": 2}}
    parts = await parts_of(url)
    assert parts[0] == TextDelta("Hello") and calls_of(parts)[0].arguments == {"path": "a"}
    assert isinstance(parts[-1], Finished) and parts[-1].reason == "tool_calls" and parts[-1].usage.prompt_tokens == 3


async def test_a_prompt_that_is_too_long_is_said_so(url: str) -> None:
    Handler.status, Handler.error = 400, {"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000 maximum"}
    with pytest.raises(ModelError) as caught:
        await parts_of(url)
    assert caught.value.code == "context_overflow" and "210000" in caught.value.message
