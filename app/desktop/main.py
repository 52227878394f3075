"""Entry of the desktop: application, theme, connection, window; then Qt's own loop."""

from __future__ import annotations

# PySide6's import hook reads the source of every module imported after it (some 30 ms here), so ours that need no Qt come first; for those that do it is told that none asks for
# its optional features (snake_case, true_property), which is all that it looks for.
# ruff: noqa: E402, I001
import gc

gc.disable()  # nothing made while starting is garbage; the window enables it again once it is complete

import contextlib
import dataclasses
import json
import re
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TYPE_CHECKING

from app.service.lock import read_endpoint
from core.home import Home

import PySide6.QtCore  # noqa: F401 (it brings the part below)

with contextlib.suppress(ImportError, AttributeError):  # a part of PySide6 that may change; without it the start is merely slower
    from PySide6.support import feature as _feature  # type: ignore[attr-defined]

    _feature._mod_uses_pyside = lambda module: False

from PySide6.QtCore import QLibraryInfo, QLocale, Qt, QtMsgType, QTranslator, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from app.desktop.connection import CoreConnection
from app.desktop.theme import Theme
from app.desktop.window import MainWindow

__all__ = ["TYPE_CHECKING", "Callable", "Path", "dataclasses", "json", "main", "make_application", "make_window", "re", "read_endpoint"]


def main(argv: list[str] | None = None, link: str = "") -> int:
    """Show the window until it is closed; the core goes on. ``link``: a ``deskhand://`` link that is to be decided upon."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    home = Home.default()
    application = make_application(argv or ["deskhand"], chosen_language(home))
    window = make_window(application, home, chosen_theme(home))
    window.link = link
    window.show()
    return application.exec()


def quick_request() -> int:
    """The one-line window alone, until it is closed; the big one opens when asked for."""
    from app.desktop.quick import QuickWindow

    home = Home.default()
    application = make_application(["deskhand"], chosen_language(home))
    connection = CoreConnection(home, application)
    line = QuickWindow(Theme(application, chosen_theme(home)), connection)
    windows: list[MainWindow] = []

    def come_up(conversation: str) -> None:
        windows.append(make_window(application, home, chosen_theme(home)))
        windows[-1].begins_with = conversation
        windows[-1].show()

    line.opened.connect(come_up)
    connection.open()
    line.appear()
    return application.exec()


def chosen_language(home: Home) -> QLocale | None:
    """The language in the settings; None: the system's. Read from the file, since no core may run yet."""
    found = _setting(home, "language")
    return QLocale(found) if len(found) == 2 else None


def chosen_theme(home: Home) -> str:
    """The theme in the settings, read from the file as well: with another one the window would change its colours once the core answers."""
    found = _setting(home, "theme")
    return found if found in ("light", "dark") else "system"


def _setting(home: Home, name: str) -> str:
    """A word among the desktop's settings; empty where there is none."""
    found = re.search(rf"(?ms)^\[desktop\][^\[]*?^{name}\s*=\s*[\"']([a-z]+)[\"']|^desktop\.{name}\s*=\s*[\"']([a-z]+)[\"']", _text_of(home.settings))
    return (found[1] or found[2]) if found else ""


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def make_application(argv: list[str], locale: QLocale | None = None) -> QApplication:
    """The QApplication with crash hooks and the person's language."""
    sys.excepthook = _report
    threading.excepthook = lambda args: _report(args.exc_type, args.exc_value, args.exc_traceback)
    qInstallMessageHandler(_qt_message)
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(argv)
    application.setApplicationName("Deskhand")
    application.setDesktopFileName("deskhand")
    application.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus, False)
    translate(application, locale)
    return application


def make_window(application: QApplication, home: Home, theme: str = "system") -> MainWindow:
    """The window with its connection, which opens once the window is painted."""
    shades = Theme(application, theme)
    connection = CoreConnection(home)
    window = MainWindow(shades, connection)
    connection.setParent(window)
    shades.setParent(window)
    return window


def translate(application: QApplication, locale: QLocale | None = None) -> list[QTranslator]:
    """Load the person's language, ours and Qt's own; English needs nothing. Returns what was installed."""
    locale = locale or QLocale()
    installed: list[QTranslator] = []
    if locale.language() in (QLocale.Language.English, QLocale.Language.C):
        return installed
    for name, folder in (("deskhand", str(Path(__file__).with_name("translations"))), ("qtbase", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))):
        translator = QTranslator(application)
        if translator.load(locale, name, "_", folder):
            application.installTranslator(translator)
            installed.append(translator)
    return installed


def _report(kind: Any, error: Any, trace: Any) -> None:
    """A fault in a slot is logged and shown on standard error; it does not end the window."""
    import logging

    logging.getLogger("deskhand.desktop").error("a fault in the window", exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)


def _qt_message(kind: QtMsgType, context: Any, text: str) -> None:
    import logging

    level = {QtMsgType.QtDebugMsg: logging.DEBUG, QtMsgType.QtInfoMsg: logging.INFO, QtMsgType.QtWarningMsg: logging.WARNING}.get(kind, logging.ERROR)
    logging.getLogger("deskhand.desktop").log(level, "%s", text)
