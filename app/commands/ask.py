"""``ask`` and ``chat``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from app.client import Client, connect
from app.commands.output import is_terminal, print_json
from core.errors import DeskhandError, UsageError
from core.limits import MAX_REQUEST

EXIT = {"done": 0, "planned": 0, "failed": 1, "refused": 4, "cancelled": 130, "parked": 3}
ROLES = ("planner", "reviewer", "executor")


def ask(arguments: argparse.Namespace) -> int:
    """One request through the whole pipeline."""
    text = _standard_input() if arguments.text == "-" else arguments.text
    if not text.strip():
        raise UsageError("The request is empty.", hint='Say what should be done, for example: deskhand ask "List the files here".')
    body = _body(arguments, text)
    if len(text) > MAX_REQUEST:
        raise UsageError(f"The request has {len(text):,} characters; at most {MAX_REQUEST:,} can be read.", code="too_long", hint="Put the text in a file and ask about the file.")
    return _run(arguments, body)


def run_skill(arguments: argparse.Namespace, name: str, inputs: dict[str, str]) -> int:
    """A skill with its inputs, as one run like any other."""
    said = " ".join([f"${name}", *(f"{key}={value!r}" if " " in value else f"{key}={value}" for key, value in inputs.items())])
    return _run(arguments, _body(arguments, said) | {"skill": {"name": name, "inputs": inputs}})


def follow_run(arguments: argparse.Namespace, path: str, more: dict[str, Any]) -> int:
    """A run that another path of the API starts, followed as one of ``ask``."""
    body = _body(arguments, "-")
    kept = {key: body[key] for key in ("workspace", "approve", "conversation_id", "timeout_s") if body.get(key)}
    return _run(arguments, {**kept, **more}, path)


def _run(arguments: argparse.Namespace, body: dict[str, Any], path: str = "/api/runs") -> int:
    client = connect()
    run = client.call("POST", path, body)
    result = _followed(client, run["run_id"], body["approve"] == "ask", quiet=arguments.json)
    if arguments.json:
        print_json({key: value for key, value in result.items() if key != "exit_code"})
    else:
        _print_answer(result)
    return _exit_code(result)


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("The request is not valid UTF-8.", hint="Check the encoding of what is piped in.") from error


def _body(arguments: argparse.Namespace, text: str) -> dict[str, Any]:
    workspace = Path(arguments.workspace or ".").expanduser().absolute()
    if not workspace.is_dir():
        raise UsageError(f"The workspace {workspace} is not a folder.", code="bad_workspace", hint="Give an existing folder with --workspace.")
    approve = arguments.approve if arguments.approve != "ask" or (is_terminal() and not arguments.json) else "none"
    body = {
        "text": text,
        "workspace": str(workspace),
        "approve": approve,
        "models": _models(arguments.model),
        "conversation_id": arguments.conversation,
        "local_only": arguments.local_only,
        "plan_only": arguments.plan_only,
    }
    return body | ({"timeout_s": arguments.timeout} if arguments.timeout else {})


def _models(pairs: list[str]) -> dict[str, str]:
    chosen = {}
    for pair in pairs:
        role, _, model = pair.partition("=")
        if role not in ROLES or not model:
            raise UsageError(f"--model takes ROLE=ID with ROLE one of {', '.join(ROLES)}, not {pair!r}.")
        chosen[role] = model
    return chosen


def _followed(client: Client, run_id: str, answers: bool, quiet: bool) -> dict[str, Any]:
    """Follow the run to its end, showing what happens; Ctrl+C stops it, a second one leaves."""
    try:
        return _follow(client, run_id, answers, quiet)
    except KeyboardInterrupt:
        client.call("POST", f"/api/runs/{run_id}/cancel")
        return dict(client.call("GET", f"/api/runs/{run_id}?wait_s=10")["result"])


def _follow(client: Client, run_id: str, answers: bool, quiet: bool) -> dict[str, Any]:
    deadline = Client(client.port, client._token, 600.0)
    for _ in range(1000):
        try:
            for event in deadline.lines(f"/api/runs/{run_id}/stream?answers={str(answers).lower()}"):
                if event["type"] == "run_finished":
                    return dict(event["data"]["result"])
                if not quiet:
                    _print_event(event)
                if event["type"] == "approval_requested" and answers and not _decide(client, event["data"]):
                    return {**client.call("GET", f"/api/runs/{run_id}")["result"], "status": "parked", "approval": event["data"]["approval"]}
        except DeskhandError as error:
            if error.code != "core_gone":
                raise
        client = deadline = connect()  # the core was restarted: the run goes on there
        row = client.call("GET", f"/api/runs/{run_id}?wait_s=5")
        if row["finished_at"]:
            return dict(row["result"])
    raise DeskhandError("The core keeps going away.", code="core_gone")


def _decide(client: Client, data: dict[str, Any]) -> bool:
    """Ask the person; False when they leave the question open (end of input)."""
    origins = "".join(f"\nFrom: {origin}" for origin in data.get("origins", ()))
    print(f"\n{data.get('tool', 'This plan')} — {data.get('why', '')}{origins}\n{data.get('preview', '')}\n", file=sys.stderr)
    choices = {"y": "once", "c": "conversation", "a": "always", "n": "no"}
    while True:
        try:
            key = input("Allow? [y]es once, for this [c]onversation, [a]lways, [n]o: ").strip().lower()[:1]
        except EOFError:
            return False
        if key in choices:
            client.call("POST", f"/api/approvals/{data['approval']}", {"decision": choices[key]})
            return True


_MARKS = {"done": "✓", "failed": "✗", "blocked": "–", "skipped": "–", "cancelled": "■"}


def _print_event(event: dict[str, Any]) -> None:
    data = event["data"]
    if event["type"] == "plan_reviewed":
        print(f"plan {data['score']:.2f}, round {data['round']}" + "".join(f"\n  ! {issue}" for issue in data["issues"]), file=sys.stderr)
    elif event["type"] == "step_placed":
        print(f"→ {data['step']} on {data['device']}: {data['why']}", file=sys.stderr)
    elif event["type"] == "step_progressed":
        share = f"{data['share']:.0%} " if data["share"] is not None else ""
        print(f"… {data['step']} {share}{data['text']}".rstrip(), file=sys.stderr)
    elif event["type"] == "step_started" and data.get("device"):
        print(f"… {data['step']} on {data['device']}", file=sys.stderr)
    elif event["type"] == "step_started" and data.get("intent"):
        print(f"… {data['intent']['tool']}", file=sys.stderr)
    elif event["type"] == "step_finished":
        why = (data.get("error") or {}).get("message", "")
        print(f"{_MARKS.get(data['status'], '·')} {data['step']} {data['status']}{': ' + why if why else ''}", file=sys.stderr)


def _print_answer(result: dict[str, Any]) -> None:
    if error := result.get("error"):
        print(f"deskhand: {error['code']}: {error['message']} {error['hint']}".rstrip(), file=sys.stderr)
    else:
        print(result["answer"])
        if result["status"] == "planned":
            for step in result["plan"]["steps"]:
                print(f"  {step['id']} {step['tool']} {step['args']}")
    if result.get("memories"):
        print(f"From memory: {' '.join(result['memories'])} (deskhand memory show ID)", file=sys.stderr)
    if result["status"] == "parked":
        print(f"Waiting for consent: deskhand approvals approve {result.get('approval', '')}", file=sys.stderr)
    if result.get("undoable") and result["status"] != "planned":
        print(f"Undo: deskhand run undo {result['run_id']}", file=sys.stderr)


def _exit_code(result: dict[str, Any]) -> int:
    return int(result.get("exit_code") or EXIT.get(result["status"], 1))


def chat(arguments: argparse.Namespace) -> int:
    """A conversation, one request a line; an empty line or Ctrl+D ends it."""
    client = connect()
    conversation = arguments.conversation
    print("Deskhand. An empty line ends the conversation.", file=sys.stderr)
    while True:
        try:
            text = input("> ").strip()
        except EOFError:
            return 0
        if not text:
            return 0
        arguments.conversation = conversation
        run = client.call("POST", "/api/runs", _body(arguments, text))
        conversation = run["conversation_id"]
        _print_answer(_followed(client, run["run_id"], is_terminal(), quiet=False))
