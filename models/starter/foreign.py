"""Tools that the starter was not trained on, as they stand in its prompt: ``<|tool|> send message: send a text <|1:|> to <|2:|> text``.

The model answers with the first, second or third of them and spans for its parameters; what a span may be is up to the tool's schema.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.starter.frames import ASK, OUT, SLOTS, TOOL

MOST = 3  # tools in one prompt
PARAMETERS = [slot for slot in SLOTS if slot.isdigit()]
ABOUT_WORDS = 8


@dataclass(frozen=True, slots=True)
class Foreign:
    """What the prompt says of a tool: its name, what it is for, and its parameters (at most five) in order."""

    name: str
    about: str
    parameters: tuple[str, ...]


def words(name: str) -> str:
    """``getCurrent_weather`` as ``get current weather``."""
    return re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)).strip().lower()


def prompt(request: str, tools: tuple[Foreign, ...] = ()) -> list[tuple[bool, str]]:
    """What the model sees before it writes, as ``(is a mark, text)``."""
    found: list[tuple[bool, str]] = []
    for tool in tools[:MOST]:
        about = " ".join(words(tool.about).split()[:ABOUT_WORDS])
        found += [(True, TOOL), (False, f" {words(tool.name)}: {about}")]
        for slot, parameter in zip(PARAMETERS, tool.parameters, strict=False):
            found += [(True, f"<|{slot}:|>"), (False, f" {words(parameter)}")]
    return [*found, (True, ASK), (False, f" {request}"), (True, OUT)]
