"""Pictures of the real window, with real content, for the README: ``make screenshots``.

A core in a scratch folder, the window offscreen, both themes, wide and narrow.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
OUT = Path(__file__).with_name("pictures")
REQUESTS = (
    "Make a folder called Trip with a file packing.txt that lists passport, charger and socks",
    "Make a folder called Reports, move jan.txt and feb.txt into it and zip it",
    "Find all files that mention socks",
)


def main() -> int:
    """Write the pictures to ``docs/pictures``."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DESKHAND_HOME"] = f"{folder}/home"
        os.environ["DESKHAND_PORT"] = "0"
        workspace = Path(folder) / "work"
        workspace.mkdir()
        for name in ("jan", "feb"):
            (workspace / f"{name}.txt").write_text(f"{name} figures\n", encoding="utf-8")
        return _pictures(workspace)


def _pictures(workspace: Path) -> int:
    from PySide6.QtTest import QTest

    from app.client import connect
    from app.desktop.main import make_application, make_window
    from core.home import Home

    client = connect()
    client.call("PUT", "/api/settings/workspace.default", {"value": str(workspace)})
    client.call("PUT", "/api/settings/desktop.first_run_done", {"value": True})
    client.call("PUT", "/api/settings/desktop.theme", {"value": "light"})
    application = make_application(["deskhand"])
    window = make_window(application, Home.default(), "light")
    window.resize(1180, 760)
    window.show()
    _until(lambda: window._complete and window.model_choice.count() > 0)
    for request in REQUESTS:
        count = len(window.chat._views)
        window.chat.send(request)
        _until(lambda count=count: len(window.chat._views) >= count + 2 and not window.chat.busy)
    OUT.mkdir(exist_ok=True)
    for name, width, height, theme in (("window-light", 1180, 760, "light"), ("window-dark", 1180, 760, "dark"), ("window-narrow", 520, 720, "light")):
        window._theme.choose(theme)
        window.resize(width, height)
        QTest.qWait(250)
        window.grab().save(str(OUT / f"{name}.png"))
    for page in ("models", "skills", "schedules", "devices", "tools", "memory", "activity", "settings"):
        window.resize(1000, 700)
        window.open_page(page)
        QTest.qWait(300)
        window.grab().save(str(OUT / f"page-{page}.png"))
    window.close()
    client.call("POST", "/api/stop")
    print(f"Wrote {len(list(OUT.glob('*.png')))} pictures to {OUT}.")
    return 0


def _until(condition, seconds: float = 20.0) -> None:  # type: ignore[no-untyped-def]
    from PySide6.QtTest import QTest

    for _ in range(int(seconds * 50)):
        if condition():
            return
        QTest.qWait(20)
    raise SystemExit("the window did not get there")


if __name__ == "__main__":
    sys.exit(main())
