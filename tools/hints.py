"""Hints name a tool with its arguments: who reads "files.list shows what is there" in the middle of a task has to know how it is called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from core.errors import ToolError
from tools.declare import Tool

_NAME = re.compile(r"(?<![\w./])([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)\b(?!\(|/|\.\w)")


def name_arguments(hint: str, tools: Mapping[str, Tool]) -> str:
    """``files.list shows it`` as ``files.list(path) shows it``, each tool at its first mention."""
    named: set[str] = set()

    def with_arguments(match: re.Match[str]) -> str:
        tool = tools.get(match[1])
        if tool is None or tool.source or tool.name in named or f"{tool.name}(" in hint:
            return match[0]
        named.add(tool.name)
        return f"{tool.name}({', '.join(tool.main_arguments)})"

    return _NAME.sub(with_arguments, hint)


@contextmanager
def hints_with_arguments(tools: Mapping[str, Tool]) -> Iterator[None]:
    """Errors that pass get such hints."""
    try:
        yield
    except ToolError as error:
        error.hint = name_arguments(error.hint, tools)
        raise
