"""One run from request to answer. Start reading at :meth:`RunDriver.drive`.

Everything it learns is an event first; a driver made from the same events goes on where another one was killed.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from core import events
from core.errors import DeskhandError, ModelError, NoModel, PlanRejected, RefusedByPolicy, StorageError, ToolFailed
from core.memory.use import made_use_of
from core.messages import Message, ModelRequest
from core.pipeline import answer, elsewhere, origins, prompts, routing, skilled
from core.pipeline.budget import StepBudget
from core.pipeline.consent import Consent
from core.pipeline.discussion import Discussion, Verdict
from core.pipeline.execution import Execution
from core.pipeline.machines import Machines
from core.pipeline.model_calls import ModelCaller
from core.pipeline.parts import Parts
from core.pipeline.plan_checks import CheckContext, Finding, check_plan
from core.pipeline.reading import Unreadable, plan_from_json
from core.pipeline.review import SURE, Review
from core.pipeline.state import TERMINAL, RunState
from core.pipeline.steering import Steering
from core.pipeline.window import budgeted
from core.plan import Plan, Step, as_text, references, rename_references
from core.ports import Cancellation, ChatModel, Inventory, SkillUse, SwitchReport, ToolBox, ToolResult

log = logging.getLogger("deskhand.run")
EXPECTED_ROUNDS = 2  # of planner and reviewer, for the decision who stays loaded


class RunDriver:
    """Drives one run. ``state`` is always the fold of the run's events."""

    def __init__(self, parts: Parts, state: RunState) -> None:
        self.parts = parts
        self.state = state
        self.cancellation = Cancellation()
        self._began = time.monotonic()
        self.notify: Callable[[str], None] = lambda status: None
        self.consent = Consent(parts, state, self.cancellation, lambda status: self.notify(status))
        self.machines = Machines(parts, state, self.cancellation, self.append, self.consent, self._began + self._seconds_left())
        self.steering = Steering(state, self.append, self.machines, lambda plan: check_plan(plan, replace(self._check_context(), given=True)))
        self.caller = ModelCaller(parts.journal, state.run_id, parts.egress, parts.spending, self.consent.ask_for_more)
        self.timings: dict[str, float] = {"route": 0.0, "discussion": 0.0, "switch": 0.0, "execution": 0.0}
        self._tools: Inventory | None = None
        self.finish: Callable[[dict[str, Any], Callable[[], None]], None] = lambda result, emit: emit()

    # -- the way of a request -------------------------------------------------------------------------------------

    async def drive(self) -> dict[str, Any]:
        """Route, discuss, switch, execute, answer; returns the result of the contract. Never raises but on shutdown."""
        self.parts.spending.limit(self.state.run_id, self.state.request.get("caps", {}))
        try:
            async with asyncio.timeout(self._seconds_left()) as limit:
                self.steering.begin(limit)
                await self._stages()
            status = self._status()
        except TimeoutError:
            self.cancellation.request("The time limit was reached.")
            status = await self._stopped("failed", DeskhandError("The run took longer than allowed.", code="timeout", hint="Allow more with --timeout."))
        except StorageError as error:
            if error.retryable:
                raise  # nothing can be written down now; the run goes on when it can
            status = await self._stopped("failed", error)
        except DeskhandError as error:
            status = await self._stopped({4: "refused"}.get(error.exit_code, "failed"), error)
        except asyncio.CancelledError:
            if not self.state.cancelled:
                raise  # the core is going down; the run goes on after the next start
            status = await self._stopped("cancelled", None)
        except Exception as error:
            log.exception("a run failed in a way it does not know")
            status = await self._stopped("failed", DeskhandError(f"Something went wrong inside Deskhand: {error}", hint="The log has the details (`deskhand doctor`)."))
        finally:
            self.parts.pool.expect(self.state.run_id, ())
            self.parts.spending.forget(self.state.run_id)
        return self._close(status)

    async def _stages(self) -> None:
        if self.state.plan is None:
            await self._decide()
        if self.state.request.get("plan_only") or not self.state.steps:
            return
        if not self.state.switched:
            await self._switch()
        with self._timed("execution"):
            await self._execute()
            await self._repair_while_useful()
        if not self.cancellation.event.is_set():
            await self._answer()

    async def _decide(self) -> None:
        """Route and plan: a plan that is given and a skill that fits need no planner; else the planner's first reply decides which way the request goes."""
        if given := self._given():
            self._take(given)
            return
        self._skill = await self.parts.skills.wanted(self.state.request["text"], self._workspace, self.state.request.get("skill"))
        if self._skill and (self._skill.plan or self._skill.question):
            await self._follow(self._skill)
            return
        planner, reviewer = self._model("planner"), self._model("reviewer")
        rounds = (planner.profile.id, reviewer.profile.id) * EXPECTED_ROUNDS
        self.parts.pool.expect(self.state.run_id, (*rounds, self._executor_id()))
        if self._skill and not planner.profile.chats:
            await self._reply(
                f"The skill {self._skill.name} is written for a model that reads, and the built-in starter does not. Add one with `deskhand model add`, or on the Models page."
            )
            return
        discussion = await self._discussion(planner, reviewer)
        if self.parts.pool.loads_in(planner.profile.id) == 0 < self.parts.pool.loads_in(reviewer.profile.id):
            self.parts.pool.ahead(reviewer.profile.id, self._tell_loaded, beside=True)  # while the planner speaks
        with self._timed("route"):
            plan, findings = await discussion.first_plan()
        models = {"planner": planner.profile.id, "reviewer": reviewer.profile.id, "executor": self._executor_id()}
        route = route_of(plan, findings, self.parts.tools)
        if route == "step" and not certain(plan, findings, self.parts.tools):
            route = "plan"
        self.append(events.ROUTE_CHOSEN, {"route": route, "models": models})
        if route == "direct":
            if not planner.profile.chats and (hint := (await self.parts.skills.fitting(self.state.request["text"], self._workspace, False))[1]):
                plan = replace(plan, answer=f"{plan.answer or plan.question}\n\n{hint}")
            await self._direct(plan)
            self.append(
                events.PLAN_ACCEPTED, {"plan": Plan(answer=plan.answer, question=plan.question).to_json(), "rounds": 0, "score": 1.0, **self._tainted_by(planner, discussion)}
            )
            return
        with self._timed("discussion"):
            verdict = Verdict(plan, plan.confidence, 0, True, Review(plan.confidence)) if route == "step" else await discussion.settle(plan, findings)
        if not verdict.accepted:
            verdict = await self._ask_for_plan(verdict, discussion)
        elif self._to_be_shown(verdict.plan):
            verdict = await self._show_plan(verdict, discussion, "you want to see such plans before they run")
        told = self._tainted_by(planner, discussion) or ({"outside": True, "from": f"the skill {self._skill.name}"} if self._skill and self._skill.tools is not None else {})
        if self._skill:
            told = {**told, "skill": self._skill.to_json()}
        suspect = [step.id for step in verdict.plan.steps] if told.get("outside") else []
        self.append(events.PLAN_ACCEPTED, {"plan": verdict.plan.to_json(), "suspect": suspect, "rounds": verdict.rounds, "score": round(verdict.score, 3), **told})

    def _tainted_by(self, planner: ChatModel, discussion: Discussion) -> dict[str, Any]:
        """That the planner had words from outside before it, in the conversation so far; a planner that only copies from the request does not follow them."""
        if not planner.profile.chats:
            return {}
        if any(message.tainted for message in discussion.history):
            return {"outside": True, "from": origins.CONVERSATION}
        return {"outside": True, "from": origins.GUIDE} if self.state.request.get("instructions") and not self.state.request.get("trusted", True) else {}

    def _given(self) -> Plan | None:
        """The plan of a request that came with one (from a hub), or that is addressed to a device: by ``@name``, or in plain words where the planner knows of no machines."""
        if rows := self.state.request.get("given"):
            return plan_from_json({"steps": rows})
        if addressed := self.parts.elsewhere.addressed(self.state.request["text"]):
            return Plan((Step("s1", "device.ask", {"request": addressed[1]}, device=addressed[0]),))
        return None if self._model("planner").profile.chats else self.parts.elsewhere.meant(self.state.request["text"])

    def _take(self, given: Plan) -> None:
        """Follow a given plan after code has looked at it. Raises :class:`PlanRejected`."""
        context = replace(self._check_context(), given=True)
        try:
            plan = Discussion(self.caller, self._model("planner"), self._model("planner"), context, "", (), 0.0, 1, self.append).normalise(given)
        except Unreadable as error:
            raise PlanRejected(f"The plan cannot be read: {error}.") from error
        if faults := [finding.text for finding in check_plan(plan, context) if finding.hard and finding.code != "invented_file"]:
            raise PlanRejected(" ".join(faults))
        self.append(
            events.ROUTE_CHOSEN,
            {"route": "plan" if len(plan.steps) > 1 else "step", "models": {role: self._model(role).profile.id for role in ("planner", "reviewer", "executor")}},
        )
        self.append(events.PLAN_PROPOSED, {"round": 1, "plan": plan.to_json(), "by": "hub" if self.state.request.get("remote") else "person", "findings": []})
        suspect = [step.id for step in plan.steps] if self.state.request.get("remote", {}).get("tainted") else []
        self.append(events.PLAN_ACCEPTED, {"plan": plan.to_json(), "suspect": suspect, "from": origins.HUB, "rounds": 0, "score": 1.0})

    async def _follow(self, skill: SkillUse) -> None:
        """Take a skill's plan as it is, after code has looked at it; or ask what it still has to know."""
        if skill.plan is None:
            await self._reply(skill.question)
            return
        context = self._check_context()
        discussion = Discussion(self.caller, self._model("planner"), self._model("planner"), context, "", (), 0.0, 1, self.append)
        plan = skilled.checked(discussion.normalise(skill.plan), skill.name, context)
        self.append(events.ROUTE_CHOSEN, {"route": "plan", "models": {role: self._model(role).profile.id for role in ("planner", "reviewer", "executor")}})
        self.append(events.PLAN_PROPOSED, {"round": 1, "plan": plan.to_json(), "by": f"skill {skill.name}", "findings": []})
        verdict = Verdict(plan, 1.0, 0, True, Review(1.0))
        if self._to_be_shown(plan):
            verdict = await self._show_plan(verdict, discussion, "you want to see such plans before they run")
        accepted = replace(verdict.plan, answer=skill.plan.answer)
        self.append(events.PLAN_ACCEPTED, {"plan": accepted.to_json(), "suspect": [], "rounds": 0, "score": 1.0, "skill": skill.to_json()})

    async def _reply(self, text: str) -> None:
        """Answer without a planner."""
        self.append(events.ROUTE_CHOSEN, {"route": "direct", "models": {}})
        plan = Plan(answer=text)
        await self._direct(plan)
        self.append(events.PLAN_ACCEPTED, {"plan": plan.to_json(), "rounds": 0, "score": 1.0})

    async def _direct(self, plan: Plan) -> None:
        """A reply without steps goes out as text at once."""
        self.state.answer = plan.answer or plan.question
        self.append(events.TEXT_DELTA, {"text": self.state.answer, "purpose": "answer"})

    async def _ask_for_plan(self, verdict: Verdict, discussion: Discussion) -> Verdict:
        """A plan that stayed below the threshold: hopeless ones end the run, doubtful ones are the person's to decide."""
        issues = "; ".join(verdict.review.issues) or "the planner is not sure"
        if verdict.score < 0.3 or not verdict.plan.steps:
            raise PlanRejected(f"No plan was good enough (best score {verdict.score:.2f}): {issues}.", hint="Say it in other words, or choose a bigger model.")
        if self.state.request.get("plan_only") or self.state.request["approve"] == "all" or self._agreed_as_safe(verdict.plan):
            return verdict
        if not self.consent.may_wait():
            raise RefusedByPolicy(
                f"I am not sure enough of this plan (score {verdict.score:.2f}: {issues}), and nobody can be asked.",
                code="not_sure",
                hint=f"Say it in other words, or look at it with --plan-only and allow it with --approve all. Plan: {plan_lines(verdict.plan)}",
            )
        return await self._show_plan(verdict, discussion, issues)

    def _agreed_as_safe(self, plan: Plan) -> bool:
        """``--approve safe`` agrees to whatever can be undone, and so to a doubtful plan of nothing else."""
        return self.state.request["approve"] == "safe" and all(self.parts.tools.risk(step.tool) in ("reads", "reversible") for step in plan.steps)

    def _to_be_shown(self, plan: Plan) -> bool:
        """Whether the person wants to see such a plan first; never where nobody can be asked."""
        request, wanted = self.state.request, self.parts.settings["run.show_plan"]
        if wanted == "doubtful" or request.get("plan_only") or request["approve"] != "ask" or not self.parts.front_end_reachable():
            return False
        shown = {"irreversible": {"irreversible", "leaves"}, "changes": {"reversible", "irreversible", "leaves"}}.get(wanted)
        return shown is None or any(self.parts.tools.risk(step.tool) in shown for step in plan.steps)

    async def _show_plan(self, verdict: Verdict, discussion: Discussion, why: str) -> Verdict:
        """Ask for consent to a plan; the person may change it first. A change that code can fault is shown again with the fault."""
        plan, attempt = verdict.plan, 1
        while True:
            asked = "plan" if attempt == 1 else f"plan{attempt}"
            data = {"kind": "plan", "score": verdict.score, "why": why, "plan": plan.to_json(), "preview": plan_lines(plan)}
            if await self.consent.ask(asked, data) == "no":
                raise RefusedByPolicy("The plan was not approved.", code="denied")
            changed = self.parts.approvals.changed_steps(self.state.run_id, asked)
            if changed is None:
                return replace(verdict, plan=plan)
            plan, faults = self._changed(plan, changed, discussion)
            if not faults:
                self.append(events.PLAN_PROPOSED, {"round": verdict.rounds, "plan": plan.to_json(), "by": "person", "findings": []})
                return replace(verdict, plan=plan)
            why, attempt = " ".join(faults), attempt + 1

    def _changed(self, plan: Plan, steps: list[dict[str, Any]], discussion: Discussion) -> tuple[Plan, list[str]]:
        """The plan with the person's steps, and what is wrong with it; edges to steps that are gone go with them."""
        ids = {str(row.get("id")) for row in steps}
        kept = [row | {"needs": [need for need in row.get("needs", []) if (need if isinstance(need, str) else need.get("step")) in ids]} for row in steps]
        try:
            changed = discussion.normalise(plan.with_steps(plan_from_json({"steps": kept}).steps))
        except Unreadable as error:
            return plan, [f"The changed plan cannot be read: {error}."]
        return changed, [finding.text for finding in check_plan(changed, discussion.context) if finding.hard]

    async def _switch(self) -> None:
        """Make the executor ready, unless the planner can do it: few calls, or nothing but text."""
        assert self.state.plan is not None
        planner, executor = self.state.models.get("planner", ""), self.state.models.get("executor", "")
        calls = [step for step in self.state.plan.steps if step.tool != "text.compose"]
        limit = self.parts.settings["switch.planner_executes_up_to"]
        why = (
            "the planner is the executor"
            if planner == executor
            else f"{len(calls)} tool calls, at most {limit}: the planner executes"
            if len(calls) <= limit
            else "only text: the planner executes"
            if not calls
            else ""
        )
        if why:
            models = {**self.state.models, "executor": planner}
            self.append(events.MODELS_SWITCHED, {"skipped": True, "why": why, "models": models, "seconds": 0.0})
            return
        self.parts.pool.expect(self.state.run_id, (executor, planner))  # the answer, or a repaired plan
        data = {"skipped": False, "why": f"{len(calls)} tool calls", "models": self.state.models}
        if (seconds := self.parts.pool.loads_in(executor)) and not any(step.tool == "text.compose" and not step.needs for step in self.state.plan.steps):
            # nobody needs its words yet: it is loaded while the tools run
            self.append(events.MODELS_SWITCHED, {**data, "loading": [executor], "loaded": [], "unloaded": [], "seconds": 0.0, "expected_s": round(seconds, 1)})
            self.parts.pool.ahead(executor, self._tell_loaded)
            return
        with self._timed("switch"):
            report = await self.parts.pool.switch((planner, self.state.models.get("reviewer", "")), executor)
        self.append(events.MODELS_SWITCHED, {**data, **report.to_json()})

    def _tell_loaded(self, report: SwitchReport) -> None:
        if report.loaded and self.state.status == "running":
            self.append(events.MODELS_LOADED, report.to_json())

    async def _execute(self) -> None:
        settings = self.parts.settings
        budget = StepBudget(settings["run.step_budget"], sum(state.attempts > 0 for state in self.state.steps.values()))
        execution = Execution(
            self.state, self.parts.tools, self.parts.clock, self._workspace, settings["run.concurrency"], settings["run.attempts"],
            budget, self.cancellation, self.append, self.consent.of, self._compose, there=self.machines.perform, replace=self.machines.put_elsewhere,
        )  # fmt: skip
        self.machines.execution = execution
        self.machines.place()
        await execution.run()
        self._reminder = budget.reminder

    async def _repair_while_useful(self) -> None:
        """After code has retried and re-routed: the planner may mend what is left, twice at most."""
        while self.state.repairs < 2 and not self.cancellation.event.is_set():
            failed = [step for step in self._steps() if self.state.steps[step.id].status == "failed" and step.id not in self.state.replaced and not self._provided_for(step)]
            failed = [step for step in failed if (self.state.steps[step.id].error or {}).get("code") not in ("denied", "interrupted", "budget")]
            planner = self._model("planner")
            if not failed or not planner.profile.chats or not await self._repair(planner, failed[0]):
                return
            await self._execute()

    def _provided_for(self, failed: Step) -> bool:
        """Whether the plan itself says what is done when this step fails, and that was done."""
        return any(edge.step == failed.id and edge.on == "on_failure" and self.state.steps[step.id].status == "done" for step in self._steps() for edge in step.needs)

    async def _repair(self, planner: ChatModel, step: Step) -> bool:
        assert self.state.plan is not None
        error = self.state.steps[step.id].error or {}
        statuses = {other.id: self.state.steps[other.id].status for other in self._steps()}
        note = prompts.REPAIR.format(
            step=step.id, tool=step.tool, code=error.get("code"), error=error.get("message"), reminder=self._reminder,
            done=", ".join(k for k, v in statuses.items() if v == "done") or "nothing", open=", ".join(k for k, v in statuses.items() if v != "done"),
        )  # fmt: skip
        discussion = await self._discussion(planner, planner)
        shown = json.dumps({"steps": [s.to_json() for s in self._steps()]}, ensure_ascii=False)
        discussion.history = (*discussion.history, Message("user", self.state.request["text"]), Message("assistant", shown))
        discussion.asked = note
        plan, findings = await discussion.first_plan()
        kept = {other for other, status in statuses.items() if status == "done"}
        renamed = (_renamed(new, set(statuses), kept) for new in plan.steps)
        steps = tuple(new for new in renamed if new is not None)
        if not steps or any(finding.hard and finding.code not in ("unknown_step", "bad_reference") for finding in findings):
            return False
        gone = [other for other, status in statuses.items() if status in ("failed", "blocked", "skipped")]
        merged = self.state.plan.with_steps((*self.state.plan.steps, *steps))
        suspect = [new.id for new in steps] if self._read_from_outside(step) else []
        self.append(
            events.PLAN_ACCEPTED, {"plan": merged.to_json(), "repairs": gone, "suspect": suspect, "from": origins.MENDED, "rounds": self.state.rounds, "score": self.state.score}
        )
        return True

    def _read_from_outside(self, failed: Step) -> bool:
        """Whether a planner that mends the plan now has read something from outside: the words of a failed tool that is not ours, or of one that reaches out."""
        return self.parts.tools.speaks_from_outside(failed.tool) or any(state.tainted for state in self.state.steps.values())

    async def _answer(self) -> None:
        if elsewhere.single_request(self.state) and all(step.status == "done" for step in self.state.steps.values()):
            self.state.answer = self.state.steps["s1"].text
            self.append(events.TEXT_DELTA, {"text": self.state.answer, "purpose": "answer"})
            return
        if said := skilled.answer(self.state):
            self.state.answer = said
            self.append(events.TEXT_DELTA, {"text": said, "purpose": "answer"})
            return
        model = None if self.state.request.get("given") else self._answering_model()  # who wrote the plan reads the result, not a phrase
        if model is None:
            self.state.answer = answer.summary(self.state)
            self.append(events.TEXT_DELTA, {"text": self.state.answer, "purpose": "answer"})
            return
        try:
            reply = await self.caller.call(
                model, ModelRequest(answer.answer_messages(self.state, self.state.request["text"]), purpose="answer", request=self.state.request["text"]), visible=True
            )
            self.state.answer = reply.text.strip() or answer.summary(self.state)
        except ModelError as error:
            self.parts.journal.append(events.PROBLEM_RAISED, self.state.run_id, error.to_json())
            self.state.answer = answer.summary(self.state)

    # -- small parts ------------------------------------------------------------------------------------------------

    async def _compose(self, step: Step, args: dict[str, Any], tainted: bool) -> ToolResult:
        """text.compose: the executor writes from an instruction and material."""
        model = self._answering_model()
        if model is None:
            raise ToolFailed("Writing text needs a bigger model than the built-in starter.", code="needs_bigger_model")
        material = "\n".join(
            prompts.data_block(as_text(part), "step") for part in (args.get("material") or [] if isinstance(args.get("material"), list) else [args.get("material")]) if part
        )
        request = ModelRequest(
            (Message("system", prompts.EXECUTOR), Message("user", f"{args['instruction']}\n\n{material}".strip(), tainted)), purpose="execute", request=self.state.request["text"]
        )
        try:
            reply = await self.caller.call(model, request)
        except ModelError as error:
            raise ToolFailed(error.message, code=error.code, retryable=error.retryable) from error
        return ToolResult({"text": reply.text.strip()}, reply.text.strip(), tainted)

    async def _inventory(self, context: int) -> Inventory:
        """The tools of this run: chosen once, so that every model of it sees the same."""
        if self._tools is None:
            self._tools = await self.parts.tools.offered(self.state.request["text"], context)
        return self._tools

    async def _discussion(self, planner: ChatModel, reviewer: ChatModel) -> Discussion:
        settings, request = self.parts.settings, self.state.request
        history = self.parts.history(request.get("conversation_id", ""), self.state.run_id)
        self._remembered = await self.parts.remembered(request["text"], request.get("conversation_id", "")) if planner.profile.chats else ()
        remembered = tuple(line for _, line in self._remembered)
        history = budgeted(history, planner.profile.context)
        context = self._check_context(remembered, tuple(message.content for message in history))
        now = self.parts.clock.now().astimezone()
        facts = f"Workspace: {self._workspace}\nNow: {now:%A %Y-%m-%d %H:%M} ({now.tzname()})" + (f"\n{request['instructions']}" if request.get("instructions") else "")
        facts += f"\nRemembered from earlier, which may be out of date:\n{prompts.data_block(chr(10).join(remembered), 'memory')}" if remembered else ""
        facts += await self._skills_beside(planner)
        if planner.profile.chats and (machines := self.parts.elsewhere.described()):
            facts += f"\n{prompts.DEVICES}\n{prompts.data_block(machines, 'devices')}"
        return Discussion(
            self.caller, planner, reviewer, context, facts, history, settings["discussion.threshold"], settings["discussion.rounds"], self.append,
            {"workspace": str(self._workspace), "today": f"{now:%Y-%m-%d}", "turns": [[message.role, message.content] for message in history[-6:]]},
            await self._inventory(min(planner.profile.context, reviewer.profile.context)), lambda plan: self.parts.skills.expanded(plan, self._workspace),
        )  # fmt: skip

    def _check_context(self, remembered: tuple[str, ...] = (), conversation: tuple[str, ...] = ()) -> CheckContext:
        names = tuple(spec.name for spec in self.parts.tools.specs())
        denied = self.parts.policy.denied_tools(names)
        return CheckContext(
            self.state.request["text"], self._workspace, self.parts.tools, self.parts.settings["run.step_budget"], self.parts.elsewhere.devices(), denied,
            remembered=remembered, conversation=conversation,
        )  # fmt: skip

    async def _skills_beside(self, planner: ChatModel) -> str:
        """What a planner that reads is told of skills: the text of one that fits or was named, and a line for each that can be a step."""
        if not planner.profile.chats:
            return ""
        fitting, lines = await self.parts.skills.fitting(self.state.request["text"], self._workspace, True)
        self._skill = self._skill or fitting
        told = f"\n{prompts.SKILL_STEPS}\n{lines}" if lines else ""
        return told + (f"\n{self._skill.guidance}" if self._skill and self._skill.guidance else "")

    def _model(self, role: str) -> ChatModel:
        chosen = self.state.request.get("models", {}).get(role) or self._routed(role) or self.parts.settings[f"models.{role}"]
        model = self.parts.pool.get(chosen or self.state.request.get("models", {}).get("planner") or self.parts.settings["models.planner"])
        if (self.state.request.get("local_only") or self.parts.settings["privacy.local_only"]) and not model.profile.local:
            self.parts.egress.record(self.state.run_id, model.profile.host, f"model:{model.profile.id}", allowed=False)
            raise NoModel(f"{model.profile.id} is not on this machine, and this run is local only.", hint="Choose a local model, or leave out --local-only.")
        return model

    def _routed(self, role: str) -> str:
        """The model that the person's routing rules name for this request; empty where none applies."""
        if not (rules := self.parts.settings.extra.get("route")):
            return ""
        local_only = bool(self.state.request.get("local_only") or self.parts.settings["privacy.local_only"])
        signals = routing.signals(self.state.request["text"], local_only, self.parts.spending.today().cost_usd, self.parts.clock.now().astimezone().hour)
        return routing.choose(role, rules, signals)

    def _executor_id(self) -> str:
        return self._model("executor").profile.id

    def _answering_model(self) -> ChatModel | None:
        model = self.parts.pool.get(self.state.models.get("executor") or self._executor_id())
        return model if model.profile.chats else None

    def _steps(self) -> tuple[Step, ...]:
        return self.state.plan.steps if self.state.plan else ()

    @property
    def _workspace(self) -> Path:
        return Path(self.state.request["workspace"])

    def append(self, type_: str, data: dict[str, Any]) -> None:
        """Journal an event of this run and fold it in."""
        self.state.apply(self.parts.journal.append(type_, self.state.run_id, data))

    def cancel(self, reason: str) -> None:
        """Stop the run; what is running is really stopped."""
        if self.state.status == "running" and not self.state.cancelled:
            try:
                self.append(events.RUN_CANCEL_REQUESTED, {"reason": reason})
            finally:
                self.cancellation.request(reason)  # also where it cannot be written down

    def _seconds_left(self) -> float:
        return float(self.state.request.get("timeout_s") or self.parts.settings["run.timeout_s"])

    def _timed(self, stage: str) -> _Timer:
        return _Timer(self.timings, stage)

    def _status(self) -> str:
        if self.state.cancelled:
            return "cancelled"
        if self.state.request.get("plan_only"):
            return "planned"
        states = [self.state.steps[step.id] for step in self._steps() if step.id not in self.state.replaced]
        if all(state.status in ("done", "skipped") for state in states):
            return "done"
        denied = any((state.error or {}).get("code") == "denied" for state in states)
        return "refused" if denied and not any(state.status == "failed" and (state.error or {}).get("code") != "denied" for state in states) else "failed"

    async def _stopped(self, status: str, error: DeskhandError | None) -> str:
        for step in self._steps():
            if self.state.steps[step.id].status not in TERMINAL:
                self.append(
                    events.STEP_FINISHED,
                    {
                        "step": step.id,
                        "status": "cancelled",
                        "error": {"code": status, "message": error.message if error else self.state.cancelled, "attempt": 0, "device": "here"},
                    },
                )
        if error:
            self.append(events.PROBLEM_RAISED, error.to_json())
            self.state.result = {"error": error.to_json(), "exit_code": error.exit_code}
            self.state.answer = self.state.answer or (answer.summary(self.state) + "\n\n" if self.state.steps else "") + f"{error.message} {error.hint}".strip()
        elif self._steps():
            self.state.answer = "Stopped.\n\n" + answer.summary(self.state)
        else:
            self.state.answer = "Stopped before anything was done."
        return status

    def _close(self, status: str) -> dict[str, Any]:
        result = self.result(status)
        self.finish(result, lambda: self.append(events.RUN_FINISHED, {"status": status, "answer": self.state.answer, "result": result}))
        return result

    def result(self, status: str) -> dict[str, Any]:
        """The object of ``ask --json``."""
        state = self.state
        steps = self._steps()
        timings = {stage: round(seconds * 1000, 3) for stage, seconds in self.timings.items()}
        undoable = any((state.steps[step.id].intent or {}).get("changes") or state.steps[step.id].undoable for step in steps)
        shown: dict[str, Any] = {
            "run_id": state.run_id, "conversation_id": state.request.get("conversation_id", ""), "status": status, "answer": state.answer, "route": state.route or "direct",
            "plan": {"rounds": state.rounds, "score": state.score, "steps": [step.to_json() for step in steps]},
            "steps": [state.steps[step.id].to_json(step) for step in steps],
            "models": {role: state.models.get(role, "") for role in ("planner", "reviewer", "executor")},
            "usage": self.caller.usage.to_json(), "timings_ms": {**timings, "total": round((time.monotonic() - self._began) * 1000, 3)}, "undoable": bool(undoable), "skill": state.skill.get("name", ""), "memories": self._memories_used(),
        }  # fmt: skip
        return shown | {key: value for key, value in state.result.items() if key in ("error", "exit_code")}

    def _memories_used(self) -> list[str]:
        """Ids only: what is forgotten later must not stand in the journal."""
        planned = json.dumps([step.args for step in self._steps()], ensure_ascii=False)
        return made_use_of(self._remembered, self.state.request.get("text", ""), f"{self.state.answer}\n{planned}")

    _remembered: tuple[tuple[str, str], ...] = ()
    _reminder = ""
    _skill: SkillUse | None = None


class _Timer:
    def __init__(self, timings: dict[str, float], stage: str) -> None:
        self._timings, self._stage = timings, stage

    def __enter__(self) -> None:
        self._start = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._timings[self._stage] += time.monotonic() - self._start


def route_of(plan: Plan, findings: list[Finding], tools: ToolBox) -> str:
    """``direct`` for a reply, ``step`` for one step that reads or can be undone, else ``plan``."""
    if not plan.steps and not findings:
        return "direct"
    if len(plan.steps) == 1 and not any(finding.hard for finding in findings) and tools.risk(plan.steps[0].tool) in ("reads", "reversible"):
        return "step"
    return "plan"


def certain(plan: Plan, findings: list[Finding], tools: ToolBox) -> bool:
    """Whether one step may go without a discussion: no doubt found by code, and the planner sure enough; reading takes less."""
    return not findings and plan.confidence >= (0.5 if tools.risk(plan.steps[0].tool) == "reads" else SURE)


def plan_lines(plan: Plan) -> str:
    """A plan in a few words, a line each."""
    return "\n".join(f"{number}. {answer.describe(step.tool, step.args)}" for number, step in enumerate(plan.steps, 1))


def _renamed(step: Step, taken: set[str], kept: set[str]) -> Step | None:
    """A step of a repair under a free id; None when it repeats a step that is done."""
    if step.id in kept:
        return None
    named = {step.id, *(edge.step for edge in step.needs), *references(step.args)}
    names = {old: _free_id(old, taken) if old in taken and old not in kept else old for old in named}
    return replace(step, id=names[step.id], args=rename_references(step.args, names), needs=tuple(type(edge)(names[edge.step], edge.on) for edge in step.needs))


def _free_id(step_id: str, taken: set[str]) -> str:
    """A name for a step of a repair that no step of an earlier repair has."""
    while step_id in taken:
        step_id = f"r{step_id}"
    return step_id
