"""Model files that lie in packages of the Python registry, as ``registry.toml`` has them: the one place that reads it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.catalog.profile import LocalProfile

TABLE = Path(__file__).with_name("registry.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFile:
    """A publisher's file in ``pieces`` pieces. ``packages`` and ``member``: package, and path in its wheel, of piece ``{n}``; ``repo``: the publisher's on the hub."""

    id: str
    title: str
    file: str
    bytes: int
    sha256: str
    licence: str
    context: int
    packages: str
    pieces: int
    member: str
    repo: str = ""


@cache
def packed_files() -> tuple[PackedFile, ...]:
    """All of them, the best first."""
    return tuple(PackedFile(**row) for row in tomllib.loads(TABLE.read_text(encoding="utf-8"))["model"])


def find_packed(profile: LocalProfile) -> tuple[PackedFile, str] | None:
    """The packed file of this profile and its quantisation: told by its SHA-256, which is the publisher's."""
    kinds = {checksum: kind for kind, checksum in profile.checksums.items()}
    return next(((row, kinds[row.sha256]) for row in packed_files() if row.sha256 in kinds), None)
