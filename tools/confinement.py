"""Where programs run: in a box of bubblewrap's where that is to be had. They see the system, change only the workspace, and have no network unless it is allowed.

What holds keys (Deskhand's own folder, ~/.ssh and the like) is not there at all, also where the workspace holds it. Without bubblewrap programs run as they always did.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path

from core.gate.places import Places, under
from core.gate.scopes import is_pattern
from core.home import Home

SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime")
ALONE = ("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--new-session")
OWN = (("--proc", "/proc"), ("--dev", "/dev"), ("--tmpfs", "/tmp"))


RETRY_SECONDS = 60.0  # after which a missing sandbox is looked for again
_found: list[tuple[float, str]] = []  # when it was looked for last, and what was found


def program() -> str:
    """bubblewrap, if it is here and may make namespaces; else empty. Looked for again after a while where it was missing: it may have been installed."""
    if not _found or (not _found[-1][1] and time.monotonic() - _found[-1][0] > RETRY_SECONDS):
        _found[:] = [(time.monotonic(), _working_bubblewrap())]
    return _found[-1][1]


def why_unconfined() -> str:
    """Why there is no sandbox here, as a sentence; empty where there is one."""
    if program():
        return ""
    if not sys.platform.startswith("linux"):
        return "Programs can be run in a sandbox on Linux only, so far."
    if shutil.which("bwrap") is None:
        return "The sandbox bubblewrap is not on this machine (Debian: package bubblewrap)."
    return "This machine does not let bubblewrap make a sandbox (user namespaces are switched off)."


def _working_bubblewrap() -> str:
    found = shutil.which("bwrap") if sys.platform.startswith("linux") else None
    return found if found and _works(found) else ""


def _works(bubblewrap: str, *options: str) -> bool:
    """Whether it makes a box with these options."""
    try:
        done = subprocess.run(
            [bubblewrap, "--unshare-all", *options, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"], capture_output=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def confined(workspace: Path, folder: Path, network: bool, closed: tuple[str, ...] = ()) -> list[str]:
    """What stands before a command so that it changes only the workspace and runs in ``folder``; empty where there is no box to be had. ``closed``: paths that rules keep shut."""
    if not program():
        return []
    root = os.path.realpath(workspace)
    mounts = _in_order([("--ro-bind", "/", "/"), *OWN, *_covers(root, Places.here().tokens, closed), ("--bind", root, root)])
    return [program(), *ALONE, *mounts, *(() if network else ("--unshare-net",)), "--chdir", os.path.realpath(folder), "--"]


def reading_only(workspace: Path, closed: tuple[str, ...] = ()) -> list[str]:
    """A box that only reads the system and the workspace, without network and environment, for code that somebody wrote; empty where there is none. ``closed`` as above."""
    if not program():
        return []
    root = os.path.realpath(workspace)
    prefixes = dict.fromkeys(str(path) for prefix in (sys.base_prefix, sys.prefix) for path in (Path(prefix), Path(prefix).resolve()))
    seen = [("--ro-bind", path, path) for path in (*(path for path in SYSTEM if not under(path, root)), *prefixes) if Path(path).exists()]
    clean = ("--unshare-all", "--unshare-user", *_closed(), "--cap-drop", "ALL", "--clearenv", "--setenv", "PATH", "/usr/bin:/bin", "--setenv", "LANG", "C.UTF-8")
    covers = [cover for cover in _covers(root, closed=closed) if under(cover[-1], root)]
    return [program(), *clean, *ALONE, *_in_order([*OWN, *seen, *covers, ("--ro-bind", root, root)]), "--chdir", root, "--"]


def _closed() -> tuple[str, ...]:
    """Options that keep a program from making user namespaces of its own in the box; bubblewrap knows them since 0.8."""
    return ("--disable-userns",) if _can_close(program()) else ()


@lru_cache(maxsize=4)
def _can_close(bubblewrap: str) -> bool:
    return _works(bubblewrap, "--unshare-user", "--disable-userns")


def _covers(workspace: str, without: frozenset[str] = frozenset(), closed: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """A mount over each private place that is there, files too: an empty one of its kind."""
    there = [Path(place) for place in (*Places.here().on_disk, *_closed_paths(closed)) if place != workspace and place not in without and Path(place).exists()]
    return [("--tmpfs", str(place)) if place.is_dir() else ("--ro-bind", _empty_file(), str(place)) for place in there]


def _closed_paths(patterns: tuple[str, ...]) -> list[str]:
    """What there is of the paths that rules keep shut, links followed."""
    plain = [os.path.expanduser(pattern).rstrip("/").removesuffix("/**") for pattern in patterns]
    return list(dict.fromkeys(os.path.realpath(found) for pattern in plain for found in (glob.glob(pattern) if is_pattern(pattern) else [pattern])))


def _empty_file() -> str:
    file = Home.default().index / "empty"
    if not file.exists() or file.stat().st_size:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
    return str(file)


def _in_order(mounts: list[tuple[str, ...]]) -> list[str]:
    """Outer folders before those in them: a later mount hides what an earlier one shows there."""
    return [part for mount in sorted(mounts, key=lambda mount: len(Path(mount[-1]).parts)) for part in mount]
