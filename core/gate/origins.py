"""Where text from outside that stands in a step has come from, in words for the person who is asked."""

from __future__ import annotations

from core.execution.run_state import RunState
from core.plan import Step, references

CONVERSATION = "what was read earlier in this conversation"
GUIDE = "AGENTS.md of this folder, which you have not said that you trust"
MENDED = "what went wrong before it, as another program told it"
HUB = "the machine that sent it"
LONGEST = 120  # letters of one argument


def origins(state: RunState, step: Step) -> list[str]:
    """The steps whose outputs it uses, each with what it read; else what its planner had before it."""
    by_id = {other.id: other for other in state.all_steps}
    found = [name_step(by_id[used]) for used in carried(state, step) if used in by_id]
    if step.id in state.suspect:
        found.append(state.suspect[step.id] or CONVERSATION)
    return list(dict.fromkeys(found))


def carried(state: RunState, step: Step) -> list[str]:
    """Ids of the steps whose output from outside stands in its arguments."""
    planned = state.step_of(step.id) or step  # a detour has other arguments
    return [used for used in references(planned.args) if used in state.steps and state.steps[used].tainted]


def name_step(step: Step) -> str:
    """A step by its tool and what it was about."""
    what = next((str(value) for value in step.args.values() if isinstance(value, str) and value), "")
    return f"{step.tool} {what[:LONGEST]}".strip()
