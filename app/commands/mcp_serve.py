"""``mcp serve``: the assistant and its tools for other programs, through the core's own API and under its permissions."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from typing import Any
from urllib.parse import quote, unquote

from app.client import connect
from app.client.client import Client
from core.errors import DeskhandError
from core.gate.visible import visible
from core.home import Home

RUN_SECONDS = 600.0
CLIENT = "another program (MCP)"  # whose words the requests are, and who gets what is read
SHOWN = 3000  # letters of a question
FACTS, DEVICES, ABOUT = "deskhand://memory/facts", "deskhand://devices", "deskhand://memory/about/"
INSTRUCTIONS = (
    "Deskhand is a personal assistant on this person's computer. `ask` hands it a whole request in plain words; the other tools do one thing each. "
    "What needs the person's consent is asked in your own window, where you can show questions (elicitation), else in Deskhand's if that is open, else refused."
)
ASK = {
    "type": "object",
    "properties": {"text": {"type": "string", "description": "the request, in plain words"}, "workspace": {"type": "string", "description": "folder to work in; the person's own where empty"}},
    "required": ["text"],
    "additionalProperties": False,
}  # fmt: skip


def serve(arguments: argparse.Namespace) -> int:
    """On standard input and output, or with ``--http`` on a port of this machine, for those who have the token."""
    from tools.mcp import serving, serving_http

    bridge = Bridge(connect())
    if arguments.http is None:
        asyncio.run(serving.serve(bridge, INSTRUCTIONS))
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
        asyncio.run(serving_http.serve_http(serving.made(bridge, INSTRUCTIONS), arguments.http, token, told))
    return 0


class Bridge:
    """The port ``tools.mcp.served.Assistant`` over the core's API."""

    def __init__(self, client: Client) -> None:
        self._client, self._names = client, dict[str, str]()

    async def _get(self, path: str) -> Any:
        try:
            return await asyncio.to_thread(self._client.call, "GET", path)
        except DeskhandError as error:
            raise LookupError(error.message) from error

    async def tools(self) -> list[Any]:
        from tools.mcp.served import Served

        own = [row for row in await self._get("/api/tools") if row["name"] != "text.compose"]
        self._names = {row["name"].replace(".", "_"): row["name"] for row in own}
        return [
            Served("ask", "Hand Deskhand a request in plain words; it plans, acts and says what was done.", ASK),
            *(Served(row["name"], row["description"], row["parameters"], row["risk"] == "reads", row["risk"] == "irreversible") for row in own),
        ]

    async def call(self, name: str, args: dict[str, Any], agreed: bool, told: Any) -> Any:
        """What needs consent is told as a question; whoever serves puts it to the person, where the client can."""
        from tools.mcp.served import Outcome

        if not self._names:
            await self.tools()
        try:
            if name == "ask":
                return await self._ask(args, agreed, told)
            row = await asyncio.to_thread(self._call, self._names.get(name, name), args, agreed)
            return Outcome(row["text"], row["value"], bool(row["verified"]))
        except DeskhandError as error:
            said = f"{error.message}\n{self._names.get(name, name)} {json.dumps(args, ensure_ascii=False, indent=1)}"
            asks = _shown(said) if error.code == "refused" and not agreed else ""
            return Outcome(f"{error.message} {error.hint}".strip(), None, False, asks=asks)

    def _call(self, name: str, args: dict[str, Any], agreed: bool) -> Any:
        return self._client.call("POST", f"/api/tools/{name}/call", {"args": args, "approve": "all" if agreed else "none", "client": CLIENT}, timeout_s=660)

    async def _ask(self, args: dict[str, Any], agreed: bool, told: Any) -> Any:
        from tools.mcp.served import Outcome

        body = {"text": str(args.get("text", "")), "approve": "all" if agreed else "ask", "client": CLIENT} | ({"workspace": args["workspace"]} if args.get("workspace") else {})
        run_id = (await asyncio.to_thread(self._client.call, "POST", "/api/runs", body))["run_id"]
        loop = asyncio.get_running_loop()
        result = await asyncio.to_thread(self._followed, run_id, lambda text: asyncio.run_coroutine_threadsafe(told(text), loop).result(10))
        asks = "" if agreed or result.get("status") != "refused" else _question(str(args.get("text", "")), result)
        return Outcome(
            result.get("answer") or "It is still at work.",
            {"run_id": run_id, "status": result.get("status"), "answer": result.get("answer", "")},
            result.get("status") == "done",
            asks=asks,
        )

    def _followed(self, run_id: str, told: Any) -> dict[str, Any]:
        """The result of a run, with a word for each step on the way."""
        with contextlib.suppress(DeskhandError):
            for event in Client(self._client.port, self._client._token, RUN_SECONDS).lines(f"/api/runs/{run_id}/stream?answers=false"):
                data = event["data"]
                if event["type"] == "run_finished":
                    return dict(data["result"])
                if event["type"] == "step_started":
                    told(f"{(data.get('intent') or {}).get('tool') or data['step']} …")
                elif event["type"] == "step_progressed":
                    told(data["text"])
        row = self._client.call("GET", f"/api/runs/{run_id}?wait_s=1", timeout_s=20)
        return dict(row.get("result") or {})

    async def prompts(self) -> list[Any]:
        """The skills that are switched on: other programs can hand them on as requests."""
        from tools.mcp.served import Offered

        rows = [row for row in await self._get("/api/skills") if row["state"] == "on"]
        whole = [await self._get(f"/api/skills/{row['name']}") for row in rows]
        return [
            Offered(
                row["name"],
                row["description"],
                tuple((name, str(one.get("description", "")), name in row["inputs"].get("required", ())) for name, one in row["inputs"].get("properties", {}).items()),
            )
            for row in whole
        ]

    async def prompt(self, name: str, args: dict[str, str]) -> str:
        row = await self._get(f"/api/skills/{name}")
        said = " ".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in args.items())
        return f"Use Deskhand's tool `ask` with the text: ${row['name']} {said}".strip() if row["runs_by_itself"] else f"{row['text']}\n\n{said}".strip()

    async def resources(self) -> list[Any]:
        from tools.mcp.served import Readable

        return [Readable(FACTS, "facts", "What Deskhand remembers of this person, newest first"), Readable(DEVICES, "devices", "The person's machines, and whether they are there")]

    async def read(self, uri: str) -> str:
        if uri == FACTS:
            rows = await self._get("/api/memory?level=fact&limit=200")
            return _facts(rows) or "Nothing is remembered."
        if uri == DEVICES:
            rows = await self._get("/api/devices")
            return "\n".join(f"- {row['name']}: {'there' if row.get('online') else 'away'}" for row in rows) or "There are no other machines."
        if uri.startswith(ABOUT) and (words := unquote(uri.removeprefix(ABOUT))):
            rows = (await self._get(f"/api/memory/search?text={quote(words)}&level=fact"))["memories"]
            return _facts(rows) or "Nothing is remembered about that."
        raise LookupError(uri)

    async def templates(self) -> list[Any]:
        from tools.mcp.served import Readable

        return [Readable(ABOUT + "{words}", "about", "What Deskhand remembers about something or somebody")]

    async def completions(self, name: str, argument: str) -> list[str]:
        """What an input of a skill can be, where that is a choice."""
        if name.startswith("deskhand://"):
            return []
        row = await self._get(f"/api/skills/{name}")
        one = row["inputs"].get("properties", {}).get(argument)
        if one is None:
            raise LookupError(argument)
        return ["true", "false"] if one.get("type") == "boolean" else [str(value) for value in one.get("enum", ())]


def _facts(rows: list[dict[str, Any]]) -> str:
    return "\n".join(f"- {row['text']} ({row['said_by']}, {row['at'][:10]})" for row in rows)


def _question(text: str, result: dict[str, Any]) -> str:
    """What somebody agrees to who lets a whole request go on: everything that it needs, with its plan as it stands."""
    plan = [f"{number}. {step['tool']} {json.dumps(step['args'], ensure_ascii=False)}" for number, step in enumerate((result.get("plan") or {}).get("steps", ()), 1)]
    refused = [step["error"]["message"] for step in result.get("steps", ()) if (step.get("error") or {}).get("code") == "denied"]
    head = "If you allow it, it is done again with leave for everything that it needs. Its plan:"
    return _shown("\n".join([head, *plan, *refused, "The request:", text]))


def _shown(text: str) -> str:
    """A question as it is put: unseen letters written out, and a word on how much of it does not fit."""
    seen = visible(text)
    return f"{seen[:SHOWN]}\n… {len(seen) - SHOWN:,} more letters of this are not shown: say no if you do not know them." if len(seen) > SHOWN else seen
