"""The turns before as a dialogue of requests and programs: a model that writes programs goes on from what was done more surely than from what was said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.conversations import PastTurn
from core.turn.small.pointing import listed_names
from core.turn.small.telling import without_answers
from core.turn.small.workspace_files import Entry

MOST_TURNS, LETTERS = 2, 500  # turns before that are shown; letters of an answer, and of a text that was written

PLACE = re.compile(r"\n\n\([^\n]*\)\s*$")  # where an answer was read
_ABOUT_FILES = ("files.read", "tables.", "files.write", "files.append", "files.edit", "files.move", "files.copy")
_MOVED = re.compile(r"^(?:- |Moved |Copied )?(.+?) (?:→|to) (.+?)(?:\. Made [^\n]*)?\.?$", re.M)  # how files.move tells of each
_LOOKS = ("files.read", "files.list", "files.find", "files.info")


def past_exchanges(turns: Sequence[PastTurn]) -> list[str]:
    """What was asked and the program that did it, in turn, oldest first."""
    return [text for turn in turns[-MOST_TURNS:] if turn.said for text in (f"Request: {turn.said}", program_of(turn))]


def program_of(turn: PastTurn) -> str:
    """The program of a turn: the one that was run, else its steps as one, else what was answered."""
    done = [step for step in turn.steps if step.get("status") == "done"]
    deeds = [line for step in done for line in _lines(str(step.get("tool")), step.get("args") or {})]
    planned = [str((step.get("args") or {}).get("code", "")) for step in done if step.get("tool") == "code.plan"]
    if planned and deeds:
        return without_answers(planned[-1])
    return "\n".join(deeds) or f"answer({PLACE.sub('', turn.answer)[:LETTERS]!r})"


def _lines(tool: str, args: Mapping[str, Any]) -> list[str]:
    """A call that changed files as lines of a program; none for every other."""
    if tool in ("files.move", "files.copy"):
        rows = [row for name in ("moves", "copies") for row in args.get(name) or ()] or [args]
        return [f"{tool[6:]}({row.get('source')!r}, {row.get('target')!r})" for row in rows]
    if tool in ("files.write", "files.append"):
        rows = args.get("files") or [args]
        return [f"{tool[6:]}({row.get('path')!r}, {str(row.get('text', ''))[:LETTERS]!r})" for row in rows]
    if tool == "files.edit":
        rows = args.get("edits") or [args]
        return [f"replace({args.get('path')!r}, {row.get('find')!r}, {row.get('replace')!r})" for row in rows]
    if tool in ("files.delete", "files.make_folder"):
        paths = args.get("path") if isinstance(args.get("path"), list) else [args.get("path")]
        return [f"{tool[6:]}({path!r})" for path in paths or ()]
    return []


def changed_paths(step: Mapping[str, Any]) -> tuple[str, ...]:
    """The files that a step changed or made; of a move or a copy where they are now."""
    tool, args = str(step.get("tool", "")), step.get("args") or {}
    if step.get("status") != "done" or not tool.startswith("files.") or tool in _LOOKS:
        return ()
    return tuple(goal for _, goal in moves_of(step)) or paths_of(args)


def moves_of(step: Mapping[str, Any]) -> list[tuple[str, str]]:
    """From where to where a done move or copy brought each file, as it told; empty for other steps."""
    if step.get("tool") not in ("files.move", "files.copy") or step.get("status") != "done":
        return []
    return [(match[1].strip(), match[2].strip()) for match in _MOVED.finditer(str(step.get("text") or ""))]


def paths_of(args: Mapping[str, Any]) -> tuple[str, ...]:
    """The files that a call was about; of a move or a copy where they are now."""
    listed = [_place(row) for name in ("files", "moves", "copies") for row in args.get(name) or ()]
    path = args.get("path") or (_place(args) if args.get("target") else ())
    return tuple(filter(None, [*listed, *(map(str, path) if isinstance(path, list) else [str(path)] if path else [])]))


def _place(row: Mapping[str, Any]) -> str:
    """Where the file of a row is: in the target, where that is a folder."""
    path = str(row.get("path") or row.get("target") or "")
    return path + str(row.get("source", "")).rpartition("/")[2] if path.endswith("/") else path


def files_before(turns: Sequence[PastTurn], entries: Sequence[Entry]) -> tuple[str, ...]:
    """The files that the newest turn that was about some read, wrote or named in its answer, as far as they are there."""
    names = [entry.path for entry in entries if not entry.is_folder]
    for past in reversed(turns):
        for step in reversed(past.steps):
            if step.get("status") == "done" and str(step.get("tool", "")).startswith(_ABOUT_FILES):
                if paths := tuple(path for path in paths_of(step.get("args") or {}) if path in names):
                    return paths
        if named := listed_names(past.answer, names):
            return tuple(named)
    return ()
