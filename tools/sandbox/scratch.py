"""Folders for what is made on the way to a result. They lie in Deskhand's own folder, so that a start finds and sweeps those that a kill left."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from core.home import Home


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder that is gone afterwards, whatever was put there. Raises :class:`OSError`."""
    kept = Home.default().scratch
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=kept))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
