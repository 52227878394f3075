"""Where programs run: in a box of bubblewrap's where that is to be had. They see the system and the workspace, change only the workspace, and have no network unless it is allowed.

What there is in the box is listed, not what is missing: no home folder (but for the tools in it), no ``/run`` with its buses and agents, a ``/tmp`` of its own, no environment but
:data:`ENVIRONMENT`. A workspace that holds such places does not bring them along. Without bubblewrap programs run as they always did.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from core.gate.obeyed import is_obeyed
from core.gate.places import STARTING, Places, under
from core.gate.scopes import is_pattern
from core.home import Home

CODE_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix", "/gnu", "/snap", "/home/linuxbrew", "/sys/devices/system", "/var/lib/texmf")
TOOLS_OF_HOME = (
    ".local/bin", ".local/lib", ".local/share/pipx", ".local/share/uv/python", ".local/share/uv/tools", ".local/share/mise", ".cargo/bin", ".rustup", ".nvm", ".pyenv", ".rbenv", ".asdf", ".volta", ".sdkman",
    ".deno/bin", ".bun/bin", "go/bin", "bin", "miniconda3", "miniforge3", "anaconda3",
)  # fmt: skip
ENVIRONMENT = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TERM", "COLORTERM", "JAVA_HOME", "VIRTUAL_ENV", "CONDA_PREFIX", "NVM_DIR", "PYENV_ROOT", "RUSTUP_HOME", "GOROOT",
)  # fmt: skip
NETWORK_ENVIRONMENT = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
SESSION_ENVIRONMENT = ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK", "TMPDIR", "SHELL")  # of a program that acts as the person
ALONE = ("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--cap-drop", "ALL", "--die-with-parent", "--new-session", "--clearenv")
SCRATCH_BYTES = 256_000_000  # of each place in memory where a program may write
_SCRATCH = ("--size", str(SCRATCH_BYTES), "--tmpfs")
OWN = (("--proc", "/proc"), ("--dev", "/dev"), *((*_SCRATCH, folder) for folder in ("/dev/shm", "/tmp", "/run", "/var/tmp")))
SHUT = (
    "--remount-ro",
    "/dev",
    "--remount-ro",
    "/proc",
    "--remount-ro",
    "/",
)  # in memory and without a bound; and settings of the kernel, which who is root outside may write in any box
MASKED = (
    "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/key-users", "/proc/kmsg", "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug", "/proc/scsi", "/proc/sysrq-trigger", "/proc/kpagecount",
    "/proc/kpageflags", "/proc/kpagecgroup", "/proc/slabinfo", "/proc/vmallocinfo", "/proc/iomem", "/proc/ioports", "/proc/mtrr", "/proc/config.gz",
)  # fmt: skip

OF_GIT = ("config", "config.worktree", "hooks", "info", "commondir", "modules", "worktrees")
SOCKET_DEPTH, MOST_LOOKED_AT = 2, 5_000  # folders below the workspace, and entries, that are looked through for sockets
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


def environment(network: bool = False, as_person: bool = False) -> dict[str, str]:
    """What a program gets of Deskhand's own environment, which may hold keys. ``as_person``: it runs in no box."""
    wanted = {*ENVIRONMENT, *(NETWORK_ENVIRONMENT if network or as_person else ()), *(SESSION_ENVIRONMENT if as_person else ())}
    kept = {name: value for name, value in os.environ.items() if name.upper() in wanted or name.startswith(("LC_", *(("XDG_",) if as_person else ())))}
    if sys.platform == "win32":  # without these nothing starts there
        kept |= {
            name: value
            for name, value in os.environ.items()
            if name.upper() in ("SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA")
        }
    return kept


def confined(workspace: Path, folder: Path, network: bool, closed: tuple[str, ...] = (), is_git: bool = False) -> list[str]:
    """What stands before a command so that it changes only the workspace and runs in ``folder`` of it; empty where there is no box to be had. ``closed``: paths that rules keep shut.

    ``is_git``: the program is git, which may change the settings of its repository; others may not, and nobody gives the repository another name.
    """
    if not program():
        return []
    root, places = os.path.realpath(workspace), Places.here()
    seen = _seen((*SYSTEM, *_prefixes(), *_tools_of(places, network), *(_name_servers() if network else ())), root)
    hidden = [(*_SCRATCH, home) for home in _homes(places) if home != root]
    mounts = [
        *OWN,
        *seen,
        *hidden,
        *_covers([root, *(mount[-1] for mount in seen)], hidden, root, closed),
        *_system_covers(root),
        *_socket_covers(root),
        ("--bind", root, root),
        *_kernels(root),
        *_obeyed_in(root, places),
        *_repository(root, is_git),
    ]
    known = [part for name, value in environment(network).items() for part in ("--setenv", name, value)]
    return [program(), *ALONE, *_closed(), *known, *(() if network else ("--unshare-net",)), *_in_order(mounts), *_shut(root), "--chdir", os.path.realpath(folder), "--"]


def without_network() -> list[str]:
    """What stands before a program of the person's so that it keeps all its rights and has no network but its own loopback; empty where that cannot be had."""
    return [program(), "--dev-bind", "/", "/", "--unshare-net", "--die-with-parent", "--"] if program() else []


def reading_only(workspace: Path, closed: tuple[str, ...] = ()) -> list[str]:
    """A box that only reads the system and the workspace, without network and environment, for code that somebody wrote; empty where there is none. ``closed`` as above."""
    if not program():
        return []
    root, places = os.path.realpath(workspace), Places.here()
    seen = _seen((*CODE_SYSTEM, *_prefixes()), root)
    hidden = [(*_SCRATCH, home) for home in _homes(places) if home != root and under(home, root)]
    mounts = [*OWN, *seen, *hidden, *_covers([root], hidden, root, closed), *_system_covers(root), *_socket_covers(root), ("--ro-bind", root, root), *_kernels(root)]
    return [
        program(),
        "--unshare-all",
        *ALONE,
        *_closed(),
        "--setenv",
        "PATH",
        "/usr/bin:/bin",
        "--setenv",
        "LANG",
        "C.UTF-8",
        *_in_order(mounts),
        *_shut(root),
        "--chdir",
        root,
        "--",
    ]


def _seen(places: Iterable[str], root: str) -> list[tuple[str, ...]]:
    """Mounts of what may only be read; what the workspace is in or is itself comes with the workspace."""
    there = [path for path in dict.fromkeys(places) if Path(path).exists() and not (under(path, root) and (root != os.sep or Path(path).is_symlink()))]
    return [("--ro-bind", path, path) for path in there]


def _prefixes() -> list[str]:
    """Where the Python is that runs this, and what it is made of."""
    return list(dict.fromkeys(str(path) for prefix in (sys.base_prefix, sys.prefix) for path in (Path(prefix), Path(prefix).resolve())))


def _homes(places: Places) -> list[str]:
    """The home folder, as it is called and with links followed."""
    return list(dict.fromkeys(os.path.realpath(home) for home in (os.path.expanduser("~"), places.home) if Path(home).is_dir()))


def _tools_of(places: Places, network: bool) -> list[str]:
    names = TOOLS_OF_HOME if network else (*TOOLS_OF_HOME, ".gitconfig")  # which says who one is, and sometimes a token
    home = os.path.realpath(os.path.expanduser("~"))
    return [path for name in names if under(os.path.realpath(path := os.path.join(home, name)), home) and not places.is_private(os.path.realpath(path))]


def _name_servers() -> list[str]:
    """The file that says who knows names: often a link into ``/run``."""
    return [where] if under(where := os.path.realpath("/etc/resolv.conf"), "/run") else []


def _shut(root: str) -> tuple[str, ...]:
    return SHUT if root != os.sep else SHUT[:-2]


def _kernels(root: str) -> list[tuple[str, ...]]:
    """Covers over what the kernel tells of the machine, and its settings where a workspace that is everything would bring them along."""
    there = [Path(path) for path in MASKED if os.path.lexists(path)]
    return [*map(_cover, there), *([("--ro-bind", "/sys", "/sys")] if under("/sys", root) and Path("/sys").is_dir() else [])]


def _closed() -> tuple[str, ...]:
    """Options that keep a program from making user namespaces of its own in the box; bubblewrap knows them since 0.8."""
    return ("--disable-userns",) if _can_close(program()) else ()


@lru_cache(maxsize=4)
def _can_close(bubblewrap: str) -> bool:
    return _works(bubblewrap, "--unshare-user", "--disable-userns")


def _covers(seen: list[str], hidden: Sequence[tuple[str, ...]], workspace: str, closed: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """A mount over each private place in what is seen, files too: an empty one of its kind. What is hidden with a folder has not even its name there."""
    homes = [mount[-1] for mount in hidden]

    def is_seen(place: str) -> bool:
        inside = [home for home in homes if under(place, home)]
        return any(under(place, shown) and all(under(shown, home) for home in inside) for shown in seen)

    return [_cover(Path(place)) for place in (*Places.here().on_disk, *_closed_paths(closed)) if place != workspace and is_seen(place) and Path(place).exists()]


def _cover(place: Path) -> tuple[str, ...]:
    return (*_SCRATCH, str(place)) if place.is_dir() else ("--ro-bind", _empty_file(), str(place))


def _socket_covers(root: str) -> list[tuple[str, ...]]:
    """Sockets of other programs in the workspace (of the display, of agents with keys, of buses): whoever may connect to one may have that program do things."""
    named = [os.environ.get("SSH_AUTH_SOCK", ""), *re.findall(r"unix:path=([^,;]+)", os.environ.get("DBUS_SESSION_BUS_ADDRESS", ""))]
    found = [*(path for path in map(os.path.realpath, filter(None, named)) if under(path, root)), *_sockets_in(root)]
    return [_cover(Path(path)) for path in dict.fromkeys(found) if Path(path).exists()]


def _obeyed_in(root: str, places: Places) -> list[tuple[str, ...]]:
    """What programs obey or start by themselves, where the workspace has it: a program that only works in here has no business to write that."""
    with os.scandir(root) as entries:
        found = [entry.path for entry in entries if entry.name != ".git" and is_obeyed(entry.path, root)]
    found += [*(os.path.join(os.path.expanduser("~"), name) for name in STARTING)]
    there = (path for path in dict.fromkeys(found) if path != root and under(path, root) and Path(path).exists() and os.path.realpath(path) == path and not places.is_listed(path))
    return [("--ro-bind", path, path) for path in there]


def _repository(root: str, is_git: bool) -> list[tuple[str, ...]]:
    """The workspace's repository, mounted so that its name stays, and in it what git obeys."""
    folder = os.path.join(root, ".git")
    if not os.path.lexists(folder) or Path(folder).is_symlink():
        return []
    if not Path(folder).is_dir():
        return [("--ro-bind", folder, folder)]
    obeyed = [path for name in OF_GIT if Path(path := os.path.join(folder, name)).exists() and not Path(path).is_symlink()]
    return [("--bind", folder, folder), *(("--ro-bind", path, path) for path in obeyed if not is_git)]


def _sockets_in(root: str) -> list[str]:
    found, looked_at = list[str](), 0
    for folder, folders, files in os.walk(root):
        looked_at += len(folders) + len(files)
        found += [path for name in files if stat.S_ISSOCK(os.lstat(path := os.path.join(folder, name)).st_mode)]
        if looked_at > MOST_LOOKED_AT or folder[len(root) :].count(os.sep) >= SOCKET_DEPTH:
            folders.clear()
        if looked_at > MOST_LOOKED_AT:
            break
    return found


@lru_cache(maxsize=2)
def _kept_from_others(minute: int) -> tuple[str, ...]:
    """Files and folders of the system that we may read and not everybody: password hashes, keys of servers."""
    found = []
    for folder, folders, files in os.walk("/etc"):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            status = os.lstat(path)
            if not stat.S_ISLNK(status.st_mode) and not status.st_mode & stat.S_IROTH and os.access(path, os.R_OK):
                found.append(path)
        folders[:] = [name for name in folders if os.path.join(folder, name) not in found]
    return tuple(found)


def _system_covers(root: str) -> list[tuple[str, ...]]:
    return [_cover(Path(path)) for path in _kept_from_others(int(time.monotonic() // RETRY_SECONDS)) if not under(root, path) and Path(path).exists()]


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
