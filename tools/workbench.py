"""What a changing tool works with: the context, and the engine that plans changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.ports import ToolContext
from tools import paths
from tools.changes import Changes


@dataclass(frozen=True, slots=True)
class Workbench:
    """Handed to every changing tool. ``notes`` is the folder of Deskhand's own notes."""

    context: ToolContext
    changes: Changes
    notes: Path
    root: str  # the workspace with links followed
    ahead: dict[str, Any] = field(default_factory=dict)  # what the tool waited for before

    @property
    def workspace(self) -> Path:
        return self.context.workspace

    @property
    def key(self) -> str:
        """Names this step, for the trash."""
        return f"{self.context.run_id}/{self.context.step_id}"

    def shown(self, path: Path) -> str:
        return paths.relative(path, self.root)
