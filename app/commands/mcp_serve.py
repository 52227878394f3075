"""``mcp serve``: the assistant and its tools for other programs, through the core's own API and under its permissions."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from typing import Any

from app.client import connect
from app.client.client import Client
from core.errors import DeskhandError
from core.home import Home

RUN_SECONDS = 600.0
INSTRUCTIONS = (
    "Deskhand is a personal assistant on this person's computer. `ask` hands it a whole request in plain words; the other tools do one thing each. "
    "What would need the person's consent is refused, unless Deskhand's window is open, where the person is asked."
)
ASK = {
    "type": "object",
    "properties": {"text": {"type": "string", "description": "the request, in plain words"}, "workspace": {"type": "string", "description": "folder to work in; the person's own where empty"}},
    "required": ["text"],
    "additionalProperties": False,
}  # fmt: skip


def serve(arguments: argparse.Namespace) -> int:
    """On standard input and output, or with ``--http`` on a port of this machine, for those who have the token."""
    from tools.mcp import serving

    client = connect()
    bridge = _Bridge(client)
    if arguments.http is None:
        asyncio.run(serving.serve(bridge.tools, bridge.call, INSTRUCTIONS))
        return 0
    home = Home.default()
    token = "" if arguments.open else home.token.read_text(encoding="ascii").strip()

    def told(address: str) -> None:
        print(address, flush=True)
        print(
            "Any program on this machine may use it." if arguments.open else f"Clients send the header Authorization: Bearer TOKEN; the token stands in {home.token}.",
            file=sys.stderr,
            flush=True,
        )

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serving.serve_http(serving.made(bridge.tools, bridge.call, INSTRUCTIONS), arguments.http, token, told))
    return 0


class _Bridge:
    def __init__(self, client: Client) -> None:
        self._client, self._names = client, dict[str, str]()

    async def tools(self) -> list[Any]:
        from tools.mcp.serving import Served

        rows = await asyncio.to_thread(self._client.call, "GET", "/api/tools")
        own = [row for row in rows if row["name"] != "text.compose"]
        self._names = {row["name"].replace(".", "_"): row["name"] for row in own}
        return [
            Served("ask", "Hand Deskhand a request in plain words; it plans, acts and says what was done.", ASK),
            *(Served(row["name"], row["description"], row["parameters"], row["risk"] == "reads", row["risk"] == "irreversible") for row in own),
        ]

    async def call(self, name: str, args: dict[str, Any]) -> tuple[str, Any, bool]:
        try:
            return await asyncio.to_thread(self._ask if name == "ask" else self._call, name, args)
        except DeskhandError as error:
            return f"{error.message} {error.hint}".strip(), None, False

    def _ask(self, name: str, args: dict[str, Any]) -> tuple[str, Any, bool]:
        body = {"text": str(args.get("text", "")), "approve": "ask"} | ({"workspace": args["workspace"]} if args.get("workspace") else {})
        run = self._client.call("POST", "/api/runs", body)
        row = self._client.call("GET", f"/api/runs/{run['run_id']}?wait_s={RUN_SECONDS:.0f}", timeout_s=RUN_SECONDS + 10)
        result = row.get("result") or {}
        return (
            result.get("answer") or "It is still at work.",
            {"run_id": run["run_id"], "status": row.get("status"), "answer": result.get("answer", "")},
            result.get("status") == "done",
        )

    def _call(self, name: str, args: dict[str, Any]) -> tuple[str, Any, bool]:
        if not self._names:
            asyncio.run(self.tools())
        known = self._names.get(name, name)
        row = self._client.call("POST", f"/api/tools/{known}/call", {"args": args, "approve": "none"}, timeout_s=660)
        return row["text"], row["value"], bool(row["verified"])
