"""Replies that were cut and gone on with: one text, whatever comes twice at the seam."""

from __future__ import annotations

import pytest

from core.turn.act.seam import is_open, join
from core.turn.act.speech import Speech


@pytest.mark.parametrize(
    ("before", "text", "whole"),
    [
        ("The first is that the sea is", "blue and deep.", "The first is that the sea is blue and deep."),
        ("The first is that the sea is", " blue and deep.", "The first is that the sea is blue and deep."),
        ("The lamps of the harbour were", "the lamps of the harbour were lit.", "The lamps of the harbour were lit."),
        ("We went over the", "The sea was calm.", "We went over the sea was calm."),
        ("The sea was calm and the har", "bour was lit.", "The sea was calm and the harbour was lit."),
        ("The sea was calm and the har", "and  the Harbour was lit.", "The sea was calm and the harbour was lit."),
        ("The sea is blue and the gulls were loud in the", "The sea is blue and the lights were out.", "The sea is blue and the lights were out."),
        ("There are three. The first is that the sea is", "The first is that the sea looks blue.", "There are three. The first is that the sea looks blue."),
        ("- The invoice of November for A: 10", "- The invoice of November for B: 20", "- The invoice of November for A: 10\n- The invoice of November for B: 20"),
        ("It is good.", "Next comes the wind.", "It is good. Next comes the wind."),
        ("It costs 1", "2 euros", "It costs 12 euros"),
        ("Lieber Herr Mül", "ler, ich", "Lieber Herr Müller, ich"),
        ("return x +", "x + 1", "return x + 1"),
        ("the a", "and b", "the a and b"),
    ],
)
def test_what_comes_twice_stands_once_and_words_are_parted(before: str, text: str, whole: str) -> None:
    assert join(before, text) == whole


class Screen:
    """Text on a screen, as :class:`core.turn.text_sink.DeltaWriter` writes it."""

    def __init__(self) -> None:
        self.text, self.taken_away = "", 0

    def write(self, kind: str, text: str) -> None:
        self.text += text

    def event(self, kind: str, data: object) -> None:
        self.text, self.taken_away = "", self.taken_away + 1

    def flush(self) -> None: ...

    def drop(self) -> None: ...


@pytest.mark.parametrize(
    "text", ["the lamps of the harbour were lit one after another.", "lit one after another.", "The lamps of the harbour were lit one after another.", " lit one after another."]
)
def test_a_stream_that_goes_on_is_never_taken_back(text: str) -> None:
    screen = Screen()
    first = Speech(screen, lambda: None, may_hold_calls=True)
    first.feed("The sea was calm and the lamps of the harbour were")
    first.end(is_answer=True, is_cut=True)
    second = Speech(screen, lambda: None, may_hold_calls=True, goes_on=first)
    for place in range(0, len(text), 3):
        second.feed(text[place : place + 3])
    second.end(is_answer=True)
    assert screen.text == second.answer == "The sea was calm and the lamps of the harbour were lit one after another."
    assert not screen.taken_away


def test_how_it_is_joined_does_not_change_once_it_is_shown() -> None:
    before, text = "One. The sea is blue and the", "The sea is blue and then some more of it came, blue as before."
    settled = next(place for place in range(1, len(text)) if not is_open(before, text[:place]))
    assert all(join(before, text[:place]).startswith(join(before, text[:settled])) for place in range(settled, len(text)))
