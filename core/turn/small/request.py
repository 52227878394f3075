"""A request as strategies read it: its kind, its operands, the files that it means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from core.language.reading import Reading
from core.turn.small.lengths import Length, find_length
from core.turn.small.sources import Sources, find_sources, missing_names
from core.turn.small.targets import Target, find_target
from core.turn.small.workspace_files import Entry

_PLURAL = re.compile(
    r"\b(?:all|every|each|both|any of|which of|any|these|those|across|jede[rsnm]?|alle[nrs]?|tous|toutes|todos|todas)\b|\b(?:files|documents|letters|invoices|mails|receipts|offers|policies|contracts)\b",
    re.I,
)


@dataclass(frozen=True)
class SmallRequest:
    """``before`` is what was asked in the turn before; ``earlier`` the files that it was about."""

    text: str
    reading: Reading
    entries: tuple[Entry, ...]
    before: str = ""
    earlier: tuple[str, ...] = ()
    only: tuple[str, ...] = field(default=())  # files that the person chose when asked

    @cached_property
    def target(self) -> Target:
        """Where the result is to be kept."""
        return find_target(self.text, tuple(entry.path for entry in self.entries if not entry.is_folder))

    @cached_property
    def question(self) -> str:
        """The request without where its result goes."""
        return self.target.asked

    @cached_property
    def sources(self) -> Sources:
        """The files that are meant."""
        if self.only:
            return Sources(self.only, how="named")
        wanted = [self.target.path] if self.target.path and not self.target.is_added else []
        return find_sources(self._about, self.entries, without=wanted, earlier=self.earlier)

    @property
    def _about(self) -> str:
        """The words that may name files: those that the reader marks as sources, where it marks any that are there; else the whole request."""
        return self.question

    @cached_property
    def missing(self) -> list[str]:
        """Names of files that are wanted and not there."""
        return missing_names(self.text, self.entries, [self.target.path] if self.target.path else [])

    @cached_property
    def length(self) -> Length | None:
        return find_length(self.text)

    @property
    def is_plural(self) -> bool:
        """Whether the request speaks of several things."""
        return bool(_PLURAL.search(self.text))

    def chosen(self, files: Sequence[str]) -> SmallRequest:
        """The same request about these files."""
        return replace(self, only=tuple(files))
