"""Which models to get for this machine: for each role the best that is quick enough here, with the reason in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from models import catalog
from models.catalog import Profile
from models.fit import Fit, Speeds, fit
from models.hardware import Machine

SPEED = {"planner": 6.0, "reviewer": 6.0, "executor": 10.0}  # tokens a second under which waiting is no fun
CONTEXT = 8192
_ORDER = ("Q6_K", "Q5_K_M", "Q4_K_M", "MXFP4")  # the first that fits and is quick enough; under 4 bits quality suffers


@dataclass(frozen=True, slots=True)
class Advice:
    """A model for a role: ``id`` as ``deskhand model pull`` takes it."""

    role: str
    id: str
    fit: Fit
    reason: str


def recommended(machine: Machine, speeds: Speeds | None = None) -> list[Advice]:
    """One model for each role; none for a role that nothing suits. The reviewer is of another family where one is as good."""
    found: list[Advice] = []
    for role in ("planner", "reviewer", "executor"):
        families = {catalog.find(entry.id.partition(":")[0]).family for entry in found}  # type: ignore[union-attr]  # it was found there
        if best := _best(role, machine, speeds, families if role == "reviewer" else set()):
            found.append(best)
    return found


def _best(role: str, machine: Machine, speeds: Speeds | None, other_than: set[str]) -> Advice | None:
    suited = [profile for profile in catalog.profiles() if profile.local and role in profile.roles]
    for profile in sorted(suited, key=lambda profile: (-profile.grade, profile.family in other_than, profile.active or profile.parameters, profile.id)):
        for quantisation in _ORDER:
            if quantisation not in profile.quantisations:
                continue
            found = fit(profile.as_file(quantisation), machine, min(CONTEXT, profile.context), speeds=speeds)
            if found.fits and found.choice.context >= min(CONTEXT, profile.context) and found.decode_speed >= SPEED[role]:
                return Advice(role, f"{profile.id}:{quantisation}", found, _why(profile, quantisation, found))
    return None


def _why(profile: Profile, quantisation: str, found: Fit) -> str:
    total = sum(part.total for part in found.parts.values()) / 1e9
    return f"the best of {profile.name} that fits: {total:.1f} GB in {quantisation}, about {found.decode_speed:.0f} tokens/s here"
