"""The box in which programs run, from within: what is to be seen there, what may be written, how much of the machine it may take."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ToolError
from core.ports import ToolContext
from tests.integration.test_loop_attacks import SECRET, person  # noqa: F401
from tools import bounds, confinement, landlock
from tools.toolbox import LocalToolBox

pytestmark = pytest.mark.skipif(not confinement.program(), reason=confinement.why_unconfined())


async def shell(toolbox: LocalToolBox, context: ToolContext, *argv: str, **more: object) -> str:
    intent = await toolbox.prepare("shell.run", {"argv": list(argv), **more}, context)
    return (await toolbox.perform(intent, context)).text


async def code(toolbox: LocalToolBox, context: ToolContext, text: str) -> str:
    return (await toolbox.perform(await toolbox.prepare("code.run", {"code": text}, context), context)).text


@pytest.mark.parametrize("network", [False, True])
async def test_the_home_folder_is_not_there(network: bool, person: Path, toolbox: LocalToolBox, context: ToolContext, tmp_path: Path) -> None:  # noqa: F811
    (person / "diary.txt").write_text(SECRET)
    (person / ".config/gh").mkdir(parents=True)
    (person / ".config/gh/hosts.yml").write_text(SECRET)
    (person / ".local/bin").mkdir(parents=True)
    (person / ".local/bin/mine").write_text("#!/bin/sh\necho a tool of the person\n")
    (person / ".local/bin/mine").chmod(0o755)
    for workspace in (context.workspace, tmp_path, Path("/")):  # the last two have the home folder in them
        at = replace(context, workspace=workspace)
        said = await shell(toolbox, at, "sh", "-c", f"cat {person}/diary.txt {person}/.ssh/* {person}/.config/gh/*; ls -A {person}; {person}/.local/bin/mine", network=network)
        assert SECRET not in said and "diary" not in said and ".ssh" not in said and "a tool of the person" in said, workspace


async def test_neither_keys_of_the_environment_nor_of_the_core_are_there(toolbox: LocalToolBox, context: ToolContext, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.setenv(name, SECRET)
    said = await shell(toolbox, context, "sh", "-c", "env; cat /proc/*/environ; cat /etc/shadow; grep Cap /proc/self/status")
    assert SECRET not in said and "root:" not in said and "CapEff:\t0000000000000000" in said
    assert SECRET + "x" in await shell(toolbox, context, "sh", "-c", "echo $DISPLAY'x'", unconfined=True), "a program that acts as the person has a display"
    assert SECRET not in await shell(toolbox, context, "sh", "-c", "echo $OPENAI_API_KEY", unconfined=True)


@pytest.fixture
def agent(person: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]  # noqa: F811
    """An agent that does what it is asked to, at a socket in a folder, and one without a file."""
    (tmp_path / "agent").mkdir()
    found = []
    for address in (str(tmp_path / "agent/s"), "\0deskhand-test-bus"):
        server = socket.socket(socket.AF_UNIX)
        server.bind(address)
        server.listen()
        found.append(server)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent/s"))
    yield [str(tmp_path / "agent/s"), "\0deskhand-test-bus"]
    for server in found:
        server.close()


CONNECT = "import socket,sys\nfor a in sys.argv[1:]:\n    try: socket.socket(socket.AF_UNIX).connect(a.replace('NUL', chr(0))); print('reached')\n    except OSError as e: print(e)"


@pytest.mark.parametrize("network", [False, True])
async def test_agents_and_buses_are_not_reached(network: bool, agent: list[str], toolbox: LocalToolBox, context: ToolContext, tmp_path: Path) -> None:
    if network and not landlock.has_scopes():
        agent = agent[:1]  # older kernels cannot: SECURITY.md says so
    for workspace in (context.workspace, tmp_path):
        at = replace(context, workspace=workspace)
        said = await shell(toolbox, at, sys.executable, "-c", CONNECT, *(one.replace("\0", "NUL") for one in agent), network=network)
        assert "reached" not in said, said
        assert "/run" in await shell(toolbox, at, "sh", "-c", "ls -d /run; ls -A /run", network=network) and "user" not in await shell(toolbox, at, "ls", "-A", "/run")


@pytest.mark.parametrize("folder", ["..", "/", "/etc", "~", "link"])
async def test_the_folder_argument_widens_nothing(folder: str, person: Path, toolbox: LocalToolBox, context: ToolContext) -> None:  # noqa: F811
    (context.workspace / "link").symlink_to(person)
    with pytest.raises(ToolError, match="outside"):
        await shell(toolbox, context, "touch", "evil", folder=folder)
    assert not (person / "evil").exists() and not (context.workspace.parent / "evil").exists()


async def test_what_programs_obey_is_not_written_in_the_box(toolbox: LocalToolBox, context: ToolContext) -> None:
    (context.workspace / ".git/hooks").mkdir(parents=True)
    (context.workspace / ".envrc").write_text("mine")
    for evil in ("echo evil > .git/hooks/post-checkout", "echo evil > .envrc", "rm .envrc", "mv .envrc x"):
        with pytest.raises(ToolError, match=r"Read-only|busy"):
            await shell(toolbox, context, "sh", "-c", evil)
    assert (context.workspace / ".envrc").read_text() == "mine" and not list((context.workspace / ".git/hooks").iterdir())
    await shell(toolbox, context, "sh", "-c", "mkdir -p .git/objects && echo a > a.txt && echo b > .git/HEAD")
    assert (context.workspace / "a.txt").exists()


async def test_code_fills_no_memory_by_files(toolbox: LocalToolBox, context: ToolContext) -> None:
    said = await code(
        toolbox,
        context,
        "import os\nfor d in ('/', '/dev', '/etc', '/usr', '/proc/self'):\n    try: open(d + '/x', 'w'); print('WROTE', d)\n    except OSError: pass\n"
        "for d in ('/tmp', '/dev/shm', '/run'):\n    s = os.statvfs(d); print(s.f_blocks * s.f_frsize)",
    )
    assert "WROTE" not in said and all(int(size) <= confinement.SCRATCH_BYTES for size in said.split())


TREES = [
    "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        x = bytearray(300_000_000)\n        for i in range(0, len(x), 4096): x[i] = 1\n        time.sleep(60)\ntime.sleep(60)",
    "import os, time\nfor _ in range(11):\n    try: os.fork()\n    except OSError: time.sleep(1)\ntime.sleep(60)",  # it ends at 2,048: what no bound holds would take the machine along
    "import threading, time\nfor _ in range(500): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
]


@pytest.mark.parametrize("text", TREES, ids=["memory", "fork bomb", "threads"])
async def test_code_is_bounded_with_all_that_it_starts(text: str, toolbox: LocalToolBox, context: ToolContext) -> None:
    began = time.monotonic()
    with pytest.raises(ToolError, match=r"more than|MemoryError|can't start new thread|Resource temporarily"):
        await code(toolbox, context, text)
    assert time.monotonic() - began < 20


async def test_code_within_its_bounds_is_left_alone(toolbox: LocalToolBox, context: ToolContext) -> None:
    text = "import os\nx = bytearray(400_000_000)\nfor i in range(0, len(x), 4096): x[i] = 1\nfor _ in range(4):\n    if os.fork() == 0: os._exit(sum(x[:100]) * 0)\nprint('done')"
    assert "done" in await code(toolbox, context, text)


async def test_the_tree_is_seen_whole() -> None:
    with subprocess.Popen(["sh", "-c", "sleep 20 & sleep 20 & wait"]) as process:
        time.sleep(0.3)
        assert len(bounds._tree(process.pid, 9)) == 3 and "more than 2" in await bounds.watch(process.pid, 10**9, 2)
        for pid in bounds._tree(process.pid, 9)[::-1]:
            os.kill(pid, 9)
    assert await bounds.watch(process.pid, 10**9, 2) == ""
