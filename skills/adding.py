"""Adding a skill in two steps: it is fetched, looked over and shown; then, when the person has seen that, taken in just as it was shown."""

from __future__ import annotations

import difflib
import io
import shutil
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import DeskhandError, NotFound, UsageError
from core.ids import new_id
from skills.findings import Report
from skills.format import FILE, NAME, SKIPPED, Skill, bad_skill, read_skill
from skills.library import Entry, SkillLibrary
from skills.recipe import recipe_of
from skills.sources import Leave, fetch

KEPT_SECONDS = 3600.0  # that what was looked at waits to be taken


@dataclass(frozen=True, slots=True)
class Offer:
    """A skill that waits to be taken. ``changes`` is a diff against the one that is there; ``new`` what it wants and that one did not."""

    id: str
    skill: Skill
    report: Report
    source: str
    replaces: str = ""
    changes: str = ""
    new: tuple[str, ...] = ()
    replay: tuple[dict[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "name": self.skill.name, "description": self.skill.description, "version": self.skill.version, "source": self.source, "digest": self.skill.digest,
            "files": list(self.skill.files), "warnings": list(self.skill.warnings), "text": self.skill.body, "report": self.report.to_json(), "replaces": self.replaces,
            "changes": self.changes, "new": list(self.new), "replay": list(self.replay), "runs_by_itself": bool(self.skill.metadata.get("deskhand-recipe")),
        }  # fmt: skip


@dataclass(slots=True)
class Adding:
    """``staging`` holds what was fetched, a folder each; what nobody took is cleared away."""

    library: SkillLibrary
    staging: Path
    leave: Leave
    _offers: dict[str, Offer] = field(default_factory=dict)

    async def look(self, source: str) -> Offer:
        """Fetch and look over. Raises :class:`core.errors.DeskhandError` in words."""
        folder = self.fresh()
        try:
            return self.offered(await fetch(source, folder, self.leave), source, folder.name)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def fresh(self) -> Path:
        """A new folder to put something into."""
        for old in self.staging.glob("*") if self.staging.is_dir() else ():
            if time.time() - old.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
                self._offers.pop(old.name, None)
        folder = self.staging / new_id("look")
        folder.mkdir(parents=True, mode=0o700)
        return folder

    def offered(self, folder: Path, source: str, key: str, replay: tuple[dict[str, Any], ...] = ()) -> Offer:
        """What is in a staged folder, beside what is there already."""
        skill = read_skill(folder)
        if not NAME.fullmatch(skill.name) or len(skill.name) > 64:
            raise bad_skill(f"{skill.name[:80]!r} is no name for a skill.", "Lowercase letters, digits and single hyphens.")
        recipe = recipe_of(skill)
        report = self.library.reports.of(skill, recipe)
        before = self._before(skill.name)
        offer = Offer(key, skill, report, source, before.found.origin if before else "", _difference(before, skill), _wanted_more(before, report), replay)
        self._offers[key] = offer
        return offer

    def _before(self, name: str) -> Entry | None:
        try:
            entry = self.library.get(name)
        except NotFound:
            return None
        return entry if entry.found.skill else None

    def take(self, key: str, digest: str) -> Entry:
        """Take in what was shown, if it is still just that. Raises :class:`core.errors.UsageError` for what is blocked or has changed."""
        offer = self._offers.get(key)
        if offer is None or not offer.skill.folder.is_dir():
            raise NotFound("That was not looked at, or too long ago.", hint="Look at it again.")
        if offer.report.blocked:
            raise UsageError(f"{offer.skill.name} is blocked: {offer.report.reasons[0]}", code="skill_blocked")
        if read_skill(offer.skill.folder).digest != offer.skill.digest or digest != offer.skill.digest:
            raise UsageError("It is not what was shown; look at it again.", code="skill_changed")
        goal = self.library.own / offer.skill.name
        self._put(offer.skill.folder, goal)
        self.library.accept(goal, offer.skill.name, offer.skill.digest, offer.source)
        self._offers.pop(key, None)
        shutil.rmtree(self.staging / key, ignore_errors=True)
        return self.library.get(offer.skill.name)

    def _put(self, folder: Path, goal: Path) -> None:
        """Whole or not at all: beside first, then in its place; what was there goes to the trash."""
        goal.parent.mkdir(parents=True, exist_ok=True)
        part = goal.with_name(f".{goal.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(folder, part, symlinks=True, ignore=shutil.ignore_patterns(*SKIPPED))
        if goal.exists():
            old = self.library.own.parent / "trash" / new_id(f"skill-{goal.name}")
            old.parent.mkdir(exist_ok=True)
            shutil.move(goal, old)
        part.rename(goal)

    def edit(self, name: str, files: dict[str, str]) -> Entry:
        """Write these files of a skill anew; a built-in or shared one becomes one of the person's own. What would be blocked or broken is not written."""
        entry = self.library.get(name)
        if entry.found.skill is None:
            raise UsageError(f"{name} is broken: {entry.why}", code="bad_skill")
        folder = self.fresh()
        try:
            staged = folder / name
            shutil.copytree(entry.found.folder, staged, symlinks=True, ignore=shutil.ignore_patterns(*SKIPPED))
            for file, text in files.items():
                target = (staged / file).resolve()
                if not target.is_relative_to(staged.resolve()) or target == staged.resolve():
                    raise UsageError(f"{file} is no file of the skill.", code="bad_skill")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
            offer = self.offered(staged, "", folder.name)
            if offer.skill.name != name:
                raise UsageError(f"Its name would be {offer.skill.name}; the name stays.", code="bad_skill")
            return self.take(offer.id, offer.skill.digest)
        except DeskhandError:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def packed(self, name: str) -> bytes:
        """A skill as a zip, to be given to somebody."""
        entry = self.library.get(name)
        if entry.found.skill is None:
            raise UsageError(f"{name} is broken: {entry.why}", code="bad_skill")
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
            for file in entry.skill.files:
                packed.write(entry.found.folder / file, f"{name}/{file}")
        return made.getvalue()


def _difference(before: Entry | None, after: Skill) -> str:
    """A unified diff over all text files, old to new; for a new skill what it says."""
    old = before.skill if before else None
    made: list[str] = []
    for name in sorted({*(old.files if old else ()), *after.files}, key=lambda one: (one != FILE, one)):
        texts = [_lines(one, name) for one in (old, after)]
        if texts[0] != texts[1]:
            made += difflib.unified_diff(texts[0], texts[1], f"{name} (now)" if old else "", f"{name} (new)", lineterm="")
    return "\n".join(made)[:200_000]


def _lines(skill: Skill | None, name: str) -> list[str]:
    if skill is None or name not in skill.files:
        return []
    content = (skill.folder / name).read_bytes()
    return ["(not text)"] if b"\0" in content[:4096] else content.decode("utf-8", "replace").splitlines()


def _wanted_more(before: Entry | None, report: Report) -> tuple[str, ...]:
    """Tools, hosts and paths that the version that is there does not want."""
    if before is None or before.report is None:
        return ()
    old = before.report
    return tuple(
        f"{kind} {item}"
        for kind, now, then in (("tool", report.tools, old.tools), ("host", report.hosts, old.hosts), ("path", report.paths, old.paths))
        for item in now
        if item not in then
    )
