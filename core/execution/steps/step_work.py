"""What steps of a run share, wherever they are done: arguments, taint, progress, how they end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core import conditions, events
from core.clock import Clock
from core.errors import ToolFailed, ToolRetry
from core.execution.run_state import RunState
from core.execution.step_budget import StepBudget
from core.gate.provenance import tainted_inputs
from core.plan import Step, resolve_references

PROGRESS_SECONDS, MAX_PROGRESS_EVENTS = 1.0, 200  # progress of a step: at most so often, and so many times


@dataclass(slots=True)
class StepWork:
    """Work on the steps of one run. ``append`` journals and folds."""

    state: RunState
    clock: Clock
    budget: StepBudget
    append: Callable[[str, dict[str, Any]], Any]

    def resolve_args(self, step: Step) -> dict[str, Any]:
        """Fill in what earlier steps gave. Raises :class:`ToolRetry`."""
        try:
            return resolve_references(step.args, self.state.outputs)
        except KeyError as missing:
            raise ToolRetry(f"It refers to something that is not there: {missing.args[0]}.") from missing

    def is_tainted(self, step: Step) -> bool:
        """Whether text from outside stands in its arguments, or whoever wrote it had read such text."""
        return step.id in self.state.suspect or bool(tainted_inputs(self.state, step))

    def require_check(self, step: Step, value: Any) -> None:
        """Raise :class:`ToolFailed` where the step's own check does not hold."""
        if step.check and not conditions.is_met(step.check, value):
            raise ToolFailed(f"The result is not what it should be: the check {step.check!r} does not hold.", code="check_failed")

    def finish(self, step: Step, status: str, **data: Any) -> None:
        """Journal the end of a step. What another machine says of a failure comes from outside, whoever asked for the step."""
        if status == "failed" and (data.get("error") or {}).get("device", "here") != "here":
            data["tainted"] = True
        self.append(events.STEP_FINISHED, {"step": step.id, "status": status, **data})

    def elapsed_ms(self, began: float) -> float:
        return (self.clock.monotonic() - began) * 1000

    def make_progress_reporter(self, step: Step) -> Callable[[float | None, str], None]:
        """Return a function that journals progress once a second at most, and a limited number of times: a tool may tell of it without end."""
        last, count = float("-inf"), 0

        def report(share: float | None, text: str) -> None:
            nonlocal last, count
            now = self.clock.monotonic()
            if now - last >= PROGRESS_SECONDS and count < MAX_PROGRESS_EVENTS:
                last, count = now, count + 1
                self.append(
                    events.STEP_PROGRESSED, {"step": step.id, "share": None if share is None else round(min(1.0, max(0.0, share)), 3), "text": " ".join(text.split())[:200]}
                )

        return report


def make_failure(code: str, message: str, attempt: int, device: str = "here", hint: str = "") -> dict[str, Any]:
    """Build an error as the journal holds it."""
    return {"code": code, "message": message, "attempt": attempt, "device": device} | ({"hint": hint} if hint else {})
