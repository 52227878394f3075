"""Calls that a model began in its text and did not end."""

from __future__ import annotations

import pytest

from core.calls.begun import find_begun_call

TOOLS = {"files_write": {"type": "object", "properties": {"path": {"type": "string"}, "text": {"type": "string"}}}}


@pytest.mark.parametrize(
    "text",
    [
        'I will.\n<tool_call>\n{"name": "files_write", "arguments": {"path": "a", "text": "Roses', "<function=files_write>\n<parameter=path>a", "<tool_call>", "Yes.\n<tool_c",
        '[TOOL_CALLS]files_write{"path": "a', '{"name": "files_write", "arguments": {"path": "a', '<|tool_call|>[{"name": "files_write", "arg',
    ],
)  # fmt: skip
def test_a_begun_call_is_found(text: str) -> None:
    assert find_begun_call(text, TOOLS, is_cut=True) is not None


@pytest.mark.parametrize(
    "text",
    [
        "In a prompt, `<tool_call>` opens a call.", "Like so:\n```\n<tool_call>\n{\n", "<tool_call> is a tag that opens a call.", 'See {"name": "x"} and <b>', "I mean <tool", "",
        '<tool_call>\n{"name": "files_write", "arguments": {}}\n</tool_call>',
    ],
)  # fmt: skip
def test_what_is_spoken_of_or_whole_is_none(text: str) -> None:
    assert find_begun_call(text, TOOLS, is_cut=True) is None


def test_a_whole_reply_may_begin_one_too() -> None:
    assert find_begun_call('<tool_call>\n{"name": "files_write", "arguments": {"path": "a', TOOLS, is_cut=False) == (0, "files_write")
    assert find_begun_call("The sign is <tool_c", TOOLS, is_cut=False) is None
