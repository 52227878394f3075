"""The connection between machines as a port, and the names of its subjects.

Who speaks is told by the subject alone, which the broker lets only that machine write to; what a body says of its sender is never looked at.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from core.errors import DeskhandError

Answerer = Callable[[str, bytes], Awaitable[bytes]]
Taker = Callable[[str, bytes], Awaitable[None]]
WORK, DONE = "DH_WORK", "DH_DONE"  # the durable streams: to the devices, and from them
MOST_BYTES = 900_000  # of one message; what is longer goes as an artefact


class LinkDown(DeskhandError):
    """The other side cannot be reached now."""

    code = "link_down"

    def __init__(self, message: str = "The other machine cannot be reached.") -> None:
        super().__init__(message, retryable=True)


class Link(Protocol):
    """One machine's connection to the broker. It connects again by itself, for as long as it takes."""

    def up(self) -> bool: ...

    async def ask(self, subject: str, body: bytes, seconds: float) -> bytes:
        """Send and wait for the answer. Raises :class:`LinkDown` when none came in time."""
        ...

    async def tell(self, subject: str, body: bytes) -> None:
        """Send; it may get lost. Raises :class:`LinkDown` only where that is known."""
        ...

    async def put(self, subject: str, body: bytes, key: str) -> None:
        """Send so that it is kept until it was taken; the same ``key`` is kept once. Raises :class:`LinkDown`."""
        ...

    async def answer(self, subject: str, answerer: Answerer) -> None:
        """Answer what is asked there, from now on, through every reconnect."""
        ...

    def take(self, stream: str, consumer: str, taker: Taker) -> None:
        """Take what was put, one after the other; it comes again until ``taker`` returns."""
        ...

    async def close(self) -> None: ...


def pair_subject(invite: str) -> str:
    return f"dh.pair.{invite}"


def work_subject(device: str) -> str:
    """Work for a device, durable."""
    return f"dh.work.{device}"


def done_subject(device: str) -> str:
    """What became of it, durable."""
    return f"dh.done.{device}"


def ask_subject(device: str) -> str:
    """What a device asks of the hub."""
    return f"dh.ask.{device}"


def tell_subject(device: str) -> str:
    """What the hub asks of a device."""
    return f"dh.tell.{device}"


def device_of(subject: str) -> str:
    """The device that a subject belongs to."""
    return subject.rsplit(".", 1)[1]


def packed(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def unpacked(body: bytes) -> dict[str, Any]:
    """A message as an object. Raises :class:`DeskhandError` for anything else."""
    try:
        value = json.loads(body)
    except ValueError as error:
        raise DeskhandError("The message is not JSON.", code="bad_message") from error
    if not isinstance(value, dict):
        raise DeskhandError("The message is not an object.", code="bad_message")
    return value
