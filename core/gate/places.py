"""Places that are in no workspace, wherever it lies: where keys are kept, Deskhand's own data, and what runs by itself once it is written."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from core.gate.credentials import is_credential
from core.gate.obeyed import is_obeyed
from core.gate.obeyed import under as under
from core.home import Home

KEYS = (
    ".ssh", ".gnupg", ".pki", ".aws", ".kube", ".netrc", "_netrc", ".password-store", ".local/share/keyrings", ".local/share/kwalletd", ".config/gcloud", ".config/Bitwarden",
    ".config/1Password", ".config/keepassxc", ".gnome2/keyrings", ".mozilla", ".thunderbird", ".config/google-chrome", ".config/chromium", ".config/BraveSoftware",
    ".config/microsoft-edge", ".config/vivaldi", ".config/opera", ".librewolf", ".waterfox", ".zen", "snap/firefox", "snap/chromium", ".var/app/org.mozilla.firefox",
    ".var/app/org.chromium.Chromium", ".var/app/com.google.Chrome", ".var/app/com.brave.Browser", "Library/Keychains", "Library/Cookies", "Library/Application Support/Google/Chrome", "Library/Application Support/Firefox",
    "AppData/Roaming/Microsoft/Credentials", "AppData/Local/Microsoft/Credentials", "AppData/Roaming/Mozilla", "AppData/Local/Google/Chrome", "AppData/Local/Microsoft/Edge",
)  # fmt: skip
TOKENS = (
    ".azure", ".oci", ".docker", ".git-credentials", ".config/git/credentials", ".config/gh", ".config/hub", ".config/glab-cli", ".config/rclone", ".config/sops",
    ".config/op", ".config/doctl", ".pgpass", ".my.cnf", ".npmrc", ".pypirc", ".cargo/credentials", ".cargo/credentials.toml", ".terraform.d", ".vault-token",
)  # fmt: skip
PRIVATE = (*KEYS, *TOKENS)  # tools see neither unasked; a program that a person let run needs its own tokens to do its work
OPEN = ("notes", "received", "skills", "tasks.md", "calendar.ics", "contacts.vcf")  # of Deskhand's own data, what its answers name and tools read
STARTING = (".config/autostart", ".config/systemd", ".config/environment.d", ".config/fish", ".config/git", ".local/bin", ".local/share/applications", ".local/share/systemd")
KERNEL = ("/proc", "/sys")  # no files of anybody's: what the kernel tells when it is read, some of it when something happens
SYSTEM = (
    "/etc", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/boot", "/dev", "/proc", "/sys", "/root", "/var/log", "/var/spool", "/var/backups",
    "/private/etc", "/private/var/db", "/private/var/root", "/System", "/Library",
)  # fmt: skip
PROGRAMS = ("bin", "library", "appdata")  # of the home folder, besides what is hidden: no place of documents
KNOWN_SECONDS = 2.0  # links of these places are followed anew after that: a walk asks thousands of times

HOMES = ("/home", "/Users")  # where the folders of all users of a machine are
MOST_LOOKED_AT = 50_000  # files in private places, when one with several names is held against them
_ENVIRONMENT = re.compile(r"/proc/[^/]+(/task/[^/]+)?/(environ|mem)")
_NAMING = ("HOME", "USERPROFILE", "DESKHAND_HOME", "XDG_DATA_HOME", "LOCALAPPDATA", "APPDATA")  # what says where home and data folder are
_known: list[tuple[float, tuple[str | None, ...], Places]] = []
_second: list[tuple[float, tuple[str, ...], set[tuple[int, int]]]] = []


def is_kernels(where: str) -> bool:
    """Whether an absolute path, with links followed, is one of the kernel's own."""
    return os.name == "posix" and any(under(where, folder) for folder in KERNEL)


@dataclass(frozen=True, slots=True)
class Places:
    """The places of this person. Paths that are asked about are absolute, with links followed; upper and lower case make no difference, as on some file systems."""

    home: str
    spelled: str  # the home folder as it is on the disk
    data: str
    keys: frozenset[str]
    beginnings: tuple[str, ...]  # of what is in the folders among the keys
    on_disk: tuple[str, ...]  # all private places, spelled as they are there
    tokens: frozenset[str]  # those of them that programs need
    starting: frozenset[str]  # where what starts by itself is kept
    started: tuple[str, ...]  # beginnings of what is in there

    @staticmethod
    def here() -> Places:
        """Those of the home and data folders in force."""
        named = tuple(map(os.environ.get, _NAMING))
        if not _known or _known[-1][1] != named or time.monotonic() - _known[-1][0] > KNOWN_SECONDS:
            _known[:] = [(time.monotonic(), named, _found(os.path.expanduser("~"), str(Home.default().root)))]
        return _known[-1][2]

    def is_private(self, where: str, workspace: str = "", reading: bool = True) -> bool:
        """Whether only the person may see (or change) it. A workspace inside Deskhand's data (the folder of a skill, say) is one to work in."""
        text, base = where.casefold(), workspace.casefold()
        if self._is_systems(where, workspace) and _is_kept_from_others(where):
            return True
        if self.is_listed(where) or "api-token" in os.path.basename(text) or _ENVIRONMENT.fullmatch(where):
            return True
        if self._is_of_another(where, workspace):
            return True
        if (reading or os.path.lexists(where)) and not under(text, self.data) and is_credential(where, self.spelled, workspace):
            return True
        if not under(text, self.data) or (base != self.data and under(base, self.data) and under(text, base)):
            return False
        return not (reading and any(under(text, os.path.join(self.data, name)) for name in OPEN))

    def is_listed(self, where: str) -> bool:
        """Whether it is, or lies in, one of the private places that have a name: those that a box covers."""
        text = where.casefold()
        return text in self.keys or text.startswith(self.beginnings)

    def holds_private(self, where: str) -> bool:
        """Whether such a place lies somewhere in a folder: who moves the folder moves that, too."""
        return any(place.casefold() != where.casefold() and under(place.casefold(), where.casefold()) and os.path.lexists(place) for place in self.on_disk)

    def runs_by_itself(self, where: str, workspace: str) -> bool:
        """Whether programs obey or start it unasked: settings of the person (unless the workspace is in that folder), start-up files, hooks of a repository."""
        text = where.casefold()
        if text in self.starting or text.startswith(self.started) or self._is_systems(where, workspace):
            return True
        if text != self.home and under(text, self.home):
            top = Path(text).relative_to(self.home).parts[0]
            if top.startswith(".") or top in PROGRAMS:
                return not under(workspace.casefold(), os.path.join(self.home, top))
        return is_obeyed(where, workspace)

    def is_second_name(self, status: os.stat_result) -> bool:
        """Whether a file with several names has one of them among what is private."""
        if status.st_nlink < 2 or not stat.S_ISREG(status.st_mode):
            return False
        known = _private_files(self.on_disk)
        return (status.st_dev, status.st_ino) in known

    def _is_of_another(self, where: str, workspace: str) -> bool:
        """Whether it lies in the folder of another user of this machine, and not in a workspace there."""
        for homes in HOMES:
            if where.startswith(homes + os.sep):
                owner = os.path.join(homes, Path(where).parts[2])
                return owner.casefold() != self.home and not under(self.home, owner.casefold()) and not under(workspace, owner)
        return False

    def _is_systems(self, where: str, workspace: str) -> bool:
        """Whether it belongs to the system: in one of its folders, unless that is where the person lives or chose to work."""
        may_be = os.name == "posix" and where.startswith(SYSTEM)  # asked for every path of a walk: the exact answer takes longer
        folder = next((folder for folder in SYSTEM if under(where, folder)), "") if may_be else ""
        return bool(folder) and not under(where.casefold(), self.home) and not under(workspace, folder)


def _private_files(places: tuple[str, ...]) -> set[tuple[int, int]]:
    """Device and number of each file in private places that has several names; looked at as seldom as their links."""
    if not _second or time.monotonic() - _second[-1][0] > KNOWN_SECONDS or _second[-1][1] != places:
        found = {(status.st_dev, status.st_ino) for status in islice(_statuses(places), MOST_LOOKED_AT + 1) if status.st_nlink > 1}
        _second[:] = [(time.monotonic(), places, found)]
    return _second[-1][2]


def _statuses(places: tuple[str, ...]) -> Iterator[os.stat_result]:
    for place in places:
        files = [place] if Path(place).is_file() else (os.path.join(root, name) for root, _, names in os.walk(place) for name in names)
        for file in files:
            with contextlib.suppress(OSError):
                yield os.lstat(file)


def _is_kept_from_others(where: str) -> bool:
    """Whether the system lets only some of its users read it (password hashes, keys of servers, mail): by its mode, whoever we are."""
    try:
        return not os.stat(where).st_mode & stat.S_IROTH
    except OSError:
        return False


def _found(home: str, data: str) -> Places:
    roots = tuple(dict.fromkeys((home, os.path.realpath(home))))
    spelled, tokens = ([os.path.join(root, *name.split("/")) for root in roots for name in names] for names in (KEYS, TOKENS))
    on_disk = tuple(dict.fromkeys(map(os.path.realpath, (data, *spelled, *tokens))))
    keys = frozenset(path.casefold() for path in (*spelled, *tokens, *on_disk[1:]))
    folder = os.path.realpath(home).casefold()
    starting = frozenset(os.path.join(folder, *name.casefold().split("/")) for name in STARTING)
    return Places(folder, os.path.realpath(home), on_disk[0].casefold(), keys, _inside(keys), on_disk, frozenset(map(os.path.realpath, tokens)), starting, _inside(starting))


def _inside(folders: frozenset[str]) -> tuple[str, ...]:
    """How everything in these folders begins."""
    return tuple(path + os.sep for path in sorted(folders))
