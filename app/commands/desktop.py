"""``desktop``: the window, or where there is no display, the terminal."""

from __future__ import annotations

import argparse
import os
import sys

from app.commands.chat import chat


def desktop(arguments: argparse.Namespace) -> int:
    """Open the window; with no display say so and open ``chat``."""
    if not has_display():
        print("There is no display here, so this is the chat in the terminal.", file=sys.stderr)
        from app.cli import parser

        return chat(parser().parse_args(["chat"]))
    from app.desktop.main import main

    return main()


def quick(arguments: argparse.Namespace) -> int:
    """The one-line window, alone."""
    if not has_display():
        print('There is no display here. `deskhand ask "…"` does one request in the terminal.', file=sys.stderr)
        return 2
    from app.desktop.main import quick_request

    return quick_request()


def has_display() -> bool:
    """Whether a window can be shown."""
    return bool(sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM"))
