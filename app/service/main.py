"""Running the core: lock, parts, server, signals, staged stop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import uvicorn

from app.service import logs
from app.service.api.application import build
from app.service.api.bounds import CONNECTIONS, BoundedHttp
from app.service.composition import Core, compose
from app.service.lock import InstanceLock
from app.service.running import WELL_SECONDS, WHY_SAFE, LoopWatch, RunningFile
from core import __version__, events
from core.errors import DeskhandError
from core.home import Home
from core.settings import write_atomically
from core.sweep import sweep_left

log = logging.getLogger("deskhand.core")
PORT = 8423
TEND_SECONDS = 10.0
STOP_SECONDS = 15.0  # that a stop may take; then the process ends whatever still hangs in it: the journal goes on from there


class Server(uvicorn.Server):
    """uvicorn without its own signal handling and without waking ten times a second: the core decides when to stop, and idle costs next to nothing."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._woken = asyncio.Event()

    def end(self) -> None:
        """Stop serving, at once."""
        self.should_exit = True
        self._woken.set()

    async def main_loop(self) -> None:
        """Until it is to end; the Date header, for which uvicorn wakes, is left out."""
        await self.on_tick(0)
        await self._woken.wait()

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


def main() -> int:
    """Entry of ``python -m app.service``; the exit code is 0, or 1 with the reason on standard error."""
    home = Home.default()
    running = RunningFile(home.running)
    try:
        home.create()
        _work_in(home)
        logs.set_up(home, verbose="--verbose" in sys.argv)
        lock = InstanceLock(home.lock)
        lock.acquire()
        running.begin()
        sweep_left(home)
        core = compose(home)
    except DeskhandError as error:
        running.end()
        print(json.dumps({"error": error.to_json()}), file=sys.stderr)
        return 1
    except OSError as error:
        print(
            json.dumps(
                {
                    "error": {
                        "code": "home_not_writable",
                        "message": f"The data folder {home.root} cannot be used: {error.strerror}.",
                        "hint": "Set DESKHAND_HOME to a folder you may write.",
                    }
                }
            ),
            file=sys.stderr,
        )
        return 1
    try:
        asyncio.run(_serve(core, running, lambda: _end_in(STOP_SECONDS, home)))
    finally:
        running.end()
        home.endpoint.unlink(missing_ok=True)
        lock.release()
    return 0


def _work_in(home: Home) -> None:
    """Go into the data folder: the one it was started in may be deleted or unmounted while the core runs, and then nothing that asks for it works.

    What the environment names from there is made absolute first, for the core and the processes it starts.
    """
    os.environ["DESKHAND_HOME"] = str(home.root)
    if given := os.environ.get("DESKHAND_CACHE"):
        os.environ["DESKHAND_CACHE"] = str(Path(given).expanduser().absolute())
    os.chdir(home.root)


def _end_in(seconds: float, home: Home) -> None:
    """End the process after so long, from a thread: neither a loop that is held up nor threads that nobody can end keep it from that."""

    def end() -> None:
        time.sleep(seconds)
        log.error("stopping took longer than %.0f s; ended as it was", seconds)
        home.endpoint.unlink(missing_ok=True)
        home.running.unlink(missing_ok=True)
        os._exit(0)

    threading.Thread(target=end, name="end of a stop", daemon=True).start()


async def _serve(core: Core, running: RunningFile, stopping_began: Callable[[], None] = lambda: None) -> None:
    listening = _listen()
    core.port = listening.getsockname()[1]
    server = Server(
        uvicorn.Config(
            build(core),
            log_config=None,
            access_log=False,
            date_header=False,
            lifespan="off",
            ws_max_size=4_000_000,
            timeout_graceful_shutdown=2,
            http=BoundedHttp,
            limit_concurrency=CONNECTIONS,
        )
    )
    _watch_signals(core)
    serving = asyncio.create_task(server.serve([listening]), name="server")
    watch = LoopWatch(core.home.logs / "crash.txt")
    watch.start()
    resumed = await _begin(core, running)
    loop = asyncio.get_running_loop()

    def over(_run_id: str) -> None:
        loop.call_soon(running.is_well)

    core.runs.over.append(over)
    write_atomically(core.home.endpoint, json.dumps({"pid": os.getpid(), "port": core.port, "version": __version__, "started": time.time()}).encode())
    log.info("core %s ready on port %d, %d runs resumed", __version__, core.port, len(resumed))
    stopping = asyncio.create_task(core.stop_asked.wait(), name="stop")
    tending = asyncio.create_task(_tend(core), name="tend models")
    preparing = asyncio.create_task(_look_over(core) if not core.safe_mode else asyncio.sleep(0), name="look skills over")
    well = loop.call_later(WELL_SECONDS, running.is_well)
    await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping_began()
    server.end()
    tending.cancel()
    preparing.cancel()
    well.cancel()
    await core.stop()
    watch.stop()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(serving, 5)
    log.info("core stopped")


async def _begin(core: Core, running: RunningFile) -> list[str]:
    """Go on with what was under way and with what is to come; in safe mode with nothing. The runs that are taken up."""
    if running.is_safe_mode:
        core.safe_mode = WHY_SAFE
        log.error("safe mode: %d starts in a row were ended before they were well", running.failed)
        core.journal.append(events.PROBLEM_RAISED, "", {"code": "safe_mode", "message": WHY_SAFE, "hint": "deskhand stop"})
        return []
    resumed = core.runs.resume_unfinished(running.was_taken_down)
    core.setup.start()
    core.pulls.start()
    core.alarm.start()
    await core.devices.start()
    return resumed


async def _look_over(core: Core) -> None:
    """Skills that are new since the last start are looked over beside everything else; a fault is logged, and they are looked over when they are asked for."""
    try:
        await core.skills.prepare()
    except Exception:
        log.exception("looking skills over failed")


async def _tend(core: Core) -> None:
    """Look after the loaded models while the core runs; a fault is logged and does not end it."""
    while True:
        await asyncio.sleep(TEND_SECONDS)
        try:
            if gone := await core.tend():
                log.info("let go of %s", ", ".join(gone))
        except Exception:
            log.exception("looking after the models failed")


def _listen() -> socket.socket:
    """The usual port on loopback, or any free one when it is taken."""
    for port in (int(os.environ.get("DESKHAND_PORT", PORT)), 0):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, or asyncio leaves Nagle on: 40 ms more for each answer
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
            listening.listen(128)  # from here on a connection waits rather than fails
            return listening
        except OSError:
            listening.close()
    raise DeskhandError("No port on this machine can be used.", code="no_port")


def _watch_signals(core: Core) -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            with contextlib.suppress(NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(getattr(signal, name), core.stop_asked.set)
