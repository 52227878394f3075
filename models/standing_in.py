"""Who answers in place of a chosen model that is not here any more: its file was deleted, or the program that it belongs to let go of it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from core.errors import DeskhandError
from models.fit import QUICK, fit
from models.gguf_file import GgufInfo
from models.keeper import Keeper
from models.recommend import CONTEXT, CRAWL, Conditions, best_here

log = logging.getLogger("deskhand.models")
STARTER = "starter"


def find_stand_in(files: Iterable[tuple[str, Path]], keeper: Keeper) -> str:
    """The id of the best model for conversations among ``files`` that fits here, those of the catalogue first; ``starter`` where there is none."""
    conditions = Conditions(keeper.machine(), keeper.experience.speeds())
    talking = [(model_id, info) for model_id, path in files if (info := _read(path, keeper)) and info.template and not info.embeds]
    return best_here(talking, conditions) or _largest_quick(talking, conditions) or STARTER


def _read(path: Path, keeper: Keeper) -> GgufInfo | None:
    try:
        return keeper.info(path)
    except (OSError, DeskhandError) as error:
        log.info("%s stands in for nobody: %s", path.name, error)
        return None


def _largest_quick(talking: Iterable[tuple[str, GgufInfo]], conditions: Conditions) -> str:
    """Of models that nobody has graded, the one with the most parameters that is quick, else that is of use at all."""
    found = []
    for model_id, info in talking:
        fitted = fit(info, conditions.machine, min(CONTEXT, info.context or CONTEXT), speeds=conditions.speeds)
        if fitted.fits and fitted.decode_speed >= CRAWL:
            found.append((fitted.decode_speed >= QUICK, info.parameters, model_id))
    return max(found)[2] if found else ""
