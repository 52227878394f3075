"""Models, roles and providers."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query

from app.service.api import model_catalog
from app.service.api.access import CoreOf
from app.service.api.shapes import LoadChoice, NewProvider, RoleChange
from app.service.model_servers import ServerWish, add_server, remove_server
from core import events
from core.errors import NotFound
from models.memory_needs import Choice
from models.servers.services import known_services

router = APIRouter(prefix="/api/models", tags=["models"])
CacheType = Literal["f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0"]
ROLES = ("planner", "reviewer", "executor")
ProviderName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]


@router.get("")
async def list_models(core: CoreOf, all: bool = False) -> dict[str, Any]:
    """Every known model and who has which role; ``missing``: those that have one and are not here any more; with ``all`` the catalogue too, which says of each profile whether it is here."""
    roles = {role: core.settings[f"models.{role}"] or core.settings["models.planner"] for role in ROLES}
    today = core.clock.now().date()
    missing = sorted({model for model in roles.values() if not core.pool.is_here(model)})
    found: dict[str, Any] = {"models": [row | model_catalog.ending(row["id"], today) for row in core.pool.known()], "roles": roles, "missing": missing}
    if not all:
        return found
    return found | {"catalog": await model_catalog.rows(core)}


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
    """Add or change a server; its key goes to the keyring, never to the file. ``note``: what is to be said of it, in one sentence."""
    wish = ServerWish(name, body.kind, body.base_url, tuple(body.models), body.key, body.timeout_s)
    return await add_server(core, wish, body.tried)


@router.delete("/providers/{name}")
async def remove_provider(core: CoreOf, name: ProviderName) -> dict[str, Any]:
    """Forget a server and its key; ``roles``: those that its models had."""
    return {"removed": name, "roles": remove_server(core, name)}


@router.get("/services")
async def services(core: CoreOf) -> list[dict[str, Any]]:
    """Services and programs that are known by name: address, where a key comes from, the variables of the environment that may hold it, ``has_key``: whether one is here."""
    return await asyncio.to_thread(lambda: [service.to_json() | {"has_key": bool(core.secrets.get(service.id))} for service in known_services()])


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
    """One model: as it is here, else as the catalogue knows it."""
    found = next((row for row in core.pool.known() if row["id"] == model_id), None)
    if found is None:
        found = next((row for row in await model_catalog.rows(core) if row["id"] == model_id and row["local"]), None)
    if found is None:
        core.pool.get(model_id)
        found = {"id": model_id, "where": "remote"}
    return found
