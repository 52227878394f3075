"""What a trained reader makes of a request: the kinds that it may be, and the words that are its operands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Span:
    """Words of a request. ``name`` is ``source`` (what is read or acted on), ``target`` (where the result goes), ``condition`` or ``literal``; ``start`` and ``end`` in letters."""

    name: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """``kinds`` has a chance for each kind of request; they add up to one. ``known`` is the share of its words that the reader's vocabulary has, 0 to 1."""

    kinds: dict[str, float]
    spans: tuple[Span, ...] = ()
    known: float = 1.0

    def rank_kinds(self) -> list[str]:
        """The kinds, the likeliest first."""
        return sorted(self.kinds, key=lambda kind: -self.kinds[kind])

    def chance(self, *kinds: str) -> float:
        """How likely it is one of these."""
        return sum(self.kinds.get(kind, 0.0) for kind in kinds)

    def texts(self, name: str) -> tuple[str, ...]:
        """The words of all spans of a name."""
        return tuple(span.text for span in self.spans if span.name == name)


class RequestReader(Protocol):
    """Reads requests; implemented outside core by a trained network."""

    def read(self, text: str, before: str = "") -> Reading:
        """What ``text`` is, where ``before`` was asked in the turn before."""
        ...
