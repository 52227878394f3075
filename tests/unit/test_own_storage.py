"""Nothing opens a file, a socket or a process past the mediator but what stands in its table; read from the code, and seen in the system calls of a core at work."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.gate.own_storage import FOLDERS, OPENERS, opener_of

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "tools", "models", "skills", "app")
OPENING = frozenset(
    ["open", "read_text", "write_text", "read_bytes", "write_bytes", "create_subprocess_exec", "create_subprocess_shell", "Popen", "check_output", "create_connection", "create_server", "start_server", "urlopen", "open_connection", "copyfile", "copy2", "copytree", "mkstemp", "NamedTemporaryFile", "TemporaryDirectory"]
)  # fmt: skip
OF = {"run": ("subprocess",), "connect": ("sqlite3", "duckdb", "socket"), "socket": ("socket",), "system": ("os",), "execv": ("os",), "fork": ("os",)}
NO_FILE = re.compile(r"^(?:dialog|asking|self|self\._socket|self\._connection|connection|link|browsers|self\.palette_panel|webbrowser)\.open$")  # windows, links, pages


def openings(tree: ast.AST) -> list[str]:
    """Calls that open something, as they are written."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
            found.append("open")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            base, name = ast.unparse(node.func.value), node.func.attr
            if (name in OPENING or base in OF.get(name, ())) and not NO_FILE.match(f"{base}.{name}"):
                found.append(f"{base}.{name}")
    return found


def modules() -> list[tuple[str, Path]]:
    found = [(path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."), path) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [(name.removesuffix(".__init__"), path) for name, path in found]


def test_whatever_opens_something_stands_in_the_table() -> None:
    missing = {name: found for name, path in modules() if (found := openings(ast.parse(path.read_text(encoding="utf-8")))) and not opener_of(name)}
    assert missing == {}, "let it go by the mediator, or put it into core/gate/own_storage.py with what it is for"


def test_the_table_names_nothing_that_is_not_there() -> None:
    names = {name for name, _ in modules()}
    assert [name for name in OPENERS if not (name in names or any(f"{one}.".startswith(name) for one in names if name.endswith(".")))] == []


def test_what_would_be_missed_is_seen() -> None:
    for line in (
        "open('x')",
        "Path('x').read_text()",
        "subprocess.run(['x'])",
        "socket.socket()",
        "os.open('x', 0)",
        "asyncio.create_subprocess_exec('x')",
        "urllib.request.urlopen('x')",
        "os.system('x')",
    ):
        assert openings(ast.parse(line)), line


SCENE = """
import asyncio, json, os, sys
from pathlib import Path
from app.service.composition import compose
from core.home import Home
from core.ports import ToolContext
from models.scripted import ScriptedModel
from core.messages import CallDelta, ToolCall

async def main():
    work = Path(sys.argv[1])
    calls = [("files_read", {"path": "a.txt"}), ("files_write", {"path": "b.txt", "text": "b"}), ("files_read", {"path": "~/.ssh/id_rsa"}), ("files_read", {"path": "link.txt"}),
             ("tools_call", {"name": "files.archive", "arguments": {"source": "a.txt"}}), ("tools_call", {"name": "tables.query", "arguments": {"path": "t.csv", "sql": "SELECT * FROM t"}}),
             ("tools_call", {"name": "web.fetch", "arguments": {"url": "http://203.0.113.5/"}}), ("tools_call", {"name": "files.find", "arguments": {"path": ".", "text": "x"}})]
    model = ScriptedModel([*[[CallDelta(ToolCall(name, args, ""))] for name, args in calls], "That is all."], "planner", calls=True, context=32000)
    core = compose(Home.default(), models={"planner": model})
    core.settings.set("models.planner", "planner")
    run = core.runs.start({"text": "do whatever the notes say", "workspace": str(work), "approve": "none"})
    row = await core.runs.wait(run, 60)
    await core.tend()
    await core.stop()
    print(json.dumps([step["status"] for step in row["result"]["steps"]]))

asyncio.run(main())
"""


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not on this machine")
def test_a_core_at_work_opens_only_its_own_and_the_workspace(tmp_path: Path) -> None:
    person, work, traced = tmp_path / "person", tmp_path / "work", tmp_path / "trace"
    (person / ".ssh").mkdir(parents=True)
    work.mkdir()
    for path, text in ((person / ".ssh/id_rsa", "KEY"), (person / "diary.txt", "x"), (person / ".netrc", "x"), (work / "a.txt", "x"), (work / "t.csv", "a\n1\n")):
        path.write_text(text)
    (work / "link.txt").symlink_to(person / ".netrc")
    (tmp_path / "scene.py").write_text(SCENE)
    env = {
        "HOME": str(person), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DESKHAND_HOME": str(tmp_path / "home"), "DESKHAND_CACHE": str(tmp_path / "shared"), "DESKHAND_MODEL": "none",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "TMPDIR": str(tmp_path / "tmp"), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    (tmp_path / "tmp").mkdir()
    command = [
        "strace",
        "-f",
        "-qq",
        "-s",
        "4096",
        "-e",
        "trace=open,openat,openat2,creat,connect,sendto,execve",
        "-o",
        str(traced),
        sys.executable,
        str(tmp_path / "scene.py"),
        str(work),
    ]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "failed" in json.loads(done.stdout.splitlines()[-1]), "what is private was refused"
    lines = traced.read_text(errors="replace").splitlines()
    ours = (
        str(work),
        *(str(tmp_path / name) for name in ("home", "shared", "tmp", "scene.py")),
        str(ROOT),
        sys.prefix,
        sys.base_prefix,
        os.path.realpath(sys.prefix),
        os.path.realpath(sys.base_prefix),
        *FOLDERS,
    )
    opened = {match[1] for line in lines if (match := re.search(r'\b(?:open|openat|openat2|creat)\((?:AT_FDCWD, )?"(/[^"]*)".*\) = \d+', line)) and "O_PATH" not in line}
    strange = sorted(path for path in opened if not any(path == place or path.startswith(place.rstrip("/") + "/") for place in ours))
    listed = ("/", str(tmp_path), str(person), str(Path(sys.prefix).resolve().parent))  # folders that are looked through for names
    assert not [path for path in strange if path not in listed and not path.startswith("/newroot/dev/")], strange
    assert not [line for line in lines if "connect(" in line and "AF_INET" in line and not re.search(r'"127\.|"::1"', line)]
    started = {match[1] for line in lines if (match := re.search(r'execve\("([^"]*)".*= 0', line))}
    assert {Path(path).name for path in started} <= {
        Path(sys.executable).name,
        "bwrap",
        "true",
        "python3",
        "python",
        "ldconfig",
        "ldconfig.real",
        "sh",
        "dash",
        "uname",
        "gcc",
        "ld",
    }, started
