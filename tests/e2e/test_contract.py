"""``docs/contract.md`` command by command and shape by shape: every command of its table is run, every key, option, exit code, path and event type is looked for."""

from __future__ import annotations

import argparse
import ast
import http.client
import json
import signal
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from app.cli import parser
from tests.e2e.contract_calls import CALLS, add_server
from tests.e2e.contract_page import PAGE, Command, keys_of
from tests.e2e.contract_session import Session, page
from tests.helpers.processes import ROOT, wait_until
from tests.helpers.terminals import run_in_terminal
from tests.helpers.token_server import TokenServer

LISTS = ("list", "show", "search", "history", "next", "doctor")  # "Every … takes --json"
ROLES = ("planner", "reviewer", "executor")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made = Session(tmp_path_factory.mktemp("contract"))
    made.core.start()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def no_children_left() -> None:
    """The cores live as long as this module; their own end is tested in test_lifecycle."""


def options_of(words: tuple[str, ...]) -> dict[str, Any]:
    """The options that a command really takes, with their choices. Raises :class:`KeyError` for a command that is not there."""
    found: argparse.ArgumentParser = parser()
    for word in words:
        found = next(action for action in found._actions if isinstance(action, argparse._SubParsersAction)).choices[word]
    return {option: action.choices for action in found._actions for option in action.option_strings}


def test_the_page_is_the_one_that_others_build_on() -> None:
    """Where the page that others have lies beside the checkout, each of its lines stands in ours."""
    theirs = ROOT.parent / "shared" / "design" / "CONTRACT.md"
    if not theirs.is_file():
        pytest.skip("the page of the others is not beside this checkout")
    ours = PAGE.read_text(encoding="utf-8").splitlines()
    assert [line for line in theirs.read_text(encoding="utf-8").splitlines() if line not in ours] == []


def test_the_page_and_this_test_know_the_same_commands() -> None:
    assert set(CALLS) == {command.name for command in page.commands}


@pytest.mark.parametrize("command", page.commands, ids=lambda command: command.name or "deskhand")
def test_a_command_takes_the_options_of_the_page(command: Command) -> None:
    found = options_of(command.words)
    assert set(command.options) <= set(found)
    assert all(tuple(found[option]) == choices for option, choices in command.choices.items())
    assert "--json" in found or not command.words or command.words[-1] not in LISTS


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", CALLS, ids=lambda name: name or "deskhand")
def test_a_command_of_the_page_runs(name: str, session: Session) -> None:
    CALLS[name](session)


# -- exit codes -----------------------------------------------------------------------------------------------------------


def interrupted(s: Session) -> int:
    with TokenServer(hangs=True) as server:
        add_server(s, "hanging", server)
        models = [word for role in ROLES for word in ("--model", f"{role}=hanging/m")]
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "app", "ask", "Tell me something", *models], env=s.core.environment, cwd=s.work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell that runs the tests in the background has it ignored
        )  # fmt: skip
        wait_until(lambda: server.requests, 30, "the model to be asked")
        process.send_signal(signal.SIGINT)
        return process.wait(30)


def unreachable(s: Session) -> int:
    s.run("config", "set", "models.hub", "http://127.0.0.1:9")
    code = s.core.run_command("model", "search", "little").returncode
    s.run("config", "set", "models.hub", "")
    return code


def ask_code(s: Session, *words: str) -> int:
    return s.core.run_command("ask", *words, cwd=s.work).returncode


ENDS = {
    0: lambda s: ask_code(s, "What is 2+2?"),
    1: unreachable,
    2: lambda s: ask_code(s, ""),
    3: lambda s: run_in_terminal(s.core, ["ask", "run ls"], [("[n]o: ", "\x04")], s.work)[0],
    4: lambda s: ask_code(s, "run ls"),
    5: lambda s: ask_code(s, "hello", "--model", "planner=nonsense"),
    130: interrupted,
}


def test_the_page_and_this_test_know_the_same_exit_codes() -> None:
    assert set(ENDS) == set(page.exit_codes)


@pytest.mark.parametrize("code", ENDS)
def test_an_exit_code_of_the_page(code: int, session: Session) -> None:
    assert ENDS[code](session) == code


# -- HTTP, events, files --------------------------------------------------------------------------------------------------


def requested(session: Session, method: str, path: str, body: Any = None, token: bool = True) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", session.core.client.port, timeout=60)
    headers = {"Authorization": f"Bearer {session.core.home.token.read_text().strip()}"} if token else {}
    connection.request(method, path, json.dumps(body) if body is not None else None, headers | ({"Content-Type": "application/json"} if body is not None else {}))
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_the_paths_of_the_page_are_in_the_document_and_answer(session: Session) -> None:
    status, content = requested(session, "GET", "/openapi.json", token=False)
    document = {path.replace("{run_id}", "{id}").replace("{approval_id}", "{id}"): set(methods) for path, methods in json.loads(content)["paths"].items()}
    assert status == 200
    for method, path in page.paths:
        if path == "/api/events":  # a WebSocket is no part of such a document; it is read below
            continue
        assert method.lower() in document[path], (method, path)
        if method == "GET" and "{" not in path:
            assert requested(session, "GET", path)[0] == 200 and requested(session, "GET", path, token=False)[0] == 401, path
    assert session.core.home.token.stat().st_mode & 0o777 == 0o600


def test_the_assistant_is_a_model_of_the_openai_api(session: Session) -> None:
    body = {"model": "deskhand", "messages": [{"role": "user", "content": "What is 2+2?"}]}
    whole = json.loads(requested(session, "POST", "/v1/chat/completions", body)[1])
    assert whole["choices"][0]["message"]["content"] == "2+2 = 4"
    lines = requested(session, "POST", "/v1/chat/completions", body | {"stream": True})[1].decode().split("\n\n")
    pieces = [json.loads(line.removeprefix("data: "))["choices"][0]["delta"].get("content") or "" for line in lines if line.startswith("data: {")]
    assert "".join(pieces) == "2+2 = 4" and "data: [DONE]" in lines


@pytest.mark.timeout(120)
def test_every_event_type_of_the_page_is_sent(session: Session) -> None:
    with TokenServer(thinks="I think about the sea.", words=("Calm ", "water.")) as server:
        add_server(session, "thinking", server)
        session.run("ask", "Tell me something calm about the sea", *(word for role in ROLES for word in ("--model", f"{role}=thinking/m")))
    session.run("ask", "Make a folder called Tour with a file list.txt that lists passport, charger and socks", "--approve", "safe")
    schedule = session.json("schedule", "add", "every day at 9:00", "List the files here", "--yes")["id"]
    session.note_events()
    session.run("stop")
    session.core.stop()
    with closing(sqlite3.connect(session.core.home.database)) as database:  # as if the core had not run when it was due
        ago = round((time.time() - 600) * 1000)
        database.execute("UPDATE schedule SET next_at = ?, task = json_set(task, '$.missed', 'skip') WHERE id = ?", (ago, schedule))
        database.commit()
    session.core.start()
    wait_until(lambda: "schedule_missed" in session.note_events(), 20, "the missed time to be told")
    assert set(page.event_types) - session.types == set()


def test_files_that_people_edit_are_those_of_the_page(session: Session) -> None:
    named = page.text.split("## Files people edit")[1].split("##")[0]
    assert all(f"`{name}`" in named for name in ("settings.toml", "mcp.json", "skills/<name>/SKILL.md", "AGENTS.md"))
    session.run("config", "set", "run.concurrency", "4")
    assert tomllib.loads(session.core.home.settings.read_text())["run"]["concurrency"] == 4
    assert "mcpServers" in json.loads(session.core.home.mcp.read_text())
    assert session.run("skill", "add", str(session.skill), "--yes") and (session.core.home.skills / "say-hello/SKILL.md").is_file()
    (session.work / "AGENTS.md").write_text("Answer in one line.")
    found = session.json("ask", "What is 2+2?")
    run = session.core.client.call("GET", f"/api/runs/{found['run_id']}/events")[0]
    assert run["type"] == "run_started" and run["data"]["instructions"] == "Answer in one line."
    (session.work / "AGENTS.md").unlink()


def test_the_adapters_for_measuring_are_there() -> None:
    listed = page.text.split("## For measuring")[1]
    tree = ast.parse((ROOT / "tests/benchmarks/evaluation.py").read_text(encoding="utf-8"))
    there = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert {name for name in ("memory", "tools", "parse", "fits", "gate") if f"`{name}`" in listed} == {"memory", "tools", "parse", "fits", "gate"} <= there
    assert {"bench:", "bench-%:"} <= {line.split(" ")[0] for line in (ROOT / "Makefile").read_text().splitlines()}


def test_the_shape_of_a_question_is_the_one_that_is_printed() -> None:
    """The shape of a run that ends in a question; how one comes about is a matter of the turn's own tests."""
    from app.client.answer_text import question_lines

    shape = next(part for part in page.text.split("`") if part.startswith('"question":')).removeprefix('"question":')
    assert keys_of(shape) == ("text", "choices") and "exit code 0" in page.text
    result = {"status": "asked", "answer": "", "question": dict(zip(keys_of(shape), ("Which?", ["a", "b"]), strict=True))}
    assert question_lines(result) == ["Which?", "  1. a", "  2. b"]
