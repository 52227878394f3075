"""Check that a plan rests on the request and on what exists: files, literals, no memories served as news."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from core.plan import Plan, references, strings
from core.planning.checks.finding import CheckContext, Finding

_QUOTED = re.compile(r"\"([^\"]{1,200})\"|“([^”]{1,200})”|(?<!\w)'([^']{2,200})'(?!\w)|`([^`]{1,200})`")
_NAMED = re.compile(r"(?<![\w/.~-])(?:[\w.~-]+/)*[\w~-]+\.[A-Za-z][A-Za-z0-9]{0,5}(?![\w/])")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*(?![\w])")
_FRESH = re.compile(r"\b(news|latest|today|tonight|now|current(?:ly)?|right now|this (?:week|morning)|recent(?:ly)?|up to date)\b", re.I)


def find_invented_files(plan: Plan, context: CheckContext) -> Iterable[Finding]:
    made: list[str] = []
    mentioned = context.request.lower() + " " + " ".join(context.conversation).lower()
    for step in plan.steps:
        if step.device or step.where:
            continue  # its files are another machine's
        reads, writes = context.tools.touched(step.tool, step.args, context.workspace)
        for path in reads:
            if "{{" in path or any(mark in path for mark in "*?[") or Path(path).exists() or _is_among(path, made):
                continue
            if Path(path).name.lower() not in mentioned:
                yield Finding("invented_file", f"Step {step.id} uses {Path(path).name}, which neither exists nor was mentioned.")
            else:
                yield Finding("missing_file", f"Step {step.id} uses {Path(path).name}, which does not exist in {context.workspace}.", hard=False)
        made += writes
        if step.tool in ("shell.run", "code.run", "files.extract"):
            return  # what these make cannot be known before


def _is_among(path: str, made: list[str]) -> bool:
    return any(path == other or path.startswith(other.rstrip("/") + "/") for other in made)


def find_literals(request: str) -> list[str]:
    """Find what of a request must reappear in a plan to the letter: quotations, file names, numbers."""
    found = [next(group for group in match.groups() if group) for match in _QUOTED.finditer(request)]
    found += [match.group(0) for match in _NAMED.finditer(request)]
    found += [match.group(0) for match in _NUMBER.finditer(request)]
    return list(dict.fromkeys(text.strip() for text in found if text.strip()))


def missing_literals(plan: Plan, context: CheckContext) -> Iterable[Finding]:
    if not plan.steps:
        return
    carried = " ".join(text for step in plan.steps for text in strings(step.args)) + " " + " ".join(_numbers_in(plan))
    carried = _normalise_text(carried)
    for literal in find_literals(context.request):
        if _normalise_text(literal) not in carried:
            yield Finding("not_carried", f"No step carries {literal!r} from the request.", hard=False)


def _normalise_text(text: str) -> str:
    return re.sub(r"[\s/\\,]+", " ", text.lower())


def _numbers_in(plan: Plan) -> Iterable[str]:
    def walk(value: object) -> Iterable[str]:
        if isinstance(value, dict):
            for item in value.values():
                yield from walk(item)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item)
        elif isinstance(value, int | float):
            yield f"{value:g}"

    for step in plan.steps:
        yield from walk(step.args)


def find_stale_memories(plan: Plan, context: CheckContext) -> Iterable[Finding]:
    """Find memory served as news: a request for something fresh, answered with what was remembered."""
    if not _FRESH.search(context.request) or not context.remembered:
        return
    fresh = any(context.tools.risk(step.tool) == "leaves" or references(step.args) for step in plan.steps if step.tool != "notes.add")
    texts = [plan.answer, *(text for step in plan.steps for text in strings(step.args))]
    if not fresh and any(shingle_overlap(text, memory) > 0.6 for text in texts for memory in context.remembered):
        yield Finding("memory_as_news", "The request asks for something current, and the plan repeats what was remembered.")


def shingle_overlap(text: str, memory: str) -> float:
    """Return the share of the three-word shingles of ``text`` that stand in ``memory``; 0 for texts under eight words."""
    words, known = re.findall(r"\w+", text.lower()), re.findall(r"\w+", memory.lower())
    if len(words) < 8:
        return 0.0
    shingles = [tuple(words[i : i + 3]) for i in range(len(words) - 2)]
    there = {tuple(known[i : i + 3]) for i in range(len(known) - 2)}
    return sum(shingle in there for shingle in shingles) / len(shingles)
