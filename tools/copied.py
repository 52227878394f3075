"""What a copied folder takes along: a repository's settings and hooks are obeyed at the new place as they were at the old one, so that the copy gives nobody anything."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from core.gate.obeyed import is_built_with, is_obeyed
from core.ports import Change
from tools.blobs import digest_of_file


def taken_along(changes: Sequence[Change], sources: Sequence[str], root: str) -> set[str]:
    """Paths of new files that programs obey, each in a folder that is made new, with the same content at the same place in the folder that is copied.

    Where the folder is there already, or what is copied is itself such a thing (``.git`` of another folder, say), the copy makes programs obey something new: that is asked about.
    """
    made = {change.path for change in changes if change.kind == "mkdir"}
    found = set()
    for change in changes:
        is_new = change.kind == "mkdir" or (change.kind == "put" and change.before is None and change.after)
        if is_new and _is_asked_about(change.path, root) and (holder := _holder(change.path, root)) in made:
            tails = [os.path.relpath(change.path, folder) for folder in _made_around(holder, made)]
            if any(_is_same(source, os.path.join(source, tail), change.after or "", root) for source in sources for tail in tails):
                found.add(change.path)
    return found


def _holder(path: str, root: str) -> str:
    """The folder in which the outermost thing lies that makes a file obeyed: that of ``.git``."""
    folder, inner = root, Path(os.path.relpath(path, root)).parts
    for part in inner:
        if _is_asked_about(os.path.join(folder, part), root) or part == ".git":
            return folder
        folder = os.path.join(folder, part)
    return os.path.dirname(path)  # noqa: PTH120 (as text)


def _made_around(folder: str, made: set[str]) -> list[str]:
    """The folders that are made and that a folder is or lies in: one of them is the copy."""
    found = []
    while folder in made:
        found.append(folder)
        folder = os.path.dirname(folder)  # noqa: PTH120 (as text)
    return found


def _is_same(source: str, path: str, digest: str, root: str) -> bool:
    """Whether that is there, too: a file of this content, or (without one) a folder."""
    if _is_asked_about(source, root) or not _is_asked_about(path, root) or Path(path).is_symlink():
        return False
    return digest_of_file(Path(path)) == digest if digest and Path(path).is_file() else not digest and Path(path).is_dir()


def _is_asked_about(path: str, root: str) -> bool:
    return is_obeyed(path, root) or is_built_with(path, root)
