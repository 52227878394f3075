"""A request as strategies read it: its kind, its operands, the files that it means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from core.conversations import PastTurn
from core.language.reading import Reading
from core.language.words import stem, words_of
from core.turn.small.example_names import without_example
from core.turn.small.lengths import Length, find_length
from core.turn.small.sources import NAME, Sources, find_sources, missing_names
from core.turn.small.targets import Target, find_target
from core.turn.small.workspace_files import Entry
from core.turn.small.years import years_asked

_POINTER = re.compile(
    r"^(?:\(?see\b|look\b|it(?:'s| is| stands| must be)\b|they(?:'re| are)\b|the [\w ]{2,40}(?:is|are|stands?)\b|you(?: will|'ll)? find\b|i have it\b).*[\w-]+\.\w{2,5}\W*$", re.I
)
_PLURAL = re.compile(
    r"\b(?:all|every(?:thing|one)?|each|both|any of|which of|any|these|those|ones|across|jede[rsnm]?|alle[nrs]?|tous|toutes|todos|todas)\b|\b(?:files|documents|letters|invoices|mails|receipts|offers|policies|contracts)\b",
    re.I,
)


def without_pointers(text: str) -> str:
    """A request without "It is in lease.txt." and "(see booking.eml)": a small model answers those instead of the question."""
    short = re.sub(r"\s*\([^()]{0,40}\.[a-z]\w{1,4}\)", "", text)
    parts = re.split(r"(?<=[.!?])\s+", short)
    kept = [part for part in parts if not (_POINTER.search(part) and len(part.split()) <= 9)]
    asked = [part for part in kept if part.rstrip().endswith("?")]
    if asked and not kept[-1].rstrip().endswith("?"):
        kept = [*(part for part in kept if part not in asked), *asked]  # a small model answers what it reads last
    return " ".join(kept) if kept else text


@dataclass(frozen=True)
class SmallRequest:
    """``text`` is what the person said; ``past`` are the turns that this one goes on from; ``earlier`` the files that the newest of them was about."""

    text: str
    reading: Reading
    entries: tuple[Entry, ...]
    past: tuple[PastTurn, ...] = ()
    earlier: tuple[str, ...] = ()
    only: tuple[str, ...] = field(default=())  # files that the person chose when asked
    decided: str = ""
    plain: str = ""  # the same in plain English, where it is not that already

    @property
    def meaning(self) -> str:
        """The words by which it is decided what is asked for: in English."""
        return self.plain or self.text

    @property
    def kind(self) -> str:
        """The kind that it is taken for."""
        return self.decided or self.reading.rank_kinds()[0]

    @property
    def before(self) -> str:
        """What was asked in the turn before."""
        return self.past[-1].said if self.past else ""

    @cached_property
    def target(self) -> Target:
        """Where the result is to be kept."""
        found = find_target(self._without_example, tuple(entry.path for entry in self.entries if not entry.is_folder))
        folder = self._folder_of(found.path) if found.path and "/" not in found.path else ""
        return replace(found, path=f"{folder}/{found.path}") if folder else found

    def _folder_of(self, name: str) -> str:
        """The folder that a file is to be made in: "save it as reply.txt in letters"."""
        said = re.search(rf"{re.escape(name)}[\"'”]?\s+(?:in|into|inside)\s+(?:the |my |our )?(?:folder )?[\"'“]?(?P<folder>[\w/ -]{{2,60}})", self.text, re.I)
        words = said["folder"].casefold().split() if said else []
        known = {entry.path.casefold(): entry.path for entry in self.entries if entry.is_folder}
        return next((known[" ".join(words[:count])] for count in range(min(4, len(words)), 0, -1) if " ".join(words[:count]) in known), "")

    @cached_property
    def _without_example(self) -> str:
        return without_example(self.text, (entry.path for entry in self.entries if not entry.is_folder))

    @cached_property
    def question(self) -> str:
        """The request without where its result goes, and without sentences that only say which file is meant."""
        return without_pointers(self.target.asked)

    @cached_property
    def sources(self) -> Sources:
        """The files that are meant."""
        if self.only:
            return Sources(self.only, how="named")
        wanted = [self.target.path] if self.target.path and not self.target.is_added else []
        found = find_sources(self.target.asked, self.entries, without=wanted, earlier=self.earlier)
        marked = {stem(word) for text in self.reading.texts("source") + self.reading.texts("target") for word in words_of(text)}
        kept = tuple(path for path in found.rivals if marked & {stem(word) for word in words_of(path)})
        if kept and len(kept) < len(found.rivals):
            return Sources(kept, found.folder, found.how, kept if len(kept) > 1 else ())
        return found

    @cached_property
    def years(self) -> tuple[int, int] | None:
        """The first and the last year that files are to be of; None where none is said."""
        return next((found for text in (self.text, self.plain) if (found := years_asked(NAME.sub(" ", text)))), None)

    @cached_property
    def missing(self) -> list[str]:
        """Names of files that are wanted and not there."""
        return missing_names(self._without_example, self.entries, [self.target.path] if self.target.path else [])

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
