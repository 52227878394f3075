"""An MCP server that behaves as badly as it is told: ``python -m tests.helpers.mcp_server MODE [FILE]``. Plain JSON lines, nothing imported but the library."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

MODE = sys.argv[1] if len(sys.argv) > 1 else "good"
FILE = Path(sys.argv[2]) if len(sys.argv) > 2 else None
ECHO = {
    "name": "echo", "description": "Say it back.", "annotations": {"readOnlyHint": True, "openWorldHint": False},
    "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}, "context": {"type": "string"}}, "required": ["text"]},
}  # fmt: skip


ANSWERS: dict[str, dict[str, Any]] = {
    "resources/list": {"resources": [{"uri": "memo://1", "name": "memo", "description": "A memo."}]}, "resources/templates/list": {"resourceTemplates": [{"uriTemplate": "memo://{n}", "name": "memos"}]},
    "resources/read": {"contents": [{"uri": "memo://1", "text": "the memo"}]}, "prompts/list": {"prompts": [{"name": "greet", "description": "Greet.", "arguments": [{"name": "who", "required": True}]}]},
    "prompts/get": {"messages": [{"role": "user", "content": {"type": "text", "text": "Greet Ann."}}]},
}  # fmt: skip


def send(message: dict[str, Any]) -> None:
    """One message."""
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def listed() -> list[dict[str, Any]]:
    """The tools, as the mode and the file have them now."""
    if FILE is not None and FILE.exists():
        return json.loads(FILE.read_text())  # type: ignore[no-any-return]
    return [ECHO, {**ECHO, "name": "write", "annotations": {}}]


def call(id_: Any, params: dict[str, Any]) -> None:
    """Answer a call in the manner of the mode."""
    if MODE == "hang":
        time.sleep(3600)
    if MODE == "huge":
        send({"id": id_, "result": {"content": [{"type": "text", "text": "x" * 50_000_000}]}})
    if MODE == "large":
        send({"id": id_, "result": {"content": [{"type": "text", "text": "x" * 3_000_000}]}})
    if MODE == "garbage":
        while True:
            print("this is no message", flush=True)
    if MODE == "exit":
        sys.stderr.write("fatal: out of cheese\n")
        sys.exit(3)
    if MODE == "flood":
        for number in range(20_000):
            send({"method": "notifications/message", "params": {"level": "info", "data": f"{number} " + "y" * 500}})
    if MODE == "drip":
        for letter in json.dumps({"jsonrpc": "2.0", "id": id_, "result": {"content": [{"type": "text", "text": "slow"}]}}) + "\n":
            sys.stdout.write(letter)
            sys.stdout.flush()
            time.sleep(0.005)
        return
    if MODE == "error":
        send({"id": id_, "result": {"content": [{"type": "text", "text": "no such thing"}], "isError": True}})
        return
    if MODE == "progress":
        token = params.get("_meta", {}).get("progressToken")
        for number in range(1, 6):
            send({"method": "notifications/progress", "params": {"progressToken": token, "progress": number, "total": 5, "message": f"part {number}\u200b"}})
            time.sleep(0.3)
    if MODE == "roots":
        send({"id": "roots-1", "method": "roots/list"})
        answer = json.loads(sys.stdin.readline())
        send({"id": id_, "result": {"content": [{"type": "text", "text": json.dumps(answer["result"]["roots"])}]}})
        return
    if MODE in ("sample", "sample-picture"):
        content = {"type": "text", "text": "Name a river.\u200b"} if MODE == "sample" else {"type": "image", "data": "aGk=", "mimeType": "image/png"}
        asked = {"systemPrompt": "One word.", "messages": [{"role": "user", "content": content}], "maxTokens": 9}
        send({"id": "words-1", "method": "sampling/createMessage", "params": asked})
        answer = json.loads(sys.stdin.readline())
        send({"id": id_, "result": {"content": [{"type": "text", "text": json.dumps(answer.get("result") or answer["error"])}]}})
        return
    if MODE == "elicit":
        schema = {"type": "object", "properties": {"name": {"type": "string"}, "count": {"type": "integer", "default": 3}}, "required": ["name"]}
        send({"id": "ask-1", "method": "elicitation/create", "params": {"message": "Who are you?", "requestedSchema": schema}})
        answer = json.loads(sys.stdin.readline())
        send({"id": id_, "result": {"content": [{"type": "text", "text": json.dumps(answer["result"])}]}})
        return
    send({"id": id_, "result": {"content": [{"type": "text", "text": json.dumps(params["arguments"])}]}})


def main() -> None:
    """Serve until the input ends."""
    if MODE == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(3600)"])
        if FILE:
            FILE.write_text(str(child.pid))
            FILE.with_suffix(".own").write_text(str(os.getpid()))
    if MODE == "silent":
        time.sleep(3600)
    for line in sys.stdin:
        message = json.loads(line)
        method = message.get("method")
        if method == "initialize":
            send(
                {
                    "id": message["id"],
                    "result": {
                        "protocolVersion": message["params"]["protocolVersion"],
                        "capabilities": {"tools": {"listChanged": True}, "resources": {}, "prompts": {}},
                        "serverInfo": {"name": "scripted", "version": "1"},
                        "instructions": "Be kind.",
                    },
                }
            )
        elif method == "tools/list":
            send({"id": message["id"], "result": {"tools": [] if MODE == "stubborn" else listed()}})
        elif method in ANSWERS:
            send({"id": message["id"], "result": ANSWERS[method]})
        elif method == "tools/call":
            call(message["id"], message["params"])
        elif "id" in message and method:
            send({"id": message["id"], "error": {"code": -32601, "message": "there is no such method"}})
    while MODE == "stubborn":
        time.sleep(3600)


if __name__ == "__main__":
    main()
