"""The network: what this machine has, whether something answers, what a name stands for."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Annotated

from core.errors import ToolFailed, ToolRetry
from core.ports import ToolContext, ToolResult
from tools.declare import tool


@tool("network.interfaces", "reads", fresh=True, aliases=("my_ip", "ip_address", "network_info", "ifconfig", "list_interfaces", "local_ip"))
async def interfaces(context: ToolContext) -> ToolResult:
    """Addresses of this machine in its networks."""
    import psutil

    up = psutil.net_if_stats()
    rows = [
        {"name": name, "address": address.address, "up": bool(up.get(name) and up[name].isup)}
        for name, addresses in psutil.net_if_addrs().items()
        for address in addresses
        if address.family in (socket.AF_INET, socket.AF_INET6)
    ]
    return ToolResult(
        {"items": rows, "count": len(rows)}, "\n".join(f"- {row['name']}: {row['address']}{'' if row['up'] else ' (down)'}" for row in rows) or "There is no network."
    )


@tool("network.check", "leaves", aliases=("ping", "check_host", "is_online", "check_port", "port_open", "check_connection", "reachable"), hosts=("host",))
async def check(
    context: ToolContext, host: Annotated[str, "name or address"], port: Annotated[int, "TCP port"] = 443, timeout_s: Annotated[float, "seconds, 30 at most"] = 5.0
) -> ToolResult:
    """Whether a machine answers on a port, and how quickly."""
    _sane(host)
    if not 0 < port < 65536:
        raise ToolRetry(f"{port} is no port.", hint="port is 1 to 65535: 443 https, 80 http, 22 ssh, 53 DNS.")
    began = time.perf_counter()
    try:
        async with asyncio.timeout(max(0.1, min(timeout_s, 30))):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
    except (OSError, TimeoutError) as error:
        why = "does not answer" if isinstance(error, TimeoutError) else (error.strerror or str(error) or type(error).__name__).lower()
        return ToolResult({"host": host, "port": port, "open": False, "why": why}, f"{host} port {port}: {why}.")
    ms = (time.perf_counter() - began) * 1000
    return ToolResult({"host": host, "port": port, "open": True, "ms": round(ms, 1)}, f"{host} answers on port {port} after {ms:.0f} ms.")


@tool("network.resolve", "leaves", aliases=("dns", "dns_lookup", "nslookup", "dig", "lookup_host", "resolve_host"), hosts=("host",))
async def resolve(context: ToolContext, host: Annotated[str, "name such as example.org"]) -> ToolResult:
    """The addresses that a name stands for."""
    _sane(host)
    try:
        async with asyncio.timeout(15):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError) as error:
        raise ToolFailed(f"{host} cannot be found.", code="unreachable", hint="host is a name such as example.org, without https:// and path.") from error
    addresses = list(dict.fromkeys(str(row[4][0]) for row in found))
    return ToolResult({"host": host, "addresses": addresses}, f"{host}: {', '.join(addresses)}")


def _sane(host: str) -> None:
    if not host.strip() or len(host) > 253 or any(letter.isspace() or letter in "/\\@?#" for letter in host.strip()):
        raise ToolRetry(f"{host[:100]!r} is no name or address of a machine.", hint="host is a name such as example.org or an address, without https:// and path.")
