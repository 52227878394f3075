"""What is told beside an answer: the line of the terminal, and the footer of the window."""

from __future__ import annotations

import io
from typing import Any

import pytest

from app.client.answer_text import meta_line, money_text
from app.commands.run_printer import RunPrinter
from core.turn.model_calls import tokens_per_second

META: dict[str, Any] = {"model": "openai/gpt-6-sol", "local": False, "tokens_per_s": 41.6, "first_token_ms": 812.0, "cost_usd": 0.00314}


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({}, "openai/gpt-6-sol · 42 tokens/s · first word after 0.8 s · $0.0031"),
        ({"tokens_per_s": 3.24, "cost_usd": 0.0}, "openai/gpt-6-sol · 3.2 tokens/s · first word after 0.8 s"),
        ({"tokens_per_s": None, "first_token_ms": None, "cost_usd": None}, "openai/gpt-6-sol"),
    ],
)
def test_the_line_says_what_is_known(changed: dict[str, Any], line: str) -> None:
    assert meta_line({"meta": {**META, **changed}}) == line
    assert meta_line({"meta": {**META, "model": "m", "local": True}}).startswith("m · on this machine · 42 tokens/s")
    assert meta_line({"meta": None}) == meta_line({}) == ""


@pytest.mark.parametrize(("dollars", "text"), [(None, ""), (0.0, ""), (0.00000012, "under $0.0001"), (0.0031, "$0.0031"), (0.5, "$0.50"), (12.0, "$12.00")])
def test_money_has_two_digits_that_count(dollars: float | None, text: str) -> None:
    assert money_text(dollars) == text


@pytest.mark.parametrize(("tokens", "seconds", "pace"), [(101, 2.0, 50.0), (5, 1.0, None), (100, None, None), (100, 0.001, None)])
def test_a_pace_is_told_only_where_it_can_be(tokens: int, seconds: float | None, pace: float | None) -> None:
    assert tokens_per_second(tokens, seconds) == pace


def test_the_terminal_prints_one_line_beside_the_answer() -> None:
    out, err = io.StringIO(), io.StringIO()
    RunPrinter(out, err).end({"run_id": "r", "status": "done", "answer": "Because of the air.", "meta": META})
    assert out.getvalue() == "Because of the air.\n"
    assert err.getvalue() == "openai/gpt-6-sol · 42 tokens/s · first word after 0.8 s · $0.0031\n"
