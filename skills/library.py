"""All the skills of one core: which there are, which may be used, how they did. The port is ``core.ports.Skills``."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.clock import Clock, iso
from core.errors import DeskhandError, NotFound, UsageError
from core.plan import Plan
from core.ports import SkillUse
from core.storage.database import Database
from skills import choosing
from skills.confinement import FIRST_RUNS, tools_of
from skills.findings import Report
from skills.folders import Found, fingerprint, look
from skills.format import Skill
from skills.recipe import Recipe, plan_of, recipe_of, values_of
from skills.reports import Reports, found_in
from skills.search import Match, SkillSearch
from skills.steps import expand
from tools.finding.finder import first_sentence

FITS_BY_MEANING, FITS_BY_WORDS = 0.5, 0.75  # from where on a skill is put before a planner
MOST_GUIDANCE = 20_000  # characters
RETIRED_AFTER = 3  # failures in a row
STATES = ("on", "off", "new", "unread", "changed", "blocked", "retired", "broken", "hidden")


@dataclass(frozen=True, slots=True)
class Entry:
    """One skill as it stands. ``state`` is one of :data:`STATES`; ``why`` says it in a sentence where it is not ``on``."""

    found: Found
    state: str
    why: str = ""
    report: Report | None = None
    recipe: Recipe | None = None

    @property
    def skill(self) -> Skill:
        assert self.found.skill is not None
        return self.found.skill


@dataclass(slots=True)
class SkillLibrary:
    """``own`` is the person's folder; files are the truth, and looked at again whenever they have changed."""

    own: Path
    database: Database
    clock: Clock
    search: SkillSearch
    _seen: dict[object, list[Entry]] = field(default_factory=dict)
    reports: Reports = field(init=False)
    _preparing: bool = False
    _recipes: dict[str, Recipe | None] = field(default_factory=dict)
    _searched: object = None

    def __post_init__(self) -> None:
        self.reports = Reports(self.database)

    async def close(self) -> None:
        """Let go of the index's files."""
        await asyncio.to_thread(self.search.vectors.close)

    async def prepare(self) -> None:
        """Look over, in a thread, what is new since the last start; until that is done those skills are there and not used."""
        self._preparing = True
        try:
            for found in await asyncio.to_thread(look, self.own):
                if found.skill is None or found.origin == "builtin" or self.reports.get(found.skill.digest):
                    continue
                with contextlib.suppress(DeskhandError, OSError):  # said where it is listed
                    self.reports.keep(found.skill.digest, await asyncio.to_thread(found_in, found.skill, self._recipe(found.skill)))
        finally:
            self._preparing = False
            self._seen.clear()

    # -- what there is ------------------------------------------------------------------------------------------------

    def entries(self, workspace: Path | None = None) -> list[Entry]:
        """Every skill, by name."""
        rows = {row["folder"]: dict(row) for row in self.database.execute("SELECT * FROM skill")}
        key = (fingerprint(self.own, workspace), tuple(sorted(map(str, rows.values()))))
        if key not in self._seen:  # folders without skills of their own share one list
            if len(self._seen) > 8:
                self._seen.clear()
            self._seen[key] = [self._entry(found, rows.get(str(found.folder), {})) for found in look(self.own, workspace)]
        return self._seen[key]

    def _entry(self, found: Found, row: dict[str, Any]) -> Entry:
        if found.skill is None:
            return Entry(found, "broken", found.problem)
        try:
            recipe = self._recipe(found.skill)
        except DeskhandError as error:
            return Entry(found, "broken", error.message)
        report = self._report(found.skill, recipe)
        if report is None:
            return Entry(found, "unread", "It is being looked over.", None, recipe)
        state, why = self._state(found, row, report)
        return Entry(found, state, why, report, recipe)

    def _recipe(self, skill: Skill) -> Recipe | None:
        """Read once for each state of a skill: YAML is slow, and each new workspace looks at all of them."""
        if skill.digest not in self._recipes:
            self._recipes[skill.digest] = recipe_of(skill)
        return self._recipes[skill.digest]

    def _report(self, skill: Skill, recipe: Recipe | None) -> Report | None:
        """What vetting says; our own are part of the program, and looked over by its tests. None while :meth:`prepare` has still to come to it."""
        if skill.origin == "builtin":
            return Report((), recipe.tools if recipe else skill.allowed_tools, (), (), tuple(name for name in skill.files if name.endswith(".py")))
        return self.reports.get(skill.digest) if self._preparing else self.reports.of(skill, recipe)

    def _state(self, found: Found, row: dict[str, Any], report: Report) -> tuple[str, str]:
        assert found.skill is not None
        if found.hidden:
            return "hidden", f"Another skill of this name comes first: {found.hidden}."
        if report.blocked:
            return "blocked", report.reasons[0]
        if row.get("source") and row["accepted"] != found.skill.digest:
            return "changed", "It is not as it was when you added it. Look at it, and switch it on again."
        if row.get("retired"):
            return "retired", row["retired"]
        if row.get("enabled") == 0:
            return "off", "You switched it off."
        if found.origin == "workspace" and row.get("enabled") is None:
            return "new", "It came with this folder. Look at it, and switch it on."
        return "on", ""

    def get(self, name: str, workspace: Path | None = None) -> Entry:
        """The skill of that name, or of that folder. Raises :class:`NotFound`."""
        entries = self.entries(workspace)
        found = next((entry for entry in entries if entry.found.name == name and entry.state != "hidden"), None)
        found = found or next((entry for entry in entries if str(entry.found.folder) == name), None)
        if found is None:
            near = [entry.found.name for entry in entries if name.lower() in entry.found.name]
            raise NotFound(f"There is no skill {name}.", hint=f"Is it {' or '.join(near[:3])}?" if near else "`deskhand skill list` shows those that are there.")
        return found

    def usable(self, workspace: Path | None = None) -> list[Entry]:
        return [entry for entry in self.entries(workspace) if entry.state == "on"]

    def shown(self, entry: Entry, whole: bool = False) -> dict[str, Any]:
        """As the API has it; ``whole`` with the text, the inputs, the report and the last runs."""
        skill = entry.found.skill
        row: dict[str, Any] = {
            "name": entry.found.name, "title": skill.title if skill else entry.found.name, "description": skill.description if skill else "", "origin": entry.found.origin,
            "state": entry.state, "why": entry.why, "folder": str(entry.found.folder), "version": skill.version if skill else "", "runs_by_itself": entry.recipe is not None,
            **self.counts(entry.found.name),
        }  # fmt: skip
        if whole and skill:
            row |= {
                "text": skill.body, "license": skill.license, "compatibility": skill.compatibility, "files": list(skill.files), "warnings": list(skill.warnings), "digest": skill.digest,
                "inputs": entry.recipe.schema() if entry.recipe else {"type": "object", "properties": {}}, "says": [choosing.example(phrase) for phrase in entry.recipe.says] if entry.recipe else [],
                "report": entry.report.to_json() if entry.report else None, "history": self.history(skill.name), "confined": self._confined(entry),
                "source": self._row(entry.found.folder).get("source", ""),
            }  # fmt: skip
        return row

    # -- what is done with them ---------------------------------------------------------------------------------------

    def enable(self, name: str, on: bool, workspace: Path | None = None) -> Entry:
        """Switch a skill on (as it is now) or off. Raises :class:`UsageError` for one that is blocked or broken."""
        entry = self.get(name, workspace)
        if on and entry.state in ("blocked", "broken", "hidden"):
            raise UsageError(f"{name} cannot be switched on: {entry.why}", code="skill_blocked")
        digest = entry.found.skill.digest if entry.found.skill else ""
        self._note(entry, enabled=int(on), **({"accepted": digest, "retired": ""} if on else {}))
        return self.get(name, workspace)

    def remove(self, name: str) -> Path:
        """Take one of the person's own skills away; its folder goes to the trash beside. Raises :class:`UsageError` for others."""
        entry = self.get(name)
        if entry.found.origin != "own":
            raise UsageError(f"{name} is not one of your own skills; it can be switched off.", code="not_yours", hint=f"`deskhand skill disable {name}`")
        goal = self.own.parent / "trash" / f"skill-{entry.found.name}-{iso(self.clock.now()).replace(':', '')}"
        goal.parent.mkdir(exist_ok=True)
        shutil.move(entry.found.folder, goal)
        self.database.execute("DELETE FROM skill WHERE folder = ?", (str(entry.found.folder),))
        return goal

    def accept(self, folder: Path, name: str, digest: str, source: str) -> None:
        """Remember that the person added this skill, as it is now."""
        self.database.execute(
            "INSERT INTO skill (folder, name, enabled, source, accepted, installed_at) VALUES (?, ?, 1, ?, ?, ?) "
            "ON CONFLICT (folder) DO UPDATE SET enabled = 1, source = excluded.source, accepted = excluded.accepted, installed_at = excluded.installed_at, retired = ''",
            (str(folder), name, source, digest, iso(self.clock.now())),
        )

    def _note(self, entry: Entry, **values: Any) -> None:
        self.database.execute("INSERT INTO skill (folder, name) VALUES (?, ?) ON CONFLICT (folder) DO NOTHING", (str(entry.found.folder), entry.found.name))
        named = ", ".join(f"{key} = :{key}" for key in values)
        self.database.execute(f"UPDATE skill SET {named} WHERE folder = :folder", {**values, "folder": str(entry.found.folder)})

    def _row(self, folder: Path) -> dict[str, Any]:
        row = self.database.execute("SELECT * FROM skill WHERE folder = ?", (str(folder),)).fetchone()
        return dict(row) if row else {}

    # -- how they did -------------------------------------------------------------------------------------------------

    def used(self, name: str, digest: str, run_id: str, status: str) -> None:
        """Keep how a run ended; a skill of the person's that fails again and again is retired."""
        self.database.execute(
            "INSERT INTO skill_use VALUES (?, ?, ?, ?, ?) ON CONFLICT (run_id) DO UPDATE SET status = excluded.status, at = excluded.at",
            (run_id, name, digest, status, iso(self.clock.now())),
        )
        last = [
            row["status"]
            for row in self.database.execute("SELECT status FROM skill_use WHERE name = ? AND digest = ? ORDER BY at DESC, rowid DESC LIMIT ?", (name, digest, RETIRED_AFTER))
        ]
        if last == ["failed"] * RETIRED_AFTER and (entry := next((one for one in self.usable() if one.found.name == name), None)) and entry.found.origin != "builtin":
            self._note(entry, retired=f"It failed {RETIRED_AFTER} times in a row. Mend it, or switch it on again.")

    def counts(self, name: str) -> dict[str, Any]:
        row = self.database.execute("SELECT count(*) AS uses, sum(status = 'done') AS done, max(at) AS last FROM skill_use WHERE name = ?", (name,)).fetchone()
        return {"uses": row["uses"], "successes": row["done"] or 0, "last_used": row["last"] or ""}

    def history(self, name: str, most: int = 20) -> list[dict[str, Any]]:
        return [dict(row) for row in self.database.execute("SELECT run_id, status, at FROM skill_use WHERE name = ? ORDER BY at DESC LIMIT ?", (name, most))]

    def _confined(self, entry: Entry) -> bool:
        """Whether it is still in its first runs; as it is now, not as it was."""
        if entry.found.origin == "builtin":
            return False
        row = self.database.execute("SELECT count(*) AS well FROM skill_use WHERE name = ? AND digest = ? AND status = 'done'", (entry.skill.name, entry.skill.digest)).fetchone()
        return bool(row["well"] < FIRST_RUNS)

    # -- for a run ----------------------------------------------------------------------------------------------------

    async def wanted(self, text: str, workspace: Path, asked: Mapping[str, Any] | None) -> SkillUse | None:
        """The skill that a request is for, by name or by phrase."""
        usable = {entry.found.name: entry for entry in self.usable(workspace)}
        if asked:
            return self._use(usable.get(str(asked["name"])) or self._not_usable(str(asked["name"]), workspace), dict(asked.get("inputs") or {}), "")
        if call := choosing.named(text, [entry.found.name for entry in self.entries(workspace)]):
            entry = usable.get(call[0]) or self._not_usable(call[0], workspace)
            return self._use(entry, choosing.inputs_in(call[1], entry.recipe) if entry.recipe else {}, call[1])
        for entry in usable.values():
            if entry.recipe and (values := choosing.spoken(text, entry.recipe)) is not None:
                return self._use(entry, values, "")
        return None

    def _not_usable(self, name: str, workspace: Path) -> Entry:
        entry = self.get(name, workspace)
        if entry.state != "on":
            raise UsageError(
                f"The skill {name} is not used: {entry.why}", code="skill_blocked" if entry.state == "blocked" else "skill_off", hint=f"`deskhand skill show {name}` says more."
            )
        return entry

    def _use(self, entry: Entry, inputs: dict[str, Any], said: str) -> SkillUse:
        skill = entry.skill
        base = SkillUse(
            skill.name,
            skill.digest,
            tools=tools_of(entry.report.tools if entry.report else ()) if self._confined(entry) else None,
            hosts=entry.report.hosts if entry.report else (),
        )
        if entry.recipe is None:
            return replace(base, guidance=_guidance(skill))
        try:
            values = values_of(entry.recipe, inputs, skill.name)
        except UsageError as error:
            return replace(base, question=f"{error.message} {error.hint}")
        return replace(base, plan=plan_of(skill, entry.recipe, values, self.clock.now().astimezone()))

    async def find(self, text: str, count: int, workspace: Path | None = None) -> list[Match]:
        """Skills that may be used, the best for a request first."""
        usable = self.usable(workspace)
        if self._searched != (key := tuple(entry.skill.digest for entry in usable)):
            self.search.take([entry.skill for entry in usable], {entry.skill.name: entry.recipe.says for entry in usable if entry.recipe})
            self._searched = key
        return await self.search.find(text, count)

    async def fitting(self, text: str, workspace: Path, chats: bool) -> tuple[SkillUse | None, str]:
        """Guidance and lines for a planner that reads; for one that does not, a suggestion to the person."""
        near = [match for match in await self.find(text, 5, workspace) if match.fit >= (FITS_BY_MEANING if self.search.by_meaning else FITS_BY_WORDS)]
        by_name = {entry.found.name: entry for entry in self.usable(workspace)}
        if not chats:
            best = next((match.skill for match in near if by_name[match.skill.name].recipe), None)
            return None, f"I have a skill for such things: {best.name} ({first_sentence(best.description)}) Say `${best.name}` to run it." if best else ""
        lines = [_line(by_name[match.skill.name]) for match in near[:3] if by_name[match.skill.name].recipe]
        guide = near[0] if near and by_name[near[0].skill.name].recipe is None else None
        return (self._use(by_name[guide.skill.name], {}, text) if guide else None), "\n".join(lines)

    def expanded(self, plan: Plan, workspace: Path) -> Plan:
        """``plan`` with the steps of skills in place of ``skill.NAME``."""

        def steps_of(name: str, args: dict[str, Any]) -> Plan:
            entry = next((one for one in self.usable(workspace) if one.found.name == name and one.recipe), None)
            if entry is None:
                raise NotFound(f"There is no skill {name} that can be a step.")
            assert entry.recipe is not None
            return plan_of(entry.skill, entry.recipe, values_of(entry.recipe, args, name), self.clock.now().astimezone())

        return expand(plan, steps_of)


def _line(entry: Entry) -> str:
    """A skill as a tool: name, inputs, what it does."""
    assert entry.recipe is not None
    inputs = ", ".join(f"{one.name}{'' if one.default is None else '?'}: {one.type}" for one in entry.recipe.inputs)
    return f"- skill.{entry.skill.name}({inputs}): {first_sentence(entry.skill.description)}"


def _guidance(skill: Skill) -> str:
    beside = "".join(f"\n- {skill.folder / name}" for name in skill.files if name != "SKILL.md")
    return f"Skill {skill.name}, chosen for this request:\n{skill.body[:MOST_GUIDANCE]}" + (f"\nFiles of the skill, to be read when needed:{beside}" if beside else "")
