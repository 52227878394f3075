"""An odd MCP server on stdio; the oddity is the first argument. Run as ``python -m tests.helpers.odd_mcp MODE``."""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.helpers.odd_mcp_modes import CONTENT, TOOLS


def main(mode: str) -> None:
    """Answer line by line until the input ends."""
    for line in filter(None, map(str.strip, sys.stdin)):
        message = json.loads(line)
        if message.get("id") is None:
            continue
        answer = {"jsonrpc": "2.0", "id": message["id"], **_answer(mode, message)}
        sys.stdout.buffer.write((json.dumps(answer) + "\n").encode())
        sys.stdout.buffer.flush()


def _answer(mode: str, message: dict[str, Any]) -> dict[str, Any]:
    match message.get("method"):
        case "initialize":
            info = {} if mode == "noinfo" else {"serverInfo": {"name": "odd", "version": "1"}}
            return {"result": {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}}, **info}}
        case "ping":
            return {"result": {}}
        case "tools/list":
            bad = [{"name": "bad", "description": "Bad", "inputSchema": "none"}] if mode == "badschema" else []
            return {"result": {"tools": [*bad, *TOOLS.get(mode, TOOLS["plain"])], **({"nextCursor": "again"} if mode == "samecursor" else {})}}
        case "tools/call":
            said = f"args: {json.dumps(message['params'].get('arguments'), ensure_ascii=False)}"
            return {"result": CONTENT.get(mode, {"content": [{"type": "text", "text": said}]})}
    return {"error": {"code": -32601, "message": "Method not found"}}


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "plain")
