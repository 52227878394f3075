"""Reading a file of the workspace before any tool is called: what a request is about is looked up there. The same is kept from it as from tools."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from core.file_head import open_regular
from core.gate.places import Places, under
from core.gate.scopes import path_scope


def read_for_request(path: Path, workspace: Path, most: int, is_inside: bool = False) -> bytes:
    """The first ``most`` bytes of an ordinary file; ``is_inside``: of none that lies outside of the workspace. Raises :class:`OSError` for anything else (a pipe would be waited for), and for what is private, by whatever name it is reached."""
    where, root = os.path.realpath(path), os.path.realpath(workspace)
    if is_inside and not under(where, root):
        raise PermissionError(errno.EACCES, "it is a link out of the folder", str(path))
    with open_regular(path) as file:
        if path_scope(path, root, "read").private or Places.here().is_second_name(os.fstat(file.fileno())):
            raise PermissionError(errno.EACCES, "private", str(path))
        return file.read(most)
