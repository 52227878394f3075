"""What an MCP server asks the person during a call: a form or a page to visit, put as an approval, answered from any front end."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from core import events
from core.approvals import Approvals
from core.journal import Journal
from core.ports import ToolContext
from tools.mcp.servers import Ask


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


def proposed(schema: dict[str, Any]) -> dict[str, Any]:
    """The defaults of a form."""
    return {name: row["default"] for name, row in (schema.get("properties") or {}).items() if isinstance(row, dict) and "default" in row}


def teller(journal: Journal) -> Callable[[str], None]:
    """Tells front ends that a server changed."""

    def tell(name: str) -> None:
        journal.append(events.MCP_CHANGED, "", {"server": name})

    return tell
