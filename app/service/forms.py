"""What MCP servers need of the core: a question put to the person (a form, a page to visit) as an approval, a word to front ends, leave to go out."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from core import events
from core.approvals import Approvals
from core.errors import RefusedByPolicy
from core.gate.egress import Egress
from core.journal import Journal
from core.messages import Message
from core.network import local_only
from core.ports import ToolContext
from core.settings import Settings
from tools.mcp.servers import Ask, Leave

if TYPE_CHECKING:
    from tools.mcp.sampling import Sample

Write = Callable[[str, tuple[Message, ...], int], Awaitable[tuple[str, str] | None]]


def asker(approvals: Approvals, reachable: Callable[[], bool]) -> Ask:
    """Asks where somebody can be asked. What was not filled in has the value that the form proposes."""
    numbers = itertools.count(1)

    async def ask(context: ToolContext, server: str, data: dict[str, Any]) -> dict[str, Any] | None:
        if not reachable():
            return None
        step = f"{context.step_id}-form{next(numbers)}"
        preview = f"{data['why']}\n{data['url']}".strip()
        shown = {"kind": "form", "tool": f"mcp:{server}", "preview": preview, "grantable": False, **data, "why": f"the MCP server {server} was called and wants to know it"}
        if await approvals.ask(context.run_id, step, shown) == "no":
            return None
        return proposed(data["schema"]) | approvals.filled_in(context.run_id, step)

    return ask


def sampler(approvals: Approvals, reachable: Callable[[], bool], write: Write) -> Sample:
    """Shows the person everything that a server wants a model to read, each time, and lets the run's own model write."""
    numbers = itertools.count(1)

    async def sample(context: ToolContext, server: str, messages: tuple[Message, ...], most: int) -> tuple[str, str] | None:
        if context.approve != "all":
            if not reachable():
                return None
            preview = "\n\n".join(f"{message.role}: {message.content}" for message in messages)
            why = f"the MCP server {server} was called, wants a model to write an answer to this, and gets what it writes"
            asked = {"kind": "sampling", "tool": f"mcp:{server}", "preview": preview, "grantable": False, "why": why, "tainted": True}
            if await approvals.ask(context.run_id, f"{context.step_id}-words{next(numbers)}", asked) == "no":
                return None
        return await write(context.run_id, messages, most)

    return sample


def proposed(schema: dict[str, Any]) -> dict[str, Any]:
    """The defaults of a form."""
    return {name: row["default"] for name, row in (schema.get("properties") or {}).items() if isinstance(row, dict) and "default" in row}


def teller(journal: Journal) -> Callable[[str], None]:
    """Tells front ends that a server changed."""

    def tell(name: str) -> None:
        journal.append(events.MCP_CHANGED, "", {"server": name})

    return tell


def keeper(egress: Egress) -> Callable[[str], bool]:
    """Says whether nothing may go to a device; where that is so, the ledger has the attempt."""

    def is_kept_here(device: str) -> bool:
        if not local_only.in_force():
            return False
        egress.record("", device, "device", False)
        return True

    return is_kept_here


def leaver(settings: Settings, egress: Egress) -> Leave:
    """Lets a connection to a server elsewhere out, or keeps it here where this machine is local only; the ledger has both."""

    def leave(host: str, purpose: str) -> None:
        allowed = not settings["privacy.local_only"]
        egress.record("", host, purpose, allowed)
        if not allowed:
            raise RefusedByPolicy(f"Local only: {host} is not asked.", hint="`deskhand config set privacy.local_only false` lets things out again.")

    return leave
