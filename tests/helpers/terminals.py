"""A command in a terminal: a pseudo-terminal that is read, and typed into when something is asked."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.helpers.processes import CoreProcess


def run_in_terminal(core: CoreProcess, words: Sequence[str], typed: Sequence[tuple[str, str]], cwd: Path, seconds: float = 40.0, **environment: str) -> tuple[int, str]:
    """``deskhand WORDS``; each of ``typed`` is what has to be shown first, and what is typed then. The exit code and all that was shown."""
    import pty

    mine, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "app", *words], env={**core.environment, "TERM": "xterm", **environment}, cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown, waiting, seen, until = "", list(typed), 0, time.monotonic() + seconds
    while time.monotonic() < until:
        if not select.select([mine], [], [], 0.05)[0]:
            continue
        try:
            piece = os.read(mine, 65536)
        except OSError:  # Linux: the other end was closed
            break
        if not piece:
            break
        shown += piece.decode("utf-8", "replace")
        if waiting and (at := shown.find(waiting[0][0], seen)) >= 0:
            seen = at + len(waiting[0][0])
            os.write(mine, waiting.pop(0)[1].encode())
    os.close(mine)
    try:
        return process.wait(10), shown
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError(f"it did not end: {shown}") from None
