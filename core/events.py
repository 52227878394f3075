"""Events: what happened, in the past tense, as plain values.

The journal stores them, the WebSocket sends them, replay reads them. ``data`` holds JSON values only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

RUN_STARTED = "run_started"
ROUTE_CHOSEN = "route_chosen"  # in journals of before the ways: read, no longer written
WAY_CHOSEN = "way_chosen"  # {"way", "why", "models"}; a turn that rises writes another one
MODEL_REPLIED = "model_replied"  # a reply of the action loop: {"owner", "text", "calls", "reason"}; with "rejected" it was sent back
STEP_ADDED = "step_added"  # a call of the action loop, before it is made: {"step", "owner", "suspect", "from"}
CONTEXT_TAINTED = "context_tainted"  # a loop begins with words from outside before its model: {"tainted", "from"}
QUESTION_ASKED = "question_asked"  # {"text", "choices"}: the turn ends in a question to the person
TEXT_WITHDRAWN = "text_withdrawn"  # the text streamed so far in this run is no answer: {"why"}; the answer begins anew
MODEL_PROGRESSED = "model_progressed"  # announced, never stored: {"phase": waiting|loading|reading|writing|fetching, "model", "read", "total", "reused"}; of one that is fetched in bytes, with "doing"
PLAN_PROPOSED = "plan_proposed"
PLAN_REVIEWED = "plan_reviewed"
PLAN_ACCEPTED = "plan_accepted"
MODELS_SWITCHED = "models_switched"
MODELS_LOADED = "models_loaded"
STEP_READY = "step_ready"
STEP_STARTED = "step_started"
STEP_PROGRESSED = "step_progressed"
STEP_RETRIED = "step_retried"
STEP_REROUTED = "step_rerouted"
STEP_FINISHED = "step_finished"
STEP_UNDONE = "step_undone"
TEXT_DELTA = "text_delta"
REASONING_DELTA = "reasoning_delta"
APPROVAL_REQUESTED = "approval_requested"
APPROVAL_RESOLVED = "approval_resolved"
MODEL_CALLED = "model_called"
BUDGET_EXTENDED = "budget_extended"
RUN_CANCEL_REQUESTED = "run_cancel_requested"
RUN_RESUMED = "run_resumed"
RUN_FINISHED = "run_finished"
RUN_UNDONE = "run_undone"
CONVERSATION_CHANGED = "conversation_changed"
SETTINGS_CHANGED = "settings_changed"
PROBLEM_RAISED = "problem_raised"
MCP_CHANGED = "mcp_changed"
MEMORY_CHANGED = "memory_changed"
JOURNAL_ERASED = "journal_erased"  # rows lost what they held: {"why", "rows": [[first, last, SHA-256 of what stands there now]]}
JOURNAL_ANCHORED = "journal_anchored"  # the chain was made anew, for rows of before it could be erased: {"rows", "before", "was_broken_at"}
SCHEDULE_TOLD = "schedule_told"
SCHEDULES_CHANGED = "schedules_changed"
DEVICE_CHANGED = "device_changed"
STEP_PLACED = "step_placed"
STEP_EDITED = "step_edited"
RUN_HELD = "run_held"

# Nothing is done because of these, and what a step did is known by its beginning: after a power cut they may be missing, never an effect that nobody knows of (decision 0003).
RELAXED = frozenset(
    (
        ROUTE_CHOSEN,
        WAY_CHOSEN,
        QUESTION_ASKED,
        TEXT_WITHDRAWN,
        PLAN_PROPOSED,
        PLAN_REVIEWED,
        MODEL_CALLED,
        MODELS_SWITCHED,
        MODELS_LOADED,
        TEXT_DELTA,
        REASONING_DELTA,
        STEP_PROGRESSED,
        STEP_FINISHED,
    )
)


UNREADABLE: dict[str, Any] = {"unreadable": True}  # the data of a row that cannot be read any more
ERASED: dict[str, Any] = {"erased": True}  # the data of a row that was erased as a whole, because it is old


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the journal.

    ``seq`` rises by one over the whole journal; ``at`` is RFC 3339 in UTC; ``run_id`` is empty for events of no run.
    """

    seq: int
    type: str
    run_id: str
    at: str
    data: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The shape of the contract."""
        return {"seq": self.seq, "type": self.type, "run_id": self.run_id, "at": self.at, "data": self.data}
