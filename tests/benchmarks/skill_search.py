"""Skill search and vetting: the right skill in the top 3 for requests phrased by hand, among the built-in skills alone and among more than a thousand others.

The others are descriptions of public tools and functions where the evaluation data lie beside the repository (or where ``DESKHAND_EVAL`` says): a stand-in
for public skills. Where ``DESKHAND_SKILLS`` names a folder with public ones (packages with SKILL.md files, unpacked), search and vetting are measured on those too.
Vetting is measured on the bodies in ``tests/data``, which were made up for the tests.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.errors import DeskhandError
from skills.folders import BUILTIN
from skills.format import Skill, read_skill
from skills.index import VectorIndex
from skills.recipe import recipe_of
from skills.search import SkillSearch
from skills.vetting import look_over
from tests.benchmarks.evaluation import embedder

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/data"


def requests(file: str = "skill_requests.txt") -> list[tuple[str, str]]:
    """Skill and request."""
    lines = (DATA / file).read_text(encoding="utf-8").splitlines()
    return [(name, text) for name, text in (line.split("\t") for line in lines if line and not line.startswith("#"))]


def others() -> list[Skill]:
    """Descriptions of public tools and functions, as skills."""
    folder = Path(os.environ.get("DESKHAND_EVAL", ROOT.parent / "shared/eval")) / "data"
    found: dict[str, str] = {}
    if (folder / "livemcpbench/tools.json").is_file():
        for row in _tools(json.loads((folder / "livemcpbench/tools.json").read_text(encoding="utf-8"))):
            found.setdefault(row["name"], row.get("description") or "")
    for file in sorted((folder / "bfcl").glob("BFCL_v4_*.json")) if folder.is_dir() else ():
        for line in file.read_text(encoding="utf-8").splitlines():
            for row in json.loads(line).get("function", ()) if line.startswith("{") else ():
                found.setdefault(row["name"], row.get("description") or "")
    return [Skill(f"other-{name}", " ".join(text.split())[:1000], Path("/"), "", name) for name, text in found.items() if text.strip()]


def _tools(value: Any) -> Iterable[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("name"), str) and "inputSchema" in value:
            yield value
        for item in value.values():
            yield from _tools(item)
    elif isinstance(value, list):
        for item in value:
            yield from _tools(item)


@functools.cache
def public() -> list[Skill]:
    """The skills in English below ``DESKHAND_SKILLS``, one of each name; none where there is no such folder."""
    folder = os.environ.get("DESKHAND_SKILLS", "")
    found: dict[str, Skill] = {}
    for file in sorted(Path(folder).rglob("SKILL.md")) if folder else ():
        with contextlib.suppress(DeskhandError):
            skill = read_skill(file.parent, "own")
            if sum(ord(letter) > 127 for letter in skill.description) < 4:
                found.setdefault(skill.name, skill)
    return list(found.values())


async def _search(skills: list[Skill], phrases: dict[str, Any], embed: Any, asked: list[tuple[str, str]]) -> tuple[int, int, float]:
    with tempfile.TemporaryDirectory() as folder:
        search = SkillSearch(VectorIndex(Path(folder)), embed)
        search.take(skills, phrases)
        await search.find("warm up", 3)
        first = third = 0
        began = time.perf_counter()
        for name, text in asked:
            right, found = set(name.split(",")), [match.skill.name for match in await search.find(text, 3)]
            first, third = first + bool(right & set(found[:1])), third + bool(right & set(found))
            if not right & set(found) and os.environ.get("SHOW"):
                print(f"  missed {name}: {text} -> {found}")
        return first, third, (time.perf_counter() - began) / len(asked) * 1000


async def _table() -> None:
    own = [read_skill(path, "builtin") for path in sorted(BUILTIN.iterdir()) if (path / "SKILL.md").is_file()]
    phrases = {skill.name: recipe.says for skill in own if (recipe := recipe_of(skill))}
    print("| among | by | first | in the top 3 | ms a search |\n|---|---|---:|---:|---:|")
    real, names = public(), {skill.name for skill in own}
    among = [("built-in", own, requests()), ("with others", [*own, *others()], requests())]
    if real:
        there = {skill.name for skill in real}
        asked = [(name, text) for name, text in requests("public_skill_requests.txt") if set(name.split(",")) & there]
        among += [("public", real, asked), ("built-in among public", [*own, *(skill for skill in real if skill.name not in names)], requests())]
    async with embedder() as embed:
        for name, skills, asked in among:
            for by, one in (("words", None), ("words and meaning", embed)):
                if by == "words" or embed is not None:
                    first, third, ms = await _search(skills, phrases, one, asked)
                    print(f"| {name}: {len(skills)} | {by} | {first}/{len(asked)} | {third}/{len(asked)} = {third / len(asked):.1%} | {ms:.1f} |")


def _vetting() -> None:
    print("\n| bodies | blocked | ms each |\n|---|---:|---:|")
    for name in ("skills_bad.txt", "skills_good.txt"):
        blocks = (DATA / name).read_text(encoding="utf-8").split("\n", 1)[1].split("\n===\n")
        blocked, began = 0, time.perf_counter()
        for block in blocks:
            with tempfile.TemporaryDirectory() as folder:
                skill = Path(folder) / "sample"
                skill.mkdir()
                (skill / "SKILL.md").write_text("---\nname: sample\ndescription: Something.\n---\n" + (block.split("\n", 1)[1] if "bad" in name else block), encoding="utf-8")
                blocked += look_over(read_skill(skill)).blocked
        print(f"| {name}: {len(blocks)} | {blocked} = {blocked / len(blocks):.1%} | {(time.perf_counter() - began) / len(blocks) * 1000:.1f} |")

    if real := public():
        began = time.perf_counter()
        blocked = [skill.name for skill in real if look_over(skill).blocked]
        print(f"| public skills: {len(real)} | {len(blocked)} = {len(blocked) / len(real):.1%} | {(time.perf_counter() - began) / len(real) * 1000:.1f} |")


def main() -> None:
    asyncio.run(_table())
    _vetting()


if __name__ == "__main__":
    main()
