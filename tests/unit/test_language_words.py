"""Words as requests and texts are compared: folded, stemmed, without those that every request has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.language.reading import Reading, Span
from core.language.words import STOP_WORDS, content_stems, fold, stem, words_of


@given(st.text(max_size=80))
def test_words_are_folded_and_hold_no_blank_and_no_mark(text: str) -> None:
    for word in words_of(text):
        assert word and "_" not in word and not any(letter.isspace() for letter in word)


@given(st.text(max_size=80))
def test_what_carries_something_are_stems_of_words_that_are_no_stop_words(text: str) -> None:
    stems = {stem(word) for word in words_of(text) if word not in STOP_WORDS}
    assert set(content_stems(text)) <= stems


@given(st.text(alphabet=st.characters(categories=["Ll"]), min_size=1, max_size=20))
def test_a_stem_is_never_empty_and_shares_its_beginning(word: str) -> None:
    found = stem(word)
    assert found and len(found) <= len(word) and word.startswith(found[:-1])
    assert len(word) < 4 or len(found) >= 3


@pytest.mark.parametrize(
    ("one", "other"),
    [("invoices", "invoice"), ("parties", "party"), ("letters", "letter"), ("deleted", "delete"), ("Rechnungen", "Rechnung"), ("receipts", "RECEIPT"), ("buses", "bus")],
)
def test_forms_of_one_word_are_the_same(one: str, other: str) -> None:
    assert content_stems(one) == content_stems(other) != []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("MyFile_2024-05", ["my", "file", "2024", "05"]),
        ("IMG12.jpg", ["img", "12", "jpg"]),
        ("careplan_pritchard.docx", ["careplan", "pritchard", "docx"]),
        ("ÜBERSICHT – März", ["übersicht", "märz"]),
        ("", []),
        ("…!?", []),
    ],
)
def test_names_are_parted_at_marks_digits_and_changes_of_case(name: str, words: list[str]) -> None:
    assert words_of(name) == words


def test_curly_and_straight_quotes_and_forms_of_letters_are_the_same() -> None:
    assert fold("Anna’s") == fold("ANNA'S") and fold("ﬁle") == "file" and fold("é") == fold("e\u0301")


def test_words_that_every_request_has_carry_nothing() -> None:
    assert content_stems("please show me what is in the file, and where the folders are") == []
    assert content_stems("bitte zeig mir, was in der Datei ist") == ["zeig"]
    assert content_stems("room 5 a") == ["room", "5"], "a digit says something, a letter does not"


def test_a_reading_ranks_its_kinds_and_gives_the_words_of_a_span() -> None:
    reading = Reading({"ask": 0.2, "find": 0.7, "chat": 0.1}, (Span("source", "lease.txt", 3, 12), Span("target", "out", 20, 23), Span("source", "b.txt", 30, 35)))
    assert reading.rank_kinds() == ["find", "ask", "chat"]
    assert reading.chance("ask", "chat", "unknown") == pytest.approx(0.3)
    assert reading.texts("source") == ("lease.txt", "b.txt") and reading.texts("literal") == ()
