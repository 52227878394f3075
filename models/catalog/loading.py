"""The catalogue's files read: families with what their members share, a member says only what differs; and who states what."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from models.catalog.profile import CloudProfile, LocalProfile, Profile

FOLDER = Path(__file__).parent
_MERGED = ("stated", "figures", "sampling")  # tables of which a member gives only what it adds


@dataclass(frozen=True, slots=True)
class Source:
    """Who states a fact: in words, the day from which it is, and where figures are scores, out of how many."""

    key: str
    name: str
    date: date
    best: float = 0.0


@cache
def sources() -> Mapping[str, Source]:
    """Every source by its key."""
    found = tomllib.loads((FOLDER / "sources.toml").read_text(encoding="utf-8"))
    return {key: Source(key, values["name"], values["date"], values.get("best", 0.0)) for key, values in found.items()}


@cache
def built_in() -> tuple[Profile, ...]:
    """Every profile as it came with Deskhand, in the order of the files."""
    tables = (tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml")))
    return tuple(_profile(family, member) for table in tables for family in table.get("family", ()) for member in family["models"])


def _profile(family: dict[str, Any], member: dict[str, Any]) -> Profile:
    kind = CloudProfile if "provider" in family or "provider" in member else LocalProfile
    known = {entry.name for entry in fields(kind)}
    values = {key: value for key, value in {**family, **member}.items() if key not in ("models", "id", "name", "quirks")}
    if strange := set(values) - known:
        raise ValueError(f"{member['id']}: {', '.join(sorted(strange))} is not known in a profile")
    values |= {key: {**family[key], **member[key]} for key in _MERGED if isinstance(member.get(key), dict) and isinstance(family.get(key), dict)}
    lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
    quirks = (*family.get("quirks", ()), *member.get("quirks", ()))
    return kind(**{**values, **lists, "id": member["id"], "family": family["id"], "name": member.get("name", family["name"]), "quirks": quirks})
