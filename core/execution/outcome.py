"""Outcome of a run: its final status and the object of ``ask --json``."""

from __future__ import annotations

import json
import time
from typing import Any

from core import events
from core.errors import DeskhandError
from core.execution.run import ROLES, Run
from core.execution.run_state import TERMINAL
from core.execution.summary import summarize_steps
from core.memory.use import made_use_of
from core.turn.act.ending import fact_of
from core.turn.answer.by_code import stop_by_code
from core.turn.answer.fences import open_fence
from core.turn.language import detect_language


def final_status(run: Run) -> str:
    """Return ``done``, ``failed``, ``refused``, ``cancelled``, ``planned`` or ``asked``, by the run's steps."""
    if run.state.cancelled:
        return "cancelled"
    if run.request.get("plan_only"):
        return "planned"
    if run.state.question:
        return "asked"
    if run.loop_status:
        return run.loop_status
    states = [run.state.steps[step.id] for step in run.steps if step.id not in run.state.replaced]
    if all(state.status in ("done", "skipped") for state in states):
        return "done"
    denied = any((state.error or {}).get("code") == "denied" for state in states)
    return "refused" if denied and not any(state.status == "failed" and (state.error or {}).get("code") != "denied" for state in states) else "failed"


def stop_run(run: Run, status: str, error: DeskhandError | None) -> str:
    """End what is still open, with the error or without one; return the status as it was given."""
    why = error.message if error else run.state.cancelled
    for step in run.state.all_steps:
        if run.state.steps[step.id].status not in TERMINAL:
            run.append(events.STEP_FINISHED, {"step": step.id, "status": "cancelled", "error": {"code": status, "message": why, "attempt": 0, "device": "here"}})
    shown = _shown_so_far(run)
    if error:
        run.append(events.PROBLEM_RAISED, error.to_json())
        run.state.result = {"error": error.to_json(), "exit_code": error.exit_code}
        so_far = summarize_steps(run.state) if run.state.steps else ""
        run.state.answer = run.state.answer or _paragraphs(shown, so_far, f"{error.message} {error.hint}".strip())
    elif run.state.steps:
        run.state.answer = _paragraphs(shown, _stopped(run))
    else:
        is_begun = shown or run.caller.first_text is not None
        run.state.answer = _paragraphs(shown, "Stopped." if is_begun else "Stopped before anything was done.")
    return status


def _stopped(run: Run) -> str:
    """Say by code what the steps of a stopped run did and did not do; one that waited for consent was not begun."""
    states, steps = run.state.steps, [step for step in run.state.all_steps if step.id not in run.state.replaced]
    stopped = [step for step in steps if states[step.id].status == "cancelled"]
    begun = [step for step in stopped if states[step.id].attempts or states[step.id].intent]
    ended, broken_off, not_begun = (
        [fact_of(run, step) for step in group] for group in ([step for step in steps if step not in stopped], begun, [step for step in stopped if step not in begun])
    )
    return stop_by_code(ended, broken_off, not_begun, detect_language(run.text))


def _shown_so_far(run: Run) -> str:
    """Return the text of the answer that front ends show now; a code block that it ends in is closed."""
    text = ""
    for event in run.deps.journal.of_run(run.state.run_id, (events.TEXT_DELTA, events.TEXT_WITHDRAWN)):
        if event.type == events.TEXT_WITHDRAWN:
            text = ""
        elif event.data.get("purpose") == "answer":
            text += event.data["text"]
    text = text.strip()
    return f"{text}\n{mark}" if (mark := open_fence(text)) else text


def _paragraphs(*texts: str) -> str:
    return "\n\n".join(filter(None, texts))


def build_result(run: Run, status: str) -> dict[str, Any]:
    """Build the object of ``ask --json``."""
    state, steps = run.state, run.state.all_steps
    timings = {stage: round(seconds * 1000, 3) for stage, seconds in run.timings.items()}
    undoable = any((state.steps[step.id].intent or {}).get("changes") or state.steps[step.id].undoable for step in steps)
    shown: dict[str, Any] = {
        "run_id": state.run_id, "conversation_id": state.request.get("conversation_id", ""), "status": status, "answer": state.answer, "way": state.way or "talk", "way_why": state.way_why,
        "plan": {"rounds": state.rounds, "score": state.score, "steps": [step.to_json() for step in run.steps]} if run.steps else None,
        "steps": [state.steps[step.id].to_json(step) for step in steps],
        "models": {role: state.models.get(role, "") for role in ROLES},
        "usage": run.caller.usage.to_json(), "timings_ms": {"first_token": run.first_token_ms, **timings, "total": round((time.monotonic() - run.began) * 1000, 3)}, "undoable": bool(undoable), "skill": state.skill.get("name", ""), "memories": _used_memories(run),
    }  # fmt: skip
    shown |= {"meta": build_meta(run), "needs_model": run.needs_model, "note": run.missing}
    shown |= {"question": state.question} if state.question else {}
    return shown | {key: value for key, value in state.result.items() if key in ("error", "exit_code")}


def build_meta(run: Run) -> dict[str, Any] | None:
    """What is told beside the answer: who wrote it, how quickly, after what time, and for how much. None where no model wrote anything that was seen.

    ``tokens_per_s`` and ``first_token_ms`` are None where they cannot be told; ``cost_usd`` is that of the whole run, None where no price is known.
    """
    last = run.caller.last
    if last is None or run.caller.first_text is None:
        return None
    cost = run.caller.usage.cost_usd
    return {
        "model": last.model,
        "local": last.local,
        "tokens_per_s": last.tokens_per_s,
        "first_token_ms": run.first_token_ms,
        "cost_usd": 0.0 if last.local and not cost else cost or None,
    }


def _used_memories(run: Run) -> list[str]:
    """Return the ids of the memories that were used; ids only: what is forgotten later must not stand in the journal."""
    planned = json.dumps([step.args for step in run.state.all_steps], ensure_ascii=False)
    return made_use_of(run.remembered, run.request.get("text", ""), f"{run.state.answer}\n{planned}")
