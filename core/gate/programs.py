"""What decides what a command line does: files that it names, also inside of a word, what those name in turn, and what tools obey in the folder that it runs in."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from core.file_head import read_head
from core.gate.obeyed import is_built_with

SCRIPTS = (".py", ".sh", ".bash", ".zsh", ".fish", ".pl", ".rb", ".js", ".mjs", ".cjs", ".ts", ".php", ".lua", ".awk", ".sed", ".r", ".ps1", ".bat", ".cmd", ".mk", ".jar", ".sql")
MOST_HASHED = 5_000_000  # bytes of a file that a command names; a larger one is known by size and time
MOST_READ = 100_000  # bytes of a script that are looked through for what it names in turn
MOST_NAMES = 2_000  # words of a script, and entries of a folder, that are looked at
_WORDS = re.compile(r"[^\s;|&()<>\"'`$=,:{}\[\]]+")
_IMPORTS = re.compile(r"(?:^|[\n;])[ \t]*(?:import|from)[ \t]+([\w.]+)")
_INLINE = re.compile(r"\s|[;|&=]")  # a word with more than a name in it


def bound_files(argv: Sequence[str], where: str, root: str, is_any: bool = False) -> list[str]:
    """What tells this state of all that decides what a command does from any other, each as ``NAME DIGEST``.

    ``where`` is the folder that it runs in, ``root`` the workspace. ``is_any``: files that it works on count as well, for a program that has a network: it may tell of them.
    """
    named = list(dict.fromkeys(name for word in argv for name in _names_in(word)))
    named += [name for module in _modules(argv) for name in _files_of(module)]
    found = {name: digest for name in named if (digest := digest_of(os.path.join(where, name), is_any))}
    inner = {name: digest for outer in found for name in _named_by(os.path.join(where, outer)) if name not in found and (digest := digest_of(os.path.join(where, name)))}
    folders = dict.fromkeys([where, root, *(path for name in named if _is_folder(path := os.path.join(where, name)))])
    obeyed = [f"{path} {digest}" for folder in folders for path in _obeyed_in(folder, root) if (digest := digest_of(path, is_any=True))]
    more = [f"what it names {_digest(repr(sorted(inner.items())).encode())}"] * bool(inner) + [f"what tools obey here {_digest(repr(sorted(obeyed)).encode())}"] * bool(obeyed)
    return [f"{name} {digest}" for name, digest in found.items()] + more


def _names_in(word: str) -> list[str]:
    """A word of a command, and the words in it where it is a command of its own (``sh -c "sh b.sh"``) or a setting (``--rcfile=x``)."""
    return [word, *_WORDS.findall(word[:MOST_READ])[:MOST_NAMES], *(name for module in _IMPORTS.findall(word) for name in _files_of(module))] if _INLINE.search(word) else [word]


def _modules(argv: Sequence[str]) -> list[str]:
    """Modules that Python is to run: ``-m NAME``."""
    return [name for option, name in pairwise(argv) if option.startswith("-") and option.endswith("m") and re.fullmatch(r"[\w.]+", name)]


def _files_of(module: str) -> list[str]:
    path = module.replace(".", os.sep)
    return [f"{path}.py", os.path.join(path, "__init__.py"), os.path.join(path, "__main__.py")]


def _named_by(path: str) -> list[str]:
    """Names in a script: words that may be files, and modules beside it."""
    try:
        text = read_head(path, MOST_READ).decode("utf-8", "replace")
    except (OSError, ValueError):
        return []
    beside = os.path.dirname(path)  # noqa: PTH120 (as text)
    modules = [os.path.join(beside, name) for module in _IMPORTS.findall(text)[:MOST_NAMES] for name in _files_of(module)]
    return [*dict.fromkeys(_WORDS.findall(text)[:MOST_NAMES]), *modules]


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):  # too long a word for a name, or a zero in it
        return False


def _obeyed_in(folder: str, root: str) -> Iterable[str]:
    """Files of a folder that tools obey whoever calls them: ``make``, package managers, tests."""
    try:
        with os.scandir(folder) as entries:
            return [entry.path for _, entry in zip(range(MOST_NAMES), entries, strict=False) if is_built_with(os.path.join(root, entry.name), root) and entry.is_file()]
    except OSError:
        return []


def digest_of(path: str, is_any: bool = False) -> str:
    """What tells a state of a script from any other; empty where there is none, or where it is no file that is run: those that a program works on may change."""
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            return ""
        if status.st_size > MOST_HASHED:
            return _digest(f"{status.st_size} {status.st_mtime_ns}".encode())
        is_run = is_any or status.st_mode & 0o111 or path.lower().endswith(SCRIPTS) or "." not in path.rpartition(os.sep)[2]
        content = read_head(path, MOST_HASHED if is_run else 2)
        if not is_run and content.startswith(b"#!"):
            is_run, content = True, read_head(path, MOST_HASHED)
        return _digest(content) if is_run and content else ""
    except (OSError, ValueError):
        return ""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
