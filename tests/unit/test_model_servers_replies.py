"""Every oddity that servers' replies are known for comes out of ``stream()`` as it should."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from core.errors import ModelError
from core.messages import CallDelta, Finished, Message, ModelRequest, Part, PromptProgress, ReasoningDelta, TextDelta, TextWithdrawn, ToolSpec
from models import thinking
from models.servers.errors import ServerRefusal, read_refusal, readable
from models.servers.openai.client import OpenAICompatibleModel
from models.servers.openai.fields import reason_of
from models.servers.openai.stream import ReplyReader
from tests.helpers.odd_openai import EXPECTED, REPLIES, SKY, Expected, OddServer, Wire, chunk, piece

SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}, "text": {"type": "string"}}, "required": ["path"]}
TOOLS = (ToolSpec("files.write", "Write a file.", SCHEMA), ToolSpec("time.now", "The time.", {"type": "object", "properties": {}}))
REQUEST = ModelRequest((Message("system", "Be brief."), Message("user", "hi")), tools=TOOLS)


@pytest.fixture
def odd() -> OddServer:
    return OddServer()


@pytest.fixture
def url(odd: OddServer) -> Iterator[str]:
    thinking._closes_only.clear()
    with odd.run() as address:
        yield address


async def parts_of(url: str, name: str, request: ModelRequest = REQUEST) -> list[Part]:
    if name in ("422fmt", "500fmt"):
        request = replace(request, tools=(), schema={"type": "object"})
    if name == "nostop":
        request = replace(request, stop=("END",))
    model = OpenAICompatibleModel(f"odd/{name}", name, url, "key", timeout_s=5.0)
    try:
        return [part async for part in model.stream(request)]
    finally:
        await model.close()


def fold(parts: list[Part]) -> Expected:
    text, thought = "", ""
    for part in parts:
        text = "" if isinstance(part, TextWithdrawn) else text + part.text if isinstance(part, TextDelta) else text
        thought += part.text if isinstance(part, ReasoningDelta) else ""
    calls = tuple((part.call.name, part.call.arguments if part.call.can_be_made else None, not part.call.can_be_made) for part in parts if isinstance(part, CallDelta))
    assert isinstance(parts[-1], Finished) and sum(isinstance(part, Finished) for part in parts) == 1
    return Expected(text, thought, calls, parts[-1].reason)


def test_every_reply_has_an_expectation() -> None:
    assert set(REPLIES) == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(name for name, expected in EXPECTED.items() if not expected.error))
async def test_an_odd_reply_comes_out_right(url: str, name: str) -> None:
    assert fold(await parts_of(url, name)) == EXPECTED[name]


@pytest.mark.parametrize("name", sorted(name for name, expected in EXPECTED.items() if expected.error))
async def test_what_is_no_reply_is_an_error_in_words(url: str, name: str) -> None:
    with pytest.raises(ModelError) as caught:
        await parts_of(url, name)
    assert caught.value.code == EXPECTED[name].error and len(caught.value.message) < 400


@pytest.mark.parametrize(("name", "said"), [("402", "Insufficient credits."), ("err200", "Insufficient credits. Add more"), ("ctx", "exceeds the available context size")])
async def test_an_error_says_what_the_server_said(url: str, name: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        await parts_of(url, name)


async def test_calls_without_ids_get_nine_letters_and_digits(url: str) -> None:
    calls = [part.call for part in await parts_of(url, "twobare") if isinstance(part, CallDelta)]
    assert len({call.id for call in calls}) == 2 and all(len(call.id) == 9 and call.id.isalnum() for call in calls)


async def test_one_id_for_two_calls_is_made_two(url: str) -> None:
    calls = [part.call for part in await parts_of(url, "sameids") if isinstance(part, CallDelta)]
    assert calls[0].id == "a1" and calls[1].id not in ("", "a1")


async def test_cut_arguments_show_what_there_is(url: str) -> None:
    (call,) = [part.call for part in await parts_of(url, "droptext") if isinstance(part, CallDelta)]
    assert call.cut and call.arguments["path"] == "out2.txt"


async def test_fields_of_the_server_are_kept_with_the_call(url: str, odd: OddServer) -> None:
    signature = {"google": {"thought_signature": "abc"}}
    odd.replies["signed"] = lambda wire: wire.call([piece("{}", extra_content=signature)], finish="stop")
    (call,) = [part.call for part in await parts_of(url, "signed") if isinstance(part, CallDelta)]
    assert call.extra == {"extra_content": signature}


async def test_a_model_whose_thinking_has_only_an_end_is_remembered(url: str) -> None:
    first, second, third = [await parts_of(url, "answertail") for _ in range(3)]
    assert [any(isinstance(part, TextWithdrawn) for part in parts) for parts in (first, second, third)] == [True, True, False], "twice running is a habit"
    assert fold(first) == fold(second) == fold(third) == EXPECTED["answertail"]


async def test_such_a_model_that_does_not_think_still_answers(url: str, odd: OddServer) -> None:
    await parts_of(url, "answertail")
    await parts_of(url, "answertail")
    odd.replies["answertail"] = lambda wire: wire.say(SKY)
    assert fold(await parts_of(url, "answertail")).text == SKY
    parts = await parts_of(url, "answertail")
    assert sum(isinstance(part, TextDelta) for part in parts) > 3, "and streams again from then on"


async def test_cached_tokens_are_counted(url: str, odd: OddServer) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 80}}
    odd.replies["cached"] = lambda wire: _with_usage(wire, usage)
    finished = (await parts_of(url, "cached"))[-1]
    assert isinstance(finished, Finished)
    assert (finished.usage.prompt_tokens, finished.usage.completion_tokens, finished.usage.cached_tokens) == (100, 7, 80)


def _with_usage(wire: Wire, usage: dict[str, Any]) -> None:
    wire.send({"content": SKY}, done=False)
    wire.event({"choices": [], "usage": usage})
    wire.event("[DONE]")


async def test_a_token_is_there_when_its_bytes_are(url: str, odd: OddServer) -> None:
    sent: list[float] = []

    def drip(wire: Wire) -> None:
        wire.start()
        for number in range(12):
            sent.append(time.perf_counter())
            wire.event(chunk({"content": f"word{number} "}))
            time.sleep(0.04)
        wire.event(chunk({}, "stop"))
        wire.event("[DONE]")

    odd.replies["drip"] = drip
    model, seen = OpenAICompatibleModel("odd/drip", "drip", url, None), list[float]()
    async for part in model.stream(REQUEST):
        if isinstance(part, TextDelta):
            seen.append(time.perf_counter())
    await model.close()
    late = sorted(got - at for at, got in zip(sent, seen, strict=True))
    assert len(seen) == 12 and late[6] < 0.015 and late[-2] < 0.04, f"seconds behind: {late}"


async def test_a_cancelled_reply_ends_at_once_and_hangs_up(url: str, odd: OddServer) -> None:
    hung_up = threading.Event()

    def endless(wire: Wire) -> None:
        wire.start()
        try:
            while True:
                wire.event(chunk({"content": "more "}))
                time.sleep(0.01)
        except ConnectionError:
            hung_up.set()

    odd.replies["endless"] = endless
    model, begun = OpenAICompatibleModel("odd/endless", "endless", url, None), asyncio.Event()

    async def consume() -> None:
        async for _ in model.stream(REQUEST):
            begun.set()

    task = asyncio.create_task(consume())
    await begun.wait()
    at = time.perf_counter()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.perf_counter() - at < 0.2 and await asyncio.to_thread(hung_up.wait, 1.0)
    await model.close()


async def test_connections_are_kept_for_the_next_request(url: str, odd: OddServer) -> None:
    ports: set[int] = set()

    def keep(wire: Wire) -> None:
        ports.add(wire.client_address[1])
        content = b"".join(f"data: {text}\n\n".encode() for text in (json.dumps(chunk({"content": SKY})), json.dumps(chunk({}, "stop")), "[DONE]"))
        wire.send_response(200)
        wire.send_header("Content-Length", str(len(content)))
        wire.end_headers()
        wire.wfile.write(content)

    odd.replies["keep"] = keep
    model = OpenAICompatibleModel("odd/keep", "keep", url, None)
    for _ in range(3):
        assert fold([part async for part in model.stream(REQUEST)]).text == SKY
    await model.close()
    assert len(ports) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_is_asked_again(url: str, odd: OddServer, status: int) -> None:
    def busy(wire: Wire) -> None:
        wire.json(status, {"error": {"message": "Loading model"}}) if len(odd.bodies) < 2 else wire.say(SKY)

    odd.replies["busy"] = busy
    assert fold(await parts_of(url, "busy")).text == SKY and len(odd.bodies) == 2


async def test_what_a_server_refused_is_not_sent_again(url: str, odd: OddServer) -> None:
    model = OpenAICompatibleModel("odd/notemperature", "notemperature", url, None)
    for _ in range(2):
        assert [part async for part in model.stream(REQUEST)]
    await model.close()
    assert ["temperature" in body for body in odd.bodies] == [True, False, False]


@pytest.mark.parametrize(("status", "said"), [(400, "response_format is not supported"), (422, "json_schema not supported"), (500, "failed to parse grammar")])
async def test_a_schema_that_is_refused_is_left_to_the_prompt(url: str, odd: OddServer, status: int, said: str) -> None:
    odd.replies["plain"] = lambda wire: wire.json(status, {"detail": [{"msg": said}]}) if "response_format" in wire.body else wire.say("{}")
    request = ModelRequest((Message("user", "hi"),), schema={"type": "object"})
    assert fold(await parts_of(url, "plain", request)).text == "{}"


async def test_a_server_that_is_not_there_is_said_so() -> None:
    with pytest.raises(ModelError) as caught:
        await parts_of("http://127.0.0.1:9/v1", "any")
    assert caught.value.code == "model_unreachable"


def read(*chunks: dict[str, Any]) -> list[Part]:
    reader = ReplyReader("m")
    return [part for value in chunks for part in reader.feed(value)] + list(reader.end(True))


def test_how_far_a_prompt_is_read_is_passed_on() -> None:
    progress = {"total": 900, "cache": 300, "processed": 600, "time_ms": 5}
    assert read({"choices": [], "prompt_progress": progress}, chunk({"content": "a"}))[0] == PromptProgress(600, 900, 300)


def test_a_refusal_is_said() -> None:
    assert fold(read(chunk({"content": None, "refusal": "I cannot."}, "stop"))).text == "I cannot."


def test_only_the_first_choice_is_read() -> None:
    second = {"choices": [{"index": 1, "delta": {"content": "b"}}]}
    assert fold(read(chunk({"content": "a"}), second, chunk({}, "stop"))).text == "a"


def test_pieces_of_details_become_whole_again() -> None:
    entries = [
        {"type": "reasoning.text", "text": "I ", "index": 0},
        {"type": "reasoning.text", "text": "see", "index": 0, "signature": "s"},
        {"type": "reasoning.encrypted", "data": "x", "index": 1},
    ]
    deltas = [chunk({"reasoning_details": [entry]}) for entry in entries]
    parts = read(*deltas, chunk({"tool_calls": [piece("{}")]}, "tool_calls"))
    (call,) = [part.call for part in parts if isinstance(part, CallDelta)]
    assert call.extra["reasoning_details"] == [{"type": "reasoning.text", "text": "I see", "index": 0, "signature": "s"}, entries[2]]
    assert fold(parts).thought == "I see"


@pytest.mark.parametrize(
    ("word", "reason"),
    [("stop", "stop"), ("eos", "stop"), ("length", "length"), ("MAX_TOKENS", "length"), ("model_length", "length"), ("SAFETY", "content_filter"), ("content_filter", "content_filter"),
     ("error", "dropped"), ("MALFORMED_FUNCTION_CALL", "dropped"), ("insufficient_system_resource", "dropped"), ("function_call", "tool_calls"), (None, "")],
)  # fmt: skip
def test_reasons_in_other_words(word: str | None, reason: str) -> None:
    assert reason_of(word) == reason


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.",
        "request (9121 tokens) exceeds the available context size (4096 tokens), try increasing it",
        "the request exceeds the available context size. try increasing the context size or enable context shift (n_ctx)",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "Please reduce the length of the messages or completion.",
        "Input length 9000 exceeds the maximum allowed token count",
    ],
)
def test_a_prompt_that_is_too_long_has_a_code_of_its_own(said: str) -> None:
    assert readable(ServerRefusal(400, said), "host").code == "context_overflow"
    assert readable(ServerRefusal(429, said), "host").code == "model_busy"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": {"message": "no such model"}}', "no such model"),
        (b'{"error": "no such model"}', "no such model"),
        (b'{"detail": [{"loc": ["body"], "msg": "no such model"}]}', "no such model"),
        (b'{"message": "no such model"}', "no such model"),
        (b"<html><head><title>502 Bad Gateway</title></head></html>", "502 Bad Gateway"),
        (b"no such\nmodel", "no such model"),
        (b"", ""),
    ],
)
def test_what_an_error_says_is_found(body: bytes, said: str) -> None:
    assert read_refusal(body) == said
    message = readable(ServerRefusal(500, said), "host").message
    assert message.endswith(f": {said}." if said else "host answered with an error 500.")
