"""Thinking told apart from text, wherever its tags are cut; letters that must not get through; events out of bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.messages import Part, ReasoningDelta, TextDelta, TextWithdrawn
from models import thinking
from models.cleaning import TextCleaner, clean_json, clean_text
from models.servers.sse import EventReader
from models.thinking import ThinkSplitter

CASES = [  # reply, text, thinking
    ("<think>first\nsecond</think>\n\nThe <b>answer</b>.", "The <b>answer</b>.", "first\nsecond"),
    ("<THINK>a</THINK>b", "b", "a"),
    ("<thinking>a</thinking>b", "b", "a"),
    ("<thought>a</thought> b", "b", "a"),
    ("[THINK]a[/THINK]b", "b", "a"),
    ("◁think▷a◁/think▷b", "b", "a"),
    ("<|START_THINKING|>a<|END_THINKING|>b", "b", "a"),
    ("<|channel>thought\na<channel|>b", "b", "\na"),
    ("Dear all,\n<reasoning>what else?</reasoning>\nbye", "Dear all,\nbye", "what else?"),
    ("So <think>hm</think>be it", "So be it", "hm"),
    ("hm, hm\n</think>\n\nb", "b", "hm, hm\n"),
    ('He said "hi"</think>b', "b", 'He said "hi"'),
    ("<think>a</think>\n</think>\nb", "b", "a"),
    ("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>", "b", "a"),
    ("<|start|>assistant<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>commentary<|message|>b<|end|>", "b", "a"),
    ("<|channel|>final<|message|>b", "b", ""),
    ("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>commentary<|message|>c<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>", "b", "ac"),
    ("<think>a <think>c</think> d</think>b", "b", "a <think>c</think> d"),
    ("<think>a <think> is said</think>b", "b", "a <think> is said</think>b"),
    ('<think type="x">a</think>b', "b", "a"),
    ("<|begin_of_thought|>a<|end_of_thought|><|begin_of_solution|>b<|end_of_solution|>", "b", "a"),
    ("<unused94>thought\na<unused95>b", "b", "\na"),
    ("<scratchpad>a</scratchpad>\n<final_answer>b</final_answer>", "b", "a"),
    ("<analysis>a</analysis>\n<output>b</output>", "b", "a"),
    ("Okay, here is b.", "Okay, here is b.", ""),
    ("I need to know more.", "I need to know more.", ""),
    ("Use `<think>` here", "Use `<think>` here", ""),
    ("Use `` `<think>` `` and `</think>`", "Use `` `<think>` `` and `</think>`", ""),
    ('Write "<think>" first', 'Write "<think>" first', ""),
    ('End it with "</think>" then', 'End it with "</think>" then', ""),
    ("```\n<think>\na\n</think>\n```\nb", "```\n<think>\na\n</think>\n```\nb", ""),
    ("~~~~\n```\n<think>\n~~~~\n<think>a</think>b", "~~~~\n```\n<think>\n~~~~\nb", "a"),
    ("The <reasoning>x</reasoning> element", "The <reasoning>x</reasoning> element", ""),
    ("a < b [1] <|x|> ◁ <thin", "a < b [1] <|x|> ◁ <thin", ""),
    ("  indented\n\n\n\nfar", "  indented\n\n\n\nfar", ""),
    ("<think></think>b", "b", ""),
    ("<reflection>a</reflection>\n<answer>b</answer>", "b", "a"),
    ("<think>a</think>\n\n<answer>\nb </answer> c", "b  c", "a"),
    ("hm\n</think>\n<output>b</output>", "b", "hm\n"),
    ("<answer>b</answer>", "b", ""),
    ("<think>a</think>b <answer>c</answer>", "b <answer>c</answer>", "a"),
    ("<think>a</think><answer>`</answer>` b</answer>", "`</answer>` b", "a"),
    ("The <reflection>x</reflection> element", "The <reflection>x</reflection> element", ""),
    ("", "", ""),
]


@pytest.fixture(autouse=True)
def nobody_is_remembered() -> None:
    thinking._closes_only.clear()


def split(text: str, size: int, model: str = "", whole: bool = True) -> tuple[str, str, int]:
    """Text, thinking, and how often text was withdrawn."""
    splitter = ThinkSplitter(model)
    parts: list[Part] = [part for at in range(0, len(text), size) for part in splitter.feed(text[at : at + size])] + list(splitter.end(whole))
    said, thought = "", ""
    for part in parts:
        said = "" if isinstance(part, TextWithdrawn) else said + part.text if isinstance(part, TextDelta) else said
        thought += part.text if isinstance(part, ReasoningDelta) else ""
    return said, thought, sum(isinstance(part, TextWithdrawn) for part in parts)


@pytest.mark.parametrize(("reply", "text", "thought"), CASES)
def test_thinking_is_told_apart_wherever_the_tags_are_cut(reply: str, text: str, thought: str) -> None:
    for size in range(1, len(reply) + 1):
        assert split(reply, size)[:2] == (text, thought), f"pieces of {size}"


PIECES = [
    *thinking.WRAPPERS,
    *thinking.WRAPPERS.values(),
    *thinking.PAIRS,
    *thinking.PAIRS.values(),
    *thinking.HEADS,
    *thinking.ENDS,
    "<|message|>",
    "analysis",
    "final",
    "a",
    " ",
    "\n",
    "`",
    "```",
    '"',
    "<",
    "[",
    "b.",
]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), st.integers(1, 9))
@settings(max_examples=1000, deadline=None)
def test_a_reply_is_the_same_however_it_is_cut(text: str, size: int) -> None:
    assert split(text, size) == split(text, len(text) or 1)


@given(st.text(alphabet="abc \n`#*_.-", max_size=80))
def test_nothing_is_lost_where_there_are_no_tags(text: str) -> None:
    assert split(text, 3) == (text if text.strip() else "", "", 0)


def test_text_is_not_held_longer_than_a_tag_may_begin() -> None:
    splitter = ThinkSplitter()
    assert [list(splitter.feed(piece)) for piece in ("Hello", " a <", "b", " [0", "]")] == [
        [TextDelta("Hello")], [TextDelta(" a ")], [TextDelta("<b")], [TextDelta(" [0")], [TextDelta("]")],
    ]  # fmt: skip
    assert list(splitter.feed("<thi")) == [] and list(splitter.feed("s>")) == [TextDelta("<this>")]


def test_thinking_that_was_cut_off_stays_thinking() -> None:
    assert split("<think>long thoughts", 4, whole=False) == ("", "long thoughts", 0)
    assert split("<think>only this", 4, whole=True)[0] == ""


def test_a_tag_in_prose_without_an_end_is_text_again() -> None:
    assert split("Put <think> before it.", 5)[0] == "Put <think> before it."


def test_a_call_in_a_channel_is_left_for_who_reads_calls() -> None:
    call = "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}"
    assert split(f"<|channel|>analysis<|message|>a<|end|><|start|>assistant{call}<|call|>", 6)[:2] == (f"<|channel|>assistant{call}", "a")


ODD = "hm, hm\n</think>\n\nHello"


def test_a_habit_is_remembered_and_forgotten() -> None:
    for _ in range(thinking.HABIT):
        assert split(ODD, 4, "m") == ("Hello", "hm, hm\n", 1)
    for _ in range(3):
        assert split(ODD, 4, "m") == ("Hello", "hm, hm\n", 0), "nothing is shown as text that has to be taken back"
    assert split(ODD, 4, "other") == ("Hello", "hm, hm\n", 1)
    assert split("hm, hm, cut of", 4, "m", whole=False) == ("", "hm, hm, cut of", 0)
    assert split("Just text", 4, "m")[0] == "Just text" and split("Just text", 4, "m") == ("Just text", "", 0)
    assert split(ODD, 4, "m")[2] == 1


@pytest.mark.parametrize("reply", ["Just text", "<think>a</think>b", "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b"])
def test_one_odd_reply_spoils_no_other(reply: str) -> None:
    alone = split(reply, 4, "other")
    split(ODD, 4, "m")
    splitter = ThinkSplitter("m")
    assert "Just" not in reply or list(splitter.feed("Just")) == [TextDelta("Just")]
    assert split(reply, 4, "m") == alone


def test_a_channel_is_followed_also_where_thinking_was_expected() -> None:
    for _ in range(thinking.HABIT):
        split(ODD, 4, "m")
    for size in (1, 4, 200):
        assert split("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b", size, "m", whole=False) == ("b", "a", 0)


def test_a_prompt_may_open_the_thinking() -> None:
    splitter = ThinkSplitter(opened=True)
    assert [*splitter.feed("hm</think>b"), *splitter.end()] == [ReasoningDelta("hm"), TextDelta("b")]


def test_letters_that_must_not_get_through() -> None:
    assert clean_text("a\0b\x1b[31mc\x9b\r\n\td\ud800e🎉\x7f") == "abc\n\td\ufffde🎉"
    assert clean_json({"k\0": ["\ud83d", 1, None, {"x": "\b"}]}) == {"k": ["\ufffd", 1, None, {"x": ""}]}


@given(st.text(alphabet=[*"ab[31m;", "\x1b", "\0", "\ud83c", "\udf89", "\n"], max_size=30), st.integers(1, 5))
def test_cleaning_is_the_same_however_a_text_is_cut(text: str, size: int) -> None:
    cleaner = TextCleaner()
    assert "".join(cleaner.feed(text[at : at + size]) for at in range(0, len(text), size)) + cleaner.end() == clean_text(text)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_events_are_read_from_any_bytes(end: bytes) -> None:
    lines = [b"\xef\xbb\xbfevent: a", b"data: one", b"data:two", b"", b": a comment", b"", b"data: \xc3\xa9 \xe2\x80\xa8 \xff", b"id: 7", b"", b"data: last"]
    content = end.join(lines)
    for size in range(1, len(content) + 1):
        reader = EventReader()
        pieces = [content[at : at + size] for at in range(0, len(content), size)] + [b"\n\n"]
        events = [(event.name, event.data) for piece in pieces for event in reader.feed(piece)]
        assert events == [("a", "one\ntwo"), ("", "é \u2028 \ufffd"), ("", "last")], f"pieces of {size}"


@pytest.mark.parametrize("begun", ["I should think first about it.", "Okay, the user wants a colour.\n\nSo blue.", "Let me think about b.", "Hmm, we need to answer."])
@pytest.mark.parametrize("size", [1, 4, 500])
def test_what_begins_like_thinking_waits_for_its_end(begun: str, size: int) -> None:
    thinking._closes_only.clear()
    reply = f"{begun}\n</think>\nBlue."
    splitter = ThinkSplitter("a model")
    parts = [part for place in range(0, len(reply), size) for part in splitter.feed(reply[place : place + size])] + list(splitter.end(whole=True))
    assert "".join(part.text for part in parts if isinstance(part, TextDelta)) == "Blue."
    assert not any(isinstance(part, TextWithdrawn) for part in parts)


def test_other_words_are_let_go_at_once() -> None:
    splitter = ThinkSplitter("a model")
    assert [part.text for part in splitter.feed("The sea ")] == ["The sea "]
    splitter = ThinkSplitter("a model")
    assert "".join(part.text for part in splitter.feed("Okay, here is what I found")) == "Okay, here is what I found"
