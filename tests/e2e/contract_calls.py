"""Every command of ``docs/contract.md``, run for real: what is in :data:`CALLS` is what the page has."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.e2e.contract_page import inner, keys_of
from tests.e2e.contract_session import SearchedHub, Session, free_port, page
from tests.helpers import gguf_models
from tests.helpers.processes import ROOT, as_json, wait_until
from tests.helpers.token_server import TokenServer

PLAN_TASK = "Make a folder called Trip with a file packing.txt that lists passport, charger and socks"


def bare(s: Session) -> None:
    environment = {key: value for key, value in s.core.environment.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run([sys.executable, "-P", "-m", "app"], env=environment, input="exit\n", capture_output=True, text=True, cwd=s.work, timeout=60)
    assert done.returncode == 0 and "no display" in done.stderr and "Deskhand." in done.stderr


def ask(s: Session) -> None:
    options = ["--approve", "safe", "--workspace", str(s.work), "--model", "planner=starter", "--local-only", "--timeout", "60"]
    found = s.keep("run", lambda: s.json("ask", "Create a file called a.txt containing one", *options))
    check_ask_shape(found)
    assert (found["status"] == "done" and found["plan"] is None) or found["plan"]["steps"]
    planned = s.json("ask", PLAN_TASK, "--plan-only", "--conversation", found["conversation_id"])
    check_ask_shape(planned)
    assert planned["status"] == "planned" and planned["plan"]["steps"] and planned["conversation_id"] == found["conversation_id"] and not (s.work / "Trip").exists()
    assert s.run("ask", "What is 2+2?") == "2+2 = 4\n"


def check_ask_shape(found: dict[str, Any]) -> None:
    shape = page.shape('{"run_id"')
    assert not (missing := set(keys_of(shape)) - set(found)), missing
    for key in ("models", "usage", "timings_ms"):
        assert not (missing := set(keys_of(inner(shape, key))) - set(found[key])), (key, missing)
    plan = inner(shape, "plan")
    if found["plan"] is not None:
        assert set(keys_of(plan)) <= set(found["plan"]) and all(set(keys_of(inner(plan, "steps"))) <= set(step) for step in found["plan"]["steps"])
    of_steps = keys_of(inner(shape[shape.index(plan) + len(plan) :], "steps"))
    assert "attempts" in of_steps and all(set(of_steps) <= set(step) for step in found["steps"])
    assert found["needs_model"] is False
    assert found["way"] in shape.split('"way":"')[1].split('"')[0].split("|") and found["way_why"]


def chat(s: Session) -> None:
    done = subprocess.run([sys.executable, "-P", "-m", "app", "chat"], env=s.core.environment, input="What is 2+2?\nexit\n", capture_output=True, text=True, cwd=s.work, timeout=60)
    assert done.returncode == 0 and done.stdout == "2+2 = 4\n"


def serve(s: Session) -> None:
    row = as_json(s.core.home.endpoint.read_text())
    assert s.core.process is not None and row["pid"] == s.core.process.pid, "the core of this session was started by `deskhand serve`"


def status(s: Session) -> None:
    found = s.json("status")
    assert {"loaded", "waiting", *page.keys["status"]} <= set(found)


def run_export(s: Session) -> None:
    found = s.json("run", "export", s.run_id)
    assert found["run"]["id"] == s.run_id and all(tuple(event) == page.event_keys for event in found["events"])


def run_undo(s: Session) -> None:
    assert s.run_id and (s.work / "a.txt").exists()
    assert s.json("run", "undo", s.run_id)["complete"] and not (s.work / "a.txt").exists()


def run_cancel(s: Session) -> None:
    with TokenServer(hangs=True) as server:
        add_server(s, "hanging", server)
        body = {"text": "Tell me something", "workspace": str(s.work), "models": dict.fromkeys(("planner", "reviewer", "executor"), "hanging/m")}
        run_id = s.core.client.call("POST", "/api/runs", body)["run_id"]
        assert s.json("run", "cancel", run_id)["status"] == "cancelled"


def add_server(s: Session, name: str, server: TokenServer) -> None:
    s.run("model", "add", name, "--url", server.url, "--models", "m")


def model_list(s: Session) -> None:
    found, every = s.json("model", "list"), s.json("model", "list", "--all")
    assert {"state", "id", "name", "bytes", "speed", "licence", "source", "done", "rate", "problem", "hint"} <= set(s.core.client.call("GET", "/api/models/setup"))
    assert {"planner", "reviewer", "executor"} == set(found["roles"]) and "starter" in [row["id"] for row in found["models"]]
    assert len(every["catalog"]) > 20 and {"id", "maker", "licence", "roles", "here"} <= set(every["catalog"][0])
    assert every["catalog"][0]["id"] in s.run("model", "list", "--all")


def with_hub(s: Session, work: Callable[[Session], None]) -> None:
    with SearchedHub({"Little-1B-Q4_K_M.gguf": b"GGUF" + bytes(300_000)}) as hub:
        s.run("config", "set", "models.hub", hub.url)
        work(s)
        s.run("config", "set", "models.hub", "")


def model_search(s: Session) -> None:
    def look(s: Session) -> None:
        rows = s.json("model", "search", "little", "model")
        assert [row["id"] for row in rows] == ["some/model"] and rows[0]["licence"] == "apache-2.0" and rows[0]["updated"].startswith("2026-01-02")
        assert "some/model" in s.run("model", "search", "little") and s.json("model", "search", "nonsense") == []

    with_hub(s, look)
    s.run("config", "set", "models.hub", "http://127.0.0.1:9")
    assert s.fails("model", "search", "little", code=1)["code"] == "hub_unreachable"
    s.run("config", "set", "models.hub", "")


def model_pull(s: Session) -> None:
    with_hub(s, lambda s: s.json("model", "pull", "some/model:Q4_K_M"))
    assert (Path(s.core.environment["DESKHAND_CACHE"]) / "models" / "Little-1B-Q4_K_M.gguf").is_file()


def model_add_and_remove(s: Session) -> None:
    path = gguf_models.write(s.folder / "tiny.gguf", gguf_models.Shape(layers=2))
    assert s.json("model", "add", str(path))["id"] == "tiny" and (s.core.home.models / "tiny.gguf").is_file()
    assert s.json("model", "add", "house", "--url", "http://127.0.0.1:9/v1", "--models", "m")["name"] == "house"
    for name in ("tiny", "house"):
        assert s.json("model", "remove", name) == {"removed": name}
    assert not (s.core.home.models / "tiny.gguf").exists() and "house/m" not in s.run("model", "list")


def model_use(s: Session) -> None:
    with TokenServer() as server:
        add_server(s, "house", server)
        assert s.json("model", "use", "reviewer", "house/m") == {"role": "reviewer", "model": "house/m"}
        assert s.json("model", "use", "all", "house/m")["model"] == "house/m" and set(s.json("model", "list")["roles"].values()) == {"house/m"}
        s.run("model", "use", "all", "starter")
        assert set(s.json("model", "list")["roles"].values()) == {"starter"}
        s.run("model", "remove", "house")


def tool_list(s: Session) -> None:
    rows = s.json("tool", "list")
    assert len(rows) > 30 and all(set(page.keys["tool list"]) <= set(row) and row["category"] and row["effects"] for row in rows)
    assert {effect for row in rows for effect in row["effects"]} == {"reads", "changes", "irreversible", "external"}
    assert next(row for row in rows if row["name"] == "files.delete")["category"] == "files"


def mcp_add(s: Session) -> None:
    server = [sys.executable, str(ROOT / "tests/helpers/mcp_server.py"), "good"]
    done = s.core.run_command("mcp", "add", "memos", "--json", "--", *server, cwd=s.work)
    assert done.returncode == 0 and as_json(done.stdout)["name"] == "memos", done
    assert "memos" in as_json(s.core.home.mcp.read_text())["mcpServers"]


def mcp_import(s: Session) -> None:
    path = s.folder / "other.json"
    path.write_text(json.dumps({"mcpServers": {"broken": {"command": sys.executable, "args": ["-c", "raise SystemExit(3)"]}}}))
    assert [row["name"] for row in s.json("mcp", "import", str(path))["added"]] == ["broken"]


def mcp_test(s: Session) -> None:
    assert "echo" in [tool["name"].rpartition(".")[2] for tool in s.json("mcp", "test", "memos")["tools"]]


def mcp_login(s: Session) -> None:
    """Against our own server without a token: there is nothing to sign in to, and that is well."""
    port = free_port()
    command = [sys.executable, "-P", "-m", "app", "mcp", "serve", "--http", str(port), "--open"]
    process = subprocess.Popen(command, env=s.core.environment, cwd=s.work, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert s.json("mcp", "add", "itself", "--url", address)["name"] == "itself"
        assert s.json("mcp", "login", "itself")["state"] == "ready"
        assert s.json("mcp", "remove", "itself") == {"removed": "itself"}
    finally:
        process.terminate()
        process.communicate(timeout=20)


def mcp_serve(s: Session) -> None:
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}}
    command = [sys.executable, "-P", "-m", "app", "mcp", "serve"]
    process = subprocess.Popen(command, env=s.core.environment, cwd=s.work, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(hello) + "\n")
    process.stdin.flush()
    assert as_json(process.stdout.readline())["result"]["serverInfo"]["name"]
    process.communicate(timeout=20)


def mcp_remove(s: Session) -> None:
    for name in ("memos", "broken"):
        assert s.json("mcp", "remove", name) == {"removed": name}


def skill_add(s: Session) -> None:
    assert s.json("skill", "add", str(s.skill), "--yes")["name"] == "say-hello"
    assert (s.core.home.skills / "say-hello" / "SKILL.md").is_file()


def skill_search(s: Session) -> None:
    assert "say-hello" in [row["name"] for row in s.json("skill", "search", "say hello to somebody")]


def skill_switch(state: str) -> Callable[[Session], None]:
    def work(s: Session) -> None:
        s.json("skill", state, "say-hello")
        assert (s.json("skill", "show", "say-hello")["state"] == "off") == (state == "disable")

    return work


def memory_edit(s: Session) -> None:
    assert s.json("memory", "edit", s.fact, "The plumber is called Bo Brook")["text"].endswith("Bo Brook")
    assert s.json("memory", "show", s.fact)["text"].endswith("Bo Brook")


def memory_export(s: Session) -> None:
    assert s.fact in [row["id"] for row in s.json("memory", "export")]
    path = s.folder / "memories.json"
    assert s.json("memory", "export", str(path))["exported"] >= 1 and as_json(path.read_text())


def memory_import(s: Session) -> None:
    path = s.folder / "more.json"
    path.write_text(json.dumps([{"text": "The cellar key hangs behind the door"}]))
    assert s.json("memory", "import", str(path)) == {"added": 1} and "cellar" in s.run("memory", "list")


def memory_forget(s: Session) -> None:
    assert s.json("memory", "forget", s.fact) == {"forgotten": 1}
    assert s.fails("memory", "show", s.kept.pop("fact")["id"], code=2)["code"] == "not_found"


def schedule_next(s: Session) -> None:
    every, one = s.json("schedule", "next"), s.json("schedule", "next", s.schedule, "--limit", "3")
    assert [row["schedule_id"] for row in one] == [s.schedule] * 3 and [row["at"] for row in every] == sorted(row["at"] for row in every)
    assert one[0]["local"][11:16] == "09:00" and one[0]["said"] == "List the files here"


def schedule_run(s: Session) -> None:
    assert s.json("schedule", "run", s.schedule)["run_id"]
    wait_until(lambda: any(row["state"] == "done" for row in s.core.client.call("GET", f"/api/schedules/{s.schedule}/history")), 30, "the run of the schedule")


def schedule_history(s: Session) -> None:
    rows = s.json("schedule", "history", s.schedule)
    assert rows[0]["state"] == "done" and rows[0]["run_id"] and rows == [row for row in s.json("schedule", "history") if row["schedule_id"] == s.schedule]
    assert "done" in s.run("schedule", "history")


def device_send(s: Session) -> None:
    found = s.json("device", "send", s.member, "What is 2+2?", "--approve", "safe")
    assert found["answer"] == "2+2 = 4" and [step["device"] for step in found["steps"]] == [s.member]


def device_rename(s: Session) -> None:
    assert s.json("device", "rename", s.member, "bureau")["name"] == "bureau"
    s.kept["member"]["name"] = "bureau"


def device_invite(s: Session) -> None:
    assert s.member
    assert set(page.keys["device invite"]) <= set(s.json("device", "invite"))


def approvals(s: Session) -> None:
    one, other = s.parked(), s.parked()
    runs = {row["id"]: row["run_id"] for row in s.json("approvals", "list")}
    assert s.json("approvals", "approve", one)["state"] == "once" and s.json("approvals", "deny", other)["state"] == "no"
    ended = [s.core.client.call("GET", f"/api/runs/{runs[approval]}?wait_s=20")["status"] for approval in (one, other)]
    assert ended == ["done", "refused"]


def doctor(s: Session) -> None:
    found = s.json("doctor")
    assert found["ok"] and {"name", "ok", "text", "hint"} <= set(found["checks"][0]), found


def config_set(s: Session) -> None:
    assert s.json("config", "set", "run.concurrency", "3")["value"] == 3
    assert tomllib.loads(s.core.home.settings.read_text())["run"]["concurrency"] == 3


def backup_create(s: Session) -> None:
    assert Path(s.json("backup", "create", str(s.folder / "backup.zip"))["file"]).is_file()


def stop(s: Session) -> None:
    """The last but one: afterwards there is no core any more."""
    s.note_events()
    assert s.json("stop") == {"stopped": True} and s.fails("status", code=1)["code"] == "not_running"
    s.core.stop()


def backup_restore(s: Session) -> None:
    path = s.keep("backup", lambda: str(s.folder / "backup.zip"))
    assert s.json("backup", "restore", path)["restored"] == path
    s.core.start()
    assert s.json("doctor")["ok"]


def plain(*words: str, has: str = "") -> Callable[[Session], None]:
    """A command that only has to end well, with its JSON, and with a text that holds ``has``."""

    def work(s: Session) -> None:
        filled = [word.format(s=s) for word in words]
        s.json(*filled)
        assert has in s.run(*filled)

    return work


CALLS: dict[str, Callable[[Session], object]] = {
    "": bare, "ask": ask, "chat": chat, "serve": serve, "status": status,
    "run list": plain("run", "list"), "run show": plain("run", "show", "{s.run_id}"), "run export": run_export, "run undo": run_undo, "run cancel": run_cancel,
    "run resume": lambda s: s.json("run", "resume", s.json("ask", "run ls", code=4)["run_id"], code=4),
    "model list": model_list, "model search": model_search, "model show": plain("model", "show", "starter"), "model fit": plain("model", "fit", "qwen3-0.6b:Q4_K_M"), "model pull": model_pull,
    "model add": model_add_and_remove, "model remove": model_add_and_remove, "model use": model_use, "model load": plain("model", "load", "starter"), "model ps": plain("model", "ps", has="starter"),
    "model unload": plain("model", "unload", "starter"),
    "tool list": tool_list, "tool show": plain("tool", "show", "files.list"), "tool call": plain("tool", "call", "files.list", '{{"path": "."}}'),
    "mcp add": mcp_add, "mcp import": mcp_import, "mcp list": plain("mcp", "list", has="memos"), "mcp tools": plain("mcp", "tools", "memos", has="echo"), "mcp test": mcp_test, "mcp login": mcp_login,
    "mcp serve": mcp_serve, "mcp remove": mcp_remove,
    "skill check": plain("skill", "check", "{s.skill}", has="fine"), "skill add": skill_add, "skill list": plain("skill", "list", has="say-hello"), "skill show": plain("skill", "show", "say-hello"),
    "skill search": skill_search, "skill disable": skill_switch("disable"), "skill enable": skill_switch("enable"), "skill remove": lambda s: s.json("skill", "remove", "say-hello"),
    "memory add": lambda s: s.fact, "memory list": plain("memory", "list"), "memory search": plain("memory", "search", "plumber"), "memory show": plain("memory", "show", "{s.fact}"),
    "memory edit": memory_edit, "memory export": memory_export, "memory import": memory_import, "memory forget": memory_forget,
    "schedule add": lambda s: s.schedule, "schedule list": plain("schedule", "list"), "schedule show": plain("schedule", "show", "{s.schedule}"), "schedule next": schedule_next, "schedule run": schedule_run,
    "schedule history": schedule_history, "schedule pause": plain("schedule", "pause", "{s.schedule}"), "schedule resume": plain("schedule", "resume", "{s.schedule}"),
    "schedule edit": plain("schedule", "edit", "{s.schedule}", "--when", "every day at 10:00"), "schedule remove": lambda s: s.json("schedule", "remove", s.json("schedule", "add", "every day at 8:00", "List the files here", "--yes")["id"]),
    "device invite": device_invite, "device join": lambda s: s.member, "device list": plain("device", "list"), "device show": plain("device", "show", "{s.member}"), "device send": device_send,
    "device rename": device_rename, "device remove": lambda s: s.json("device", "remove", s.member),
    "approvals list": plain("approvals", "list"), "approvals approve": approvals, "approvals deny": approvals,
    "doctor": doctor, "config list": plain("config", "list"), "config get": plain("config", "get", "run.concurrency"), "config set": config_set,
    "backup create": backup_create, "backup verify": lambda s: s.json("backup", "verify", str(s.folder / "backup.zip")), "stop": stop, "backup restore": backup_restore,
}  # fmt: skip
