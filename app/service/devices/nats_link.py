"""The port ``core.devices.link.Link`` over NATS. The only module that imports ``nats``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import nats
import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import api

from app.service.devices.certificates import HOST, trusting
from app.service.devices.keys import inbox_of, public_key
from core.devices.link import DONE, WORK, Answerer, LinkDown, Taker
from core.errors import DeskhandError

log = logging.getLogger("deskhand.link")
PING_SECONDS = 5.0
LONGEST_PAUSE = 15.0  # seconds between two attempts to connect
FETCH_SECONDS = 25.0
CONNECT_SECONDS = 3
LOST = (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError)


@dataclass(slots=True)
class NatsLink:
    """A connection that is kept up until it is closed. ``addresses`` are ``host:port``; ``certificate`` is the broker's, in PEM."""

    addresses: Sequence[str]
    certificate: str
    seed: str
    name: str
    changed: Callable[[bool], None] = lambda up: None
    refused: bool = False  # the broker does not know this key (any more)
    _client: Client | None = None
    _answers: dict[str, Answerer] = field(default_factory=dict)
    _tasks: list[asyncio.Task[Any]] = field(default_factory=list)
    _reconnected: asyncio.Event = field(default_factory=asyncio.Event)
    _gone: asyncio.Event = field(default_factory=asyncio.Event)
    _closing: bool = False

    def open(self) -> None:
        """Begin to connect; returns at once."""
        self._tasks.append(asyncio.create_task(self._keep(), name=f"link {self.name}"))

    async def opened(self, seconds: float) -> None:
        """Wait until it is up. Raises :class:`LinkDown`."""
        until = asyncio.get_running_loop().time() + seconds
        while not self.up():
            if self.refused or asyncio.get_running_loop().time() > until:
                raise LinkDown("The other side does not know this machine." if self.refused else "The other machine cannot be reached.")
            await asyncio.sleep(0.02)

    def up(self) -> bool:
        return self._client is not None and self._client.is_connected

    async def _keep(self) -> None:
        """A client of ours reconnects by itself; one that gave up (a refusal, say) is replaced."""
        pause = 0.25
        while not self._closing:
            gone = self._gone = asyncio.Event()
            try:
                self._client = await self._connected(gone)
                self.refused, pause = False, 0.25
                self._heard(True)
                await gone.wait()
            except Exception as error:  # whatever it is: it is tried again
                log.info("%s is not connected: %s", self.name, error)
                self.refused = isinstance(error, nats.errors.AuthorizationError) or "authorization" in str(error).lower()
            self._heard(False)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _connected(self, gone: asyncio.Event) -> Client:
        client = Client()

        async def lost() -> None:
            self._heard(False)

        async def again() -> None:
            self._heard(True)

        async def ended() -> None:
            gone.set()

        async def fault(error: Exception) -> None:
            log.debug("%s: %s", self.name, error)
            if isinstance(error, nats.errors.AuthorizationError) or "authorization" in str(error).lower():
                self.refused = True

        await asyncio.wait_for(
            client.connect(
                [f"tls://{address}" for address in self.addresses],
                tls=trusting(self.certificate),
                tls_hostname=HOST,
                nkeys_seed_str=self.seed,
                inbox_prefix=f"_INBOX_{inbox_of(public_key(self.seed))}",
                name=self.name,
                connect_timeout=CONNECT_SECONDS,
                ping_interval=PING_SECONDS,  # type: ignore[arg-type]
                max_outstanding_pings=2,
                max_reconnect_attempts=1,
                allow_reconnect=False,  # the client's first connection knows no pause, and no end once its cancelling was lost: it is one attempt, and repeated by _keep
                reconnect_to_server_handler=_backing_off,
                error_cb=fault,
                disconnected_cb=lost,
                reconnected_cb=again,
                closed_cb=ended,
            ),
            CONNECT_SECONDS * (2 * len(self.addresses) + 2),
        )
        client.options.update(allow_reconnect=True, max_reconnect_attempts=-1, reconnect_time_wait=0)
        for subject, answerer in self._answers.items():
            await client.subscribe(subject, cb=_replying(answerer))
        return client

    def _heard(self, up: bool) -> None:
        if up:
            self._reconnected.set()
        self.changed(up)

    def _now(self) -> Client:
        if self._client is None or not self._client.is_connected:
            raise LinkDown()
        return self._client

    async def ask(self, subject: str, body: bytes, seconds: float) -> bytes:
        try:
            return bytes((await self._now().request(subject, body, timeout=seconds)).data)
        except LOST as error:
            raise LinkDown("No answer came in time.") from error

    async def tell(self, subject: str, body: bytes) -> None:
        try:
            await self._now().publish(subject, body)
        except LOST as error:
            raise LinkDown() from error

    async def put(self, subject: str, body: bytes, key: str) -> None:
        try:
            await self._now().jetstream().publish(subject, body, timeout=5, headers={"Nats-Msg-Id": key})
        except LOST as error:
            raise LinkDown() from error

    async def answer(self, subject: str, answerer: Answerer) -> None:
        self._answers[subject] = answerer
        if self.up():
            await self._now().subscribe(subject, cb=_replying(answerer))

    def take(self, stream: str, consumer: str, taker: Taker) -> None:
        self._tasks.append(asyncio.create_task(self._taking(stream, consumer, taker), name=f"take {consumer}"))

    async def _taking(self, stream: str, consumer: str, taker: Taker) -> None:
        """A pull that was under way when the line broke is lost with it: after each reconnect it is made anew."""
        while not self._closing:
            try:
                self._reconnected.clear()
                client = self._now()
                source = await client.jetstream().pull_subscribe_bind(consumer, stream)
                while client is self._client and client.is_connected and not self._reconnected.is_set():
                    if not await self._took_one(source, taker):
                        break
                with contextlib.suppress(*LOST):
                    await source.unsubscribe()
            except (*LOST, DeskhandError):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._reconnected.wait(), 1.0)

    async def _took_one(self, source: Any, taker: Taker) -> bool:
        """Whether to go on with this pull; a reconnect ends it."""
        pull = asyncio.ensure_future(source.fetch(1, timeout=FETCH_SECONDS))
        woken = asyncio.ensure_future(self._reconnected.wait())
        try:
            await asyncio.wait([pull, woken], return_when=asyncio.FIRST_COMPLETED)
            if not pull.done():
                return False
            try:
                messages: list[Msg] = pull.result()
            except nats.errors.TimeoutError:
                return True
            for message in messages:
                try:
                    await taker(message.subject, message.data)
                except DeskhandError as error:
                    log.warning("a message on %s is left: %s", message.subject, error.message)
                    if error.retryable:
                        await message.nak(1.0)
                        continue
                except Exception:
                    log.exception("a message on %s cannot be taken", message.subject)
                await message.ack()
            return True
        finally:
            pull.cancel()
            woken.cancel()
            await asyncio.gather(pull, woken, return_exceptions=True)

    async def move_to(self, addresses: Sequence[str]) -> None:
        """Connect there from now on. A connection that is up is left alone."""
        self.addresses = addresses
        if self._client is not None and not self._client.is_connected:
            await _closed(self._client)
            self._gone.set()

    async def close(self) -> None:
        self._closing = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await _closed(self._client)

    # -- what only the hub does ---------------------------------------------------------------------------------------

    async def make_streams(self, replicas: int = 1, days: float = 14.0) -> None:
        """The two durable streams, kept by the broker, by so many of its servers."""
        jetstream = self._now().jetstream()
        for name, subjects in ((WORK, "dh.work.*"), (DONE, "dh.done.*")):
            wanted = api.StreamConfig(
                name=name, subjects=[subjects], max_age=days * 86_400, duplicate_window=3600, storage=api.StorageType.FILE, discard=api.DiscardPolicy.OLD, num_replicas=replicas
            )
            try:
                await jetstream.add_stream(wanted)
            except nats.js.errors.BadRequestError:
                await jetstream.update_stream(wanted)
        await self.make_consumer(DONE, "hub", "dh.done.*")

    async def make_consumer(self, stream: str, name: str, subject: str) -> None:
        await (
            self._now()
            .jetstream()
            .add_consumer(
                stream, api.ConsumerConfig(durable_name=name, filter_subject=subject, ack_policy=api.AckPolicy.EXPLICIT, ack_wait=30, max_ack_pending=1000, max_waiting=8)
            )
        )

    async def answers(self, seconds: float) -> bool:
        """Whether the broker tells of its streams in time."""
        try:
            async with asyncio.timeout(seconds):
                for name in (WORK, DONE):
                    await self._now().jetstream().stream_info(name)
        except (*LOST, DeskhandError):
            return False
        return True

    async def drop_consumer(self, stream: str, name: str, subject: str) -> None:
        """Forget a device's place in the stream, and what lies there for it."""
        with contextlib.suppress(*LOST):
            await self._now().jetstream().delete_consumer(stream, name)
        with contextlib.suppress(*LOST):
            await self._now().jetstream().purge_stream(stream, subject=subject)


async def _closed(client: Client) -> None:
    """Closing waits for the other end of a half-open connection, which never says anything, and takes no cancelling: it is left to itself after a moment."""
    closing = asyncio.ensure_future(client.close())
    _CLOSING.add(closing)
    closing.add_done_callback(_closing_over)
    await asyncio.wait([closing], timeout=2)


def _closing_over(closing: asyncio.Future[None]) -> None:
    _CLOSING.discard(closing)
    if not closing.cancelled() and (error := closing.exception()):
        log.debug("closing: %s", error)


_CLOSING: set[asyncio.Future[None]] = set()


def _backing_off(servers: list[Any], info: dict[str, Any]) -> tuple[Any, float]:
    """The server tried least, after a pause that doubles up to a cap, with jitter."""
    chosen = min(servers, key=lambda server: server.reconnects)
    pause = min(LONGEST_PAUSE / 3, 0.1 * 2 ** min(chosen.reconnects, 10))
    return chosen, random.uniform(0.5, 1.0) * pause


def _replying(answerer: Answerer) -> Callable[[Msg], Any]:
    async def heard(message: Msg) -> None:
        try:
            reply = await answerer(message.subject, message.data)
        except DeskhandError as error:
            log.warning("a question on %s is refused: %s", message.subject, error.message)
            reply = b'{"error":' + _quoted(error.code) + b',"message":' + _quoted(error.message) + b"}"
        except Exception:
            log.exception("a question on %s cannot be answered", message.subject)
            reply = b'{"error":"internal","message":"Something went wrong there."}'
        if message.reply:
            with contextlib.suppress(*LOST):
                await message.respond(reply)

    async def beside(message: Msg) -> None:
        """One slow answer does not hold up the next question."""
        task = asyncio.create_task(heard(message))
        _ANSWERING.add(task)
        task.add_done_callback(_ANSWERING.discard)

    return beside


_ANSWERING: set[asyncio.Task[None]] = set()


def _quoted(text: str) -> bytes:
    import json

    return json.dumps(text).encode()
