"""The device's side: joining a hub with a code, staying joined, finding it again when its address changed, leaving."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.service.devices.certificates import certificate_at, fingerprint
from app.service.devices.keys import new_seed, public_key, seed_of
from app.service.devices.nats_link import NatsLink
from app.service.devices.nearby import Nearby
from core import events
from core.devices import codes
from core.devices.link import LinkDown, packed, pair_subject, unpacked
from core.devices.member import Member
from core.errors import DeskhandError, UsageError
from core.journal import Journal
from core.settings import Settings, write_atomically

log = logging.getLogger("deskhand.devices")
JOIN_SECONDS = 25.0
RIGHTS = ("read", "change", "act")
SEEK_FIRST, SEEK_LAST = 10.0, 300.0  # seconds without the hub before it is looked for; the pause grows up to the second
MOST_ADDRESSES = 8


@dataclass(slots=True)
class Joining:
    """``seed`` is the file that keeps this machine's key as a device, for its owner only."""

    member: Member
    settings: Settings
    journal: Journal
    seed: Path
    nearby: Nearby
    _link: NatsLink | None = None
    _seeking: asyncio.Task[None] | None = field(default=None)

    async def start(self) -> None:
        """Take up the membership that there is, if any."""
        if membership := self.member.duties.membership():
            await self._open(membership)

    async def stop(self) -> None:
        await self._unseek()
        await self.member.stop()
        if self._link is not None:
            await self._link.close()

    async def join(self, code: str, name: str, workspace: str, rights: list[str]) -> dict[str, Any]:
        """Become a device of the hub that the code is from. Raises :class:`UsageError` for a bad code, :class:`LinkDown` where it cannot be reached."""
        invited = codes.read(code)
        if self.member.duties.membership() is not None:
            raise UsageError("This machine belongs to a hub already.", code="exists", hint="`deskhand device leave` ends that first.")
        _check(rights)
        address, certificate = await self._reached(invited)
        seed = new_seed()
        words = codes.words(fingerprint(certificate), public_key(seed))
        paired = await self._paired(invited, address, certificate, seed, name)
        if paired["words"] != words:
            raise DeskhandError("The other side is not who it says it is; nothing was joined.", code="bad_peer")
        write_atomically(self.seed, seed.encode())
        others = [f"{other}:{invited.port}" for other in invited.addresses]
        membership = {
            "id": paired["id"], "name": paired["name"], "hub": str(paired.get("hub", ""))[:80], "addresses": [address, *(other for other in others if other != address)],
            "certificate": certificate, "workspace": workspace, "rights": rights, "words": words,
        }  # fmt: skip
        self.member.duties.keep_membership(membership)
        await self._open(membership)
        self.journal.append(events.DEVICE_CHANGED, "", {"joined": membership["hub"], "name": membership["name"]})
        with contextlib.suppress(LinkDown):
            assert self._link is not None
            await self._link.opened(10)
        return {key: membership[key] for key in ("id", "name", "hub", "words", "workspace", "rights")}

    async def _reached(self, invited: codes.Invitation) -> tuple[str, str]:
        """The first address where a broker with the right certificate answers: one of the code, else one that was heard of on this network."""
        try:
            return await self._answering(invited.print_, [f"{address}:{invited.port}" for address in invited.addresses])
        except LinkDown:
            heard = await self.nearby.look(print_=invited.print_.hex())
            if not heard:
                raise
            return await self._answering(invited.print_, list(heard[0].addresses))

    async def _answering(self, print_: bytes, addresses: list[str]) -> tuple[str, str]:
        results = await asyncio.gather(*(certificate_at(address, 6) for address in addresses), return_exceptions=True)
        wrong = False
        for address, found in zip(addresses, results, strict=True):
            if isinstance(found, str):
                if fingerprint(found)[: codes.PRINT_BYTES] == print_:
                    return address, found
                wrong = True
        if wrong:
            raise DeskhandError(
                "Somebody else answers at that address: the fingerprint is not the one of the invitation.",
                code="bad_peer",
                hint="Nothing was sent. Are both machines in the network that you think?",
            )
        raise LinkDown(f"The other machine does not answer at {', '.join(addresses)}.")

    async def _paired(self, invited: codes.Invitation, address: str, certificate: str, seed: str, name: str) -> dict[str, Any]:
        link = NatsLink([address], certificate, seed_of(invited.seed), "pairing")
        link.open()
        try:
            await link.opened(JOIN_SECONDS / 2)
            key = public_key(seed)
            question = packed({"name": name or self.settings["devices.name"] or socket.gethostname(), "key": key})
            answer = unpacked(await link.ask(pair_subject(invited.id), question, JOIN_SECONDS / 2))
        except LinkDown as error:
            if link.refused:
                raise UsageError("This invitation was used already, or is too old.", code="code_used", hint="Ask for a new one: deskhand device invite") from error
            raise
        finally:
            await link.close()
        if "error" in answer:
            raise UsageError(str(answer.get("message", "")), code=str(answer["error"]))
        return answer

    async def _open(self, membership: dict[str, Any]) -> None:
        def changed(up: bool) -> None:
            if up:
                self.member.reconnected()

        link = NatsLink(membership["addresses"], membership["certificate"], self.seed.read_text().strip(), membership["name"], changed)
        self._link = link
        link.open()
        await self.member.start(link, membership["id"])
        self._seeking = asyncio.create_task(self._seek(link), name="seek the hub")

    async def _seek(self, link: NatsLink) -> None:
        """A hub that is gone for long may have another address now: look for it on this network, less and less often."""
        pause = SEEK_FIRST
        while True:
            await asyncio.sleep(pause)
            if link.up() or link.refused:
                pause = SEEK_FIRST
                continue
            try:
                await self._look_elsewhere(link)
            except (DeskhandError, OSError) as error:
                log.info("the hub is not found on this network: %s", error)
            pause = min(SEEK_LAST, pause * 2)

    async def _look_elsewhere(self, link: NatsLink) -> None:
        known = fingerprint(link.certificate)[: codes.PRINT_BYTES]
        heard = [address for one in await self.nearby.look(print_=known.hex()) for address in one.addresses if address not in link.addresses]
        if not heard or link.up():
            return
        address, _ = await self._answering(known, heard)
        addresses = [address, *link.addresses][:MOST_ADDRESSES]
        membership = self.member.duties.membership()
        if membership is None:
            return
        self.member.duties.keep_membership({**membership, "addresses": addresses})
        log.info("the hub is at %s now", address)
        await link.move_to(addresses)

    async def _unseek(self) -> None:
        if self._seeking is not None:
            self._seeking.cancel()
            await asyncio.gather(self._seeking, return_exceptions=True)
            self._seeking = None

    async def leave(self) -> None:
        """Belong to no hub any more; what is under way goes on as runs of this machine."""
        await self.stop()
        self.member.id, self._link = "", None
        self.member.duties.keep_membership(None)
        self.member.exchange.offers.forget("hub")
        self.seed.unlink(missing_ok=True)
        self.journal.append(events.DEVICE_CHANGED, "", {"left": True})

    def allow(self, rights: list[str]) -> dict[str, Any]:
        """What the hub may do here, from now on. Raises :class:`UsageError`."""
        membership = self.member.duties.membership()
        if membership is None:
            raise UsageError("This machine belongs to no hub.", code="no_hub")
        _check(rights)
        self.member.duties.keep_membership({**membership, "rights": rights})
        return self.membership() or {}

    def membership(self) -> dict[str, Any] | None:
        """Which hub this machine belongs to, as a person sees it."""
        known = self.member.duties.membership()
        if known is None:
            return None
        link = self._link
        return {key: known[key] for key in ("id", "name", "hub", "words", "workspace", "rights")} | {
            "online": bool(link and link.up()), "refused": bool(link and link.refused), "duties": [_duty(row) for row in self.member.duties.newest()]
        }  # fmt: skip


def _check(rights: list[str]) -> None:
    if wrong := [right for right in rights if right not in RIGHTS]:
        raise UsageError(f"There is no right {wrong[0]!r}; there are {', '.join(RIGHTS)}.", code="bad_right")


def _duty(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": row["id"], "run_id": row["run_id"], "state": row["state"], "said": row["payload"].get("said", ""), "at": row["at"], "sent": bool(row["sent"])}
