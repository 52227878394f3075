"""What a run has already read: the same question is answered once, with the age of the answer, until something changes."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.ports import ToolResult

MOST = 200  # answers that are kept
OLDEST = 300.0  # seconds


@dataclass(slots=True)
class Answered:
    """Answers by run, tool and arguments. Any change that a tool makes forgets them all: what was read may be different now."""

    now: Callable[[], float] = time.monotonic
    _kept: OrderedDict[tuple[str, str, str], tuple[float, ToolResult]] = field(default_factory=OrderedDict)

    def get(self, run_id: str, tool: str, args: Mapping[str, Any]) -> ToolResult | None:
        """The answer to the same question in the same run; its text says how old it is."""
        found = self._kept.get(_key(run_id, tool, args))
        if found is None or (age := self.now() - found[0]) > OLDEST:
            return None
        return replace(found[1], text=f"{found[1].text}\n(as read {age:.0f} s ago)")

    def put(self, run_id: str, tool: str, args: Mapping[str, Any], result: ToolResult) -> None:
        """Keep an answer."""
        self._kept[_key(run_id, tool, args)] = (self.now(), result)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def forget(self) -> None:
        """Something changed."""
        self._kept.clear()


def _key(run_id: str, tool: str, args: Mapping[str, Any]) -> tuple[str, str, str]:
    return run_id, tool, json.dumps(args, sort_keys=True, default=str)
