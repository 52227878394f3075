"""Dependencies shared by all run drivers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from core.approvals import Approvals
from core.clock import Clock
from core.conversations import PastTurn
from core.gate.egress import Egress
from core.gate.policy import PermissionPolicy
from core.journal import Journal
from core.language.reading import RequestReader
from core.messages import Message
from core.ports import Elsewhere, ModelArrival, ModelPool, Skills, ToolBox
from core.settings import Settings
from core.turn.precedence import Precedence
from core.turn.usage_ledger import UsageLedger


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineDeps:
    """Dependencies of a run driver, handed in once by the composition root."""

    journal: Journal
    tools: ToolBox
    pool: ModelPool
    arrival: ModelArrival
    policy: PermissionPolicy
    approvals: Approvals
    settings: Settings
    egress: Egress
    usage_ledger: UsageLedger
    clock: Clock
    front_end_reachable: Callable[[], bool]
    history: Callable[[str, str], tuple[Message, ...]]
    recent_turns: Callable[[str, str], tuple[PastTurn, ...]]  # of a conversation, before a run
    precedence: Precedence
    undo_last: Callable[[str, str], Awaitable[dict[str, Any] | None]]
    recall_memories: Callable[[str, str], Awaitable[tuple[tuple[str, str], ...]]]
    skills: Skills
    elsewhere: Elsewhere
    reader: RequestReader
