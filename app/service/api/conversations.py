"""Conversations and messages."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.service.api.access import CoreOf
from app.service.api.shapes import ConversationChange, Move, NewConversation
from core import events
from core.errors import NotFound, UsageError

router = APIRouter(prefix="/api/conversations", tags=["conversations"])
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("")
async def list_conversations(core: CoreOf, limit: Limit = 200, offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0) -> list[dict[str, Any]]:
    """Newest first."""
    return core.conversations.newest(limit, offset)


@router.post("", status_code=201)
async def create(core: CoreOf, body: NewConversation) -> dict[str, Any]:
    """Start an empty conversation."""
    made = core.conversations.create(body.title, body.workspace)
    core.journal.append(events.CONVERSATION_CHANGED, "", {"conversation_id": made["id"], "change": "created"})
    return made


@router.get("/search")
async def search(core: CoreOf, q: Annotated[str, Query(max_length=1000)], limit: Limit = 50) -> list[dict[str, Any]]:
    """Messages that hold all the words."""
    return core.conversations.search(q, limit)


@router.get("/{conversation_id}")
async def show(core: CoreOf, conversation_id: str, limit: Limit = 200, before: str = "") -> dict[str, Any]:
    """A conversation with the newest messages of the shown branch, and the ``seq`` it is true for."""
    conversation = core.conversations.get(conversation_id)
    if before and core.conversations.message(before)["conversation_id"] != conversation_id:
        raise NotFound(f"There is no message {before} in this conversation.")
    messages = core.conversations.branch(conversation_id, limit, before)
    return {
        **conversation,
        "messages": messages,
        "seq": core.journal.last_seq,
        "active": [run for run in core.runs.active() if core.runs.runs.get(run)["conversation_id"] == conversation_id],
    }


@router.patch("/{conversation_id}")
async def change(core: CoreOf, conversation_id: str, body: ConversationChange) -> dict[str, Any]:
    """Rename it, show another branch, keep it out of memory."""
    conversation = core.conversations.get(conversation_id)
    if body.title is not None:
        conversation = core.conversations.rename(conversation_id, body.title)
    if body.show is not None:
        if core.conversations.message(body.show)["conversation_id"] != conversation_id:
            raise NotFound(f"There is no message {body.show} in this conversation.")
        core.conversations.show_branch(conversation_id, body.show)
        conversation = core.conversations.get(conversation_id)
    if body.remember is not None:
        conversation = core.conversations.remember(conversation_id, body.remember)
    core.journal.append(events.CONVERSATION_CHANGED, "", {"conversation_id": conversation_id, "change": "changed"})
    return conversation


@router.post("/{conversation_id}/move")
async def move(core: CoreOf, conversation_id: str, body: Move) -> dict[str, Any]:
    """Continue it on a device, with the named files of its workspace; here it can only be read from then on."""
    if any(core.runs.runs.get(run)["conversation_id"] == conversation_id for run in core.runs.active()):
        raise UsageError("A run of this conversation is still going; stop it or wait for it.", code="still_running")
    return await core.devices.moving.send(conversation_id, body.device, body.files)


@router.post("/{conversation_id}/return")
async def bring_back(core: CoreOf, conversation_id: str) -> dict[str, Any]:
    """Continue it here again; on the device it can only be read from then on."""
    return await core.devices.moving.back(conversation_id)


@router.delete("/{conversation_id}", status_code=204)
async def delete(core: CoreOf, conversation_id: str) -> None:
    """Delete it with its messages."""
    core.conversations.delete(conversation_id)
    core.journal.append(events.CONVERSATION_CHANGED, "", {"conversation_id": conversation_id, "change": "deleted"})
