"""From a run to an offer: drafted, replayed, looked over."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path
from typing import Any

from core.errors import UsageError
from core.ports import ToolBox
from core.run_service import RunService
from skills.adding import Adding, Offer
from skills.format import read_skill
from skills.learning import drafted
from skills.replay import replayed
from tools.blobs import BlobStore
from tools.builtin import builtin_tools
from tools.changes import Changes
from tools.toolbox import LocalToolBox


async def learned(adding: Adding, runs: RunService, tools: LocalToolBox, run_id: str, name: str = "") -> Offer:
    """A skill that does what a run did, waiting to be kept. A run of a skill makes a new version of that skill.

    Raises :class:`core.errors.UsageError` (``nothing_to_learn``) for a run that did not go well.
    """
    row = runs.runs.get(run_id)
    state, _ = runs.snapshot(row["id"])
    at = datetime.datetime.fromisoformat(row["started_at"]).astimezone()
    draft = drafted(state, name or state.skill.get("name", ""), f"{at:%Y-%m-%d}")
    folder = adding.fresh()
    try:
        staged = folder / draft.name
        for file, text in draft.files.items():
            (staged / file).parent.mkdir(parents=True, exist_ok=True)
            (staged / file).write_text(text, encoding="utf-8")
        replay = await replayed(read_skill(staged), state, tools.blobs, _sandboxed, runs.clock, at)
        return adding.offered(staged, f"run {row['id']}", folder.name, replay)
    except UsageError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _sandboxed(folder: Path) -> ToolBox:
    """The built-in tools, with everything that they keep inside ``folder``."""
    (folder / "notes").mkdir()
    made: Any = LocalToolBox(builtin_tools(), Changes(BlobStore(folder / "blobs"), folder / "trash"), folder / "notes")
    return made  # type: ignore[no-any-return]
