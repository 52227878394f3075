"""Models found by name: on the model hub, and in the catalogue where no hub answers; with sizes by quantisation and what fits this machine.

Source of the search: the hub's API, ``/api/models?search=…&filter=gguf&expand=gguf…``; what is expanded says architecture, context and parameters,
so that what llama.cpp here cannot load is not offered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from core.errors import ModelError
from models import catalog
from models.catalog.current import Catalog
from models.catalog.estimates import estimated_file
from models.catalog.profile import LocalProfile
from models.catalog.repository import HubApi, read_files
from models.fit import QUICK, Fit, Speeds, fit
from models.hardware import Machine

EXPANDED = ["gguf", "downloads", "likes", "lastModified", "gated", "tags"]
FAILED = ("hub_unreachable", "hub_busy", "hub_refused", "hub_unreadable")
AT_ONCE = 6  # repositories that are asked about beside each other
DETAIL_SECONDS = 20.0  # in which sizes have to come; results whose sizes did not come are shown without
USUAL_BITS = 4.85  # a weight: the usual compromise of size and quality, Q4_K_M


class KnowsArchitectures(Protocol):
    """Whoever asks llama.cpp: ``models.llama.architectures``."""

    async def loadable(self, names: Iterable[str]) -> dict[str, bool]:
        """By name whether it can be loaded."""
        ...


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One quantisation. ``bytes`` of all its files, ``speed`` in tokens a second here (0: it does not fit), ``reason`` in words."""

    quantisation: str
    bytes: int
    fits: bool
    speed: float
    reason: str


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A repository of the hub, or a model of the catalogue. ``best``: the quantisation to fetch here, empty where none fits; ``pull``: what fetches it.

    ``parameters`` 0, ``architecture`` and ``licence`` empty: not told. ``updated`` RFC 3339 or empty.
    """

    id: str
    source: str
    licence: str
    downloads: int = 0
    likes: int = 0
    updated: str = ""
    gated: bool = False
    architecture: str = ""
    parameters: float = 0.0
    context: int = 0
    files: tuple[FoundFile, ...] = ()
    best: str = ""

    @property
    def quick(self) -> bool:
        """Whether what is to be fetched here would be quick."""
        return any(file.quantisation == self.best and file.speed >= QUICK for file in self.files)

    @property
    def pull(self) -> str:
        """What ``deskhand model pull`` takes."""
        return f"{self.id}:{self.best}" if self.best else self.id

    def to_json(self) -> dict[str, Any]:
        """As the API shows it."""
        return {**asdict(self), "files": [{**asdict(file), "quick": file.speed >= QUICK} for file in self.files], "quick": self.quick, "pull": self.pull}


@dataclass(frozen=True, slots=True)
class Found:
    """An answer. ``left_out``: how many the llama.cpp here cannot load; ``problem``: why the hub did not answer; ``from_catalog``: whose the results are."""

    models: tuple[FoundModel, ...]
    left_out: int = 0
    problem: ModelError | None = None
    from_catalog: bool = False

    @property
    def note(self) -> str:
        """One sentence on what could not be asked or was left out, and whose the results are; empty where all is as it should be."""
        if self.from_catalog:
            return f"{self.problem.message if self.problem else 'The model hub was not asked.'} These are from the built-in catalogue."
        return f"{self.left_out} more cannot be loaded by the llama.cpp of this version." if self.left_out else ""

    def to_json(self) -> dict[str, Any]:
        """As the API shows it."""
        said = {"note": self.note, "left_out": self.left_out, "problem": self.problem.message if self.problem else "", "from_catalog": self.from_catalog}
        return {**said, "results": [model.to_json() for model in self.models]}


async def search(text: str, limit: int, hub: HubApi, architectures: KnowsArchitectures, machine: Machine, speeds: Speeds) -> Found:
    """Repositories with GGUF files that fit the words, those fetched most first. The hub is asked ``limit`` times and once more at most."""
    try:
        rows = await asyncio.to_thread(_ask, hub, text, limit)
    except ModelError as error:
        if error.code not in FAILED:
            raise
        return Found((), problem=error)
    can = await architectures.loadable(row.architecture for row in rows)
    shown = [row for row in rows if can.get(row.architecture, True)]
    detailed = await _with_files(shown, hub, machine, speeds)
    return Found(tuple(detailed), len(rows) - len(shown))


def search_catalog(text: str, limit: int, current: Catalog, can: Mapping[str, bool], machine: Machine, speeds: Speeds) -> tuple[FoundModel, ...]:
    """Models of the catalogue whose name, maker, repository or roles hold all the words: what is quick here, what fits, the rest, each with the best first. ``can``: see :meth:`KnowsArchitectures.loadable`."""
    words = text.lower().split()
    found = [profile for profile in current.local() if can.get(profile.architecture, True) and all(word in _said_of(profile) for word in words)]
    ranked = [_of_profile(profile, machine, speeds) for profile in sorted(found, key=lambda profile: (-profile.grade, profile.id))]
    return tuple(sorted(ranked, key=lambda model: (not model.quick, not model.best))[:limit])


def _said_of(profile: LocalProfile) -> str:
    return f"{profile.id} {profile.name} {profile.maker} {profile.repo} {' '.join(profile.roles)}".lower()


def _of_profile(profile: LocalProfile, machine: Machine, speeds: Speeds) -> FoundModel:
    files = tuple(_file(kind, profile.bytes(kind), fit(profile.as_file(kind), machine, speeds=speeds)) for kind in profile.quantisations)
    return FoundModel(
        profile.id, "catalog", profile.licence, architecture=profile.architecture, parameters=profile.parameters, context=profile.context,
        files=files, best=_best(files, profile.parameters, profile.quantisations[0]),
    )  # fmt: skip


def _ask(hub: HubApi, text: str, limit: int) -> list[FoundModel]:
    answer = hub.get_json("/api/models", {"search": text, "filter": "gguf", "sort": "downloads", "limit": str(limit), "expand": EXPANDED})
    try:
        return [_row(entry) for entry in answer][:limit]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError("What the model hub answers makes no sense.", code="hub_unreadable", hint="A mirror can be set as models.hub.") from error


def _row(entry: Mapping[str, Any]) -> FoundModel:
    licence = next((tag.partition(":")[2] for tag in entry.get("tags") or () if tag.startswith("license:")), "")
    told = entry.get("gguf") or {}
    return FoundModel(
        str(entry["id"]), "hub", licence, int(entry.get("downloads") or 0), int(entry.get("likes") or 0), str(entry.get("lastModified") or ""),
        bool(entry.get("gated")), str(told.get("architecture") or ""), float(told.get("total") or 0), int(told.get("context_length") or 0),
    )  # fmt: skip


async def _with_files(rows: list[FoundModel], hub: HubApi, machine: Machine, speeds: Speeds) -> list[FoundModel]:
    """The same with their files, as far as those come in time; a repository that does not tell stays as it is."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(row: FoundModel) -> FoundModel:
        async with gate:
            try:
                return await asyncio.to_thread(_measured, row, hub, machine, speeds)
            except ModelError:
                return row

    tasks = [asyncio.create_task(one(row)) for row in rows]
    done, late = await asyncio.wait(tasks, timeout=DETAIL_SECONDS) if tasks else (set(), set())
    for task in late:
        task.cancel()
    return [task.result() if task in done else row for row, task in zip(rows, tasks, strict=True)]


def _measured(row: FoundModel, hub: HubApi, machine: Machine, speeds: Speeds) -> FoundModel:
    """Sizes of a repository's files and how each would fit; the shape is the catalogue's where it knows the repository."""
    known = next((profile for profile in catalog.local_profiles() if profile.repo == row.id), None)
    active = known.active / known.parameters if known and known.active else 1.0
    shape = (known.cache_token, known.looked_up, active) if known else ()
    files = []
    for kind, stated in read_files(hub, row.id).items():
        if known and known.layers and kind in known.quantisations:
            info = known.as_file(kind)
        else:
            info = estimated_file(row.id, row.architecture, stated.bytes, row.parameters, row.context, kind, *shape)
        files.append(_file(kind, stated.bytes, fit(info, machine, speeds=speeds)))
    return replace(row, files=tuple(files), best=_best(tuple(files), row.parameters))


def _file(kind: str, size: int, found: Fit) -> FoundFile:
    return FoundFile(kind, size, found.fits, found.decode_speed, found.reason)


def _best(files: tuple[FoundFile, ...], parameters: float, preferred: str = "") -> str:
    """Of those that fit the preferred one, else that nearest to the usual number of bits a weight; of unknown models the one in the middle."""
    fitting = [file for file in files if file.fits]
    if not fitting or any(file.quantisation == preferred for file in fitting):
        return preferred if fitting else ""
    if not parameters:
        return next((file.quantisation for file in fitting if file.quantisation == "Q4_K_M"), fitting[len(fitting) // 2].quantisation)
    return min(fitting, key=lambda file: abs(file.bytes * 8 / parameters - USUAL_BITS)).quantisation
