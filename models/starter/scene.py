"""What has been named, made and found so far: what "it", "them" and "there" mean to the requests that follow.

Raises :class:`~models.starter.objects.Unread` for a span that cannot be read with certainty and :class:`CannotYet` for what is
understood and has no tool; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from models.starter import writing
from models.starter.described import Described
from models.starter.foreign import Foreign
from models.starter.frames import IT, Frame
from models.starter.kinds import patterns
from models.starter.objects import Names, Objects, Unread, _inside

Call = tuple[str, dict[str, Any]]
_SEVERAL = re.compile(r"\b(?:them|both|these|those|the (?:two|three)|all (?:two|three|of))\b", re.I)


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
    there: Described | None = None  # what the workspace holds

    def call(self, tool: str, /, **args: Any) -> None:
        """One more call, said twice is done once; its output is what "the result" means."""
        if not self.calls or self.calls[-1] != (tool, args):
            self.calls.append((tool, args))
        self.output = "{{s%d.output}}" % len(self.calls)

    def copy(self) -> Scene:
        """The same, to try a reading on."""
        return replace(self, files=list(self.files), origins=list(self.origins), search=dict(self.search), calls=list(self.calls))

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
            if self.calls and self.calls[-1][0] == "files.delete" and frame.intent == "list":
                return self.files[-1].rpartition("/")[0] or default if self.files else default  # what is left
            raise Unread("there")
        return self.folder if self.unpacked(text) else self.names.folder(text)

    def objects(self, frame: Frame, slot: str = "o") -> Objects:
        """What is acted on. A search becomes a step of its own, and its paths are acted on."""
        text, folder = frame.get(slot), self.place(frame)
        if self._just_made(text):
            text = IT
        elif self.unpacked(text):
            folder = self.folder
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

    def _just_made(self, text: str) -> bool:
        """Whether "the zip" or "the copy" is what the step before made."""
        said = re.fullmatch(r"(?:the|that|this) (?:new )?(?:(zip|archive)(?: file| archive)?|copy|duplicate)", text.strip(), re.I)
        return bool(said and self.calls and self.calls[-1][0] == ("files.archive" if said[1] else "files.copy") and not self.names.there(text))

    def unpacked(self, text: str) -> bool:
        """Whether "the photos" are those that the step before took out of an archive, not those of the workspace."""
        kind = re.fullmatch(r"(?:(?:all|the|of|these|those|every) )*(?P<kind>[\w ]+)", text.strip(), re.I)
        return bool(
            kind
            and self.folder
            and self.calls
            and self.calls[-1][0] == "files.extract"
            and (re.fullmatch(r"everything|files|contents?|things|documents", kind["kind"], re.I) or (kind["kind"].endswith("s") and patterns(kind["kind"]) is not None))
            and not self.names.there(text.strip())
        )

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
        return self._written() if len(self.files) == 1 and _SEVERAL.search(self.request) else list(self.files)

    def _written(self) -> list[str]:
        """What "them" means after files were written one after the other: all of these, else what was named last."""
        written: list[str] = []
        for tool, args in reversed(self.calls):
            if tool != "files.write":
                break
            written.insert(0, args["path"])
        return written if len(written) > 1 else list(self.files)

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


Maker = Callable[[Scene, Frame], None]


def last_said(scene: Scene) -> str:
    """The output of the step before, or what was answered last."""
    if scene.output:
        return scene.output
    if scene.answer:
        return scene.answer
    raise Unread("that")


def content_of(scene: Scene, frame: Frame) -> str:
    """What is to be written: a list as lines or as a row, a time, or the words themselves."""
    if is_row(frame):
        return frame.get("l") + "\n"
    if frame.get("l"):
        if re.search(r"\b(?:columns?|headers?|header row|fields)\b", before(scene.request, frame.get("l")), re.I):
            return ",".join(writing.items(frame.get("l"), scene.names))
        return "".join(f"{item}\n" for item in writing.items(frame.get("l"), scene.names))
    text = frame.get("c")
    if text == IT:
        return last_said(scene)
    if clock := writing.clock(text):
        scene.call("time.now")
        return "{{s%d.output.%s}}" % (len(scene.calls), clock)
    return writing.content(text, before(scene.request, text))


def is_row(frame: Frame) -> bool:
    """Whether a list is one row of a table: commas without spaces, in a file of such rows."""
    return frame.get("n").strip("\"'").endswith(".csv") and bool(re.search(r",\S", frame.get("l"))) and not re.search(r",\s| and ", frame.get("l"))


def must(frame: Frame, slot: str) -> str:
    if not frame.get(slot):
        raise Unread(f"{frame.intent}:{slot}")
    return frame.get(slot)


def many(name: str) -> bool:
    return any(mark in name for mark in "*?") or name.startswith("{{")


def ending(name: str) -> bool:
    """Whether a name ends like a file's."""
    return bool(re.search(r"[^/.]\.[A-Za-z0-9]{1,8}[\"']?$", name.strip())) or bool(re.fullmatch(r"(?:.*/)?\.\w+", name.strip("\"' ")))


def before(request: str, span: str) -> str:
    """The words of the request that stand just before a span."""
    at = request.find(span)
    return request[max(0, at - 60) : at].rsplit("\n", 1)[-1] if at >= 0 else ""
