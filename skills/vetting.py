"""Looking a skill over before it is used: what it wants, and what is suspicious, file by file and line by line.

A finding that blocks keeps the skill from being used; a doubt is shown. What is let through is still confined: a skill that the person did not write may
only use the tools that it declares, and everything else asks (``confinement``).
"""

from __future__ import annotations

import ast
import itertools
import re
import textwrap
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from skills.format import FILE, Skill
from skills.rules import KNOWN, RULES, WARNING, Rule, Severity

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
_SPACES = "\u200b\u2060\u00a0\u2028\u2029"  # that pages leave behind when they are copied; many of them carry something
MOST_SPACES = 7  # side by side
_LOOKS = frozenset(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u03bf\u03bd\u03b9\u03c1\u03ba\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a7\u0578\u057d\u0585\u13a0\u13a1\u13aa\u13b3\u13bb\u13d2\u13da"
)
_DOES = re.compile(r"\b(?:ignore|execute|run|send|upload|fetch|curl|wget|you must|never tell|override)\b", re.I)
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
    return [*found, *_python(name, text)]


def _matches(text: str) -> Iterator[tuple[Rule, int, str]]:
    """Every rule that applies, with its line. What a warning stands before is a doubt only."""
    single = _Lines(list(enumerate(text.split("\n"), 1)))
    joined = _Lines([(number, line) for line, number in _joined([line for _, line in single.rows])])
    for rule in RULES:
        for match in rule.whole.finditer(text) if rule.whole and (not rule.near or any(word in single.small for word in rule.near)) else ():
            yield _judged(rule, text, match, text, match.start()), bisect_right(single.starts, match.start()), " ".join(match[0].split())[:160]
        for lines in (single, joined) if rule.lines else ():
            for at in lines.with_any(rule.near):
                number, line = lines.rows[at]
                for match in rule.lines.finditer(line):  # type: ignore[union-attr]
                    around, place = (text, single.starts[at] + match.start()) if lines is single else (line, match.start())
                    yield _judged(rule, line, match, around, place), number, " ".join(match[0].split())[:160]


class _Lines:
    """Numbered lines, looked through for words as one text: that takes a hundredth of the time of looking into each."""

    def __init__(self, rows: list[tuple[int, str]]) -> None:
        self.rows = rows
        self.small = "\n".join(line.lower() if len(line.lower()) == len(line) else line for _, line in rows)
        self.starts = list(itertools.accumulate((len(line) + 1 for _, line in rows), initial=0))

    def with_any(self, words: tuple[str, ...]) -> list[int]:
        """Places of the lines that hold one of the words; of all without words."""
        if not words:
            return list(range(len(self.rows)))
        found: set[int] = set()
        for word in words:
            at = self.small.find(word)
            while at >= 0:
                row = bisect_right(self.starts, at) - 1
                found.add(row)
                at = self.small.find(word, self.starts[row + 1])
        return sorted(found)


def _judged(rule: Rule, source: str, match: re.Match[str], around: str, at: int) -> Rule:
    """The rule as it stands, or as a doubt: a warning stands before it, or a maker's own installer is fetched."""
    if rule.severity != "block":
        return rule
    if rule.code != "secretly" and (WARNING.search(_before(around, at)) or _quoted(rule, source, match)):
        return replace(rule, severity="warn", why=f"speaks of what {rule.why}")
    if rule.code == "fetch-and-run" and _known(source, match):
        return replace(rule, severity="warn", why="has a well-known maker's installer fetched and run")
    return rule


def _quoted(rule: Rule, text: str, match: re.Match[str]) -> bool:
    """Whether the words are shown as somebody else's: an order between quotation marks, a command that another is to be broken with (``"x; rm -rf /"``)."""
    if rule.code not in ("override", "destroys"):
        return False
    before, after = text[text.rfind("\n", 0, match.start()) + 1 : match.start()], text[match.end() :].partition("\n")[0]
    marks = [mark for mark in "\"'`" if before.count(mark) % 2 and mark in match[0] + after] + (["“"] if before.rfind("“") > before.rfind("”") and "”" in after else [])
    return bool(marks) and (rule.code == "override" or bool(re.search(r"[;&|]\s*$", before)))


def _known(text: str, match: re.Match[str]) -> bool:
    """Whether all that is fetched there is a known maker's."""
    end = text.find("\n", match.end())
    found = re.findall(r"https?://[^\s\"'`)|<>]+|\b[\w-]+(?:\.[\w-]+)+/[^\s\"'`)|<>]+", text[match.start() : end if end >= 0 else len(text)])
    return bool(found) and all(KNOWN.match(url) for url in found)


def _before(text: str, at: int) -> str:
    """What stands before a place in its line, and the heading or sentence that leads to it."""
    line = text.rfind("\n", 0, at) + 1
    lead = text[max(0, line - 160) : line].rstrip().rsplit("\n", 1)[-1] if line else ""
    return (lead + " " if lead.endswith(":") or lead.startswith("#") else "") + text[line:at][-120:]


def _joined(lines: list[str]) -> list[tuple[str, int]]:
    """Paragraphs, list items and continued commands as one line each, since orders run over line ends. Lines of code and of tables stand for themselves."""
    made: list[tuple[str, int]] = []
    start, fenced = 0, ""
    held: list[str] = []
    for number, line in enumerate([*lines, ""], 1):
        text = line.strip()
        fence = text[:3] if text.startswith(("```", "~~~")) else ""
        if fence:
            fenced = "" if fenced == fence else fenced or fence
        goes_on = bool(held) and held[-1].endswith("\\")
        alone = not goes_on and (fence or fenced or text.startswith(("|", "#")))
        if text and not alone:
            start = start if held else number
            held.append(text)
        elif fenced and text and text.endswith("\\"):
            made += _one(held, start)
            start, held = number, [text]
            continue
        if (not text or alone or (fenced and not text.endswith("\\"))) and held:
            made += _one(held, start)
            held = []
    return made


def _one(held: list[str], start: int) -> list[tuple[str, int]]:
    return [(" ".join(_LISTED.sub("", one.rstrip("\\").strip()) for one in held)[:4000], start)] if len(held) > 1 else []


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
            strays = name != FILE and all(letter in _SPACES for letter in found) and not re.search(f"[{_SPACES}]{{{MOST_SPACES},}}", line)
            named = ", ".join(sorted({f"U+{ord(letter[0]):04X}" for letter in found}))[:120]
            yield Finding("warn" if strays else "block", "hidden", name, number, "holds characters that nobody sees", named)
        if mixed := _mixed_word(line):
            yield Finding(
                "block" if not _speaks_of_letters(line) and (_URL.search(line) or "`" in line or name != FILE) else "warn",
                "look-alike",
                name,
                number,
                "writes a word in letters of two alphabets, which look alike",
                mixed,
            )


def _is_right_to_left(line: str) -> bool:
    """Hebrew and Arabic text uses marks of direction."""
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in line)


def _speaks_of_letters(line: str) -> bool:
    """Whether words of another alphabet stand beside: a text in that language, or about it."""
    return any(_LOOKS & set(word) and not any("LATIN" in unicodedata.name(letter, "") for letter in word) for word in re.findall(r"[^\W\d_]{2,}", line))


def _mixed_word(line: str) -> str:
    """A Latin word with letters in it that only look Latin; what looks like nothing Latin (μmol, ΔT) deceives nobody."""
    for word in re.findall(r"[^\W\d_]{4,}", line) if not line.isascii() else ():
        if _LOOKS & set(word) and any("LATIN" in unicodedata.name(letter, "") for letter in word):
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
        if (len(orders) >= 2 and _DOES.search(inside)) or any(rule.severity == "block" and rule.found_in(inside) for rule in RULES):
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


_RUNNERS = (
    "exec",
    "eval",
    "compile",
    "os.system",
    "subprocess.run",
    "subprocess.Popen",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "os.popen",
    "os.execv",
    "runpy.run_path",
)
_DECODERS = re.compile(r"b64decode|b85decode|fromhex|unhexlify|decompress|marshal\.loads|codecs\.decode|\bchr\b")
_FETCHERS = re.compile(r"requests\.get|urlopen|httpx\.get|urlretrieve|urllib3?\.")
_FENCED = re.compile(r"^[ \t]*```(?:python|py)\b[^\n]*\n(.*?)^[ \t]*```", re.S | re.M | re.I)


def _code_in(name: str, text: str) -> Iterator[tuple[int, str]]:
    """Python in a file, with the number of lines before it: the whole of a script, and what stands between fences in Markdown."""
    if name.endswith(".py"):
        yield 0, text
    elif name.lower().endswith((".md", ".txt")):
        for match in _FENCED.finditer(text):
            yield text.count("\n", 0, match.start(1)), textwrap.dedent(match[1])


def _python(name: str, text: str) -> Iterator[Finding]:
    """Python read as Python: what no pattern over lines sees."""
    for before, code in _code_in(name, text):
        try:
            tree = ast.parse(code)
        except (SyntaxError, ValueError, RecursionError):
            continue
        held = _held(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node) in _RUNNERS:
                inside = " ".join(_made_of(node, held) - {_called(node)})
                if _DECODERS.search(inside):
                    yield Finding("block", "encoded", name, before + node.lineno, "decodes a hidden command and runs it", ast.unparse(node)[:160])
                elif _FETCHERS.search(inside):
                    yield Finding("block", "fetch-and-run", name, before + node.lineno, "runs what it fetches from the network", ast.unparse(node)[:160])
        sends = re.search(r"requests\.(?:post|put)|urlopen|httpx\.(?:post|put)|socket\.socket|smtplib|http\.client|aiohttp", code)
        takes = re.search(
            r"(?:json\.dumps|str|urlencode)\(\s*(?:dict\()?os\.environ|dict\(os\.environ\)|os\.environ\.items\(\)|\.ssh/|\.aws/credentials|Login Data|\bid_(?:rsa|ed25519)\b|wallet\.dat",
            code,
        )
        if sends and takes:
            line = before + code.count("\n", 0, takes.start()) + 1
            yield Finding("block", "sends-secrets", name, line, "takes secrets or the whole environment, and sends something over the network", takes[0])


def _held(tree: ast.AST) -> dict[str, frozenset[str]]:
    """The calls that each name, and each file, is made of: ``code = requests.get(…).text``, ``urlretrieve(…, "/tmp/b")``."""
    held: dict[str, frozenset[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            made = _made_of(node.value, held)
            for target in node.targets:
                if isinstance(target, ast.Name):
                    held[target.id] = held.get(target.id, frozenset()) | made
        elif isinstance(node, ast.Call) and _called(node).endswith("urlretrieve") and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            held[str(node.args[1].value)] = frozenset({"urlretrieve"})
    return held


def _made_of(node: ast.AST, held: dict[str, frozenset[str]]) -> frozenset[str]:
    """Names of the calls inside, those of the names that it uses included."""
    made: set[str] = set()
    for child in ast.walk(node):
        if isinstance(child, ast.Call) and child is not node:
            made.add(_called(child))
        elif isinstance(child, ast.Name | ast.Constant):
            made |= held.get(child.id if isinstance(child, ast.Name) else str(child.value), frozenset())
    return frozenset(made | ({_called(node)} if isinstance(node, ast.Call) else set()))


def _called(node: ast.Call) -> str:
    try:
        return ast.unparse(node.func)
    except (RecursionError, ValueError):
        return ""
