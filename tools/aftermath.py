"""What a program in the box leaves behind that others would obey: put aside under another name, so that putting it in place asks as writing it does; and no rights of its owner on what it made.

Mounts keep what is there (``tools.confinement``); what was not there cannot be mounted over. Settings of a repository are looked at by their keys: those that only say what is fetched and how it is kept are left.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import ToolError
from core.gate.obeyed import is_obeyed
from tools.regular_files import open_regular

HELD = ".held"
MOST_LOOKED_AT = 200_000  # entries
MOST_SETTINGS = 1_000_000  # bytes
PASSED_OVER = {"node_modules", "__pycache__", "site-packages"}  # what packages bring along is obeyed by nobody in there; rights are looked at all the same
RIGHTS = stat.S_ISUID | stat.S_ISGID
_PLAIN_KEYS = re.compile(
    r"core\.(?:repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks|autocrlf|eol|safecrlf|sparsecheckout|sparsecheckoutcone|compression|commentchar|quotepath|abbrev|longpaths)"
    r"|remote\..*\.(?:url|fetch|pushurl|push|tagopt|prune|mirror|promisor|partialclonefilter)|remote\.pushdefault|branch\..*\.(?:remote|merge|rebase|pushremote|description)|branch\.(?:autosetuprebase|autosetupmerge|sort)"
    r"|user\.(?:name|email|signingkey)|init\.defaultbranch|(?:pull|push|fetch|color|advice|gc|status|log|rerere|rebase|commit|extensions|i18n|column|tag|feature|index|pack|maintenance)\.(?:[\w-]+|.*\.[\w-]*color)"
    r"|diff\.(?:renames|algorithm|mnemonicprefix|colormoved)|merge\.(?:ff|stat|conflictstyle)|submodule\..*\.(?:url|active|branch)|submodule\.active|lfs\.repositoryformatversion"
)
_PROGRAM_KEYS = re.compile(r"commit\.template|gc\..*command|column\.ui\..*")
_SECTION = re.compile(r'\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]\s*(.*)')
_ENTRY = re.compile(r"([A-Za-z][\w-]*)\s*(?:=\s*(.*))?")


@dataclass(frozen=True, slots=True)
class Before:
    """The settings of the workspace's repository before a program ran."""

    root: str
    config: bytes | None

    @staticmethod
    def of(root: str) -> Before:
        """As they are now."""
        try:
            return Before(root, _content(Path(root, ".git", "config")))
        except (OSError, ToolError):
            return Before(root, None)

    def hold_back(self, since_ns: int, is_git: bool) -> list[str]:
        """Put aside what came since then and programs would obey; its paths in the workspace. ``is_git``: what git checks out is what was asked for, its own settings and hooks are not."""
        found = []
        for path, status in list(_changed(self.root, since_ns)):
            if stat.S_ISREG(status.st_mode) and status.st_mode & RIGHTS:
                with contextlib.suppress(OSError):
                    os.chmod(path, stat.S_IMODE(status.st_mode) & ~RIGHTS)
            if self._is_obeyed(path, is_git) and os.path.lexists(path):
                found += [os.path.relpath(path, self.root)] * self._hold(path)
        return found

    def _is_obeyed(self, path: str, is_git: bool) -> bool:
        inner = list(Path(os.path.relpath(path, self.root)).parts)
        if ".git" in inner:
            return _is_gits(path, inner[inner.index(".git") + 1 :], self.config if inner[:2] == [".git", "config"] else None)
        return not is_git and PASSED_OVER.isdisjoint(inner) and is_obeyed(path, self.root)

    def _hold(self, path: str) -> bool:
        with contextlib.suppress(OSError):
            os.replace(path, _free(path))
            if self.config is not None and path == os.path.join(self.root, ".git", "config"):
                Path(path).write_bytes(self.config)
            return True
        return False


def _is_gits(path: str, inner: list[str], before: bytes | None) -> bool:
    """Whether something in a repository makes git start programs: hooks, another folder of settings, settings that name a program."""
    if not inner:
        return not Path(path).is_dir()  # a file that names a folder elsewhere, or a link
    if inner[-1].endswith((HELD, ".sample", ".lock")):
        return False
    if "hooks" in inner[:-1] or inner == ["commondir"]:
        return True
    return inner[-1] in ("config", "config.worktree") and bool(_settings(path) - _settings_in(before))


def _settings(path: str) -> set[str]:
    try:
        return _settings_in(_content(Path(path))) if Path(path).is_file() and not Path(path).is_symlink() else {"?"}
    except (OSError, ToolError):
        return {"?"}


def _content(path: Path) -> bytes:
    """A file of settings, as far as a sensible one goes. Raises :class:`OSError` and :class:`ToolError`."""
    with open_regular(path, is_own=True) as file:
        return file.read(MOST_SETTINGS)


def _settings_in(content: bytes | None) -> set[str]:
    """Lines of a repository's settings that say more than what is fetched and how it is kept; a line that is not understood is one."""
    found, section = set(), ""
    for line in (content or b"").decode("utf-8", "replace").splitlines():
        text = line.strip()
        if match := _SECTION.match(text):
            section, text = match[1].lower() + (f".{match[2]}" if match[2] is not None else ""), match[3]
        if not text or text[0] in "#;":
            continue
        entry = _ENTRY.fullmatch(text)
        key = f"{section}.{entry[1].lower()}" if entry else ""
        if not entry or text.endswith("\\") or "::" in text or not _PLAIN_KEYS.fullmatch(key) or _PROGRAM_KEYS.fullmatch(key):
            found.add(f"{section}: {text}")
    return found


def _changed(root: str, since_ns: int) -> Iterator[tuple[str, os.stat_result]]:
    """What was made or changed below a folder, outer things first; what a repository keeps as objects is left out."""
    folders, looked_at = [root], 0
    while folders and looked_at < MOST_LOOKED_AT:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                looked_at += 1
                with contextlib.suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    if status.st_ctime_ns >= since_ns and not (stat.S_ISDIR(status.st_mode) and entry.name == ".git"):
                        yield entry.path, status
                    if stat.S_ISDIR(status.st_mode) and entry.name != "objects":
                        folders.append(entry.path)


def _free(path: str) -> str:
    number, free = 1, path + HELD
    while os.path.lexists(free):
        number, free = number + 1, f"{path}{HELD}{number + 1}"
    return free
