"""Skills: which there are, adding and learning new ones, changing them, sharing them. They are run like any request (`skill` of a run)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.service.api.access import CoreOf
from app.service.api.shapes import SkillChange, SkillDraft, SkillSource, SkillTaken
from core.errors import UsageError
from skills.learned import learned

router = APIRouter(prefix="/api/skills", tags=["skills"])
Where = Annotated[str, Query(max_length=4000, description="a workspace, whose skills are shown too")]


def _folder(workspace: str) -> Path | None:
    if not workspace:
        return None
    folder = Path(workspace)
    if "\0" in workspace or not folder.is_absolute() or not folder.is_dir():
        raise UsageError(f"The workspace {workspace[:200]!r} is not a folder.", code="bad_workspace")
    return folder


@router.get("")
async def all_skills(core: CoreOf, workspace: Where = "") -> list[dict[str, Any]]:
    """Every skill, by name, with its state and how it did."""
    return [core.skills.shown(entry) for entry in core.skills.entries(_folder(workspace))]


@router.get("/search")
async def search(core: CoreOf, text: Annotated[str, Query(max_length=2000)], limit: Annotated[int, Query(ge=1, le=100)] = 10, workspace: Where = "") -> dict[str, Any]:
    """Skills that may be used, the best for a request first; and whether they were found by meaning too or by words alone."""
    found = await core.skills.find(text, limit, _folder(workspace))
    rows = [core.skills.shown(core.skills.get(match.skill.name, _folder(workspace))) | {"score": match.score, "fit": match.fit} for match in found]
    return {"skills": rows, "by_meaning": core.skills.search.by_meaning}


@router.post("/look")
async def look(core: CoreOf, body: SkillSource) -> dict[str, Any]:
    """Fetch a skill and look it over, without taking it in: what it wants, what is suspicious, what changed since the one that is there."""
    return (await core.adding.look(body.source)).to_json()


@router.post("/draft")
async def draft(core: CoreOf, body: SkillDraft) -> dict[str, Any]:
    """A skill out of a run that went well, replayed on copies; it is kept like any other that was looked at."""
    return (await learned(core.adding, core.runs, core.tools, body.run_id, body.name)).to_json()


@router.post("", status_code=201)
async def take(core: CoreOf, body: SkillTaken) -> dict[str, Any]:
    """Take in what was looked at, just as it was shown."""
    return core.skills.shown(core.adding.take(body.id, body.digest), whole=True)


@router.get("/{name}")
async def show(core: CoreOf, name: str, workspace: Where = "") -> dict[str, Any]:
    """One skill with its text, its inputs, what was found in it, and its last runs."""
    return core.skills.shown(core.skills.get(name, _folder(workspace)), whole=True)


@router.get("/{name}/zip", response_class=Response, responses={200: {"content": {"application/zip": {}}, "description": "the skill"}})
async def share(core: CoreOf, name: str) -> Response:
    """A skill as a zip, to be given to somebody."""
    return Response(core.adding.packed(name), media_type="application/zip")


@router.get("/{name}/file")
async def file(core: CoreOf, name: str, path: Annotated[str, Query(max_length=400)] = "SKILL.md") -> dict[str, str]:
    """One text file of a skill."""
    entry = core.skills.get(name)
    if entry.found.skill is None or path not in entry.skill.files:
        raise UsageError(f"{name} has no file {path}.", code="not_found")
    return {"path": path, "text": (entry.found.folder / path).read_text(encoding="utf-8", errors="replace")}


@router.patch("/{name}")
async def change(core: CoreOf, name: str, body: SkillChange, workspace: Where = "") -> dict[str, Any]:
    """Switch a skill on or off, or write files of it anew; what would be blocked is not written."""
    if body.files:
        core.adding.edit(name, body.files)
    if body.enabled is not None:
        core.skills.enable(name, body.enabled, _folder(workspace))
    return core.skills.shown(core.skills.get(name, _folder(workspace)), whole=True)


@router.delete("/{name}", status_code=204)
async def remove(core: CoreOf, name: str) -> None:
    """Take one of your own skills away; it goes to the trash."""
    core.skills.remove(name)
