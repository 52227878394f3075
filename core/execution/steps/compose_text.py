"""A step that is a text to be written by a model."""

from __future__ import annotations

from typing import Any

from core.errors import ModelError, ToolFailed
from core.execution.run import Run
from core.messages import Message, ModelRequest
from core.plan import Step, as_text
from core.planning import prompts
from core.ports import ChatModel, ToolResult
from core.turn.answer.letters import strip_framing

MAX_CONTINUATIONS = 2  # times that a text which was cut at the limit is gone on with


async def compose_text(run: Run, step: Step, args: dict[str, Any], tainted: bool) -> ToolResult:
    """Do ``text.compose``: the executor writes from an instruction and material. Raises :class:`ToolFailed`."""
    model = run.answering_model()
    if model is None:
        run.needs_model = True
        raise ToolFailed("Writing text needs a bigger model than the built-in starter.", code="needs_bigger_model")
    given = args.get("material")
    material = "\n".join(prompts.data_block(as_text(part), "step") for part in (given or [] if isinstance(given, list) else [given]) if part)
    messages = (Message("system", prompts.EXECUTOR), Message("user", f"{args['instruction']}\n\n{material}".strip(), tainted))
    try:
        text = strip_framing(await _write_whole_text(run, model, messages))
    except ModelError as error:
        raise ToolFailed(error.message, code=error.code, retryable=error.retryable) from error
    return ToolResult({"text": text}, text, tainted)


async def _write_whole_text(run: Run, model: ChatModel, messages: tuple[Message, ...]) -> str:
    """Let the model write to the end: continued where it was cut at the limit. Raises :class:`ToolFailed` for a text that stays cut: it must not become a file."""
    text = ""
    for _ in range(MAX_CONTINUATIONS + 1):
        reply = await run.caller.call(model, ModelRequest(messages, purpose="execute", request=run.text))
        text = reply.text if text and reply.text.strip().startswith(text.strip()[:60]) else text + reply.text
        if not reply.is_cut:
            return text.strip()
        if reply.reason != "length" or not reply.text.strip():
            break
        messages = (*messages, Message("assistant", reply.text), Message("user", "Go on exactly where it ended, without repeating anything."))
    why = {"content_filter": "the provider's filter ended it", "dropped": "the connection broke off"}.get(reply.reason, "the model had no room for more")
    raise ToolFailed(f"The text was cut off ({why}), so it was not used.", code="cut", retryable=reply.reason == "dropped")
