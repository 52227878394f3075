"""Invitations as one line of text, and the words by which two screens are compared.

A code carries everything that the other machine needs: where the broker is, the fingerprint of its certificate, and a secret that lets it speak once.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import secrets
from dataclasses import dataclass

from core.errors import UsageError

PREFIX = "DH1"
SECRET_BYTES = PRINT_BYTES = 16  # 128 bits each: guessing either is hopeless in the ten minutes that a code lives


@dataclass(frozen=True, slots=True)
class Invitation:
    """``addresses`` are IPv4 addresses or names; ``print_`` the first bytes of the certificate's SHA-256."""

    secret: bytes
    print_: bytes
    port: int
    addresses: tuple[str, ...]

    @property
    def id(self) -> str:
        """Names the invitation without giving its secret away."""
        return hashlib.sha256(b"deskhand invitation " + self.secret).hexdigest()[:20]

    @property
    def seed(self) -> bytes:
        """32 bytes: the identity that may ask to be paired."""
        return hashlib.sha256(b"deskhand invited " + self.secret).digest()


def invitation(print_: bytes, port: int, addresses: tuple[str, ...]) -> Invitation:
    """A fresh one."""
    return Invitation(secrets.token_bytes(SECRET_BYTES), print_[:PRINT_BYTES], port, addresses)


def written(invited: Invitation) -> str:
    """``DH1-XXXXX-XXXXX-…``: letters and digits that survive being read out, and a QR code's cheap alphabet."""
    body = invited.secret + invited.print_ + invited.port.to_bytes(2, "big")
    for address in invited.addresses[:6]:
        try:
            body += b"\x04" + ipaddress.IPv4Address(address).packed
        except ValueError:
            name = address.encode("idna")[:60]
            body += bytes([64 + len(name)]) + name
    body += hashlib.sha256(body).digest()[:2]
    letters = base64.b32encode(body).decode().rstrip("=")
    return "-".join([PREFIX, *(letters[start : start + 5] for start in range(0, len(letters), 5))])


def read(code: str) -> Invitation:
    """The invitation in a code. Raises :class:`UsageError` where it is none, or was mistyped."""
    plain = "".join(code.split()).upper().replace("-", "")
    if not plain.startswith(PREFIX):
        raise UsageError("That is no invitation.", code="bad_code", hint="`deskhand device invite` on the other machine shows one; it begins with DH1-.")
    letters = plain[len(PREFIX) :].replace("0", "O").replace("1", "I").replace("8", "B")
    try:
        body = base64.b32decode(letters + "=" * (-len(letters) % 8))
        rest, check = body[:-2], body[-2:]
        if len(rest) < 34 + 2 or hashlib.sha256(rest).digest()[:2] != check:
            raise ValueError
        return Invitation(rest[:16], rest[16:32], int.from_bytes(rest[32:34], "big"), tuple(_addresses(rest[34:])))
    except (ValueError, IndexError, UnicodeError) as error:
        raise UsageError("That invitation is not complete, or was mistyped.", code="bad_code", hint="Copy it whole, from DH1- to its last letter.") from error


def _addresses(body: bytes) -> list[str]:
    found = []
    while body:
        if body[0] == 4:
            found.append(str(ipaddress.IPv4Address(body[1:5])))
            body = body[5:]
        else:
            size = body[0] - 64
            if size < 1 or len(body) < size + 1:
                raise ValueError
            found.append(body[1 : size + 1].decode("idna"))
            body = body[size + 1 :]
    return found


def words(print_: bytes, key: str) -> str:
    """Four words that both screens show (28 bits): the same only where both speak of the same broker and the same device."""
    digest = int.from_bytes(hashlib.sha256(b"deskhand words " + print_[:PRINT_BYTES] + key.encode()).digest()[:4], "big")
    return " ".join(WORDS[(digest >> shift) & 127] for shift in (0, 7, 14, 21))


WORDS = tuple(
    """
    acorn anchor apple apron arrow autumn badger bakery balloon bamboo barrel basket beacon beetle bottle bread bridge bucket butter button cabin cactus
    camel candle canoe carpet castle cedar cherry chimney circle cloud clover cobalt coffee comet copper coral cotton cricket crown curtain daisy desert
    diamond dolphin donkey dragon eagle ember engine falcon feather fern fiddle flute forest fountain garden ginger giraffe globe grape guitar hammer
    harbor harvest hazel helmet honey island ivory jacket jasmine jungle kettle kitten ladder lagoon lantern lemon lily lizard magnet maple marble meadow
    melon mirror monkey mountain nectar needle nutmeg oasis olive orange orchid otter oyster paddle panda pebble pepper piano pillow planet pocket potato
    puppet rabbit raven ribbon river rocket saddle salmon silver spider squirrel sunset teapot temple thunder tiger tulip turtle umbrella
    """.split()  # noqa: SIM905
)
