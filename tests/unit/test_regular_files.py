"""Tools open regular files only, and never wait for anything else; what hangs all the same holds nothing up."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import ToolError, ToolFailed
from core.ports import ToolContext
from tools import background
from tools.background import MOST_ABANDONED, in_thread
from tools.regular_files import open_regular, read_regular
from tools.toolbox import LocalToolBox

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes by name")
ROOT = Path(__file__).parents[2]


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def listening(path: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
    return path


@pytest.mark.parametrize(
    "make", [lambda folder: pipe(folder / "p"), lambda folder: folder, lambda _: Path("/dev/zero"), lambda _: Path("/dev/tty")], ids=["pipe", "folder", "device", "terminal"]
)
def test_nothing_but_regular_files_is_opened(make: Callable[[Path], Path], tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises((ToolError, OSError)):
        open_regular(make(tmp_path))
    assert time.monotonic() - began < 2


def test_a_socket_and_a_link_to_a_pipe_are_none(tmp_path: Path) -> None:
    pipe(tmp_path / "p")
    (tmp_path / "link").symlink_to(tmp_path / "p")
    for path in (listening(tmp_path / "s"), tmp_path / "link"):
        with pytest.raises((ToolError, OSError)):
            read_regular(path)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux")
def test_files_of_the_kernel_are_read_at_once_or_not_at_all() -> None:
    assert b"Name:" in read_regular(Path("/proc/self/status"))
    began = time.monotonic()
    try:
        read_regular(Path("/proc/kmsg"))  # waits for the next message, whoever reads it
    except (ToolError, OSError):
        pass
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "tool",
    ["files.read", "documents.read", "tables.query", "tables.describe", "images.info", "files.info", "files.edit", "files.append", "files.copy", "files.archive", "files.extract"],
)
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.pdf", "a.docx", "a.xlsx", "a.json", "a.png", "a.zip", "a.html"])
async def test_no_tool_waits_for_a_pipe(tool: str, name: str, toolbox: LocalToolBox, context: ToolContext, workspace: Path) -> None:
    pipe(workspace / name)
    args = {"path": name, "source": name, "target": "b", "find": "a", "replace": "b", "text": "x", "sql": "select 1"}
    wanted = toolbox._tools[tool].schema["properties"]
    async with asyncio.timeout(20):
        try:
            intent = await toolbox.prepare(tool, {key: value for key, value in args.items() if key in wanted}, context)
            await toolbox.perform(intent, context)
        except ToolError as error:
            assert error.code in ("unreadable", "bad_arguments", "tool_failed", "not_found", "exists", "failed")


@pytest.mark.skipif(not Path("/proc").exists(), reason="Linux")
async def test_what_the_kernel_tells_is_not_searched(toolbox: LocalToolBox, context: ToolContext) -> None:
    async with asyncio.timeout(20):
        with pytest.raises(ToolError, match="not searched"):
            await toolbox.perform(await toolbox.prepare("files.find", {"text": "zz", "path": "/proc"}, context), context)


def test_tools_open_files_in_one_place_only() -> None:
    """Whoever opens a file to read it goes through ``tools.regular_files``; the others here are the doors for changes (``spots``), what the kernel tells of a box, Deskhand's own files, settings of other programs, or pictures in memory."""
    allowed = {"bounds.py", "spots.py", "blobs.py", "money.py", "code.py", "regular_files.py", "archives.py", "browsing.py", "changes.py"}
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "tools").rglob("*.py")
        if not {"mcp", "sandbox", "desktop_access"} & set(path.parts) and path.name not in allowed
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\.read_(?:bytes|text)\(|\.open\([^)]*\"r?b\"|(?<![\w.])open\(|(?:ZipFile|load_workbook|PdfReader|Image\.open)\(path\b", line) and "open_regular(" not in line
    ]
    assert found == []


# -- what hangs -----------------------------------------------------------------------------------------------------


@pytest.fixture
def held() -> threading.Event:
    return threading.Event()


async def test_whoever_is_cancelled_leaves_what_hangs_behind(held: threading.Event) -> None:
    waiting = asyncio.ensure_future(in_thread(held.wait, 30))
    await asyncio.sleep(0)
    waiting.cancel()
    async with asyncio.timeout(2):
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await in_thread(lambda: 7) == 7
    held.set()


async def test_results_and_errors_come_back() -> None:
    assert await in_thread(int, "7") == 7
    for error in (ToolFailed("no"), StopIteration()):
        with pytest.raises((ToolFailed, RuntimeError)):
            await in_thread(lambda error=error: (_ for _ in ()).throw(error))  # type: ignore[misc]


async def test_too_many_that_hang_are_said(held: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_abandoned", set())
    waiting = [asyncio.ensure_future(in_thread(held.wait, 30)) for _ in range(MOST_ABANDONED)]
    await asyncio.sleep(0)
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    with pytest.raises(ToolFailed) as raised:
        await in_thread(lambda: 7)
    assert raised.value.code == "stuck"
    left = list(background._abandoned)
    held.set()
    for thread in left:
        thread.join(5)
    assert await in_thread(lambda: 7) == 7


def test_a_process_ends_with_work_that_hangs() -> None:
    program = "import asyncio, threading\nfrom tools.background import in_thread\nasync def main():\n    task = asyncio.ensure_future(in_thread(threading.Event().wait))\n    await asyncio.sleep(0)\n    task.cancel()\nasyncio.run(main())"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60, check=False).returncode == 0


def test_a_stop_ends_the_process_whatever_hangs(tmp_path: Path) -> None:
    program = (
        "import asyncio, threading, sys\nfrom pathlib import Path\nfrom app.service.main import _end_in\nfrom core.home import Home\nhome = Home(Path(sys.argv[1]))\n"
        "home.endpoint.write_text('{}')\n_end_in(0.2, home)\nasyncio.run(asyncio.to_thread(threading.Event().wait))"
    )
    assert subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, timeout=60, check=False).returncode == 0
    assert not (tmp_path / "core.json").exists()
