"""Which models to get for this machine: the best that is quick enough here, one for all roles where one serves, with the reason in numbers.

The order is the catalogue's ``grade``, which follows the figures stated there; the speed is reckoned from what was measured on this machine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.catalog import LocalProfile, local_profiles
from models.catalog.loading import in_registry
from models.fit import Fit, Speeds, fit
from models.hardware import Machine

HUB, REGISTRY = "hub", "registry"
ROLES = ("planner", "reviewer", "executor")
QUICK = 6.0  # tokens a second under which waiting is no fun; people read some five words in that time
CRAWL = 1.5  # tokens a second under which nothing is offered
CONTEXT = 8192  # tokens that a model has to have room for


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A model to get. ``id``: as ``deskhand model pull`` takes it; ``source``: :data:`HUB` or :data:`REGISTRY`."""

    id: str
    source: str
    profile: LocalProfile
    quantisation: str
    fit: Fit

    @property
    def bytes(self) -> int:
        """Size of the download."""
        return self.profile.bytes(self.quantisation)

    @property
    def reason(self) -> str:
        """Size, memory and speed in words."""
        total = sum(part.total for part in self.fit.parts.values()) / 1e9
        return (
            f"the best that is quick here: {self.bytes / 1e9:.1f} GB to fetch, {total:.1f} GB of memory, about {self.fit.decode_speed:.0f} tokens/s, licence {self.profile.licence}"
        )

    def to_json(self) -> dict[str, Any]:
        """As the API shows it; ``speed`` in tokens a second."""
        return {
            "id": self.id, "source": self.source, "name": self.profile.id, "maker": self.profile.maker, "licence": self.profile.licence, "quantisation": self.quantisation,
            "bytes": self.bytes, "speed": self.fit.decode_speed, "roles": list(ROLES), "reason": self.reason, "grade": self.profile.grade,
        }  # fmt: skip


def best(
    machine: Machine,
    speeds: Speeds | None = None,
    reachable_sources: Collection[str] = (HUB, REGISTRY),
    profiles: Iterable[LocalProfile] | None = None,
    loadable: Mapping[str, bool] | None = None,
) -> Recommendation | None:
    """The best model for all roles on this machine, out of the sources that can be reached; None where nothing is of use.

    ``profiles``: the catalogue as it is now (None: as it came); ``loadable``: by architecture whether llama.cpp here can load it, those that
    are not in it count as loadable. Only models whose licence asks nothing of anybody. Where none is quick, the quickest.
    """
    ranked = rank(machine, speeds, reachable_sources, profiles, loadable)
    quick = [entry for entry in ranked if entry.fit.decode_speed >= QUICK]
    return next(iter(quick), None) or max(ranked, key=lambda entry: entry.fit.decode_speed, default=None)


def rank(
    machine: Machine,
    speeds: Speeds | None = None,
    reachable_sources: Collection[str] = (HUB, REGISTRY),
    profiles: Iterable[LocalProfile] | None = None,
    loadable: Mapping[str, bool] | None = None,
) -> Sequence[Recommendation]:
    """Everything that :func:`best` chooses among, the best first."""
    suited = (profile for profile in (local_profiles() if profiles is None else profiles) if "executor" in profile.roles and profile.unconditional)
    found = [entry for profile in suited if (loadable or {}).get(profile.architecture, True) and (entry := _recommend(profile, machine, speeds, reachable_sources))]
    return sorted(found, key=lambda entry: (-entry.profile.grade, -entry.fit.decode_speed, entry.id))


def _recommend(profile: LocalProfile, machine: Machine, speeds: Speeds | None, reachable: Collection[str]) -> Recommendation | None:
    name, quantisation, source = f"{profile.id}:{profile.quantisations[0]}", profile.quantisations[0], HUB
    if HUB not in reachable:
        packed = in_registry(profile) if REGISTRY in reachable else None
        if packed is None:
            return None
        name, quantisation, source = f"{REGISTRY}:{packed.id}", packed.quantisation, REGISTRY
    found = fit(profile.as_file(quantisation), machine, min(CONTEXT, profile.context), speeds=speeds)
    fits = found.fits and found.choice.context >= min(CONTEXT, profile.context) and found.decode_speed >= CRAWL
    return Recommendation(name, source, profile, quantisation, found) if fits else None
