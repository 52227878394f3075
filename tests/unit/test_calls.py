"""Tool calls out of what models write: families, damage, and what is no call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calls.literal import NoValue, read, read_all
from core.calls.reader import read_calls

SCHEMAS: dict[str, dict[str, Any]] = {
    "notes.add": {
        "type": "object",
        "properties": {
            "text": {"type": "string"}, "count": {"type": "integer"}, "urgent": {"type": "boolean"}, "tags": {"type": "array", "items": {"type": "string"}},
            "more": {"type": "object", "properties": {"at": {"type": "integer"}}}, "parameters": {"type": "array", "items": {"type": "integer"}},
        },
        "required": ["text"],
    },
    "now": {"type": "object", "properties": {}},
}  # fmt: skip
ARGS = {"text": 'a "b" <c>\nd', "count": 3, "urgent": True, "tags": ["x", "y'z"], "more": {"at": 1}}
BODY = json.dumps(ARGS)


def found(text: str) -> list[tuple[str, dict[str, Any]]]:
    return [(call.name, call.arguments) for call in read_calls(text, SCHEMAS)]


def tags(opening: str, closing: str) -> str:
    values = ARGS | {"urgent": "true", "tags": json.dumps(ARGS["tags"]), "more": json.dumps(ARGS["more"])}
    return "".join(opening.format(key=key) + str(value) + closing.format(key=key) for key, value in values.items())


FAMILIES = [
    f'<tool_call>{{"name": "notes.add", "arguments": {BODY}}}</tool_call><tool_call>{{"name": "now", "arguments": {{}}}}</tool_call>',
    f'[TOOL_CALLS]notes.add[ARGS]{BODY}[TOOL_CALLS]now[ARGS]{{}}',
    f'[{{"notes.add": {BODY}}}, {{"now": {{}}}}]',
    f'{{"name": "notes.add", "parameters": {BODY}}}; {{"name": "now", "parameters": {{}}}}<|eot_id|>',
    f"<function=notes.add>{BODY}</function><function=now>{{}}</function>",
    f"notes.add\n{BODY}>>>now\n{{}}<|eot_id|>",
    f"<|a_begin|>functions.notes.add:0<|a_argument|>{BODY}<|a_end|><|a_begin|>functions.now:1<|a_argument|>{{}}<|a_end|>",
    f"<tool_call>\n<function=notes.add>\n{tags('<parameter={key}>', '</parameter>')}</function>\n</tool_call><tool_call><function=now>\n</function></tool_call>",
    f"<x:tool_call><invoke name=\"notes.add\">{tags('<parameter name={key}>', '</parameter>')}</invoke><invoke name=\"now\">\n</invoke></x:tool_call>",
    f"<tool_call>notes.add\n{tags('<arg_key>{key}</arg_key><arg_value>', '</arg_value>')}</tool_call><tool_call>now\n</tool_call>",
    f"<｜Q｜calls><｜Q｜invoke name=\"notes.add\">{tags('<｜Q｜parameter name={key}>', '</｜Q｜parameter>')}</｜Q｜invoke><｜Q｜invoke name=\"now\"></｜Q｜invoke></｜Q｜calls>",
    f"<invoke name=\"notes.add\">{tags('<{key}>', '</{key}>')}</invoke><invoke name=\"now\"></invoke>",
    f"[notes.add({', '.join(f'{key}={value!r}' for key, value in ARGS.items())}), now()]",
    f"Thought: hm\nAction: notes.add\nAction Input: {BODY}\nThought: again\nAction: now\nAction Input: {{}}",
    repr([{"name": "notes.add", "arguments": ARGS}, {"tool": "now", "args": {}}]),
    json.dumps({"tool_calls": [{"id": "1", "function": {"name": "notes.add", "arguments": BODY}}, {"function": {"name": "now", "arguments": ""}}]}),
    f"<think>I might call shell(x=1) or {{so}}.</think>\n```json\n[{{\"name\": \"notes.add\", \"arguments\": {BODY}}},\n {{\"name\": \"now\"}}]\n```\nThere.",
]  # fmt: skip


@pytest.mark.parametrize("text", FAMILIES)
def test_families_are_read_alike(text: str) -> None:
    assert found(text) == [("notes.add", ARGS), ("now", {})]


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "notes.add", "arguments": {"text": "it\'s "good", they say", "count": 2,}}',
        "{name: 'notes.add', arguments: {text: 'it's \"good\", they say', count: 2}}",
        '{“name”: "notes.add", “arguments”: {“text”: "it\'s \\"good\\", they say", “count”: 2}}',
        '{"name": "notes.add", "arguments": {"text": "it\'s \\"good\\", they say", "count": 2}',
        '{"name": "notes.add", "arguments": "{\\"text\\": \\"it\'s \\\\\\"good\\\\\\", they say\\", \\"count\\": 2}"}',
        '{"tool_name": "notes.add", "text": "it\'s \\"good\\", they say", "count": 2}',
        '<|tool_call>call:notes.add{count:2,text:<|"|>it\'s "good", they say<|"|>}<tool_call|>',
    ],
)
def test_damage_is_mended(text: str) -> None:
    assert found(text) == [("notes.add", {"text": 'it\'s "good", they say', "count": 2})]


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "It is now (or never).", "I could use notes.add with {\"text\": \"x\"} but will not.", "You can call notes.add(text='x') yourself.", "```python\nprint(now())\n```",
        '{"name": "Bob", "age": 3}', '{"path": "now"}', "[TOOL_CALLS]", "{" * 5000, "[" * 5000, '<tool_call>{"name": "notes.add", "arguments": {"text": "unfinis', "<think>notes.add(text='x')",
        "The notes.add tool needs a text; now needs nothing.",
    ],
)  # fmt: skip
def test_what_is_no_call_is_none(text: str) -> None:
    assert found(text) == []


def test_a_call_that_a_text_quotes_stays_text() -> None:
    quoted = '<tool_call>{"name": "now", "arguments": {}}</tool_call>'
    assert found(json.dumps({"name": "notes.add", "arguments": {"text": quoted}})) == [("notes.add", {"text": quoted})]
    assert found(f"<function=notes.add><parameter=text>{quoted}</parameter></function>") == [("notes.add", {"text": quoted})]


def test_what_a_tag_says_of_its_type_goes_before_the_schema() -> None:
    text = '<invoke name="notes.add"><parameter name="text" string="false">[1]</parameter><parameter name="count" string="true">7</parameter></invoke>'
    assert found(text) == [("notes.add", {"text": [1], "count": "7"})]


def test_parameters_that_are_called_like_parts_of_the_format() -> None:
    assert found('<invoke name="notes.add"><text>x</text><parameters><item>1</item><item>2</item></parameters><tags></tags></invoke>') == [
        ("notes.add", {"text": "x", "parameters": [1, 2], "tags": []})
    ]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(VALUES)
def test_every_json_value_is_read_as_json_reads_it(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        assert read_all(text) == value


@given(VALUES)
def test_every_python_literal_is_read_as_python_reads_it(value: Any) -> None:
    assert read_all(repr(value)) == value


@given(st.text(alphabet="{}[]()<>\"'“”\\,:= \nab1_|/", max_size=80))
def test_nothing_makes_it_fail(text: str) -> None:
    assert isinstance(found(text + "now()" + text), list)
    try:
        read(text)
    except NoValue:
        pass
