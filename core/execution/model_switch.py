"""Load the executor model unless the planner may execute."""

from __future__ import annotations

from core import events
from core.execution.run import Run
from core.planning.propose import record_load


async def switch_models(run: Run) -> None:
    """Swap planner and reviewer for the executor, or say why not: few calls, or nothing but text."""
    assert run.state.plan is not None
    planner, executor = run.state.models.get("planner", ""), run.state.models.get("executor", "")
    if why := _skip_reason(run, planner, executor):
        models = {**run.state.models, "executor": planner}
        run.append(events.MODELS_SWITCHED, {"skipped": True, "why": why, "models": models, "seconds": 0.0})
        return
    pool = run.deps.pool
    pool.expect(run.state.run_id, (executor, planner))  # the answer, or a repaired plan
    data = {"skipped": False, "why": f"{_count_calls(run)} tool calls", "models": run.state.models}
    if (seconds := pool.loads_in(executor)) and not any(step.tool == "text.compose" and not step.needs for step in run.steps):
        # nobody needs its words yet: it is loaded while the tools run
        run.append(events.MODELS_SWITCHED, {**data, "loading": [executor], "loaded": [], "unloaded": [], "seconds": 0.0, "expected_s": round(seconds, 1)})
        pool.ahead(executor, lambda report: record_load(run, report))
        return
    with run.time_stage("switch"):
        report = await pool.switch((planner, run.state.models.get("reviewer", "")), executor)
    run.append(events.MODELS_SWITCHED, {**data, **report.to_json()})


def _count_calls(run: Run) -> int:
    return sum(step.tool != "text.compose" for step in run.steps)


def _skip_reason(run: Run, planner: str, executor: str) -> str:
    """Return why no switch is needed; empty where one is."""
    calls, limit = _count_calls(run), run.deps.settings["switch.planner_executes_up_to"]
    if planner == executor:
        return "the planner is the executor"
    if calls <= limit:
        return f"{calls} tool calls, at most {limit}: the planner executes"
    return ""
