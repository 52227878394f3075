"""Models, roles and providers."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query

from app.service.api import hub_search
from app.service.api.access import CoreOf
from app.service.api.shapes import HubToken, LoadChoice, NewDownload, NewFile, NewProvider, RoleChange
from core import events
from core.errors import NotFound, RefusedByPolicy, UsageError
from models import catalog, embedder, gguf_file
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


@router.post("/files", status_code=201)
async def add_file(core: CoreOf, body: NewFile) -> dict[str, Any]:
    """Copy a GGUF file of this machine into the models folder; it is there only when it is whole."""
    source = _file(body.path)
    info = await asyncio.to_thread(gguf_file.read, source)
    target = core.home.models / source.name
    if target.exists():
        raise UsageError(f"{source.stem} is there already.", code="exists")
    part = target.with_suffix(".part")
    await asyncio.to_thread(shutil.copyfile, source, part)
    part.rename(target)
    return {"id": source.stem, "name": info.name, "bytes": info.size}


def _file(path: str) -> FilePath:
    try:
        source = FilePath(path).expanduser()
        if source.is_file():
            return source
    except (OSError, ValueError, RuntimeError):
        pass  # too long, not a path at all, or the home of nobody
    raise NotFound(f"There is no file {path[:200]}.")


@router.put("/hub-token", status_code=204)
async def hub_token(core: CoreOf, body: HubToken) -> None:
    """Keep the person's token for the model hub in the keyring; an empty one is forgotten."""
    core.secrets.set("huggingface", body.token or None)


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


@router.get("/downloads")
async def downloads(core: CoreOf) -> list[dict[str, Any]]:
    """Downloads of this session, newest first; sizes in bytes, rate in bytes a second."""
    return core.pool.downloads.all()


@router.post("/downloads", status_code=201)
async def download(core: CoreOf, body: NewDownload) -> dict[str, Any]:
    """Fetch a model: ``PROFILE:QUANTISATION`` of the catalogue, or a repository with a file or a quantisation."""
    repo, quantisation = body.repo, body.quantisation
    if body.id:
        name, _, asked = body.id.partition(":")
        profile = next((profile for profile in catalog.profiles() if profile.id == name and profile.repo), None)
        if profile is None:
            raise NotFound(f"There is no {name} in the catalogue.", hint="`deskhand model catalog` lists it; any repository of the hub can be given too.")
        repo, quantisation = profile.repo, asked or profile.quantisations[0]
    if not repo:
        raise UsageError("Say which model: an id of the catalogue, or a repository.", code="no_model")
    if core.settings["privacy.local_only"]:
        raise RefusedByPolicy("Nothing may leave this machine (privacy.local_only), so nothing can be fetched.")
    core.runs.deps.egress.record("", str(core.settings["models.hub"]) or "model hub", f"download:{repo}", True)
    if body.id.partition(":")[0] == embedder.ID:
        await asyncio.to_thread(embedder.install, core.home.models)
        return {"id": "", "repo": repo, "file": f"{embedder.ID}.gguf", "state": "done"}
    offer = await asyncio.to_thread(core.pool.downloads.find, repo, quantisation, body.file)
    return core.pool.downloads.start(offer).to_json()


@router.delete("/downloads/{download_id}", status_code=204)
async def cancel_download(core: CoreOf, download_id: str) -> None:
    """Stop a download; what has come is kept for the next try."""
    if not core.pool.downloads.cancel(download_id):
        raise NotFound(f"No download {download_id} is running.")


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
