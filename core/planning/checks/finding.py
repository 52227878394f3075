"""Input and findings of the checks of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.ports import ToolBox


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or doubt, in a sentence."""

    code: str
    text: str
    hard: bool = True


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What the checks may look at besides the plan."""

    request: str
    workspace: Path
    tools: ToolBox
    max_steps: int
    devices: Mapping[str, frozenset[str]] = field(default_factory=dict)  # the tools of each paired device, by its name
    denied: tuple[str, ...] = ()
    is_preset: bool = False  # the plan comes from code or a hub, not from a planner: it may use what planners are not shown
    remembered: tuple[str, ...] = ()
    conversation: tuple[str, ...] = ()
