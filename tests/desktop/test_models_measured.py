"""What the page Models says of a model beside its name: measured paces, ways of working, price."""

from __future__ import annotations

from typing import Any

import pytest

from app.desktop.pages.model_rows import WAYS, measured_text


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"reads_per_s": 180.4, "writes_per_s": 11.2, "ways": ["talk", "small tasks"]}, "reads 180 tokens/s · writes 11 tokens/s · talk, small tasks"),
        (
            {"writes_per_s": 5.0, "tool_score": {"passed": ["a", "b", "c", "d", "e"], "failed": ["f"]}, "ways": ["tools"]},
            "writes 5 tokens/s · acts step by step in tools: 5 of 6 · tools",
        ),
        ({"reads_per_s": None, "writes_per_s": None, "ways": ["simple requests"]}, "simple requests"),
        ({"ways": ["talk", "pictures", "of another version"], "price_in": 2.0, "price_out": 8.5}, "talk, pictures · $2 in, $8.5 out for a million tokens"),
        ({}, ""),
    ],
)
def test_what_is_known_is_said(qapp: Any, row: dict[str, Any], text: str) -> None:
    assert measured_text(row) == text


def test_every_way_that_a_model_can_take_has_words() -> None:
    from core.ports import ModelProfile
    from models.self_test import ways_of

    profiles = (ModelProfile("a", True, chats=False), ModelProfile("b", True, billions=1.0), ModelProfile("c", False, sees=True))
    assert {way for profile in profiles for way in ways_of(profile)} == set(WAYS)
