"""Devices in a running core: the hub's side once the first was invited, the device's side once a hub was joined; both from then on, after every start."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import re
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from app.service.a2a.agents import Agents
from app.service.devices.accounts import Peer
from app.service.devices.broker import Broker
from app.service.devices.certificates import fingerprint
from app.service.devices.given_broker import GivenBroker
from app.service.devices.joining import Joining
from app.service.devices.keys import public_key, seed_of
from app.service.devices.nats_link import NatsLink
from app.service.devices.nurse import Nurse
from app.service.devices.serial_lines import SerialLines
from core import events
from core.clock import Clock
from core.devices import codes
from core.devices.hardware import Hardware
from core.devices.hub import BEAT_SECONDS, Hub
from core.devices.link import DONE, WORK, LinkDown, packed, tell_subject, work_subject
from core.devices.moving import HubMoving
from core.errors import DeskhandError, UsageError
from core.journal import Journal
from core.settings import Settings, write_atomically

log = logging.getLogger("deskhand.devices")


@dataclass(slots=True)
class DeviceParts:
    """Started and stopped with the core."""

    hub: Hub
    joining: Joining
    broker: Broker | GivenBroker
    settings: Settings
    journal: Journal
    clock: Clock
    meanings: Callable[[list[str]], Awaitable[Any]]
    moving: HubMoving
    hardware: Hardware
    agents: Agents
    serial: SerialLines
    _links: list[NatsLink] = field(default_factory=list)
    _looking: list[asyncio.Task[None]] = field(default_factory=list)
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    # -- with the core ------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take up what was there; a fault is logged and does not keep the core from starting."""
        self.serial.start()
        try:
            if self.broker.made():
                await self._open_hub()
            await self.joining.start()
        except (DeskhandError, OSError) as error:
            log.error("devices cannot be started: %s", error)

    async def stop(self) -> None:
        with contextlib.suppress(LinkDown):
            await self.hardware.all_off()
        await self.serial.stop()
        for looking in self._looking:
            looking.cancel()
        await asyncio.gather(*self._looking, return_exceptions=True)
        await self.joining.nearby.close()
        await self.joining.stop()
        for link in self._links:
            await link.close()
        await self.broker.stop()

    async def _open_hub(self) -> None:
        """Broker, streams, and ears for what devices ask; once."""
        async with self._opening:
            if self.hub.link is not None:
                return
            self.broker.wanted_port = self.settings["devices.port"]
            self.broker.make()
            self.hub.print_, self.hub.is_key, self.hub.admit = fingerprint(self.broker.certificate), is_key, self._admit
            await self.broker.start(self._peers())
            link = NatsLink(self.broker.addresses, self.broker.certificate, self.broker.seed, "hub", self._hub_up)
            self._links.append(link)
            link.open()
            await link.opened(15)
            await link.make_streams(self.broker.replicas)
            for row in self.hub.devices.machines():
                await link.make_consumer(WORK, row["id"], work_subject(row["id"]))
            await link.answer("dh.pair.*", self.hub.pair)
            await link.answer("dh.ask.*", self.hub.asked)
            await link.answer("hw.*.*", self.hardware.heard)
            link.take(DONE, "hub", self.hub.came)
            self.hub.link = link
            with contextlib.suppress(LinkDown):
                await self.hardware.all_off()
            self._looking = [
                asyncio.create_task(self._look(), name="devices"),
                asyncio.create_task(Nurse(self.broker.folder, link.up, link.answers, self.broker.restart).watch(), name="nurse"),
            ]
            for row in self.hub.devices.machines():
                with contextlib.suppress(LinkDown):
                    await link.tell(tell_subject(row["id"]), packed({"op": "look"}))

    def _hub_up(self, up: bool) -> None:
        log.info("the broker is %s", "there" if up else "gone")

    def _peers(self) -> Iterable[Peer]:
        devices = [Peer(row["id"], row["key"]) for row in self.hub.devices.machines()]
        devices += [Peer(name, "", password=password) for name, password in self._accounts().items()]
        return [*devices, *(Peer(row["id"], row["key"], True) for row in self.hub.devices.invited())]

    async def _look(self) -> None:
        """Who came and went; invitations that are over are taken from the broker."""
        invited = len(self.hub.devices.invited())
        addresses: list[str] = []
        while True:
            try:
                if addresses != (addresses := self._addresses()):  # also when this machine has come into another network
                    await self.joining.nearby.close()
                    await self.joining.nearby.announce(self.hub.name, self.hub.print_[: codes.PRINT_BYTES].hex(), self.broker.port, addresses)
                self.hub.look()
                if (now := len(self.hub.devices.invited())) < invited:
                    await self.broker.tell_peers(self._peers())
                invited = now
            except Exception:
                log.exception("looking after the devices failed")
            await asyncio.sleep(BEAT_SECONDS)

    # -- the hub's side -----------------------------------------------------------------------------------------------

    async def invite(self) -> dict[str, Any]:
        """A fresh invitation: ``code``, its QR as SVG and as text, and how long it lives."""
        await self._open_hub()
        invited = codes.invitation(self.hub.print_, self.broker.port, tuple(self._addresses()))
        ends = self.hub.devices.invite(invited.id, public_key(seed_of(invited.seed)))
        await self.broker.tell_peers(self._peers())
        code = codes.written(invited)
        return {"code": code, "expires_at": ends, "addresses": [f"{address}:{invited.port}" for address in invited.addresses], **pictures(code)}

    def _addresses(self) -> list[str]:
        """Where this machine can be reached, likely ones first; loopback last, for devices that are processes of this machine."""
        if isinstance(self.broker, GivenBroker):
            return [address.rpartition(":")[0].strip("[]") for address in self.broker.addresses]
        if given := self.settings["devices.address"]:
            return [given]
        import psutil

        found = [address.address for name, addresses in psutil.net_if_addrs().items() for address in addresses if address.family == socket.AF_INET]
        private = [address for address in found if not address.startswith(("127.", "169.254."))]
        return [*sorted(private, key=lambda address: address.startswith("172."))[:4], "127.0.0.1"]

    async def _admit(self, device_id: str) -> None:
        """A device was paired: its place in the stream, and its key at the broker."""
        assert isinstance(self.hub.link, NatsLink)
        await self.hub.link.make_consumer(WORK, device_id, work_subject(device_id))
        await self.broker.tell_peers(self._peers())

    # -- agents of another make ---------------------------------------------------------------------------------------

    async def add_agent(self, name: str, url: str) -> dict[str, Any]:
        """Take an A2A agent in as a device. Raises :class:`DeskhandError` where none answers there."""
        row = self.hub.devices.add_agent(name, await self.agents.card(url.rstrip("/"), name))
        self.hub.agents.add(row["id"])
        self.journal.append(events.DEVICE_CHANGED, "", {"device": row["name"], "paired": True})
        return row

    # -- small hardware -----------------------------------------------------------------------------------------------

    def _accounts(self) -> dict[str, str]:
        try:
            return dict(json.loads((self.broker.folder / "hardware.json").read_text()))
        except (OSError, ValueError):
            return {}

    async def account(self, name: str) -> dict[str, Any]:
        """A fresh account for a group of things (``greenhouse``): what its hardware has to be given. An old password ends. Raises :class:`UsageError`."""
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", name):
            raise UsageError("A name is one word of small letters, digits, - and _.", code="bad_name")
        await self._open_hub()
        accounts = self._accounts() | {name: secrets.token_urlsafe(18)}
        write_atomically(self.broker.folder / "hardware.json", json.dumps(accounts).encode())
        await self.broker.tell_peers(self._peers())
        self.broker.open_mqtt()
        addresses = [f"{address}:{self.broker.mqtt_port}" for address in self._addresses()]
        return {"user": name, "password": accounts[name], "addresses": addresses, "certificate": str(self.broker.certificate_file), "topics": f"hw/{name}/…"}

    async def tell_hardware(self, subject: str, body: bytes) -> None:
        """The port that ``Hardware`` publishes through. Raises :class:`LinkDown`."""
        if await self.serial.tell(subject, body):
            return
        if self.hub.link is None:
            raise LinkDown("No hardware is connected.")
        await self.hub.link.tell(subject, body)

    async def remove(self, name: str) -> dict[str, Any]:
        """Revoke: the broker closes its connection now and lets it in no more; what it was doing is given up on."""
        row = self.hub.devices.revoke(name)
        self.hub.agents.discard(row["id"])
        self.hub.offers.forget(row["id"])
        self.hub.forget(row["id"])
        if isinstance(self.hub.link, NatsLink):
            await self.broker.tell_peers(self._peers())
            await self.hub.link.drop_consumer(WORK, row["id"], work_subject(row["id"]))
        self.journal.append(events.DEVICE_CHANGED, "", {"device": row["name"], "removed": True})
        return row

    async def search(self, text: str, limit: int) -> list[dict[str, Any]]:
        """Devices by the words of their cards, and by meaning where there is a model for it."""
        rows = [self.hub.shown(row) for row in self.hub.devices.all()]
        said = [f"{row['name']} {row['said']} {' '.join(row['card'].get('tools', ()))}" for row in rows]
        asked = set(re.findall(r"\w+", text.lower()))
        points = [len(asked & set(re.findall(r"\w+", line.lower()))) / max(1, len(asked)) for line in said]
        if rows and (vectors := await self._meanings([text, *(line[:1000] for line in said)])):
            points = [0.5 * point + sum(a * b for a, b in zip(vectors[0], vector, strict=True)) for point, vector in zip(points, vectors[1:], strict=True)]
        order = sorted(range(len(rows)), key=lambda number: -points[number])
        return [{**rows[number], "score": round(points[number], 3)} for number in order[:limit]]

    async def _meanings(self, texts: list[str]) -> list[list[float]]:
        try:
            return [list(vector) for vector in await self.meanings(texts)]
        except DeskhandError:
            return []


def is_key(text: str) -> bool:
    from app.service.devices.keys import is_public_key

    return is_public_key(text)


def pictures(code: str) -> dict[str, str]:
    """The code as a QR: ``svg`` for the window, ``qr`` in blocks for a terminal."""
    import io

    import segno

    made = segno.make_qr(code, error="m")
    drawn, text = io.BytesIO(), io.StringIO()
    made.save(drawn, kind="svg", scale=4, border=2)
    made.terminal(text, compact=True, border=2)
    return {"svg": base64.b64encode(drawn.getvalue()).decode(), "qr": text.getvalue()}
