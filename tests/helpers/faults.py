"""Clocks that are wrong and disks that are full, for processes of a test."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

FAKETIME = next((path for machine in ("x86_64", "aarch64") if (path := Path(f"/usr/lib/{machine}-linux-gnu/faketime/libfaketime.so.1")).exists()), None)


def skewed(skew: str) -> dict[str, str]:
    """The environment of a process whose wall clock is off by ``skew`` (libfaketime's own notation, ``+3d``); its steady clock and the times of files are right."""
    return {"LD_PRELOAD": str(FAKETIME), "FAKETIME": skew, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own in a new folder. Raises :class:`OSError` where nothing can be mounted."""
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True).returncode:
        raise OSError("nothing can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def filled(folder: Path) -> Path:
    """Not a byte is left; deleting the returned file makes room again."""
    filler = folder / "filler"
    for size in (65_536, 256):
        with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
            while True:
                file.write(b"\0" * size)
    return filler
