"""What looking a skill over finds, and what the skill wants."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from skills.rules import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: where, what, why it matters. ``line`` counts from 1; 0 is the whole file."""

    severity: Severity
    code: str
    file: str
    line: int
    why: str
    excerpt: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Report:
    """What a skill wants, and what was found."""

    findings: tuple[Finding, ...]
    tools: tuple[str, ...]
    hosts: tuple[str, ...]
    paths: tuple[str, ...]
    scripts: tuple[str, ...]

    @property
    def blocked(self) -> bool:
        return any(finding.severity == "block" for finding in self.findings)

    @property
    def reasons(self) -> list[str]:
        """Why it is blocked, a sentence each."""
        return list(
            dict.fromkeys(
                f"{finding.file}{f':{finding.line}' if finding.line else ''} {finding.why}: {finding.excerpt}" for finding in self.findings if finding.severity == "block"
            )
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "blocked": self.blocked, "findings": [finding.to_json() for finding in self.findings], "tools": list(self.tools), "hosts": list(self.hosts), "paths": list(self.paths),
            "scripts": list(self.scripts),
        }  # fmt: skip
