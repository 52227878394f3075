"""Finding a model: the catalogue with who states what, recommendations for this machine, and the search of the model hub."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.service.api.access import CoreOf
from app.service.composition import Core
from core.errors import RefusedByPolicy
from models import catalog
from models.catalog.profile import CloudProfile, LocalProfile, Profile

router = APIRouter(prefix="/api/models", tags=["models"])
SearchText = Annotated[str, Query(min_length=1, max_length=200, pattern=r"\S")]
_KEPT = ("id", "name", "maker", "licence", "context", "grade", "tool_calls", "languages", "vision")
_LOCAL = ("parameters", "architecture", "repo")
_CLOUD = ("provider", "price_in", "price_out", "price_cached", "long_from", "long_in", "long_out", "responses_with_tools", "return_reasoning")


@router.get("/search")
async def search(core: CoreOf, text: SearchText, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> dict[str, Any]:
    """Models that fit the words, those fetched most first: ``results`` of the hub, each with its sizes and what fits; ``note``: what could not be asked, in one sentence.

    Where the hub may not be asked or does not answer, the results are the catalogue's.
    """
    local_only = bool(core.settings["privacy.local_only"])
    if not local_only:
        core.runs.deps.egress.record("", _hub(core), f"search:{text}", True)
    found = await core.pool.finder.search(text, limit, not local_only)
    if local_only and not found.models:
        raise RefusedByPolicy("Nothing may leave this machine (privacy.local_only), so the hub cannot be asked, and the built-in catalogue has nothing like that.")
    return found.to_json()


@router.get("/catalog")
async def list_catalog(core: CoreOf) -> dict[str, Any]:
    """The profiles of known models that can be had here, and those that suit this machine: the best first, then a quicker and a better one."""
    shortlist = await core.pool.finder.shortlist()
    profiles = await rows(core)
    here = {row["id"] for row in profiles if row["here"]}
    return {"recommended": [entry.to_json() | {"here": entry.profile.id in here} for entry in shortlist], "profiles": profiles}


async def rows(core: Core) -> list[dict[str, Any]]:
    """Every profile that is offered, as the API shows it; ``here``: whether such a model is on this machine or set up."""
    today = core.clock.now().date()
    names = {row["id"].lower() for row in core.pool.known()}
    files = {profile.id for row in core.pool.known() if row["kind"] == "gguf" and (profile := catalog.find(row["id"]))}
    return [_row(profile, today) | {"here": profile.id in files or any(_is_of(model, profile.id) for model in names)} for profile in await core.pool.finder.offered(today)]


def ending(model_id: str, today: date) -> dict[str, Any]:
    """What is known of the end of a service's model: ``ends`` (a day) and ``ended``; empty where nothing is known, or it is far off."""
    profile = catalog.cloud_model(model_id)
    if profile is None or profile.ends is None or not (profile.has_ended(today) or profile.ends_soon(today)):
        return {}
    return {"ends": profile.ends.isoformat(), "ended": profile.has_ended(today)}


def _hub(core: Core) -> str:
    return str(core.settings["models.hub"]) or "model hub"


def _is_of(model: str, profile: str) -> bool:
    """Whether a model's id, which is its file's name or a server's word, is one of this profile: ``qwen3-4b`` of ``Qwen3-4B-Q4_K_M``."""
    name = model.rpartition("/")[2]
    return (
        model == profile or name == profile or name.startswith((f"{profile}-q", f"{profile}-iq", f"{profile}-ud-q", f"{profile}-f", f"{profile}-bf", f"{profile}:", f"{profile}."))
    )


def _row(profile: Profile, today: date) -> dict[str, Any]:
    found = {name: getattr(profile, name) for name in _KEPT}
    found |= {"roles": list(profile.roles), "quirks": list(profile.quirks), "local": profile.local, "sizes": {}, "estimated": list(profile.estimated)}
    found |= {"figures": _figures(profile), "sources": _sources(profile)}
    if isinstance(profile, LocalProfile):
        return (
            found | {name: getattr(profile, name) for name in _LOCAL} | {"price_in": 0.0, "price_out": 0.0, "sizes": {kind: profile.bytes(kind) for kind in profile.quantisations}}
        )
    assert isinstance(profile, CloudProfile)
    ends = {"ends": profile.ends.isoformat() if profile.ends else "", "ends_soon": profile.ends_soon(today)}
    return found | {name: getattr(profile, name) for name in _CLOUD} | {"efforts": list(profile.efforts), "sampling": profile.sampling, "repo": "", "parameters": 0.0} | ends


def _figures(profile: Profile) -> list[dict[str, Any]]:
    sources = catalog.sources()
    return [{"score": score, "of": sources[key].best, "source": sources[key].name, "date": sources[key].date.isoformat()} for key, score in profile.figures.items()]


def _sources(profile: Profile) -> list[dict[str, str]]:
    """Who states which kind of fact, in words and with the day."""
    asked = profile.asked if isinstance(profile, LocalProfile) else None
    found = []
    for what, key in profile.stated.items():
        source = catalog.sources()[key]
        words, day = ("the model hub, asked by Deskhand", asked) if asked and what == "size" else (source.name, source.date)
        found.append({"what": what, "source": words, "date": day.isoformat()})
    return found
