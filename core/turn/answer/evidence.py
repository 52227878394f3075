"""What an answer may rest on: the request, the conversation, files in sight, the results of this turn's steps, and what was done."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from core.plan import strings
from core.turn.answer.dates import Day, find_dates, find_spans, find_times, relative_days
from core.turn.answer.deeds import Deed, StepFact, deeds_of
from core.turn.answer.months import find_years, months_asked, months_named
from core.turn.answer.names import base_name, plain_name
from core.turn.answer.numbers import evidence_values
from core.turn.answer.orders import asks_for_deed
from core.turn.answer.wrapping import broken_phrases, unwrap

_TEXT_WORK = re.compile(
    r"\b(?:write|draft|compose|translate|rephrase|reword|rewrite|proofread|shorten|summari[sz]e|improve|correct|poem|story|letter|speech|"
    r"schreibe?|verfasse|übersetze?|formuliere?|umformulieren|kürze|korrigiere|gedicht|brief|écris|rédige|traduis|corrige|lettre|poème|escribe|redacta|traduce|corrige|carta|poema)\b",
    re.I,
)
_CLOCK = re.compile(r"^Now: .*$", re.M)  # the line that tells a model the time
_LITERAL = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")  # a text within a program
MAX_VALUE_LETTERS = 400_000  # of a result's JSON; its text is always read whole


@dataclass(frozen=True, slots=True)
class Evidence:
    """Texts and deeds, with the sets that checks look into. Made by :meth:`of`, extended by :meth:`with_step` and :meth:`with_text`.

    ``texts`` are the request, then the conversation and what is in sight; ``haystack`` is everything as :func:`plain_name` writes it;
    ``months`` are those known without their year, or without a day of them; ``today`` lets "tomorrow" be a date; ``has_context``: files are in sight.
    ``here``: the names in the workspace, of which nothing else is known; ``earlier``: deeds of former turns. ``authored``: numbers that the model itself
    put into programs and files without having found them: where the person asks a question they bear nothing out; ``written``: those files.
    """

    request: str = ""
    texts: tuple[str, ...] = ()
    steps: tuple[StepFact, ...] = ()
    deeds: tuple[Deed, ...] = ()
    today: datetime.date | None = None
    has_context: bool = False
    values: tuple[float, ...] = ()
    days: frozenset[Day] = frozenset()
    months: frozenset[Day] = frozenset()
    years: frozenset[int] = frozenset()
    times: frozenset[int] = frozenset()
    spans: frozenset[tuple[int, str]] = frozenset()
    haystack: str = field(default="", repr=False)
    here: frozenset[str] = frozenset()
    earlier: tuple[Deed, ...] = ()
    authored: frozenset[float] = frozenset()
    written: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, request: str, *, conversation: Iterable[str] = (), context: Iterable[str] = (), steps: Iterable[StepFact] = (),
        earlier: Iterable[StepFact] = (), today: datetime.date | None = None, here: Collection[str] = (),
    ) -> Evidence:  # fmt: skip
        """Evidence of a turn so far. ``context``: texts of files and memories that the model was given; ``earlier``: steps of former turns."""
        sight = tuple(text for text in context if text)
        before, names = tuple(deed for step in earlier for deed in deeds_of(step)), frozenset(plain_name(name) for name in here)
        made = cls(request=request, today=today, earlier=before, has_context=bool(sight), here=names)._with_scanned((request, *conversation, *sight))
        for step in steps:
            made = made.with_step(step)
        return made

    def with_step(self, step: StepFact) -> Evidence:
        """The same after another step: what it was asked, found and did."""
        months = self.months | months_asked(_as_text(step.args), step.text)
        deeds = deeds_of(step)
        read = replace(self, steps=(*self.steps, step), deeds=(*self.deeds, *deeds), months=months)
        if (step.is_own_words or step.is_acting) and not self.is_text_work and not asks_for_deed(self.request):
            read = read._with_authored(step, deeds, self._grounds())
        texts = (f"{step.tool} {_as_text(step.args)} {step.title} {step.error}", step.text, _as_text(_beyond(step.value, step.text)), " ".join(_paths(deeds)))
        return read._with_scanned(texts, are_texts=False, but=read.authored if read.authored and read._is_own(step) else frozenset())

    def _grounds(self) -> set[float]:
        """Numbers that were said or found: not the clock, nor sizes of files that only lie there."""
        texts = (self.request, *(_CLOCK.sub("", text) for text in self.texts), *self.results)
        return {value for text in texts for value in evidence_values(text)}

    def _with_authored(self, step: StepFact, deeds: Iterable[Deed], known: set[float]) -> Evidence:
        """Note the numbers that are the model's own: in a question's turn nothing that repeats them bears them out, nor a calculation of them alone."""
        texts = strings(dict(step.args))
        put = {value for text in texts for value in evidence_values(text)}
        fresh = put - known
        if step.is_own_words:  # a calculation of numbers that were found may use others; what stands in its texts is said, and not worked out
            said = {value for text in texts for quoted in _LITERAL.findall(text) for value in evidence_values(quoted)}
            found = evidence_values(step.text) | evidence_values(_as_text(step.value))
            fresh = fresh & said if put & known else fresh | (found - known)
        places = {base_name(place) for deed in deeds for place in deed.places}
        return replace(self, authored=self.authored | fresh, written=self.written | places)

    def with_text(self, text: str) -> Evidence:
        """The same with another text that vouches: what the person said meanwhile, a file that came in sight."""
        return replace(self, has_context=True)._with_scanned((text,))

    def with_listing(self, text: str) -> Evidence:
        """The same with the listing of the workspace: its sizes and counts are known, but that a name stands in it says nothing else of the file."""
        return replace(self._with_scanned((text,), are_texts=False), haystack=self.haystack)

    def is_here(self, name: str) -> bool:
        """Whether a file or folder of this name is in the workspace."""
        return any(base_name(name) == base_name(one) for one in self.here)

    def _with_scanned(self, texts: Iterable[str], are_texts: bool = True, but: Collection[float] = ()) -> Evidence:
        fresh = tuple(text for text in texts if text)
        joined = "\n".join(fresh)
        broken = "\n".join(broken_phrases(joined))
        dates = list(find_dates(joined))
        days = {day for found in (*dates, *find_dates(broken)) for day in found.days} | (relative_days(joined, self.today) if self.today else set())
        return replace(
            self,
            texts=(*self.texts, *fresh) if are_texts else self.texts,
            values=tuple(sorted({*self.values, *(evidence_values(joined) - {*but})})),
            days=self.days | days,
            months=self.months | months_named(joined, dates),
            years=self.years | find_years(joined),
            times=self.times | _known_times(joined) | _known_times(broken) | _iso_times(joined),
            spans=self.spans | find_spans(joined) | find_spans(broken),
            haystack=f"{self.haystack}\n{plain_name(unwrap(joined))}",
        )

    @property
    def has_results(self) -> bool:
        """Whether any tool has run in this turn."""
        return bool(self.steps)

    @property
    def has_material(self) -> bool:
        """Whether facts can come from somewhere: a tool ran, or a file is in sight. Else the answer is talk, whose facts are the model's own."""
        return self.has_results or self.has_context

    @property
    def is_text_work(self) -> bool:
        """Whether the person wants something written or mended, so that the answer's "it" may be that text."""
        return bool(_TEXT_WORK.search(self.request))

    @property
    def results(self) -> tuple[str, ...]:
        """The texts of all results but those that only give back what the model itself put in."""
        steps = [step for step in self.steps if not (self.authored and self._is_own(step))]
        return tuple(step.text or _as_text(step.value) for step in steps if step.text or step.value is not None)

    def _is_own(self, step: StepFact) -> bool:
        """Whether a result is made of the model's own words: of a program, of a note that it made, or of a file that it wrote."""
        return step.is_own_words or step.is_acting or bool(self.written & {base_name(path) for path in _paths(deeds_of(step))})


def _as_text(value: Any) -> str:
    if value is None or value == {}:
        return ""
    if isinstance(value, str):
        return value[:MAX_VALUE_LETTERS]
    try:
        return json.dumps(value, ensure_ascii=False, default=str)[:MAX_VALUE_LETTERS]
    except (TypeError, ValueError):
        return str(value)[:MAX_VALUE_LETTERS]


def _beyond(value: Any, text: str) -> Any:
    """What a result's JSON says beyond its text, which is most often the longest string in it."""
    if isinstance(value, dict):
        return {name: part for name, part in value.items() if not (isinstance(part, str) and len(part) > 200 and part in text)}
    return None if isinstance(value, str) and value in text else value


def _paths(deeds: Iterable[Deed]) -> Iterable[str]:
    return {target for deed in deeds for target in deed.targets if "/" in target or "." in target}


def _iso_times(text: str) -> set[int]:
    return {int(match[1]) * 60 + int(match[2]) for match in re.finditer(r"(?<=\d[T ])([01]\d|2[0-3]):([0-5]\d)", text)}


def _known_times(text: str) -> set[int]:
    """Times of day as the text means them: where it counts to 24, 7:10 is in the morning."""
    found = [readings for *_, readings in find_times(text)]
    counts_to_24 = any(readings[0] >= 13 * 60 for readings in found)
    return {minutes for readings in found for minutes in (readings[:1] if counts_to_24 else readings)}
