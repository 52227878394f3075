"""The Anthropic backend against a scripted Messages API: text, thinking, tool calls, usage, errors."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from core.errors import ModelError
from core.messages import CallDelta, Finished, Message, ModelRequest, ReasoningDelta, TextDelta, ToolSpec
from models.anthropic_api import AnthropicModel

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

    def log_message(self, format: str, *args: Any) -> None:
        return

    def do_POST(self) -> None:
        Handler.seen.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        body = "".join(f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n" for kind, data in EVENTS).encode()
        if Handler.status != 200:
            body = json.dumps({"type": "error", "error": {"type": "authentication_error", "message": "no"}}).encode()
        self.send_response(Handler.status)
        self.send_header("Content-Type", "text/event-stream" if Handler.status == 200 else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def url() -> Iterator[str]:
    Handler.seen, Handler.status = [], 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


REQUEST = ModelRequest((Message("system", "Be brief."), Message("user", "hi")), tools=(ToolSpec("files_list", "list", {"type": "object"}),))


async def test_a_stream_becomes_parts(url: str) -> None:
    model = AnthropicModel("a/x", "x", "key", url, price=(1.0, 2.0))
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
