"""Which models to get for this machine: the best that is quick enough here, one for all roles where one serves, with the reason in numbers.

The order is the catalogue's ``grade``, which follows the figures stated there; the speed is reckoned from what was measured on this machine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from models.catalog import LocalProfile, find, local_profiles
from models.catalog.packed import find_packed
from models.fit import QUICK, Fit, Speeds, fit
from models.gguf_file import GgufInfo
from models.hardware import Machine
from models.memory_needs import CPU

HUB, REGISTRY = "hub", "registry"
BEST, QUICKER, SLOWER, QUICKEST = "best", "quicker", "slower", "quickest"
WORDS = {BEST: "the best that is quick here", QUICKER: "quicker, and simpler", SLOWER: "better, and slower", QUICKEST: "nothing is quick here, this is the quickest"}
CRAWL = 1.5  # tokens a second under which nothing is offered
DISK_SPARE = 1_000_000_000  # bytes of disk that stay free
RAM_SPARE = 4 * 1024**3  # bytes of memory for everything else that people run; of small machines half
CONTEXT = 8192  # tokens that a model has to have room for


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A model to get. ``id``: as ``deskhand model pull`` takes it; ``source``: :data:`HUB` or :data:`REGISTRY`; ``why``: what speaks for it."""

    id: str
    source: str
    profile: LocalProfile
    quantisation: str
    fit: Fit
    why: str = BEST

    @property
    def bytes(self) -> int:
        """Size of the download."""
        return self.profile.bytes(self.quantisation)

    @property
    def reason(self) -> str:
        """Why, size, memory, speed and licence in words."""
        total = sum(part.total for part in self.fit.parts.values()) / 1e9
        figures = f"{self.bytes / 1e9:.1f} GB to fetch, {total:.1f} GB of memory, about {self.fit.decode_speed:.0f} tokens/s here, licence {self.profile.licence}"
        return f"{WORDS[self.why]}: {figures}"

    def to_json(self) -> dict[str, Any]:
        """As the API shows it; ``speed`` in tokens a second, ``memory`` in bytes."""
        return {
            "id": self.id, "source": self.source, "role": "all", "name": self.profile.id, "maker": self.profile.maker, "licence": self.profile.licence,
            "quantisation": self.quantisation, "bytes": self.bytes, "memory": sum(part.total for part in self.fit.parts.values()), "speed": self.fit.decode_speed,
            "grade": self.profile.grade, "why": self.why, "reason": self.reason,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under which a model is chosen. ``speeds``: as measured here; ``reachable_sources``: where it may come from.

    ``profiles``: the catalogue as it is now (None: as it came); ``loadable``: by architecture whether llama.cpp here can load it, those that
    are not in it count as loadable; ``most_bytes``: no larger download.
    """

    machine: Machine
    speeds: Speeds | None = None
    reachable_sources: Collection[str] = (HUB, REGISTRY)
    profiles: Sequence[LocalProfile] | None = None
    loadable: Mapping[str, bool] = field(default_factory=dict)
    most_bytes: int | None = None

    @property
    def room(self) -> int:
        """Bytes that a download may have."""
        return min(self.machine.disk_free - DISK_SPARE, self.machine.disk_free if self.most_bytes is None else self.most_bytes)

    def can_load(self, architecture: str) -> bool:
        """Whether llama.cpp here can load it, as far as is known."""
        return self.loadable.get(architecture, True)


def best(conditions: Conditions) -> Recommendation | None:
    """The best model for all roles on this machine, out of the sources that can be reached; None where nothing is of use.

    Only models whose licence asks nothing of anybody. Where none is quick, the quickest.
    """
    return _first(rank(conditions))


def best_here(files: Iterable[tuple[str, GgufInfo]], conditions: Conditions) -> str:
    """The id of the best model for all roles among files that are on this machine; empty where none is of use.

    ``files``: ids and what the files say. Only models of the catalogue: of others nobody states how good they are.
    """
    found = []
    for model_id, info in files:
        profile = find(model_id)
        if profile is None or "executor" not in profile.roles or not conditions.can_load(info.architecture):
            continue
        fitted = fit(info, conditions.machine, min(CONTEXT, info.context or CONTEXT), speeds=conditions.speeds)
        if fitted.fits and fitted.decode_speed >= CRAWL:
            found.append((fitted.decode_speed >= QUICK, profile.grade, fitted.decode_speed, model_id))
    return max(found)[3] if found else ""


def shortlist(conditions: Conditions) -> tuple[Recommendation, ...]:
    """What :func:`best` says, then the best that is at least twice as quick, and the best that is better but slower than one likes."""
    ranked = rank(conditions)
    if (chosen := _first(ranked)) is None:
        return ()
    quicker = next((entry for entry in ranked if entry.profile.grade < chosen.profile.grade and entry.fit.decode_speed >= 2 * chosen.fit.decode_speed), None)
    better = next((entry for entry in ranked if entry.profile.grade > chosen.profile.grade), None)
    return (chosen, *(replace(entry, why=why) for entry, why in ((quicker, QUICKER), (better, SLOWER)) if entry))


def rank(conditions: Conditions) -> list[Recommendation]:
    """Everything that :func:`best` chooses among, the best first."""
    known = local_profiles() if conditions.profiles is None else conditions.profiles
    suited = (profile for profile in known if "executor" in profile.roles and profile.unconditional and conditions.can_load(profile.architecture))
    found = [entry for profile in suited if (entry := _recommend(profile, conditions))]
    return sorted(found, key=lambda entry: (-entry.profile.grade, -entry.fit.decode_speed, entry.id))


def _first(ranked: Sequence[Recommendation]) -> Recommendation | None:
    quick = next((entry for entry in ranked if entry.fit.decode_speed >= QUICK), None)
    if quick or not ranked:
        return quick
    return replace(max(ranked, key=lambda entry: entry.fit.decode_speed), why=QUICKEST)


def _recommend(profile: LocalProfile, conditions: Conditions) -> Recommendation | None:
    quantisation, source = profile.quantisations[0], HUB
    name = f"{profile.id}:{quantisation}"
    if HUB not in conditions.reachable_sources:
        packed = find_packed(profile) if REGISTRY in conditions.reachable_sources else None
        if packed is None:
            return None
        name, quantisation, source = f"{REGISTRY}:{packed[0].id}", packed[1], REGISTRY
    if profile.bytes(quantisation) > conditions.room:
        return None
    machine = conditions.machine
    found = fit(profile.as_file(quantisation), machine, min(CONTEXT, profile.context), speeds=conditions.speeds)
    leaves = found.parts[CPU].total <= max(machine.ram / 2, machine.ram - RAM_SPARE)
    serves = found.fits and leaves and found.choice.context >= min(CONTEXT, profile.context) and found.decode_speed >= CRAWL
    return Recommendation(name, source, profile, quantisation, found) if serves else None
