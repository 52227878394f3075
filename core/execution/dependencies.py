"""Dependencies between steps: whether a step may start once those before it have ended."""

from __future__ import annotations

from collections.abc import Mapping

from core import conditions
from core.execution.run_state import TERMINAL, StepState
from core.plan import Edge, Step


def evaluate_dependencies(step: Step, states: Mapping[str, StepState]) -> str:
    """Return ``waiting``, ``ready``, ``blocked`` (a needed step failed) or ``skipped`` (a condition was not met)."""
    verdict = "ready"
    for edge in step.needs:
        parent = states[edge.step]
        if parent.status not in TERMINAL:
            return "waiting"
        if not is_edge_satisfied(edge, parent):
            broken = parent.status in ("failed", "blocked", "cancelled") and edge.on != "on_failure"
            verdict = "blocked" if broken or verdict == "blocked" else "skipped"
    return verdict


def is_edge_satisfied(edge: Edge, parent: StepState) -> bool:
    """Whether a finished parent satisfies the edge."""
    if edge.on == "always":
        return parent.status in ("done", "failed")
    if edge.on == "on_success":
        return parent.status == "done"
    if edge.on == "on_failure":
        return parent.status == "failed"
    return parent.status == "done" and conditions.is_met(edge.on, parent.value, parent.status)


def explain_verdict(step: Step, verdict: str, states: Mapping[str, StepState]) -> str:
    """Say in words which step stood in the way, or that the condition was not met."""
    if verdict == "skipped":
        left_out = [edge.step for edge in step.needs if (states[edge.step].error or {}).get("code") == "left_out"]
        return f"{', '.join(left_out)} was left out." if left_out else "Its condition was not met."
    causes = [edge.step for edge in step.needs if states[edge.step].status != "done"]
    return f"It needs {', '.join(causes)}, which did not succeed."
