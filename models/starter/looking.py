"""Frames that read, list, find, count and measure, as calls of tools."""

from __future__ import annotations

import re
from typing import Any

from models.starter import amounts, writing
from models.starter.frames import IT, Frame
from models.starter.kinds import patterns, reader_of
from models.starter.objects import Unread, _inside
from models.starter.scene import CannotYet, Maker, Scene, must


def _read(scene: Scene, frame: Frame) -> None:
    part = amounts.extent(frame.get("w")) if frame.get("w") else {}
    if part is None:
        part = {"lines": 10} if re.fullmatch(r"(?:the )?(?:head|beginning|start|top)", frame.get("w"), re.I) else None
    if part is None:
        raise Unread(frame.get("w"))
    text = must(frame, "n")
    names = [scene.file(IT)] if text == IT else scene.names.several(text)
    for name in [_inside(name, scene.place(frame, "")) for name in names]:
        scene.call(reader_of(name, bool(part)), path=name, **part)
        scene.remember([name])


def _list(scene: Scene, frame: Frame) -> None:
    folder, kind = scene.place(frame), frame.get("k")
    args: dict[str, Any] = {"path": folder}
    if kind and re.fullmatch(r"(?:the |all |my )*hidden files?", kind, re.I):
        args["pattern"] = ".*"
    elif kind:
        found = scene.names.objects(f"all {kind}" if not re.match(r"all|every|\*", kind) else kind)
        if found.search:
            scene.seek(found.search | {"path": folder})
            return
        args |= ({"pattern": found.names[0] if len(found.names) == 1 else found.names} if found.names != ["*"] else {}) | ({"only": found.only} if found.only != "all" else {})
    if frame.get("x"):
        args["exclude"] = scene.names._left_out(frame.get("x"))
    scene.call("files.list", **args)
    patterns = args.get("pattern", "*")
    scene.remember([_inside(name, folder) for name in ([patterns] if isinstance(patterns, str) else patterns)])
    scene.folder = folder if folder != "." else scene.folder


def _find(scene: Scene, frame: Frame) -> None:
    args: dict[str, Any] = {}
    text, limit = frame.get("o"), frame.get("w")
    if limit:
        args |= amounts.size_limit(limit) | amounts.age_limit(limit, scene.names.today) | amounts.ranking(f"{limit} {text or 'file'}".replace("file file", "file"))
        if not args:
            raise Unread(limit)
        args["only"] = "files"
    if text:
        args |= _sought(scene, text)
    if frame.get("q"):
        args["text"] = writing.quoted(frame.get("q"))
    if not args:
        raise Unread("find")
    year = frame.get("i").strip()
    if re.fullmatch(r"(?:19|20)\d\d", year) and scene.names.workspace is not None and not scene.names.there(year):
        scene.seek({"path": "."} | args | _of_year(scene, args, year))
        return
    scene.seek({"path": scene.place(frame)} | args)


def _of_year(scene: Scene, args: dict[str, Any], year: str) -> dict[str, Any]:
    """``PDFs from 2025``: those with the year in their name where there are some, else those changed in it."""
    names = args.get("name", "*")
    named = [re.sub(r"^\*(?=[.*]|$)", f"*{year}*", name) for name in ([names] if isinstance(names, str) else names)]
    if scene.there and all(year in name for name in named) and any(scene.there.holds(name) for name in named):
        return {"name": named[0] if len(named) == 1 else named}
    return {"since": f"{year}-01-01", "before": f"{int(year) + 1}-01-01"}


def _sought(scene: Scene, text: str) -> dict[str, Any]:
    """The name patterns of what is looked for."""
    if re.fullmatch(r"(?:the |all |my |any )*(?:files?|everything|documents? and folders?)", text, re.I):
        return {"only": "files"}
    if re.search(r"duplicate", text, re.I):
        raise CannotYet("duplicates")
    text = re.sub(r" in (?:the|its|their)(?: file)? names?$", "", text, flags=re.I)
    found = scene.names.objects(text)
    if found.search:
        return {key: value for key, value in found.search.items() if key != "path"}
    only = {"only": found.only} if found.only != "all" else {}
    return {"name": found.names[0] if len(found.names) == 1 else found.names} | only if found.names != ["*"] else only


def _count(scene: Scene, frame: Frame) -> None:
    text = re.sub(r"^(?:the|all|my|of|any|number of) ", "", frame.get("o") or "files", flags=re.I)
    if re.fullmatch(r"lines|words|characters|rows", text, re.I):
        raise Unread(text)
    if text[:1].isupper() and not text.isupper() and not frame.get("i") and patterns(text) is None:
        _list(scene, Frame("list", (("i", text),)))  # "how many files has Jobs got": a folder, by its capital
        return
    _list(scene, Frame("list", (*((("k", text),) if not re.fullmatch(r"files?|things?|items?", text, re.I) else ()), *((("i", frame.get("i")),) if frame.get("i") else ()))))


def _measure(scene: Scene, frame: Frame) -> None:
    name = _inside(scene.file(must(frame, "n")), scene.place(frame, ""))
    scene.call("files.info", path=name)
    scene.remember([name])


def _exists(scene: Scene, frame: Frame) -> None:
    scene.call("files.find", name=scene.names.name(must(frame, "n")), path=scene.place(frame))


MAKERS: dict[str, Maker] = {
    "read": _read, "list": _list, "find": _find, "count": _count, "lines": _measure, "words": _measure, "size": _measure, "when": _measure, "exists": _exists,
}  # fmt: skip
