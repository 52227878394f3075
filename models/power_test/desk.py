"""A desk in memory with a few files and four tools, in the form in which the action loop shows its own: nothing of this machine is touched."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.messages import ToolCall, ToolSpec

_TEXT = {"type": "string"}


class MovedTo(str):
    """In place of a file's text: the path where that is now. Reading it fails, and the failure says so."""


def _tool(name: str, description: str, *wanted: str) -> ToolSpec:
    return ToolSpec(name, description, {"type": "object", "properties": dict.fromkeys(wanted, _TEXT), "required": list(wanted), "additionalProperties": False})


TOOLS = (
    _tool("files_find", "Find files by words of their names. Answers with their paths.", "name"),
    _tool("files_read", "Read a text file.", "path"),
    _tool("files_write", "Write a text file, replacing what it held.", "path", "text"),
    _tool("files_move", "Move or rename a file. The target is the new name, or a folder.", "source", "target"),
)


class Failed(Exception):
    """A call that could not be done; the model is told why."""


class Desk:
    """``files`` by path; ``calls`` are those that came, ``deeds`` counts those of them that changed something, ``after_deed`` those after the first that did."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = dict(files)
        self.calls: list[ToolCall] = []
        self.deeds = self.after_deed = 0

    def answer(self, call: ToolCall) -> str:
        """What a call gives, or why it failed, as the loop says it."""
        self.calls.append(call)
        self.after_deed += bool(self.deeds)
        try:
            return self._do(call)
        except Failed as failed:
            return f"failed: {failed}"

    def _do(self, call: ToolCall) -> str:
        spec = next((spec for spec in TOOLS if spec.name == call.name), None)
        if spec is None:
            raise Failed(f"There is no tool {call.name[:40]}; there are {', '.join(spec.name for spec in TOOLS)}.")
        if not call.can_be_made:
            raise Failed(call.fault or "The call was cut off.")
        return str(getattr(self, f"_{spec.name.removeprefix('files_')}")(*_arguments(call.arguments, spec.parameters["required"])))

    def _find(self, name: str) -> str:
        words = re.findall(r"\w{3,}", posixpath.splitext(name)[0].lower())
        found = [path for path in sorted(self.files) if not words or any(word in path.lower() for word in words)]
        return "\n".join(found) or "No file has that in its name."

    def _read(self, path: str) -> str:
        text = self.files[self._known(path)]
        if isinstance(text, MovedTo):
            raise Failed(f"{path} holds nothing any more; its text is in {text} now.")
        return text

    def _write(self, path: str, text: str) -> str:
        self.files[_plain(path)] = text
        self.deeds += 1
        return f"Wrote {_plain(path)}, {len(text)} letters."

    def _move(self, source: str, target: str) -> str:
        old, new = self._known(source), self._target(_plain(source), target)
        if new in self.files:
            raise Failed(f"There is a file {new} already.")
        self.files[new] = self.files.pop(old)
        self.deeds += 1
        return f"Moved {old} to {new}."

    def _known(self, path: str) -> str:
        if _plain(path) not in self.files:
            raise Failed(f"There is no file {path[:80]}. files_find finds it.")
        return _plain(path)

    def _target(self, source: str, target: str) -> str:
        plain = _plain(target)
        is_folder = target.strip().endswith("/") or any(path.startswith(f"{plain}/") for path in self.files)
        return f"{plain}/{posixpath.basename(source)}" if is_folder else plain


def _arguments(given: Mapping[str, Any], wanted: Iterable[str]) -> list[str]:
    if missing := [name for name in wanted if not isinstance(given.get(name), str)]:
        raise Failed(f"{missing[0]} is missing; it is a text.")
    return [given[name] for name in wanted]


def _plain(path: str) -> str:
    return posixpath.normpath(path.strip().lstrip("/") or ".")
