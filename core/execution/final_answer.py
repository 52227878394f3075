"""What a run writes: the answer at its end, and texts that a step asks for."""

from __future__ import annotations

from typing import Any

from core import events
from core.errors import ModelError, ToolFailed
from core.execution import summary as answer
from core.execution.run import Run
from core.execution.steps import remote_files as elsewhere
from core.messages import Message, ModelRequest
from core.plan import Step, as_text
from core.planning import prompts
from core.planning import skill_plan as skilled
from core.ports import ChatModel, ToolResult
from core.turn.act.ending import Ending, answered_instead, cut_note
from core.turn.act.speech import Speech
from core.turn.answer.letters import strip_framing

ASKED = 1  # times that an answer which the results do not bear out is asked for again
CONTINUED = 2  # times that a text which was cut at the limit is gone on with


async def conclude(run: Run) -> None:
    """The answer: what another machine said, the skill's own, the executor's words, or a summary by code."""
    if elsewhere.single_request(run.state) and all(step.status == "done" for step in run.state.steps.values()):
        run.answer(run.state.steps["s1"].text)
        return
    if said := skilled.answer(run.state):
        run.answer(said)
        return
    is_known = bool(run.request.get("given")) or run.state.way == "instant"
    model = None if is_known else run.answering_model()  # who wrote the plan reads the result, not a phrase
    if model is None:
        run.answer(answer.summary(run.state))
        return
    try:
        run.state.answer = await _checked_answer(run, model) or answer.summary(run.state)
    except ModelError as error:
        run.parts.journal.append(events.PROBLEM_RAISED, run.state.run_id, error.to_json())
        run.state.answer = answer.summary(run.state)


async def _checked_answer(run: Run, model: ChatModel) -> str:
    """The model's words as far as the results bear them out: asked for once more where they do not, then what code can say."""
    ending, messages = Ending.begin(run, (), ""), answer.answer_messages(run.state, run.text)
    for _ in range(ASKED + 1):
        writer = run.caller.writer("answer")
        speech = Speech(writer, lambda: ending.gate(run), may_hold_calls=False)
        reply = await run.caller.call(model, ModelRequest(messages, purpose="answer", request=run.text), sink=speech, writer=writer)
        speech.end(is_answer=True)
        if not speech.faults:
            note = f"\n\n{cut_note(reply.reason)}" if reply.is_cut else ""
            writer.write(events.TEXT_DELTA, note)
            writer.flush()
            return f"{reply.text.strip()}{note}".strip()
        objection = ending.objection(speech.faults)
        speech.withdraw("unsupported")
        messages = (*messages, Message("assistant", reply.text), Message("user", objection))
    run.answer(answered_instead(run))
    return run.state.answer


async def compose(run: Run, step: Step, args: dict[str, Any], tainted: bool) -> ToolResult:
    """``text.compose``: the executor writes from an instruction and material. Raises :class:`ToolFailed`."""
    model = run.answering_model()
    if model is None:
        raise ToolFailed("Writing text needs a bigger model than the built-in starter.", code="needs_bigger_model")
    given = args.get("material")
    material = "\n".join(prompts.data_block(as_text(part), "step") for part in (given or [] if isinstance(given, list) else [given]) if part)
    messages = (Message("system", prompts.EXECUTOR), Message("user", f"{args['instruction']}\n\n{material}".strip(), tainted))
    try:
        text = strip_framing(await _whole_text(run, model, messages))
    except ModelError as error:
        raise ToolFailed(error.message, code=error.code, retryable=error.retryable) from error
    return ToolResult({"text": text}, text, tainted)


async def _whole_text(run: Run, model: ChatModel, messages: tuple[Message, ...]) -> str:
    """What the model writes, to its end: continued where it was cut at the limit. Raises :class:`ToolFailed` for a text that stays cut: it must not become a file."""
    text = ""
    for _ in range(CONTINUED + 1):
        reply = await run.caller.call(model, ModelRequest(messages, purpose="execute", request=run.text))
        text = reply.text if text and reply.text.strip().startswith(text.strip()[:60]) else text + reply.text
        if not reply.is_cut:
            return text.strip()
        if reply.reason != "length" or not reply.text.strip():
            break
        messages = (*messages, Message("assistant", reply.text), Message("user", "Go on exactly where it ended, without repeating anything."))
    why = {"content_filter": "the provider's filter ended it", "dropped": "the connection broke off"}.get(reply.reason, "the model had no room for more")
    raise ToolFailed(f"The text was cut off ({why}), so it was not used.", code="cut", retryable=reply.reason == "dropped")
