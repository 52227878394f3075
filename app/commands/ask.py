"""``ask``, and following a run to its end."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from app.client import Client, connect
from app.client.card_text import card_text
from app.commands.model_offer import bring_model, need_text
from app.commands.output import is_terminal, print_json
from app.commands.run_printer import IDLE_SECONDS, RunPrinter
from app.interrupts import heard_once, raise_again
from core.errors import DeskhandError, UsageError
from core.gate.card import read_reply
from core.gate.places import Places
from core.gate.scopes import is_wide
from core.gate.visible import visible
from core.ids import new_id
from core.limits import MAX_REQUEST

EXIT = {"done": 0, "planned": 0, "asked": 0, "failed": 1, "refused": 4, "cancelled": 130, "parked": 3}
STOP_SECONDS = 10.0  # for the core to hear that a run is to be stopped
ROLES = ("planner", "reviewer", "executor")
RUNS = "/api/runs"


def ask(arguments: argparse.Namespace) -> int:
    """One request through the whole pipeline."""
    text = _standard_input() if arguments.text == "-" else arguments.text
    if not text.strip():
        raise UsageError("The request is empty.", hint='Say what should be done, for example: deskhand ask "List the files here".')
    body = run_body(arguments, text)
    if len(text) > MAX_REQUEST:
        raise UsageError(f"The request has {len(text):,} characters; at most {MAX_REQUEST:,} can be read.", code="too_long", hint="Put the text in a file and ask about the file.")
    return _run(arguments, body)


def run_skill(arguments: argparse.Namespace, name: str, inputs: dict[str, str]) -> int:
    """A skill with its inputs, as one run like any other."""
    said = " ".join([f"${name}", *(f"{key}={value!r}" if " " in value else f"{key}={value}" for key, value in inputs.items())])
    return _run(arguments, run_body(arguments, said) | {"skill": {"name": name, "inputs": inputs}})


def follow_run(arguments: argparse.Namespace, path: str, more: dict[str, Any]) -> int:
    """A run that another path of the API starts, followed as one of ``ask``."""
    body = run_body(arguments, "-")
    kept = {key: body[key] for key in ("workspace", "approve", "conversation_id", "timeout_s") if body.get(key)}
    return _run(arguments, {**kept, **more}, path)


def _run(arguments: argparse.Namespace, body: dict[str, Any], path: str = RUNS) -> int:
    client = connect()
    if path == RUNS:
        bring_model(client, arguments)
    printer = None if arguments.json else RunPrinter()
    result = start_and_follow(body, path, body["approve"] == "ask" or bool(body.get("asks")), printer)
    if printer is None:
        print_json({key: value for key, value in result.items() if key != "exit_code"})
    else:
        printer.end(result)
    if result.get("needs_model"):
        print(need_text(client, arguments), file=sys.stderr)
    return exit_code(result)


def exit_code(result: dict[str, Any]) -> int:
    """That of the contract for how a run ended."""
    return int(result.get("exit_code") or EXIT.get(result["status"], 1))


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("The request is not valid UTF-8.", hint="Check the encoding of what is piped in.") from error


def run_body(arguments: argparse.Namespace, text: str) -> dict[str, Any]:
    """What the API is told to start a run of these words. Raises :class:`UsageError` for options that cannot be used."""
    workspace = Path(arguments.workspace or ".").expanduser().absolute()
    if not workspace.is_dir():
        raise UsageError(f"The workspace {workspace} is not a folder.", code="bad_workspace", hint="Give an existing folder with --workspace.")
    if note := wide_workspace_note(str(workspace.resolve())):
        print(note, file=sys.stderr)
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
    if approve == "safe" and is_terminal() and not arguments.json:
        body["asks"] = True
    return body | ({"timeout_s": arguments.timeout} if arguments.timeout else {})


def wide_workspace_note(root: str) -> str:
    """What a person is told of a workspace that is wider than a folder of work; empty for any other."""
    if is_wide(root):
        return f"{root} holds whole home folders, so each change in it is asked about. --workspace names the folder that is meant."
    if root.casefold() == Places.here().home:
        return "This is your whole home folder: keys, settings and what starts by itself in it are asked about. --workspace names another folder."
    return ""


def _models(pairs: list[str]) -> dict[str, str]:
    chosen = {}
    for pair in pairs:
        role, _, model = pair.partition("=")
        if role not in ROLES or not model:
            raise UsageError(f"--model takes ROLE=ID with ROLE one of {', '.join(ROLES)}, not {pair!r}.")
        chosen[role] = model
    return chosen


def start_and_follow(body: dict[str, Any], path: str, answers: bool, printer: RunPrinter | None) -> dict[str, Any]:
    """The result of a run that is started and shown while it goes. Ctrl+C stops it, a second one leaves.

    The run has an id of our own making, so that it can also be stopped while the core has not yet said that it took it.
    """
    run_id, is_sent = new_id("run"), False
    try:
        with heard_once():
            client = connect()
            is_sent = True
            client.call("POST", path, {**body, "run_id": run_id})
            return _follow(client, run_id, answers, printer)
    except KeyboardInterrupt:
        try:
            is_known = is_sent and _stop(run_id)
        finally:
            raise_again()
        return _result_of(run_id) if is_known else _never_begun(run_id)


def _stop(run_id: str) -> bool:
    """Stop a run that the core has, or is about to get; whether it had it."""
    try:
        connect().call("POST", f"/api/runs/{run_id}/cancel", timeout_s=STOP_SECONDS)
    except DeskhandError as error:
        if error.code != "not_found":
            raise
        return False
    return True


def _result_of(run_id: str) -> dict[str, Any]:
    row = connect().call("GET", f"/api/runs/{run_id}?wait_s=10")
    return {"run_id": run_id, "answer": "", **row["result"], "status": row["status"] if row["finished_at"] else "cancelled"}


def _never_begun(run_id: str) -> dict[str, Any]:
    return {"run_id": run_id, "conversation_id": "", "status": "cancelled", "answer": "Stopped before anything was done.", "steps": []}


def _follow(client: Client, run_id: str, answers: bool, printer: RunPrinter | None) -> dict[str, Any]:
    for _ in range(1000):
        try:
            if result := _follow_once(client, run_id, answers, printer):
                return result
        except DeskhandError as error:
            if error.code != "core_gone":
                raise
        client = connect()  # the core was restarted: the run goes on there
        row = client.call("GET", f"/api/runs/{run_id}?wait_s=5")
        if row["finished_at"]:
            return dict(row["result"])
    raise DeskhandError("The core keeps going away.", code="core_gone")


def _follow_once(client: Client, run_id: str, answers: bool, printer: RunPrinter | None) -> dict[str, Any] | None:
    """The result, or that it waits for consent which nobody gave; None where the stream ended before."""
    with Client(client.port, client._token, 600.0).stream(f"/api/runs/{run_id}/stream?answers={str(answers).lower()}") as stream:
        while True:
            try:
                event = stream.take(printer.tick() if printer else IDLE_SECONDS)
            except EOFError:
                return None
            if event is None:
                continue
            if event["type"] == "run_finished":
                return dict(event["data"]["result"])
            if printer:
                printer.show(event)
            if event["type"] == "approval_requested" and answers and not _decide(client, event["data"], printer):
                return {**client.call("GET", f"/api/runs/{run_id}")["result"], "status": "parked", "approval": event["data"]["approval"]}


def _decide(client: Client, data: dict[str, Any], printer: RunPrinter | None) -> bool:
    """Ask the person; False when they leave the question open (end of input)."""
    if printer:
        printer.hide_phase()
        printer.answer.break_line()
    print(visible(f"\n{card_text(data)}\n"), file=sys.stderr)
    is_grantable = data.get("kind", "step") == "step" and data.get("grantable", True)
    asked = "Allow? [y]es once, for this [c]onversation, [a]lways, [n]o: " if is_grantable else "Allow? [y]es once, [n]o: "
    while True:
        try:
            said = input(asked)
        except EOFError:
            return False
        if decision := _decision_in(said, is_grantable):
            client.call("POST", f"/api/approvals/{data['approval']}", {"decision": decision})
            return True
        print("Please answer with one of these; anything else is no answer.", file=sys.stderr)


def _decision_in(said: str, is_grantable: bool) -> str:
    """The decision that an answer is; empty for anything that only begins like one."""
    longer = {"c": "conversation", "conversation": "conversation", "a": "always", "always": "always"}
    known = {"yes": "once", "no": "no"}.get(read_reply(said), "")
    return known or (longer.get(said.strip().casefold(), "") if is_grantable else "")
