"""How a template writes tool calls, found by rendering one and looking: what stands before the name, between, and behind.

Only calls whose arguments are JSON and that begin with a known marker have a shape; others are read, not held to a grammar.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from core.calls.markers import MARKERS, first_of
from models.llama.template import ChatTemplate

_COMPACT, _SPACED = (",", ":"), (", ", ": ")
_IDS = ("probe0001", "probe0002")
ID_PATTERN = "[a-zA-Z0-9]{9}"


@dataclass(frozen=True, slots=True)
class CallShape:
    """``marker`` + ``begin`` + name + ``middle`` + arguments + ``end``, and ``between`` two calls (None: one call a reply).

    ``separators`` are those of the arguments' JSON. ``end`` is cut where an id of nine letters and digits stands in it.
    """

    marker: str
    begin: str
    middle: str
    end: tuple[str, ...]
    between: str | None = None
    separators: tuple[str, str] = _SPACED


HERMES = CallShape("<tool_call>", '\n{"name": "', '", "arguments": ', ("}\n</tool_call>",), "\n")


def find_call_shape(template: ChatTemplate, eos: str) -> CallShape | None:
    """The template's own, Hermes' where calls are written for it, None where it is not known. ``eos``: the text that ends a turn."""
    if not template.traits.native:
        return HERMES
    one = _Probe(template, ("a",))
    if one.start < 0 or one.separators is None:
        return None
    marker, begin = one.marker, one.text[one.start + len(one.marker) : one.name]
    tail = one.text[one.behind(0) :]
    two = _Probe(template, ("a", "b"))
    between = two.text[two.behind(0) : two.text.find("probe_tool", two.behind(0))] if two.separators else ""
    end, gap = _end(tail, eos), None
    if between.endswith(marker + begin):
        closing = between[: -len(marker + begin)]
        end = _shared(tail, closing)
        gap = closing[len(end) :]
    return CallShape(marker, begin, one.text[one.name + len("probe_tool") : one.arguments], _parts(end), gap, one.separators)


def _end(tail: str, eos: str) -> str:
    return tail.partition(eos)[0].rstrip("\n") if eos else tail.rstrip("\n")


def _parts(end: str) -> tuple[str, ...]:
    return tuple(end.split(_IDS[0]))


class _Probe:
    """A rendered reply with calls, and where its pieces stand."""

    def __init__(self, template: ChatTemplate, values: tuple[str, ...]) -> None:
        before, self.text = template.probe(*values)
        self._values = values
        self.name = self.text.find("probe_tool", len(_shared(before, self.text)))
        self.start, self.marker = _last_marker(self.text[: self.name] if self.name > 0 else "")
        self.separators = next((pair for pair in (_SPACED, _COMPACT) if self._json(0, pair) in self.text), None)
        self.arguments = self.text.find(self._json(0, self.separators), self.name) if self.separators else -1

    def behind(self, number: int) -> int:
        """Where the arguments of a call end."""
        text = self._json(number, self.separators or _SPACED)
        return self.text.index(text, self.name) + len(text)

    def _json(self, number: int, separators: tuple[str, str]) -> str:
        return json.dumps({"probe_key": self._values[number]}, separators=separators)


def _last_marker(text: str) -> tuple[int, str]:
    found, at, marker = (-1, ""), *first_of(text, MARKERS)
    while at >= 0:
        found = (at, marker)
        at, marker = first_of(text, MARKERS, at + len(marker))
    return found


def _shared(left: str, right: str) -> str:
    """The beginning of both."""
    size = next((at for at, (one, other) in enumerate(zip(left, right, strict=False)) if one != other), min(len(left), len(right)))
    return left[:size]
