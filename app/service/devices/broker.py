"""The broker: a ``nats-server`` of our own, started when the first device is invited, kept running, told who may speak where.

It outlives a core that is killed: devices stay connected to it, what they finish meanwhile waits in its streams, and the next core takes it over.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from app.service.devices.accounts import Peer, accounts
from app.service.devices.keys import new_seed, public_key
from core.errors import DeskhandError
from core.settings import write_atomically

log = logging.getLogger("deskhand.broker")
PORT, MQTT_PORT = 4733, 8883
WATCH_SECONDS = 1.0
YEARS = 20


@dataclass(slots=True)
class Broker:
    """One ``nats-server`` in ``folder``. ``port`` 0 until it was started once."""

    folder: Path
    wanted_port: int = PORT
    port: int = 0
    mqtt_port: int = 0  # 0: no hardware is let in
    seed: str = ""
    _peers: tuple[Peer, ...] = ()
    _process: subprocess.Popen[bytes] | None = None
    _pid: int = 0
    _watch: asyncio.Task[None] | None = field(default=None)

    # -- where it is --------------------------------------------------------------------------------------------------

    @property
    def addresses(self) -> list[str]:
        """``host:port`` under which the hub itself reaches it."""
        return [f"127.0.0.1:{self.port}"]

    @property
    def replicas(self) -> int:
        """How many servers keep each message."""
        return 1

    # -- what is kept -------------------------------------------------------------------------------------------------

    @property
    def certificate_file(self) -> Path:
        return self.folder / "certificate.pem"

    @property
    def certificate(self) -> str:
        return self.certificate_file.read_text()

    def made(self) -> bool:
        """Whether a broker was ever needed here."""
        return (self.folder / "broker.json").exists()

    def make(self) -> None:
        """Certificate, the hub's own key and a port, once."""
        if shutil.which("nats-server", path=_search()) is None:
            raise DeskhandError(
                "There is no nats-server on this machine, which carries the work between devices.",
                code="no_broker",
                hint="Install it: sudo apt install nats-server (its own service is not needed: sudo systemctl disable --now nats-server)",
            )
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.made():
            _certify(self.folder)
            kept = {"port": _free(self.wanted_port), "seed": new_seed()}
            write_atomically(self.folder / "broker.json", json.dumps(kept).encode())
        kept = json.loads((self.folder / "broker.json").read_text())
        self.port, self.seed, self.mqtt_port = kept["port"], kept["seed"], kept.get("mqtt_port", 0)

    def open_mqtt(self) -> None:
        """Let small hardware in from now on, on a port of its own. The broker begins anew, for it cannot open a port while it runs."""
        if self.mqtt_port:
            return
        self.mqtt_port = _free(MQTT_PORT)
        kept = json.loads((self.folder / "broker.json").read_text()) | {"mqtt_port": self.mqtt_port}
        write_atomically(self.folder / "broker.json", json.dumps(kept).encode())
        self._write()
        self._signal(signal.SIGTERM)  # it is started again by the watch

    # -- running ------------------------------------------------------------------------------------------------------

    async def start(self, peers: Iterable[Peer]) -> None:
        """Start it, or take over the one that a killed core left; then look after it."""
        self.make()
        self._peers = tuple(peers)
        self._write()
        if not self._adopt():
            self._launch()
        self._watch = asyncio.create_task(self._watching(), name="broker")

    def _adopt(self) -> bool:
        """A broker of this folder that still runs is told the peers of now."""
        try:
            pid = int((self.folder / "broker.pid").read_text())
            if str(self.folder / "nats.conf").encode() not in Path(f"/proc/{pid}/cmdline").read_bytes():
                return False
        except (OSError, ValueError):
            return False
        self._pid = pid
        self._signal(signal.SIGHUP)
        return True

    def _launch(self) -> None:
        program = shutil.which("nats-server", path=_search())
        assert program is not None
        (self.folder / "broker.pid").unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [program, "-c", str(self.folder / "nats.conf")], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self._pid = self._process.pid

    async def _watching(self) -> None:
        """One that died is started again."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if not self.alive():
                log.warning("the broker is gone; it is started again")
                self._launch()

    def alive(self) -> bool:
        if self._process is not None:
            return self._process.poll() is None
        return bool(self._pid) and _running(self._pid)

    async def tell_peers(self, peers: Iterable[Peer]) -> None:
        """Who may connect from now on; connections of those who may not any more are closed by the broker at once."""
        self._peers = tuple(peers)
        self._write()
        self._signal(signal.SIGHUP)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._pid:
                os.kill(self._pid, number)

    async def restart(self) -> None:
        """End it; the watch starts another."""
        await self._end()

    async def stop(self) -> None:
        """End it with the core; devices connect again when it is back."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await self._end()

    async def _end(self) -> None:
        if not self._pid:
            return
        self._signal(signal.SIGTERM)
        for _ in range(150):
            if not self.alive():
                return
            await asyncio.sleep(0.02)
        self._signal(signal.SIGKILL)

    # -- its settings -------------------------------------------------------------------------------------------------

    def _write(self) -> None:
        settings = {
            "server_name": "deskhand",
            "listen": f"0.0.0.0:{self.port}",
            "pid_file": str(self.folder / "broker.pid"),
            "log_file": str(self.folder / "broker.log"),
            "logfile_size_limit": 5_000_000,
            "max_payload": 1_048_576,
            "ping_interval": "5s",
            "ping_max": 2,
            "write_deadline": "10s",
            "tls": {"cert_file": str(self.folder / "certificate.pem"), "key_file": str(self.folder / "key.pem"), "timeout": 5},
            "jetstream": {"store_dir": str(self.folder / "streams"), "max_mem": 67_108_864, "max_file": 2_147_483_648},
            "authorization": {"timeout": 5},
            "accounts": accounts(public_key(self.seed), self._peers),
        }
        if self.mqtt_port:
            settings["mqtt"] = {"listen": f"0.0.0.0:{self.mqtt_port}", "tls": settings["tls"], "ack_wait": "10s"}
        write_atomically(self.folder / "nats.conf", json.dumps(settings, indent=1).encode())


def _search() -> str:
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/sbin"])


def _free(wanted: int) -> int:
    """The wanted port, or any that is free; it is kept from then on, for the devices know it."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            with contextlib.suppress(OSError):
                probe.bind(("0.0.0.0", port))
                return int(probe.getsockname()[1])
    raise DeskhandError("No port on this machine can be used.", code="no_port")


def _running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _certify(folder: Path) -> None:
    """A key and a certificate that signs itself; devices trust it because its fingerprint stood in their invitation."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "deskhand")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(secrets.token_bytes(16), "big") >> 1)
        .not_valid_before(now - datetime.timedelta(days=365 * YEARS))  # clocks of small machines may be far off
        .not_valid_after(now + datetime.timedelta(days=365 * YEARS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("deskhand")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_atomically(folder / "key.pem", key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    write_atomically(folder / "certificate.pem", certificate.public_bytes(serialization.Encoding.PEM))
