"""Effects of a plan, found by a dry run: tools that change something plan their changes without making them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.errors import ToolError
from core.execution.deps import PipelineDeps
from core.gate.card import touched_lines
from core.plan import Plan, Step, references
from core.ports import Cancellation, Intent, ToolContext

LETTERS = 2_000_000  # of the effects of one plan, as the person may look at them
LETTERS_FOR_MODELS = 20_000  # of what a reviewing model gets


async def prepare_dry(deps: PipelineDeps, request: dict[str, Any], run_id: str, step: Step, is_tainted: bool = False) -> Intent | None:
    """A step's intent; None where only doing the steps before it can tell, or where the tool refuses."""
    if references(step.args) or not deps.tools.known(step.tool):
        return None
    context = ToolContext(run_id, step.id, Path(request["workspace"]), deps.clock, Cancellation().event, request=str(request.get("text", "")), tainted=is_tainted)
    try:
        return await deps.tools.prepare(step.tool, step.args, context)
    except (ToolError, OSError, KeyError):
        return None


async def describe_effects(deps: PipelineDeps, request: dict[str, Any], run_id: str, plan: Plan) -> str:
    """The effects of all steps as people read them: the diff where there is one, else the call."""
    shown = []
    for step in plan.steps:
        intent = None if step.device else await prepare_dry(deps, request, run_id, step)
        touched = touched_lines(intent.preview, intent.scopes) if intent else []
        shown.append("\n".join([f"{step.id} {intent.preview if intent else f'{step.tool} {step.args}'}", *touched]))
    return "\n\n".join(shown)[:LETTERS]


def shorten_effects(effects: str) -> str:
    """As much as a reviewing model gets, with a word on how much is left out."""
    left = len(effects) - LETTERS_FOR_MODELS
    return f"{effects[:LETTERS_FOR_MODELS]}\n… {left:,} more letters." if left > 0 else effects
