"""Pictures of the workspace that a request names: shown to a model that sees; of one that does not it is said before anything is sent."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from core.errors import NoModel
from core.execution.run import Run
from core.file_head import read_head
from core.gate.scopes import path_scope
from core.messages import Picture
from core.ports import ModelProfile

MEDIA = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp", ".bmp": "image/bmp", ".tif": "image/tiff", ".tiff": "image/tiff",
}  # fmt: skip
MOST = 6  # pictures of one request
MOST_BYTES = 40_000_000  # of one file; what is sent is sized down where it is sent
# what only eyes can tell; size, format and when it was taken stand in the file
_LOOKS = re.compile(
    r"\b(?:what(?:['’]s| is| are| do| does| can| kind| colou?r| animal)?|who(?:['’]s| is| are)?|where|which|how many|describe|caption|recogni[sz]e|identify|count|transcribe|see|seen|look(?:s|ing)?|show(?:s|n)?|"
    r"read|text|say(?:s)?|written|depict\w*|compare|was|wer|wo|welche\w*|wie viele|beschreib\w*|erkenn\w*|zähl\w*|lies|steht|zeigt|siehst|sieht|zu sehen|décri\w*|que voit|describe|qué|quién)\b",
    re.I,
)
_IS_FACT_OF_FILE = re.compile(
    r"\b(?:how (?:big|large|old|wide|high|tall)|size|bytes|format|resolution|dimensions?|pixels?|megapixels?|exif|taken|wie gro(?:ß|ss)|größe|auflösung|abmessung\w*|aufgenommen|taille|tamaño)\b",
    re.I,
)
_DEED = re.compile(
    r"\b(?:move|copy|rename|delete|remove|resize|rotate|convert|crop|compress|open|send|attach|upload|zip|put|verschieb\w*|kopier\w*|benenn\w*|lösch\w*|dreh\w*|wandl\w*|öffne|schick\w*)\b",
    re.I,
)


def find_named_pictures(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """The picture files among ``names`` (paths in the workspace) that a request names, by path or by file name."""
    lowered = text.lower()
    pictures = [name for name in names if Path(name).suffix.lower() in MEDIA]
    return tuple(name for name in pictures if re.search(rf"(?<![\w-]){re.escape(os.path.basename(name).lower())}(?![\w-])", lowered))[:MOST]


def is_about_contents(text: str) -> bool:
    """Whether a request asks for what is on a picture, and not for a deed on its file or a fact of it.

    >>> [is_about_contents(text) for text in ("what is on photo.png?", "how large is photo.png?", "move photo.png to Trip")]
    [True, False, False]
    """
    return bool(_LOOKS.search(text)) and not _IS_FACT_OF_FILE.search(text) and not _DEED.search(text)


def require_sight(run: Run, model: ModelProfile, names: Iterable[str]) -> None:
    """Raise :class:`NoModel` with the names of those that see where a request is about what is on a picture and ``model`` sees none."""
    if model.sees is not False or not is_about_contents(run.text) or not (pictures := find_named_pictures(run.text, names)):
        return
    others = [other for other in run.deps.pool.seeing() if other != model.id]
    hint = (
        f"{', '.join(others[:3])} can: add --model planner={others[0]}, or choose it on the page Models."
        if others
        else "Connect a model behind an API that can; models that run on this machine cannot in this version (llama.cpp is built here without its projector)."
    )
    raise NoModel(f"{model.id} cannot see pictures, so it cannot tell what is on {' and '.join(pictures)}.", hint=hint)


def read_named_pictures(run: Run, model: ModelProfile, names: Iterable[str]) -> tuple[Picture, ...]:
    """The pictures that the request names, for a model that sees or may see. What leads out of the workspace or is too large is left to the tools."""
    if model.sees is False:
        return ()
    root = run.workspace.resolve()
    found = []
    for name in find_named_pictures(run.text, names):
        file = (root / name).resolve()
        try:
            if file.is_relative_to(root) and not path_scope(file, str(root), "read").private and file.is_file() and file.stat().st_size <= MOST_BYTES:
                found.append(Picture(name, MEDIA[file.suffix.lower()], read_head(file, MOST_BYTES)))
        except (OSError, KeyError):
            continue  # the model hears of the file by its name, and its tools say what is wrong with it
    return tuple(found)
