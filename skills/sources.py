"""Getting a skill from where it is: a folder, a zip, a git repository. Nothing that was fetched is run, and nothing leads outside its folder."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import UsageError
from skills.format import FILE, MOST_BYTES, MOST_FILES, NAME, SKIPPED, bad_skill

GIT_SECONDS = 60
_GIT = re.compile(r"(?:git@[\w.-]+:|ssh://|https?://|git://|file://|.*\.git(?:#|$))")
Leave = Callable[[str, str], None]


async def fetch(source: str, folder: Path, leave: Leave) -> Path:
    """Put the source into ``folder`` and return the skill's folder in it. ``#NAME`` after the source chooses one of several.

    ``leave`` is asked before anything leaves this machine, and raises where it may not. Raises :class:`core.errors.UsageError` in words.
    """
    place, _, wanted = source.strip().partition("#")
    path = _path(place)
    if path.is_dir() and not (path / ".git").is_dir():
        _copied(path, folder / "source")
    elif path.is_file():
        _unpacked(path, folder / "source")
    elif path.is_dir() or _GIT.match(place):
        await _cloned(place, folder / "source", leave)
    else:
        raise bad_skill(f"There is no {place[:300]}.", "Give a folder with a SKILL.md, a zip of one, or the address of a git repository.")
    return _chosen(folder / "source", wanted, path.stem if path.exists() else Path(urlsplit(place).path).stem)


def _path(place: str) -> Path:
    """A path, if it can be one."""
    try:
        path = Path(place).expanduser()
        path.exists()
    except (OSError, ValueError, RuntimeError) as error:  # too long, a NUL, nobody's home
        raise bad_skill(f"There is no {place[:300]!r}.", "Give a folder with a SKILL.md, a zip of one, or the address of a git repository.") from error
    return path


def _copied(path: Path, goal: Path) -> None:
    count = size = 0
    for item in path.rglob("*"):
        count, size = count + 1, size + (item.lstat().st_size if item.is_file() else 0)
        if count > MOST_FILES * 20 or size > MOST_BYTES * 5:
            raise bad_skill(f"{path.name} is larger than a folder of skills may be.")
    shutil.copytree(path, goal, symlinks=True, ignore=shutil.ignore_patterns(*SKIPPED))


def _unpacked(path: Path, goal: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            items = packed.infolist()
            if len(items) > MOST_FILES * 4 or sum(item.file_size for item in items) > MOST_BYTES * 2:
                raise bad_skill(f"{path.name} is larger than a skill may be.")
            goal.mkdir(parents=True)
            for item in items:
                target = Path(os.path.normpath(goal / item.filename))
                if not target.is_relative_to(goal) or "\\" in item.filename or stat.S_ISLNK(item.external_attr >> 16):
                    raise UsageError(f"{path.name} holds {item.filename!r}, which leads outside; nothing was unpacked.", code="unsafe_archive")
                packed.extract(item, goal)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise bad_skill(f"{path.name} cannot be read as a zip: {error}.") from error


async def _cloned(place: str, goal: Path, leave: Leave) -> None:
    """The newest state of a repository, without history, hooks and submodules."""
    if not shutil.which("git"):
        raise bad_skill("git is not installed here.", "Install git, or give a folder or a zip.")
    local = Path(place).expanduser().is_dir() or place.startswith("file://")
    if not local:
        leave(urlsplit(place).hostname or place.partition("@")[2].partition(":")[0], "skill")
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "file" if local else "https:ssh", "GIT_CONFIG_NOSYSTEM": "1", "GIT_LFS_SKIP_SMUDGE": "1"}
    command = [
        "git",
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.symlinks=false",
        "clone",
        "--quiet",
        "--depth",
        "1",
        "--no-recurse-submodules",
        "--single-branch",
        "--",
        place,
        str(goal),
    ]
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
    try:
        _, said = await asyncio.wait_for(process.communicate(), GIT_SECONDS)
    except TimeoutError as error:
        raise bad_skill(f"{place} did not answer within {GIT_SECONDS} s.") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise bad_skill(f"{place} cannot be fetched: {said.decode(errors='replace').strip().splitlines()[-1][:300] if said.strip() else 'git failed'}.")
    shutil.rmtree(goal / ".git", ignore_errors=True)


def _chosen(root: Path, wanted: str, name: str) -> Path:
    """The one skill that is meant; its folder gets the skill's name where it is the whole source."""
    if (root / FILE).is_file():
        return _named(root, wanted or name)
    found = sorted(path.parent for path in root.rglob(FILE) if len(path.relative_to(root).parts) <= 6)
    meant = [path for path in found if path.name == wanted] if wanted else found
    if len(meant) == 1:
        return meant[0]
    names = ", ".join(path.name for path in found[:30])
    if not found:
        raise bad_skill(f"There is no {FILE} in it.", "A skill is a folder with a file of exactly that name.")
    raise UsageError(
        f"There is no {wanted} in it." if wanted and not meant else "It holds several skills.", code="several_skills", hint=f"Add one of them with #NAME after the source: {names}."
    )


def _named(root: Path, name: str) -> Path:
    """The root renamed to what its SKILL.md is called, so that folder and name agree as the format wants it."""
    from skills.format import split, usable_name

    said = str(split((root / FILE).read_text(encoding="utf-8-sig", errors="replace"))[0].get("name") or name)
    named = usable_name(said)
    goal = root.with_name(named if NAME.fullmatch(named) else "skill")
    if goal.name == root.name:
        return root
    root.rename(goal)
    return goal
