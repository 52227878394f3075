"""One core for a walk through all commands: what is run, what it printed, what it left behind."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.e2e.contract_page import inner, keys_of, read_page
from tests.helpers.fake_hub import Hub
from tests.helpers.processes import CoreProcess, as_json, wait_until
from tests.helpers.terminals import run_in_terminal

page = read_page()
SKILL = "---\nname: say-hello\ndescription: Say hello to somebody by name. Use it for a greeting.\n---\n\nWrite one friendly line to the person who is named.\n"


class SearchedHub(Hub):
    """The hub of the tests, which can be searched as well."""

    def _answer(self, request: Any, body: bool) -> None:
        if request.path.startswith("/api/models?"):
            rows = [{"id": "some/model", "downloads": 7, "likes": 2, "tags": ["gguf", "license:apache-2.0"], "lastModified": "2026-01-02T03:04:05.000Z", "gated": False}]
            return self._send(request, 200, json.dumps(rows if "search=little" in request.path else []).encode(), body, {"Content-Type": "application/json"})
        return super()._answer(request, body)


class Session:
    """One core, a device that belongs to it, and what the commands before have left behind."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.work = folder, folder / "work"
        self.work.mkdir()
        self.core = CoreProcess(folder / "home", HOME=str(folder), DESKHAND_MODEL="none")
        self.core.command = lambda: [sys.executable, "-P", "-m", "app", "serve"]  # type: ignore[method-assign]
        self.device = CoreProcess(folder / "device", HOME=str(folder))
        self.kept: dict[str, Any] = {}
        self.types: set[str] = set()

    def run(self, *words: str, code: int = 0, core: CoreProcess | None = None) -> str:
        """Standard output of a command that ends with this exit code."""
        done = (core or self.core).run_command(*words, cwd=self.work)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def json(self, *words: str, code: int = 0, core: CoreProcess | None = None) -> Any:
        """The one JSON value that it prints."""
        return as_json(self.run(*words, "--json", code=code, core=core))

    def fails(self, *words: str, code: int) -> dict[str, str]:
        """The error of a command, which stands on both outputs in the forms of the page."""
        done = self.core.run_command(*words, "--json", cwd=self.work)
        error = as_json(done.stdout)["error"]
        assert done.returncode == code and tuple(error) == keys_of(inner(page.shape('{"error"'), "error")), done
        assert done.stderr == f"deskhand: {error['code']}: {error['message']} {error['hint']}".rstrip() + "\n"
        return dict(error)

    def keep(self, name: str, make: Callable[[], Any]) -> Any:
        """What was made for an earlier command, made now if that one was not run."""
        if name not in self.kept:
            self.kept[name] = make()
        return self.kept[name]

    @property
    def run_id(self) -> str:
        return str(self.keep("run", lambda: self.json("ask", "Create a file called a.txt containing one"))["run_id"])

    @property
    def fact(self) -> str:
        return str(self.keep("fact", lambda: self.json("memory", "add", "The plumber is called Ada Brook"))["id"])

    @property
    def schedule(self) -> str:
        return str(self.keep("schedule", lambda: self.json("schedule", "add", "every day at 9:00", "List the files here", "--workspace", str(self.work), "--yes"))["id"])

    @property
    def skill(self) -> Path:
        path = self.folder / "say-hello"
        path.mkdir(exist_ok=True)
        (path / "SKILL.md").write_text(SKILL, encoding="utf-8")
        return path

    @property
    def member(self) -> str:
        """The name of the device that belongs to this core."""
        return str(self.keep("member", self._join)["name"])

    def _join(self) -> Any:
        self.device.start()
        self.run("config", "set", "devices.port", str(free_port()))
        code = self.json("device", "invite")["code"]
        row = self.json("device", "join", code, "--name", "office", "--workspace", str(self.work), core=self.device)
        wait_until(lambda: self.core.client.call("GET", "/api/devices/office")["online"], 20, "the device to be there")
        return row

    def parked(self) -> str:
        """The approval of a fresh run that waits for consent, asked for in a terminal and left open."""
        code, shown = run_in_terminal(self.core, ["ask", "run ls"], [("[n]o: ", "\x04")], self.work)
        assert code == 3, shown
        return shown.split("approvals approve ")[1].split()[0]

    def note_events(self) -> set[str]:
        """Keep the types of all events so far, as the WebSocket sends them again; all that were kept."""
        from websockets.sync.client import connect

        last = self.core.client.call("GET", "/api/status")["last_seq"]
        headers = {"Authorization": f"Bearer {self.core.home.token.read_text().strip()}"}
        with connect(f"ws://127.0.0.1:{self.core.client.port}/api/events?after=0", additional_headers=headers) as socket_:
            while True:
                event = json.loads(socket_.recv(timeout=20))
                assert tuple(event) == page.event_keys, event
                self.types.add(event["type"])
                if event["seq"] >= last:
                    return self.types

    def close(self) -> None:
        self.device.stop()
        self.core.stop()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
