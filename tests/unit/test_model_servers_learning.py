"""Quirks of servers: known from the catalogue, learnt from refusals, kept over restarts; addresses as people paste them; windows and prices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import ModelError
from core.messages import Finished, Message, ModelRequest, TextDelta, ToolSpec
from models.catalog import CloudProfile
from models.servers.address import normalise_address, other_addresses
from models.servers.anthropic.dialects import MessagesDialect, learn_messages, messages_dialect_of
from models.servers.anthropic.requests import build_body as build_messages_body
from models.servers.errors import ServerRefusal, readable
from models.servers.learned import KEPT_SECONDS, LearnedQuirks
from models.servers.openai.client import OpenAICompatibleModel
from models.servers.openai.dialects import Dialect, dialect_of, dump_dialect, learn, load_dialect, refuses_tools
from models.servers.refused import find_most_tokens, find_refused_field, find_window
from models.servers.served import UNKNOWN, Price, ServedModel, describe_served
from models.servers.tool_names import ToolNames
from tests.helpers.odd_openai import SKY, OddServer, Wire

REQUEST = ModelRequest((Message("user", "hi"),))
TOOL = ToolSpec("files.read", "Read.", {"type": "object", "properties": {}})


@pytest.fixture
def odd() -> OddServer:
    return OddServer()


@pytest.fixture
def url(odd: OddServer) -> Iterator[str]:
    with odd.run() as address:
        yield address


async def ask(url: str, name: str, learned: LearnedQuirks | None = None, request: ModelRequest = REQUEST, served: ServedModel = ServedModel()) -> str:
    model = OpenAICompatibleModel(f"odd/{name}", name, url, "key", timeout_s=5.0, served=served, learned=learned)
    try:
        return "".join([part.text async for part in model.stream(request) if isinstance(part, TextDelta)])
    finally:
        await model.close()


# -- kept over restarts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "field"),
    [("nostreamopt", "stream_options"), ("maxcompletion", "max_tokens"), ("notemperature", "temperature"), ("422loc", "temperature"), ("streamrefused", "stream")],
)
async def test_the_second_request_does_not_fail_first_even_after_a_restart(name: str, field: str, url: str, odd: OddServer, tmp_path: Path) -> None:
    for _ in range(2):  # each with a store of its own over the same file: another start
        assert await ask(url, name, LearnedQuirks(tmp_path / "servers.json")) == SKY
    assert [field in body for body in odd.bodies] == [True, False, False]


async def test_what_was_learnt_of_one_model_is_not_held_against_another(url: str, odd: OddServer) -> None:
    learned = LearnedQuirks()
    await ask(url, "notemperature", learned)
    await ask(url, "ping", learned)
    assert "temperature" in odd.bodies[-1]


def test_what_was_learnt_is_forgotten_after_a_month(tmp_path: Path) -> None:
    now = [1000.0]
    learned = LearnedQuirks(tmp_path / "servers.json", lambda: now[0])
    learned.put("http://a/v1", "m", {"window": 5})
    assert learned.get("http://a/v1", "m") == {"window": 5}
    now[0] += KEPT_SECONDS + 1
    assert learned.get("http://a/v1", "m") == {}


@pytest.mark.parametrize("content", ["", "[]", "{", '{"http://a m": 3}', '{"http://a m": {"at": 1e12, "found": {"dialect": {"gone": 1, "without": 3}}}}'])
async def test_a_file_that_cannot_be_read_is_begun_anew(content: str, url: str, tmp_path: Path) -> None:
    (tmp_path / "servers.json").write_text(content.replace("http://a m", f"{url} ping"))
    assert await ask(url, "ping", LearnedQuirks(tmp_path / "servers.json")) == SKY


def test_only_what_differs_is_kept() -> None:
    known = dialect_of("api.openai.com", "gpt-6-sol")
    found = replace(known, has_system=False, without=known.without | {"stream_options"})
    assert dump_dialect(found, known) == {"has_system": False, "without": ["stream_options"]}
    assert load_dialect(known, json.loads(json.dumps(dump_dialect(found, known)))) == found


# -- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pasted", "base"),
    [
        ("http://localhost:11434/v1", "http://localhost:11434/v1"),
        (" http://localhost:11434/v1/ ", "http://localhost:11434/v1"),
        ("localhost:11434/v1", "http://localhost:11434/v1"),
        ("192.168.1.5:8080", "http://192.168.1.5:8080"),
        ("api.example.org/v1", "https://api.example.org/v1"),
        ("https://api.example.org/v1/chat/completions", "https://api.example.org/v1"),
        ("https://api.example.org/v1/responses/", "https://api.example.org/v1"),
        ("https://api.example.org/v1/models", "https://api.example.org/v1"),
        ("https://api.example.org/openai/chat/completions?api-version=1", "https://api.example.org/openai"),
    ],
)
def test_addresses_as_people_paste_them(pasted: str, base: str) -> None:
    assert normalise_address(pasted) == base


def test_an_address_with_a_version_has_no_other() -> None:
    assert other_addresses("http://a/v1") == other_addresses("http://a/api/v1beta/openai") == ()
    assert other_addresses("http://a") == ("http://a/v1",) and other_addresses("http://a/api") == ("http://a/api/v1",)


@pytest.mark.parametrize("elsewhere", ["page", "404", "405"])
@pytest.mark.parametrize("cut", ["", "/chat/completions"])
async def test_an_address_without_v1_is_completed_and_remembered(elsewhere: str, cut: str, url: str, odd: OddServer, tmp_path: Path) -> None:
    paths: list[str] = []

    def only_v1(wire: Wire) -> None:
        paths.append(wire.path)
        if wire.path.startswith("/v1/"):
            wire.say(SKY)
        elif elsewhere == "page":
            wire.json(200, "<!doctype html><html><title>Welcome</title></html>", "text/html")
        else:
            wire.json(int(elsewhere), {"error": "Unexpected endpoint or method. (POST /chat/completions)"})

    odd.replies["v1"] = only_v1
    base = url.removesuffix("/v1") + cut
    for _ in range(2):
        assert await ask(base, "v1", LearnedQuirks(tmp_path / "servers.json")) == SKY
    assert paths == ["/chat/completions", "/v1/chat/completions", "/v1/chat/completions"]
    assert await ask(base.removeprefix("http://"), "v1") == SKY


async def test_an_unknown_model_is_no_wrong_address(url: str, odd: OddServer) -> None:
    with pytest.raises(ModelError) as caught:
        await ask(url.removesuffix("/v1"), "unknownmodel")
    assert caught.value.code == "model_unknown" and len(odd.bodies) == 1


async def test_a_page_everywhere_is_said(url: str) -> None:
    with pytest.raises(ModelError, match=r"web page .*Login.* not as a model server"):
        await ask(url.removesuffix("/v1"), "html")


async def test_a_redirect_to_another_host_gets_neither_the_key_nor_the_words(url: str, odd: OddServer) -> None:
    with OddServer().run() as other:
        there = other.replace("127.0.0.1", "localhost")

        def away(wire: Wire) -> None:
            wire.send_response(307)
            wire.send_header("Location", f"{there}/chat/completions")
            wire.send_header("Content-Length", "0")
            wire.end_headers()

        odd.replies["away"] = away
        with pytest.raises(ModelError, match="has to be set as the address"):
            await ask(url, "away")


# -- what a refusal is about ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "param", "field"),
    [
        ("Unsupported parameter: 'stop' is not supported with this model.", "", "stop"),
        ("Unsupported value", "temperature", "temperature"),
        ("Bad value", "response_format.json_schema", "response_format"),
        ("Unrecognized request argument supplied: stream_options", "", "stream_options"),
        ("Unknown parameter: 'store'.", "", "store"),
        ("the model stopped because of an error in the text", "", ""),
        ("Stop sending so many requests", "", ""),
        ("store closed", "", ""),
    ],
)
def test_the_part_that_is_refused_is_found(said: str, param: str, field: str) -> None:
    body = dict.fromkeys(("stop", "temperature", "response_format", "stream_options", "store", "text"))
    assert find_refused_field(ServerRefusal(400, said, param=param), body, tuple(body)) == field


@pytest.mark.parametrize(
    ("said", "tokens"),
    [
        ("request (9121 tokens) exceeds the available context size (4096 tokens), try increasing it", 4096),
        ("This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.", 8192),
        ("prompt is too long: 210000 tokens > 200000 maximum", 200000),
        ("The input token count (1200000) exceeds the maximum number of tokens allowed (1,048,576).", 1048576),
        ("the request exceeds the available context size", 0),
    ],
)
def test_how_much_a_server_reads_is_found_in_its_words(said: str, tokens: int) -> None:
    assert find_window(said) == tokens


async def test_the_window_is_learnt_from_an_overflow(url: str, tmp_path: Path) -> None:
    learned = LearnedQuirks(tmp_path / "servers.json")
    model = OpenAICompatibleModel("odd/ctx", "ctx", url, "key", learned=learned)
    with pytest.raises(ModelError, match="longer than"):
        _ = [part async for part in model.stream(REQUEST)]
    await model.close()
    assert model.profile.context == 4096
    assert OpenAICompatibleModel("odd/ctx", "ctx", url, "key", learned=LearnedQuirks(tmp_path / "servers.json")).profile.context == 4096


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (402, "x", "model_unpaid"),
        (429, "You exceeded your current quota, please check your plan and billing details.", "model_unpaid"),
        (400, "Your credit balance is too low to access the API.", "model_unpaid"),
        (429, "Rate limit reached", "model_busy"),
        (403, "Country not supported", "bad_key"),
        (413, "Request too large", "context_overflow"),
        (500, "model 'x' not found, try pulling it first", "model_unknown"),
    ],
)
def test_errors_are_told_apart(status: int, said: str, code: str) -> None:
    found = readable(ServerRefusal(status, said), "host")
    assert found.code == code and said in found.message


def test_a_used_up_quota_is_not_asked_again(odd: OddServer) -> None:
    assert ServerRefusal(429, "You exceeded your current quota").is_about_money and not ServerRefusal(429, "Rate limit reached").is_about_money


async def test_a_used_up_quota_is_asked_once(url: str, odd: OddServer) -> None:
    with pytest.raises(ModelError, match="used up"):
        await ask(url, "quota429")
    assert len(odd.bodies) == 1


# -- known before -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["o3-mini", "gpt-5-mini", "gpt-6.1-sol"])
def test_newer_models_of_openai_get_no_sampling(name: str) -> None:
    dialect = dialect_of("api.openai.com", name)
    body = dialect.strip({"temperature": 0, "stop": [], "messages": []})
    assert dialect.limit == "max_completion_tokens" and set(body) == {"messages"}
    assert "temperature" in dialect_of("api.openai.com", "gpt-4.1").strip({"temperature": 0})


def test_the_catalogues_facts_choose_the_dialect() -> None:
    served = ServedModel(replace(UNKNOWN, sampling=False, responses_with_tools=True, efforts=("low", "high")), wished_effort="low")
    dialect = dialect_of("api.openai.com", "gpt-6-sol", served)
    assert (dialect.api, dialect.tools_api, dialect.effort) == ("chat", "responses", "low")
    assert dialect_of("api.openai.com", "x", replace(served, profile=replace(served.profile, responses_only=True))).api == "responses"
    assert dialect_of("api.openai.com", "x", replace(served, wished_effort="max")).effort == "", "not one of its efforts"
    assert dialect_of("other.test", "gpt-6-sol", served).tools_api == "chat", "a broker has no such API"
    assert dialect_of("api.deepseek.com", "v4", ServedModel(replace(UNKNOWN, return_reasoning=True))).reasoning == "reasoning_content"
    assert dialect_of("generativelanguage.googleapis.com", "gemini-4", ServedModel(replace(UNKNOWN, return_reasoning=True))).reasoning == ""


def test_facts_come_from_the_catalogue_and_the_persons_settings_go_over_them() -> None:
    profile = CloudProfile(
        id="openai/gpt-x", family="openai", name="X", maker="OpenAI", licence="service", context=300_000, grade=9, provider="openai", price_in=2.0, price_out=8.0
    )
    found = describe_served(profile, {}, "gpt-x")
    assert found.context == 300_000 and found.price == Price(2.0, 8.0) and found.profile is profile and found.vision is False
    own = describe_served(profile, {"context": 5000, "model": {"gpt-x": {"price_in": 1.0, "vision": True, "effort": "low"}}}, "gpt-x")
    assert (own.context, own.price, own.vision, own.effort) == (5000, Price(1.0, 0.0), True, "low")
    assert describe_served(None, {}, "unknown") == ServedModel()


def test_prices_count_cached_tokens_and_long_prompts() -> None:
    price = Price(2.0, 10.0, cached=0.1, kept=1.25, long_from=1000, long_in=2.0, long_out=1.5)
    assert price.cost(1000, 100, 500, 100) == pytest.approx((400 * 2 + 500 * 0.2 + 100 * 2.5 + 100 * 10) / 1e6)
    assert price.cost(1001, 100) == pytest.approx((1001 * 4 + 100 * 15) / 1e6)


async def test_the_money_of_a_reply_is_counted_from_the_price(url: str, odd: OddServer) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 80}}
    odd.replies["paid"] = lambda wire: wire.json(200, {"choices": [{"index": 0, "message": {"content": SKY}, "finish_reason": "stop"}], "usage": usage})
    model = OpenAICompatibleModel("odd/paid", "paid", url, "key", served=ServedModel(price=Price(2.0, 10.0, cached=0.5)))
    finished = [part async for part in model.stream(REQUEST)][-1]
    await model.close()
    assert isinstance(finished, Finished) and finished.usage.cost_usd == pytest.approx((20 * 2 + 80 * 1 + 70) / 1e6)


# -- the Messages API -------------------------------------------------------------------------------------------------


def body_of(dialect: MessagesDialect) -> dict[str, Any]:
    request = ModelRequest((Message("system", "Be brief."), Message("user", "hi")), tools=(TOOL,), stop=("END",))
    return build_messages_body(request, "m", ToolNames(["files.read"]), dialect)


def test_models_that_think_as_needed_are_asked_to() -> None:
    for name in ("claude-opus-4-7", "claude-sonnet-5-5", "claude-fable-5-1"):
        body = body_of(messages_dialect_of(name, ServedModel(replace(UNKNOWN, efforts=("low", "high")), wished_effort="low")))
        assert body["thinking"] == {"type": "adaptive", "display": "summarized"} and body["output_config"] == {"effort": "low"}
        assert not {"temperature", "top_p", "top_k"} & set(body)
    old = body_of(messages_dialect_of("claude-haiku-4-5-20251001"))
    assert "thinking" not in old and "output_config" not in old


@pytest.mark.parametrize(
    ("said", "gone"),
    [
        ("output_config: Extra inputs are not permitted", {"output_config"}),
        ("thinking: Input tag 'adaptive' found using 'type' does not match any of the expected tags", {"thinking", "output_config"}),
        ("system.0.cache_control: Extra inputs are not permitted", set()),
    ],
)
def test_a_refusal_of_the_messages_api_teaches(said: str, gone: set[str]) -> None:
    before = MessagesDialect(thinks=True, effort="low")
    body = body_of(before)
    found = learn_messages(before, ServerRefusal(400, said), body)
    assert found is not None
    assert set(body) - set(body_of(found)) == gone
    if not gone:
        assert "cache_control" not in json.dumps(body_of(found)) and "cache_control" in json.dumps(body)


def test_other_refusals_teach_the_messages_api_nothing() -> None:
    for refusal in (
        ServerRefusal(529, "Overloaded"),
        ServerRefusal(400, "Your credit balance is too low"),
        ServerRefusal(400, "prompt is too long: 210000 tokens > 200000 maximum"),
    ):
        assert learn_messages(MessagesDialect(thinks=True), refusal, body_of(MessagesDialect(thinks=True))) is None


def test_words_about_the_responses_api_lead_there() -> None:
    said = "Function tools with reasoning_effort are not supported for gpt-x in /v1/chat/completions. Please use /v1/responses instead."
    found = learn(Dialect(), ServerRefusal(400, said), {"messages": [], "tools": [{}]})
    assert found == Dialect(tools_api="responses")
    said = "This is not a chat model; it is only supported in v1/responses and not in v1/chat/completions. Use /v1/responses."
    assert learn(Dialect(), ServerRefusal(404, said), {"messages": []}) == Dialect(api="responses", tools_api="responses")
    assert learn(Dialect(api="responses"), ServerRefusal(400, said), {"input": []}) is None


# -- what it cannot do at all -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "registry.ollama.ai/library/gemma:2b does not support tools"),
        (404, "No endpoints found that support tool use. To learn more about provider routing, visit: https://a.example"),
        (500, "tools param requires --jinja flag"),
        (400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
        (422, "Function calling is not supported by this model"),
    ],
)
async def test_a_model_that_takes_no_tools_still_talks_and_says_that_it_takes_none(status: int, said: str, url: str, odd: OddServer, tmp_path: Path) -> None:
    odd.replies["plain"] = lambda wire: wire.json(status, {"error": {"message": said}}) if "tools" in wire.body else wire.say(SKY)
    request = replace(REQUEST, tools=(TOOL,))
    for _ in range(2):
        assert await ask(url, "plain", LearnedQuirks(tmp_path / "servers.json"), request) == SKY
    sent = ["tools" in body for body in odd.bodies]
    assert sent[0] and sent[-2:] == [False, False] and len(sent) <= 4, "a 500 is tried twice before it is believed"
    model = OpenAICompatibleModel("odd/plain", "plain", url, "key", learned=LearnedQuirks(tmp_path / "servers.json"))
    assert not model.profile.calls
    await model.close()


@pytest.mark.parametrize(
    "said", ["Invalid schema for function 'x': foo is not supported", "Unsupported parameter: 'parallel_tool_calls'", "tools[0].function.name: too long", "tool choice is wrong"]
)
def test_words_about_one_tool_take_none_away(said: str) -> None:
    assert not refuses_tools(ServerRefusal(400, said), {"tools": [1]}) and not refuses_tools(ServerRefusal(400, "does not support tools"), {})


@pytest.mark.parametrize(
    "said",
    [
        "max_tokens is too large: 16384. This model supports at most 50 completion tokens, whereas you provided 16384.",
        "`max_tokens` must be less than or equal to `50`, the maximum value for `max_tokens`",
        "Invalid max_tokens value, the valid range of max_tokens is [1, 50]",
        "max_tokens: 64000 > 50, which is the maximum allowed number of output tokens",
    ],
)
async def test_who_asks_for_too_long_an_answer_asks_for_a_shorter_one(said: str, url: str, odd: OddServer) -> None:
    odd.replies["short"] = lambda wire: wire.json(400, {"error": {"message": said}}) if wire.body["max_tokens"] > 50 else wire.say(SKY)
    assert await ask(url, "short") == SKY and [body["max_tokens"] for body in odd.bodies][1:] == [50]
    assert find_most_tokens("the context has at most 50 tokens") == 0


@pytest.mark.parametrize("said", ["Only user, assistant and tool roles are supported", "only 'user' and 'assistant' roles are allowed"])
def test_a_server_that_names_the_roles_it_takes_gets_no_other(said: str) -> None:
    learnt = learn(Dialect(), ServerRefusal(400, said), {"messages": []})
    assert learnt is not None and not learnt.has_system
    assert learn(Dialect(), ServerRefusal(400, "only the owner may see these roles"), {"messages": []}) is None


@pytest.mark.parametrize("said", ["additionalProperties is not supported", "$ref: unknown field in schema, invalid", 'Unknown name "anyOf"'])
def test_a_schema_with_words_that_a_server_lacks_is_said_plainly(said: str) -> None:
    learnt = learn(Dialect(), ServerRefusal(400, said), {"tools": [1]})
    assert learnt is not None and learnt.is_plain


@pytest.mark.parametrize(("status", "said", "asked"), [(503, "The server is overloaded", 2), (0, "The server is overloaded", 1), (429, "You exceeded your current quota", 1)])
async def test_a_stream_that_begins_with_being_overloaded_is_asked_again(status: int, said: str, asked: int, url: str, odd: OddServer) -> None:
    def first_busy(wire: Wire) -> None:
        if len(odd.bodies) > 1:
            return wire.say(SKY)
        wire.start()
        return wire.event({"error": {"message": said, "code": status}})

    odd.replies["busy"] = first_busy
    if asked > 1:
        assert await ask(url, "busy") == SKY
    else:
        with pytest.raises(ModelError, match=said):
            await ask(url, "busy")
    assert len(odd.bodies) == asked
