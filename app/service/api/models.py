"""Models, roles and providers."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query

from app.service.api import hub_search
from app.service.api.access import CoreOf
from app.service.api.shapes import LoadChoice, NewProvider, RoleChange
from core import events
from core.errors import NotFound, RefusedByPolicy, UsageError
from models import catalog
from models.memory_needs import Choice
from models.pool import KNOWN_SERVERS

router = APIRouter(prefix="/api/models", tags=["models"])
CacheType = Literal["f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0"]
ROLES = ("planner", "reviewer", "executor")
ProviderName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]


@router.get("")
async def list_models(core: CoreOf, all: bool = False) -> dict[str, Any]:
    """Every known model and who has which role; with ``all`` the catalogue too, which says of each profile whether it is here."""
    roles = {role: core.settings[f"models.{role}"] or core.settings["models.planner"] for role in ROLES}
    found: dict[str, Any] = {"models": core.pool.known(), "roles": roles}
    if not all:
        return found
    here = {row["id"].lower() for row in found["models"]}
    profiles = [_profile(profile) for profile in catalog.profiles()]
    return found | {"catalog": [row | {"here": any(_is_of(model, row["id"]) for model in here)} for row in profiles]}


def _is_of(model: str, profile: str) -> bool:
    """Whether a model's id, which is its file's name or a server's word, is one of this profile: ``qwen3-4b`` of ``Qwen3-4B-Q4_K_M``."""
    name = model.rpartition("/")[2]
    return name == profile or name.startswith((f"{profile}-q", f"{profile}-iq", f"{profile}-f", f"{profile}-bf", f"{profile}:", f"{profile}."))


@router.get("/search")
async def search(core: CoreOf, text: Annotated[str, Query(min_length=1, max_length=200, pattern=r"\S")], limit: Annotated[int, Query(ge=1, le=100)] = 20) -> list[dict[str, Any]]:
    """Repositories of the model hub that hold GGUF files and fit the words, those fetched most first."""
    if core.settings["privacy.local_only"]:
        raise RefusedByPolicy("Nothing may leave this machine (privacy.local_only), so the hub cannot be asked.")
    address = str(core.settings["models.hub"])
    core.runs.deps.egress.record("", address or "model hub", f"search:{text}", True)
    return await asyncio.to_thread(hub_search.search_hub, text, limit, address, core.secrets.get("huggingface"))


@router.put("/roles/{role}")
async def use(core: CoreOf, role: Literal["planner", "reviewer", "executor", "embedder", "all"], body: RoleChange) -> dict[str, Any]:
    """Give a role to a model; ``all``: planner, reviewer and executor at once."""
    core.pool.get(body.model)
    keys = [f"models.{name}" for name in (ROLES if role == "all" else (role,))]
    for key in keys:
        core.settings.set(key, body.model)
    core.journal.append(events.SETTINGS_CHANGED, "", {"keys": keys})
    return {"role": role, "model": body.model}


@router.put("/providers/{name}")
async def add_provider(core: CoreOf, name: ProviderName, body: NewProvider) -> dict[str, Any]:
    """Add or change a server; its key goes to the keyring, never to the file."""
    base_url = body.base_url or KNOWN_SERVERS.get(name, "")
    if body.kind == "openai" and not base_url:
        raise UsageError(f"The provider {name} needs a base address.", code="no_address", hint="For example --url http://localhost:11434/v1")
    kind = "anthropic" if name == "anthropic" else body.kind
    if body.key:
        core.secrets.set(name, body.key)
    values = {"kind": kind, "base_url": base_url, "models": list(body.models), "timeout_s": body.timeout_s}
    core.settings.set_provider(name, values)
    core.pool.forget(f"{name}/")
    core.journal.append(events.SETTINGS_CHANGED, "", {"keys": [f"provider.{name}"]})
    return {"name": name, **values, "has_key": core.secrets.get(name) is not None}


@router.delete("/providers/{name}", status_code=204)
async def remove_provider(core: CoreOf, name: ProviderName) -> None:
    """Forget a server and its key."""
    if name not in core.settings.extra.get("provider", {}):
        raise NotFound(f"There is no provider {name}.")
    core.settings.set_provider(name, None)
    if core.secrets.get(name):
        core.secrets.set(name, None)
    core.pool.forget(f"{name}/")


@router.get("/fit/{model_id:path}")
async def fit(
    core: CoreOf, model_id: str, context: Annotated[int, Query(ge=0, le=1_048_576)] = 0, cache: CacheType | None = None, offload: Annotated[int, Query(ge=0, le=1000)] = 0
) -> dict[str, Any]:
    """How a model would be loaded on this machine, what it takes where, and why; a file here or ``PROFILE:QUANTISATION`` of the catalogue."""
    choice = Choice(context or core.settings["models.context"], offload, cache=cache or "f16") if cache or offload else None
    return await core.pool.fit(model_id, context, choice)


@router.put("/choice/{model_id:path}")
async def choose(core: CoreOf, model_id: str, body: LoadChoice) -> dict[str, Any]:
    """How a local model is loaded from the next time on; an empty choice: as it fits best."""
    if core.pool.path_of(model_id) is None:
        raise NotFound(f"{model_id} is no local model.", hint="`deskhand model list` shows what there is.")
    core.settings.set_load(model_id, body.model_dump(exclude_none=True) or None)
    core.journal.append(events.SETTINGS_CHANGED, "", {"keys": [f"load.{model_id}"]})
    return await core.pool.fit(model_id)


@router.get("/machine")
async def machine(core: CoreOf) -> dict[str, Any]:
    """What this machine has for models: cards, memory, processor, disk; sizes in bytes."""
    return core.pool.keeper.machine().to_json()


@router.get("/catalog")
async def list_catalog(core: CoreOf) -> dict[str, Any]:
    """The profiles of known models, and those that suit this machine best, role by role."""
    advice = await core.pool.keeper.advice()
    return {
        "recommended": [{"role": entry.role, "id": entry.id, "reason": entry.reason, "bytes": sum(part.total for part in entry.fit.parts.values())} for entry in advice],
        "profiles": [_profile(profile) for profile in catalog.profiles()],
    }  # fmt: skip


def _profile(profile: catalog.Profile) -> dict[str, Any]:
    kept = ("id", "name", "maker", "licence", "context", "grade", "tool_calls", "languages", "parameters", "price_in", "price_out", "repo")
    sizes = {quantisation: profile.bytes(quantisation) for quantisation in profile.quantisations} if profile.local else {}
    return {**{name: getattr(profile, name) for name in kept}, "roles": list(profile.roles), "quirks": list(profile.quirks), "local": profile.local, "sizes": sizes}


@router.post("/load/{model_id:path}")
async def load(core: CoreOf, model_id: str) -> dict[str, Any]:
    """Load a local model now."""
    return await core.pool.load(model_id)


@router.post("/unload/{model_id:path}")
async def unload(core: CoreOf, model_id: str) -> dict[str, Any]:
    """Give a local model's memory back."""
    core.pool.get(model_id)
    return {"unloaded": await core.pool.unload(model_id)}


@router.get("/{model_id:path}")
async def show(core: CoreOf, model_id: str) -> dict[str, Any]:
    """One model."""
    found = next((row for row in core.pool.known() if row["id"] == model_id), None)
    if found is None:
        core.pool.get(model_id)
        found = {"id": model_id, "where": "remote"}
    return found
