"""From frames to calls of tools: names are resolved, lists become lines, "it" becomes what was named or made before.

Raises :class:`~models.starter.objects.Unread` for a span that cannot be read with certainty and :class:`CannotYet` for what is
understood and has no tool; nothing is guessed.
"""

from __future__ import annotations

import datetime
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.errors import DeskhandError
from models.starter import amounts, foreign, writing
from models.starter.foreign import Foreign
from models.starter.frames import IT, Frame
from models.starter.objects import Names, Objects, Unread, _inside

Call = tuple[str, dict[str, Any]]


class CannotYet(Exception):
    """What is asked is understood; the text names what is missing."""


@dataclass(slots=True)
class Scene:
    """What has been named, made and found so far, in this request and before it."""

    names: Names
    request: str = ""
    answer: str = ""  # what was answered last, for "save that"
    files: list[str] = field(default_factory=list)  # what "it" and "them" mean
    origins: list[str] = field(default_factory=list)  # what the last copy or archive was made of
    folder: str = ""  # what "there" means
    found: str = ""  # a reference to paths that a step will find
    search: dict[str, Any] = field(default_factory=dict)  # the search that found them, to be made again in another run
    output: str = ""  # a reference to what the last step says
    tools: tuple[Foreign, ...] = ()  # of other makers, as the prompt listed them
    calls: list[Call] = field(default_factory=list)

    def call(self, tool: str, /, **args: Any) -> None:
        """One more call, said twice is done once; its output is what "the result" means."""
        if not self.calls or self.calls[-1] != (tool, args):
            self.calls.append((tool, args))
        self.output = "{{s%d.output}}" % len(self.calls)

    # -- references -------------------------------------------------------------------------------------------------

    def file(self, text: str) -> str:
        """A file: the name in ``text``, or what was named last."""
        if text != IT:
            return self.names.name(text)
        if self.origins and not self._means_copy():
            return self.origins[-1]
        if found := self.again():
            return found.replace(".paths}}", ".paths[0]}}")
        if self.files:
            return self.files[-1]
        raise Unread("it")

    def place(self, frame: Frame, default: str = ".") -> str:
        """The folder of slot ``i``."""
        text = frame.get("i")
        if not text:
            return default
        if text == IT:
            if self.folder or (self.files and "." not in self.files[-1].rsplit("/", 1)[-1]):
                return self.folder or self.files[-1]
            raise Unread("there")
        return self.names.folder(text)

    def objects(self, frame: Frame, slot: str = "o") -> Objects:
        """What is acted on. A search becomes a step of its own, and its paths are acted on."""
        text, folder = frame.get(slot), self.place(frame)
        if not text and frame.get("i"):
            return Objects([_inside("*", folder)], self.names._left_out(frame.get("x")))
        if text == IT:
            return Objects(self._known(frame.intent))
        if re.search(rf"{re.escape(text)}\s+(?:folder|directory|dir)\b", self.request) and not re.search(r"[,;]| and |\b(?:all|every|each)\b", text):
            return Objects([_inside(self.names.name(text), folder)], self.names._left_out(frame.get("x")))
        found = self.names.objects(text, folder, frame.get("x"))
        if found.search:
            self.seek(found.search)
            return Objects([self.found], found.exclude)
        return found

    def _known(self, intent: str) -> list[str]:
        """What "it" and "them" mean to an intent: after a copy or an archive, deleting and changing mean what it was made of."""
        if self.origins and intent == "delete" and not self._means_copy():
            return list(self.origins)
        if self.folder and (
            re.search(r"\b(?:the|that|this) (?:whole )?(?:folder|directory)\b", self.request) or (intent == "zip" and ("files.make_folder", {"path": self.folder}) in self.calls)
        ):
            return [self.folder]
        if again := self.again():
            return [again]
        if not self.files:
            raise Unread("it")
        return list(self.files)

    def _means_copy(self) -> bool:
        return bool(re.search(r"\b(?:the|that) (?:copy|duplicate|new (?:one|file)|second one|backup|zip|archive)\b", self.request, re.I))

    def again(self) -> str:
        """A reference to what was found: by a step of this run, or by the same search once more."""
        if not self.found and self.search:
            self.seek(self.search)
        return self.found

    def seek(self, args: dict[str, Any]) -> None:
        """Search; what is found is what "them" means."""
        self.call("files.find", **args)
        self.files, self.found, self.search = [], f"{{{{s{len(self.calls)}.output.paths}}}}", args

    def forget_steps(self) -> None:
        """Another run begins: names stay known, outputs do not."""
        self.calls, self.found, self.output = [], "", ""

    def remember(self, files: list[str], folder: str = "") -> None:
        """What was just named, made or moved."""
        self.files, self.found, self.search, self.origins = files, "", {}, []
        if folder:
            self.folder = folder


def plan(frames: list[Frame], scene: Scene) -> list[Call]:
    """The calls of all frames, in the order in which they are to be done."""
    for frame in in_order(frames, scene.request):
        maker = MAKERS.get(frame.intent)
        if maker is None:
            raise CannotYet(frame.intent)
        maker(scene, frame)
    return scene.calls


def in_order(frames: list[Frame], request: str) -> list[Frame]:
    """Two frames as they are to be done: "before you delete it, zip it" and "delete it after zipping it" are said the other way round.

    What was named once changes places with what only pointed to it.
    """
    said_backwards = re.match(r"\W*(?:please |and |but )?before\b", request, re.I) or re.search(
        r"\b(?:after|once) (?:you(?:'ve| have)? |it(?:'s| is| has been)? )?\w+(?:ing|ed)\b", request[8:], re.I
    )
    if len(frames) != 2 or not said_backwards or re.match(r"\W*(?:after|once)\b", request, re.I):
        return frames
    later, first = frames
    named, pointing = next((text for slot, text in later.slots if slot in "on"), ""), next((slot for slot, text in first.slots if text == IT), "")
    if not named or named == IT or not pointing:
        return [first, later]
    own = next(slot for slot, text in later.slots if text == named)
    return [_with_slot(first, pointing, named), _with_slot(later, own, IT)]


def _with_slot(frame: Frame, slot: str, text: str) -> Frame:
    return Frame(frame.intent, tuple((name, text if name == slot else old) for name, old in frame.slots))


# -- making and changing --------------------------------------------------------------------------------------------


def _mkdir(scene: Scene, frame: Frame) -> None:
    parent = scene.place(frame, "")
    names = [_inside(name.rstrip("/"), parent) for name in scene.names.several(_must(frame, "n"))]
    for name in names:
        scene.call("files.make_folder", path=name)
    scene.remember(names, names[-1])


def _write(scene: Scene, frame: Frame) -> None:
    if frame.get("c") == IT:
        _save(scene, frame)
        return
    content = _content(scene, frame)
    folders = (
        [args["path"] for tool, args in scene.calls if tool == "files.make_folder"] if frame.get("i") == IT and re.search(r"\b(?:each|every|all|both)\b", scene.request) else []
    )
    places = folders if len(folders) > 1 else [scene.place(frame, "")]
    names = [_inside(name, place) for place in places for name in scene.names.several(_must(frame, "n"))]
    for name in names:
        scene.call("files.write", path=name, text=content)
    scene.remember(names)


def _content(scene: Scene, frame: Frame) -> str:
    if _is_row(frame):
        return frame.get("l") + "\n"
    if frame.get("l"):
        if re.search(r"\b(?:columns?|headers?|header row|fields)\b", _before(scene.request, frame.get("l")), re.I):
            return ",".join(writing.items(frame.get("l"), scene.names))
        return "".join(f"{item}\n" for item in writing.items(frame.get("l"), scene.names))
    text = frame.get("c")
    if text == IT:
        return _said(scene)
    if clock := writing.clock(text):
        scene.call("time.now")
        return "{{s%d.output.%s}}" % (len(scene.calls), clock)
    return writing.content(text, _before(scene.request, text))


def _is_row(frame: Frame) -> bool:
    """Whether a list is one row of a table: commas without spaces, in a file of such rows."""
    return frame.get("n").strip("\"'").endswith(".csv") and bool(re.search(r",\S", frame.get("l"))) and not re.search(r",\s| and ", frame.get("l"))


def _said(scene: Scene) -> str:
    """The output of the step before, or what was answered last."""
    if scene.output:
        return scene.output
    if scene.answer:
        return scene.answer
    raise Unread("that")


def _append(scene: Scene, frame: Frame) -> None:
    text = frame.get("l") if _is_row(frame) else "\n".join(writing.items(frame.get("l"), scene.names)) if frame.get("l") else _content(scene, frame)
    name = _inside(scene.file(_must(frame, "n")), scene.place(frame, ""))
    if scene.calls and scene.calls[-1] == ("files.write", {"path": name, "text": ""}):
        scene.calls[-1][1]["text"] = text
    else:
        scene.call("files.append", path=name, text=text, **({"at": "start"} if frame.intent == "prepend" else {}))
    scene.remember([name])


def _edit(scene: Scene, frame: Frame) -> None:
    name = _inside(scene.file(_must(frame, "n")), scene.place(frame, ""))
    find, replace = (writing.mark(writing.quoted(_must(frame, slot))) for slot in ("f", "r"))
    scene.call("files.edit", path=name, find=find, replace=replace)
    scene.remember([name])


def _cut(scene: Scene, frame: Frame) -> None:
    text, name = _must(frame, "f"), _inside(scene.file(_must(frame, "n")), scene.place(frame, ""))
    if re.fullmatch(r"(?:all |the |any |every )*(?:empty|blank) lines?", text, re.I):
        scene.call("files.remove_lines", path=name, empty=True)
    elif re.search(r"\b(?:line|lines|row|rows)\b", text, re.I) and (part := amounts.extent(text)):
        first, count = part.get("start", 1), part.get("lines", 0)
        scene.call("files.remove_lines", path=name, first=first, last=-1 if first < 0 else first + max(1, count) - 1)
    elif re.search(r"\b(?:lines?|rows?|entry|entries)\b", _before(scene.request, text), re.I):
        scene.call("files.remove_lines", path=name, holding=writing.quoted(text))
    else:
        for item in writing.items(text, scene.names):
            scene.call("files.remove_text", path=name, text=item)
    scene.remember([name])


def _move(scene: Scene, frame: Frame) -> None:
    found = scene.objects(frame)
    target = _target(scene, frame, found)
    scene.call("files.move" if frame.intent == "move" else "files.copy", **found.arguments("source"), target=target)
    _moved(scene, found, target)
    if frame.intent == "copy":
        scene.origins = [name for name in found.names if not _many(name)]


def _target(scene: Scene, frame: Frame, found: Objects) -> str:
    """Where it goes: a folder ends with a stroke, so that it is made where it is missing."""
    text = frame.get("t")
    if not text and frame.intent == "copy" and len(found.names) == 1 and not _many(found.names[0]):
        return _spare(found.names[0], scene.request)
    if text == IT or (not text and frame.get("i") == IT):
        goal = scene.folder or next((name for name in reversed(scene.files) if "." not in name.rsplit("/", 1)[-1]), "")
        if not goal:
            raise Unread("there")
        return goal.rstrip("/") + "/"
    goal = scene.names.folder(text) if not _ending(text) else scene.names.name(text)
    if not goal or not text:
        raise Unread(frame.intent)
    one_file = len(found.names) == 1 and not _many(found.names[0])
    if goal in ("..", "the parent folder", "parent", "one level up", "up"):
        return "../"
    if _ending(goal) and one_file and _ending(found.names[0]) and not goal.endswith("/"):
        return goal
    if (
        frame.intent == "copy"
        and one_file
        and not _ending(found.names[0])
        and not re.search(r"\b(?:in|into|inside|folder|directory)\s*$|\bto (?:the|my)\s*$", _before(scene.request, text), re.I)
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
        plain = [name for name in found.names if not _many(name)]
        scene.remember([f"{target}{name.rstrip('/').rsplit('/', 1)[-1]}" for name in plain] or [target.rstrip("/")], target.rstrip("/"))
    else:
        scene.remember([target])


def _rename(scene: Scene, frame: Frame) -> None:
    found = scene.objects(frame)
    if len(found.names) != 1 or (_many(found.names[0]) and not found.names[0].startswith("{{")):
        raise CannotYet("rename_many")
    old, new = found.names[0], scene.names.name(_must(frame, "t"))
    if "{{" in old:
        raise CannotYet("rename_many")
    if "/" not in new and "/" in old.rstrip("/"):
        new = f"{old.rstrip('/').rpartition('/')[0]}/{new}"
    if _ending(old) and not _ending(new) and not scene.names.there(new):
        new += "." + old.rsplit(".", 1)[1]
    scene.call("files.move", source=old, target=new)
    scene.remember([new], "" if _ending(new) else new)


def _delete(scene: Scene, frame: Frame) -> None:
    found = scene.objects(frame)
    scene.call("files.delete", **found.arguments("path"))
    scene.remember(found.names)  # "…, remove it please" after a name means the same once more


def _zip(scene: Scene, frame: Frame) -> None:
    found = scene.objects(frame)
    target = scene.names.name(frame.get("t")) if frame.get("t") and frame.get("t") != IT else ""
    single = found.names[0].rstrip("/") if len(found.names) == 1 and not _many(found.names[0]) else ""
    if not target and not single:
        target = f"{found.names[0].split('/')[0] if '/' in found.names[0] else 'files'}.zip" if not found.names[0].startswith("{{") else "files.zip"
    if target and not re.search(r"\.(?:zip|tar|tgz|tar\.gz)$", target):
        target += ".zip"
    scene.call("files.archive", **found.arguments("source"), target=target)
    scene.remember([target or f"{single.rsplit('.', 1)[0] if _ending(single) else single}.zip"])
    scene.origins = list(found.names)


def _unzip(scene: Scene, frame: Frame) -> None:
    name = _inside(scene.file(_must(frame, "n")), scene.place(frame, ""))
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
    if len(found.names) < 2 and not _many(found.names[0]):
        raise Unread(frame.get("o"))
    target = scene.names.name(_must(frame, "t"))
    scene.call("files.merge", source=found.names if len(found.names) > 1 else found.names[0], target=target)
    scene.remember([target])
    scene.origins = list(found.names)


def _save(scene: Scene, frame: Frame) -> None:
    text = _said(scene)
    if scene.calls and (key := writing.counted(scene.calls[-1], scene.request)) and text == scene.output:
        text = text.replace("}}", f".{key}}}}}")
    name = _inside(scene.names.name(_must(frame, "n")), scene.place(frame, ""))
    scene.call("files.write", path=name, text=text.rstrip("\n") + "\n")
    scene.remember([name])


# -- looking --------------------------------------------------------------------------------------------------------


def _read(scene: Scene, frame: Frame) -> None:
    part = amounts.extent(frame.get("w")) if frame.get("w") else {}
    if part is None:
        part = {"lines": 10} if re.fullmatch(r"(?:the )?(?:head|beginning|start|top)", frame.get("w"), re.I) else None
    if part is None:
        raise Unread(frame.get("w"))
    text = _must(frame, "n")
    names = [scene.file(IT)] if text == IT else scene.names.several(text)
    for name in [_inside(name, scene.place(frame, "")) for name in names]:
        document = name.lower().endswith((".pdf", ".docx", ".xlsx", ".csv")) and not part
        scene.call("documents.read" if document and not name.lower().endswith(".xlsx") else "files.read", path=name, **part)
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
    scene.seek({"path": scene.place(frame)} | args)


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
    _list(scene, Frame("list", (*((("k", text),) if not re.fullmatch(r"files?|things?|items?", text, re.I) else ()), *((("i", frame.get("i")),) if frame.get("i") else ()))))


def _measure(scene: Scene, frame: Frame) -> None:
    name = _inside(scene.file(_must(frame, "n")), scene.place(frame, ""))
    scene.call("files.info", path=name)
    scene.remember([name])


def _exists(scene: Scene, frame: Frame) -> None:
    scene.call("files.find", name=scene.names.name(_must(frame, "n")), path=scene.place(frame))


# -- notes, numbers, machine ----------------------------------------------------------------------------------------


def _note(scene: Scene, frame: Frame) -> None:
    text = _must(frame, "c")
    scene.call("notes.add", text=_said(scene) if text == IT else writing.quoted(text))


def _calc(scene: Scene, frame: Frame) -> None:
    scene.call("calc.evaluate", expression=writing.expression(_must(frame, "e")))


def _convert(scene: Scene, frame: Frame) -> None:
    value, source = writing.measured(_must(frame, "v"), frame.get("s"))
    target = writing.unit(_must(frame, "u"), source)
    if re.search(r"\b(?:euros?|eur|dollars?|usd|yen|francs?|rupees?|pesos?|sterling|bitcoins?|cents?|gbp|chf)\b|[$€£]", f"{source} {target}"):
        scene.call("money.convert", amount=value, source=source, target=target)
        return
    scene.call("units.convert", value=value, source=source, target=target)


def _time(scene: Scene, frame: Frame) -> None:
    scene.call("time.now", **({"zone": frame.get("p")} if frame.get("p") else {}))
    scene.output = scene.output.replace("}}", ".time}}")


def _date(scene: Scene, frame: Frame) -> None:
    scene.call("time.now")
    scene.output = scene.output.replace("}}", ".date}}")


def _days(scene: Scene, frame: Frame) -> None:
    args = writing.days(_must(frame, "e"))
    if args is None:
        raise Unread(frame.get("e"))
    scene.call("time.calculate", **args)
    scene.output = scene.output.replace("}}", ".days}}" if "end" in args else ".date}}")


def _quit(scene: Scene, frame: Frame) -> None:
    scene.call("system.end_process", name=writing.quoted(_must(frame, "n")))


def _open(scene: Scene, frame: Frame) -> None:
    name = _inside(scene.file(_must(frame, "n")), scene.place(frame, ""))
    plain = re.search(r"\.(?:txt|md|log|csv|json|py|ini|yaml|yml|toml|cfg|conf|sh|xml)$", name, re.I)
    scene.call("files.read" if plain else "open.file", path=name)
    scene.remember([name])


def _app(scene: Scene, frame: Frame) -> None:
    if frame.get("n") == IT:
        _open(scene, frame)
        return
    scene.call("open.app", name=re.sub(r"^(?:the|my) ", "", writing.quoted(_must(frame, "n")), flags=re.I))


def _clip(scene: Scene, frame: Frame) -> None:
    if frame.get("n"):
        name = _inside(scene.file(frame.get("n")), scene.place(frame, ""))
        scene.call("files.read", path=name)
        scene.call("clipboard.set", text="{{s%d.output.text}}" % len(scene.calls))
        return
    scene.call("clipboard.set", text=_content(scene, frame))


def _shell(scene: Scene, frame: Frame) -> None:
    command = writing.quoted(_must(frame, "e"))
    if re.search(r"[|;&<>`]|\$\(", command):
        raise CannotYet("shell_line")
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise Unread(command) from error
    scene.call("shell.run", argv=argv)


def _plain(tool: str, **fixed: Any) -> Callable[[Scene, Frame], None]:
    return lambda scene, frame: scene.call(tool, **fixed)


def _with(tool: str, slot: str, parameter: str) -> Callable[[Scene, Frame], None]:
    return lambda scene, frame: scene.call(tool, **({parameter: writing.quoted(frame.get(slot))} if frame.get(slot) else {}))


def _remember(scene: Scene, frame: Frame) -> None:
    """Only what is said to be remembered: a wish or a plan of the person's is no fact about them."""
    if not re.search(r"remember|memor|\bmind\b|forget|\bknow\b|\bnote\b|\bfact\b|tell(?:ing)? you|for the record", scene.request, re.I):
        raise Unread(scene.request)
    scene.call("memory.add", text=writing.quoted(_must(frame, "c")))


def _remind(scene: Scene, frame: Frame) -> None:
    scene.call("schedule.remind", when=_when(frame), text=writing.quoted(_must(frame, "c")))


def _schedule(scene: Scene, frame: Frame) -> None:
    scene.call("schedule.add", when=_when(frame), request=_must(frame, "c"))


def _when(frame: Frame) -> str:
    """The time that is said, if it is clear; else the question is the answer. Raises :class:`foreign.Missing`."""
    from core.schedule.when import read

    said = _must(frame, "w")
    try:
        read(said, datetime.datetime.now().astimezone(), "UTC")
    except DeskhandError as error:
        raise foreign.Missing(f"{error.message} {error.hint}".strip()) from error
    return said


def _foreign(scene: Scene, frame: Frame) -> None:
    known = any(text == IT for _, text in frame.slots)
    said = (scene.again() or (scene.files[-1] if scene.files else _said(scene))) if known else ""
    tool, args = foreign.call(frame, scene.tools, said)
    scene.call(tool, **args)


MAKERS: dict[str, Callable[[Scene, Frame], None]] = {
    "mkdir": _mkdir, "write": _write, "append": _append, "prepend": _append, "edit": _edit, "cut": _cut, "move": _move, "copy": _move, "rename": _rename, "delete": _delete, "zip": _zip, "unzip": _unzip, "sort": _sort, "merge": _merge, "save": _save,
    "read": _read, "list": _list, "find": _find, "count": _count, "lines": _measure, "words": _measure, "size": _measure, "when": _measure, "exists": _exists, "note": _note, "notefind": _with("notes.search", "q", "query"), "notes": _plain("notes.list"), "recall": _with("memory.search", "q", "query"),
    "calc": _calc, "convert": _convert, "time": _time, "date": _date, "days": _days, "cpu": _plain("system.info", what="cpu"), "memory": _plain("system.info", what="memory"), "disk": _plain("system.info", what="disk"),
    "battery": _plain("system.info", what="battery"), "system": _plain("system.info"), "programs": _with("system.processes", "n", "name"), "quit": _quit, "url": _with("open.url", "u", "url"), "app": _app, "open": _open, "fetch": _with("web.fetch", "u", "url"),
    "paste": _plain("clipboard.get"), "clip": _clip, "shell": _shell,
    "remind": _remind, "schedule": _schedule, "scheduled": _plain("schedule.list"), "unschedule": _with("schedule.remove", "q", "schedule"),
    "remember": _remember, "forget": _with("memory.forget", "q", "about"),
    **dict.fromkeys(foreign.INTENTS, _foreign),
}  # fmt: skip


def _must(frame: Frame, slot: str) -> str:
    if not frame.get(slot):
        raise Unread(f"{frame.intent}:{slot}")
    return frame.get(slot)


def _many(name: str) -> bool:
    return any(mark in name for mark in "*?") or name.startswith("{{")


def _ending(name: str) -> bool:
    """Whether a name ends like a file's."""
    return bool(re.search(r"[^/.]\.[A-Za-z0-9]{1,8}[\"']?$", name.strip())) or bool(re.fullmatch(r"(?:.*/)?\.\w+", name.strip("\"' ")))


def _before(request: str, span: str) -> str:
    """The words of the request that stand just before a span."""
    at = request.find(span)
    return request[max(0, at - 60) : at].rsplit("\n", 1)[-1] if at >= 0 else ""
