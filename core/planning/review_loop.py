"""The plan review loop: planner and reviewer, until the plan is good enough or the rounds are spent.

Code speaks first. A plan that code can fault goes back to the planner without troubling the reviewer; a review whose score
contradicts its own text is asked for once more and then not believed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from core import events
from core.errors import DeskhandError, ToolRetry
from core.messages import Message, ModelRequest
from core.plan import Edge, Plan, references
from core.planning import prompts
from core.planning.checks.finding import CheckContext, Finding
from core.planning.checks.plan_checks import check_plan
from core.planning.checks.step_order import add_hidden_order
from core.planning.plan_format import PLAN_SCHEMA, ParseError, read_plan
from core.planning.remote_expansion import expand_remote_steps
from core.planning.review import REVIEW_SCHEMA, Review, find_contradiction, read_review, review_by_code
from core.ports import ChatModel, Inventory
from core.turn.model_calls import ModelCaller


@dataclass(frozen=True, slots=True)
class PlanVerdict:
    """Outcome of a plan review loop. ``rounds`` is 0 when no reviewer was needed."""

    plan: Plan
    score: float
    rounds: int
    accepted: bool
    review: Review


async def _skip_effects(plan: Plan) -> str:
    return ""


@dataclass(slots=True)
class PlanReviewLoop:
    """Review loop of one request. ``append`` journals an event of the run."""

    caller: ModelCaller
    planner: ChatModel
    reviewer: ChatModel
    context: CheckContext
    facts: str
    history: tuple[Message, ...]
    threshold: float
    max_rounds: int
    append: Callable[[str, dict[str, Any]], Any]
    planner_context: dict[str, Any] = field(default_factory=dict)
    tools: Inventory = field(default_factory=lambda: Inventory(()))
    expand: Callable[[Plan], Plan] = lambda plan: plan  # puts the steps of skills in their place
    effects: Callable[[Plan], Awaitable[str]] = _skip_effects  # what a plan would do, by a dry run
    repair_request: str = ""  # what the planner is asked instead of the request, when a plan is to be repaired

    async def propose_first_plan(self) -> tuple[Plan, list[Finding]]:
        """Get the planner's first plan, with what code finds in it; it also decides the route."""
        return await self._propose((), 1)

    async def run(self, plan: Plan, findings: list[Finding]) -> PlanVerdict:
        """Review and revise until accepted or the rounds are spent; the best plan seen is the one that counts."""
        best: PlanVerdict | None = None
        last = Review(0.0)
        for number in range(1, self.max_rounds + 1):
            if number > 1:
                before = plan
                plan, findings = await self._propose((*last.issues, *last.suggestions), number)
                if best is not None and plan == before:
                    return replace(best, rounds=number - 1)  # nothing changes any more
            last = await self._review(plan, findings, number)
            verdict = PlanVerdict(plan, last.score, number, last.score >= self.threshold, last)
            if best is None or verdict.score >= best.score:
                best = verdict
            if verdict.accepted or not self.planner.profile.chats:
                return replace(best, rounds=number)
        assert best is not None
        return replace(best, rounds=self.max_rounds)

    async def _propose(self, notes: tuple[str, ...], number: int) -> tuple[Plan, list[Finding]]:
        request = ModelRequest(
            prompts.build_planner_messages(self.repair_request or self.context.request, self.facts, self.tools, self.history, notes),
            purpose="plan", request=self.context.request, context={**self.planner_context, "tools": self.context.tools.specs()}, schema=PLAN_SCHEMA,
        )  # fmt: skip
        try:
            reply = await self.caller.call(self.planner, request)
            if reply.is_cut:
                raise ParseError("the reply was cut off before its end")
            plan = self.normalise(self._expand_skills(read_plan(reply, self.context.tools.specs())))
            findings = check_plan(plan, self.context)
        except ParseError as error:
            plan, findings = Plan(), [Finding("unreadable", f"The plan cannot be read: {error}.")]
        if plan.steps or findings:
            self.append(events.PLAN_PROPOSED, {"round": number, "plan": plan.to_json(), "by": self.planner.profile.id, "findings": [finding.text for finding in findings]})
        return plan, findings

    def _expand_skills(self, plan: Plan) -> Plan:
        try:
            return self.expand(plan)
        except DeskhandError as error:
            raise ParseError(f"{error.message} {error.hint}".strip()) from error

    def normalise(self, plan: Plan) -> Plan:
        """Use canonical tool names, repair arguments, make hidden order visible."""
        steps = []
        for step in plan.steps:
            try:
                tool, args = self.context.tools.resolve(step.tool, step.args)
                known = {edge.step for edge in step.needs}
                needs = (*step.needs, *(Edge(used) for used in dict.fromkeys(references(args)) if used not in known))
                steps.append(replace(step, tool=tool, args=args, needs=needs))
            except ToolRetry:
                steps.append(step)  # the checks will say what is wrong with it
        return add_hidden_order(expand_remote_steps(plan.with_steps(tuple(steps))), self.context.tools, self.context.workspace)

    async def _review(self, plan: Plan, findings: list[Finding], number: int) -> Review:
        own = review_by_code(findings, plan.confidence)
        is_alone = self.reviewer.profile.id == self.planner.profile.id  # a model that grades itself finds nothing
        if any(finding.hard for finding in findings) or not self.reviewer.profile.reviews or is_alone:
            review = own
        else:
            review = await self._ask_reviewer(plan, own)
        self.append(events.PLAN_REVIEWED, {"round": number, **review.to_json()})
        return review

    async def _ask_reviewer(self, plan: Plan, own: Review) -> Review:
        messages = prompts.build_reviewer_messages(self.context.request, self.facts, plan, own.issues, self.tools, await self.effects(plan))
        why = ""
        for _ in range(2):
            reply = await self.caller.call(self.reviewer, ModelRequest(messages, purpose="review", request=self.context.request, schema=REVIEW_SCHEMA))
            try:
                score, issues, suggestions = read_review(reply.text)
            except ParseError as error:
                why = f"the review cannot be read: {error}"
            else:
                review = Review(score, tuple(issues), tuple(suggestions), self.reviewer.profile.id)
                why = find_contradiction(score, review.issues, self.threshold, reply.text)
                if not why:
                    return review
            messages = (*messages, Message("assistant", reply.text), Message("user", f"That does not hold together ({why}). Judge again, in the same format."))
        return Review(min(0.5, own.score), (*own.issues, f"The review was not believed: {why}."), (), self.reviewer.profile.id, why)
