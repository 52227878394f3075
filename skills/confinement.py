"""What a skill declares to need, in the names of our tools. In its first runs it gets just that; everything else asks."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable

FIRST_RUNS = 3  # that went well, until it is trusted like any plan
READING = (
    "files.list",
    "files.read",
    "files.find",
    "files.info",
    "documents.read",
    "tables.describe",
    "tables.query",
    "images.info",
    "calc.*",
    "units.*",
    "time.*",
    "text.compose",
)
OTHERS_NAMES = {  # of other programs, as allowed-tools has them
    "read": ("files.read", "documents.read", "files.info"), "write": ("files.write", "files.make_folder"), "edit": ("files.edit", "files.append"), "multiedit": ("files.edit",),
    "glob": ("files.find", "files.list"), "grep": ("files.find",), "ls": ("files.list",), "bash": ("shell.run",), "shell": ("shell.run",), "webfetch": ("web.fetch",),
    "websearch": ("web.search",), "python": ("code.run",), "notebookedit": ("files.edit",), "todowrite": ("tasks.*",),
}  # fmt: skip


def tools_of(declared: Iterable[str]) -> tuple[str, ...]:
    """Patterns of tool names. A skill that declares none may read, calculate and write text."""
    found = [ours for name in declared for ours in OTHERS_NAMES.get(name.partition("(")[0].lower(), (name.partition("(")[0],))]
    return tuple(dict.fromkeys(found)) or READING


def allows(tools: Iterable[str], tool: str) -> bool:
    """Whether one of the patterns names this tool."""
    return any(fnmatch.fnmatchcase(tool, pattern) for pattern in tools)
