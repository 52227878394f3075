"""A cable that can be made bad: relays TCP to one address. SIGUSR1: late (50 to 250 ms a piece) and with the stalls that lost packets are for TCP; SIGUSR2: good again.

``python -m tests.helpers.relay PORT HOST:PORT``
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys

LATE = (0.05, 0.25)  # seconds
STALL, STALLED = 0.05, (0.5, 2.0)  # how often, and seconds: a retransmission or two
PIECE = 65_536

_bad = False


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """In order, each piece after its own delay; pieces are under way together, as on a long cable."""
    loop, due = asyncio.get_running_loop(), 0.0
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)

    async def arrive() -> None:
        while True:
            when, piece = await under_way.get()
            await asyncio.sleep(max(0.0, when - loop.time()))
            if not piece:
                return
            writer.write(piece)
            await writer.drain()

    async def depart() -> None:
        nonlocal due
        piece = b"x"
        while piece:
            piece = await reader.read(PIECE)
            late = (random.uniform(*LATE) + (random.uniform(*STALLED) if random.random() < STALL else 0.0)) if _bad else 0.0
            due = max(due, loop.time() + late)
            await under_way.put((due, piece))

    await asyncio.gather(depart(), arrive())


async def _serve(port: int, target: str) -> None:
    host, _, there = target.rpartition(":")

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(host, int(there))
        except OSError:
            writer.close()
            return
        ways = [asyncio.create_task(_carry(reader, far_writer)), asyncio.create_task(_carry(far_reader, writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)  # one end is gone: so is the other
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for end in (writer, far_writer):
            end.close()

    def turn(bad: bool) -> None:
        global _bad
        _bad = bad

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, turn, True)
    loop.add_signal_handler(signal.SIGUSR2, turn, False)
    async with await asyncio.start_server(accepted, "0.0.0.0", port) as server:
        print("ready", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2]))
