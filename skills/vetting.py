"""Looking a skill over before it is used: what it wants, and what is suspicious, file by file and line by line.

A finding that blocks keeps the skill from being used; a doubt is shown. What is let through is still confined: a skill that the person did not write may
only use the tools that it declares, and everything else asks (``confinement``).
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from skills.format import FILE, Skill
from skills.rules import RULES, WARNING, Rule, Severity

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
_HIDDEN = re.compile("[\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufff9-\ufffb\U000e0000-\U000e007f\u115f\u1160\u3164\uffa0]")
_JOINERS = re.compile("(?<=[A-Za-z])[\u200c\u200d]+(?=[A-Za-z])")
_BLOB = re.compile(r"(?<![\w/+=.-])[A-Za-z0-9+/]{160,}={0,2}(?![\w/+=])")
_COMMENT = re.compile(r"<!--(.*?)-->", re.S)
_ORDER = re.compile(
    r"\b(?:ignore|execute|run|send|upload|fetch|curl|wget|instruction|assistant|agent|you must|always|never tell|password|token|api[ _-]?key|secret|override|http)\b", re.I
)
_LISTED = re.compile(r"^\s*(?:[-*]|\d+[.)]|\|)?\s*", re.M)
_URL = re.compile(r"https?://([\w.-]+)", re.I)
_PATH = re.compile(r"(?<![\w/:.])(?:~|\$HOME)?/(?:[\w.-]+/)*[\w.-]+|~/[\w./-]*")
MOST_READ = 1_000_000  # characters of one file
_STRONG = {"block": 0, "warn": 1}


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
    found = [*_hidden(name, text), *_comments(name, text), *_blobs(name, text)]
    seen: set[tuple[str, object]] = set()
    for rule, line, excerpt in _matches(_plain(text)):
        if not {(rule.code, line), (rule.code, excerpt)} & seen:
            seen |= {(rule.code, line), (rule.code, excerpt)}
            found.append(Finding(rule.severity, rule.code, name, line, rule.why, excerpt))
    if name.endswith(".py"):
        found += _python(name, text)
    return found


def _matches(text: str) -> Iterator[tuple[Rule, int, str]]:
    """Every rule that applies, with its line. What a warning stands before is a doubt only."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    joined = _joined(lines)
    for rule in RULES:
        for source, offset in ((text, None), *joined):
            for match in rule.pattern.finditer(source):
                number = _line_of(starts, match.start()) if offset is None else offset
                before = _before(source, match.start())
                excerpt = " ".join(match[0].split())[:160]
                warned = rule.warned and rule.severity == "block" and rule.code != "secretly" and WARNING.search(before)
                yield (Rule(rule.code, "warn", f"speaks of what {rule.why}", rule.pattern) if warned else rule), number, excerpt


def _before(text: str, at: int) -> str:
    """What stands before a place in its line, and the heading or sentence that leads to it."""
    line = text.rfind("\n", 0, at) + 1
    lead = text[max(0, line - 160) : line].rstrip().rsplit("\n", 1)[-1] if line else ""
    return (lead + " " if lead.endswith(":") or lead.startswith("#") else "") + text[line:at][-120:]


def _joined(lines: list[str]) -> list[tuple[str, int]]:
    """Paragraphs, list items and continued commands as one line each, since orders run over line ends."""
    made: list[tuple[str, int]] = []
    start = 0
    held: list[str] = []
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            if not held:
                start = number
            held.append(line.strip().rstrip("\\").strip())
        elif held:
            if len(held) > 1:
                made.append((" ".join(_LISTED.sub("", one) for one in held)[:4000], start))
            held = []
    return made


def _line_of(starts: list[int], at: int) -> int:
    from bisect import bisect_right

    return bisect_right(starts, at)


def _plain(text: str) -> str:
    """Without hidden letters, marks and look-alikes of Latin letters, as a reader would take it."""
    text = unicodedata.normalize("NFKC", _JOINERS.sub("", _HIDDEN.sub("", text)))
    return re.sub(r"\*\*|__|\\(?=[ _*.#-])", "", text).replace("\u2019", "'").replace("\r", "")


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


def _hidden(name: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        found = [*_HIDDEN.findall(line), *_JOINERS.findall(line)]
        if found and not _is_right_to_left(line):
            yield Finding("block", "hidden", name, number, "holds characters that nobody sees", ", ".join(sorted({f"U+{ord(letter[0]):04X}" for letter in found}))[:120])
        if mixed := _mixed_word(line):
            yield Finding(
                "block" if _URL.search(line) or "`" in line or name != FILE else "warn",
                "look-alike",
                name,
                number,
                "writes a word in letters of two alphabets, which look alike",
                mixed,
            )


def _is_right_to_left(line: str) -> bool:
    """Hebrew and Arabic text uses marks of direction."""
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in line)


def _mixed_word(line: str) -> str:
    for word in re.findall(r"[^\W\d_]{4,}", line):
        scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in word}
        if "LATIN" in scripts and scripts & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"} and not {"MICRO", "OHM"} & scripts:
            return str(word)
    return ""


def _comments(name: str, text: str) -> Iterator[Finding]:
    """Comments in Markdown and HTML are not shown to the person, and read by a model."""
    if not name.lower().endswith((".md", ".html", ".txt")):
        return
    for match in _COMMENT.finditer(text):
        inside = match[1].strip()
        number = text.count("\n", 0, match.start()) + 1
        orders = {word.lower() for word in _ORDER.findall(inside)}
        if len(orders) >= 2 or any(rule.severity == "block" and rule.pattern.search(inside) for rule in RULES):
            yield Finding("block", "hidden", name, number, "gives orders in a comment that is not shown", " ".join(inside.split())[:160])


def _blobs(name: str, text: str) -> Iterator[Finding]:
    """Long encoded texts: a doubt; where something nearby decodes and runs, a fault."""
    if name.lower().endswith((".svg", ".csv", ".lock")):
        return
    for match in _BLOB.finditer(text):
        around = text[max(0, match.start() - 300) : match.end() + 300]
        if "data:image" in around or "data:font" in around or len(set(match[0])) < 12:
            continue
        runs = re.search(r"\b(?:eval|exec|bash|sh|python|powershell|execute|run this|decode and)\b", around) and re.search(r"base64|b64|decode|fromhex|atob|-enc", around, re.I)
        yield Finding(
            "block" if runs else "warn",
            "encoded",
            name,
            text.count("\n", 0, match.start()) + 1,
            "holds a long encoded text" + (" that is decoded and run" if runs else ""),
            match[0][:40] + "…",
        )


def _python(name: str, text: str) -> Iterator[Finding]:
    """Python read as Python: what no pattern over lines sees."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    assigned = {target.id: node.value for node in ast.walk(tree) if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in ("exec", "eval", "compile", "os.system", "subprocess.run", "subprocess.Popen", "subprocess.call", "os.popen"):
            inside = " ".join(
                _called(call)
                for value in (*node.args, *(assigned.get(arg.id) for arg in node.args if isinstance(arg, ast.Name)))
                if value is not None
                for call in ast.walk(value)
                if isinstance(call, ast.Call)
            )
            if re.search(r"b64decode|b85decode|fromhex|unhexlify|decompress|marshal\.loads|codecs\.decode|\bchr\b", inside):
                yield Finding("block", "encoded", name, node.lineno, "decodes a hidden command and runs it", ast.unparse(node)[:160])
            elif _called(node) in ("exec", "eval", "compile") and re.search(r"requests\.get|urlopen|httpx\.get|urlretrieve", inside):
                yield Finding("block", "fetch-and-run", name, node.lineno, "runs what it fetches from the network", ast.unparse(node)[:160])
    sends = re.search(r"requests\.(?:post|put)|urlopen|httpx\.(?:post|put)|socket\.socket|smtplib|http\.client|aiohttp", text)
    takes = re.search(r"(?:dict|json\.dumps|list|str)\(\s*(?:dict\()?os\.environ|os\.environ\.(?:copy|items)\(\)|\.ssh\b|\.aws\b|Login Data|keychain|id_rsa|\.netrc|wallet", text)
    if sends and takes:
        yield Finding(
            "block", "sends-secrets", name, text.count("\n", 0, takes.start()) + 1, "takes secrets or the whole environment, and sends something over the network", takes[0]
        )


def _called(node: ast.Call) -> str:
    try:
        return ast.unparse(node.func)
    except (RecursionError, ValueError):
        return ""
