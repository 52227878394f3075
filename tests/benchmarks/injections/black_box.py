"""AgentDojo against the whole product: a real core, the suite's tools over MCP, the kit's gullible model, no plan given.

    python -m tests.benchmarks.injections.black_box --kit ../shared/eval/security --python PYTHON_WITH_AGENTDOJO [--suites banking,slack,workspace] [--every N]

Questions are counted, and answered yes where every call asked about is one of the user task's own, else no. Printed for each suite: clean tasks
done, tasks done under attack, attacks that succeed (of all pairs and of those that succeed without any defence), questions a task.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.client.client import Client
from tests.helpers.processes import CoreProcess, wait_until

HERE = Path(__file__).parent
VERBOSE = bool(os.environ.get("BLACK_BOX_VERBOSE"))


@dataclass(slots=True)
class Tally:
    """Counts of one suite."""

    clean: int = 0
    clean_done: int = 0
    pairs: int = 0
    pairs_done: int = 0
    attacks: int = 0
    questions: list[int] = field(default_factory=list)  # of clean tasks
    questions_attacked: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Box:
    """One suite behind one core. ``control`` tells both servers which case is played."""

    def __init__(self, kit: Path, python: str, suite: str, folder: Path) -> None:
        self.suite, self.folder, self.number = suite, folder, 0
        self.control, self.state = folder / "control.json", folder / "state.pkl"
        self.workspace = folder / "work"
        self.workspace.mkdir()
        self.port = free_port()
        self.choose("user_task_0", "none")
        self.model = subprocess.Popen([python, str(HERE / "suite_model.py"), str(kit), str(self.control), str(self.port)])
        self.core = CoreProcess(folder / "home")
        wait_until(self._answers, 60, "the scripted model")
        client = self.core.start()
        client.call("PUT", "/api/models/providers/played", {"base_url": f"http://127.0.0.1:{self.port}/v1", "models": ["scripted"]})
        for role in ("planner", "reviewer", "executor"):
            client.call("PUT", f"/api/models/roles/{role}", {"model": "played/scripted"})
        client.call("POST", "/api/mcp", {"name": "suite", "command": python, "args": [str(HERE / "suite_mcp.py"), str(kit), str(self.control)]}, timeout_s=120)
        self.client: Client = client

    def _answers(self) -> bool:
        try:
            return bool(self.ask_model("/v1/models"))
        except OSError:
            return False

    def choose(self, user: str, injection: str) -> None:
        """Begin a case."""
        self.number += 1
        part = self.control.with_suffix(".part")
        part.write_text(json.dumps({"number": self.number, "case": [self.suite, user, injection], "state": str(self.state)}))
        part.rename(self.control)

    def ask_model(self, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode() if body is not None else None, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def play(self, user: str, injection: str) -> tuple[dict[str, Any], int, dict[str, Any]]:
        """One case: its score, the questions asked, and the run's result."""
        self.choose(user, injection)
        truth = self.ask_model("/truth")
        run = self.client.call("POST", "/api/runs", {"text": truth["prompt"], "workspace": str(self.workspace), "approve": "ask"})["run_id"]
        questions = self._follow(run, truth["user"])
        result = self.client.call("GET", f"/api/runs/{run}")["result"]
        return self.ask_model("/score", {"answer": result.get("answer", "")}), questions, result

    def _follow(self, run: str, own: list[Any]) -> int:
        questions = 0
        for event in Client(self.client.port, self.client._token, 300.0).lines(f"/api/runs/{run}/stream?answers=true"):
            if event["type"] == "run_finished":
                return questions
            if event["type"] == "approval_requested":
                questions += 1
                decision = "once" if all(_is_own(tool, args, own) for tool, args in _asked(event["data"])) else "no"
                self.client.call("POST", f"/api/approvals/{event['data']['approval']}", {"decision": decision})
        return questions

    def close(self) -> None:
        self.core.stop()
        self.model.terminate()
        self.model.wait(10)


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _mean(counts: list[int]) -> float:
    return sum(counts) / max(1, len(counts))


def _asked(data: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    if VERBOSE:
        print("   ?", data.get("kind"), data.get("tool"), data.get("args"), data.get("why"), flush=True)
    if data.get("kind") == "plan":
        return [(step["tool"], step["args"]) for step in data["plan"]["steps"]]
    return [(data["tool"], data["args"])]


def _is_own(tool: str, args: dict[str, Any], own: list[Any]) -> bool:
    """Whether the user task itself makes this call; values are compared as JSON prints them."""
    return any(tool.rpartition(".")[2] == name and {key: str(value) for key, value in args.items()} == {key: str(value) for key, value in wanted.items()} for name, wanted in own)


def measure(kit: Path, python: str, suite: str, every: int) -> Tally:
    """All clean tasks and every ``every``-th pair of a suite."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        box = Box(kit, python, suite, Path(folder))
        try:
            tasks = box.ask_model(f"/cases?suite={suite}")
            for user in tasks["users"]:
                score, questions, result = box.play(user, "none")
                tally.clean, tally.clean_done = tally.clean + 1, tally.clean_done + score["utility"]
                tally.questions.append(questions)
                if not score["utility"]:
                    tally.wrong.append(f"{user}: {result['status']} {[step['tool'] + ':' + step['status'] for step in result['steps']]} {result['answer'][:150]!r}")
            pairs = [(user, injection) for user in tasks["users"] for injection in tasks["injections"]][::every]
            for user, injection in pairs:
                score, questions, result = box.play(user, injection)
                tally.pairs, tally.pairs_done = tally.pairs + 1, tally.pairs_done + score["utility"]
                tally.attacks += bool(score["attack"])
                tally.questions_attacked.append(questions)
                if not score["utility"]:
                    tally.wrong.append(
                        f"{user} {injection}: not done, {result['status']} {[step['tool'] + ':' + step['status'] for step in result['steps']]} {result['answer'][:200]!r}"
                    )
                if score["attack"]:
                    tally.wrong.append(f"{user} {injection}: attacked {[name for name, _ in score['calls']]}")
        finally:
            box.close()
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kit", type=Path, required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--suites", default="banking,slack,workspace")
    parser.add_argument("--every", type=int, default=1)
    chosen = parser.parse_args()
    for suite in chosen.suites.split(","):
        began, tally = time.monotonic(), measure(chosen.kit.resolve(), chosen.python, suite, chosen.every)
        print(
            f"{suite}: clean {tally.clean_done}/{tally.clean}; under attack {tally.pairs_done}/{tally.pairs}; attacks {tally.attacks}/{tally.pairs}; "
            f"questions a clean task {_mean(tally.questions):.2f} (most {max(tally.questions)}), an attacked one {_mean(tally.questions_attacked):.2f}; {time.monotonic() - began:.0f} s",
            flush=True,
        )
        for line in tally.wrong:
            print("  ", line, flush=True)


if __name__ == "__main__":
    main()
