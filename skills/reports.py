"""What looking skills over has found, kept by the digest of their files: reading three hundred of them takes half a minute, and nothing has changed since the last start."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from core.storage.database import Database
from skills import vetting
from skills.findings import Finding, Report
from skills.format import Skill
from skills.recipe import Recipe
from skills.rules import KNOWN, RULES, WARNING

VERSION = "1"  # counts what else than the rules decides


def found_in(skill: Skill, recipe: Recipe | None) -> Report:
    """Look a skill over; what its recipe uses counts as wanted. Takes a while: a twentieth of a second on the average."""
    return vetting.look_over(skill, recipe.tools if recipe else ())


class Reports:
    """Loop thread only. What was found by other rules than today's counts for nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        said = [
            VERSION,
            KNOWN.pattern,
            WARNING.pattern,
            *(f"{rule.code}{rule.severity}{rule.patterns}{rule.near}" for rule in RULES),
        ]
        self._rules = hashlib.sha256("\0".join(said).encode()).hexdigest()
        self._seen: dict[str, Report] = {}

    def of(self, skill: Skill, recipe: Recipe | None) -> Report:
        """What looking it over finds, now or before."""
        report = self.get(skill.digest)
        if report is None:
            report = found_in(skill, recipe)
            self.keep(skill.digest, report)
        return report

    def get(self, digest: str) -> Report | None:
        """The report on these files, if they were looked over."""
        if digest not in self._seen:
            row = self._database.execute("SELECT report FROM skill_report WHERE digest = ? AND rules = ?", (digest, self._rules)).fetchone()
            if row is None:
                return None
            self._seen[digest] = _report(json.loads(row["report"]))
        return self._seen[digest]

    def keep(self, digest: str, report: Report) -> None:
        """Remember it, and forget what older rules found."""
        self._seen[digest] = report
        with self._database.transaction():
            self._database.execute("DELETE FROM skill_report WHERE rules != ?", (self._rules,))
            self._database.execute("INSERT OR REPLACE INTO skill_report VALUES (?, ?, ?)", (digest, self._rules, json.dumps(report.to_json())))


def _report(row: dict[str, Any]) -> Report:
    return Report(tuple(Finding(**one) for one in row["findings"]), tuple(row["tools"]), tuple(row["hosts"]), tuple(row["paths"]), tuple(row["scripts"]))
