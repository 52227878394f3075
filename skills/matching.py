"""The rules over the lines of a text: each only where one of its words stands, what belongs together also as one line, and what is only spoken of as a doubt."""

from __future__ import annotations

import itertools
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace

from skills.letters import HIDDEN, JOINERS
from skills.rules import KNOWN, RULES, WARNING, Rule

_LISTED = re.compile(r"^\s*(?:[-*]|\d+[.)]|\|)?\s*", re.M)


def matches(text: str) -> Iterator[tuple[Rule, int, str]]:
    """Every rule that applies, with its line. What a warning stands before is a doubt only."""
    single = _Lines(list(enumerate(text.split("\n"), 1)))
    joined = _Lines(_joined([line for _, line in single.rows]))
    for rule in RULES:
        whole, in_lines = rule.whole, rule.lines
        for match in whole.finditer(text) if whole and (not rule.near or any(word in single.small for word in rule.near)) else ():
            yield _judged(rule, text, match, text, match.start()), bisect_right(single.starts, match.start()), " ".join(match[0].split())[:160]
        if in_lines is None:
            continue
        for lines in (single, joined):
            for at in lines.with_any(rule.near):
                number, line = lines.rows[at]
                for match in in_lines.finditer(line):
                    around, place = (text, single.starts[at] + match.start()) if lines is single else (line, match.start())
                    yield _judged(rule, line, match, around, place), number, " ".join(match[0].split())[:160]


class _Lines:
    """Numbered lines, looked through for words as one text: that takes a hundredth of the time of looking into each."""

    def __init__(self, rows: list[tuple[int, str]]) -> None:
        self.rows = rows
        self.small = "\n".join(line.lower() if len(line.lower()) == len(line) else line for _, line in rows)
        self.starts = list(itertools.accumulate((len(line) + 1 for _, line in rows), initial=0))

    def with_any(self, words: tuple[str, ...]) -> list[int]:
        """Places of the lines that hold one of the words; of all without words."""
        if not words:
            return list(range(len(self.rows)))
        found: set[int] = set()
        for word in words:
            at = self.small.find(word)
            while at >= 0:
                row = bisect_right(self.starts, at) - 1
                found.add(row)
                at = self.small.find(word, self.starts[row + 1])
        return sorted(found)


def _judged(rule: Rule, source: str, match: re.Match[str], around: str, at: int) -> Rule:
    """The rule as it stands, or as a doubt: a warning stands before it, or a maker's own installer is fetched."""
    if rule.severity != "block":
        return rule
    if rule.code != "secretly" and (WARNING.search(_before(around, at)) or _quoted(rule, source, match)):
        return replace(rule, severity="warn", why=f"speaks of what {rule.why}")
    if rule.code == "fetch-and-run" and _known(source, match):
        return replace(rule, severity="warn", why="has a well-known maker's installer fetched and run")
    return rule


def _quoted(rule: Rule, text: str, match: re.Match[str]) -> bool:
    """Whether the words are shown as somebody else's: an order between quotation marks, a command that another is to be broken with (``"x; rm -rf /"``)."""
    if rule.code not in ("override", "destroys"):
        return False
    before, after = text[text.rfind("\n", 0, match.start()) + 1 : match.start()], text[match.end() :].partition("\n")[0]
    marks = [mark for mark in "\"'`" if before.count(mark) % 2 and mark in match[0] + after] + (["“"] if before.rfind("“") > before.rfind("”") and "”" in after else [])
    return bool(marks) and (rule.code == "override" or bool(re.search(r"[;&|]\s*$", before)))


def _known(text: str, match: re.Match[str]) -> bool:
    """Whether all that is fetched there is a known maker's."""
    end = text.find("\n", match.end())
    found = re.findall(r"https?://[^\s\"'`)|<>]+|\b[\w-]+(?:\.[\w-]+)+/[^\s\"'`)|<>]+", text[match.start() : end if end >= 0 else len(text)])
    return bool(found) and all(KNOWN.match(url) for url in found)


def _before(text: str, at: int) -> str:
    """What stands before a place in its line, and the heading or sentence that leads to it."""
    line = text.rfind("\n", 0, at) + 1
    lead = text[max(0, line - 160) : line].rstrip().rsplit("\n", 1)[-1] if line else ""
    return (lead + " " if lead.endswith(":") or lead.startswith("#") else "") + text[line:at][-120:]


def _joined(lines: list[str]) -> list[tuple[int, str]]:
    """Paragraphs, list items and continued commands as one line each, since orders run over line ends. Lines of code and of tables stand for themselves."""
    made: list[tuple[int, str]] = []
    start, held, fenced = 0, list[str](), ""
    for number, line in enumerate([*lines, ""], 1):
        text = line.strip()
        fence = text[:3] if text.startswith(("```", "~~~")) else ""
        if fence:
            fenced = "" if fenced == fence else fenced or fence
        goes_on, continued = bool(held) and held[-1].endswith("\\"), text.endswith("\\")
        alone = not goes_on and bool(fence or fenced or text.startswith(("|", "#")))
        if alone or not text:
            made += _one(start, held)
            held = []
        if text and (not alone or (fenced and continued)):
            start = start if held else number
            held.append(text)
        if fenced and not continued:
            made += _one(start, held)
            held = []
    return made


def _one(start: int, held: list[str]) -> list[tuple[int, str]]:
    return [(start, " ".join(_LISTED.sub("", one.rstrip("\\").strip()) for one in held)[:4000])] if len(held) > 1 else []


def plain(text: str) -> str:
    """Without hidden letters, marks and look-alikes of Latin letters, as a reader would take it."""
    text = unicodedata.normalize("NFKC", JOINERS.sub("", HIDDEN.sub("", text)))
    return re.sub(r"\*\*|__|\\(?=[ _*.#-])", "", text).replace("\u2019", "'").replace("\r", "")
