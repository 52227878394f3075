"""What all stages of one run share: its state and events, its models and tools, its time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core import events
from core.conversations import steps_of
from core.errors import NoModel
from core.execution.deps import PipelineDeps
from core.execution.run_state import RunState
from core.gate.consent import Consent
from core.gate.provenance import is_own_statement, request_origin
from core.plan import Plan, Step
from core.planning.checks.finding import CheckContext
from core.ports import Arrival, Cancellation, ChatModel, Inventory, ModelProfile, SkillUse
from core.turn import model_routing
from core.turn.model_calls import ModelCaller

LEAST_CONTEXT = 2048  # tokens that the action loop needs to say anything at all
ROLES = ("planner", "reviewer", "executor")


class ModelNeeded(Exception):
    """Only a model that talks can go on, and one is on its way: the run begins anew when it is here."""


def can_act(profile: ModelProfile) -> bool:
    """Whether a model can work in the action loop."""
    return profile.chats and profile.calls and profile.context >= LEAST_CONTEXT


class Run:
    """``state`` is always the fold of the run's events. ``notify`` is told ``parked`` and ``running``."""

    def __init__(self, deps: PipelineDeps, state: RunState) -> None:
        self.deps, self.state = deps, state
        self.cancellation = Cancellation()
        self.began = time.monotonic()
        self.notify: Callable[[str], None] = lambda status: None
        self.consent = Consent(deps, state, self.cancellation, lambda status: self.notify(status))
        self.caller = ModelCaller(
            deps.journal, state.run_id, deps.egress, deps.usage_ledger, self.consent.ask_to_exceed_cap, deps.precedence, lambda model_id: deps.pool.loads_in(model_id) > 0
        )
        self.timings: dict[str, float] = {"discussion": 0.0, "switch": 0.0, "execution": 0.0}  # seconds
        self.shows_plan = False  # the person asked to see the plan before anything is done
        self.needs_model = False  # its answer only says that a bigger model could do it
        self.loop_status = ""  # how the action loop ended, where one ran
        self.skill: SkillUse | None = None
        self.remembered: tuple[tuple[str, str], ...] = ()  # ids and lines of the memories that a planner was given
        self.missing = ""  # a sentence: which chosen model is not here, and who stands in for it
        self._stand_ins: dict[str, str] = {}  # by the id of the missing model
        self._tools: Inventory | None = None

    @property
    def request(self) -> dict[str, Any]:
        return self.state.request

    @property
    def text(self) -> str:
        return str(self.state.request["text"])

    @property
    def workspace(self) -> Path:
        return Path(self.state.request["workspace"])

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the plan; :attr:`RunState.all_steps` has those of the action loop too."""
        return self.state.plan.steps if self.state.plan else ()

    def is_persons_own(self, text: str) -> bool:
        """Whether a text says what the person said in this conversation and nothing besides. Where nothing was read in it yet, a model has nobody else's words."""
        conversation, run_id = self.request.get("conversation_id", ""), self.state.run_id
        before = steps_of(self.deps.recent_turns(conversation, run_id))
        looked = [state for step in self.state.all_steps if (state := self.state.steps[step.id]).status in ("done", "failed") and not step.tool.startswith("memory.")]
        if self.own_words and not (before or looked):
            return True
        return is_own_statement(text, [self.own_words, *(message.content for message in self.deps.history(conversation, run_id) if message.role == "user" and not message.tainted)])

    @property
    def first_token_ms(self) -> float | None:
        """Milliseconds from the request to the first visible text of a model; None where none wrote."""
        return None if self.caller.first_text is None else round((self.caller.first_text - self.began) * 1000, 3)

    @property
    def seconds_allowed(self) -> float:
        return float(self.request.get("timeout_s") or self.deps.settings["run.timeout_s"])

    @property
    def own_words(self) -> str:
        """The request as the person's own words; empty where somebody else's are in it."""
        return "" if request_origin(self.request) else self.text

    def suspect_steps(self, plan: Plan) -> list[str]:
        """Ids of the steps of a plan that was made of the request alone and may be made of words from outside: all of them, or none."""
        return [] if self.own_words else [step.id for step in plan.steps]

    async def recall(self) -> tuple[tuple[str, str], ...]:
        """What is remembered about the request, id and line each. Nothing for another machine: what is remembered here is this machine's owner's, and the answer goes there."""
        return () if self.request.get("remote") else await self.deps.recall_memories(self.text, self.request.get("conversation_id", ""))

    def append(self, type_: str, data: dict[str, Any]) -> None:
        """Journal an event of this run and fold it in."""
        self.state.apply(self.deps.journal.append(type_, self.state.run_id, data))

    def record_way(self, way: str, why: str, models: dict[str, str] | None = None) -> None:
        """Journal which way the request goes from now on, and why."""
        self.append(events.WAY_CHOSEN, {"way": way, "why": why, "models": self.model_ids() if models is None else models})

    def send_answer(self, text: str) -> None:
        """Send the answer, whole and at once. Where a model that talks wrote for it unseen, this is the first that is seen of its words."""
        self.caller.show_whole()
        self.state.answer = text
        self.append(events.TEXT_DELTA, {"text": text, "purpose": "answer"})

    def require_model(self) -> None:
        """Note that only a bigger model could do this. Raises :class:`ModelNeeded` where one is on its way and this run would be served by it."""
        chosen = any(self.request.get("models", {}).values())
        if not chosen and not self.model("planner").profile.chats and self.deps.arrival.is_coming():
            raise ModelNeeded
        self.needs_model = True

    def announce_arrival(self, at: Arrival) -> None:
        """Announce how far the model is that this run waits for; never stored."""
        data = {"phase": "fetching", "model": at.name, "read": at.done, "total": at.total, "reused": 0, "doing": at.phase}
        self.deps.journal.announce(events.MODEL_PROGRESSED, self.state.run_id, data)

    def acting_model(self) -> ChatModel:
        """The model of the action loop: the executor where it can be given tools, else the planner. Who names a planner for one request means that it is to do it."""
        chosen = self.request.get("models", {})
        executor = self.model("planner" if chosen.get("planner") and not chosen.get("executor") else "executor")
        return executor if can_act(executor.profile) else self.model("planner")

    def record_plan(self, plan: Plan, by: str, number: int = 1) -> None:
        """Journal a plan that no review loop made."""
        self.append(events.PLAN_PROPOSED, {"round": number, "plan": plan.to_json(), "by": by, "findings": []})

    def model(self, role: str) -> ChatModel:
        """The model of a role: named by the request, by the person's routing rules, or by the settings. Raises :class:`NoModel` where this run may not use it."""
        named = self.request.get("models", {})
        if asked := named.get(role) or (named.get("planner") if not self._find_chosen_model(role) else ""):
            model = self.deps.pool.get(asked)
        else:
            model = self._get_or_stand_in(self._find_chosen_model(role) or self.deps.settings["models.planner"])
        if self._local_only() and not model.profile.local:
            self.deps.egress.record(self.state.run_id, model.profile.host, f"model:{model.profile.id}", allowed=False)
            raise NoModel(f"{model.profile.id} is not on this machine, and this run is local only.", hint="Choose a local model, or leave out --local-only.")
        return model

    def _find_chosen_model(self, role: str) -> str:
        """Return what rules or settings name for a role; empty where they leave it to the planner."""
        return self._find_routed_model(role) or str(self.deps.settings[f"models.{role}"])

    def _get_or_stand_in(self, chosen: str) -> ChatModel:
        """The chosen model, or the one that stands in where its file has gone; the choice stays, so that a file that comes back answers again."""
        pool = self.deps.pool
        try:
            return pool.get(chosen)
        except NoModel:
            other = self._stand_ins.get(chosen) or pool.stand_in(chosen)
            self._stand_ins[chosen] = other
            self.missing = f"{chosen} is chosen and is not here any more: {other} answers instead."
            return pool.get(other)

    def model_ids(self) -> dict[str, str]:
        """The id of the model in each role."""
        return {role: self.model(role).profile.id for role in ROLES}

    def answering_model(self) -> ChatModel | None:
        """The executor, where it can write; None where it cannot."""
        known = self.state.models.get("executor")
        model = self._get_or_stand_in(known) if known else self.model("executor")
        return model if model.profile.chats else None

    def _local_only(self) -> bool:
        return bool(self.request.get("local_only") or self.deps.settings["privacy.local_only"])

    def _find_routed_model(self, role: str) -> str:
        """Return the model that the person's routing rules name for this request; empty where none applies."""
        if not (rules := self.deps.settings.extra.get("route")):
            return ""
        signals = model_routing.collect_signals(self.text, self._local_only(), self.deps.usage_ledger.usage_today().cost_usd, self.deps.clock.now().astimezone().hour)
        return model_routing.choose_model(role, rules, signals)

    async def inventory(self, context: int) -> Inventory:
        """The tools of this run: chosen once, so that every model of it sees the same. ``context`` is a model's window in tokens."""
        if self._tools is None:
            self._tools = await self.deps.tools.offered(self.text, context)
        return self._tools

    def build_check_context(self, remembered: tuple[str, ...] = (), conversation: tuple[str, ...] = (), is_preset: bool = False) -> CheckContext:
        """Build what code checks a plan of this run against."""
        denied = self.deps.policy.denied_tools(tuple(spec.name for spec in self.deps.tools.all_specs()))
        return CheckContext(
            self.text, self.workspace, self.deps.tools, self.deps.settings["run.step_budget"], self.deps.elsewhere.devices(), denied,
            remembered=remembered, conversation=conversation, is_preset=is_preset,
        )  # fmt: skip

    def time_stage(self, stage: str) -> StageTimer:
        """Return a context that adds its seconds to those of the stage."""
        return StageTimer(self.timings, stage)


class StageTimer:
    def __init__(self, timings: dict[str, float], stage: str) -> None:
        self._timings, self._stage = timings, stage

    def __enter__(self) -> None:
        self._start = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._timings[self._stage] += time.monotonic() - self._start
