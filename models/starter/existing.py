"""Names in calls become what is there: said otherwise ("my shopping list"), or further down ("the garden folder").

Only names of things that must be there already are looked at, never the ones that a step is to make.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.gate.reading import read_for_request
from models.starter.described import Described, singular, words_of
from models.starter.kinds import reader_of
from models.starter.scene import Call

_SOURCES = {  # the parameter that names what must be there, and of what kind it is
    "files.read": ("path", "file"), "documents.read": ("path", "file"), "files.info": ("path", ""), "files.edit": ("path", "file"), "files.append": ("path", "file"),
    "files.remove_lines": ("path", "file"), "files.remove_text": ("path", "file"), "files.sort_lines": ("path", "file"), "files.delete": ("path", ""), "files.move": ("source", ""),
    "files.copy": ("source", ""), "files.archive": ("source", ""), "files.extract": ("source", "file"), "files.merge": ("source", "file"), "files.list": ("path", "folder"),
    "files.find": ("path", "folder"), "files.sort_into_folders": ("path", "folder"), "open.file": ("path", ""), "tables.describe": ("path", "file"), "tables.query": ("path", "file"),
}  # fmt: skip
_SEVERAL = ("files.delete", "files.move", "files.copy", "files.archive", "files.merge")  # that take a list


def settled(calls: Sequence[Call], there: Described | None, request: str) -> tuple[Call, ...]:
    """The calls with such names replaced; as they were where nothing or more than one thing fits. ``there`` is None where the workspace is not known."""
    if there is None:
        return tuple(calls)
    made: set[str] = set()
    found: list[Call] = []
    for tool, said in calls:
        args = _source(tool, dict(said), there, made, request)
        if tool == "files.read":
            tool = reader_of(str(args["path"]), set(args) != {"path"})
        if tool == "files.append":
            args["text"] = _listed(str(args.get("text", "")), there, str(args.get("path", "")))
        if tool == "files.move" and _is_bin(str(args.get("target", "")), there, request):
            tool, args = "files.delete", {"path": args["source"]} | {key: args[key] for key in ("exclude", "only") if key in args}
        if tool in ("files.move", "files.copy"):
            target = _target(str(args.get("target", "")), there, made, request)
            args["target"] = _beside(args["source"], target) if re.search(r"\brenam", request, re.I) and "/" not in str(said.get("source")) else target
        if tool == "files.copy":
            args["target"] = _with_ending(args["source"], str(args.get("target", "")), there, request)
        made |= {_top(str(args[key])) for key in ("path", "target") if isinstance(args.get(key), str) and tool not in ("files.read", "files.list", "files.find", "files.delete")}
        found.append((tool, args))
    return _kept_first(found)


def _kept_first(calls: list[Call]) -> tuple[Call, ...]:
    """``delete a.txt but keep a copy`` copies first: what is deleted in one step is not there for the next."""
    for at, (tool, args) in enumerate(calls[1:], 1):
        before, gone = calls[at - 1]
        if before == "files.delete" and tool == "files.copy" and args.get("source") == gone.get("path"):
            calls[at - 1], calls[at] = calls[at], calls[at - 1]
    return tuple(calls)


def _with_ending(source: Any, target: str, there: Described, request: str) -> str:
    """A name that we made up for a copy ends as the file does."""
    ending = Path(str(source)).suffix
    if not ending or not target or target.endswith("/") or "." in Path(target).name or target.lower() in request.lower() or (there.workspace / target).exists():
        return target
    return target + ending


def _source(tool: str, args: dict[str, Any], there: Described, made: set[str], request: str) -> dict[str, Any]:
    key, kind = _SOURCES.get(tool, ("", ""))
    value = args.get(key)
    names = [name for name in (value if isinstance(value, list) else [value]) if isinstance(name, str)]
    if not names or not all(_could_be_meant(name, made) for name in names):
        return args
    if tool == "files.append" and ("." in names[0] or re.search(r"\b(?:new|make|create|called|named)\b", request, re.I)):
        return args  # a file that is to be made
    paths = [path for name in names for path in _path(name, there, kind, request)]
    if not paths or (len(paths) > 1 and tool not in _SEVERAL):
        return args
    return args | {key: paths if isinstance(value, list) or len(paths) > 1 else paths[0]}


def _could_be_meant(name: str, made: set[str]) -> bool:
    return bool(name) and "{{" not in name and not name.startswith(("/", "~", ".")) and _top(name) not in made


def _path(name: str, there: Described, kind: str, request: str) -> list[str]:
    """What a name means: itself where it is there, what it describes, or itself inside the folder that it begins with."""
    folder, _, last = name.rpartition("/")
    if "*" in last:
        inside = _path(folder, there, "folder", request) if folder else []
        return [f"{inside[0]}/{last}"] if len(inside) == 1 else [name]
    if (there.workspace / name).exists():
        return [name]
    if re.search(rf"{re.escape(name)} (?:folder|directory)\b", request, re.I):
        kind = "folder"
    if folder:  # "the setup file in downloads"
        found = there.find(f"{folder.replace('/', ' ')} {last}", kind)
        return found if len(found) == 1 and found[0].lower().startswith(f"{folder.lower()}/") else [name]
    return there.find(name, kind) or [name]


def _target(target: str, there: Described, made: set[str], request: str) -> str:
    """``the garden folder`` as a goal is one that is there; a folder that is not called "the" is to be made."""
    name = target.rstrip("/")
    if (
        not name
        or not _could_be_meant(name, made)
        or (there.workspace / name).exists()
        or not re.search(rf"\b(?:the|my|our) {re.escape(name)} (?:folder|directory)\b", request, re.I)
    ):
        return target
    found = there.find(name, "folder")
    return f"{found[0]}/" if len(found) == 1 else target


def taken_for(calls: Sequence[Call], request: str) -> str:
    """What would be deleted though its name, or its folder's, is not all in the request, or though one word names several things. Empty where there is none."""
    said, words = request.lower(), {singular(word) for word in words_of(request)}
    for tool, args in calls:
        named = args.get("path")
        paths = [path for path in (named if isinstance(named, list) else [named]) if isinstance(path, str) and "{{" not in path] if tool == "files.delete" else []
        names = [path.rpartition("/")[2] for path in paths if "*" not in path]
        inside = any(part.lower() not in said for path in paths for part in path.split("/")[:-1])
        several = len(names) > 1 and not any(name.lower() in said for name in names)
        partly = any(name.lower() not in said and {singular(word) for word in words_of(name.rpartition(".")[0] or name)} - words for name in names)
        if inside or several or partly:
            return ", ".join(paths)
    return ""


def doubtful(calls: Sequence[Call], request: str, there: Described) -> str:
    """What a person should see before it is done: something was taken for their words, a file's name for a text, or a file would be emptied. Empty where there is none."""
    if taken := taken_for(calls, request):
        return f"{taken} is what I took your words for"
    for tool, args in calls:
        text, path = str(args.get("text", "")).strip(), str(args.get("path", ""))
        if tool in ("files.write", "files.append") and text and text.lower() not in request.lower() and (there.workspace / text[:200]).exists():
            return f"{text} is a file's name, written as a text"  # "add the poem to the plan" means what it says
        if tool == "files.write" and not text and _rows(there, path):
            return f"{path} would be emptied"
    return ""


def lines_of_a_list(lines: Sequence[Call], words: Sequence[Call], there: Described) -> bool:
    """Whether both add the same words to the same file, one as lines, and the file is a list of such: "butter and jam" for shopping.txt."""
    if len(lines) != 1 or len(words) != 1 or (lines[0][0], words[0][0]) != ("files.append", "files.append"):
        return False
    path, added, whole = str(lines[0][1].get("path")), str(lines[0][1].get("text")), str(words[0][1].get("text"))
    if "\n" not in added.strip():
        return False
    if path != words[0][1].get("path") or re.findall(r"\w+", added) != [word for word in re.findall(r"\w+", whole) if word.lower() != "and"]:
        return False
    rows = _rows(there, path)
    return len(rows) > 1 and all(len(row.split()) <= 6 and not row.rstrip().endswith(".") for row in rows)


def _is_bin(target: str, there: Described, request: str) -> bool:
    """``send it to the trash`` deletes, unless a folder is called so."""
    name = target.rstrip("/")
    return (
        bool(re.fullmatch(r"(?:trash|bin|recycle bin|rubbish(?: bin)?|waste ?(?:bin|basket)|garbage)", name, re.I) and re.search(rf"\bthe {re.escape(name)}\b", request, re.I))
        and not (there.workspace / name).exists()
    )


def _listed(text: str, there: Described, path: str) -> str:
    """Lines for a file that is a list get its mark: ``- `` or ``- [ ] ``."""
    rows = [row for row in _rows(there, path) if not row.startswith("#")]
    marks = {match[1] if (match := re.match(r"([-*+] )(?:\[[ xX]\] )?", row)) else "" for row in rows}
    if len(marks) != 1 or "" in marks or "{{" in text or any(re.match(r"[-*+#]+ ", line) for line in text.splitlines()):
        return text
    mark = marks.pop() + ("[ ] " if all(re.match(r"[-*+] \[[ xX]\] ", row) for row in rows) else "")
    return "\n".join(mark + line if line.strip() else line for line in text.split("\n"))


def _rows(there: Described, path: str) -> list[str]:
    """The lines of a text that say something, as far as its beginning goes; none where it cannot be read."""
    try:
        return [row for row in codecs.getincrementaldecoder("utf-8")().decode(read_for_request(there.workspace / path, there.workspace, 20_000)).splitlines() if row.strip()]
    except (OSError, ValueError):
        return []


def _beside(source: Any, target: str) -> str:
    """A new name stays in the folder of the old one."""
    folder = str(source).rstrip("/").rpartition("/")[0]
    return f"{folder}/{target}" if folder and "/" not in target else target


def _top(name: str) -> str:
    return name.strip("/").partition("/")[0]
