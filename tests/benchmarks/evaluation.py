"""Deskhand's parts under the names that the evaluation kit's scripts take: ``evaluation:parse`` and so on."""

from __future__ import annotations

from typing import Any

from core.calls.reader import read_calls, schemas_of


def parse(text: str, tools: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The calls in a model's text."""
    return [{"name": call.name, "arguments": call.arguments} for call in read_calls(text, schemas_of(tools))]
