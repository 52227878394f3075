"""Services and programs that are known by name: where their API is, where a person gets the key."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("services.toml")
NEAR = 3  # names that are told where one is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """``url`` is the base address, ``keys`` the page where a person gets a key, ``variables`` where it may stand in the environment.

    ``kind``: whose API it speaks, ``openai`` or ``anthropic``; ``catalog``: the provider of its models in the catalogue (empty: none are known);
    ``local``: a program on this machine, which wants no key; ``also``: what it is called too; ``says``: who states the address.
    """

    id: str
    name: str
    url: str
    says: str
    keys: str = ""
    kind: str = "openai"
    catalog: str = ""
    variables: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    local: bool = False

    def to_json(self) -> dict[str, Any]:
        """As the API shows it."""
        return {name: getattr(self, name) for name in ("id", "name", "url", "keys", "kind", "local", "also", "variables")}


@cache
def known_services() -> tuple[Service, ...]:
    """All of them, those over the network first."""
    return tuple(_service(id_, row) for id_, row in tomllib.loads(TABLE.read_text(encoding="utf-8")).items())


def _service(id_: str, row: Mapping[str, Any]) -> Service:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Service(id=id_, **values)


def find_service(name: str) -> Service | None:
    """The one of this name, or that is called so too."""
    return next((service for service in known_services() if name.lower() in (service.id, *service.also)), None)


def near_services(name: str) -> list[str]:
    """Names that somebody may have meant who typed ``name``."""
    return difflib.get_close_matches(name.lower(), [called for service in known_services() for called in (service.id, *service.also)], NEAR)


def key_variables() -> Mapping[str, tuple[str, ...]]:
    """By a service's name, also what it is called too, the variables of the environment in which its key may stand."""
    return {called: service.variables for service in known_services() for called in (service.id, *service.also)}
