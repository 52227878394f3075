"""A broker that somebody else runs: one nats-server or a cluster, of 2.9 or newer. It is told who may connect through a file that its configuration includes.

Its configuration needs TLS, JetStream and ``include`` of the file; all of its servers show the same certificate and listen on the same port.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.service.devices.accounts import Peer, accounts
from app.service.devices.keys import new_seed, public_key
from core.errors import DeskhandError
from core.settings import Settings, write_atomically

log = logging.getLogger("deskhand.broker")
APPLY_SECONDS = 60


@dataclass(slots=True)
class GivenBroker:
    """The same to the rest as :class:`~app.service.devices.broker.Broker`. ``folder`` keeps the hub's key and the file of users, ``users.conf``."""

    folder: Path
    settings: Settings
    wanted_port: int = 0
    seed: str = ""

    @property
    def addresses(self) -> list[str]:
        return [part.strip() for part in self.settings["devices.broker"].split(",") if part.strip()]

    @property
    def port(self) -> int:
        return int(self.addresses[0].rpartition(":")[2])

    @property
    def mqtt_port(self) -> int:
        return int(self.settings["devices.broker_mqtt_port"])

    @property
    def replicas(self) -> int:
        return min(3, len(self.addresses))

    @property
    def certificate_file(self) -> Path:
        return Path(self.settings["devices.broker_certificate"]).expanduser()

    @property
    def certificate(self) -> str:
        return self.certificate_file.read_text(encoding="ascii")

    def made(self) -> bool:
        """Whether it was ever needed here."""
        return (self.folder / "given.json").exists()

    def make(self) -> None:
        """The hub's own key, once. Raises :class:`DeskhandError` where the settings do not fit together."""
        ports = {address.rpartition(":")[2] for address in self.addresses}
        if len(ports) != 1 or not all(port.isdigit() for port in ports):
            raise DeskhandError("devices.broker is HOST:PORT, or several with commas between and the same port.", code="bad_broker")
        try:
            if "BEGIN CERTIFICATE" not in self.certificate:
                raise ValueError
        except (OSError, ValueError) as error:
            raise DeskhandError("The broker's certificate cannot be read.", code="bad_broker", hint="devices.broker_certificate names it, in PEM.") from error
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.made():
            write_atomically(self.folder / "given.json", json.dumps({"seed": new_seed()}).encode())
        self.seed = json.loads((self.folder / "given.json").read_text())["seed"]

    def open_mqtt(self) -> None:
        """That is for whoever runs it."""
        if not self.mqtt_port:
            raise DeskhandError("The given broker has no port for hardware.", code="no_mqtt", hint="Give its servers an `mqtt` block, and set devices.broker_mqtt_port.")

    async def start(self, peers: Iterable[Peer]) -> None:
        """Tell it who may connect."""
        self.make()
        await self.tell_peers(peers)

    async def tell_peers(self, peers: Iterable[Peer]) -> None:
        """Write the file anew, and have the program of ``devices.broker_apply`` bring it into force."""
        file = self.folder / "users.conf"
        text = f"accounts: {json.dumps(accounts(public_key(self.seed), peers), indent=1)}\n".encode()
        applied, digest = self.folder / "users.applied", hashlib.sha256(text).hexdigest()
        if applied.exists() and applied.read_text() == digest:
            return
        write_atomically(file, text)
        await self._apply(file)
        write_atomically(applied, digest.encode())

    async def _apply(self, file: Path) -> None:
        program = self.settings["devices.broker_apply"]
        if not program:
            log.warning("%s has changed; devices.broker_apply names no program that brings it into force", file)
            return
        try:
            running = await asyncio.create_subprocess_exec(
                Path(program).expanduser(), str(file), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
            )
        except OSError as error:
            raise DeskhandError(f"{program} cannot be run: {error.strerror}.", code="broker_not_told") from error
        try:
            said, _ = await asyncio.wait_for(running.communicate(), APPLY_SECONDS)
        except TimeoutError as error:
            running.kill()
            raise DeskhandError(f"{program} was not done after {APPLY_SECONDS} s.", code="broker_not_told") from error
        if running.returncode:
            raise DeskhandError(f"{program} failed: {said.decode(errors='replace').strip()[-300:] or running.returncode}", code="broker_not_told")

    async def restart(self) -> None:
        """That is for whoever runs it."""
        log.error("the streams of the given broker do not answer")

    async def stop(self) -> None:
        """It is not ours to end."""
