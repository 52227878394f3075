"""Batches: several moves, copies, texts or edits as one set of planned changes. All of it is checked before any of it is planned."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ToolRetry
from core.ports import Change
from tools import paths
from tools.files.names import choose
from tools.selection import Only, is_pattern, select
from tools.workbench import Workbench

COMPARED = 3000  # lines that are compared with a passage that is not there
_OTHER_NAMES = {
    "source": ("src", "from", "old", "path", "source_path", "old_path"), "target": ("dst", "dest", "destination", "to", "new", "target_path", "new_path"),
    "path": ("file", "file_path", "filename", "name", "target"), "text": ("content", "contents", "body"),
    "find": ("old", "old_text", "old_str", "old_string", "search"), "replace": ("new", "new_text", "new_str", "new_string", "replacement"),
}  # fmt: skip


def rows_of(rows: Iterable[Any], argument: str, needed: Sequence[str], optional: Sequence[str] = (), several: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Each row of a batch with its usual names; ``several`` may be lists of texts. Raises :class:`ToolRetry` that shows what a row looks like."""
    known = (*needed, *optional)
    shape = "{" + ", ".join(f'"{name}": …' for name in needed) + "}"
    hint = f"Each of {argument} is {shape}{', and may have ' + ', '.join(optional) if optional else ''}."
    found = []
    for number, row in enumerate(rows, 1):
        named = {_name(key, known): value for key, value in row.items()} if isinstance(row, Mapping) else {}
        if any(not _is_text(named.get(name), name in several) for name in needed) or set(named) - set(known):
            raise ToolRetry(f"{argument}[{number - 1}] is not right: {str(row)[:200]}.", hint=hint)
        found.append(named)
    return found


def _is_text(value: Any, may_be_list: bool) -> bool:
    return isinstance(value, str) or (may_be_list and isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value))


def _name(key: str, known: Sequence[str]) -> str:
    return key if key in known else next((name for name in known if key.lower() in _OTHER_NAMES.get(name, ())), key)


@dataclass(frozen=True, slots=True)
class Transfer:
    """Things that go from one place to another, and the folders that have to be made for them."""

    pairs: tuple[tuple[Path, Path], ...]
    folders: tuple[Change, ...]


def plan_transfer(bench: Workbench, source: str | list[str], target: str, exclude: list[str], only: Only) -> Transfer:
    """Where each source goes. Raises :class:`ToolRetry`."""
    sources = choose(source, bench.workspace, exclude, only)
    goal_name = _with_ending(bench, source, sources, target)
    goal = paths.resolve(goal_name, bench.workspace)
    into = goal.is_dir() or goal_name.rstrip().endswith("/") or len(sources) > 1 or _is_several(bench, source)
    if into and goal.is_dir() and len(sources) == 1 and goal == sources[0]:
        into = False  # the same name in another case
    if not into:
        return Transfer(((sources[0], goal),), tuple(bench.changes.folders(goal.parent)))
    goal = goal.resolve()
    return Transfer(tuple((item, goal / item.name) for item in sources if item != goal), tuple(bench.changes.folders(goal)))


def unmatched(bench: Workbench, source: str | list[str]) -> list[str]:
    """Those of several patterns that nothing matches: a call goes on without them, and says so."""
    return [name for name in source if is_pattern(name) and not _has_match(bench, name)] if isinstance(source, list) else []


def _has_match(bench: Workbench, pattern: str) -> bool:
    try:
        return bool(select(pattern, bench.workspace))
    except ToolRetry:
        return False


def _is_several(bench: Workbench, source: str | list[str]) -> bool:
    return not isinstance(source, str) or (is_pattern(source) and not os.path.lexists(paths.resolve(source, bench.workspace)))


def _with_ending(bench: Workbench, source: str | list[str], sources: list[Path], target: str) -> str:
    """The new name with the ending of the file, where the file was named without it ("rename report to summary")."""
    unsaid = isinstance(source, str) and len(sources) == 1 and sources[0].suffix and not Path(source).suffix and not is_pattern(source) and not sources[0].is_dir()
    return target + sources[0].suffix if unsaid and not target.endswith("/") and not Path(target).suffix and not paths.resolve(target, bench.workspace).is_dir() else target


def join(transfers: Sequence[Transfer]) -> Transfer:
    """All of them as one; folders that two of them need are made once."""
    folders = {change.path: change for transfer in transfers for change in transfer.folders}
    return Transfer(tuple(pair for transfer in transfers for pair in transfer.pairs), tuple(folders.values()))


def require_free(bench: Workbench, pairs: Sequence[tuple[Path, Path]], moves: bool) -> None:
    """Raises :class:`ToolRetry` where a target is there already, or wanted twice, or (of moves) is itself to be moved: then nothing is done."""
    done = "moved" if moves else "copied"
    seen: dict[Path, Path] = {}
    sources = {old for old, _ in pairs}
    for old, new in pairs:
        if new in seen:
            raise ToolRetry(
                f"{bench.shown(seen[new])} and {bench.shown(old)} would both become {bench.shown(new)}; nothing was {done}.", code="exists", hint="Give each a name of its own."
            )
        seen[new] = old
        if moves and new in sources and new != old:
            raise ToolRetry(f"{bench.shown(new)} is to be moved itself; nothing was moved.", code="exists", hint=f"Move {bench.shown(new)} away in a call of its own first.")
        if os.path.lexists(new) and not (moves and os.path.lexists(old) and os.path.samefile(old, new)):
            hint = f"Choose another name, such as {_free_name(bench, new)}, or move {bench.shown(new)} away first."
            raise ToolRetry(f"{bench.shown(new)} is already there; nothing was {done}.", code="exists", hint=hint)
        if new.is_relative_to(old) and new != old:
            raise ToolRetry(f"{bench.shown(old)} cannot be {done} into itself.", hint="Choose a target outside of it.")
    if moves and len(sources) < len(pairs):
        raise ToolRetry("The same thing is to be moved twice; nothing was moved.", hint="Name each source once.")


def _free_name(bench: Workbench, path: Path) -> str:
    return next(bench.shown(other) for number in range(2, 10_000) if not os.path.lexists(other := path.with_name(f"{path.stem}-{number}{path.suffix}")))


@dataclass(frozen=True, slots=True)
class Replacement:
    """One replacement in a text and where it was made: the numbers of its lines."""

    old: str
    number: int
    lines: tuple[int, ...]


def replace_all(name: str, text: str, edits: Sequence[dict[str, Any]], ignore_case: bool) -> tuple[str, list[Replacement]]:
    """The text with each edit (``find``, ``replace``, ``count``; 0 is all) made after the one before. Raises :class:`ToolRetry` for what the text does not hold."""
    done = []
    ends = "\r\n" if "\r\n" in text else "\n"
    for edit in edits:
        old, new = (_with_ends(str(edit[key]), ends) for key in ("find", "replace"))
        if not old:
            raise ToolRetry("The text to look for is empty.", hint="files.append adds text at the end or the start; files.write writes a whole file.")
        places = [match.start() for match in re.finditer(re.escape(old), text, re.I if ignore_case else 0)]
        places = places[: int(edit.get("count") or 0) or len(places)]
        if not places:
            raise _not_held(name, text, old)
        lines = tuple(_line_numbers(text, places))
        text = re.sub(re.escape(old), lambda _, new=new: new, text, count=len(places), flags=re.I if ignore_case else 0)  # type: ignore[misc]
        done.append(Replacement(old, len(places), lines))
    return text, done


def _line_numbers(text: str, places: list[int]) -> Iterator[int]:
    number = at = 0
    for place in places:
        number += text.count("\n", at, place)
        at = place
        yield number + 1


def _with_ends(text: str, ends: str) -> str:
    return text if ends == "\n" else re.sub(r"\r?\n", ends, text)


def _not_held(name: str, text: str, old: str) -> ToolRetry:
    lines = text.splitlines()
    first = old.strip().splitlines()[0].strip() if old.strip() else old
    near = difflib.get_close_matches(first, [line.strip() for line in lines[:COMPARED]], 1, 0.5)
    where = next((number for number, line in enumerate(lines, 1) if near and line.strip() == near[0]), 0)
    said = f" The nearest line is {where}: {near[0]!r}." if near else ""
    loose = re.search(r"\s+".join(map(re.escape, old.split())), text, re.I) if old.strip() else None
    hint = f"It holds {loose[0]!r}: upper and lower case and spaces count." if loose else "files.read shows it; copy the passage exactly, spaces and line ends too."
    return ToolRetry(f"{name} does not hold {old[:200]!r}; nothing was changed.{said}", code="not_found", hint=hint)
