"""The bank of worked examples: every program does in a folder of its own what its request says and nothing else."""

from __future__ import annotations

import ast
import datetime
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.ports import ToolContext
from core.turn.small.examples import load_examples
from core.turn.small.telling import with_answers
from tests.unit.test_code_plan import Planner, sandboxed
from tools.toolbox import LocalToolBox

DATA = Path(__file__).parents[1] / "data" / "program_examples.yaml"
PROGRAMS = {example.request: example.program for example in load_examples()}
BATCH = """
import csv, datetime, fnmatch, glob, io, json, math, os, posixpath, re, shutil, statistics, sys, traceback, zipfile
told = json.load(sys.stdin)
helpers = compile(told["helpers"], "helpers", "exec")
for folder, code in told["jobs"]:
    if process := os.fork():
        os.waitpid(process, 0)
        sys.stdout.write(told["end"])
        sys.stdout.flush()
        continue
    try:
        os.chdir(folder)
        scope = {"__name__": "__main__"}
        exec(helpers, scope)
        scope["_run"](code)
    except BaseException:
        sys.stdout.write(traceback.format_exc())
    sys.stdout.flush()
    os._exit(0)
"""  # each program in a process of its own, because the helpers replace calls of os


def load_cases() -> dict[str, dict[str, Any]]:
    """The folders by request; days that depend on when the test runs are filled in."""
    today = datetime.date.today()
    text = DATA.read_text(encoding="utf-8").replace("{today}", today.isoformat()).replace("{year}", str(today.year))
    return {case["request"]: case for case in yaml.safe_load(text)}


CASES = load_cases()


def data_of(held: Any) -> bytes:
    """What a file of a case holds."""
    if isinstance(held, dict):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for path, text in held.items():
                archive.writestr(path, text)
        return out.getvalue()
    return b"x" * held if isinstance(held, int) else str(held).encode()


def build(folder: Path, case: dict[str, Any]) -> None:
    """Make the folder of a case."""
    folder.mkdir()
    for path, held in case["before"].items():
        place = folder / path
        (place if path.endswith("/") else place.parent).mkdir(parents=True, exist_ok=True)
        if not path.endswith("/"):
            place.write_bytes(data_of(held))
    now = datetime.datetime.now().timestamp()
    for path, days in case.get("days", {}).items():
        os.utime(folder / path, (now - days * 86_400,) * 2)


def picture(folder: Path) -> dict[str, Any]:
    """What a folder holds: a zip by its members, a folder as None."""
    found: dict[str, Any] = {}
    for path in folder.rglob("*"):
        place = path.relative_to(folder).as_posix()
        found[f"{place}/" if path.is_dir() else place] = None if path.is_dir() else members(path) if zipfile.is_zipfile(path) else path.read_bytes()
    return found


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def expected(case: dict[str, Any]) -> dict[str, Any]:
    """The picture after the program: that before with the differences of the case."""
    found: dict[str, Any] = {}
    for path, held in [*case["before"].items(), *case.get("after", {}).items()]:
        if held is None:
            found = {other: kept for other, kept in found.items() if other != path and not (path.endswith("/") and other.startswith(path))}
            continue
        parts = path.rstrip("/").split("/")
        found |= {"/".join(parts[:count]) + "/": None for count in range(1, len(parts))}
        found[path] = None if path.endswith("/") else {name: data_of(text) for name, text in held.items()} if isinstance(held, dict) else data_of(held)
    return found


def answered(program: str, case: dict[str, Any]) -> str:
    """A program with what its questions to files come to, as a turn gives it."""
    asked = re.findall(r'tell\(path, "([^"]+)"\)', program)
    return with_answers(program, {(path, what): said for path, said in case.get("answers", {}).items() for what in asked})


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, str]]:
    """For each request its folder, and what the program printed there."""
    if not hasattr(os, "fork"):
        pytest.skip("the programs are run in forks")
    place, jobs, end = tmp_path_factory.mktemp("examples"), [], "\n§end§\n"
    for number, (request, program) in enumerate(PROGRAMS.items()):
        build(place / str(number), CASES[request])
        jobs.append((str(place / str(number)), answered(program, CASES[request])))
    told = {"helpers": (files("tools.sandbox") / "folder_helpers.txt").read_text(encoding="utf-8"), "jobs": jobs, "end": end}
    done = subprocess.run([sys.executable, "-I", "-c", BATCH], input=json.dumps(told), capture_output=True, text=True, timeout=60, check=True)
    return {request: (Path(folder), out) for request, (folder, _), out in zip(PROGRAMS, jobs, done.stdout.split(end), strict=False)}


def test_each_example_has_a_case_and_each_case_an_example() -> None:
    assert len(PROGRAMS) == len(load_examples()) >= 150 and set(PROGRAMS) == set(CASES)
    assert all(set(case) <= {"request", "before", "days", "answers", "after", "said"} and ("after" in case or "said" in case) for case in CASES.values())


def test_programs_are_short_and_plain() -> None:
    for program in PROGRAMS.values():
        assert 1 <= len(program.splitlines()) <= 8 and "#" not in re.sub(r"([\"']).*?\1", "", program), program
        assert not any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(ast.parse(program))) and not re.search(r"\bprint\(", program), program


@pytest.mark.parametrize("family", list(dict.fromkeys(example.family for example in load_examples())))
async def test_programs_do_what_their_requests_say_and_nothing_else(family: str, outcomes: dict[str, tuple[Path, str]], toolbox: LocalToolBox, context: ToolContext) -> None:
    for example in load_examples():
        if example.family == family:
            folder, out = outcomes[example.request]
            _, mark, told = out.rpartition("\n§§")
            assert mark, (example.request, out)
            before, found = picture(folder), json.loads(told)
            await Planner(toolbox, replace(context, workspace=folder)).do(found["ops"])
            assert picture(folder) == expected(CASES[example.request]), example.request
            assert "\n".join(found["said"]).strip() == CASES[example.request].get("said", ""), example.request
            assert picture(folder) != before or found["said"], example.request


@sandboxed
@pytest.mark.parametrize("request_", list(PROGRAMS)[::48])
async def test_the_sandbox_comes_to_the_same(request_: str, outcomes: dict[str, tuple[Path, str]], toolbox: LocalToolBox, context: ToolContext, tmp_path: Path) -> None:
    build(tmp_path / "again", CASES[request_])
    ops, said = await Planner(toolbox, replace(context, workspace=tmp_path / "again"))(PROGRAMS[request_])
    found = json.loads(outcomes[request_][1].rpartition("\n§§")[2])
    assert (ops, said) == (found["ops"], "\n".join(found["said"]).strip())
