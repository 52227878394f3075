"""Calls told apart from text while a reply streams, wherever the stream is cut into pieces."""

from __future__ import annotations

import pytest

from core.calls.stream import CallSplitter
from core.messages import CallDelta, TextDelta, ToolCall, ToolSpec

PATH = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
TOOLS = (ToolSpec("files_read", "", PATH), ToolSpec("now", "", {"type": "object", "properties": {}}))
CALL = '{"name": "files_read", "arguments": {"path": "a.md"}}'
READ = ToolCall("files_read", {"path": "a.md"})


def split(text: str, cut: bool = False, tools: tuple[ToolSpec, ...] = TOOLS) -> tuple[str, list[ToolCall]]:
    """The same text and calls for every size of pieces."""
    found = []
    for size in (*range(1, 14), len(text) or 1):
        splitter = CallSplitter(tools)
        parts = [part for at in range(0, len(text), size) for part in splitter.feed(text[at : at + size])] + list(splitter.end(cut))
        found.append(("".join(part.text for part in parts if isinstance(part, TextDelta)), [part.call for part in parts if isinstance(part, CallDelta)]))
    assert all(one == found[0] for one in found), found
    return found[0]


@pytest.mark.parametrize(
    "written",
    [
        f"<tool_call>\n{CALL}\n</tool_call>",
        f"<tool_call>\n{CALL[:-1]}",  # the last bracket is missing, as small models do
        f"```xml\n<tool_call>\n{CALL}\n</tool_call>\n```",
        f"[TOOL_CALLS] [{CALL}]",
        f"<|python_tag|>{CALL.replace('arguments', 'parameters')}",
        f"<|tool_call|>[{CALL}]",
        '<|tool_call_start|>[files_read(path="a.md")]<|tool_call_end|>',
        "<function=files_read><parameter=path>a.md</parameter></function>",
        "<tool_call>files_read\n<arg_key>path</arg_key>\n<arg_value>a.md</arg_value>\n</tool_call>",
        '<|channel|>commentary to=functions.files_read <|constrain|>json<|message|>{"path": "a.md"}<|call|>',
        '<|tool_call>call:files_read{path:<|"|>a.md<|"|>}<tool_call|>',
        '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>files_read\n```json\n{"path": "a.md"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        CALL,
        f"```json\n{CALL}\n```",
        '[files_read(path="a.md")]',
    ],
)
def test_each_family_s_way_to_call_is_read(written: str) -> None:
    assert split(written) == ("", [READ])


def test_text_before_a_call_streams_and_parallel_calls_keep_their_order() -> None:
    one = f"<tool_call>\n{CALL}\n</tool_call>"
    assert split(f"I look.\n{one}\n{one.replace('a.md', 'b.md')}") == ("I look.\n", [READ, ToolCall("files_read", {"path": "b.md"})])
    splitter = CallSplitter(TOOLS)
    assert [part.text for part in splitter.feed("I look.\n<tool")] == ["I look.\n"]
    assert not list(splitter.feed("_call>\n{")) and splitter.at_call == "<tool_call>" and splitter.after_marker == "\n{"


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "Bob", "arguments": {"x": 1}}',
        '{"total": 12}',
        f"{CALL} is how a call looks.",
        f"See:\n```\n<tool_call>\n{CALL}\n</tool_call>\n```\ndone",
        "Use `<tool_call>` for that, or <tool_call>? Yes.",
        "[1] first, [x](y) second, a < b",
        "f(x) = {y | y > <tool}",
        "",
    ],
)
def test_whatever_else_it_holds_text_is_text(text: str) -> None:
    assert split(text) == (text, [])


@pytest.mark.parametrize("cut", [True, False])
@pytest.mark.parametrize("written", [f"<tool_call>\n{CALL[:-6]}", CALL[:-6], "<tool_call>\n<<files_read"])
def test_a_call_that_cannot_be_read_is_cut_and_named_where_it_names_a_tool(written: str, cut: bool) -> None:
    text, (call,) = split(written, cut)
    assert call.cut and call.name == "files_read" and not text


def test_a_broken_off_reply_cuts_the_last_call_only_where_that_is_open() -> None:
    _, whole = split(f"<tool_call>\n{CALL}", cut=True)
    assert whole == [READ]
    _, (first, second) = split(f'<tool_call>\n{CALL}\n</tool_call>\n<tool_call>\n{{"name": "now", "arguments": {{', cut=True)
    assert first == READ and second.cut and second.name == "now"


def test_without_tools_everything_is_text() -> None:
    assert split(f"<tool_call>\n{CALL}\n</tool_call>", tools=())[1] == []


def test_calls_as_plain_json_that_break_off_end_with_a_cut_one() -> None:
    text, (first, second) = split(f'{CALL}\n{{"name": "now", "arguments": {{"a', cut=True)
    assert (text, first) == ("", READ) and second.cut and second.name == "now"
    assert split(f'{CALL}\n{{"name": "Bob", "arguments": {{"a', cut=True)[1] == []
