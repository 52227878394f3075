"""Tools that the starter was not trained on, as they stand in its prompt: ``<|tool|> send message: send a text <|1:|> to <|2:|> text``.

The model answers with the first, second or third of them and spans for its parameters; what a span becomes is up to the tool's schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from core.messages import ToolSpec
from models.starter import amounts
from models.starter.frames import ASK, IT, OUT, SLOTS, TOOL, Frame

MOST = 3  # tools in one prompt
PARAMETERS = [slot for slot in SLOTS if slot.isdigit()]
ABOUT_WORDS = 8
INTENTS = tuple(f"tool{number}" for number in range(1, MOST + 1))
OWN = frozenset(  # families that the starter knows by heart, or leaves alone: they are not offered to it
    [
        "files",
        "documents",
        "archives",
        "notes",
        "calc",
        "units",
        "time",
        "system",
        "clipboard",
        "shell",
        "web",
        "open",
        "text",
        "memory",
        "schedule",
        "money",
        "browser",
        "windows",
        "screen",
        "caldav",
    ]
)
PROGRAMS = frozenset({"code"})  # a sentence is never taken for a program
BUILT_IN = OWN | {
    "tables",
    "images",
    "tasks",
    "calendar",
    "contacts",
    "device",
    "hardware",
    "code",
    "notify",
    "media",
    "network",
    "mail",
}  # of this program's own; a test keeps it true
_ON = {"on": True, "yes": True, "true": True, "enabled": True, "off": False, "no": False, "false": False, "disabled": False}
_EMPTY = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "for",
        "with",
        "by",
        "from",
        "at",
        "and",
        "or",
        "is",
        "it",
        "this",
        "that",
        "my",
        "your",
        "me",
        "you",
        "what",
        "which",
        "get",
        "set",
        "do",
    ]
)


class Missing(Exception):
    """A parameter that the tool must have and the request does not give; the text names tool and parameter."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """What the prompt says of a tool: its name, what it is for, and its parameters (at most five) in order; and its JSON schema."""

    name: str
    about: str
    parameters: tuple[str, ...]
    schema: dict[str, Any] = field(default_factory=dict, hash=False)


def words(name: str) -> str:
    """``getCurrent_weather`` as ``get current weather``."""
    return re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)).strip().lower()


def prompt(request: str, tools: Iterable[Foreign] = ()) -> list[tuple[bool, str]]:
    """What the model sees before it writes, as ``(is a mark, text)``."""
    found: list[tuple[bool, str]] = []
    for tool in tools:
        about = " ".join(words(tool.about).split()[:ABOUT_WORDS])
        found += [(True, TOOL), (False, f" {words(tool.name)}: {about}")]
        for slot, parameter in zip(PARAMETERS, tool.parameters, strict=False):
            found += [(True, f"<|{slot}:|>"), (False, f" {words(parameter)}")]
    return [*found, (True, ASK), (False, f" {request}"), (True, OUT)]


def offered(request: str, specs: Iterable[ToolSpec]) -> tuple[Foreign, ...]:
    """The tools of other makers that a request may mean, at most three: those whose words it shares, the nearest first."""
    tools = [_read(spec) for spec in specs if spec.name.partition(".")[0] not in OWN | PROGRAMS]
    said = _stems(request)
    common = {tool.name: len(said & _stems(f"{tool.name} {' '.join(tool.parameters)}")) * 2 + len(said & _stems(tool.about)) for tool in tools}
    ranked = sorted(tools, key=lambda tool: -common[tool.name])
    return tuple(ranked if len(ranked) <= MOST else [tool for tool in ranked if common[tool.name]][:MOST])


def call(frame: Frame, tools: tuple[Foreign, ...], said: str) -> tuple[str, dict[str, Any]]:
    """The call that a frame asks for; ``said`` stands in for what was named or found before.

    Raises :class:`Missing` where something that must be given is not, or is not of the kind that the schema wants.
    """
    tool = tools[INTENTS.index(frame.intent)]
    kinds, args = tool.schema.get("properties", {}), {}
    for slot, name in zip(PARAMETERS, tool.parameters, strict=False):
        if text := frame.get(slot):
            args[name] = said if text == IT else _value(_without_name(text, tool, name), kinds.get(name, {}))
    for name in tool.schema.get("required", ()):
        if args.get(name) in (None, ""):
            raise Missing(f"I would use {tool.name} for this, but the request does not say {words(name)}.")
    return tool.name, {name: value for name, value in args.items() if value is not None}


def _read(spec: ToolSpec) -> Foreign:
    properties, required = spec.parameters.get("properties", {}), spec.parameters.get("required", ())
    return Foreign(spec.name, spec.description, tuple(sorted(properties, key=lambda name: name not in required))[: len(PARAMETERS)], spec.parameters)


def _stems(text: str) -> set[str]:
    return {re.sub(r"(?:ing|s)$", "", word)[:5] for word in words(text).split() if word not in _EMPTY}


def _without_name(text: str, tool: Foreign, parameter: str) -> str:
    """A span without the words before it that only name the parameter or the thing: ``game 12`` is ``12`` where the parameter is ``game``."""
    naming = _stems(f"{parameter} {tool.name} {tool.about}")
    parts = text.split(" ")
    while len(parts) > 1 and (_stems(parts[0]) <= naming):
        parts = parts[1:]
    return " ".join(parts)


def _value(text: str, schema: dict[str, Any]) -> Any:
    """What a span is to a schema; None where it is nothing of the kind."""
    plain = text.strip().strip("\"'“”")
    if options := schema.get("enum"):
        return next((option for option in options if words(str(option)) == words(plain)), None)
    kind = schema.get("type", "string")
    if kind in ("integer", "number"):
        found = re.search(r"-?\d[\d,]*(?:\.\d+)?", plain)
        value = float(found[0].replace(",", "")) if found else next((amount for word in plain.split() if (amount := amounts.number(word)) is not None), None)
        return int(value) if value is not None and kind == "integer" else value
    if kind == "boolean":
        return _ON.get(plain.lower(), True)
    if kind == "array":
        return [_value(part, schema.get("items", {})) for part in re.split(r",\s*(?:and\s+)?|\s+and\s+", plain) if part]
    return plain
