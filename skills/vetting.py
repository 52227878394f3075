"""Looking a skill over before it is used: what it wants, and what is suspicious, file by file and line by line.

A finding that blocks keeps the skill from being used; a doubt is shown. What is let through is still confined: a skill that the person did not write may
only use the tools that it declares, and everything else asks (``confinement``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from skills.findings import Finding, Report
from skills.format import Skill
from skills.letters import blobs, comments, hidden
from skills.matching import matches, plain
from skills.python_code import python_in

TEXTS = {
    ".md",
    ".txt",
    ".py",
    ".sh",
    ".bash",
    ".zsh",
    ".js",
    ".mjs",
    ".cjs",
    ".ts",
    ".tsx",
    ".json",
    ".yaml",
    ".yml",
    ".toml",
    ".ps1",
    ".bat",
    ".cmd",
    ".rb",
    ".pl",
    ".html",
    ".xml",
    ".csv",
    ".ini",
    ".cfg",
    ".rst",
    ".svg",
    ".sql",
    ".lua",
    ".go",
    ".rs",
    ".applescript",
    "",
}
PROGRAMS = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xca\xfe\xba\xbe", b"\xce\xfa\xed\xfe", b"dex\n", b"\x00asm")
_URL = re.compile(r"https?://([\w.-]+)", re.I)
_PATH = re.compile(r"(?<![\w/:.])(?:~|\$HOME)?/(?:[\w.-]+/)*[\w.-]+|~/[\w./-]*")
MOST_READ = 1_000_000  # characters of one file
_STRONG = {"block": 0, "warn": 1}


def look_over(skill: Skill, tools: Iterable[str] = ()) -> Report:
    """Read every file of a skill. ``tools`` are those that its recipe uses."""
    findings: list[Finding] = []
    texts: dict[str, str] = {}
    for name in skill.files:
        content = (skill.folder / name).read_bytes()
        if found := _unreadable(name, content):
            findings.append(found)
        elif Path(name).suffix.lower() in TEXTS or _is_text(content):
            texts[name] = content.decode("utf-8", errors="replace")[:MOST_READ]
    for name, text in texts.items():
        findings += look_at(name, text)
    whole = "\n".join(texts.values())
    scripts = tuple(name for name in skill.files if Path(name).suffix.lower() in (".py", ".sh", ".bash", ".js", ".mjs", ".ts", ".ps1", ".rb", ".pl", ".bat"))
    return Report(
        tuple(sorted(dict.fromkeys(findings), key=lambda one: (_STRONG[one.severity], one.file, one.line))),
        tuple(dict.fromkeys((*skill.allowed_tools, *tools))),
        tuple(sorted({match.lower() for match in _URL.findall(whole)})[:50]),
        tuple(sorted({match for match in _PATH.findall(whole) if match.startswith(("~", "$HOME", "/etc", "/usr", "/var", "/home", "/tmp", "/opt"))})[:50]),
        scripts,
    )  # fmt: skip


def look_at(name: str, text: str) -> list[Finding]:
    """What one text holds."""
    found = [*hidden(name, text), *comments(name, text), *blobs(name, text)]
    seen: set[tuple[str, object]] = set()
    for rule, line, excerpt in matches(plain(text)):
        if not {(rule.code, line), (rule.code, excerpt)} & seen:
            seen |= {(rule.code, line), (rule.code, excerpt)}
            found.append(Finding(rule.severity, rule.code, name, line, rule.why, excerpt))
    return [*found, *python_in(name, text)]


def _unreadable(name: str, content: bytes) -> Finding | None:
    if content.startswith(PROGRAMS) and not (content[:2] == b"MZ" and _is_text(content)):
        return Finding("block", "program", name, 0, "is a compiled program, which nobody can read")
    if Path(name).suffix.lower() in (".pyc", ".so", ".dll", ".dylib", ".exe", ".class", ".jar", ".node", ".wasm", ".scr", ".msi", ".dmg", ".pkg", ".apk", ".lnk"):
        return Finding("block", "program", name, 0, "is a compiled program, which nobody can read")
    if Path(name).suffix.lower() in (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".xz", ".bz2"):
        return Finding("warn", "archive", name, 0, "is an archive, whose content was not looked at")
    return None


def _is_text(content: bytes) -> bool:
    return b"\0" not in content[:4096]
