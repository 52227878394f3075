"""Which of the four ways a request goes, the cheapest that serves: one table, read from top to bottom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from core.ports import ModelProfile
from core.turn.signals import Signals

WayName = Literal["instant", "talk", "act", "plan"]


@dataclass(frozen=True, slots=True)
class Way:
    """A way and why it was chosen, in a sentence for the person."""

    name: WayName
    why: str


@dataclass(frozen=True, slots=True)
class Situation:
    """What the choice is made from. ``is_certain``: the starter reads the whole request and is sure of it; ``shows_plans``: the person wants to see every plan."""

    signals: Signals
    model: ModelProfile
    is_plan_only: bool = False
    is_certain: bool = False
    shows_plans: bool = False


_TABLE: tuple[tuple[WayName, Callable[[Situation], bool], str], ...] = (
    ("plan", lambda s: s.is_plan_only or s.signals.wants_plan_first, "You want to see the plan first."),
    ("plan", lambda s: s.shows_plans, "You want to see every plan before it runs."),
    ("plan", lambda s: s.signals.is_unattended, "It runs with nobody there, so that all of it is checked before it begins."),
    ("plan", lambda s: s.signals.names_device, "It names another of your machines."),
    ("instant", lambda s: s.is_certain, "Every word of it was read for sure, so no bigger model is needed."),
    ("plan", lambda s: not s.model.calls or not s.model.chats, "The model plans; it is not given tools to call one by one."),
    ("talk", lambda s: s.signals.is_greeting, "It is a greeting."),
    ("act", lambda s: bool(s.signals.named), "It names files of this folder."),
    ("act", lambda s: s.signals.touches_machine, "It may need something of this machine."),
    ("talk", lambda s: True, "Nothing of this machine is needed to answer it."),
)


def choose_way(situation: Situation) -> Way:
    """The first way of the table that applies."""
    return next(Way(name, why) for name, applies, why in _TABLE if applies(situation))
