"""A second opinion on what a plan would do, where another model is there to give one. It sees the effects, not only the words."""

from __future__ import annotations

from core import events
from core.errors import DeskhandError
from core.execution.run import Run
from core.messages import Message, ModelRequest
from core.plan import Plan
from core.planning import prompts
from core.planning.plan_format import ParseError
from core.planning.review import REVIEW_SCHEMA, find_contradiction, read_review


async def review_effects(run: Run, plan: Plan, effects: str, author: str) -> str:
    """What another model finds wrong with a plan; empty where it finds nothing, or where nobody else is there to ask."""
    try:
        reviewer = run.model("reviewer")
    except DeskhandError:
        return ""
    if reviewer.profile.id == author or not (reviewer.profile.chats and reviewer.profile.reviews):
        return ""
    asked = f"Request:\n{run.text}\n\nPlan:\n{plan.to_json()['steps']}\n\nWhat it would do (dry run):\n{prompts.data_block(effects, 'dry run')}"
    reply = await run.caller.call(reviewer, ModelRequest((Message("system", prompts.REVIEWER), Message("user", asked)), purpose="review", request=run.text, schema=REVIEW_SCHEMA))
    try:
        score, issues, suggestions = read_review(reply.text)
    except ParseError:
        return ""  # a reviewer that cannot be read holds nothing up: consent is asked all the same
    run.append(events.PLAN_REVIEWED, {"round": 1, "score": score, "issues": issues, "suggestions": suggestions, "by": reviewer.profile.id})
    threshold = run.deps.settings["discussion.threshold"]
    if score >= threshold or find_contradiction(score, tuple(issues), threshold, reply.text):
        return ""
    return f"The reviewer objects: {'; '.join(issues) or 'it does not do what was asked'}. {' '.join(suggestions)}".strip()
