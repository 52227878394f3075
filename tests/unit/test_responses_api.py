"""OpenAI's Responses API against a small server of ours: what is sent, and what comes of its events."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import ModelError
from core.messages import CallDelta, Finished, Message, ModelRequest, Part, Picture, ReasoningDelta, TextDelta, ToolCall, ToolSpec
from models.servers.openai.client import OpenAICompatibleModel
from models.servers.openai.dialects import Dialect
from models.servers.openai.responses import build_responses_body
from models.servers.served import Price, ServedModel
from models.servers.tool_names import ToolNames
from tests.helpers.odd_openai import OddServer, Wire
from tests.unit.test_server_pictures import png

READ = ToolSpec("files.read", "Read.", {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]})
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "abc"}
USAGE = {"input_tokens": 100, "input_tokens_details": {"cached_tokens": 60}, "output_tokens": 9}
TURN = (
    Message("system", "Be brief."),
    Message("user", "read a"),
    Message(
        "assistant", "I look.", tool_calls=(ToolCall("files.read", {"path": "a"}, "call1", extra={"reasoning_items": [THOUGHT]}), ToolCall("files.read", {"path": "b"}, "call2"))
    ),
    Message("tool", "A", tool_call_id="call1"),
    Message("tool", "B", tool_call_id="call2"),
)
REQUEST = ModelRequest(TURN, tools=(READ,))


def call(index: int, arguments: str, id_: str = "c1", is_whole: bool = True) -> list[dict[str, Any]]:
    item = {"type": "function_call", "call_id": id_, "name": "files_read", "arguments": ""}
    events: list[dict[str, Any]] = [{"type": "response.output_item.added", "output_index": index, "item": item}]
    events += [{"type": "response.function_call_arguments.delta", "output_index": index, "delta": arguments[at : at + 5]} for at in range(0, len(arguments), 5)]
    return events + ([{"type": "response.output_item.done", "output_index": index, "item": {**item, "arguments": arguments}}] if is_whole else [])


def text(*pieces: str) -> list[dict[str, Any]]:
    return [{"type": "response.output_text.delta", "output_index": 1, "delta": piece} for piece in pieces]


def ended(status: str = "completed", **more: Any) -> dict[str, Any]:
    return {"type": f"response.{status}", "response": {"status": status, "usage": USAGE, "error": None, **more}}


async def parts_of(*events: dict[str, Any], request: ModelRequest = REQUEST, odd: OddServer | None = None) -> list[Part]:
    odd = odd or OddServer()

    def reply(wire: Wire) -> None:
        wire.start()
        for event in events:
            wire.event(event)

    odd.replies["m"] = reply
    with odd.run() as url:
        model = OpenAICompatibleModel("odd/m", "m", url, None, served=ServedModel(price=Price(1.0, 2.0, cached=0.1)))
        model._dialect = Dialect(tools_api="responses", effort="low")
        try:
            return [part async for part in model.stream(request)]
        finally:
            await model.close()


def test_a_turn_in_items() -> None:
    body = build_responses_body(REQUEST, "gpt", Dialect(effort="low", without=frozenset({"temperature"})), ToolNames(["files.read"]))
    assert body["instructions"] == "Be brief." and body["store"] is False and "temperature" not in body and body["reasoning"] == {"summary": "auto", "effort": "low"}
    assert body["input"] == [
        {"role": "user", "content": [{"type": "input_text", "text": "read a"}]},
        THOUGHT,
        {"role": "assistant", "content": [{"type": "output_text", "text": "I look."}]},
        {"type": "function_call", "call_id": "call1", "name": "files_read", "arguments": '{"path": "a"}'},
        {"type": "function_call", "call_id": "call2", "name": "files_read", "arguments": '{"path": "b"}'},
        {"type": "function_call_output", "call_id": "call1", "output": "A"},
        {"type": "function_call_output", "call_id": "call2", "output": "B"},
    ]
    assert body["tools"] == [{"type": "function", "name": "files_read", "description": "Read.", "parameters": READ.parameters, "strict": False}]


def test_pictures_and_schemas_have_their_forms() -> None:
    request = ModelRequest((Message("user", "what is it?", pictures=(Picture("a.png", "image/png", png(4, 4)),)),), schema={"type": "object"})
    body = build_responses_body(request, "gpt", Dialect(), ToolNames([]))
    assert [part["type"] for part in body["input"][0]["content"]] == ["input_text", "input_image"]
    assert body["input"][0]["content"][1]["image_url"].startswith("data:image/png;base64,")
    assert body["text"]["format"]["schema"] == {"type": "object"}


async def test_text_thinking_calls_and_usage() -> None:
    odd = OddServer()
    events = [
        {"type": "response.created", "response": {"status": "in_progress", "error": None}},
        {"type": "response.reasoning_summary_text.delta", "delta": "hm"},
        {"type": "response.output_item.done", "output_index": 0, "item": THOUGHT},
        *text("I ", "look."),
        *call(2, '{"path": "c"}'),
        ended(),
    ]
    parts = await parts_of(*events, odd=odd)
    assert "".join(part.text for part in parts if isinstance(part, TextDelta)) == "I look."
    assert [part.text for part in parts if isinstance(part, ReasoningDelta)] == ["hm"]
    (found,) = [part.call for part in parts if isinstance(part, CallDelta)]
    assert (found.name, found.arguments, found.id, found.cut) == ("files.read", {"path": "c"}, "c1", False) and found.extra == {"reasoning_items": [THOUGHT]}
    finished = parts[-1]
    assert isinstance(finished, Finished) and finished.reason == "tool_calls"
    assert (finished.usage.prompt_tokens, finished.usage.cached_tokens, finished.usage.completion_tokens) == (100, 60, 9)
    assert finished.usage.cost_usd == pytest.approx((40 + 6 + 18) / 1e6)
    assert "input" in odd.bodies[0] and "messages" not in odd.bodies[0]


@pytest.mark.parametrize(("why", "reason"), [("max_output_tokens", "length"), ("content_filter", "content_filter")])
async def test_a_reply_that_is_not_whole(why: str, reason: str) -> None:
    parts = await parts_of(*text("half"), *call(2, '{"pa', is_whole=False), ended("incomplete", incomplete_details={"reason": why}))
    assert isinstance(parts[-1], Finished) and parts[-1].reason == reason
    assert [part.call.cut for part in parts if isinstance(part, CallDelta)] == [True]


async def test_a_stream_that_ends_early_cuts_the_reply() -> None:
    parts = await parts_of(*text("half"))
    assert isinstance(parts[-1], Finished) and parts[-1].reason == "dropped"


async def test_a_failure_before_anything_is_an_error_in_words() -> None:
    with pytest.raises(ModelError, match="Overloaded"):
        await parts_of(ended("failed", error={"code": "server_error", "message": "Overloaded"}))
    with pytest.raises(ModelError, match="Too bad"):
        await parts_of({"type": "error", "code": "x", "message": "Too bad"})


async def test_a_whole_response_is_read_too() -> None:
    odd = OddServer()
    output = [{"type": "message", "content": [{"type": "output_text", "text": "Hello"}]}, {"type": "function_call", "call_id": "c9", "name": "files_read", "arguments": "{}"}]
    odd.replies["m"] = lambda wire: wire.json(200, {"object": "response", "status": "completed", "error": None, "output": output, "usage": USAGE})
    with odd.run() as url:
        model = OpenAICompatibleModel("odd/m", "m", url, None)
        model._dialect = Dialect(api="responses")
        parts = [part async for part in model.stream(ModelRequest((Message("user", "hi"),)))]
        await model.close()
    assert parts[0] == TextDelta("Hello") and isinstance(parts[1], CallDelta) and parts[1].call.id == "c9"


async def test_a_chat_server_that_sends_tools_there_is_followed_and_remembered() -> None:
    odd = OddServer()

    def picky(wire: Wire) -> None:
        if wire.path.endswith("/chat/completions"):
            return wire.json(
                400,
                {
                    "error": {
                        "message": "Function tools with reasoning_effort are not supported in /v1/chat/completions. Please use /v1/responses instead.",
                        "param": "reasoning_effort",
                    }
                },
            )
        wire.start()
        for event in [*text("Hello"), ended()]:
            wire.event(event)
        return None

    odd.replies["gpt"] = picky
    with odd.run() as url:
        model = OpenAICompatibleModel("odd/gpt", "gpt", url, None)
        for _ in range(2):
            assert TextDelta("Hello") in [part async for part in model.stream(REQUEST)]
        await model.close()
    assert ["messages" in body for body in odd.bodies] == [True, False, False]
