"""The answer at the end of a run over a plan."""

from __future__ import annotations

from core import events
from core.errors import ModelError
from core.execution.run import Run
from core.execution.run_state import RunState
from core.execution.summary import build_answer_messages, summarize_steps
from core.messages import Message, ModelRequest
from core.planning import skill_plan
from core.ports import ChatModel
from core.turn.act.ending import Ending, answered_instead, cut_note
from core.turn.act.speech import Speech
from core.turn.answer.fences import note_behind

MAX_OBJECTIONS = 1  # times that an answer which the results do not bear out is asked for again


async def write_answer(run: Run) -> None:
    """Write the answer: what another machine said, the skill's own, the executor's words, or a summary by code."""
    if _is_single_remote_request(run.state) and all(step.status == "done" for step in run.state.steps.values()):
        run.send_answer(run.state.steps["s1"].text)
        return
    if said := skill_plan.render_answer(run.state):
        run.send_answer(said)
        return
    is_known = bool(run.request.get("given")) or run.state.way == "instant"
    model = None if is_known else run.answering_model()  # who wrote the plan reads the result, not a phrase
    if model is None:
        run.send_answer(summarize_steps(run.state))
        return
    try:
        run.state.answer = await _write_checked_answer(run, model) or summarize_steps(run.state)
    except ModelError as error:
        run.deps.journal.append(events.PROBLEM_RAISED, run.state.run_id, error.to_json())
        run.state.answer = summarize_steps(run.state)


async def _write_checked_answer(run: Run, model: ChatModel) -> str:
    """Return the model's words as far as the results bear them out: asked for once more where they do not, then what code can say."""
    ending, messages = Ending.begin(run, (), ""), build_answer_messages(run.state, run.text)
    for _ in range(MAX_OBJECTIONS + 1):
        writer = run.caller.make_writer("answer")
        speech = Speech(writer, lambda: ending.gate(run), may_hold_calls=False)
        reply = await run.caller.call(model, ModelRequest(messages, purpose="answer", request=run.text), sink=speech, writer=writer)
        speech.end(is_answer=True)
        if not speech.faults:
            note = note_behind(reply.text.strip(), cut_note(reply.reason) if reply.is_cut else "")
            writer.write(events.TEXT_DELTA, note)
            writer.flush()
            return f"{reply.text.strip()}{note}".strip()
        objection = ending.objection(speech.faults)
        speech.withdraw("unsupported")
        messages = (*messages, Message("assistant", reply.text), Message("user", objection))
    run.send_answer(answered_instead(run))
    return run.state.answer


def _is_single_remote_request(state: RunState) -> bool:
    """Whether the whole run is one request to another machine, whose answer is then the answer."""
    return state.plan is not None and len(state.plan.steps) == 1 and state.plan.steps[0].tool == "device.ask"
