"""What is sent to model servers: calls and results, tools' names, strict schemas, and what a server wants otherwise."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest

from core.messages import CallDelta, Message, ModelRequest, ToolCall, ToolSpec
from models.servers.errors import ServerRefusal
from models.servers.history import NO_RESULT, fit_call_id, new_call_id, pair_calls
from models.servers.openai.client import OpenAICompatibleModel
from models.servers.openai.dialects import Dialect, dialect_of, learn
from models.servers.openai.plain import plain_schema
from models.servers.openai.requests import build_body, build_messages, build_tool
from models.servers.openai.strict import drop_nulls, strict_schema
from models.servers.tool_names import ToolNames
from tests.helpers.odd_openai import OddServer, piece

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "minLength": 1},
        "mode": {"type": "string", "enum": ["a", "b"], "default": "a"},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"at": {"type": "integer"}, "text": {"type": "string"}}, "required": ["at"]}},
    },
    "required": ["path"],
}
READ = ToolSpec("files.read", "Read.", SCHEMA)
NAMES = ToolNames(["files.read"])
TURN = (
    Message("system", "Be brief."),
    Message("user", "read a"),
    Message("assistant", "", tool_calls=(ToolCall("files.read", {"path": "ä"}, "call1abcd", extra={"extra_content": {"google": 1}}),), reasoning="I need a."),
    Message("tool", "content", tool_call_id="call1abcd"),
)


def body_of(request: ModelRequest, dialect: Dialect = Dialect()) -> dict[str, Any]:
    return build_body(request, "m", dialect, ToolNames(tool.name for tool in request.tools))


def test_a_turn_with_a_call_and_its_result() -> None:
    _, _, assistant, tool = build_messages(TURN, Dialect(), NAMES)
    assert assistant == {
        "role": "assistant", "content": "",
        "tool_calls": [{"id": "call1abcd", "type": "function", "function": {"name": "files_read", "arguments": '{"path": "ä"}'}, "extra_content": {"google": 1}}],
    }  # fmt: skip
    assert tool == {"role": "tool", "content": "content", "tool_call_id": "call1abcd"}


def test_thinking_goes_back_only_where_it_is_wanted() -> None:
    assert "reasoning_content" not in build_messages(TURN, dialect_of("api.openai.com", "gpt-5"), NAMES)[2]
    assert build_messages(TURN, dialect_of("api.deepseek.com", "deepseek-chat"), NAMES)[2]["reasoning_content"] == "I need a."
    assert build_messages(TURN, dialect_of("localhost", "openai/gpt-oss-20b"), NAMES)[2]["reasoning_content"] == "I need a."
    later = [*TURN, Message("assistant", "It says content.", reasoning="So."), Message("user", "and b?"), Message("assistant", "I cannot tell.")]
    told = build_messages(later, dialect_of("api.deepseek.com", "deepseek-chat"), NAMES)
    assert [message.get("reasoning_content") for message in told if message["role"] == "assistant"] == ["I need a.", "So.", ""], "each turn from the first call on"
    spoken = [Message("user", "hi"), Message("assistant", "hello", reasoning="hm")]
    assert "reasoning_content" not in build_messages(spoken, dialect_of("api.deepseek.com", "deepseek-chat"), NAMES)[1]


def test_details_of_thinking_go_back_to_openrouter_only() -> None:
    details = [{"type": "reasoning.text", "text": "hm", "signature": "s"}]
    turn = [Message("user", "x"), Message("assistant", "", tool_calls=(ToolCall("files.read", {}, "a", extra={"reasoning_details": details}),))]
    there = build_messages(turn, dialect_of("openrouter.ai", "x"), NAMES)[1]
    elsewhere = build_messages(turn, Dialect(), NAMES)[1]
    assert there["reasoning_details"] == details and "reasoning_details" not in there["tool_calls"][0]
    assert "reasoning_details" not in json.dumps(elsewhere)


def test_missing_ids_are_made_and_are_the_same_each_time() -> None:
    calls = (ToolCall("files.read", {"path": "a"}), ToolCall("files.read", {"path": "b"}))
    turn = [Message("user", "x"), Message("assistant", "", tool_calls=calls), Message("tool", "A"), Message("tool", "B")]
    first, again = build_messages(turn, Dialect(), NAMES), build_messages(turn, Dialect(), NAMES)
    ids = [call["id"] for call in first[1]["tool_calls"]]
    assert first == again and len(set(ids)) == 2 and all(re.fullmatch("[A-Za-z0-9]{9}", id_) for id_ in ids)
    assert [(message["tool_call_id"], message["content"]) for message in first[2:]] == [(ids[0], "A"), (ids[1], "B")]


@pytest.mark.parametrize("id_", ["call_7f9x", "toolu_01A09q90qw90lq917835lq9", "x" * 60, "späße"])
def test_ids_of_other_servers_fit(id_: str) -> None:
    short = fit_call_id(id_, short=True)
    assert re.fullmatch("[A-Za-z0-9]{9}", short) and short == fit_call_id(id_, short=True) and fit_call_id(short, short=True) == short
    assert re.fullmatch("[A-Za-z0-9_-]{1,40}", fit_call_id(id_))
    assert len({new_call_id() for _ in range(200)}) == 200


def test_mistral_gets_short_ids_on_both_sides() -> None:
    call, result = build_messages(
        [*TURN[:2], Message("assistant", "", tool_calls=(ToolCall("a", {}, "toolu_1"),)), Message("tool", "x", tool_call_id="toolu_1")], dialect_of("api.mistral.ai", "m"), NAMES
    )[2:]
    assert re.fullmatch("[A-Za-z0-9]{9}", call["tool_calls"][0]["id"]) and result["tool_call_id"] == call["tool_calls"][0]["id"]


def test_every_call_has_exactly_one_result() -> None:
    calls = (ToolCall("a", {}, "one"), ToolCall("b", {}, "two"))
    paired = pair_calls([Message("assistant", "", tool_calls=calls), Message("tool", "B", tool_call_id="two"), Message("tool", "?", tool_call_id="nine"), Message("user", "go on")])
    assert [(message.role, message.tool_call_id) for message in paired] == [("assistant", ""), ("tool", "one"), ("tool", "two"), ("user", ""), ("user", "")]
    assert paired[1].content == NO_RESULT and paired[2].content == "B" and "?" in paired[3].content


def test_names_go_there_and_back() -> None:
    names = ToolNames(["files.read", "files_read", "files/read", "x" * 80, "größe", "plain-1"])
    there = [names.to_api(name) for name in ("files.read", "files_read", "files/read", "x" * 80, "größe", "plain-1")]
    assert len(set(there)) == 6 and all(re.fullmatch("[a-zA-Z0-9_-]{1,64}", name) for name in there)
    assert there[1] == "files_read" and there[5] == "plain-1", "who has an allowed name keeps it"
    assert [names.from_api(name) for name in there] == ["files.read", "files_read", "files/read", "x" * 80, "größe", "plain-1"]
    assert names.from_api("no.such tool") == "no.such tool"
    assert re.fullmatch("[a-zA-Z0-9_-]{1,64}", names.to_api("gone.since"))


def test_the_body_has_what_was_asked_and_no_more() -> None:
    plain = body_of(ModelRequest((Message("user", "hi"),)))
    assert set(plain) == {"model", "messages", "stream", "stream_options", "max_tokens", "temperature"}
    full = body_of(ModelRequest((Message("user", "hi"),), tools=(READ,), schema={"type": "object"}, stop=("END",)))
    assert full["tools"][0] == {"type": "function", "function": {"name": "files_read", "description": "Read.", "parameters": SCHEMA}}
    assert full["response_format"]["type"] == "json_schema" and full["stop"] == ["END"] and "parallel_tool_calls" not in full


def test_strict_tools_where_openai_itself_is_asked() -> None:
    dialect = dialect_of("api.openai.com", "gpt-5-mini")
    function = build_tool(READ, dialect, NAMES)["function"]
    assert function["strict"] is True and set(function["parameters"]["required"]) == {"path", "mode", "lines"}
    anything = ToolSpec("x", "", {"type": "object", "properties": {"value": {"type": "object"}}})
    assert "strict" not in build_tool(anything, dialect, NAMES)["function"]
    body = body_of(ModelRequest((Message("user", "hi"),)), dialect)
    assert "max_completion_tokens" in body and "temperature" not in body and "max_tokens" not in body


def test_a_strict_schema_is_closed_and_allows_null_for_what_may_be_left_out() -> None:
    strict = strict_schema(SCHEMA)
    assert strict is not None and strict["additionalProperties"] is False and "minLength" not in json.dumps(strict)
    assert strict["properties"]["mode"] == {"type": ["string", "null"], "enum": ["a", "b", None], "description": "(default: a)"}
    item = strict["properties"]["lines"]["items"]
    assert item["additionalProperties"] is False and item["required"] == ["at", "text"]
    jsonschema.validate({"path": "p", "mode": None, "lines": None}, strict)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"path": "p"}, strict)


@pytest.mark.parametrize(
    "field",
    [
        {},
        {"type": "object"},
        {"type": "array"},
        {"type": "object", "properties": {}, "additionalProperties": True},
        {"oneOf": [{"type": "string"}]},
        {"not": {}},
        {"type": "object", "patternProperties": {}},
    ],
)
def test_what_strict_mode_cannot_say_is_left_as_it_is(field: dict[str, Any]) -> None:
    assert strict_schema({"type": "object", "properties": {"x": field}}) is None


@pytest.mark.parametrize(
    "field",
    [
        {"$ref": "#/$defs/thing"},
        {"const": 1},
        {"type": "string", "const": "a"},
        {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        {"type": ["string", "null"]},
        {"enum": ["a", 1]},
    ],
)
def test_any_field_may_be_null_where_it_may_be_left_out(field: dict[str, Any]) -> None:
    strict = strict_schema({"type": "object", "properties": {"x": field}, "$defs": {"thing": {"type": "string"}}})
    assert strict is not None
    jsonschema.validate({"x": None}, strict)


def test_a_plain_schema_has_only_keywords_that_all_know() -> None:
    schema = {
        "type": "object", "additionalProperties": False, "$schema": "x", "$defs": {"pair": {"type": "array", "items": {"type": "number", "multipleOf": 2}, "uniqueItems": True}},
        "properties": {
            "a": {"type": ["string", "null"], "pattern": "x", "format": "uri"}, "b": {"$ref": "#/$defs/pair"}, "c": {"const": 1}, "d": {"enum": [1, 2], "type": "integer"},
            "e": {"anyOf": [{"type": "integer", "exclusiveMinimum": 0}, {"type": "null"}]}, "f": {"oneOf": [{"type": "integer"}, {"type": "string"}]}, "g": {"type": "array"},
        }, "required": ["a"],
    }  # fmt: skip
    assert plain_schema(schema) == {
        "type": "object", "required": ["a"],
        "properties": {
            "a": {"type": "string", "nullable": True}, "b": {"type": "array", "items": {"type": "number"}}, "c": {"type": "string", "enum": ["1"]},
            "d": {"type": "string", "enum": ["1", "2"]}, "e": {"type": "integer", "nullable": True}, "f": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            "g": {"type": "array", "items": {"type": "string"}},
        },
    }  # fmt: skip
    endless = {"type": "object", "properties": {"x": {"$ref": "#/$defs/node"}}, "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}}}
    assert len(json.dumps(plain_schema(endless))) < 2000
    tool = build_tool(READ, dialect_of("generativelanguage.googleapis.com", "gemini-3-flash"), NAMES)
    assert "minLength" not in json.dumps(tool) and "default" not in json.dumps(tool)


def test_nulls_of_strict_mode_are_taken_out_again() -> None:
    value = {"path": "p", "mode": None, "lines": [{"at": 1, "text": None}], "unknown": None}
    assert drop_nulls(value, SCHEMA) == {"path": "p", "lines": [{"at": 1}], "unknown": None}
    assert drop_nulls({"path": None}, SCHEMA) == {"path": None}, "what is required is wrong, not left out"


async def test_nulls_stay_where_nothing_strict_was_sent() -> None:
    odd = OddServer()
    odd.replies["nulls"] = lambda wire: wire.call([piece('{"path": "p", "mode": null}', name="files_read")])
    with odd.run() as url:
        model = OpenAICompatibleModel("odd/nulls", "nulls", url, None)
        request, calls = ModelRequest((Message("user", "x"),), tools=(READ,)), []
        for is_strict in (False, True):
            model._dialect = Dialect(is_strict=is_strict)
            calls += [part.call.arguments async for part in model.stream(request) if isinstance(part, CallDelta)]
        await model.close()
    assert calls == [{"path": "p", "mode": None}, {"path": "p"}]
    assert [body["tools"][0]["function"].get("strict") for body in odd.bodies] == [None, True]


def test_without_a_system_role_its_words_stand_first() -> None:
    messages = build_messages([Message("system", "A"), Message("user", "B"), Message("user", "C")], Dialect(has_system=False), NAMES)
    assert messages == [{"role": "user", "content": "A\n\nB"}, {"role": "user", "content": "C"}]


@pytest.mark.parametrize(
    ("said", "learnt"),
    [
        ("Use 'max_completion_tokens' instead.", {"limit": "max_completion_tokens"}),
        ("Unrecognized request argument supplied: stream_options", {"without": frozenset({"stream_options"})}),
        ("'temperature' does not support 0", {"without": frozenset({"temperature"})}),
        ("System role not supported", {"has_system": False}),
        ("The reasoning_content in the thinking mode must be passed back to the API.", {"reasoning": "reasoning_content"}),
        ("json_schema is not supported", {"without": frozenset({"response_format"})}),
        ('Invalid JSON payload received. Unknown name "const" at tools[0]', {"is_plain": True}),
    ],
)
def test_a_refusal_teaches(said: str, learnt: dict[str, Any]) -> None:
    body = {"response_format": {}, "tools": [{}], "max_tokens": 5, "temperature": 0, "stream_options": {}, "stream": True}
    found = learn(Dialect(), ServerRefusal(400, said), body)
    assert found == Dialect(**learnt)
    assert found is not None and (learn(found, ServerRefusal(400, said), {}) is None), "and not a second time"


@pytest.mark.parametrize(("status", "said"), [(401, "temperature"), (400, "the model is not loaded"), (500, "out of memory")])
def test_other_refusals_teach_nothing(status: int, said: str) -> None:
    assert learn(Dialect(), ServerRefusal(status, said), {}) is None
    assert learn(Dialect(), ServerRefusal(500, "out of memory"), {"response_format": {}}) is None


async def test_thinking_goes_back_in_the_field_it_came_in() -> None:
    odd = OddServer()
    odd.replies["gpt-oss-20b"] = lambda wire: wire.send({"reasoning": "hm"}, {"content": "Hello"})
    with odd.run() as url:
        model = OpenAICompatibleModel("odd/gpt-oss-20b", "gpt-oss-20b", url, None)
        for _ in range(2):
            assert [part async for part in model.stream(ModelRequest(TURN, tools=(READ,)))]
        await model.close()
    first, second = (body["messages"][2] for body in odd.bodies)
    assert first["reasoning_content"] == second["reasoning"] == "I need a." and "reasoning_content" not in second


async def test_halves_of_letters_in_a_prompt_do_not_stop_it() -> None:
    odd = OddServer()
    with odd.run() as url:
        model = OpenAICompatibleModel("odd/cite", "cite", url, None)
        assert [part async for part in model.stream(ModelRequest((Message("user", "a file named \udcff"),)))]
        await model.close()
    assert odd.bodies[0]["messages"][0]["content"] == "a file named \ufffd"
