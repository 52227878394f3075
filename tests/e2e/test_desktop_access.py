"""Windows read and worked from outside, by role and name: a small program, and Deskhand's own window. A display, a session bus and AT-SPI of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUS = next((path for path in ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher") if Path(path).exists()), "")
NEEDED = ("Xvfb", "xdotool", "dbus-run-session")
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux") or not BUS or not all(map(shutil.which, NEEDED)), reason="needs xvfb, xdotool, dbus and at-spi2-core")

PROGRAM = """
import sys
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
app = QApplication(["notes"])
window, layout = QWidget(), QVBoxLayout()
window.setWindowTitle("Tiny notes")
field, secret, box, button, said = QLineEdit(), QLineEdit("hunter2"), QCheckBox("Shout"), QPushButton("Save"), QLabel("nothing yet")
secret.setEchoMode(QLineEdit.EchoMode.Password)
field.setAccessibleName("Title"); secret.setAccessibleName("Secret")
for item in (field, secret, box, button, QPushButton("Close")): layout.addWidget(item)
layout.addWidget(said)
button.clicked.connect(lambda: said.setText("saved " + (field.text().upper() if box.isChecked() else field.text())))
window.setLayout(layout); window.show()
sys.exit(app.exec())
"""

HANDS = """
import asyncio, json, sys
from core.clock import SystemClock
from core.errors import ToolError
from core.home import Home
from core.ports import ToolContext
from pathlib import Path
from tools.blobs import BlobStore
from tools.builtin import builtin_tools
from tools.changes import Changes
from tools.toolbox import LocalToolBox

async def main():
    home = Home.default(); home.create()
    box = LocalToolBox(builtin_tools(), Changes(BlobStore(home.blobs), home.trash), home.notes)
    context = ToolContext("run_x", "s1", Path.cwd(), SystemClock(), asyncio.Event())
    async def call(name, **args):
        intent = await box.prepare(name, args, context)
        return (await box.perform(intent, context))
    async def wait(window, *names):
        async with asyncio.timeout(40):
            while True:
                try:
                    shown = (await call("windows.read", window=window)).text
                    if all(name in shown for name in names):
                        return shown
                except ToolError:
                    pass
                await asyncio.sleep(0.2)
    async def refused(name, **args):
        try:
            await call(name, **args)
        except ToolError as error:
            return error.message
        raise AssertionError(f"{name} {args} was not refused")
"""


@pytest.fixture
def display(tmp_path: Path) -> Iterator[dict[str, str]]:
    reading, writing = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x900x24", "-nolisten", "tcp"], pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as told:
        number = told.readline().strip()
    kept = {key: value for key, value in os.environ.items() if key not in ("DBUS_SESSION_BUS_ADDRESS", "QT_QPA_PLATFORM", "WAYLAND_DISPLAY")}
    yield kept | {
        "DISPLAY": f":{number}",
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        "PYTHONPATH": str(ROOT),
        "DESKHAND_HOME": str(tmp_path / "home"),
        "QT_QPA_PLATFORM": "xcb",
        "NO_AT_BRIDGE": "0",
    }
    server.terminate()
    server.wait(10)


def run(display: dict[str, str], tmp_path: Path, program: str, body: str) -> str:
    """Start ``program`` in a session of its own, do ``body`` beside it, and end everything; what ``body`` printed."""
    hands = tmp_path / "hands.py"
    hands.write_text(HANDS + textwrap.indent(textwrap.dedent(body), "    ") + "\nasyncio.run(main())\n")
    script = f"{BUS} --launch-immediately & a=$!; {program} & p=$!; {sys.executable} {hands}; c=$?; kill $p; wait $p; kill $a; wait $a; exit $c"
    done = subprocess.run(["dbus-run-session", "--", "sh", "-c", script], env=display, cwd=tmp_path, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_a_window_of_another_program_is_read_filled_in_and_pressed(display: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    said = run(
        display,
        tmp_path,
        f"{sys.executable} {tmp_path / 'program.py'}",
        """
        shown = await wait("Tiny notes", "Save", "Title")
        assert "hunter2" not in shown, shown  # what is typed as a password is not told
        rows = (await call("windows.list")).value["items"]
        assert [row["title"] for row in rows] == ["Tiny notes"], rows
        await call("windows.act", window="tiny", element="Title", action="write", text="Milk and eggs")
        await call("windows.act", window="Tiny notes", element="check box Shout")
        await call("windows.act", window="Tiny notes", element="button Save")
        print(await wait("Tiny notes", "saved MILK AND EGGS"))
        print(await refused("windows.act", window="Tiny notes", element="Sav"))
        print(await refused("windows.read", window="Word"))
        print(await refused("windows.act", window="Tiny notes", element="Save", action="write", text="x"))
        await call("windows.front", window="Tiny notes")
        await call("windows.act", window="Tiny notes", element="Title", action="focus")
        await call("screen.type", keys="ctrl+a")
        await call("screen.type", text="typed by hand")
        print(await wait("Tiny notes", "typed by hand"))
        """,
    )
    assert "is no window here; there are 'Tiny notes'" in said and "Nothing can be written into" in said and "There is no element 'Sav' in that window. There is" in said


def test_deskhands_own_window_is_worked_by_role_and_name(display: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    try:
        said = run(
            display,
            tmp_path,
            f"{sys.executable} -m app",
            """
            await wait("Deskhand", "Begin with the built-in starter")
            await call("windows.act", window="Deskhand", element="text Workspace folder", action="write", text=str(Path.cwd() / "work"))
            await call("windows.act", window="Deskhand", element="Begin with the built-in starter")
            await wait("Deskhand", "What can I do for you?")
            await call("windows.act", window="Deskhand", element="Request", action="write", text="Make a folder called Trip")
            await call("windows.act", window="Deskhand", element="Send the request")
            await wait("Deskhand", "Made the folder Trip", "push button 'Undo'")
            assert [item.name for item in Path("work").iterdir()] == ["Trip"]
            await call("windows.act", window="Deskhand", element="button Undo")
            async with asyncio.timeout(20):
                while list(Path("work").iterdir()):
                    await asyncio.sleep(0.1)
            for page in ("Models", "Skills", "Schedules", "Devices", "Tools", "Memory", "Activity", "Settings"):
                await call("windows.act", window="Deskhand", element="check box " + page)
                await wait("Deskhand", "check box '" + page + "' [checked]")
                rows = (await call("windows.read", window="Deskhand")).value["items"]
                nameless = [row for row in rows if row["role"] in ("push button", "check box", "radio button", "text", "spin button", "slider", "combo box", "link") and not row["name"]]
                print(page, len(rows), nameless)
            """,
        )
        assert said.count("[]") == 8, said
    finally:
        subprocess.run([sys.executable, "-m", "app", "stop"], env=display, cwd=tmp_path, check=False, timeout=60)
