"""The door of a turn: which of the four ways a request goes. Start reading at :func:`enter`."""

from __future__ import annotations

from core import events
from core.conversations import steps_of
from core.execution.run import Run, can_act
from core.gate import provenance
from core.plan import Plan
from core.planning.propose import accept_preset_plan, plan_request, preset_plan, reply_directly, run_skill_recipe
from core.turn.context.pictures import require_sight
from core.turn.context.workspace import NAMES_LETTERS, list_workspace
from core.turn.instant import read_for_certain
from core.turn.signals import Signals, read_signals, wants_plan_first
from core.turn.undo import undo_count, undo_last
from core.turn.ways import Situation, Way, choose_way


async def enter(run: Run) -> None:
    """Choose the way, and go it as far as a plan or an answer that needs none; talk and act are gone on by the action loop."""
    if preset := preset_plan(run):
        return accept_preset_plan(run, preset)
    if count := undo_count(run.text):
        return reply_directly(run, await undo_last(run, count), "It asks for the last change to be taken back.")
    run.skill = await run.deps.skills.wanted(run.text, run.workspace, run.request.get("skill"))
    if run.skill and (run.skill.plan or run.skill.question):
        return await run_skill_recipe(run, run.skill)
    model = run.acting_model()
    run.shows_plan = wants_plan_first(run.text)
    require_sight(run, model.profile, list_workspace(run.workspace, NAMES_LETTERS).names)
    if not can_act(model.profile):
        return await plan_request(run)
    certain = None if _wants_plan(run) else await read_for_certain(run)
    signals = _signals(run)
    way = choose_way(Situation(signals, model.profile, bool(run.request.get("plan_only")), certain is not None, _shows_every_plan(run)))
    await _go(run, way, certain)
    return None


async def _go(run: Run, way: Way, certain: Plan | None) -> None:
    if way.name == "plan":
        await plan_request(run, way.why)
    elif way.name == "instant" and certain is not None:
        run.record_way("instant", way.why)
        run.record_plan(certain, "starter")
        run.append(
            events.PLAN_ACCEPTED,
            {"plan": certain.to_json(), "suspect": run.suspect_steps(certain), "from": provenance.request_origin(run.request), "rounds": 0, "score": certain.confidence},
        )
    else:
        run.record_way(way.name, way.why)


def _wants_plan(run: Run) -> bool:
    return bool(run.request.get("plan_only")) or run.request["approve"] == "scheduled"


def _shows_every_plan(run: Run) -> bool:
    return bool(run.deps.settings["run.show_plan"] == "always" and run.request["approve"] == "ask" and run.deps.front_end_reachable())


def _signals(run: Run) -> Signals:
    conversation = run.request.get("conversation_id", "")
    return read_signals(
        run.text,
        workspace_names=list_workspace(run.workspace, NAMES_LETTERS).names,
        device_names=tuple(run.deps.elsewhere.devices()),
        has_files=bool(run.request.get("front")),
        is_follow_up=bool(steps_of(run.deps.recent_turns(conversation, run.state.run_id))),
        mode=str(run.request["approve"]),
    )
