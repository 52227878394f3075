"""Where a sentence, a line of a list or a row of a table ends in text that is still growing."""

from __future__ import annotations

import re

from core.turn.answer.lexicon import COUNT_WORDS, MONTHS, alternation

_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|approx|ca|z\. ?b|d\. ?h|u\. ?a|bzw|dr|mr|mrs|ms|prof|no|nr|st|vs|inc|ltd|a\.m|p\.m|inkl|ggf|usw|evtl|std|tel|sr|sra|mme|p|pp|vol|fig|jan|feb|mar|apr|"
    r"jun|jul|aug|sep|sept|oct|okt|nov|dec|dez|[a-z])$",
    re.I,
)
_END = re.compile(r"(?<![.!?…])[.!?…]++[*_`\"”’)\]]*+(?=\s)")
_LINE_KIND = re.compile(r"[ \t>]*(?:\||[-*+•] |\d{1,3}[.)] |#{1,6} )")
_LIST = re.compile(r"(?:(?:[ \t]*\n)*[ \t>]*(?:[-*+•] |\d{1,3}[.)] |\|)[^\n]*(?:\n[ \t]+\S[^\n]*)*(?:\n|\Z))+")
_NO_LIST = re.compile(r"\s*(?:[^\s\d|>*+•-]|[*+•-]\S|\d{1,3}[^\d.)]|\d{4})")
_COUNT = re.compile(rf"\d|\b(?:{alternation(COUNT_WORDS)})\b", re.I)
LONGEST = 2000  # letters of a sentence; what goes on without an end is taken in parts, so that no text makes looking for one slow
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


def list_after(text: str, start: int, end: int, is_final: bool) -> str | None:
    """The list that the sentence from ``start`` to ``end`` counts and begins ("Seven dates:"), empty where there is none; None while it may still grow."""
    if not (text[max(start, end - 8) : end].rstrip("*_ \n").endswith(":") and text[end - 1] == "\n" and _COUNT.search(text, start, end)):
        return ""
    found = _LIST.match(text, end)
    is_whole = is_final or _NO_LIST.match(text, found.end() if found else end)
    return None if not is_whole else found[0] if found else ""


def is_end(sentence: str) -> bool:
    """Whether a unit that :func:`sentence_end` gave is a whole sentence, and no part of a longer one."""
    return sentence.endswith("\n") or bool(_END.search(sentence, max(0, len(sentence) - 40)))


def sentence_end(text: str, start: int, is_final: bool = False) -> int | None:
    """The place after the sentence that begins at ``start``; None while it is not whole. A line's end always ends it, and so do :data:`LONGEST` letters."""
    most = start + LONGEST
    newline = text.find("\n", start, most)
    stop = newline + 1 if newline >= 0 else min(len(text), most)
    if not _is_in_whole_line(text, start):
        for match in _END.finditer(text, start, min(stop + 1, len(text))):
            kind = _end_kind(text, match, is_final or newline >= 0)
            if kind == "unsure" and len(text) < most:
                return None
            if kind == "end":
                return match.end() + 1
    if newline < 0 and len(text) >= most:
        return start + _last_word(text[start:most])
    return stop if newline >= 0 or (is_final and start < len(text)) else None


def _is_in_whole_line(text: str, start: int) -> bool:
    """Whether ``start`` lies in a line that is checked as one; of a very long one only its near beginning is looked for."""
    near = max(0, start - 2 * LONGEST)
    newline = text.rfind("\n", near, start)
    return (newline >= 0 or near == 0) and is_whole_line(text[newline + 1 : newline + 13])


def _last_word(part: str) -> int:
    """The place where the last whole word of a part ends; its own end where that is far."""
    place = max(part.rfind(" "), part.rfind("\t")) + 1
    return place if place > LONGEST // 2 else len(part)


def _end_kind(text: str, match: re.Match[str], is_final: bool) -> str:
    """``end``, ``inside`` (an abbreviation, "4. März") or ``unsure`` while the next word is missing."""
    before = text[max(0, match.start() - 12) : match.start()]
    if match[0] != ".":
        return "end"
    if re.search(r"(?:^|\D)\d{1,2}$", before):
        after = text[match.end() : match.end() + 80].split("\n", 1)[0].lstrip()
        word = re.match(r"[^\W\d_]*", after)
        if not is_final and word and word.end() == len(after):
            return "unsure"
        return "inside" if after[:1].islower() or (word and word[0].lower() in MONTHS) else "end"
    return "inside" if _ABBREVIATION.search(before) else "end"
