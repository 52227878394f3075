"""What changes from request to request and stands behind the static head: time, workspace, what was done before, memories, skills, machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core import events
from core.execution.run import Run
from core.gate import provenance
from core.messages import Message
from core.planning import prompts
from core.ports import ModelProfile
from core.turn.context.earlier import describe_earlier
from core.turn.context.history import trim_history
from core.turn.context.workspace import Listing, list_workspace

LETTERS = 4  # of a token, about
SHARE = 0.06  # of the context, for the names of the workspace
MOST_NAMES = 2400  # letters of them at most


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``messages`` are the conversation so far and the request with its context. ``outside`` says whose words from outside are among them."""

    messages: tuple[Message, ...]
    outside: str
    listing: Listing


async def describe_surroundings(run: Run, model: ModelProfile, can_show: bool = False) -> Surroundings:
    """What the model of a loop is told besides its head; ``can_show``: it is offered ``results_show``. Words from outside among it are journalled: what the model says may be no more than these."""
    conversation = run.request.get("conversation_id", "")
    history = trim_history(run.deps.history(conversation, run.state.run_id), model.context)
    run.remembered = await run.recall()
    listing = list_workspace(run.workspace, min(MOST_NAMES, round(model.context * SHARE * LETTERS)), run.deps.tools.origin_of_name)
    parts = [
        _facts(run, listing),
        describe_earlier(run, model.context, can_show),
        _instructions(run.request),
        _memories(line for _, line in run.remembered),
        await _skills(run),
        _machines(run.deps.elsewhere.described()),
    ]
    tainted = any(message.tainted for message in history)
    asked = Message("user", "\n\n".join([*filter(None, parts), f"Request:\n{run.text}"]))
    guide = bool(run.request.get("instructions")) and not run.request.get("trusted", True)
    outside = provenance.CONVERSATION if tainted else provenance.GUIDE if guide else provenance.request_origin(run.request)
    held = run.skill.to_json() if run.skill and run.skill.guidance and run.skill.tools is not None else {}  # nobody has seen yet what it makes a model do
    outside = outside or (f"the skill {held['name']}" if held else "")
    if outside:
        run.append(events.CONTEXT_TAINTED, {"tainted": True, "from": outside} | ({"skill": held} if held else {}))
    return Surroundings((*history, asked), outside, listing)


def _facts(run: Run, listing: Listing) -> str:
    now = run.deps.clock.now().astimezone()
    front = " ".join(str(run.request.get("front") or "").split())
    return f"Now: {now:%A %Y-%m-%d %H:%M} ({now.tzname()})\nWorkspace {run.workspace}:\n{listing.text}" + (f"\nOpen in front of the person: {front}" if front else "")


def _instructions(request: Mapping[str, Any]) -> str:
    if not (text := request.get("instructions")):
        return ""
    return f"The person's instructions for this folder (AGENTS.md):\n{text}" if request.get("trusted", True) else prompts.data_block(text, "AGENTS.md")


def _memories(lines: Iterable[str]) -> str:
    text = "\n".join(lines)
    return f"Remembered from earlier, may be out of date:\n{prompts.data_block(text, 'memory')}" if text else ""


async def _skills(run: Run) -> str:
    fitting, _ = await run.deps.skills.fitting(run.text, run.workspace, True)
    run.skill = run.skill or fitting
    return run.skill.guidance if run.skill and run.skill.guidance else ""


def _machines(text: str) -> str:
    return f"Other machines of this person (device.ask, by tools_call, hands one a request):\n{prompts.data_block(text, 'devices')}" if text else ""
