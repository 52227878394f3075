"""The whole pipeline over real parts and scripted models."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core
from core.clock import SystemClock
from core.errors import ModelError, UsageError
from core.execution.graph import Execution
from core.execution.run_state import TERMINAL, RunState
from core.execution.step_budget import StepBudget
from core.execution.steps.local_steps import LocalSteps
from core.execution.steps.step_work import StepWork
from core.plan import Edge, Plan, Step
from core.ports import Cancellation, Intent, ToolResult
from models.scripted import ScriptedModel

GOOD = {"score": 0.95, "issues": [], "suggestions": []}


def steps(*rows: tuple[str, str, dict[str, Any], list[Any]]) -> dict[str, Any]:
    return {"steps": [{"id": id_, "tool": tool, "args": args, "needs": needs} for id_, tool, args, needs in rows]}


TWO = steps(("s1", "files.write", {"path": "a.txt", "text": "one"}, []), ("s2", "files.append", {"path": "a.txt", "text": "two"}, ["s1"]))


async def ask(core: Core, workspace: Path, text: str = "do something with a.txt", **more: Any) -> dict[str, Any]:
    run_id = core.runs.start({"text": text, "workspace": str(workspace), "approve": "none", **more})
    row = await core.runs.wait(run_id, 20)
    return dict(row["result"])


async def parked(core: Core, workspace: Path, text: str) -> tuple[str, dict[str, Any]]:
    """Start a run and wait until it asks: its id and the question."""
    run_id = core.runs.start({"text": text, "workspace": str(workspace), "approve": "ask"})
    async with asyncio.timeout(10):
        while not core.approvals.pending():
            await asyncio.sleep(0.005)
    (waiting,) = core.approvals.pending()
    return run_id, waiting


def types(core: Core, run_id: str) -> list[str]:
    return [event.type for event in core.journal.of_run(run_id)]


async def test_plan_review_switch_execution_answer(make_core: Callable[..., Core], workspace: Path) -> None:
    planner, reviewer, executor = ScriptedModel([TWO], "planner"), ScriptedModel([GOOD], "reviewer"), ScriptedModel(["All done."], "executor")
    core = make_core(planner=planner, reviewer=reviewer, executor=executor)
    result = await ask(core, workspace)
    assert result["status"] == "done" and result["way"] == "plan" and result["answer"]
    assert result["plan"]["rounds"] == 1 and result["plan"]["score"] == 0.95
    assert (workspace / "a.txt").read_text() == "one\ntwo\n"
    assert [step["verified"] for step in result["steps"]] == [True, True]
    kinds = types(core, result["run_id"])
    assert [kind for kind in kinds if kind in ("plan_proposed", "plan_reviewed", "plan_accepted", "models_switched", "run_finished")] == [
        "plan_proposed",
        "plan_reviewed",
        "plan_accepted",
        "models_switched",
        "run_finished",
    ]
    assert all(kinds.index("step_started") > kinds.index(kind) for kind in ("plan_accepted", "models_switched"))


async def test_a_bad_plan_is_mended_until_it_is_good_enough(make_core: Callable[..., Core], workspace: Path) -> None:
    bad = steps(("s1", "files.wrote", {"path": "a.txt"}, []), ("s2", "files.list", {}, []))
    other = steps(("s1", "files.write", {"path": "a.txt", "text": "wrong"}, []), ("s2", "files.append", {"path": "a.txt", "text": "two"}, ["s1"]))
    planner = ScriptedModel([bad, other, TWO], "planner")
    reviewer = ScriptedModel([{"score": 0.3, "issues": ["the text is wrong"], "suggestions": ["write one"]}, GOOD], "reviewer")
    core = make_core(planner=planner, reviewer=reviewer, executor=ScriptedModel(["ok"], "executor"))
    result = await ask(core, workspace)
    assert result["status"] == "done" and result["plan"]["rounds"] == 3
    assert len(reviewer.requests) == 2, "a plan that code can fault does not reach the reviewer"
    assert "files.wrote" in planner.requests[1].messages[-1].content and "write one" in planner.requests[2].messages[-1].content


async def test_a_contradictory_score_is_asked_again_and_then_not_believed(make_core: Callable[..., Core], workspace: Path) -> None:
    reviewer = ScriptedModel([{"score": 0.95, "issues": ["the wrong file is deleted"], "suggestions": []}], "reviewer")
    core = make_core(planner=ScriptedModel([TWO], "planner"), reviewer=reviewer, executor=ScriptedModel(["ok"], "executor"))
    core.settings.set("discussion.rounds", 1)
    result = await ask(core, workspace)
    assert result["status"] == "refused" and not (workspace / "a.txt").exists()
    assert len(reviewer.requests) == 2


async def test_a_hopeless_discussion_ends_and_says_why(make_core: Callable[..., Core], workspace: Path) -> None:
    planner = ScriptedModel([steps(("s1", "no.tool", {}, []), ("s2", "no.tool", {}, []))], "planner")
    core = make_core(planner=planner, reviewer=ScriptedModel([GOOD], "reviewer"))
    result = await ask(core, workspace)
    assert result["status"] == "failed" and result["error"]["code"] == "plan_rejected" and "no.tool" in result["error"]["message"]
    assert len(planner.requests) == 2, "a plan that comes again unchanged ends the rounds"


async def test_one_reversible_step_needs_no_discussion(make_core: Callable[..., Core], workspace: Path) -> None:
    reviewer = ScriptedModel([GOOD], "reviewer")
    core = make_core(
        planner=ScriptedModel([steps(("s1", "files.write", {"path": "a.txt", "text": "x"}, []))], "planner"), reviewer=reviewer, executor=ScriptedModel(["ok"], "executor")
    )
    result = await ask(core, workspace)
    assert result["way"] == "act" and result["plan"]["rounds"] == 0 and not reviewer.requests


async def test_a_direct_answer_takes_one_call(make_core: Callable[..., Core], workspace: Path) -> None:
    planner = ScriptedModel(["Good morning."], "planner")
    core = make_core(planner=planner)
    result = await ask(core, workspace, "hello")
    assert (result["way"], result["answer"], len(planner.requests)) == ("talk", "Good morning.", 1)


async def test_the_switch_is_skipped_for_four_calls_and_made_for_five(make_core: Callable[..., Core], workspace: Path) -> None:
    def plan(count: int) -> dict[str, Any]:
        return steps(*((f"s{n}", "files.write", {"path": f"{n}.txt", "text": "x"}, []) for n in range(count)))

    core = make_core(planner=ScriptedModel([plan(4), plan(5)], "planner"), reviewer=ScriptedModel([GOOD], "reviewer"), executor=ScriptedModel(["ok"], "executor"))
    four, five = await ask(core, workspace), await ask(core, workspace)
    assert (four["models"]["executor"], five["models"]["executor"]) == ("planner", "executor")


async def test_steps_run_side_by_side_and_data_moves_by_reference(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "in.txt").write_text("alpha")
    plan = steps(
        ("read", "files.read", {"path": "in.txt"}, []), ("think", "text.compose", {"instruction": "shout", "material": "{{read.output.text}}"}, []),
        ("write", "files.write", {"path": "out.txt", "text": "{{think.output.text}} and {{read.output.text}}"}, []),
    )  # fmt: skip
    planner = ScriptedModel([plan, "ALPHA", "done"], "planner")
    core = make_core(planner=planner, reviewer=ScriptedModel([GOOD], "reviewer"), executor=planner)
    result = await ask(core, workspace, "shout in.txt into out.txt")
    assert (workspace / "out.txt").read_text() == "ALPHA and alpha", result
    assert "alpha" in planner.requests[1].messages[-1].content


async def test_edges_decide_what_runs(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "x.txt").write_text("x")
    plan = steps(
        ("list", "files.list", {}, []), ("many", "files.write", {"path": "many.txt", "text": "x"}, [{"step": "list", "on": "output.count > 5"}]),
        ("few", "files.write", {"path": "few.txt", "text": "x"}, [{"step": "list", "on": "output.count <= 5"}]),
        ("bad", "files.edit", {"path": "x.txt", "find": "zzz", "replace": "y"}, []), ("rescue", "files.write", {"path": "rescue.txt", "text": "x"}, [{"step": "bad", "on": "on_failure"}]),
        ("after", "files.write", {"path": "after.txt", "text": "x"}, ["bad"]), ("always", "files.write", {"path": "always.txt", "text": "x"}, [{"step": "bad", "on": "always"}]),
    )  # fmt: skip
    core = make_core(planner=ScriptedModel([plan, {"steps": []}, "done"], "planner"), reviewer=ScriptedModel([GOOD], "reviewer"))
    result = await ask(core, workspace, "do it with x.txt")
    found = {step["id"]: step["status"] for step in result["steps"]}
    assert found == {"list": "done", "many": "skipped", "few": "done", "bad": "failed", "rescue": "done", "after": "blocked", "always": "done"}
    assert (await asyncio.to_thread(lambda: sorted(path.name for path in workspace.iterdir()))) == ["always.txt", "few.txt", "rescue.txt", "x.txt"]
    error = next(step["error"] for step in result["steps"] if step["id"] == "bad")
    assert error["code"] == "not_found" and "zzz" in error["message"]


async def test_the_model_repairs_the_rest_of_a_plan_once_code_cannot(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "x.txt").write_text("hello")
    first = steps(
        ("s1", "files.append", {"path": "log.txt", "text": "began"}, []),
        ("s2", "files.edit", {"path": "x.txt", "find": "HALLO", "replace": "bye"}, ["s1"]),
        ("s3", "files.append", {"path": "log.txt", "text": "ended"}, ["s2"]),
    )
    mended = steps(("r1", "files.edit", {"path": "x.txt", "find": "hello", "replace": "bye"}, []), ("r2", "files.append", {"path": "log.txt", "text": "ended"}, ["r1"]))
    planner = ScriptedModel([first, mended, "done"], "planner")
    core = make_core(planner=planner, reviewer=ScriptedModel([GOOD], "reviewer"))
    result = await ask(core, workspace, "replace in x.txt and keep log.txt")
    assert result["status"] == "done", result["steps"]
    assert (workspace / "x.txt").read_text() == "bye" and (workspace / "log.txt").read_text() == "began\nended\n"
    assert "HALLO" in planner.requests[1].messages[-1].content


async def test_a_repair_that_fails_again_is_a_failure_and_its_steps_keep_their_references(make_core: Callable[..., Core], workspace: Path) -> None:
    bad = steps(("s1", "files.edit", {"path": "x.txt", "find": "HALLO", "replace": "bye"}, []), ("s2", "files.append", {"path": "log.txt", "text": "{{s1.output.path}}"}, ["s1"]))
    (workspace / "x.txt").write_text("hello")
    core = make_core(planner=ScriptedModel([bad, bad, bad, "done"], "planner"), reviewer=ScriptedModel([GOOD], "reviewer"))

    result = await ask(core, workspace, "replace in x.txt and keep log.txt")

    ids = [step["id"] for step in result["plan"]["steps"]]
    assert result["status"] == "failed" and ids == ["s1", "s2", "rs1", "rs2", "rrs1", "rrs2"]
    assert result["plan"]["steps"][3]["args"]["text"] == "{{rs1.output.path}}"


async def test_what_needs_consent_is_refused_when_nobody_can_be_asked(make_core: Callable[..., Core], workspace: Path) -> None:
    plan = steps(("s1", "shell.run", {"argv": ["touch", "made"]}, []))
    core = make_core(planner=ScriptedModel([lambda request: plan if request.purpose == "plan" else "done"], "planner"), reviewer=ScriptedModel([GOOD], "reviewer"))
    for approve in ("none", "safe", "ask"):
        result = await ask(core, workspace, approve=approve)
        assert result["status"] == "refused" and "consent" in result["steps"][0]["error"]["message"]
    assert not (workspace / "made").exists()
    assert (await ask(core, workspace, approve="all"))["status"] == "done" and (workspace / "made").exists()


async def test_consent_is_asked_shown_exactly_and_remembered_for_the_conversation(make_core: Callable[..., Core], workspace: Path) -> None:
    plan = steps(("s1", "shell.run", {"argv": ["touch", "made"]}, []))
    core = make_core(planner=ScriptedModel([plan, "done", plan, "done"], "planner"), reviewer=ScriptedModel([GOOD], "reviewer"))
    core.front_ends.connected.add("a window")
    run_id, waiting = await parked(core, workspace, "touch it")
    assert waiting["preview"].partition("\n")[0] == "$ touch made" and core.runs.runs.get(run_id)["status"] == "parked"
    core.approvals.answer(waiting["id"], "conversation")
    first = (await core.runs.wait(run_id, 10))["result"]
    assert first["status"] == "done" and (workspace / "made").exists()
    second = await ask(core, workspace, "touch it", approve="ask", conversation_id=first["conversation_id"])
    assert second["status"] == "done" and not core.approvals.pending()


async def test_a_parked_question_survives_a_restart(make_core: Callable[..., Core], workspace: Path) -> None:
    plan = steps(("s1", "shell.run", {"argv": ["touch", "made"]}, []))
    models = {"planner": ScriptedModel([plan, "done"], "planner"), "reviewer": ScriptedModel([GOOD], "reviewer")}
    core = make_core(**models)
    core.front_ends.connected.add("a window")
    run_id, waiting = await parked(core, workspace, "touch it")
    await core.stop()
    again = make_core(**models)
    again.front_ends.connected.add("a window")
    assert again.runs.resume_unfinished() == [run_id]
    await asyncio.sleep(0)
    assert [row["id"] for row in again.approvals.pending()] == [waiting["id"]]
    again.approvals.answer(waiting["id"], "once")
    assert (await again.runs.wait(run_id, 10))["status"] == "done" and (workspace / "made").exists()


async def test_cancel_stops_what_is_running(make_core: Callable[..., Core], workspace: Path) -> None:
    import psutil

    plan = steps(("s1", "shell.run", {"argv": ["sleep", "304"]}, []), ("s2", "files.write", {"path": "never.txt", "text": "x"}, ["s1"]))
    core = make_core(planner=ScriptedModel([plan, "done"], "planner"), reviewer=ScriptedModel([GOOD], "reviewer"))
    run_id = core.runs.start({"text": "sleep 304", "workspace": str(workspace), "approve": "all"})
    async with asyncio.timeout(10):
        while not [p for p in psutil.process_iter(["cmdline"]) if (p.info["cmdline"] or [])[:2] == ["sleep", "304"]]:
            await asyncio.sleep(0.01)
    core.runs.cancel(run_id)
    result = (await core.runs.wait(run_id, 10))["result"]
    assert result["status"] == "cancelled" and {step["status"] for step in result["steps"]} == {"cancelled"}
    assert not [p for p in psutil.process_iter(["cmdline"]) if (p.info["cmdline"] or [])[:2] == ["sleep", "304"]]


async def test_cancel_while_the_model_thinks(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=ScriptedModel([TWO], "planner", gate=asyncio.Event()))
    run_id = core.runs.start({"text": "think", "workspace": str(workspace)})
    await asyncio.sleep(0)
    core.runs.cancel(run_id)
    assert (await core.runs.wait(run_id, 10))["status"] == "cancelled"


async def test_a_deadline_ends_a_run(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=ScriptedModel([TWO], "planner", gate=asyncio.Event()))
    result = await ask(core, workspace, timeout_s=0.05)
    assert result["status"] == "failed" and result["error"]["code"] == "timeout"


async def test_a_model_that_fails_leaves_a_clear_error(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=ScriptedModel([ModelError("it is down", code="model_unreachable")], "planner"))
    result = await ask(core, workspace)
    assert result["status"] == "failed" and result["error"]["code"] == "model_unreachable"


async def test_undo_puts_a_whole_run_back(make_core: Callable[..., Core], workspace: Path) -> None:
    (workspace / "a.txt").write_text("before")
    core = make_core(planner=ScriptedModel([TWO, "done"], "planner"), reviewer=ScriptedModel([GOOD], "reviewer"))
    result = await ask(core, workspace)
    report = await core.runs.undo(result["run_id"])
    assert report["complete"] and (workspace / "a.txt").read_text() == "before"
    assert (await core.runs.undo(result["run_id"]))["changes"] == [], "a second undo has nothing to do"


async def test_resume_tries_again_only_what_was_not_done(make_core: Callable[..., Core], workspace: Path) -> None:
    plan = steps(("s1", "files.append", {"path": "log.txt", "text": "once"}, []), ("s2", "files.read", {"path": "late.txt"}, ["s1"]))
    core = make_core(planner=ScriptedModel([plan, {"steps": []}, "done"], "planner"), reviewer=ScriptedModel([GOOD], "reviewer"))
    result = await ask(core, workspace, "log once, then read late.txt")
    assert result["status"] == "failed"
    (workspace / "late.txt").write_text("here now")
    core.runs.resume(result["run_id"])
    assert (await core.runs.wait(result["run_id"], 10))["status"] == "done"
    assert (workspace / "log.txt").read_text() == "once\n"


@pytest.mark.parametrize(
    "body", [{"text": ""}, {"text": "   \n"}, {"text": "x" * 1_000_000}, {"text": "x", "workspace": "/no/such/folder"}, {"text": "x", "workspace": "relative"}]
)
async def test_a_request_that_cannot_be_used_is_refused_and_nothing_is_lost(body: dict, make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core(planner=ScriptedModel(["hi"], "planner"))
    with pytest.raises(UsageError):
        core.runs.start({"workspace": str(workspace), **body})
    assert (await ask(core, workspace, "hello"))["status"] == "done"


async def test_local_only_refuses_a_model_elsewhere(make_core: Callable[..., Core], workspace: Path) -> None:
    core = make_core()
    core.settings.set_provider("cloud", {"kind": "openai", "base_url": "https://cloud.invalid/v1", "models": ["m"]})
    result = await ask(core, workspace, local_only=True, models={"planner": "cloud/m"})
    assert result["status"] == "failed" and result["error"]["code"] == "no_model"
    (row,) = core.runs.deps.egress.newest()
    assert (row["host"], row["allowed"]) == ("cloud.invalid", False)


async def test_what_would_leave_is_refused_without_consent_and_written_down(make_core: Callable[..., Core], workspace: Path) -> None:
    plan = steps(("s1", "web.fetch", {"url": "https://example.invalid/secret?x=1"}, []))
    core = make_core(planner=ScriptedModel([lambda request: plan if request.purpose == "plan" else "done"], "planner"), reviewer=ScriptedModel([GOOD], "reviewer"))
    assert (await ask(core, workspace, approve="safe"))["status"] == "refused"
    assert (await ask(core, workspace, approve="all", local_only=True))["status"] == "refused"
    assert [(row["host"], row["purpose"], row["allowed"]) for row in core.runs.deps.egress.newest()] == [("example.invalid", "web.fetch", False)] * 2


class _Fates:
    """A tool box whose steps succeed, fail or answer a number, as drawn."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.order: list[str] = []

    def resolve(self, name: str, args: Any) -> Any:
        return name, dict(args)

    def check_args(self, name: str, args: Any, references: bool = False) -> list[str]:
        return []

    def alternatives(self, name: str, args: Any) -> list[Any]:
        return []

    def sick(self, name: str) -> bool:
        return False

    def speaks_from_outside(self, name: str) -> bool:
        return False

    def hold(self, intent: Intent) -> None:
        pass

    async def prepare(self, name: str, args: Any, context: Any) -> Intent:
        self.order.append(context.step_id)
        await asyncio.sleep(0)
        return Intent(name, args, "reads", ())

    async def perform(self, intent: Intent, context: Any) -> ToolResult:
        from core.errors import ToolFailed

        await asyncio.sleep(0)
        if self._chance.random() < 0.35:
            raise ToolFailed("drawn to fail")
        return ToolResult({"n": self._chance.randint(0, 3)}, "ok")

    async def verify(self, intent: Intent, result: ToolResult, context: Any) -> None:
        return None


@pytest.mark.parametrize("seed", range(120))
async def test_every_random_graph_ends_and_no_step_runs_against_its_edges(seed: int, workspace: Path) -> None:
    from core.events import Event
    from core.execution.dependencies import is_edge_satisfied

    chance = random.Random(seed)
    count = chance.randint(1, 14)
    kinds = ["on_success", "on_failure", "always", "output.n > 1"]
    graph = tuple(
        Step(f"s{n}", "t", {}, tuple(Edge(f"s{m}", chance.choice(kinds)) for m in sorted(chance.sample(range(n), chance.randint(0, min(3, n))))))
        for n in range(count)
    )  # fmt: skip
    state = RunState("r")

    def append(kind: str, data: dict[str, Any]) -> None:
        state.apply(Event(state.last_seq + 1, kind, "r", "", data))

    append("plan_accepted", {"plan": Plan(graph).to_json()})

    async def consent(*_: Any) -> None:
        return None

    tools = _Fates(chance)
    execution = execution_of(state, tools, workspace, StepBudget(100), append, consent)
    async with asyncio.timeout(20):
        await execution.run()
    assert all(step.status in TERMINAL for step in state.steps.values())
    for step in graph:
        ran = step.id in tools.order
        assert ran == (state.steps[step.id].status in ("done", "failed"))
        if ran:
            assert all(is_edge_satisfied(edge, state.steps[edge.step]) for edge in step.needs)
            assert all(tools.order.index(edge.step) < tools.order.index(step.id) for edge in step.needs)


def execution_of(state: RunState, tools: Any, workspace: Path, budget: StepBudget, append: Any, consent: Any) -> Execution:
    return Execution(LocalSteps(StepWork(state, SystemClock(), budget, append), tools, workspace, 1, Cancellation(), consent, {}), 3)


class _Never:
    def random(self) -> float:
        return 1.0

    def randint(self, low: int, high: int) -> int:
        return low


async def test_the_budget_is_extended_after_progress_written_down_and_in_the_end_spent(workspace: Path) -> None:
    from core.events import Event

    state = RunState("r")
    written: list[tuple[str, dict[str, Any]]] = []

    def append(kind: str, data: dict[str, Any]) -> None:
        written.append((kind, data))
        state.apply(Event(state.last_seq + 1, kind, "r", "", data))

    async def consent(*_: Any) -> None:
        return None

    graph = tuple(Step(f"s{n}", "t", {}, (Edge(f"s{n - 1}", "on_success"),) if n else ()) for n in range(10))
    append("plan_accepted", {"plan": Plan(graph).to_json()})
    tools = _Fates(_Never())  # type: ignore[arg-type]
    execution = execution_of(state, tools, workspace, StepBudget(2), append, consent)
    async with asyncio.timeout(20):
        await execution.run()
    assert [data for kind, data in written if kind == "budget_extended"] == [{"from": 2, "to": 3}, {"from": 3, "to": 4}, {"from": 4, "to": 6}]
    assert len(tools.order) == 6 and (state.steps["s6"].error or {})["code"] == "budget"
    assert all(state.steps[f"s{n}"].status in TERMINAL for n in range(7, 10)), "what hung on it ends too"


async def test_a_doubtful_plan_that_can_be_undone_is_agreed_to_as_safe(make_core: Callable[..., Core], workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")  # without one nothing can be opened
    doubtful = {**TWO, "confidence": 0.5}
    core = make_core(planner=ScriptedModel([doubtful], "planner", chats=False, reviews=False))
    assert (await ask(core, workspace))["status"] == "refused" and not list(workspace.iterdir())
    assert (await ask(core, workspace, approve="safe"))["status"] == "done" and (workspace / "a.txt").exists()
    leaving = {"steps": [{"id": "s1", "tool": "open.url", "args": {"url": "https://example.org"}, "needs": []}], "confidence": 0.5}
    core.pool.get("planner")._turns[:] = [leaving]  # type: ignore[attr-defined]
    assert (await ask(core, workspace, "open example.org", approve="safe"))["status"] == "refused"
