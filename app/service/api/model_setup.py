"""The model that talks: what set-up offers, and what the person answers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from app.service.api.access import CoreOf
from app.service.api.shapes import Strict

router = APIRouter(prefix="/api/models", tags=["models"])


class SetupAnswer(Strict):
    """``look``: say what can be offered; ``fetch``: bring it; ``no``: offer it no more. ``model``: an id instead of the best, null for what the core was started with."""

    answer: Literal["look", "fetch", "no"] = "look"
    model: Annotated[str, StringConstraints(max_length=2000)] | None = None
    wait_s: Annotated[float, Field(ge=0, le=60)] = 0.0


@router.get("/setup")
async def show_setup(core: CoreOf) -> dict[str, Any]:
    """Where the model that talks stands. Asks nobody."""
    return core.setup.to_json()


@router.post("/setup")
async def answer_setup(core: CoreOf, body: SetupAnswer) -> dict[str, Any]:
    """Look for it, fetch it, or leave it; ``fresh`` in the answer: something was begun because of it. Waits up to ``wait_s`` seconds for what is looked for to be found, never for a download."""
    if body.answer == "no":
        core.setup.decline()
        return core.setup.to_json() | {"fresh": False}
    await core.setup.settle(body.wait_s)
    fresh = core.setup.agree(body.model) if body.answer == "fetch" else core.setup.look(body.model)
    await core.setup.settle(body.wait_s)
    return core.setup.to_json() | {"fresh": fresh}
