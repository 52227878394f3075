"""A key that works while another program has the focus. Where the system allows it: X11 by a passive grab of that one key.

No other keystroke is ever seen. Elsewhere (Wayland, Windows, macOS) the system's own keyboard settings can call ``deskhand quick``.
Source of the protocol: XGrabKey(3).
"""

from __future__ import annotations

import ctypes
import ctypes.util
import sys

from PySide6.QtCore import QObject, QSocketNotifier, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence

_MODIFIERS = {"Shift": 1, "Ctrl": 4, "Alt": 8, "Meta": 64}
_LOCKS = (0, 2, 16, 2 | 16)  # caps lock and num lock must not matter
_KEY_PRESS, _ASYNC = 2, 1
_NAMES = {"Space": "space", "Return": "Return", "Enter": "KP_Enter", "Esc": "Escape", "Tab": "Tab", ",": "comma", ".": "period"}
_HANDLER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_refused: list[bool] = []


class GlobalShortcut(QObject):
    """Emits ``activated`` when ``keys`` (as Qt writes them: ``Ctrl+Alt+Space``) are pressed anywhere; ``problem`` says why it cannot."""

    activated = Signal()

    def __init__(self, keys: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library: ctypes.CDLL | None = None
        self._display: int | None = None
        self.problem = self._grab(keys) if keys else "no key is set"

    def _grab(self, keys: str) -> str:
        if not sys.platform.startswith("linux") or QGuiApplication.platformName() != "xcb":
            return "this system lets no program choose such a key; bind `deskhand quick` in its keyboard settings"
        *modifiers, key = QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText).split("+")
        library = _xlib()
        if library is None or not key or not set(modifiers) <= set(_MODIFIERS):
            return f"{keys} is no key that can be used everywhere"
        display = library.XOpenDisplay(None)
        if not display:
            return "the display does not answer"
        self._library, self._display = library, display
        code = library.XKeysymToKeycode(display, library.XStringToKeysym(_NAMES.get(key, key.lower() if len(key) == 1 else key).encode()))
        return self._listen(keys, code, sum(_MODIFIERS[name] for name in modifiers))

    def _listen(self, keys: str, code: int, mask: int) -> str:
        library, display = self._library, self._display
        assert library is not None
        if not code:
            return f"{keys} is not on this keyboard"
        _refused.clear()
        for locks in _LOCKS:
            library.XGrabKey(display, code, mask | locks, library.XDefaultRootWindow(display), 1, _ASYNC, _ASYNC)
        library.XSync(display, 0)
        if _refused:
            self.release()
            return f"another program has taken {keys}"
        self._notifier = QSocketNotifier(library.XConnectionNumber(display), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)
        return ""

    def _read(self) -> None:
        assert self._library is not None
        event, pressed = ctypes.create_string_buffer(192), False
        while self._library.XPending(self._display):
            self._library.XNextEvent(self._display, event)
            pressed = pressed or int.from_bytes(event.raw[:4], sys.byteorder) == _KEY_PRESS
        if pressed:
            self.activated.emit()

    def release(self) -> None:
        """Give the key back."""
        if self._library is not None and self._display:
            if notifier := getattr(self, "_notifier", None):
                notifier.setEnabled(False)
            self._library.XCloseDisplay(self._display)
            self._display = None


def _xlib() -> ctypes.CDLL | None:
    """libX11 with the types of what is called here; an error of the server is noted instead of ending the process."""
    try:
        library = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
    except OSError:
        return None
    library.XOpenDisplay.restype, library.XOpenDisplay.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
    library.XStringToKeysym.restype, library.XStringToKeysym.argtypes = ctypes.c_ulong, [ctypes.c_char_p]
    library.XKeysymToKeycode.restype, library.XKeysymToKeycode.argtypes = ctypes.c_ubyte, [ctypes.c_void_p, ctypes.c_ulong]
    library.XDefaultRootWindow.restype, library.XDefaultRootWindow.argtypes = ctypes.c_ulong, [ctypes.c_void_p]
    library.XGrabKey.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint, ctypes.c_ulong, ctypes.c_int, ctypes.c_int, ctypes.c_int]
    library.XSync.argtypes, library.XNextEvent.argtypes = [ctypes.c_void_p, ctypes.c_int], [ctypes.c_void_p, ctypes.c_char_p]
    for name in ("XPending", "XConnectionNumber", "XCloseDisplay"):
        getattr(library, name).argtypes = [ctypes.c_void_p]
    library.XSetErrorHandler(_note_error)
    return library


@_HANDLER
def _note_error(display: int, error: int) -> int:
    _refused.append(True)
    return 0
