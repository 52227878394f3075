"""What a program would change, and the request that it is held against."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from core.language.words import content_stems, stem, words_of
from core.turn.small.request import SmallRequest
from core.turn.small.sources import NAME
from core.turn.small.workspace_files import Entry

ALL_MEANT = re.compile(r"\b(?:all|every|each|everything|whatever|any|both|the rest|files|pictures|photos|documents|alle|jede\w*|tous|toutes|todos)\b", re.I)
_DELETES = re.compile(
    r"\b(?:delet\w*|remov\w*|bin\b|binned|trash\w*|throw\w*|chuck\w* (?:out|away)|get rid|clear\w*|erase\w*|scrap\w*|ditch\w*|dump\w*|wipe\w*|drop\w*|lose|yeet|purge\w*|discard\w*|clean\w*|duplicat\w*|lösch\w*|entfern\w*|"
    r"weg\b|supprim\w*|efface\w*|borra\w*|elimina\w*|tidy|del|rm)\b",
    re.I,
)


@dataclass(slots=True)
class Outcome:
    """What a program would change, in order, and what it said."""

    ops: list[list[Any]] = field(default_factory=list)
    said: str = ""
    lines: dict[str, int] = field(default_factory=dict)  # that files which are written had before

    def of(self, *kinds: str) -> list[list[Any]]:
        """The operations of these kinds."""
        return [op for op in self.ops if op[0] in kinds]


def sources_of(op: Sequence[Any]) -> list[Any]:
    """What an operation takes: several things where they are packed, else one; of what is written or made its own path."""
    return op[1] if isinstance(op[1], list) else [op[1]]


@dataclass(frozen=True)
class Case:
    """A program with its outcome, and the request that it is held against. ``past`` is what was said before, which a follow-up goes on from."""

    outcome: Outcome
    request: SmallRequest
    code: str
    past: str = ""
    shown: str = ""  # what its writer saw besides; empty: not known

    @property
    def text(self) -> str:
        """What was said, and the same in English where it was another language."""
        return "\n".join(filter(None, (self.request.text, self.request.plain)))

    @cached_property
    def there(self) -> dict[str, Entry]:
        """What the workspace holds, by path."""
        return {entry.path: entry for entry in self.request.entries}

    @cached_property
    def asked(self) -> set[str]:
        """The stems of the request; the ending of a name does not stand for all files of that ending."""
        plain = NAME.sub(" ", f"{self.text} {self.past}")
        return set(content_stems(plain)) | set(map(stem, words_of(plain)))

    @property
    def may_delete(self) -> bool:
        """Whether the request, or the one that it goes on from, speaks of deleting."""
        return bool(_DELETES.search(self.text) or (self.past and _DELETES.search(self.past)))


def touched_files(op: Sequence[Any], there: dict[str, Entry]) -> list[str]:
    """Things that were there and that an operation changes."""
    return [path for path in sources_of(op) if path in there and op[0] in ("write", "move", "delete")]
