"""Memory: what is known, found, changed, forgotten, taken out and in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from app.service.api.access import CoreOf
from app.service.api.shapes import MemoryChange, MemoryIds, MemoryImport, MemoryRating, NewMemory
from core.memory.gather import gather

router = APIRouter(prefix="/api/memory", tags=["memory"])
Level = Literal["", "fact", "turn"]


@router.get("")
async def newest(
    core: CoreOf,
    level: Level = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    past: bool = False,
    who: Annotated[str, Query(max_length=200)] = "",
) -> list[dict[str, Any]]:
    """What is remembered, newest first; with ``past`` also what no longer holds."""
    gather(core.database, core.recall.memories)
    return core.recall.memories.newest(level, limit, offset, past, who)


@router.get("/search")
async def search(
    core: CoreOf, text: Annotated[str, Query(max_length=2000)], level: Level = "", limit: Annotated[int, Query(ge=1, le=200)] = 10, past: bool = False
) -> dict[str, Any]:
    """What answers best, and whether it was found by meaning too or by words alone."""
    gather(core.database, core.recall.memories)
    found = await core.recall.find(text, limit, level, past)
    return {"memories": found, "by_meaning": core.recall.by_meaning}


@router.get("/people")
async def people(core: CoreOf) -> list[str]:
    """Whose words there are, besides the person's and the assistant's."""
    gather(core.database, core.recall.memories)
    return core.recall.memories.people()


@router.get("/export")
async def export(core: CoreOf) -> list[dict[str, Any]]:
    """Everything, oldest first."""
    return core.recall.memories.export()


@router.post("/import")
async def take_in(core: CoreOf, body: MemoryImport) -> dict[str, int]:
    """Add what was exported; what is there already is left. All or nothing."""
    return {"added": core.recall.memories.take_in(body.memories)}


@router.post("/forget")
async def forget(core: CoreOf, body: MemoryIds) -> dict[str, int]:
    """Forget several, all or none."""
    return {"forgotten": core.recall.memories.forget(body.ids)}


@router.post("", status_code=201)
async def add(core: CoreOf, body: NewMemory) -> dict[str, Any]:
    """Remember a fact. The answer is the receipt: its id, and what it took the place of."""
    return core.recall.memories.add(body.text, about=body.about)


@router.get("/{memory_id}")
async def show(core: CoreOf, memory_id: str) -> dict[str, Any]:
    """One memory with its history."""
    return core.recall.memories.get(memory_id)


@router.patch("/{memory_id}")
async def edit(core: CoreOf, memory_id: str, body: MemoryChange) -> dict[str, Any]:
    """Say it otherwise."""
    return core.recall.memories.edit(memory_id, body.text)


@router.post("/{memory_id}/undo")
async def undo(core: CoreOf, memory_id: str) -> dict[str, Any]:
    """Take the last write back: a changed one is as it was before, a new one is forgotten, and the one that it replaced holds again."""
    left = core.recall.memories.undo(memory_id)
    return {"undone": True, "memory": left}


@router.post("/{memory_id}/rate")
async def rate(core: CoreOf, memory_id: str, body: MemoryRating) -> dict[str, Any]:
    """It was of use, or it is wrong; what was called wrong twice is not put before a model any more."""
    return core.recall.memories.rate(memory_id, body.good)


@router.delete("/{memory_id}", status_code=204)
async def remove(core: CoreOf, memory_id: str) -> None:
    """Forget one."""
    core.recall.memories.forget([memory_id])
