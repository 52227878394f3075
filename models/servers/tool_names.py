"""Tools' names as an API allows them, and back: ``files.read`` is ``files_read`` there."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

LONGEST = 64
_ALLOWED = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class ToolNames:
    """A two-way map for the tools of one request. The same tools in the same order give the same names."""

    def __init__(self, names: Iterable[str]) -> None:
        known = list(dict.fromkeys(names))
        # these keep their names, whoever else would like them
        self._there: dict[str, str] = {name: name for name in known if _ALLOWED.fullmatch(name)}
        for name in known:
            if name not in self._there:
                self._there[name] = _free(_allowed(name), self._there.values())
        self._here = {there: here for here, there in self._there.items()}

    @property
    def back(self) -> Mapping[str, str]:
        """From the API's name to ours."""
        return self._here

    def to_api(self, name: str) -> str:
        """The name there; one that is not among the tools is only made allowed."""
        return self._there.get(name) or _allowed(name)

    def from_api(self, name: str) -> str:
        """Our name; one that is not known passes through untouched."""
        return self._here.get(name, name)


def _allowed(name: str) -> str:
    text = re.sub(r"[^a-zA-Z0-9_-]", "_", name) or "tool"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 9]}_{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _free(name: str, taken: Iterable[str]) -> str:
    used, free, number = set(taken), name, 2
    while free in used:
        free, number = f"{name[: LONGEST - 4]}_{number}", number + 1
    return free
