"""Calls that the loop answers itself: finding tools, calling one by its name, asking the person, showing an earlier result."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from core.execution.run import Run
from core.messages import ToolCall
from core.planning import prompts
from core.storage.json_text import describe_kind, parse_json
from core.turn.act.offer import ASK, CALL, FIND, SHOW, Offer, describe_found
from core.turn.act.results import render_result, shorten
from core.turn.context.earlier import earlier_steps, find_earlier

MOST_FOUND, WHOLE = 7, 3  # tools that are told, and of these with a description and all arguments


def unwrap(call: ToolCall) -> ToolCall:
    """The call that a call of ``tools_call`` stands for."""
    if call.name != CALL or not call.can_be_made:
        return call
    arguments = call.arguments.get("arguments") or {}
    if isinstance(arguments, str):
        with contextlib.suppress(ValueError, RecursionError):
            arguments = parse_json(arguments)
    inner = replace(call, name=str(call.arguments.get("name", "")), arguments=arguments if isinstance(arguments, dict) else {})
    return inner if isinstance(arguments, dict) else replace(inner, fault=f"its arguments are {describe_kind(arguments)}, not an object.")


async def answer_by_code(run: Run, call: ToolCall, most: int, offer: Offer) -> str | None:
    """The result of a call that needs no step; None for every other."""
    if not call.can_be_made:
        return None
    if call.name == FIND:
        return await _find(run, str(call.arguments.get("what") or call.arguments), offer)
    if call.name == SHOW:
        return _show(run, call.arguments, most)
    return None


def question_of(call: ToolCall) -> dict[str, Any] | None:
    """``{"text", "choices"}`` where a call asks the person."""
    if call.name != ASK or not call.can_be_made or not str(call.arguments.get("question") or "").strip():
        return None
    choices = call.arguments.get("choices")
    return {"text": str(call.arguments["question"]).strip(), "choices": [str(choice) for choice in choices][:8] if isinstance(choices, list) else []}


async def _find(run: Run, what: str, offer: Offer) -> str:
    """The best few with all of their arguments, others by name; those that the model has before it already are not told again."""
    denied = set(run.deps.policy.denied_tools(tuple(spec.name for spec in run.deps.tools.all_specs())))
    found = await run.deps.tools.find_tools(what, MOST_FOUND, {*denied, *offer.tools})
    usable = [(spec, usage) for spec, usage, why in found if not why]
    parts = []
    if usable:
        parts.append(f"Tools that may fit; call one with tools_call(name, arguments):\n{describe_found([spec for spec, _ in usable[:WHOLE]], offer)}")
    if usable[WHOLE:]:
        parts.append("Less likely:\n" + "\n".join(f"- {usage}" for _, usage in usable[WHOLE:]))
    if missing := [f"- {spec.name}: {why}" for spec, _, why in found[:WHOLE] if why]:
        parts.append("Would fit, but cannot be used here now:\n" + "\n".join(missing))
    return "\n".join(parts) or "No other tool fits that."


def _show(run: Run, arguments: dict[str, Any], most: int) -> str:
    step_id, start = str(arguments.get("id", "")), arguments.get("start")
    begin = start if isinstance(start, int) and start > 0 else 0
    if step := run.state.step_of(step_id):
        return render_result(step, run.state.steps[step.id], most, begin)
    if earlier := find_earlier(run, step_id):
        return prompts.data_block(shorten(earlier.text, most, step_id, begin), earlier.tool)
    return f"There is no result {step_id!r}. There are: {', '.join([*run.state.steps, *(one.id for one in earlier_steps(run))]) or 'none'}."
