"""The messages of a loop, rebuilt from what the journal holds of it: the same after a crash as before it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.execution.run_state import LoopReply, RunState
from core.messages import Message, ToolCall
from core.planning import prompts
from core.turn.act.results import OLD, render_result, shorten

FRAMED = "content from outside"  # in the head of a result that its tool has framed


def loop_messages(state: RunState, owner: str, most: int, compacted: int) -> tuple[Message, ...]:
    """What was said and found in the loop of ``owner``. Results of the first ``compacted`` replies are cut to :data:`OLD` letters, others to ``most``."""
    messages: list[Message] = []
    for number, reply in enumerate(state.replies_of(owner)):
        room = OLD if number < compacted else most
        messages += _reply(state, reply, room)
    return tuple(messages)


def _reply(state: RunState, reply: LoopReply, most: int) -> Iterable[Message]:
    calls = tuple(ToolCall(call["name"], call["arguments"], call["id"], extra=call.get("extra") or {}) for call in reply.calls)
    yield Message("assistant", reply.text, tool_calls=calls, reasoning=reply.reasoning)
    for call in reply.calls:
        text, tainted = _result(state, call, most)
        yield Message("tool", text, tainted, tool_call_id=call["id"])
    if reply.rejected:
        yield Message("user", reply.rejected)


def _result(state: RunState, call: dict[str, Any], most: int) -> tuple[str, bool]:
    """What a call gave: a step's result, framed where it comes from outside, or the words of code."""
    step = state.step_of(call.get("step", ""))
    if step is None:
        return shorten(str(call.get("result", "It was not made.")), most, call["id"]), False  # the words of code
    result = state.steps[step.id]
    text = render_result(step, result, most)
    is_bare = result.tainted and result.status == "done" and FRAMED not in text[:400]
    return prompts.data_block(text, step.tool) if is_bare else text, result.tainted


def letters_of(messages: Iterable[Message]) -> int:
    """How long a prompt is."""
    return sum(len(message.content) + sum(len(str(call.arguments)) for call in message.tool_calls) for message in messages)
