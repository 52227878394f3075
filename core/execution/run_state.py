"""The state of a run, folded from its events. The live run and the resumed one use this same fold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from core import events
from core.events import ERASED, UNREADABLE, Event
from core.plan import Plan, Step
from core.planning.plan_format import plan_from_json, step_from_json

StepStatus = Literal["waiting", "ready", "running", "parked", "done", "failed", "blocked", "skipped", "cancelled"]
TERMINAL: frozenset[str] = frozenset({"done", "failed", "blocked", "skipped", "cancelled"})
RUN_TERMINAL: frozenset[str] = frozenset({"done", "failed", "refused", "cancelled", "planned", "asked"})
_WAYS = {"direct": "talk", "step": "act", "plan": "plan"}  # what was written before there were ways


@dataclass(slots=True)
class StepState:
    """Where one step stands. ``intent`` is what was journalled before it acted."""

    status: StepStatus = "waiting"
    attempts: int = 0
    value: Any = None
    text: str = ""
    error: dict[str, Any] | None = None
    verified: bool = False
    tainted: bool = False
    intent: dict[str, Any] | None = None
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    ms: float = 0.0
    rerouted: str = ""
    device: str = ""  # where code or a person put it, if its plan did not say
    placed: str = ""  # why there
    undoable: bool = False  # the machine that did it can take it back
    origins: tuple[str, ...] = ()  # where the words from outside came from that it found in files

    def to_json(self, step: Step) -> dict[str, Any]:
        """The shape of the contract's ``steps``."""
        return {
            "id": step.id, "tool": self.rerouted or step.tool, "status": self.status, "attempts": self.attempts, "device": self.device or step.device or "here",
            "verified": self.verified, "error": self.error, "artifacts": self.artifacts, "ms": round(self.ms, 2), "text": self.text[:2000], "args": _shorten(step.args),
        } | ({"placed": self.placed} if self.placed else {})  # fmt: skip


def _shorten(value: Any, most: int = 300) -> Any:
    """Shorten arguments as a list of steps shows them: long texts to their beginning."""
    if isinstance(value, str):
        return value if len(value) <= most else value[:most] + "…"
    if isinstance(value, dict):
        return {key: _shorten(item, most) for key, item in value.items()}
    return [_shorten(item, most) for item in value[:50]] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class LoopReply:
    """What a model said in the action loop. ``owner`` is the step that the loop works for, empty for the turn itself.

    ``calls`` are ``{"id", "name", "arguments", "step"}``; one without a step was answered by code (``result``). ``rejected`` says why the reply was sent back.
    A reply with neither is the answer; ``why`` then says why it is not a whole one. ``reasoning`` is kept for servers that want it back with the calls.
    """

    owner: str
    text: str
    calls: tuple[dict[str, Any], ...] = ()
    reason: str = "stop"
    rejected: str = ""
    why: str = ""
    reasoning: str = ""
    chance: float | None = None


@dataclass(slots=True)
class RunState:
    """Everything that is known of one run."""

    run_id: str
    request: dict[str, Any] = field(default_factory=dict)
    status: str = "running"
    way: str = ""
    way_why: str = ""
    replies: list[LoopReply] = field(default_factory=list)  # of the action loop, oldest first
    calls: dict[str, Step] = field(default_factory=dict)  # the steps that the action loop added
    owners: dict[str, str] = field(default_factory=dict)  # for such a step the step that its loop works for
    agreed: dict[str, list[list[str]]] = field(default_factory=dict)  # steps of a plan that the person saw whole and agreed to, with the scopes shown: ``[kind, value]`` each
    question: dict[str, Any] = field(default_factory=dict)
    plan: Plan | None = None
    rounds: int = 0
    score: float = 1.0
    steps: dict[str, StepState] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)
    suspect: dict[str, str] = field(default_factory=dict)  # steps that a model wrote after it had read text from outside, and where that was from
    answer: str = ""
    repairs: int = 0
    switched: bool = False
    cancelled: str = ""
    held: bool = False  # no further step begins until the person says so
    models: dict[str, str] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)
    skill: dict[str, Any] = field(default_factory=dict)  # the skill that the plan came from, and what it may use
    guide: dict[str, Any] = field(default_factory=dict)  # likewise the skill whose text a loop's model was given, while it is held to what it says
    resumed: bool = False  # it went on after a restart of the core
    last_seq: int = 0

    def apply(self, event: Event) -> None:
        """Fold one event in; unknown types are skipped, so that older Deskhands can read newer journals."""
        self.last_seq = event.seq
        handler = _HANDLERS.get(event.type)
        if handler and event.data != UNREADABLE and event.data != ERASED:
            handler(self, event.data)

    @property
    def outputs(self) -> dict[str, Any]:
        """The values of the steps that are done."""
        return {step_id: state.value for step_id, state in self.steps.items() if state.status == "done"}

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """The steps of the plan and of the action loop, in the order in which they came up."""
        known = self.calls | ({step.id: step for step in self.plan.steps} if self.plan else {})
        return tuple(known[step_id] for step_id in self.steps if step_id in known)

    def step_of(self, step_id: str) -> Step | None:
        """Return a step of the plan or of the action loop."""
        planned = next((step for step in self.plan.steps if step.id == step_id), None) if self.plan else None
        return planned or self.calls.get(step_id)

    def replies_of(self, owner: str) -> list[LoopReply]:
        """What was said in the loop that works for ``owner``."""
        return [reply for reply in self.replies if reply.owner == owner]

    @staticmethod
    def replay(run_id: str, history: Iterable[Event]) -> RunState:
        """Return the state after all of these events."""
        state = RunState(run_id)
        for event in history:
            state.apply(event)
        return state


def _on_run_started(state: RunState, data: dict[str, Any]) -> None:
    state.request = data


def _on_route_chosen(state: RunState, data: dict[str, Any]) -> None:
    _on_way_chosen(state, {**data, "way": _WAYS.get(data["route"], "plan")})


def _on_way_chosen(state: RunState, data: dict[str, Any]) -> None:
    state.way, state.way_why = data["way"], data.get("why", "")
    state.models.update(data.get("models", {}))


def _on_model_replied(state: RunState, data: dict[str, Any]) -> None:
    said = {key: data[key] for key in ("text", "reason", "rejected", "why", "reasoning", "chance") if key in data}
    state.replies.append(LoopReply(data.get("owner", ""), **{"text": "", **said}, calls=tuple(data.get("calls", ()))))


def _on_step_added(state: RunState, data: dict[str, Any]) -> None:
    step = step_from_json(data["step"])
    state.calls[step.id], state.owners[step.id] = step, data.get("owner", "")
    state.steps.setdefault(step.id, StepState(status="ready"))
    if data.get("suspect"):
        state.suspect[step.id] = data.get("from", "")


def _on_question_asked(state: RunState, data: dict[str, Any]) -> None:
    state.question = {key: data[key] for key in ("text", "choices", "does") if key in data}
    state.question["choices"] = list(data.get("choices", ()))


def _on_plan_accepted(state: RunState, data: dict[str, Any]) -> None:
    plan = plan_from_json(data["plan"])
    if data.get("repairs"):
        state.repairs += 1
        state.replaced.update(data["repairs"])
    state.suspect.update(dict.fromkeys(data.get("suspect", ()), data.get("from", "")))
    agreed = data.get("agreed", {})
    state.agreed.update(agreed if isinstance(agreed, dict) else {step_id: [] for step_id in agreed})  # older journals have no scopes
    state.plan = plan
    state.skill = data.get("skill") or state.skill
    state.rounds, state.score = data.get("rounds", state.rounds), data.get("score", state.score)
    for step in plan.steps:
        state.steps.setdefault(step.id, StepState())


def _on_context_tainted(state: RunState, data: dict[str, Any]) -> None:
    state.guide = data.get("skill") or state.guide


def _on_step_placed(state: RunState, data: dict[str, Any]) -> None:
    if step := state.steps.get(data["step"]):
        step.device, step.placed = data["device"], data["why"]


def _on_step_edited(state: RunState, data: dict[str, Any]) -> None:
    state.agreed.pop(data["step"], None)
    if data["step"] in state.calls:
        state.calls[data["step"]] = replace(state.calls[data["step"]], args=data["args"])
    if state.plan is not None:
        state.plan = state.plan.edited(data["step"], data["args"])


def _on_run_held(state: RunState, data: dict[str, Any]) -> None:
    state.held = data["held"]


def _on_models_switched(state: RunState, data: dict[str, Any]) -> None:
    state.switched = True
    state.models.update(data.get("models", {}))


def _on_step_started(state: RunState, data: dict[str, Any]) -> None:
    step = state.steps[data["step"]]
    step.status, step.attempts, step.intent = "running", data["attempt"], data.get("intent")
    step.rerouted = data.get("rerouted", "")


def _on_step_finished(state: RunState, data: dict[str, Any]) -> None:
    step = state.steps[data["step"]]
    step.status, step.value, step.text = data["status"], data.get("value"), data.get("text", "")
    step.error, step.verified, step.tainted = data.get("error"), data.get("verified", False), data.get("tainted", False)
    step.artifacts, step.ms = data.get("artifacts", []), data.get("ms", 0.0)
    step.undoable = bool(data.get("undoable"))
    step.origins = tuple(data.get("origins", ()))


def _on_approval_requested(state: RunState, data: dict[str, Any]) -> None:
    if data.get("step") in state.steps:
        state.steps[data["step"]].status = "parked"


def _on_approval_resolved(state: RunState, data: dict[str, Any]) -> None:
    if data.get("step") in state.steps:
        state.steps[data["step"]].status = "ready"


def _on_run_finished(state: RunState, data: dict[str, Any]) -> None:
    state.status, state.answer, state.result = data["status"], data.get("answer", ""), data.get("result", {})


def _on_cancel_requested(state: RunState, data: dict[str, Any]) -> None:
    state.cancelled = data.get("reason", "cancelled")


def _on_run_resumed(state: RunState, data: dict[str, Any]) -> None:
    state.status, state.resumed = "running", True
    if data.get("retry"):
        for step_id in data["retry"]:
            state.steps[step_id] = StepState()
        state.cancelled, state.held = "", False


_HANDLERS = {
    events.RUN_STARTED: _on_run_started,
    events.ROUTE_CHOSEN: _on_route_chosen,
    events.WAY_CHOSEN: _on_way_chosen,
    events.MODEL_REPLIED: _on_model_replied,
    events.STEP_ADDED: _on_step_added,
    events.QUESTION_ASKED: _on_question_asked,
    events.PLAN_ACCEPTED: _on_plan_accepted,
    events.CONTEXT_TAINTED: _on_context_tainted,
    events.MODELS_SWITCHED: _on_models_switched,
    events.STEP_PLACED: _on_step_placed,
    events.STEP_EDITED: _on_step_edited,
    events.RUN_HELD: _on_run_held,
    events.STEP_STARTED: _on_step_started,
    events.STEP_FINISHED: _on_step_finished,
    events.APPROVAL_REQUESTED: _on_approval_requested,
    events.APPROVAL_RESOLVED: _on_approval_resolved,
    events.RUN_CANCEL_REQUESTED: _on_cancel_requested,
    events.RUN_RESUMED: _on_run_resumed,
    events.RUN_FINISHED: _on_run_finished,
}
