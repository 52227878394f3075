"""What is known of a model behind an API before it is asked: the catalogue's facts, over which the person's own settings go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.catalog import CloudProfile


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens. ``cached`` is the share of ``read`` that tokens kept by the service cost, ``kept`` that of tokens put there.

    A prompt longer than ``long_from`` tokens costs ``long_in`` and ``long_out`` times as much (0: never).
    """

    read: float = 0.0
    written: float = 0.0
    cached: float = 1.0
    kept: float = 1.0
    long_from: int = 0
    long_in: float = 1.0
    long_out: float = 1.0

    def cost(self, prompt: int, written: int, cached: int = 0, kept: int = 0) -> float:
        """US dollars of one request; ``prompt`` counts ``cached`` and ``kept`` tokens too."""
        times_in, times_out = (self.long_in, self.long_out) if 0 < self.long_from < prompt else (1.0, 1.0)
        read = prompt - cached - kept + cached * self.cached + kept * self.kept
        return (read * self.read * times_in + written * self.written * times_out) / 1e6


UNKNOWN = CloudProfile(id="", family="", name="", maker="", licence="", context=0, grade=0.0, provider="", price_in=0.0, price_out=0.0)


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One model at one server: its ``profile`` of the catalogue (:data:`UNKNOWN`: there is none), and what the person's settings put over that.

    ``context`` in tokens, 0: not known; ``wished_effort`` of thinking, empty: its own; ``vision``: it sees pictures, None: not known.
    """

    profile: CloudProfile = UNKNOWN
    context: int = 0
    price: Price = Price()
    wished_effort: str = ""
    vision: bool | None = None

    @property
    def effort(self) -> str:
        """The effort that is sent: the one that is wished, if the model takes it."""
        return self.wished_effort if not self.profile.efforts or self.wished_effort in self.profile.efforts else ""


def describe_served(profile: CloudProfile | None, values: Mapping[str, Any], name: str) -> ServedModel:
    """What is known of ``name`` from a profile of the catalogue (None: there is none) and the person's ``[provider.NAME]`` table.

    The table may hold ``context``, ``price_in``, ``price_out``, ``vision`` and ``effort`` for all of its models, and the same in a table ``model.NAME``.
    """
    own = {**values, **(values.get("model", {}).get(name) or {})}
    known = profile or UNKNOWN
    return ServedModel(known, own.get("context", known.context), _price(profile, own), own.get("effort", ""), own.get("vision", profile and profile.vision))


def _price(profile: CloudProfile | None, own: Mapping[str, Any]) -> Price:
    if "price_in" in own or "price_out" in own:
        return Price(float(own.get("price_in", 0)), float(own.get("price_out", 0)))
    if profile is None:
        return Price()
    share = profile.price_cached / profile.price_in if profile.price_cached and profile.price_in else 1.0
    return Price(profile.price_in, profile.price_out, share, 1.0, profile.long_from, profile.long_in, profile.long_out)
