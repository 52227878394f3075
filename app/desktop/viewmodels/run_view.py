"""A run as the window shows it: folded from the core's events, or read from a finished run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.desktop.viewmodels.progress import Progress, advance

WAY_OF_ROUTE = {"direct": "talk", "step": "act", "plan": "plan"}  # in journals and results of before the ways


@dataclass(slots=True)
class RunView:
    """Everything shown of one run."""

    run_id: str
    status: str = "running"
    way: str = ""
    way_why: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    called: set[str] = field(default_factory=set)  # ids of steps that a model called, beside those of a plan
    reviews: list[dict[str, Any]] = field(default_factory=list)
    models: dict[str, str] = field(default_factory=dict)
    switch: dict[str, Any] = field(default_factory=dict)
    usage: dict[str, float] = field(default_factory=dict)
    text: str = ""
    thinking: str = ""
    approvals: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=dict)
    undone: bool = False
    held: bool = False
    stuck: str = ""  # why it stands still, until it goes on
    progress: Progress | None = None
    question: dict[str, Any] = field(default_factory=dict)  # {"text", "choices"} that the turn ended with

    @staticmethod
    def from_result(run_id: str, result: dict[str, Any]) -> RunView:
        """The view of a finished run."""
        view = RunView(run_id, result.get("status", "done"), _way_of(result), result.get("way_why", ""))
        plan, rows = result.get("plan") or {}, result.get("steps") or []
        view.steps = [] if result.get("route") == "direct" else _steps_of(plan.get("steps") or [], rows)
        view.states = {step["id"]: step for step in rows}
        view.models, view.usage, view.result, view.text = result.get("models", {}), result.get("usage", {}), result, result.get("answer", "")
        view.question = result.get("question") or {}
        if plan.get("rounds"):
            view.reviews = [{"round": plan["rounds"], "score": plan["score"], "issues": [], "suggestions": []}]
        return view

    def apply(self, event: dict[str, Any]) -> None:
        """Fold one event in; unknown types are passed over."""
        handler = getattr(self, f"_on_{event['type']}", None)
        if handler:
            handler(event["data"])

    @property
    def busy(self) -> bool:
        return self.status in ("running", "parked")

    @property
    def score(self) -> float | None:
        return self.reviews[-1]["score"] if self.reviews else None

    @property
    def is_talk(self) -> bool:
        """Whether it is words and nothing else."""
        return self.way == "talk" and not self.steps

    def _on_route_chosen(self, data: dict[str, Any]) -> None:
        self.way, self.models = _way_of(data), data.get("models", {})

    def _on_way_chosen(self, data: dict[str, Any]) -> None:
        self.way, self.way_why, self.models = data["way"], data.get("why", ""), data.get("models") or self.models

    def _on_step_added(self, data: dict[str, Any]) -> None:
        step = {**data["step"], "called": True}
        self.called.add(step["id"])
        self.steps = [*(other for other in self.steps if other["id"] != step["id"]), step]

    def _on_question_asked(self, data: dict[str, Any]) -> None:
        self.question = data

    def _on_model_progressed(self, data: dict[str, Any]) -> None:
        self.progress = advance(self.progress, data)

    def _on_model_called(self, _: dict[str, Any]) -> None:
        self.progress = None

    def _on_plan_proposed(self, data: dict[str, Any]) -> None:
        self._show_plan(data["plan"]["steps"])
        self.states = {step_id: state for step_id, state in self.states.items() if step_id in self.called}

    def _show_plan(self, planned: list[dict[str, Any]]) -> None:
        """The steps of a plan, after what a model called before it rose to this plan."""
        ids = {step["id"] for step in planned}
        self.steps = [*(step for step in self.steps if step["id"] in self.called - ids), *planned]

    def _on_plan_reviewed(self, data: dict[str, Any]) -> None:
        self.reviews.append(data)

    def _on_plan_accepted(self, data: dict[str, Any]) -> None:
        self._show_plan(data["plan"]["steps"])

    def _on_models_switched(self, data: dict[str, Any]) -> None:
        self.switch, self.models = data, data.get("models", self.models)
        if data.get("loading"):
            self.progress = Progress("loading", str(data["loading"][0]))

    def _on_models_loaded(self, data: dict[str, Any]) -> None:
        self.switch = {**self.switch, "skipped": False, **data, "loading": []}
        self.progress = None

    def _on_step_placed(self, data: dict[str, Any]) -> None:
        self.states[data["step"]] = {**self.states.get(data["step"], {"status": "waiting"}), "device": data["device"], "placed": data["why"]}

    def _on_step_edited(self, data: dict[str, Any]) -> None:
        self.steps = [{**step, "args": data["args"]} if step["id"] == data["step"] else step for step in self.steps]

    def _on_run_held(self, data: dict[str, Any]) -> None:
        self.held = data["held"]

    def _on_step_started(self, data: dict[str, Any]) -> None:
        self.progress = None
        kept = {key: value for key, value in self.states.get(data["step"], {}).items() if key in ("device", "placed")}
        self.states[data["step"]] = {**kept, "status": "running", "attempts": data["attempt"]} | ({"device": data["device"]} if data.get("device") else {})

    def _on_step_progressed(self, data: dict[str, Any]) -> None:
        if data["step"] in self.states:
            self.states[data["step"]] |= {"share": data["share"], "told": data["text"]}

    def _on_step_finished(self, data: dict[str, Any]) -> None:
        self.states[data["step"]] = {**self.states.get(data["step"], {}), **{key: value for key, value in data.items() if key not in ("step", "value")}}

    def _on_text_delta(self, data: dict[str, Any]) -> None:
        self.text += data["text"]
        self.progress = None

    def _on_text_withdrawn(self, data: dict[str, Any]) -> None:
        if data.get("why") == "thinking":  # it was no answer but thinking, in another channel
            self.thinking += self.text
        self.text = ""

    def _on_reasoning_delta(self, data: dict[str, Any]) -> None:
        self.thinking += data["text"]
        if self.progress is None or self.progress.phase != "thinking":
            self.progress = Progress("thinking")

    def _on_approval_requested(self, data: dict[str, Any]) -> None:
        self.status, self.progress = "parked", None
        self.approvals[data["approval"]] = data
        if data["step"] in {step["id"] for step in self.steps}:
            self.states[data["step"]] = {"status": "parked"}

    def _on_approval_resolved(self, data: dict[str, Any]) -> None:
        self.status = "running"
        self.approvals.pop(data["approval"], None)
        if data["step"] in self.states:
            self.states[data["step"]] = {"status": "ready"}

    def _on_problem_raised(self, data: dict[str, Any]) -> None:
        self.problems.append(data)
        self.stuck = f"{data.get('message', '')} {data.get('hint', '')}".strip() if data.get("stands_still") else self.stuck

    def _on_run_resumed(self, data: dict[str, Any]) -> None:
        self.status, self.held, self.stuck = "running", self.held and not data.get("retry"), ""

    def _on_run_undone(self, data: dict[str, Any]) -> None:
        self.undone = bool(data.get("complete"))

    def _on_run_finished(self, data: dict[str, Any]) -> None:
        self.status, self.result, self.approvals, self.progress = data["status"], data["result"], {}, None
        self.text, self.usage = data["answer"], data["result"].get("usage", {})
        self.question = data["result"].get("question") or self.question
        for step in data["result"].get("steps", ()):
            self.states[step["id"]] = {**self.states.get(step["id"], {}), **step}


def _way_of(found: dict[str, Any]) -> str:
    """The way of an event or result, also of one that knows routes only."""
    return str(found.get("way") or WAY_OF_ROUTE.get(found.get("route", ""), ""))


def _steps_of(planned: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All steps of a result in its order: those of the plan as planned, the others as they were called."""
    known = {step["id"]: step for step in planned}
    done = [known.get(row["id"]) or {"id": row["id"], "tool": row["tool"], "args": row.get("args") or {}, "needs": [], "called": True} for row in rows]
    return [*done, *(step for step in planned if step["id"] not in {row["id"] for row in rows})]
