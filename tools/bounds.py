"""Bounds for a program together with everything that it starts: memory, and how many processes and threads.

Limits of the system hold for each process alone. Where the person's service manager can, the tree gets a control group (``systemd-run --scope``); else it is watched, and ended when it is
too much.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

LOOK_SECONDS = 0.05  # between two looks at a tree
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def scope_of(memory: int, processes: int) -> list[str]:
    """What stands before a command to give its tree ``memory`` bytes and so many ``processes`` (with threads) by a control group; empty where that cannot be."""
    return [*_SCOPE, "-p", f"MemoryMax={memory}", "-p", "MemorySwapMax=0", "-p", f"TasksMax={processes}", "--"] if _has_scopes() else []


_SCOPE = ("systemd-run", "--user", "--scope", "--quiet", "--collect")


@cache
def _has_scopes() -> bool:
    """Tried by doing: a manager may be there and not be allowed to bound anything."""
    if not sys.platform.startswith("linux") or shutil.which("systemd-run") is None or not os.environ.get("XDG_RUNTIME_DIR"):
        return False
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run([*_SCOPE, "-p", "MemoryMax=50M", "-p", "TasksMax=8", "--", "true"], capture_output=True, timeout=5, check=False).returncode == 0
    return False


async def watch(pid: int, memory: int, processes: int) -> str:
    """Return what was too much, in words, once the tree below a process goes beyond its bounds; empty when it has ended. Linux only; elsewhere there is no box to watch."""
    while True:
        tree = _tree(pid, processes)
        if not tree:
            return ""
        if len(tree) > processes or sum(map(_threads, tree)) > processes:
            return f"it started more than {processes} processes and threads"
        if sum(map(_resident, tree)) > memory and sum(map(_own_share, tree)) > memory:
            return f"it used more than {memory / 1e9:g} GB of memory, with what it started"
        await asyncio.sleep(LOOK_SECONDS)


def _tree(pid: int, most: int) -> list[int]:
    """The processes below one, itself first; one more than ``most`` where there are more: what multiplies is faster than who counts all of it."""
    found, left = list[int](), [pid]
    while left and len(found) <= most:
        at = left.pop()
        found.append(at)
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{at}/task").iterdir():
                left += [int(child) for child in (task / "children").read_text().split()]
    return found if len(found) > most else [one for one in found if Path(f"/proc/{one}").exists()]


def _threads(pid: int) -> int:
    with contextlib.suppress(OSError):
        return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())
    return 0


def _resident(pid: int) -> int:
    """Bytes in memory, what it shares with others counted whole."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return 0


def _own_share(pid: int) -> int:
    """The same, what is shared by several counted in parts: children begin with the memory of their parent."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        line = next(line for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if line.startswith("Pss:"))
        return int(line.split()[1]) * 1024
    return _resident(pid)
