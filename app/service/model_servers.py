"""Adding a server of models: its address and key are tried before anything is kept, and its models are those that it says it has."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from app.service.composition import Core
from core import events
from core.errors import ModelError, NotFound, UsageError
from core.network.routes import LOOPBACK
from core.settings import setting_of
from models import catalog
from models.servers.address import is_address, normalise_address
from models.servers.listing import list_served
from models.servers.services import Service, find_service, near_services

ROLES = ("planner", "reviewer", "executor", "embedder")
MOST_LISTED = 60  # models of a server that has more are those that the catalogue knows
_PASTED = re.compile(r"^(?:export\s+)?[A-Z][A-Z0-9_]*(?:KEY|TOKEN)\s*=\s*|^[Bb]earer\s+")  # what people copy along with a key
_DOUBTS = ("bad_key", "model_unpaid")  # answers after which nothing is kept
_NO_TALK = re.compile(r"embed|whisper|\btts\b|dall-e|imagen|\bveo\b|moderation|rerank|\bocr\b|transcribe|realtime|\baudio\b|\bimage\b|guard", re.I)


@dataclass(frozen=True, slots=True)
class ServerWish:
    """What a person says of a server. ``url`` may be empty for one that is known by name, ``models`` too: then they are asked for."""

    name: str
    kind: str = "openai"
    url: str = ""
    models: tuple[str, ...] = ()
    key: str = ""
    timeout_s: float = 120.0


async def add_server(core: Core, wish: ServerWish, is_tried: bool) -> dict[str, Any]:
    """Add or change a server; its key goes to the keyring, never to the file. ``is_tried``: it is asked for its models before.

    Raises :class:`UsageError` ``no_address``, ``no_key``, ``bad_key``; :class:`ModelError` ``bad_key`` where the server does not take it.
    """
    service = find_service(wish.name)
    wish = _complete(wish, service)
    key = wish.key or core.secrets.get(wish.name)
    if is_tried and service is not None and not service.local and wish.url == service.url and not key:
        raise UsageError(f"{service.name} needs a key.", code="no_key", hint=_key_hint(wish.name, service))
    listed, note = await _try(core, wish, key) if is_tried else ([], "")
    if wish.key:
        core.secrets.set(wish.name, wish.key)
    models = wish.models or tuple(_choose(listed, service))
    row = _keep(core, replace(wish, models=models))
    return row | {"note": " ".join(filter(None, (note, _missing(wish, listed), _lost_key(wish, service) if wish.key and not row["has_key"] else "")))}


def remove_server(core: Core, name: str) -> list[str]:
    """Forget a server and its key; the roles that its models had go back to what they are by default, and are told."""
    if name not in core.settings.extra.get("provider", {}):
        raise NotFound(f"There is no provider {name}.")
    core.settings.set_provider(name, None)
    if core.secrets.get(name):
        core.secrets.set(name, None)
    core.pool.forget(f"{name}/")
    roles = [role for role in ROLES if str(core.settings[f"models.{role}"]).startswith(f"{name}/")]
    for role in roles:
        core.settings.set(f"models.{role}", setting_of(f"models.{role}").default)
    core.journal.append(events.SETTINGS_CHANGED, "", {"keys": [f"provider.{name}", *(f"models.{role}" for role in roles)]})
    return roles


def _complete(wish: ServerWish, service: Service | None) -> ServerWish:
    """With the address and kind of a service that is known by name, and the key as it is meant."""
    url = wish.url.strip() or (service.url if service else "")
    if not url:
        near = near_services(wish.name)
        hint = f"Did you mean {' or '.join(near)}? " if near else ""
        raise UsageError(
            f"No service is known as {wish.name}.", code="no_address", hint=f"{hint}`deskhand model add` lists those that are; of others give the address: --url https://…"
        )
    if not is_address(url):
        raise UsageError(f"{url[:200]} is no address of a server.", code="no_address", hint="It looks like this: https://models.example.org/v1, or localhost:8080")
    key = _PASTED.sub("", wish.key.strip()).strip("\"' ")
    if not key.isascii() or re.search(r"[\s\x00-\x1f]", key):
        raise UsageError("That is no key: there are spaces or letters in it that no key has.", code="bad_key", hint="Copy it anew, only the key itself.")
    is_known = service is not None and normalise_address(url) == normalise_address(service.url)
    kind = service.kind if service and is_known else "anthropic" if wish.name == "anthropic" else wish.kind
    return replace(wish, url=service.url if service and is_known else normalise_address(url), key=key, kind=kind)


def _key_hint(name: str, service: Service) -> str:
    return f"Get one at {service.keys}, then give it to `deskhand model add {name} --key-stdin`, or set {service.variables[0]} before Deskhand starts."


async def _try(core: Core, wish: ServerWish, key: str | None) -> tuple[list[str], str]:
    """What it says it has, and a sentence where it could not be asked."""
    host = urlsplit(wish.url).hostname or ""
    if core.settings["privacy.local_only"] and host not in LOOPBACK:
        return [], "It was not asked, as nothing may leave this machine (privacy.local_only)."
    if host not in LOOPBACK:
        core.runs.deps.egress.record("", host, f"models:{wish.name}", True)
    try:
        return await list_served(wish.kind, wish.url, key), ""
    except ModelError as error:
        if error.code in _DOUBTS:
            raise ModelError(f"{error.message} Nothing was kept.", code=error.code, hint=_other_key(wish.name) if error.code == "bad_key" else error.hint) from error
        return [], f"{error.message} {error.hint}".strip()


def _other_key(name: str) -> str:
    service = find_service(name)
    return f"Look whether it was copied whole, or get another one at {service.keys}" if service and service.keys else "Look whether it was copied whole."


def _choose(listed: list[str], service: Service | None) -> list[str]:
    """The models that are offered: of many those that the catalogue knows; where it was not asked, what the catalogue has of the service."""
    talking = [name for name in listed if not _NO_TALK.search(name)]
    known = [name for name in talking if catalog.cloud_model(name)]
    if talking:
        return talking if len(talking) <= MOST_LISTED else known or talking[:MOST_LISTED]
    return [] if service is None or not service.catalog else catalog.names_at(service.catalog)


def _lost_key(wish: ServerWish, service: Service | None) -> str:
    """For a system whose keyring takes keys and keeps none."""
    variable = service.variables[0] if service and service.variables else f"{wish.name.upper().replace('-', '_')}_API_KEY"
    return f"This system's keyring did not keep the key: set {variable} and start Deskhand anew (deskhand stop)."


def _missing(wish: ServerWish, listed: list[str]) -> str:
    gone = [name for name in wish.models if listed and name not in listed]
    return f"It does not list {', '.join(gone)}." if gone else ""


def _keep(core: Core, wish: ServerWish) -> dict[str, Any]:
    values = {"kind": wish.kind, "base_url": wish.url, "models": list(wish.models), "timeout_s": wish.timeout_s}
    core.settings.set_provider(wish.name, values)
    core.pool.forget(f"{wish.name}/")
    core.journal.append(events.SETTINGS_CHANGED, "", {"keys": [f"provider.{wish.name}"]})
    return {"name": wish.name, **values, "has_key": core.secrets.get(wish.name) is not None}
