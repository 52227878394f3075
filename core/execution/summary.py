"""Summary of what was done and what was not. Code writes it; a model that can chat may phrase it."""

from __future__ import annotations

from core.execution.run_state import RunState
from core.messages import Message
from core.plan import REFERENCE
from core.planning import prompts

MAX_SHOWN = 4000


def summarize_steps(state: RunState) -> str:
    """Write the answer by code alone, in Markdown."""
    done, undone = [], []
    for step in state.all_steps:
        result = state.steps[step.id]
        if result.status == "done":
            done.append(result.text.strip() or f"{step.tool} done.")
        elif result.status not in ("skipped",) and step.id not in state.replaced:
            why = (result.error or {}).get("message", "")
            undone.append(f"{step.title or describe_call(step.tool, step.args)}: {result.status}" + (f" — {why}" if why else ""))
    short = len(done) > 1 and all("\n" not in text for text in done)
    parts = [("\n".join(f"- {text}" for text in done) if short else "\n\n".join(done))[:MAX_SHOWN]] if done else []
    if undone:
        parts.append(("Not done:\n" if done else "Nothing could be done:\n") + "\n".join(f"- {line}" for line in undone))
    return "\n\n".join(parts) or "There was nothing to do."


def describe_call(tool: str, args: dict) -> str:
    """Describe a call in one line: the tool and its first argument."""
    first = next((str(value) for value in args.values() if isinstance(value, str | int | float)), "")
    said = REFERENCE.sub(lambda match: "what step " + match[1].removeprefix("s") + " found", first)
    return f"{tool} {said[:60]}".strip()


def build_answer_messages(state: RunState, request: str) -> tuple[Message, ...]:
    """Build the prompt of the answering model: the request, and each step's result as data."""
    rows = []
    for step in state.all_steps:
        result = state.steps[step.id]
        shown = result.text[:MAX_SHOWN] if result.status == "done" else (result.error or {}).get("message", "")
        rows.append(f"{step.id} {describe_call(step.tool, step.args)}: {result.status}\n{prompts.data_block(shown, step.tool)}")
    return (Message("system", prompts.ANSWERER), Message("user", f"Request:\n{request}\n\nSteps:\n" + "\n".join(rows), tainted=any(step.tainted for step in state.steps.values())))
