"""Where a sentence, a line of a list or a row of a table ends in text that is still growing."""

from __future__ import annotations

import re

from core.turn.answer.lexicon import MONTHS

_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|approx|ca|z\. ?b|d\. ?h|u\. ?a|bzw|dr|mr|mrs|ms|prof|no|nr|st|vs|inc|ltd|a\.m|p\.m|inkl|ggf|usw|evtl|std|tel|sr|sra|mme|p|pp|vol|fig|jan|feb|mar|apr|"
    r"jun|jul|aug|sep|sept|oct|okt|nov|dec|dez|[a-z])$",
    re.I,
)
_END = re.compile(r"[.!?…]+[*_`\"”’)\]]*(?=\s)")
_LINE_KIND = re.compile(r"[ \t>]*(?:\||[-*+•] |\d{1,3}[.)] |#{1,6} )")
_FENCE = re.compile(r"[ \t>]*(```+|~~~+)")


def is_whole_line(line: str) -> bool:
    """Whether a line is checked as one: table rows, list items and headings."""
    return bool(_LINE_KIND.match(line))


def fence_mark(line: str) -> str:
    """The mark of a code fence that a line begins or ends with; empty for other lines."""
    match = _FENCE.match(line)
    return match[1][:3] if match else ""


def may_be_fence(line: str) -> bool:
    """Whether a line that is still growing is, or could become, the mark of a code fence."""
    return bool(re.fullmatch(r"[ \t>]*(?:`{1,2}|~{1,2})", line) or fence_mark(line))


def sentence_end(text: str, start: int, is_final: bool = False) -> int | None:
    """The place after the sentence that begins at ``start``; None while it is not whole. A line's end always ends it."""
    newline = text.find("\n", start)
    stop = newline + 1 if newline >= 0 else len(text)
    line_start = text.rfind("\n", 0, start) + 1
    if not is_whole_line(text[line_start : line_start + 12]):
        for match in _END.finditer(text, start, min(stop + 1, len(text))):
            kind = _end_kind(text, match, is_final or newline >= 0)
            if kind != "inside":
                return match.end() + 1 if kind == "end" and text[match.end()] != "\n" else (newline + 1 if kind == "end" else None)
    return stop if newline >= 0 or (is_final and start < len(text)) else None


def _end_kind(text: str, match: re.Match[str], is_final: bool) -> str:
    """``end``, ``inside`` (an abbreviation, "4. März") or ``unsure`` while the next word is missing."""
    before = text[max(0, match.start() - 12) : match.start()]
    if match[0] != ".":
        return "end"
    if re.search(r"(?:^|\D)\d{1,2}$", before):
        after = text[match.end() :].split("\n", 1)[0].lstrip()
        word = re.match(r"[^\W\d_]*", after)
        if not is_final and word and word.end() == len(after):
            return "unsure"
        return "inside" if after[:1].islower() or (word and word[0].lower() in MONTHS) else "end"
    return "inside" if _ABBREVIATION.search(before) else "end"
