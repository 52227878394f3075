"""Bytes of tokens as text that can be sent: whole letters only, and nothing from a stop string on."""

from __future__ import annotations

import codecs

from core.calls.markers import first_of, held_back


class TextWriter:
    """Feed it bytes; ``stopped`` once a stop string was written. Nothing of a stop string is ever returned."""

    def __init__(self, stops: tuple[str, ...] = ()) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace")
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.stopped = False

    def feed(self, data: bytes) -> str:
        """The text that is certain so far."""
        if self.stopped:
            return ""
        self._held += self._decode.decode(data)
        at, stop = first_of(self._held, self._stops)
        if stop:
            self.stopped, text, self._held = True, self._held[:at], ""
            return text
        keep = held_back(self._held, self._stops)
        text, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return text

    def end(self) -> str:
        """What was held back."""
        text, self._held = self._held + ("" if self.stopped else self._decode.decode(b"", True)), ""
        return text
