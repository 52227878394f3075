"""``ask`` and ``chat`` as somebody sees them: the first word at once, each word once, questions answered in a real terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.limits import MAX_REQUEST
from tests.helpers.processes import CoreProcess
from tests.helpers.terminals import run_in_terminal
from tests.helpers.token_server import WORDS, TokenServer

PLAN = {"steps": [{"id": "s1", "tool": "files.list", "args": {}, "needs": []}]}
PROMISED = 0.1  # seconds from the server's word to the reader


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CoreProcess]:
    folder = tmp_path_factory.mktemp("core")
    with CoreProcess(folder / "home", HOME=str(folder)) as process:
        yield process


@pytest.fixture(autouse=True)
def no_children_left() -> None:
    """The core lives as long as this module; its own end is tested in test_lifecycle."""


@pytest.fixture
def slow(core: CoreProcess) -> Iterator[TokenServer]:
    with TokenServer(plan=PLAN) as server:
        add_server(core, "slow", server)
        yield server


def add_server(core: CoreProcess, name: str, server: TokenServer) -> None:
    core.client.call("PUT", f"/api/models/providers/{name}", {"base_url": server.url, "models": ["m"], "timeout_s": 30})


def with_model(name: str) -> list[str]:
    return [word for role in ("planner", "reviewer", "executor") for word in ("--model", f"{role}={name}/m")]


def test_the_first_word_is_on_standard_output_at_once_and_each_word_once(core: CoreProcess, slow: TokenServer, workspace: Path) -> None:
    command = [sys.executable, "-P", "-m", "app", "ask", "Tell me something calm about the sea", *with_model("slow")]
    process = subprocess.Popen(command, env=core.environment, cwd=workspace, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    arrivals: list[tuple[str, float]] = []
    while piece := os.read(process.stdout.fileno(), 65536):
        arrivals.append((piece.decode(), time.monotonic()))
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    whole = "".join(piece for piece, _ in arrivals)
    assert whole == "".join(WORDS).rstrip() + " \n" or whole == "".join(WORDS).rstrip() + "\n", whole
    assert arrivals[0][1] - slow.sent[0][1] < PROMISED, f"the first word took {arrivals[0][1] - slow.sent[0][1]:.3f} s"
    assert len(arrivals) >= 5, "it came in one piece"
    said, delays = "", []
    for word, sent in slow.sent:
        while len(said) < len(whole) and word.strip() not in said:
            shown, at = arrivals.pop(0)
            said += shown
        delays.append(at - sent)
    print(f"stdout: first {delays[0] * 1000:.0f} ms, median {sorted(delays)[len(delays) // 2] * 1000:.0f} ms, most {max(delays) * 1000:.0f} ms")


def test_json_is_one_object_with_nothing_before_it(core: CoreProcess, slow: TokenServer, workspace: Path) -> None:
    done = core.run_command("ask", "Tell me something calm about the sea", "--json", *with_model("slow"), cwd=workspace)
    found = json.loads(done.stdout)
    assert done.returncode == 0 and found["answer"].split() == "".join(WORDS).split()
    assert found["usage"]["reused_tokens"] > 0 and found["usage"]["prompt_tokens"] > 0


def test_a_question_in_a_terminal_can_be_left_open_and_answered(core: CoreProcess, workspace: Path) -> None:
    code, shown = run_in_terminal(core, ["ask", "run ls"], [("[n]o: ", "\x04")], workspace)
    assert code == 3 and "Waiting for consent: deskhand approvals approve appr_" in shown, shown
    code, shown = run_in_terminal(core, ["ask", "run ls"], [("[n]o: ", "y\n")], workspace)
    assert code == 0 and "done" in shown, shown


def chat(core: CoreProcess, typed: str, workspace: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "app", "chat"]
    return subprocess.run(command, env=core.environment, cwd=workspace, input=typed, capture_output=True, text=True, timeout=60)


def test_chat_knows_its_own_words_and_goes_on_after_an_empty_line(core: CoreProcess, workspace: Path) -> None:
    runs = len(core.client.call("GET", "/api/runs"))
    done = chat(core, "\n/help\n/nonsense\n\nWhat is 2+2?\n/exit\nWhat is 3+3?\n", workspace)
    assert done.returncode == 0 and done.stdout.split("\n") == ["2+2 = 4", ""], done.stdout
    assert "Ctrl+D" in done.stderr and "There is no /nonsense" in done.stderr
    assert len(core.client.call("GET", "/api/runs")) == runs + 1, "only the request was one"


@pytest.mark.parametrize("last", ["exit", "/quit", "/exit", ""])
def test_chat_ends_by_word_and_by_end_of_input(last: str, core: CoreProcess, workspace: Path) -> None:
    assert chat(core, f"{last}\n" if last else "", workspace).returncode == 0


def test_chat_goes_on_with_its_conversation_and_outlives_an_error(core: CoreProcess, workspace: Path) -> None:
    done = chat(core, f"What is 2+2?\n{'x' * (MAX_REQUEST + 1)}\nWhat is 3+3?\n", workspace)
    assert done.returncode == 0 and done.stdout.splitlines() == ["2+2 = 4", "3+3 = 6"], done.stdout
    assert done.stderr.count("deskhand: ") == 1
    first, second = core.client.call("GET", "/api/runs?limit=2")
    assert first["conversation_id"] == second["conversation_id"]


def test_chat_in_a_terminal(core: CoreProcess, slow: TokenServer, workspace: Path) -> None:
    code, shown = run_in_terminal(core, ["chat"], [("> ", "/help\n"), ("> ", "What is 2+2?\n"), ("> ", "\x04")], workspace)
    assert code == 0 and "2+2 = 4" in shown and "Ctrl+C" in shown
