"""Who may say and hear what at the broker, in the words of its configuration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.service.devices.keys import inbox_of
from core.devices.link import ask_subject, done_subject, pair_subject, tell_subject


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody who may connect: a device, or whoever holds an invitation."""

    id: str
    key: str
    invited: bool = False
    password: str = ""  # small hardware over MQTT, which has no keys


def accounts(hub_key: str, peers: Iterable[Peer]) -> dict[str, Any]:
    """The block ``accounts`` of a nats-server: the hub and its devices in one, each group of hardware in one of its own."""
    known = list(peers)
    groups = [peer for peer in known if peer.password]
    return {
        "DESKHAND": {
            "jetstream": "enabled",
            "users": [{"nkey": hub_key}, *(_user(peer) for peer in known if not peer.password)],
            "exports": [{"stream": f"hw.{group.id}.*.set", "accounts": [_account(group)]} for group in groups],
            "imports": [{"stream": {"account": _account(group), "subject": f"hw.{group.id}.*"}} for group in groups],
        },
        **{_account(group): _of_hardware(group) for group in groups},
    }


def _user(peer: Peer) -> dict[str, Any]:
    """What a peer may say and hear: its own subjects, and nothing of anybody else's."""
    inbox = f"_INBOX_{inbox_of(peer.key)}.>"
    if peer.invited:
        return {"nkey": peer.key, "permissions": {"publish": [pair_subject(peer.id)], "subscribe": [inbox]}}
    speaks = [done_subject(peer.id), ask_subject(peer.id), f"$JS.API.CONSUMER.MSG.NEXT.DH_WORK.{peer.id}", f"$JS.ACK.DH_WORK.{peer.id}.>"]
    return {"nkey": peer.key, "permissions": {"publish": speaks, "subscribe": [inbox, tell_subject(peer.id)], "allow_responses": {"max": 1, "expires": "2m"}}}


def _account(group: Peer) -> str:
    return f"HW_{group.id.upper()}"


def _of_hardware(group: Peer) -> dict[str, Any]:
    """An account of its own for each group of hardware: MQTT knows clients by a name that they choose, and within one account anybody could take over anybody's session."""
    own = [f"hw.{group.id}.>"]
    user = {"user": group.id, "password": group.password, "permissions": {"publish": own, "subscribe": [*own, "$MQTT.sub.>"]}, "allowed_connection_types": ["MQTT"]}
    return {
        "jetstream": {"max_mem": 4_194_304, "max_file": 67_108_864}, "users": [user], "exports": [{"stream": f"hw.{group.id}.*", "accounts": ["DESKHAND"]}],
        "imports": [{"stream": {"account": "DESKHAND", "subject": f"hw.{group.id}.*.set"}}],
    }  # fmt: skip
