"""Frames that make, change, move and take away files, as calls of tools."""

from __future__ import annotations

import re

from models.starter import amounts, writing
from models.starter.frames import IT, Frame
from models.starter.objects import Objects, Unread, _inside
from models.starter.scene import CannotYet, Maker, Scene, before, content_of, ending, is_row, last_said, many, must


def _mkdir(scene: Scene, frame: Frame) -> None:
    parent = scene.place(frame, "")
    names = [_inside(name.rstrip("/"), parent) for name in scene.names.several(must(frame, "n"))]
    for name in names:
        scene.call("files.make_folder", path=name)
    scene.remember(names, names[-1])


def _write(scene: Scene, frame: Frame) -> None:
    if frame.get("c") == IT:
        _save(scene, frame)
        return
    content = content_of(scene, frame)
    folders = (
        [args["path"] for tool, args in scene.calls if tool == "files.make_folder"] if frame.get("i") == IT and re.search(r"\b(?:each|every|all|both)\b", scene.request) else []
    )
    places = folders if len(folders) > 1 else [scene.place(frame, "")]
    names = [_inside(name, place) for place in places for name in scene.names.several(must(frame, "n"))]
    for name in names:
        row = name.lower().endswith(".csv") and "," in content and "\n" not in content
        scene.call("files.write", path=name, text=f"{content}\n" if row else content)
    scene.remember(names)


def _append(scene: Scene, frame: Frame) -> None:
    text = frame.get("l") if is_row(frame) else "\n".join(writing.items(frame.get("l"), scene.names)) if frame.get("l") else content_of(scene, frame)
    name = _inside(scene.file(must(frame, "n")), scene.place(frame, ""))
    if scene.calls and scene.calls[-1] == ("files.write", {"path": name, "text": ""}):
        scene.calls[-1][1]["text"] = text
    else:
        scene.call("files.append", path=name, text=text, **({"at": "start"} if frame.intent == "prepend" else {}))
    scene.remember([name])


def _edit(scene: Scene, frame: Frame) -> None:
    name = _inside(scene.file(must(frame, "n")), scene.place(frame, ""))
    find, replace = (writing.mark(writing.quoted(must(frame, slot))) for slot in ("f", "r"))
    scene.call("files.edit", path=name, find=find, replace=replace)
    scene.remember([name])


def _cut(scene: Scene, frame: Frame) -> None:
    text, name = must(frame, "f"), _inside(scene.file(must(frame, "n")), scene.place(frame, ""))
    if re.fullmatch(r"(?:all |the |any |every )*(?:empty|blank) lines?", text, re.I):
        scene.call("files.remove_lines", path=name, empty=True)
    elif re.search(r"\b(?:line|lines|row|rows)\b", text, re.I) and (part := amounts.extent(text)):
        first, count = part.get("start", 1), part.get("lines", 0)
        scene.call("files.remove_lines", path=name, first=first, last=-1 if first < 0 else first + max(1, count) - 1)
    elif re.search(r"\b(?:lines?|rows?|entry|entries)\b", before(scene.request, text), re.I):
        scene.call("files.remove_lines", path=name, holding=writing.quoted(text))
    else:
        for item in writing.items(text, scene.names):
            scene.call("files.remove_text", path=name, text=item)
    scene.remember([name])


def _move(scene: Scene, frame: Frame) -> None:
    found = scene.objects(frame)
    if folders := _each(scene, frame):
        for folder in folders:
            scene.call("files.copy", **found.arguments("source"), target=f"{folder}/")
        _moved(scene, found, f"{folders[-1]}/")
        return
    target = _target(scene, frame, found)
    scene.call("files.move" if frame.intent == "move" else "files.copy", **found.arguments("source"), target=target)
    _moved(scene, found, target)
    if frame.intent == "copy":
        scene.origins = [name for name in found.names if not many(name)]


def _each(scene: Scene, frame: Frame) -> list[str]:
    """The folders of "copy it into both": those that were made in this request, where there are several. Raises :class:`Unread` for a move, which ends in one."""
    made = [str(args["path"]) for tool, args in scene.calls if tool == "files.make_folder"]
    text = frame.get("t")
    said = re.fullmatch(r"(?:each|both|all)(?: of)?(?: (?:them|these|those))?(?: (?:folders|directories))?|every one", text, re.I)
    if len(made) < 2 or not (said or (text == IT and re.search(r"\b(?:each|both|every one|all (?:of|three|four))\b", scene.request, re.I))):
        return []
    if frame.intent == "move":
        raise Unread(text)
    return made


def _target(scene: Scene, frame: Frame, found: Objects) -> str:
    """Where it goes: a folder ends with a stroke, so that it is made where it is missing."""
    text = frame.get("t")
    if not text and frame.intent == "copy" and len(found.names) == 1 and not many(found.names[0]):
        return _spare(found.names[0], scene.request)
    if text == IT or (not text and frame.get("i") == IT):
        goal = scene.folder or next((name for name in reversed(scene.files) if "." not in name.rsplit("/", 1)[-1]), "")
        if not goal:
            raise Unread("there")
        return goal.rstrip("/") + "/"
    goal = scene.names.folder(text) if not ending(text) else scene.names.name(text)
    if not goal or not text:
        raise Unread(frame.intent)
    one_file = len(found.names) == 1 and not many(found.names[0])
    if goal in ("..", "the parent folder", "parent", "one level up", "up"):
        return "../"
    if ending(goal) and one_file and ending(found.names[0]) and not goal.endswith("/"):
        return goal
    if (
        frame.intent == "copy"
        and one_file
        and not ending(found.names[0])
        and not re.search(r"\b(?:in|into|inside|folder|directory)\s*$|\bto (?:the|my)\s*$", before(scene.request, text), re.I)
        and not scene.names.there(goal)
    ):
        return goal
    return goal if goal in (".", "/") else goal.rstrip("/") + "/"


def _spare(name: str, request: str) -> str:
    """The name of a copy that was given none."""
    folder, stroke, base = name.rstrip("/").rpartition("/")
    stem, point, ending = base.rpartition(".") if not base.startswith(".") and "." in base else (base, "", "")
    return f"{folder}{stroke}{stem}-{'backup' if re.search(r'back(?:s|ed|ing)?[ -]?up', request, re.I) else 'copy'}{point}{ending}"


def _moved(scene: Scene, found: Objects, target: str) -> None:
    if target.endswith("/"):
        plain = [name for name in found.names if not many(name)]
        scene.remember([f"{target}{name.rstrip('/').rsplit('/', 1)[-1]}" for name in plain] or [target.rstrip("/")], target.rstrip("/"))
    else:
        scene.remember([target])


def _rename(scene: Scene, frame: Frame) -> None:
    found = scene.objects(frame)
    if len(found.names) != 1 or (many(found.names[0]) and not found.names[0].startswith("{{")):
        raise CannotYet("rename_many")
    old, new = found.names[0], scene.names.name(must(frame, "t"))
    if "{{" in old:
        raise CannotYet("rename_many")
    if "/" not in new and "/" in old.rstrip("/"):
        new = f"{old.rstrip('/').rpartition('/')[0]}/{new}"
    if ending(old) and not ending(new) and not scene.names.there(new):
        new += "." + old.rsplit(".", 1)[1]
    scene.call("files.move", source=old, target=new)
    scene.remember([new], "" if ending(new) else new)


def _delete(scene: Scene, frame: Frame) -> None:
    found = scene.objects(frame)
    scene.call("files.delete", **found.arguments("path"))
    scene.remember(found.names)  # "…, remove it please" after a name means the same once more


def _zip(scene: Scene, frame: Frame) -> None:
    found = scene.objects(frame)
    target = scene.names.name(frame.get("t")) if frame.get("t") and frame.get("t") != IT else ""
    single = found.names[0].rstrip("/") if len(found.names) == 1 and not many(found.names[0]) else ""
    if not target and not single:
        target = f"{found.names[0].split('/')[0] if '/' in found.names[0] else 'files'}.zip" if not found.names[0].startswith("{{") else "files.zip"
    if target and not re.search(r"\.(?:zip|tar|tgz|tar\.gz)$", target):
        target += ".zip"
    scene.call("files.archive", **found.arguments("source"), target=target)
    scene.remember([target or f"{single.rsplit('.', 1)[0] if ending(single) else single}.zip"])
    scene.origins = list(found.names)


def _unzip(scene: Scene, frame: Frame) -> None:
    name = _inside(scene.file(must(frame, "n")), scene.place(frame, ""))
    here = re.search(r"\b(?:here|in place|in this folder)\b", scene.request, re.I) and not frame.get("t")
    target = scene.names.folder(frame.get("t")) if frame.get("t") not in ("", IT) else scene.folder if frame.get("t") == IT else ""
    scene.call("files.extract", source=name, target=target)
    stem = re.sub(r"\.(?:zip|tar|tgz|tar\.gz|gz|7z)$", "", name)
    scene.remember([name], target or ("" if here else stem))


def _sort(scene: Scene, frame: Frame) -> None:
    by = writing.sorting(frame.get("b"))
    folder = scene.place(frame)
    scene.call("files.sort_into_folders", path=folder, by=by)
    scene.folder = folder


def _merge(scene: Scene, frame: Frame) -> None:
    found = scene.objects(frame)
    if len(found.names) < 2 and not many(found.names[0]):
        raise Unread(frame.get("o"))
    target = scene.names.name(must(frame, "t"))
    scene.call("files.merge", source=found.names if len(found.names) > 1 else found.names[0], target=target)
    scene.remember([target])
    scene.origins = list(found.names)


def _save(scene: Scene, frame: Frame) -> None:
    text = last_said(scene)
    if scene.calls and (key := writing.counted(scene.calls[-1], scene.request)) and text == scene.output:
        text = text.replace("}}", f".{key}}}}}")
    name = _inside(scene.names.name(must(frame, "n")), scene.place(frame, ""))
    scene.call("files.write", path=name, text=text.rstrip("\n") + "\n")
    scene.remember([name])


MAKERS: dict[str, Maker] = {
    "mkdir": _mkdir, "write": _write, "append": _append, "prepend": _append, "edit": _edit, "cut": _cut, "move": _move, "copy": _move, "rename": _rename, "delete": _delete, "zip": _zip, "unzip": _unzip,
    "sort": _sort, "merge": _merge, "save": _save,
}  # fmt: skip
