"""Hardware on a serial line: a pseudo-terminal stands for the cable."""

from __future__ import annotations

import asyncio
import os
import resource
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.service.devices import serial_lines
from app.service.devices.serial_lines import SerialLines, values_of
from core.clock import SystemClock
from core.devices.hardware import Hardware, declared
from core.devices.link import LinkDown
from core.errors import ToolDenied, ToolFailed, UsageError

THINGS = """
[pots]
serial = "{port}"
baud = 115200
[pots.soil]
unit = "%"
low = 0
high = 100
[pots.pump]
kind = "switch"
most_on_s = 30
needs = "pots.soil"
only_when = "output < 30"
"""


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.02)


def fresh(hardware: Hardware) -> bool:
    try:
        return hardware.read("pots.soil")["value"] == 21.5
    except ToolFailed:
        return False


@pytest.fixture
def many_open() -> Iterator[None]:
    """As in a core with many connections: descriptors beyond those that select(2) knows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2000 <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (2000, hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100 if hard >= 2000 else 0)]
    yield
    for descriptor in held:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_open")
async def test_a_board_on_a_cable_is_read_and_told_within_its_limits_and_comes_back_after_it_was_pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_lines, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(serial_lines, "AGAIN_SECONDS", 0.1)
    board, cable = os.openpty()
    tty.setraw(board)
    tty.setraw(cable)
    port = tmp_path / "ttyUSB0"
    port.symlink_to(os.ttyname(cable))
    file = tmp_path / "hardware.toml"
    file.write_text(THINGS.format(port=port))
    told: list[str] = []

    async def publish(subject: str, body: bytes) -> None:
        assert await lines.tell(subject, body)

    hardware = Hardware(file, SystemClock(), publish)
    lines = SerialLines(hardware)
    lines.start()
    asyncio.get_running_loop().add_reader(board, lambda: told.append(os.read(board, 1000).decode()))
    try:
        await until(lambda: any("pump OFF" in text for text in told))  # what may only be on for a while is off when its cable is there
        os.write(board, b"noise\nsoil 900\n")  # neither is a reading
        with pytest.raises(ToolFailed):
            hardware.read("pots.soil")
        os.write(board, b"soil 21")
        os.write(board, b".5\r\n")
        await until(lambda: fresh(hardware))
        await hardware.set("pots.pump", "ON")
        await until(lambda: "pump ON" in "".join(told))
        os.write(board, b'{"soil": 80}\n')
        await until(lambda: hardware.read("pots.soil")["value"] == 80)
        with pytest.raises(ToolDenied, match="only moved when"):
            await hardware.set("pots.pump", "ON")
        asyncio.get_running_loop().remove_reader(board)
        os.close(board)  # pulled out
        await until(lambda: all(line._port is None for line in lines._lines.values()))
        with pytest.raises(LinkDown):
            await hardware.set("pots.pump", "OFF")
        os.close(cable)
        board, cable = os.openpty()
        tty.setraw(board)
        tty.setraw(cable)
        port.unlink()
        port.symlink_to(os.ttyname(cable))
        await until(lambda: any(line._port is not None for line in lines._lines.values()))
        os.write(board, b"soil=21.5\n")
        await until(lambda: fresh(hardware))
        file.write_text("")  # taken out of the file: the port is let go
        await until(lambda: not lines._lines)
    finally:
        await lines.stop()
        os.close(board)
        os.close(cable)


@pytest.mark.parametrize(
    ("line", "values"),
    [
        (b"soil 31.5", [("soil", b"31.5")]), (b"soil: 3", [("soil", b"3")]), (b'{"a": 1, "b": "ON"}', [("a", b"1"), ("b", b"ON")]), (b"{", []), (b"hello", []), (b"\xff\xfe", []), (b'{"a": [1]}', [("a", b"[1]")]),
    ],
)  # fmt: skip
def test_lines_are_read(line: bytes, values: list[tuple[str, bytes]]) -> None:
    assert values_of(line) == values


@pytest.mark.parametrize("wrong", ['serial = ""', "serial = 3", 'serial = "/dev/x"\nbaud = "fast"', 'serial = "/dev/x"\nbaud = 1'])
def test_a_port_that_is_none_is_told(wrong: str) -> None:
    with pytest.raises(UsageError, match="pots"):
        declared(f"[pots]\n{wrong}\n")
