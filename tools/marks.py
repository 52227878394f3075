"""Marks on what a call changed: files whose words came from outside keep that, and so do names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.gate.coverage import is_phrase_in
from core.gate.origins import Origins
from core.ports import Change, Intent, ToolContext, ToolResult


@dataclass(frozen=True, slots=True)
class Marks:
    """``is_foreign``: the tool itself brings what others wrote."""

    origins: Origins
    is_foreign: bool

    def keep(self, intent: Intent, result: ToolResult, context: ToolContext) -> None:
        """After the changes of a call were made. Contents that came from outside are marked, others are clean again; names that the person did not say are marked with them."""
        is_tainted = context.tainted or bool(result.origins) or self.is_foreign
        origin = "; ".join(dict.fromkeys((*context.origins, *result.origins))) or intent.tool
        for change in intent.changes:
            if change.kind == "move":
                self.origins.move(change.path, change.to)
            elif change.kind == "put" and is_tainted:
                self.origins.mark(change.path, origin, change.after or "")
            elif change.kind == "put":
                self.origins.clear(change.path)
            if is_tainted and change.kind in ("put", "move", "mkdir") and not _is_own_name(change, intent, context):
                self.origins.mark_name(change.to or change.path, origin)

    def undone(self, changes: tuple[Change, ...]) -> None:
        """After changes were taken back: what is at these paths is what was there before."""
        for change in reversed(changes):
            if change.kind == "move":
                self.origins.move(change.to, change.path)
            elif change.kind in ("put", "mkdir"):
                self.origins.clear(change.path)


def _is_own_name(change: Change, intent: Intent, context: ToolContext) -> bool:
    """Whether a file is called by the person's words, as it was before, or as a file was called that the call works on."""
    name = Path(change.to or change.path).name
    known = [Path(scope.value).name for scope in intent.scopes if scope.access == "read"]
    return (change.before is not None and change.kind == "put") or name in (Path(change.path).name if change.kind == "move" else "", *known) or is_phrase_in(name, context.request)
