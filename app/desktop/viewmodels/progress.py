"""What a model is busy with before its first word."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Progress:
    """``phase``: waiting, loading, reading, thinking, writing or fetching (a model, ``doing``: looking, waiting, fetching or verifying).

    ``read`` of ``total`` tokens (bytes of a model that is fetched), 0 where unknown; ``began``: the steady clock's second.
    """

    phase: str
    model: str = ""
    read: int = 0
    total: int = 0
    doing: str = ""
    began: float = field(default_factory=lambda: time.monotonic())

    @property
    def seconds(self) -> float:
        """How long it has been in this phase."""
        return time.monotonic() - self.began


def advance(before: Progress | None, data: dict[str, Any]) -> Progress:
    """The progress after an event ``model_progressed``; the clock goes on while the phase stays."""
    now = Progress(data["phase"], data.get("model", ""), data.get("read") or 0, data.get("total") or 0, data.get("doing") or "")
    if before is None or (before.phase, before.model, before.doing) != (now.phase, now.model, now.doing):
        return now
    return replace(now, began=before.began)
