"""A loop that rises to a plan: calls that nobody agreed to yet and that cannot be taken back, leave the machine, or change much, are shown whole before any is made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core import events
from core.errors import RefusedByPolicy, ToolRetry
from core.execution.run import Run
from core.execution.steps.step_work import StepWork, make_failure
from core.gate.authorization import is_preauthorized
from core.plan import Edge, Plan, Step, references
from core.planning.checks.plan_checks import check_plan
from core.planning.effects import describe_effects, prepare_dry, shorten_effects
from core.planning.plan_approval import ask_for_approval
from core.planning.remote_expansion import HERE, expand_remote_steps
from core.ports import Intent
from core.turn.act.allowance import MOST_FILES
from core.turn.act.many_files import changed_files
from core.turn.act.review import review_effects

REMOTE = ("device.ask", "device.give", "device.bring")
MANY = "It changes "  # begins the reason that is their number


@dataclass(slots=True)
class Riser:
    """``execute`` carries out the open steps of the run's plan."""

    run: Run
    work: StepWork
    execute: Callable[[], Awaitable[str]]

    async def why(self, steps: Sequence[Step]) -> str:
        """Why these steps are to be a plan; empty where they may be done one by one."""
        intents = [await self._intent(step) for step in steps]
        for step, intent in zip(steps, intents, strict=True):
            if step.tool in REMOTE:
                return "It hands work to another machine."
            if intent is not None and intent.risk in ("irreversible", "leaves") and self._would_ask(step, intent):
                return "It cannot be undone." if intent.risk == "irreversible" else "It leaves this machine."
        planned = sum(self._files(step, intent) for step, intent in zip(steps, intents, strict=True))
        count = self._files_before() + planned
        return f"{MANY}{count} files, more than {MOST_FILES}." if planned and count > MOST_FILES else ""

    def _files(self, step: Step, intent: Intent | None) -> int:
        """Files that a step would change; one whose arguments only earlier steps can tell counts as one."""
        if intent is not None:
            return changed_files([change.to_json() for change in intent.changes], self.run.workspace)
        return int(bool(references(step.args)) and self.run.deps.tools.risk(step.tool) != "reads")

    def _files_before(self) -> int:
        """Files that were changed since the person last agreed to a plan."""
        count, state = 0, self.run.state
        for step_id, step in state.steps.items():
            changes: list[dict[str, Any]] = (step.intent or {}).get("changes", [])
            count = 0 if step_id in state.agreed else count + changed_files(changes, self.run.workspace)
        return count

    async def _intent(self, step: Step) -> Intent | None:
        return await prepare_dry(self.run.deps, self.run.request, self.run.state.run_id, self._filled(step), self.work.is_tainted(step))

    def _filled(self, step: Step) -> Step:
        """The step with what earlier ones gave; as it is where they have not given it yet."""
        try:
            return replace(step, args=self.work.resolve_args(step))
        except ToolRetry:
            return step

    def _would_ask(self, step: Step, intent: Intent) -> bool:
        request = self.run.request
        decision = self.run.deps.policy.decide(intent, request.get("conversation_id", ""), bool(request.get("local_only")), self.work.is_tainted(step))
        return decision.verdict == "ask"

    async def do(self, steps: tuple[Step, ...], why: str, model_id: str, is_ordered: bool = False) -> None:
        """Put the steps before whoever has to see them, and do them; those that are not done say why. ``is_ordered``: they say themselves what needs what."""
        run = self.run
        run.record_way("plan", why, {})
        plan = expand_remote_steps(Plan(steps if is_ordered else _in_order(steps)))
        run.append(events.PLAN_PROPOSED, {"round": 1, "plan": plan.to_json(), "by": model_id, "findings": []})
        faults = [finding.text for finding in check_plan(plan, run.build_check_context(is_preset=True)) if finding.hard and finding.code not in ("invented_file", "unknown_step")]
        if faults:
            return self._refuse(steps, "bad_plan", " ".join(faults))
        effects = await describe_effects(run.deps, run.request, run.state.run_id, plan.with_steps(tuple(map(self._filled, plan.steps))))
        if objection := await review_effects(run, plan, shorten_effects(effects), model_id):
            return self._refuse(steps, "reviewer", objection)
        try:
            agreed = await self._agreed(plan, why, effects)
        except RefusedByPolicy as refused:
            return self._refuse(steps, "denied", refused.message)
        self._accept(plan, agreed)
        await self.execute()
        return None

    async def _agreed(self, plan: Plan, why: str, effects: str) -> dict[str, list[list[str]]]:
        """The steps that the person agreed to by agreeing to the plan, with the scopes shown. A plan of one step asks at the step, if the step asks. Raises :class:`RefusedByPolicy`."""
        is_many, consent = why.startswith(MANY), self.run.consent
        if is_many and await self._is_agreed_ahead(plan):
            return {}
        if not is_many and (len(plan.steps) < 2 or not consent.can_ask() or self.run.request["approve"] != "ask"):
            return {}
        if is_many and consent.many_refused:
            raise RefusedByPolicy(consent.many_refused, code="denied")
        asked = f"plan@{plan.steps[0].id}"
        if not consent.can_ask() and not self.run.deps.approvals.is_open(self.run.state.run_id, asked):
            mode = "safe" if await self._is_safe(plan) else "all"
            consent.many_refused = "Nobody can be asked about so many files." if is_many else consent.many_refused
            raise RefusedByPolicy(f"{why} Nobody can be asked about so many. Allow it with --approve {mode}, or ask from a terminal or the desktop.", code="denied")
        shown = {step.id: await self._scopes(step) for step in plan.steps}
        try:
            await ask_for_approval(self.run, plan, why, effects, asked)
        except RefusedByPolicy:
            consent.many_refused = "You said no to changing so many files." if is_many else consent.many_refused
            raise
        return shown

    async def _is_agreed_ahead(self, plan: Plan) -> bool:
        """Whether the person let so many files be changed before: all of what a request asks, what can be undone (``safe``), or what they signed of a schedule."""
        mode = self.run.request["approve"]
        if mode == "scheduled":
            envelope = self.run.request.get("envelope", ())
            intents = [(step, await self._intent(step)) for step in plan.steps if self.run.deps.tools.risk(step.tool) != "reads"]
            return all(intent is not None and is_preauthorized(envelope, intent, intent.scopes, self.work.is_tainted(step)) for step, intent in intents)
        return mode == "all" or (mode == "safe" and await self._is_safe(plan))

    async def _is_safe(self, plan: Plan) -> bool:
        """Whether all of a plan can be undone here and none of it touches a private place; what asks for more asks at its step."""
        intents = [await self._intent(step) for step in plan.steps]
        risks = [self.run.deps.tools.risk(step.tool) for step in plan.steps]
        return all(risk in ("reads", "reversible") for risk in risks) and not any(scope.private for intent in intents if intent for scope in intent.scopes)

    async def _scopes(self, step: Step) -> list[list[str]]:
        intent = None if step.device not in HERE else await self._intent(step)
        return [[scope.kind, scope.value] for scope in intent.scopes] if intent else []

    def _accept(self, plan: Plan, agreed: dict[str, list[list[str]]]) -> None:
        before = self.run.state.plan
        merged = replace(before, steps=(*before.steps, *plan.steps)) if before else plan
        self.run.append(events.PLAN_ACCEPTED, {"plan": merged.to_json(), "suspect": [], "agreed": agreed, "rounds": self.run.state.rounds, "score": self.run.state.score})

    def _refuse(self, steps: Sequence[Step], code: str, why: str) -> None:
        for step in steps:
            self.work.finish(step, "failed", error=make_failure(code, why, 0))


def _in_order(steps: Sequence[Step]) -> tuple[Step, ...]:
    """One after the other, as the model wrote them, whatever became of the one before; what one uses of others has to be there."""
    ids = [step.id for step in steps]
    used = [[other for other in dict.fromkeys(references(step.args)) if other in ids[:number]] for number, step in enumerate(steps)]
    before = [[Edge(ids[number - 1], "always")] if number and ids[number - 1] not in used[number] else [] for number in range(len(ids))]
    return tuple(replace(step, needs=(*before[number], *map(Edge, used[number]))) for number, step in enumerate(steps))
