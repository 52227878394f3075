"""The box in which foreign bytes are read: a process for each job, with bounded memory, time and size, without network, and ended at any moment.

A document, an archive, a table or a picture may be made to take all memory or to take for ever. Code that knows its format is therefore called here:
``in_box(parse, path, files=[path])`` runs ``parse(str(path))`` in a process that is forked from a small keeper (:mod:`tools.sandbox.keeper`).
Files are opened on this side, where the mediator looks at them, and handed over opened; what comes back is JSON of a bounded size.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import ToolError, ToolFailed, ToolRetry
from tools.background import is_abandoned, on_abandon
from tools.regular_files import open_regular
from tools.sandbox.scratch import scratch_folder

log = logging.getLogger("deskhand.box")
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 30.0  # that one job may take
MEMORY = 1_500_000_000  # bytes that it may take besides what the keeper has
MOST_ANSWER = 64_000_000  # bytes of what it gives
MOST_FILES = 200  # that are handed over at once
WRITTEN = 4_000_000_000  # bytes of one file that it may write
START = struct.Struct("!cQB")  # to the keeper: "s" start (with the job's socket and its files), "k" kill or "e" say how it ended, the number of the job, and what it needs
ENDED = struct.Struct("!i")  # from the keeper: exit code of a job, a signal as a negative number
UNSTARTED, UNKNOWN = 1000, 1001  # no process could be made; nothing is known of it (its keeper is gone too)
AGAIN_SECONDS = 1.0  # before a job that the system ended is done once more
NEEDS = {  # modules that work is in, and what the keeper loads before the first of it
    "tools.documents.reader": ("lxml.html", "openpyxl", "pypdf"), "tools.builtin.tables": ("duckdb", "openpyxl"), "tools.tabular.outline": ("duckdb", "openpyxl"),
    "tools.pictures": ("PIL.Image",), "tools.calendars": ("icalendar", "recurring_ical_events"), "tools.pages": ("trafilatura", "feedparser"), "tools.foreign_schema": ("jsonschema",),
}  # fmt: skip
LENGTH = struct.Struct("!Q")  # before each message of a job

_at_once = threading.BoundedSemaphore(max(2, min(4, os.cpu_count() or 2)))


class Keeper:
    """The process that jobs are forked from: started when it is first needed, anew when it has gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._number = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self, job: socket.socket, handles: Sequence[int], module: str) -> int:
        """Fork a job that speaks through ``job``, for work of a module; its number. Raises :class:`OSError`."""
        need = list(NEEDS).index(module) if module in NEEDS else len(NEEDS)
        with self._lock:
            self._number += 1
            for is_last in (False, True):
                try:
                    socket.send_fds(self._running(), [START.pack(b"s", self._number, need)], [job.fileno(), *handles])
                    break
                except OSError:
                    self._end()
                    if is_last:
                        raise
            return self._number

    def end_of(self, number: int) -> int:
        """How a job ended: its exit code, a signal as a negative number, or one of :data:`UNSTARTED` and :data:`UNKNOWN`."""
        with self._lock:
            if self._control is None:
                return UNKNOWN
            try:
                self._control.sendall(START.pack(b"e", number, 0))
                self._control.settimeout(5)
                return int(ENDED.unpack(self._control.recv(ENDED.size, socket.MSG_WAITALL))[0])
            except (OSError, struct.error):
                self._end()
                return UNKNOWN

    def kill(self, number: int) -> None:
        """End a job; one that has ended is left alone."""
        with self._lock, contextlib.suppress(OSError):
            if self._control is not None:
                self._control.sendall(START.pack(b"k", number, 0))

    def close(self) -> None:
        """End the keeper and all jobs with it."""
        with self._lock:
            self._end()

    def _running(self) -> socket.socket:
        if self._control is None or self.pid is None:
            self._end()
            self._control, there = socket.socketpair()
            with there:
                command = [sys.executable, "-P", "-m", "tools.sandbox.keeper", str(there.fileno())]
                self._process = subprocess.Popen(
                    command, env=_environment(), cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[there.fileno()]
                )
        return self._control

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


keeper = Keeper()


def _environment() -> dict[str, str]:
    """Nothing of the person's: keys stand in environments."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "DESKHAND_HOME") if name in os.environ}
    return kept | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def in_box(work: Callable[..., Any], *args: Any, files: Sequence[Path] = (), seconds: float = SECONDS, memory: int = MEMORY, scratch: Path | None = None) -> Any:
    """What ``work(*args)`` gives, done in a box. Blocks: call it beside the loop.

    ``work`` is a function of a module, arguments and result are JSON values. ``files`` are the only ones that :func:`tools.regular_files.open_regular`
    opens there; ``scratch`` is the folder that it writes to, a passing one where none is given. Raises :class:`ToolError` and :class:`OSError` as
    ``work`` does, and :class:`ToolFailed` where it took too much time, memory or space.
    """
    named = files[0].name if files else "It"
    if len(files) > MOST_FILES:
        raise ToolRetry(f"{len(files)} files are too many at once.", code="too_large", hint=f"At most {MOST_FILES} can be read together.")
    request = {"work": [work.__module__, work.__qualname__], "args": args, "seconds": seconds, "memory": memory, "names": [str(file) for file in files]}
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(_with_handle(file)) for file in files]
        folder = scratch or stack.enter_context(scratch_folder())
        stack.enter_context(_at_once)
        if is_abandoned():
            raise ToolFailed("It was stopped.", code="stopped")
        began = time.monotonic()
        answer = (_forked if hasattr(os, "fork") else _spawned)(request | {"folder": str(folder)}, opened, seconds)
        if answer is None:
            raise _ended(named, time.monotonic() - began, seconds)
    if "value" in answer:
        return answer["value"]
    raise _error_of(answer, named)


def _with_handle(file: Path) -> BinaryIO:
    opened = open_regular(file)
    try:
        opened.fileno()
    except OSError:  # a file of the kernel's, read into memory
        opened.close()
        raise ToolRetry(f"{file.name} is a file of the system's kernel, which is no document.", code="unreadable", hint="files.read shows it as text.") from None
    return opened


def _forked(request: dict[str, Any], opened: Sequence[BinaryIO], seconds: float) -> dict[str, Any] | None:
    """The answer of a job, None where it ended without one or was ended. What the system ended, short of memory or processes say, is done once more."""
    began = time.monotonic()
    answer, end = _forked_once(request, opened, seconds)
    is_systems = end in (UNSTARTED, UNKNOWN, -signal.SIGKILL) and time.monotonic() - began < seconds  # a job that used up its time is killed, too
    if answer is not None or not is_systems or is_abandoned() or any(os.scandir(request["folder"])):
        return answer
    time.sleep(AGAIN_SECONDS)
    for file in opened:
        file.seek(0)
    return _forked_once(request, opened, seconds)[0]


def _forked_once(request: dict[str, Any], opened: Sequence[BinaryIO], seconds: float) -> tuple[dict[str, Any] | None, int | None]:
    """Answer and, where there is none, the job's end; None where it took too long and is ended only now."""
    here, there = socket.socketpair()
    with here:
        with there:
            number = keeper.start(there, [file.fileno() for file in opened], request["work"][0])
        with on_abandon(lambda: keeper.kill(number)):
            try:
                answer = _exchange(here, request, seconds)
                if answer is not None:
                    return answer, None
                end = keeper.end_of(number)
            except (TimeoutError, ValueError):
                return None, None
            finally:
                keeper.kill(number)
    if not is_abandoned():
        log.warning("a job of %s ended without an answer: %s", ".".join(request["work"]), {UNSTARTED: "no process", UNKNOWN: "unknown"}.get(end, end))
    return None, end


def _exchange(job: socket.socket, request: dict[str, Any], seconds: float) -> dict[str, Any] | None:
    """What a job answers to a request, None where it has gone. Raises :class:`TimeoutError`, and :class:`ValueError` for what is no answer."""
    try:
        job.settimeout(seconds + 2)
        payload = json.dumps(request).encode()
        job.sendall(LENGTH.pack(len(payload)) + payload)
        return receive(job, time.monotonic() + seconds + 2, MOST_ANSWER)
    except TimeoutError:
        raise
    except OSError:
        return None


def _spawned(request: dict[str, Any], opened: Sequence[BinaryIO], seconds: float) -> dict[str, Any] | None:
    """The same where processes cannot be forked (Windows): a new one for each job, which opens the files by their names."""
    command = [sys.executable, "-P", "-m", "tools.sandbox.keeper"]
    with subprocess.Popen(command, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process, on_abandon(process.kill):
        try:
            said, _ = process.communicate(json.dumps(request).encode(), seconds + 10)
            return dict(json.loads(said))
        except (subprocess.TimeoutExpired, ValueError):
            process.kill()
            return None


def receive(job: socket.socket, until: float, most: int) -> dict[str, Any] | None:
    """One message, None at the end of the stream. Raises :class:`TimeoutError`, and :class:`ValueError` for what is none or too long."""
    (length,) = LENGTH.unpack(head) if len(head := _exactly(job, LENGTH.size, until)) == LENGTH.size else (-1,)
    if length < 0:
        return None
    if length > most:
        raise ValueError("too long")
    body = _exactly(job, length, until)
    return dict(json.loads(body)) if len(body) == length else None


def _exactly(job: socket.socket, number: int, until: float) -> bytes:
    pieces = bytearray()
    while len(pieces) < number:
        job.settimeout(max(0.01, until - time.monotonic()))
        piece = job.recv(min(1 << 20, number - len(pieces)))
        if not piece:
            break
        pieces += piece
        if time.monotonic() > until:
            raise TimeoutError
    return bytes(pieces)


def _ended(named: str, took: float, seconds: float) -> ToolFailed:
    if is_abandoned():
        return ToolFailed("It was stopped.", code="stopped")
    if took >= seconds:
        return ToolFailed(f"{named} took longer than {seconds:g} s to read, so that was stopped.", code="timeout", hint="open.file opens it in its own program.")
    return ToolFailed(f"{named} could not be read: what reads it broke down over it.", code="unreadable", hint="It may be damaged, or made to do harm; tell the person.")


def _error_of(answer: dict[str, Any], named: str) -> Exception:
    error = answer.get("error", {})
    kind = error.get("kind")
    if kind in ("retry", "failed"):
        made: type[ToolError] = ToolRetry if kind == "retry" else ToolFailed
        return made(str(error["message"]), code=str(error["code"]), hint=str(error["hint"]))
    if kind == "os":
        return OSError(int(error["errno"]), str(error["message"]), error["file"])
    if kind == "memory":
        return ToolFailed(f"{named} takes more memory than is given for reading a file, so that was stopped.", code="too_large", hint="open.file opens it in its own program.")
    if kind == "size":
        return ToolFailed(f"{named} gives more than {MOST_ANSWER // 1_000_000} MB.", code="too_large", hint="Ask for less of it.")
    log.warning("reading a file failed in a way its reader does not know: %s", error.get("trace", ""))
    return ToolFailed(f"{named} could not be read: it is damaged, or not what its name says.", code="unreadable", hint="files.info says its size and date.")


@contextlib.contextmanager
def closed_afterwards() -> Iterator[None]:
    """End the keeper at the end of this."""
    try:
        yield
    finally:
        keeper.close()
