"""A server as a child process. Like the SDK's transport, with bounds: a message, a flood of nonsense and standard error can only grow so far.

The process has a group of its own, which is ended as a whole; on Linux it also ends when the core is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import mcp_types as types
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage

from tools.confinement import why_unconfined, without_network
from tools.mcp.config import ServerConfig

MESSAGE_LIMIT = 12_000_000  # bytes of one message
NONSENSE_LIMIT = 200  # lines that are no message, until the server is given up
STDERR_LINES = 60
LAST_WORDS_SECONDS = 0.3  # for standard error to be read to its end, when the output has ended
LEAVE_SECONDS, TERM_SECONDS, KILL_SECONDS = 2.0, 2.0, 2.0


class Ended(Exception):
    """The server's process or its output ended; the text says why."""


class ChildProcess:
    """What is known of a running server: its pid and the last lines of its standard error."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self.said: deque[str] = deque(maxlen=STDERR_LINES)
        self.why = ""


@asynccontextmanager
async def stdio(config: ServerConfig, child: ChildProcess, ended: Callable[[], None], is_local: bool = False) -> AsyncIterator[tuple[object, object]]:
    """Start the server; read and write streams of messages. ``ended`` is called when its output ends by itself; ``is_local``: it gets no network.

    Raises :class:`OSError`, also where it cannot be kept from the network.
    """
    kept = without_network() if is_local else []
    if is_local and not kept:
        raise OSError(errno.EPERM, f"local only, and it cannot be kept from the network. {why_unconfined()}")
    process = await asyncio.create_subprocess_exec(
        *kept, config.command, *config.args, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, limit=MESSAGE_LIMIT,
        env=get_default_environment() | dict(config.env), cwd=config.cwd or Path.home(), start_new_session=True, preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )  # fmt: skip
    child.pid = process.pid
    to_session, from_server = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    to_server, from_session = anyio.create_memory_object_stream[SessionMessage](0)
    errors = asyncio.create_task(_listen(process, child), name=f"errors of {config.name}")
    tasks = [
        errors,
        asyncio.create_task(_read(process, child, to_session, ended, errors), name=f"output of {config.name}"),
        asyncio.create_task(_write(process, from_session), name=f"input of {config.name}"),
    ]
    try:
        yield from_server, to_server
    finally:
        from_server.close()
        to_server.close()
        await asyncio.shield(_end(process))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for stream in (to_session, from_session):
            stream.close()
        child.pid = None


async def _read(
    process: asyncio.subprocess.Process,
    child: ChildProcess,
    to_session: anyio.abc.ObjectSendStream[SessionMessage | Exception],
    ended: Callable[[], None],
    errors: asyncio.Task[None],
) -> None:
    assert process.stdout is not None
    nonsense = 0
    with contextlib.suppress(anyio.ClosedResourceError, anyio.BrokenResourceError, ConnectionError):
        while nonsense < NONSENSE_LIMIT:
            try:
                line = await process.stdout.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                child.why = child.why or "it ended"
                break
            except asyncio.LimitOverrunError:
                child.why = f"it sent a message of more than {MESSAGE_LIMIT // 1_000_000} MB"
                break
            try:
                message = types.jsonrpc_message_adapter.validate_json(line, by_name=False)
            except ValueError:
                nonsense += 1
                continue
            await to_session.send(SessionMessage(message))
        else:
            child.why = "it writes something else than messages"
    await asyncio.wait([errors], timeout=LAST_WORDS_SECONDS)
    await to_session.aclose()
    ended()
    with contextlib.suppress(ConnectionError):
        while await process.stdout.read(65536):  # a full pipe would keep it from ending
            pass


async def _write(process: asyncio.subprocess.Process, from_session: anyio.abc.ObjectReceiveStream[SessionMessage]) -> None:
    assert process.stdin is not None
    with contextlib.suppress(ConnectionError, anyio.ClosedResourceError):
        async for message in from_session:
            process.stdin.write((message.message.model_dump_json(by_alias=True, exclude_unset=True) + "\n").encode())
            await process.stdin.drain()


async def _listen(process: asyncio.subprocess.Process, child: ChildProcess) -> None:
    assert process.stderr is not None
    with contextlib.suppress(ConnectionError):
        while piece := await process.stderr.read(4096):
            child.said.extend(line[:400] for line in piece.decode("utf-8", "replace").splitlines() if line.strip())


async def _end(process: asyncio.subprocess.Process) -> None:
    """End of input, a moment to leave, then the whole group: asked, then killed."""
    if process.stdin is not None:
        process.stdin.close()
    for seconds, number in ((LEAVE_SECONDS, signal.SIGTERM), (TERM_SECONDS, getattr(signal, "SIGKILL", signal.SIGTERM)), (KILL_SECONDS, None)):
        gone = await _gone(process, seconds)
        if number is None or (gone and number is signal.SIGTERM and not _group_lives(process.pid)):
            break
        _signal_group(process.pid, number)
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()


async def _gone(process: asyncio.subprocess.Process, seconds: float) -> bool:
    """Whether the process ends in time; looked at, since ``wait`` also waits for pipes that grandchildren hold."""
    deadline = asyncio.get_running_loop().time() + seconds
    while process.returncode is None and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.01)
    return process.returncode is not None


def _group_lives(pid: int) -> bool:
    if sys.platform == "win32":
        return False
    try:
        os.killpg(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal_group(pid: int, number: int) -> None:
    if sys.platform == "win32":
        import psutil

        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            for child in [*process.children(recursive=True), process]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _die_with_parent() -> None:
    """``PR_SET_PDEATHSIG``: the kernel ends the server when the core is killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
