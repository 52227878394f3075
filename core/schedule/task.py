"""What a schedule does when it is due, and the rules around it. Values only."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from core.errors import UsageError

Overlap = Literal["skip", "queue", "replace"]
Missed = Literal["skip", "once", "all"]
Silent = Literal["never", "nothing_new", "success"]
CHOICES = {
    "overlap": ("skip", "queue", "replace"),
    "missed": ("skip", "once", "all"),
    "silent": ("never", "nothing_new", "success"),
    "deliver": ("notification", "conversation", "file", "mail", "device"),
}
# results that go somewhere, and what is said where that is missing
WHERE = {"file": "Say to which file.", "mail": "Say to which address.", "device": "Say to which device."}


@dataclass(frozen=True, slots=True)
class Task:
    """A request, a skill, or a text to be reminded of (one of ``text``, ``skill``, ``remind``).

    ``window_s``: how late a missed time may still be made up for; ``deadline_s``: how long one run may take; ``expires_s``: after how long an unanswered question is
    a no. ``tools``: patterns of tool names that it may use; none: all. ``deliver_to``: the file, the mail address, or the device.
    ``outside``: whose words it is made of, where they are not only the person's; ``remote``: the hub that had it made, and its rights. Its runs stay bound to both.
    """

    text: str = ""
    skill: dict[str, Any] = field(default_factory=dict)
    remind: str = ""
    workspace: str = ""
    models: dict[str, str] = field(default_factory=dict)
    tools: tuple[str, ...] = ()
    run_tokens: int = 0
    run_usd: float = 0.0
    local_only: bool = False
    deliver: str = "notification"
    deliver_to: str = ""
    silent: Silent = "never"
    nothing_new: str = ""  # a pattern of answers that say so; besides them, the same answer as the last time
    overlap: Overlap = "skip"
    missed: Missed = "once"
    window_s: int = 86_400
    retries: int = 1
    retry_wait_s: int = 60
    deadline_s: int = 3600
    expires_s: int = 86_400
    outside: str = ""
    remote: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "tools": list(self.tools)}

    @property
    def said(self) -> str:
        """In one line, for lists."""
        return self.remind or self.text or (f"${self.skill['name']}" if self.skill else "")


def task_of(row: dict[str, Any]) -> Task:
    """A task out of JSON. Raises :class:`UsageError` (``bad_schedule``) for one that is none."""
    known = {one.name for one in fields(Task)}
    if unknown := sorted(set(row) - known):
        raise UsageError(f"A schedule has no {', '.join(unknown)}.", code="bad_schedule")
    task = Task(**{**row, "tools": tuple(row.get("tools") or ())})
    if sum(bool(part) for part in (task.text.strip(), task.skill, task.remind.strip())) != 1:
        raise UsageError("A schedule is either a request, a skill or a reminder.", code="bad_schedule")
    for name, choices in CHOICES.items():
        if getattr(task, name) not in choices:
            raise UsageError(f"{name} is one of {', '.join(choices)}, not {getattr(task, name)!r}.", code="bad_schedule")
    if task.deliver in WHERE and not task.deliver_to.strip():
        raise UsageError(WHERE[task.deliver], code="bad_schedule")
    for name in ("window_s", "retries", "retry_wait_s", "deadline_s", "expires_s", "run_tokens", "run_usd"):
        if getattr(task, name) < 0:
            raise UsageError(f"{name} cannot be less than nothing.", code="bad_schedule")
    return task
