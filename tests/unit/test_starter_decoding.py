"""The mask: only known intents, their slots in order, spans of the request to the letter; unknown words are copied whole."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from models.starter.decoding import Decoder
from models.starter.frames import END, IT, special_tokens


class Letters:
    """A vocabulary of the marks, single characters and a few longer pieces."""

    def __init__(self) -> None:
        self.texts = [*special_tokens(), *(chr(code) for code in range(32, 127)), " zyx", " to", "move"]
        self.ids = {text: token for token, text in reversed(list(enumerate(self.texts)))}

    def encode(self, text: str) -> list[int]:
        return [self.ids[letter] for letter in text]


def decode(request: str, wanted: list[str | dict[str, float]], rest: float = -20.0, tools: tuple[Any, ...] = ()) -> dict[str, Any]:
    """What comes out when the model wants these tokens one after the other (a name, or several with log-probabilities)."""
    vocabulary, turn = Letters(), iter(wanted)

    def logits(tokens: list[int], kept: int) -> Any:
        scores = numpy.full(len(vocabulary.texts), rest)
        want = next(turn, END)
        for text, score in (want if isinstance(want, dict) else {want: 0.0}).items():
            scores[vocabulary.ids[text]] = score
        return scores

    return Decoder(vocabulary, logits).decode(request, tools)


def test_a_span_is_copied_to_the_letter_and_ends_where_a_word_ends() -> None:
    found = decode("move a.b to c", ["<|move|>", "<|o:|>", " ", "a", ".", "b", "<|t:|>", " ", "c", END])
    assert found["frames"] == [("move", {"o": "a.b", "t": "c"})] and found["probability"] > 0.99
    cut = decode("read chapter", ["<|read|>", "<|n:|>", " ", "c", END, END, END, END, END, END, END])
    assert cut["frames"] == [("read", {"n": "chapter"})]  # the end was wanted after the first letter


def test_what_is_not_in_the_request_cannot_come_out() -> None:
    found = decode("read a", ["<|read|>", "<|n:|>", " ", "z", END])
    assert found["frames"] == [("read", {"n": "a"})]


def test_slots_come_in_their_order_and_only_their_own() -> None:
    found = decode("move a to b", ["<|move|>", "<|t:|>", " ", "b", {"<|o:|>": 0.0, END: -1.0}])
    assert found["frames"] == [("move", {"t": "b"})]


def test_a_word_the_model_has_never_met_is_copied_whole() -> None:
    found = decode("read zyx", ["<|read|>", "<|n:|>", {" zyx": -9.0, " ": -9.5}, END])
    assert found["frames"] == [("read", {"n": "zyx"})]
    inside = decode("read qzyx", ["<|read|>", "<|n:|>", " ", "q", {"7": -0.1}, {"7": -0.1}, {"7": -0.1}, END])
    assert inside["frames"] == [("read", {"n": "qzyx"})] and inside["probability"] > 0.9


def test_it_stands_for_what_was_before() -> None:
    assert decode("zip it", ["<|zip|>", "<|o:|>", IT, END])["frames"] == [("zip", {"o": IT})]


def test_several_frames_and_the_guesses_for_the_first() -> None:
    found = decode("a b", [{"<|read|>": -0.1, "<|list|>": -2.0, "<|big|>": -3.0}, "<|n:|>", " ", "a", "<|disk|>", END])
    assert [intent for intent, _ in found["frames"]] == ["read", "disk"] and [intent for intent, _ in found["guesses"]][:3] == ["read", "list", "big"]


def test_where_it_is_not_certain_the_second_choice_is_followed_to_its_end_too() -> None:
    vocabulary = Letters()
    likely = {
        (): {"<|list|>": -0.6, "<|read|>": -0.9},
        ("<|list|>",): {END: 0.0},
        ("<|read|>",): {"<|n:|>": 0.0},
        ("<|read|>", "<|n:|>"): {" ": 0.0},
        ("<|read|>", "<|n:|>", " "): {"a": 0.0},
    }
    made: list[str] = []
    asked: list[int] = []

    def logits(tokens: list[int], kept: int) -> Any:
        if kept == 0:
            asked[:], made[:] = tokens, []
        else:
            made[:] = [*(made if kept < 0 else made[: kept - len(asked)]), *(vocabulary.texts[token] for token in tokens)]
        scores = numpy.full(len(vocabulary.texts), -20.0)
        for text, score in likely.get(tuple(made), {END: 0.0}).items():
            scores[vocabulary.ids[text]] = score
        return scores

    found = Decoder(vocabulary, logits).decode("read a")
    assert found["frames"] == [("list", {})] and found["total"] == pytest.approx(-0.6)
    assert found["others"] == [[[("read", {"n": "a"})], pytest.approx(numpy.exp(-0.9)), pytest.approx(-0.9)]]
    likely[()] = {"<|list|>": -0.01, "<|read|>": -0.9}
    assert Decoder(vocabulary, logits).decode("read a")["others"] == []  # it is certain


@pytest.mark.parametrize("request_", ["a" * 500, "x " * 400])
def test_a_request_that_is_too_long_gives_nothing(request_: str) -> None:
    assert decode(request_, [])["frames"] == []


def test_marks_in_a_request_are_letters() -> None:
    found = decode("<|move|>", ["<|read|>", "<|n:|>", " ", "<", "|", "m", "o", "v", "e", "|", ">", END])
    assert found["frames"] == [("read", {"n": "<|move|>"})]


def test_a_tool_of_another_maker_is_chosen_only_where_it_is_offered_and_has_only_its_own_parameters() -> None:
    wanted: list[str | dict[str, float]] = [{"<|tool2|>": 0.0, "<|tool1|>": -1.0, "<|big|>": -2.0}, {"<|3:|>": 0.0, "<|2:|>": -1.0}, " ", "b", END]
    tools = (("t.one", "the first", ["x"]), ("t.two", "the second", ["x", "y"]))
    assert decode("a b", wanted, tools=tools)["frames"] == [("tool2", {"2": "b"})]
    assert decode("a b", wanted[:1] + [{"<|1:|>": 0.0}, " ", "b", END], tools=tools[:1])["frames"] == [("tool1", {"1": "b"})]
    assert decode("a b", [wanted[0], END])["frames"] == [("big", {})]
