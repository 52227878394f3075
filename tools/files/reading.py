"""Reading several files into one result: which are meant, what each holds, what was left out, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import ToolError, ToolRetry
from core.ports import ToolContext, ToolResult
from tools import paths
from tools.documents.content import counted
from tools.documents.hidden import has_hidden
from tools.documents.reader import read_any
from tools.files import excerpts
from tools.files.excerpts import Excerpt, Window
from tools.files.names import Missing, gather
from tools.files.wording import listed

MOST_OUTLINED = 6  # tables of one call whose columns are looked at: each takes some hundredths of a second
_TABLES = ("table", "xlsx")  # kinds of content that have columns
_TABLE_ENDINGS = (".csv", ".tsv")  # a large one comes as text, as only a part of it is read


@dataclass(frozen=True, slots=True)
class Target:
    """A file that is to be read, of a workbook perhaps one sheet."""

    file: Path
    sheet: str = ""


def read_files(context: ToolContext, names: list[str], window: Window, limit: int, sheet: str = "") -> ToolResult:
    """What files hold: one as ``{"path", "text", "lines", "whole", …}``, several as ``{"files": […], "left_out": […]}``."""
    if not names:
        raise ToolRetry("path is missing.", hint="path takes a file, a folder, a pattern such as *.txt, or a list of them.")
    targets, missing = _targets(names, sheet, context.workspace)
    is_single = len(names) == 1 and len(targets) <= 1 and not missing
    limit = max(excerpts.LEAST, min(limit, excerpts.MOST))
    parts = _excerpts(context, targets, missing, window, limit)
    if not parts:
        raise _nothing_read(missing, names)
    value, text = _single(parts[0], limit) if is_single else _several(parts, missing, limit)
    is_hiding = has_hidden(text)  # nobody hides words from themselves
    tainted = is_hiding or any(not paths.is_inside(part.path, context.workspace) for part in parts)
    return ToolResult(value, text, tainted, origins=("a file with text that a person cannot see",) if is_hiding else ())


def _targets(names: list[str], sheet: str, workspace: Path) -> tuple[list[Target], list[Missing]]:
    """Each file once, with the sheet that is named with it (``book.xlsx#Jan``) or for all; and what could not be had."""
    found: dict[Target, None] = {}
    missing: list[Missing] = []
    for name in names:
        base, own = paths.split_sheet(name, workspace)
        files, lacking = gather([base], workspace)
        found |= {Target(file, own or sheet): None for file in files}
        missing += lacking
    return list(found), missing


def _excerpts(context: ToolContext, targets: list[Target], missing: list[Missing], window: Window, limit: int) -> list[Excerpt]:
    """What was read, tables with a word on their columns where they are read from the beginning; what could not be is added to ``missing``."""
    parts: list[Excerpt] = []
    room = MOST_OUTLINED if window.start == 1 and not window.offset else 0
    share = limit if len(targets) <= 10 else max(2000, 4 * limit // len(targets))
    letters = share + window.offset if len(targets) != 1 else max(share + window.offset, excerpts.VALUE)
    for target in targets:
        if context.cancel.is_set():
            break
        name = paths.shown(target.file, context.workspace)
        try:
            part = _excerpt(name, target, window, letters)
            room -= (has_outline := room > 0 and _is_table(part))
            parts.append(_outlined(part, target.sheet) if has_outline else part)
        except ToolError as error:
            if len(targets) == 1 and not missing:
                raise
            missing.append(Missing(name, error.message, error.hint))
        except OSError as error:
            missing.append(Missing(name, f"it could not be read: {error.strerror}."))
    return parts


def _excerpt(name: str, target: Target, window: Window, letters: int) -> Excerpt:
    real = target.file.resolve()
    content = read_any(real, window.start, window.lines, letters, target.sheet)
    return excerpts.excerpt(f"{name}#{target.sheet}" if target.sheet else name, real, content, window)


def _outlined(part: Excerpt, sheet: str) -> Excerpt:
    from tools.tabular.outline import outline_of

    return replace(part, outline=outline_of(part.path, sheet))


def _is_table(part: Excerpt) -> bool:
    return part.content.kind in _TABLES or part.path.suffix.lower() in _TABLE_ENDINGS


def _nothing_read(missing: list[Missing], names: list[str]) -> ToolRetry:
    if not missing:
        return ToolRetry(f"There are no files in {listed(names)}.", code="not_found", hint="files.list shows what is there.")
    code = "not_found" if any("Nothing matches" in one.why or "There is no" in one.why for one in missing) else "unreadable"
    return ToolRetry(" ".join(dict.fromkeys(one.why for one in missing[:8])), code=code, hint=" ".join(dict.fromkeys(one.hint for one in missing[:3] if one.hint)))


def _single(part: Excerpt, limit: int) -> tuple[dict[str, Any], str]:
    text, value = excerpts.render(part, limit)
    whole = part.content.whole and part.first == 1 and len(part.plain) == len(part.content.plain) <= excerpts.VALUE
    return {**value, "text": part.plain[: excerpts.VALUE], "whole": whole}, text


def _several(parts: list[Excerpt], missing: list[Missing], limit: int) -> tuple[dict[str, Any], str]:
    shown = parts[: limit // excerpts.LEAST]
    given = excerpts.shares([part.length for part in shown], limit)
    rendered = [excerpts.render(part, share) for part, share in zip(shown, given, strict=True)]
    files = [{**value, "path": part.name} for part, (_, value) in zip(shown, rendered, strict=True)]
    left = [part.name for part in parts[len(shown) :]]
    unread = [{"path": one.name, "why": one.why} for one in missing]
    value = {
        "files": files,
        "count": len(files),
        "left_out": [*left, *(one.name for one in missing)],
        "unread": unread,
        "whole": not left and not missing and all(row["whole"] for row in files),
    }
    cut = sum(not row["whole"] for row in files)
    said = [f"Read {counted(len(files), 'file')}", f"{cut} of them in part" if cut else "", f"{len(left)} left out" if left else "", f"{len(missing)} not read" if missing else ""]
    tail = [", ".join(filter(None, said)) + "."]
    tail += [f"Left out for the limit of {limit} letters: {listed(left)}. Name them in another call, or raise letters."] if left else []
    tail += [f"Not read: {one.sentence}" for one in missing[:20]]
    tail += [f"Not read: {len(missing) - 20} more."] if len(missing) > 20 else []
    return value, "\n\n".join([*(text for text, _ in rendered), "\n".join(tail)])
