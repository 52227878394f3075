"""Who a machine is to the broker: NKEYs, NATS' encoding of Ed25519 keys. The only module that imports ``nkeys``."""

from __future__ import annotations

import hashlib
import os

import nkeys


def new_seed() -> str:
    """A fresh Ed25519 identity as an NKEY user seed (NATS' own encoding)."""
    return seed_of(os.urandom(32))


def seed_of(secret: bytes) -> str:
    """The identity that 32 bytes stand for."""
    return str(nkeys.encode_seed(secret, nkeys.PREFIX_BYTE_USER).decode())


def public_key(seed: str) -> str:
    return str(nkeys.from_seed(bytearray(seed.encode())).public_key.decode())


def is_public_key(text: str) -> bool:
    """Whether this is a user's public key, to the checksum."""
    try:
        raw = nkeys.base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError:
        return False
    return len(raw) == 35 and raw[0] == nkeys.PREFIX_BYTE_USER and nkeys.crc16(raw[:-2]).to_bytes(2, "little") == raw[-2:]


def inbox_of(key: str) -> str:
    """Where answers to the owner of this key come in: nobody else may listen there."""
    return hashlib.sha256(key.encode()).hexdigest()[:24]
