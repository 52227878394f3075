"""Files that programs obey or start unasked, known by their names: in whatever workspace they lie, a model that writes one runs what it likes."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

FILES = frozenset(
    [".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".profile", ".zshrc", ".zshenv", ".zprofile", ".zlogin", ".zlogout", ".kshrc", ".cshrc", ".tcshrc", ".login", ".inputrc", ".xinitrc", ".xprofile", ".xsession", ".xsessionrc", ".pam_environment", ".vimrc", ".exrc", ".gvimrc", ".emacs", ".gdbinit", ".lldbinit", ".envrc", ".direnvrc", ".gitconfig", ".npmrc", ".yarnrc", ".yarnrc.yml", ".condarc", ".forward", ".rhosts", ".shosts", ".tmux.conf", ".screenrc", ".curlrc", ".wgetrc", "authorized_keys", "authorized_keys2", "sitecustomize.py", "usercustomize.py"]
)  # fmt: skip
FOLDERS = frozenset({"autostart", "launchagents", "launchdaemons", ".vscode", ".devcontainer", ".husky", ".githooks", ".claude", ".cursor"})
EVERYWHERE = frozenset({".ssh", "authorized_keys.d"})  # also where the workspace lies in one
_SEPARATOR = os.sep
_GIT = frozenset({".git", "git~1"})  # the second is what file systems of Windows call it for short
_OF_NEW = frozenset({"hooks", "config", "config.worktree", "info", "modules", "worktrees", "commondir", "gitdir"})  # of a repository that is not there yet, what git obeys


def under(text: str, folder: str) -> bool:
    """Whether an absolute path, as text without ``..``, is that folder or in it; as the system compares names."""
    text, folder = os.path.normcase(text), os.path.normcase(folder)
    return text == folder or text.startswith(folder.rstrip(os.sep) + os.sep)


def is_obeyed(where: str, workspace: str) -> bool:
    """Whether an absolute path with links followed is, or lies in, something that programs obey."""
    text = _plain(where)
    parts = text.split(_SEPARATOR)
    if parts[-1] in FILES or not EVERYWHERE.isdisjoint(parts) or _is_gits(where, parts):
        return True
    return not FOLDERS.isdisjoint(parts) and not FOLDERS.isdisjoint(_inner(text, _plain(workspace)))


def _plain(path: str) -> str:
    """As file systems compare names that make no difference between upper and lower case, or leave out letters that are not seen."""
    text = path.casefold()
    return text if text.isascii() else "".join(letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf")


def _inner(text: str, workspace: str) -> tuple[str, ...]:
    """The parts of a path that the person did not choose."""
    return Path(text[len(workspace) :] if under(text, workspace) else text).parts


def _is_gits(where: str, parts: list[str]) -> bool:
    if not _GIT.isdisjoint(parts):
        number = next(number for number, part in enumerate(parts) if part in _GIT)
        inner = parts[number + 1 :]
        return not inner or inner[0] in _OF_NEW or Path(_SEPARATOR.join(where.split(_SEPARATOR)[: number + 1])).is_dir()
    if parts[-1] != "config" and "hooks" not in parts[-2:-1]:
        return False
    base = Path(where).parent if parts[-1] == "config" else Path(where).parent.parent
    return (base / "HEAD").exists() and (base / "objects").is_dir()  # a repository without a folder of work
