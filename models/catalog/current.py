"""The catalogue as it is now: what came with Deskhand, with newer facts of files as the model hub stated them, kept in a file beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from models.catalog.loading import built_in
from models.catalog.profile import BITS, CloudProfile, LocalProfile, Profile

FRESH_SECONDS = 7 * 86_400.0  # facts are asked for again after a week
_OFF = 1.6  # a stated size that is further than this factor from what its bits come to is of another file


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the hub states of one quantisation: bytes of all its files together, and SHA-256 where it is one file."""

    bytes: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class RepoFacts:
    """What the hub states of a repository: files by quantisation, and the day on which it was asked."""

    files: Mapping[str, FileFacts]
    asked: date


class Catalog:
    """``kept`` is the file of newer facts (None: what came with Deskhand only); one that cannot be read counts as empty."""

    def __init__(self, kept: Path | None = None) -> None:
        self._kept = kept
        self._facts: dict[str, RepoFacts] = {}
        self._asked = 0.0
        self._read()
        self._now = self._merged()

    def profiles(self) -> tuple[Profile, ...]:
        """Every profile, in the order of the files; those of services that have ended too."""
        return self._now

    def offered(self, today: date) -> tuple[Profile, ...]:
        """Those that can be had: without services' models that have ended."""
        return tuple(profile for profile in self._now if not (isinstance(profile, CloudProfile) and profile.has_ended(today)))

    def local(self) -> tuple[LocalProfile, ...]:
        """Models as files."""
        return tuple(profile for profile in self._now if isinstance(profile, LocalProfile))

    def get(self, profile_id: str) -> LocalProfile | None:
        """The model as a file with exactly this id."""
        return next((profile for profile in self.local() if profile.id == profile_id), None)

    def is_stale(self, now: float) -> bool:
        """Whether the hub was last asked more than a week ago; what came with Deskhand counts as fresh when it is first looked at.

        ``now`` in seconds since 1970.
        """
        if not self._asked or self._asked > now:
            self.update({}, now)
        return now - self._asked > FRESH_SECONDS

    def update(self, found: Mapping[str, RepoFacts], now: float) -> None:
        """Take over what the hub stated by repository, and that it was asked at ``now`` (seconds since 1970)."""
        self._facts |= found
        self._asked = now
        self._now = self._merged()
        self._write()

    def _merged(self) -> tuple[Profile, ...]:
        return tuple(_with_facts(profile, self._facts.get(profile.repo)) if isinstance(profile, LocalProfile) else profile for profile in built_in())

    def _read(self) -> None:
        try:
            found = json.loads(self._kept.read_text(encoding="utf-8")) if self._kept else {}
            self._asked = float(found.get("asked", 0.0))
            self._facts = {repo: _facts_of(row) for repo, row in found.get("repos", {}).items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            self._asked, self._facts = 0.0, {}

    def _write(self) -> None:
        if self._kept is None:
            return
        rows = {
            repo: {"asked": row.asked.isoformat(), "files": {kind: {"bytes": file.bytes, "sha256": file.sha256} for kind, file in row.files.items()}}
            for repo, row in self._facts.items()
        }
        part = self._kept.with_suffix(".part")
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps({"asked": self._asked, "repos": rows}, indent=1), encoding="utf-8")
            part.replace(self._kept)
        except OSError:
            pass  # a full or read-only disk: what came with Deskhand serves


def day_of(now: float) -> date:
    """The day (UTC) of a moment in seconds since 1970."""
    return datetime.fromtimestamp(now, UTC).date()


def _facts_of(row: Any) -> RepoFacts:
    return RepoFacts({str(kind): FileFacts(int(file["bytes"]), str(file["sha256"])) for kind, file in row["files"].items()}, date.fromisoformat(row["asked"]))


def _with_facts(profile: LocalProfile, facts: RepoFacts | None) -> LocalProfile:
    files = {kind: file for kind, file in facts.files.items() if _is_plausible(profile, kind, file.bytes)} if facts else {}
    if not facts or not files:
        return profile
    kinds = (*(kind for kind in profile.quantisations if kind in files), *_new_kinds(files, profile.quantisations))
    checksums = {kind: file.sha256 for kind, file in files.items() if file.sha256}
    estimated = tuple(kind for kind in profile.estimated if kind != "size")
    return replace(profile, quantisations=kinds, sizes={kind: file.bytes for kind, file in files.items()}, checksums=checksums, estimated=estimated, asked=facts.asked)


def _new_kinds(files: Iterable[str], known: tuple[str, ...]) -> list[str]:
    return sorted((kind for kind in files if kind in BITS and kind not in known), key=lambda kind: BITS[kind])


def _is_plausible(profile: LocalProfile, kind: str, size: int) -> bool:
    """Whether so many bytes can be this quantisation of this model; of quantisations whose bits are not known, whether there is anything."""
    if kind not in BITS:
        return size > 0 and kind in profile.quantisations
    expected = profile.sizes.get(kind) or profile.parameters * BITS[kind] / 8
    return expected / _OFF < size < expected * _OFF
