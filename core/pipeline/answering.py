"""What a run writes: the answer at its end, and texts that a step asks for."""

from __future__ import annotations

from typing import Any

from core import events
from core.errors import ModelError, ToolFailed
from core.messages import Message, ModelRequest
from core.pipeline import answer, elsewhere, prompts, skilled
from core.pipeline.run import Run
from core.plan import Step, as_text
from core.ports import ChatModel, ToolResult
from core.turn.answer.letters import strip_framing

CONTINUED = 2  # times that a text which was cut at the limit is gone on with


async def conclude(run: Run) -> None:
    """The answer: what another machine said, the skill's own, the executor's words, or a summary by code."""
    if elsewhere.single_request(run.state) and all(step.status == "done" for step in run.state.steps.values()):
        run.answer(run.state.steps["s1"].text)
        return
    if said := skilled.answer(run.state):
        run.answer(said)
        return
    model = None if run.request.get("given") else run.answering_model()  # who wrote the plan reads the result, not a phrase
    if model is None:
        run.answer(answer.summary(run.state))
        return
    asked = ModelRequest(answer.answer_messages(run.state, run.text), purpose="answer", request=run.text)
    try:
        reply = await run.caller.call(model, asked, visible=True)
        run.state.answer = reply.text.strip() or answer.summary(run.state)
    except ModelError as error:
        run.parts.journal.append(events.PROBLEM_RAISED, run.state.run_id, error.to_json())
        run.state.answer = answer.summary(run.state)


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
