"""Files of models: fetched, added from this machine, removed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from fastapi import APIRouter

from app.service.api.access import CoreOf
from app.service.api.shapes import HubToken, NewDownload, NewFile
from app.service.composition import Core
from app.service.model_pulls import Wish
from core import events
from core.errors import NotFound, StorageError, UsageError
from core.settings import setting_of
from models import embedder
from models.sources import adding
from models.sources.store import model_id_of

router = APIRouter(prefix="/api/models", tags=["models"])
_ROLES = ("planner", "reviewer", "executor", "embedder")


@router.post("/files", status_code=201)
async def add_file(core: CoreOf, body: NewFile) -> dict[str, Any]:
    """Copy a GGUF file of this machine, with all parts of a split one, into this data folder's models; it is there only when it is whole."""
    path = _path(body.path)
    if path.is_dir():
        made = await asyncio.to_thread(embedder.install, core.pool.store.folder, core.pool.hub, (embedder.from_folder(path),))
        return {"id": embedder.ID, "name": embedder.ID, "bytes": made.stat().st_size, "path": str(made), "has_roles": False}
    info = await asyncio.to_thread(adding.add_file, path, core.home.models)
    model_id = model_id_of(info.path.name)
    return {"id": model_id, "name": info.name, "bytes": info.size, "path": str(info.path), "has_roles": await core.setup.take(model_id)}


def _path(path: str) -> Path:
    try:
        source = Path(path).expanduser()
        if source.is_file() or (source.is_dir() and all((source / name).is_file() for name in embedder.FILES)):
            return source
        if source.is_dir():
            hint = f"Name a GGUF file in it; a folder is taken only for {embedder.ID}, with {', '.join(embedder.FILES)} in it."
            raise UsageError(f"{path[:200]} is a folder, not a model file.", code="not_gguf", hint=hint)
    except (OSError, ValueError, RuntimeError):
        pass  # too long, not a path at all, or the home of nobody
    raise NotFound(f"There is no file {path[:200]}.")


@router.delete("/files/{model_id:path}")
async def remove_file(core: CoreOf, model_id: str) -> dict[str, Any]:
    """Unload a model and delete its files; roles that it had go back to what they are by default."""
    removed = await core.pool.remove(model_id)
    core.pulls.forget(removed.id)
    keys = [f"models.{role}" for role in _ROLES if core.settings[f"models.{role}"] == removed.id]
    for key in keys:
        core.settings.set(key, setting_of(key).default)
    if keys:
        core.journal.append(events.SETTINGS_CHANGED, "", {"keys": keys})
    return {"removed": removed.id, "roles": [key.partition(".")[2] for key in keys]}


@router.put("/hub-token", status_code=204)
async def hub_token(core: CoreOf, body: HubToken) -> None:
    """Keep the person's token for the model hub in the keyring; an empty one is forgotten."""
    core.secrets.set("huggingface", body.token or None)
    if body.token and core.secrets.get("huggingface") != body.token:
        raise StorageError("This system's keyring did not keep the token.", code="no_keyring", hint="Set HF_TOKEN instead, and start Deskhand anew: deskhand stop")


@router.get("/downloads")
async def downloads(core: CoreOf) -> list[dict[str, Any]]:
    """Downloads of this session, newest first; sizes in bytes, rate in bytes a second."""
    return core.pool.downloads.all()


@router.post("/downloads", status_code=201)
async def download(core: CoreOf, body: NewDownload) -> dict[str, Any]:
    """Fetch a model: what ``deskhand model pull`` takes as ``id``, or a repository with a file or a quantisation. One that is here is ``done`` at once.

    It takes the roles where no model that talks has them.
    """
    name = body.id or body.repo
    if not name:
        raise UsageError("Say which model: an id of the catalogue, a repository of the hub, or an address.", code="no_model")
    if name.partition(":")[0] == embedder.ID:
        return await _install_embedder(core, name)
    return (await core.pulls.begin(Wish(name, body.quantisation, body.file))).to_json()


async def _install_embedder(core: Core, name: str) -> dict[str, Any]:
    core.pulls.require_may_leave(name)
    await asyncio.to_thread(embedder.install, core.pool.store.folder, core.pool.hub)
    return {"id": "", "repo": embedder.REPO, "file": f"{embedder.ID}.gguf", "state": "done"}


@router.delete("/downloads/{download_id}", status_code=204)
async def cancel_download(core: CoreOf, download_id: str) -> None:
    """Stop a download; what has come is kept for the next try."""
    if not core.pulls.cancel(download_id):
        raise NotFound(f"No download {download_id} is running.")
