"""Hubs on this network by multicast DNS (RFC 6762, RFC 6763). A convenience: what is found is an address to try, believed only if the certificate there is the one that is known."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

log = logging.getLogger("deskhand.nearby")
KIND = "_deskhand._tcp.local."
LOOK_SECONDS = 3.0
MOST = 50


@dataclass(frozen=True, slots=True)
class Found:
    """What says of itself to be a hub. ``print_`` is the beginning of its certificate's fingerprint, as hex."""

    name: str
    print_: str
    addresses: tuple[str, ...]  # host:port


class Nearby:
    """``wanted`` tells whether this machine may say and hear anything by multicast."""

    def __init__(self, wanted: Callable[[], bool]) -> None:
        self._wanted = wanted
        self._speaking: AsyncZeroconf | None = None

    async def announce(self, name: str, print_: str, port: int, addresses: Sequence[str]) -> None:
        """Say from now on that a hub is here; a network where that cannot be done is none of the caller's business."""
        if not self._wanted() or self._speaking is not None:
            return
        from zeroconf import Error, IPVersion
        from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

        plain = re.sub(r"[^\w-]+", "-", name)[:40].strip("-") or "hub"
        info = AsyncServiceInfo(
            KIND, f"{plain}-{print_[:6]}.{KIND}", port=port, properties={"id": print_, "name": name[:60]},
            addresses=[socket.inet_aton(address) for address in addresses if _is_ip(address)], server=f"deskhand-{print_[:12]}.local.",
        )  # fmt: skip
        try:
            self._speaking = AsyncZeroconf(ip_version=IPVersion.V4Only)
            await self._speaking.async_register_service(info, allow_name_change=True)
        except (OSError, Error) as error:
            log.info("this network has no multicast: %s", error)
            await self.close()

    async def look(self, seconds: float = LOOK_SECONDS, print_: str = "") -> list[Found]:
        """Who says within ``seconds`` to be a hub; with ``print_`` only that one, as soon as it speaks."""
        if not self._wanted():
            return []
        from zeroconf import Error, IPVersion
        from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

        found: dict[str, Found] = {}
        names: asyncio.Queue[str] = asyncio.Queue(MOST)

        def heard(zeroconf: Any, service_type: str, name: str, state_change: Any) -> None:  # called with these names
            if not names.full():
                names.put_nowait(name)

        try:
            ears = AsyncZeroconf(ip_version=IPVersion.V4Only)
        except (OSError, Error) as error:
            log.info("this network has no multicast: %s", error)
            return []
        try:
            async with asyncio.timeout(seconds):
                AsyncServiceBrowser(ears.zeroconf, KIND, handlers=[heard])
                while not (print_ and print_ in found):
                    if one := await _asked(ears, await names.get(), seconds):
                        found[one.print_] = one
        except TimeoutError:
            pass
        finally:
            await ears.async_close()
        return [one for one in found.values() if not print_ or one.print_ == print_]

    async def close(self) -> None:
        if self._speaking is not None:
            speaking, self._speaking = self._speaking, None
            await speaking.async_close()


async def _asked(ears: AsyncZeroconf, name: str, seconds: float) -> Found | None:
    from zeroconf.asyncio import AsyncServiceInfo

    info: AsyncServiceInfo = AsyncServiceInfo(KIND, name)
    if not await info.async_request(ears.zeroconf, seconds * 1000):
        return None
    said = {key.decode(errors="replace"): (value or b"").decode(errors="replace") for key, value in info.properties.items()}
    if not re.fullmatch(r"[0-9a-f]{32}", said.get("id", "")) or not info.port:
        return None
    name = "".join(letter for letter in said.get("name", "") if letter.isprintable())[:60]
    return Found(name, said["id"], tuple(f"{address}:{info.port}" for address in info.parsed_addresses()[:6]))


def _is_ip(address: str) -> bool:
    try:
        socket.inet_aton(address)
    except OSError:
        return False
    return address.count(".") == 3 and not address.startswith("127.")
