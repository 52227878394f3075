"""The process that boxes are forked from, and what happens in a box. ``python -m tools.sandbox.keeper FD``: the control socket of :class:`tools.sandbox.box.Keeper`.

It loads the readers of a format once, so that later boxes have them at once; it has one thread and never reads a foreign byte itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import ToolError, ToolRetry
from tools import regular_files
from tools.sandbox.box import ENDED, LENGTH, MOST_ANSWER, MOST_FILES, NEEDS, START, UNKNOWN, UNSTARTED, WRITTEN, receive

LARGEST_REQUEST = 16_000_000  # bytes
REAP_SECONDS = 0.5  # between two looks at who has ended, while any job goes
END_SECONDS = 2.0  # that a job which was asked about gets to be gone
MOST_ENDED = 64  # ends that are remembered
NEW_USER, NEW_NET = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET


def main(control: socket.socket) -> None:
    """Fork a job for each message, end those that are to end, tell how one ended, and end all of them at the end of the control socket."""
    _leave_network()
    loaded: set[int] = set()
    jobs = _Jobs()
    waiting = select.poll()  # select() takes no handle from 1024 on, which a core that has much open hands down
    waiting.register(control, select.POLLIN)
    while True:
        jobs.reap()
        if not waiting.poll(REAP_SECONDS * 1000 if jobs.running else None):
            continue
        message, handles, _, _ = socket.recv_fds(control, START.size, MOST_FILES + 1)
        if len(message) < START.size:
            break
        what, number, need = START.unpack(message)
        if what == b"s" and need not in loaded:
            loaded.add(need)
            _load(need)
        if what == b"k":
            jobs.kill(number)
        elif what == b"e":
            control.sendall(ENDED.pack(jobs.end_of(number)))
        elif jobs.fork(number) == 0:
            control.close()
            with socket.socket(fileno=handles[0]) as job:
                _serve(job, handles[1:])
            os._exit(0)
        for handle in handles:
            os.close(handle)
    for number in list(jobs.running):
        jobs.kill(number)


class _Jobs:
    """What runs, and how the last that ended did."""

    def __init__(self) -> None:
        self.running: dict[int, int] = {}  # number of a job: its process
        self._ended: dict[int, int] = {}  # number of a job: its exit code, or the signal as a negative number

    def fork(self, number: int) -> int | None:
        """Its process, 0 inside of it, None where the system starts none; whoever waits for it hears that its socket is closed."""
        try:
            pid = os.fork()
        except OSError:
            self._keep(number, UNSTARTED)
            return None
        if pid:
            self.running[number] = pid
        return pid

    def kill(self, number: int) -> None:
        if number in self.running:
            os.kill(self.running[number], signal.SIGKILL)

    def reap(self) -> None:
        for number, pid in list(self.running.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self.running[number]
                self._keep(number, os.waitstatus_to_exitcode(status))

    def end_of(self, number: int) -> int:
        """How a job ended, which is given a moment for it."""
        until = time.monotonic() + END_SECONDS
        while number in self.running and time.monotonic() < until:
            self.reap()
            time.sleep(0.005)
        return self._ended.get(number, UNKNOWN)

    def _keep(self, number: int, code: int) -> None:
        self._ended[number] = code
        while len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]


def _load(need: int) -> None:
    """What work of a module needs, once for all that is forked from here; what is missing is missed by the work itself."""
    if need < len(NEEDS):
        module = list(NEEDS)[need]
        for name in (module, *NEEDS[module]):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        gc.freeze()


def _leave_network() -> None:
    """Into namespaces of its own, where the system lets: what is read here reaches nobody."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).unshare(NEW_USER | NEW_NET)


def _serve(job: socket.socket, handles: Sequence[int]) -> None:
    request = receive(job, time.monotonic() + 10, LARGEST_REQUEST)
    if request is None:
        return
    _bound(float(request["seconds"]), int(request["memory"]))
    payload = answer(request, handles)
    with contextlib.suppress(OSError):
        job.settimeout(None)
        job.sendall(LENGTH.pack(len(payload)) + payload)


def _bound(seconds: float, memory: int) -> None:
    """The system itself ends a box that goes on too long or takes too much, wherever it hangs."""
    import resource

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds + 1)
    with contextlib.suppress(OSError, ValueError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # where memory runs out all the same, this goes first
    for what, most in (("RLIMIT_AS", _taken() + memory), ("RLIMIT_CPU", int(2 * seconds) + 2), ("RLIMIT_FSIZE", WRITTEN), ("RLIMIT_NOFILE", 512), ("RLIMIT_CORE", 0)):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            kind = getattr(resource, what)
            hard = resource.getrlimit(kind)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (most, most))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file that grows too large is an error of writing


def _taken() -> int:
    """Bytes of address space that this process has already; 0 where that cannot be known."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")
    except (OSError, ValueError):
        return 0


def answer(request: dict[str, Any], handles: Sequence[int] | None) -> bytes:
    """Do the work; JSON of its ``value`` or its ``error``. ``handles``: the opened files, None where they are to be opened by their names."""
    import tempfile

    reserve = bytearray(4_000_000)  # so that there is room to say that there was none
    try:
        os.chdir(request["folder"])
        tempfile.tempdir = request["folder"]
        regular_files.hand_over(dict(zip(request["names"], handles if handles is not None else [-1] * len(request["names"]), strict=True)))
        module, name = request["work"]
        work = getattr(importlib.import_module(module), name)
        payload = json.dumps({"value": work(*request["args"])}).encode()
    except BaseException as error:
        del reserve
        gc.collect()
        return json.dumps({"error": _described(error)}).encode()
    return payload if len(payload) <= MOST_ANSWER else json.dumps({"error": {"kind": "size"}}).encode()


def _described(error: BaseException) -> dict[str, Any]:
    cause = error.__cause__ if isinstance(error, ToolError) else None
    if isinstance(error, MemoryError) or isinstance(cause, MemoryError):
        return {"kind": "memory"}
    if isinstance(error, ToolError):
        return {"kind": "retry" if isinstance(error, ToolRetry) else "failed", "message": error.message, "code": error.code, "hint": error.hint}
    if isinstance(error, OSError) and error.errno:
        return {"kind": "os", "errno": error.errno, "message": error.strerror or "", "file": str(error.filename) if error.filename else None}
    return {"kind": "fault", "trace": "".join(traceback.format_exception(error))[-2000:]}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with socket.socket(fileno=int(sys.argv[1])) as socket_:
            main(socket_)
    else:
        sys.stdout.buffer.write(answer(json.load(sys.stdin), None))
