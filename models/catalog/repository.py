"""What a repository of the model hub holds: its GGUF files told apart by quantisation, split ones put together.

Source of the shapes: the hub's API (``/api/models/{repo}?blobs=true``): ``siblings`` with ``rfilename``, ``size`` and, of large files, ``lfs.sha256``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from core.errors import ModelError
from models.catalog.current import FileFacts

_SPLIT = re.compile(r"-\d{5}-of-(\d{5})$")
# as repositories write it, mostly at the end of a name: Q4_K_M, IQ4_XS, UD-Q4_K_XL, MXFP4_MOE, BF16; older ones in small letters
_QUANTISATION = re.compile(r"(?i)(?:^|[-._])((?:UD-)?(?:I?Q\d(?:_(?:\d|K|S|M|L|XS|XXS|XL|NL))+|TQ\d_\d|MXFP4(?:_MOE)?|BF16|F16|F32))(?=$|[-._])")
_NOT_MODELS = ("mmproj", "imatrix", "-mtp")


class HubApi(Protocol):
    """Whoever asks the hub: ``models.sources.hub``."""

    def get_json(self, path: str, params: Mapping[str, str | list[str]]) -> Any:
        """An answer of its API. Raises :class:`ModelError` ``hub_unreachable``, ``hub_busy``, ``hub_refused`` or ``not_found``."""
        ...


def read_files(hub: HubApi, repo: str) -> dict[str, FileFacts]:
    """Files by quantisation, from small to large. Blocks on the network. Raises :class:`ModelError`, ``hub_unreadable`` for an answer that makes no sense."""
    answer = hub.get_json(f"/api/models/{quote(repo)}", {"blobs": "true"})
    try:
        return files_of(answer["siblings"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"What the model hub says about {repo} makes no sense.", code="hub_unreadable") from error


def files_of(siblings: list[Mapping[str, Any]]) -> dict[str, FileFacts]:
    """The models among a repository's files; those with parts that are missing, or of unknown size, are left out."""
    parts: dict[tuple[str, str], list[FileFacts]] = {}
    wanted: dict[tuple[str, str], int] = {}
    for entry in siblings:
        path = str(entry["rfilename"])
        stem, _, ending = path.rpartition(".")
        split = _SPLIT.search(stem)
        bare = _SPLIT.sub("", stem)
        kind = quantisation_of(bare)
        if ending.lower() != "gguf" or not kind or any(word in path.lower() for word in _NOT_MODELS):
            continue
        large = entry.get("lfs") or {}
        parts.setdefault((kind, bare), []).append(FileFacts(int(entry.get("size") or large.get("size") or 0), str(large.get("sha256") or "")))
        wanted[kind, bare] = int(split[1]) if split else 1
    found: dict[str, FileFacts] = {}
    for (kind, bare), files in sorted(parts.items(), key=lambda item: len(item[0][1])):  # of several of one kind the one with the plainest name
        if len(files) == wanted[kind, bare] and all(file.bytes > 0 for file in files):
            found.setdefault(kind, FileFacts(sum(file.bytes for file in files), files[0].sha256 if len(files) == 1 else ""))
    return dict(sorted(found.items(), key=lambda item: item[1].bytes))


def quantisation_of(stem: str) -> str:
    """``Q4_K_M`` of ``some-Q4_K_M``; also where only the folder says it; empty where nothing does."""
    folder, _, name = stem.rpartition("/")
    found = _QUANTISATION.findall(name) or _QUANTISATION.findall(folder)
    return str(found[-1]).upper() if found else ""
