"""Yes or no in the terminal: nothing else is taken for a yes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.commands.output import agrees


def answers(monkeypatch: pytest.MonkeyPatch, *said: str) -> None:
    left: Iterator[str] = iter(said)

    def answer(prompt: str) -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", answer)


@pytest.mark.parametrize(
    ("said", "usual", "agreed"),
    [
        (("y",), False, True), (("Yes ",), False, True), (("n",), True, False), (("no",), True, False), (("",), True, True), (("",), False, False),
        (("what?", "n"), True, False), (("yes, but later", "y"), False, True), ((), True, False), (("what?",), True, False),
    ],
)  # fmt: skip
def test_only_yes_is_yes(monkeypatch: pytest.MonkeyPatch, said: tuple[str, ...], usual: bool, agreed: bool) -> None:
    answers(monkeypatch, *said)
    assert agrees("Save it?", usual) is agreed
