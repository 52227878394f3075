"""How long a text is to be, and the form that was asked for, kept by code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.turn.small.forms import keep_form
from core.turn.small.lengths import Length, find_length, split_sentences

WORDS = st.text("abcdefgh", min_size=2, max_size=8)
SENTENCES = st.lists(st.lists(WORDS, min_size=1, max_size=9).map(lambda words: " ".join(words).capitalize() + "."), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "most", "unit"),
    [
        ("Summarise lease.txt in two sentences", 2, "sentences"),
        ("at most 50 words please", 50, "words"),
        ("give me three bullet points", 3, "lines"),
        ("5 lines max", 5, "lines"),
        ("a one-paragraph summary", 1, "paragraphs"),
        ("in ten words or less", 10, "words"),
        ("no more than 3 short sentences", 3, "sentences"),
        ("an 80-word summary", 80, "words"),
        ("a four-lined poem", 4, "lines"),
    ],
)
def test_a_length_is_read(text: str, most: int, unit: str) -> None:
    found = find_length(text)
    assert found is not None and (found.most, found.unit) == (most, unit) and found.said in text


@pytest.mark.parametrize("text", ["", "Summarise lease.txt", "how many words has it?", "delete the third line", "in two weeks"])
def test_a_request_without_a_length_has_none(text: str) -> None:
    assert find_length(text) is None


@given(SENTENCES, st.integers(1, 8), st.sampled_from(["sentences", "words"]))
def test_a_cut_of_sentences_never_exceeds_and_is_the_beginning(sentences: list[str], most: int, unit: str) -> None:
    text, length = " ".join(sentences), Length(most, unit, "")  # type: ignore[arg-type]
    cut = length.cut(text)
    assert cut and length.fits(cut) and text.startswith(cut)
    if length.fits(text):
        assert cut == text
    if unit == "sentences":
        assert cut == " ".join(sentences[:most])


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=30), max_size=15), st.integers(1, 6), st.sampled_from(["lines", "paragraphs"])
)
def test_a_cut_of_lines_and_paragraphs_never_exceeds(parts: list[str], most: int, unit: str) -> None:
    text, length = ("\n" if unit == "lines" else "\n\n").join(parts), Length(most, unit, "")  # type: ignore[arg-type]
    cut = length.cut(text)
    assert length.fits(cut)
    kept = [part for part in parts if part.strip()][:most]
    assert [line for line in cut.split("\n") if line.strip()] == kept


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Mr. Smith came. He left at 3.5 p.m. and went home. Done!", 3),
        ("A. B. Miller wrote it. Then? Yes.", 3),
        ("Über alles. Äpfel fallen.", 2),
        ("Hello world", 1),
        ('He said "no." Then he left.', 2),
        ("", 0),
        ("   ", 0),
    ],
)
def test_sentences_are_told_apart(text: str, count: int) -> None:
    assert len(split_sentences(text)) == count == Length(9, "sentences", "").count(text)


@pytest.mark.parametrize(
    ("text", "request_", "kept"),
    [
        ("- 2024-05-01\n- 2023-01-02\n- 2024-05-01", "all dates, one per line, earliest first", "2023-01-02\n2024-05-01"),
        ("2023-01-02, 2024-05-01", "one a line, newest first", "2024-05-01\n2023-01-02"),
        ("- 2024-05-01\n- 2023-01-02\n- 2024-05-01", "one per line", "2024-05-01\n2023-01-02"),
        ("1. Anna\n2. Ben", "one to a line", "Anna\nBen"),
        ("* Anna\n\n* Ben\n", "each on its own line", "Anna\nBen"),
        ("Anna, Ben, Carl.", "one per line", "Anna\nBen\nCarl"),
    ],
)
def test_one_thing_a_line_is_kept(text: str, request_: str, kept: str) -> None:
    assert keep_form(text, request_) == kept


@given(st.text(max_size=80))
def test_a_text_stays_as_it_is_where_no_form_is_asked_for(text: str) -> None:
    assert keep_form(text, "write me a summary") == text


@given(st.text(max_size=80))
def test_a_form_is_kept_twice_as_once(text: str) -> None:
    once = keep_form(text, "one per line, earliest first")
    assert all(line.strip() for line in once.splitlines()) or not once
