"""The step budget: a run may go on only as long as it gets somewhere."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class StepBudget:
    """Counts started steps. At the limit it is extended by half, at most ``extensions`` times, and only after progress."""

    limit: int
    used: int = 0
    extensions: int = 3
    _progress: int = 0

    def take_step(self) -> bool:
        """Take one step from the budget; False when it is spent."""
        if self.used >= self.limit and not self._extend():
            return False
        self.used += 1
        return True

    def record_progress(self) -> None:
        """Count a step that was done for the first time."""
        self._progress += 1

    def _extend(self) -> bool:
        if not self.extensions or not self._progress:
            return False
        self.extensions, self._progress = self.extensions - 1, 0
        self.limit += max(1, self.limit // 2)
        return True

    @property
    def reminder(self) -> str:
        """A sentence for the planner once two thirds are used, else nothing."""
        left = self.limit - self.used
        return f"Only {left} steps are left in the budget. " if self.used * 3 >= self.limit * 2 else ""
