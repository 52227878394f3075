"""When a reply is held to a grammar: from its beginning to a schema, or from the marker of a call on to the tools that were offered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from core.calls.stream import CallSplitter
from core.messages import TextDelta, ToolSpec
from models.llama.call_shape import CallShape
from models.llama.constraint import Constraint, Grammars
from models.llama.grammar import bare_call_grammar, calls_grammar, pattern_grammar, schema_grammar
from models.thinking import ThinkSplitter

Wire = dict[str, Any]
_BARE = re.compile(r'\s*(?P<fence>```\w{0,12}\s*\n)?\s*\{\s*"name"\s*:\s*"(?P<name>[^"]+)"\s*,\s*"(?:arguments|parameters)"\s*:(?P<rest>.*)\Z', re.S)
_LONGEST_BARE = 400  # letters in which a call as plain JSON must have begun


class Holder:
    """Listens to one reply as it is written (:data:`models.llama.decode.Arm`). Thinking is free; calls in it are none."""

    def __init__(self, grammars: Grammars, tools: list[Wire], shape: CallShape | None, whole: str, opened: bool) -> None:
        """``whole`` is the grammar of the whole reply, empty where only calls are held."""
        self._grammars, self._tools, self._shape, self._grammar = grammars, tools, shape, whole
        self._thinking = ThinkSplitter(opened=opened)
        self._is_listening, self._said = bool(whole and opened) or bool(tools), ""
        self._calls = CallSplitter(specs(tools), (shape.marker,) if shape else ())

    @property
    def whole(self) -> Constraint | None:
        """What the reply is held to from its first token on."""
        return self._grammars.compile(self._grammar) if self._grammar and not self._is_listening else None

    def hear(self, text: str) -> Constraint | None:
        """More of the reply; what the rest is held to, once it must be."""
        if not text or not self._is_listening:
            return None
        return self._after_thinking(text) if self._grammar else self._after_marker(text)

    def _after_thinking(self, text: str) -> Constraint | None:
        """The answer proper begins: it is JSON."""
        said = _text(self._thinking.feed(text))
        self._is_listening = not said
        return self._begun(self._grammar, said) if said else None

    def _after_marker(self, text: str) -> Constraint | None:
        said = _text(self._thinking.feed(text))
        self._said = (self._said + said)[: _LONGEST_BARE + 1]
        for _ in self._calls.feed(said):
            pass
        if self._shape and self._calls.at_call:
            self._is_listening = False
            return self._begun(calls_grammar(self._tools, self._shape, self._grammars.literal), self._calls.after_marker) if self._grammars.usable else None
        return self._after_bare() if len(self._said) <= _LONGEST_BARE else None

    def _after_bare(self) -> Constraint | None:
        """The message began as a call in plain JSON of a tool that was offered: its arguments must fit, and there is one call."""
        match = _BARE.match(self._said)
        tool = next((tool["function"] for tool in self._tools if match and tool["function"]["name"] == match["name"]), None)
        if match is None or tool is None:
            return None
        self._is_listening = False
        return self._begun(bare_call_grammar(tool, "}\n```" if match["fence"] else "}"), match["rest"])

    def _begun(self, grammar: str, said: str) -> Constraint | None:
        """A constraint behind what has been written of it; None where that is no beginning of it."""
        constraint = self._grammars.compile(grammar)
        return constraint if constraint and constraint.accept_text(said) else None


def grammar_of(job: Wire) -> str:
    """The grammar that a job holds its whole reply to: JSON of a schema, or a pattern; empty where there is none."""
    if job.get("schema"):
        return schema_grammar(job["schema"])
    return pattern_grammar(job["pattern"]) if job.get("pattern") else ""


def specs(tools: Iterable[Wire]) -> list[ToolSpec]:
    """Tools as the core knows them."""
    return [ToolSpec(tool["function"]["name"], tool["function"].get("description") or "", tool["function"].get("parameters") or {}) for tool in tools]


def _text(parts: Iterable[Any]) -> str:
    return "".join(part.text for part in parts if isinstance(part, TextDelta))
