"""Small hardware on a cable: lines over a serial port, read in a thread each; a port that goes away is opened again when it is back."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
import os
import select
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from core.devices.hardware import Hardware, SerialPort
from core.devices.link import LinkDown

log = logging.getLogger("deskhand.serial")
LOOK_SECONDS, READ_SECONDS, WRITE_SECONDS, AGAIN_SECONDS = 5.0, 0.5, 2.0, 2.0
MOST_LINE = 1024  # bytes; longer lines are noise


@dataclass(slots=True)
class Line:
    """One open port, owned by its thread. ``said`` gets every line, in that thread."""

    where: SerialPort
    said: Callable[[bytes], None]
    came: Callable[[], None]
    _port: Any = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._read, name=f"serial {self.where.group}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(READ_SECONDS * 4)

    def write(self, body: bytes) -> None:
        """Raises :class:`LinkDown` where the cable is out."""
        import serial

        if self._port is None:
            raise LinkDown(f"{self.where.port} is not connected.")
        try:
            _write(self._port, body)
        except (serial.SerialException, OSError) as error:
            raise LinkDown(f"{self.where.port} does not take anything: {error}.") from error

    def _read(self) -> None:
        import serial

        while not self._stop.is_set():
            try:
                with serial.Serial(self.where.port, self.where.baud, timeout=READ_SECONDS, write_timeout=2) as port:
                    self._port = port
                    log.info("%s is open for %s", self.where.port, self.where.group)
                    self.came()
                    self._lines(port)
            except (serial.SerialException, OSError, ValueError) as error:
                if self._port is not None:
                    log.warning("%s is gone: %s", self.where.port, error)
            self._port = None
            self._stop.wait(AGAIN_SECONDS)

    def _lines(self, port: Any) -> None:
        kept = b""
        while not self._stop.is_set():
            kept += _read(port)
            *whole, kept = kept.split(b"\n")
            kept = kept[-MOST_LINE:]
            for line in whole:
                if line.strip() and len(line) <= MOST_LINE:
                    self.said(line.strip())


def _read(port: Any) -> bytes:
    """What came within a moment. Where there is poll it is used: the library's own select cannot wait for a descriptor beyond 1,023, which a busy core may have."""
    if not hasattr(select, "poll"):
        return bytes(port.read(max(1, port.in_waiting)))
    waiting = select.poll()
    waiting.register(port.fileno(), select.POLLIN)
    if not waiting.poll(READ_SECONDS * 1000):
        return b""
    if not (found := os.read(port.fileno(), 4096)):
        raise OSError("it was closed")
    return found


def _write(port: Any, body: bytes) -> None:
    if not hasattr(select, "poll"):
        port.write(body)
        return
    waiting = select.poll()
    waiting.register(port.fileno(), select.POLLOUT)
    while body:
        if not waiting.poll(WRITE_SECONDS * 1000):
            raise OSError("it takes nothing")
        body = body[os.write(port.fileno(), body) :]


@dataclass(slots=True)
class SerialLines:
    """The ports that ``hardware.toml`` names, as it names them now. Loop thread only."""

    hardware: Hardware
    _lines: dict[SerialPort, Line] = field(default_factory=dict)
    _looking: asyncio.Task[None] | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _hearing: set[asyncio.Future[Any]] = field(default_factory=set)

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._looking = asyncio.create_task(self._look(), name="serial ports")

    async def stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        await asyncio.gather(*(asyncio.to_thread(line.stop) for line in self._lines.values()))
        self._lines.clear()

    async def tell(self, subject: str, body: bytes) -> bool:
        """Tell a thing on a cable; False where its group is on none. Raises :class:`LinkDown`."""
        _, group, thing, *_ = subject.split(".")
        line = next((line for where, line in self._lines.items() if where.group == group), None)
        if line is None:
            return any(where.group == group for where in self.hardware.ports) and _down(group)
        await asyncio.to_thread(line.write, f"{thing} ".encode() + body + b"\n")
        return True

    async def _look(self) -> None:
        while True:
            self.hardware.load()
            wanted = set(self.hardware.ports)
            for where in [where for where in self._lines if where not in wanted]:
                await asyncio.to_thread(self._lines.pop(where).stop)
            for where in wanted - set(self._lines):
                line = self._lines[where] = Line(where, self._said(where.group), self._on_loop(functools.partial(self._came, where.group)))
                line.start()
            await asyncio.sleep(LOOK_SECONDS)

    def _said(self, group: str) -> Callable[[bytes], None]:
        return lambda line: self._on_loop(lambda: self._heard(group, line))()

    async def _came(self, group: str) -> None:
        """What may only be on for a while is off when its cable is plugged in."""
        with contextlib.suppress(LinkDown):
            await self.hardware.all_off(group)

    async def _heard(self, group: str, line: bytes) -> None:
        for thing, body in values_of(line):
            await self.hardware.heard(f"hw.{group}.{thing}", body)

    def _on_loop(self, work: Callable[[], Awaitable[Any]]) -> Callable[[], None]:
        def begin() -> None:
            task = asyncio.ensure_future(work())
            self._hearing.add(task)
            task.add_done_callback(self._hearing.discard)

        def call() -> None:
            assert self._loop is not None
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                self._loop.call_soon_threadsafe(begin)

        return call


def _down(group: str) -> bool:
    raise LinkDown(f"The cable of {group} is not connected.")


def values_of(line: bytes) -> list[tuple[str, bytes]]:
    """What one line says: ``soil 31.5``, ``soil=31.5``, ``soil: 31.5``, or an object of JSON; nothing for anything else."""
    text = line.decode("utf-8", "replace").strip()
    if text.startswith("{"):
        try:
            found = json.loads(text)
        except ValueError:
            return []
        return [(str(name), json.dumps(value).encode() if not isinstance(value, str) else value.encode()) for name, value in found.items()]
    name, _, value = text.replace("=", " ").replace(":", " ").partition(" ")
    return [(name, value.strip().encode())] if value.strip() else []
