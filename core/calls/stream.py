"""Tells tool calls from text while a reply streams, for models whose calls come as text.

Text is let go at once; what may be the beginning of a call's marker is held back. From a marker on nothing is text: the calls are read
once, at the end. A message that is nothing but JSON naming an offered tool is held whole. Thinking must be taken out before (models.thinking).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from core.calls.bare import may_become_bare, read_bare_calls
from core.calls.markers import CLOSERS, MARKERS, first_of, held_back
from core.calls.reader import Schemas, read_calls, schemas_of
from core.messages import CallDelta, TextDelta, ToolCall, ToolSpec

# what may follow a marker: a value, a tag, a name. Anything else was a sentence about markers.
_BEGINS = re.compile(r"[\[{<A-Za-z_]")
_FENCE = re.compile(r"\s*```[\w-]{0,12}\s*")
_QUOTES = "`\"'“‘«"
Piece = TextDelta | CallDelta


class CallSplitter:
    """Feed it the visible text of one reply; without tools everything is text."""

    def __init__(self, tools: Sequence[ToolSpec], markers: tuple[str, ...] = MARKERS) -> None:
        self._schemas: Schemas = schemas_of(tools)
        self._markers = markers if tools else ()
        self._held, self._sent = "", ""  # not yet let go; let go (to see whether a marker is quoted)
        self._from = 0  # where in ``_held`` a marker may be looked for
        self._marker = ""
        self._is_bare = bool(tools)  # so far the message may be nothing but calls

    @property
    def at_call(self) -> str:
        """The marker of the call that the reply is in, empty outside of one."""
        return self._marker

    @property
    def after_marker(self) -> str:
        """What has been written since the marker."""
        return self._held[len(self._marker) :] if self._marker else ""

    def feed(self, text: str) -> Iterator[TextDelta]:
        """The text that is certain to be text so far."""
        self._held += text
        while not self._marker and not self._stays_bare():
            at, marker = first_of(self._held, self._markers, self._from)
            if at < 0:
                certain = len(self._held) - held_back(self._held, self._markers)
                if certain == len(self._held) or not self._is_fence(certain):
                    yield from self._let_go(certain)
                return
            if self._is_quoted(at):
                yield from self._let_go(at + len(marker))
                continue
            if self._is_fence(at):
                self._held = self._held[at:]  # the block of code held nothing but the call
            yield from self._let_go(self._held.index(marker))
            self._marker = marker
        if self._marker and self.after_marker.strip() and not _BEGINS.match(self.after_marker.lstrip()):
            self._marker, self._from = "", len(self._marker)  # it was only spoken of
            yield from self.feed("")

    def end(self, cut: bool = False) -> Iterator[Piece]:
        """What was held back: text, or calls. ``cut``: the reply was broken off (:data:`core.messages.CUT`)."""
        held, self._held = self._held, ""
        if self._marker:
            yield from map(CallDelta, _marked(held, self._schemas, cut))
        elif calls := read_bare_calls(held, self._schemas) if self._is_bare else []:
            yield from map(CallDelta, calls)
        elif held:
            yield TextDelta(held)

    def _stays_bare(self) -> bool:
        self._is_bare = self._is_bare and may_become_bare(self._held, self._schemas.keys())
        return self._is_bare

    def _is_quoted(self, at: int) -> bool:
        """Whether a marker at ``at`` is shown rather than meant: in quotes, or in a block of code that is not the whole message."""
        before = self._sent + self._held[:at]
        if before[-1:] and before[-1] in _QUOTES and not before.endswith("```"):
            return True
        return before.count("```") % 2 == 1 and not _FENCE.fullmatch(before)

    def _is_fence(self, length: int) -> bool:
        """Whether the message begins with ``length`` letters that only open a block of code."""
        return not self._sent and bool(_FENCE.fullmatch(self._held[:length]))

    def _let_go(self, length: int) -> Iterator[TextDelta]:
        if length > 0:
            text, self._held, self._from = self._held[:length], self._held[length:], 0
            self._sent += text
            yield TextDelta(text)


def _marked(text: str, schemas: Schemas, cut: bool) -> list[ToolCall]:
    """The calls in ``text``, which begins with a marker; the last one is cut where the reply broke off inside it. Never empty."""
    calls = read_calls(text, schemas)
    if not calls:
        return [ToolCall(name_in(text, schemas), {}, cut=True)]
    if cut and not is_closed(text):
        last = calls[-1]
        calls[-1] = ToolCall(last.name, last.arguments, last.id, cut=True, extra=last.extra)
    return calls


def is_closed(text: str) -> bool:
    """Whether the last call in ``text`` is whole: it ends as calls of its kind do, or with a whole JSON value."""
    lead = text.rstrip()
    if lead.endswith(CLOSERS):
        return True
    begins = re.search(r"[\[{]", lead)
    if begins is None:
        return False
    try:
        _, end = json.JSONDecoder(strict=False).raw_decode(lead, begins.start())
    except (ValueError, RecursionError):
        return False
    return end == len(lead)


def name_in(text: str, schemas: Schemas) -> str:
    """The offered tool that ``text`` names first as a call does, empty where it names none."""
    places = [(match.start(), name) for name in schemas if (match := re.search(rf"(?<![\w.-])[\"']?{re.escape(name)}(?![\w-])", text))]
    return min(places, default=(0, ""))[1]
