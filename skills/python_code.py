"""Python read as Python, in scripts and between the fences of Markdown: what no pattern over lines sees."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator

from skills.findings import Finding

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


def python_in(name: str, text: str) -> Iterator[Finding]:
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
