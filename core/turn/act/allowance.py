"""How far a loop may go: replies, changed files, and the same call again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_REPLIES, MOST_REPLIES_SMALL = 64, 16
MOST_FILES = 20  # changed files of one turn that need no plan
SAME_CALLS = 3  # with this one a call that was made over and over ends the loop


def call_key(tool: str, args: Mapping[str, Any]) -> str:
    """The same for two calls that ask the same thing."""
    return f"{tool} {json.dumps(args, sort_keys=True, ensure_ascii=False, default=str)}"


@dataclass(slots=True)
class RepeatGuard:
    """Counts identical calls since something was last changed; ``asked`` holds for each the step that answered it first."""

    asked: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, tool: str, args: Mapping[str, Any], step_id: str) -> tuple[int, str]:
        """How often this call was now made, and the step that answered it first."""
        key = call_key(tool, args)
        self.counts[key] = self.counts.get(key, 0) + 1
        return self.counts[key], self.asked.setdefault(key, step_id)

    def forget(self) -> None:
        """Something was changed: what was read before may read otherwise now."""
        self.asked.clear()
        self.counts.clear()
