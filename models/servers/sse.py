"""Server-sent events out of bytes.

Reading them here, and not through a library, is what shows ``[DONE]`` and a stream that just ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 16_000_000  # of one line; a server that sends more without an end of line is not speaking to us


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its ``name`` (empty where none was sent) and its ``data``."""

    name: str
    data: str


class EventReader:
    """Takes bytes as they arrive and gives events as soon as their end is there.

    LF, CRLF and CR, comments, a byte order mark, no space after the colon.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._name = ""
        self._data: list[str] = []
        self._first = True

    def feed(self, content: bytes) -> Iterator[ServerEvent]:
        """The events that are whole now; two line ends behind the last byte end the last one.

        Raises :class:`ValueError` for a line without end.
        """
        self._rest += content  # grows in place: a copy for each piece of a long line would hold up everything else
        if self._first and len(self._rest) >= 3:
            self._first = False
            if self._rest.startswith(b"\xef\xbb\xbf"):
                del self._rest[:3]
        if len(self._rest) > MOST_BYTES:
            raise ValueError("a line without end")
        if b"\n" not in content and b"\r" not in content:
            return
        rest = bytes(self._rest)
        held = b"\r" if rest.endswith(b"\r") else b""  # it may be the first half of CRLF
        lines = rest[: len(rest) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest = bytearray(lines.pop() + held)
        for line in lines:
            yield from self._line(line)

    def _line(self, raw: bytes) -> Iterator[ServerEvent]:
        if not raw:
            if self._data:
                yield ServerEvent(self._name, "\n".join(self._data))
            self._name, self._data = "", []
            return
        field, _, value = raw.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value
