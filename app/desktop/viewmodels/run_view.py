"""A run as the window shows it: folded from the core's events, or read from a finished run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class RunView:
    """Everything shown of one run."""

    run_id: str
    status: str = "running"
    route: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
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

    @staticmethod
    def from_result(run_id: str, result: dict[str, Any]) -> RunView:
        """The view of a finished run."""
        view = RunView(run_id, result.get("status", "done"), result.get("route", ""))
        view.steps = result.get("plan", {}).get("steps", [])
        view.states = {step["id"]: step for step in result.get("steps", [])}
        view.models, view.usage, view.result, view.text = result.get("models", {}), result.get("usage", {}), result, result.get("answer", "")
        if result.get("plan", {}).get("rounds"):
            view.reviews = [{"round": result["plan"]["rounds"], "score": result["plan"]["score"], "issues": [], "suggestions": []}]
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

    def _on_route_chosen(self, data: dict[str, Any]) -> None:
        self.route, self.models = data["route"], data.get("models", {})

    def _on_plan_proposed(self, data: dict[str, Any]) -> None:
        self.steps, self.states = data["plan"]["steps"], {}

    def _on_plan_reviewed(self, data: dict[str, Any]) -> None:
        self.reviews.append(data)

    def _on_plan_accepted(self, data: dict[str, Any]) -> None:
        self.steps = data["plan"]["steps"]

    def _on_models_switched(self, data: dict[str, Any]) -> None:
        self.switch, self.models = data, data.get("models", self.models)

    def _on_models_loaded(self, data: dict[str, Any]) -> None:
        self.switch = {**self.switch, "skipped": False, **data, "loading": []}

    def _on_step_placed(self, data: dict[str, Any]) -> None:
        self.states[data["step"]] = {**self.states.get(data["step"], {"status": "waiting"}), "device": data["device"], "placed": data["why"]}

    def _on_step_edited(self, data: dict[str, Any]) -> None:
        self.steps = [{**step, "args": data["args"]} if step["id"] == data["step"] else step for step in self.steps]

    def _on_run_held(self, data: dict[str, Any]) -> None:
        self.held = data["held"]

    def _on_step_started(self, data: dict[str, Any]) -> None:
        kept = {key: value for key, value in self.states.get(data["step"], {}).items() if key in ("device", "placed")}
        self.states[data["step"]] = {**kept, "status": "running", "attempts": data["attempt"]} | ({"device": data["device"]} if data.get("device") else {})

    def _on_step_progressed(self, data: dict[str, Any]) -> None:
        if data["step"] in self.states:
            self.states[data["step"]] |= {"share": data["share"], "told": data["text"]}

    def _on_step_finished(self, data: dict[str, Any]) -> None:
        self.states[data["step"]] = {**self.states.get(data["step"], {}), **{key: value for key, value in data.items() if key not in ("step", "value")}}

    def _on_text_delta(self, data: dict[str, Any]) -> None:
        self.text += data["text"]

    def _on_reasoning_delta(self, data: dict[str, Any]) -> None:
        self.thinking += data["text"]

    def _on_approval_requested(self, data: dict[str, Any]) -> None:
        self.status = "parked"
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
        self.status, self.result, self.approvals = data["status"], data["result"], {}
        self.text, self.usage = data["answer"], data["result"].get("usage", {})
        for step in data["result"].get("steps", ()):
            self.states[step["id"]] = {**self.states.get(step["id"], {}), **step}
