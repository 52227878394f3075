"""Reading file requests by grammar: a request is split into clauses, each clause is matched against the forms below.

A form either reads its whole clause or does not apply; nothing is guessed. Contents, names and numbers are taken over to the
letter (quotations are put aside before anything is matched). What no form reads is left to the model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from models.starter.lexicon import (
    APPEND, ARCHIVE, ARTICLE, COMMANDS, COPY, DELETE, EXTENSIONS, EXTRACT, FIND, LISTING, MAKE, MOVE, POLITE_END, POLITE_START, SHOW, WITH,
)  # fmt: skip

Call = tuple[str, dict[str, Any]]
_FILE = r"(?:\x02\d+\x03|(?:~?/|\./)?(?:[\w.@+-]+/)*[\w@+-][\w.@+-]*\.[A-Za-z0-9]{1,8}|(?:~?/|\./)?(?:[\w.@+-]+/)+[\w.@+-]*)"
_NAME = r"(?:\x02\d+\x03|[\w.~/@+-]+(?: [\w.~/@+-]+){0,4}?)"
_WORD = r"(?:\x02\d+\x03|[\w.~/@+-]+)"
_THERE = re.compile(r"\s*\b(?:in(?:side|to)?|within|under) (?:it|there|that(?: folder| directory)?|the (?:new )?(?:folder|directory))$|\s+(?:inside|there)$", re.I)


@dataclass(slots=True)
class Reader:
    """Reads one request. ``last_file`` and ``last_folder`` are what "it" and "there" mean."""

    quotes: list[str] = field(default_factory=list)
    last_file: str = ""
    last_folder: str = ""
    calls: list[Call] = field(default_factory=list)

    # -- text -------------------------------------------------------------------------------------------------------

    def hide_quotes(self, text: str) -> str:
        """Quotations become marks, so that no word inside them is read as a command."""

        def keep(match: re.Match[str]) -> str:
            self.quotes.append(next(group for group in match.groups() if group is not None))
            return f"\x02{len(self.quotes) - 1}\x03"

        return re.sub(r"\"([^\"]*)\"|“([^”]*)”|`([^`]+)`|(?<![\w])'([^']+(?:'[a-z][^']*)*)'(?!\w)", keep, text)

    def plain(self, text: str) -> str:
        """Marks turned back; surrounding space and closing punctuation go."""
        text = text.strip()
        if not re.fullmatch(r"\x02\d+\x03", text):
            text = text.rstrip(" .,;!") if not re.search(r"\betc\.$", text) else text
        return re.sub(r"\x02(\d+)\x03", lambda match: self.quotes[int(match.group(1))], text).strip()

    def name(self, text: str) -> str:
        """A file or folder name: articles, "file"/"folder" and the like around it are not part of it."""
        text = text.strip().rstrip(".,;!")
        text = re.sub(rf"^{ARTICLE}(?:(?:new|existing|whole|entire|file|folder|directory|document|text file) )*(?:(?:called|named|titled) )?", "", text, flags=re.I)
        text = re.sub(r"(?<=\S) (?:folder|directory|dir|subfolder|file)$", "", text, flags=re.I)
        return self.plain(text)

    def folder(self, text: str) -> str:
        """A folder by name or pronoun; "here" is the workspace."""
        if re.fullmatch(rf"(?:{ARTICLE})?(?:it|there|that(?: folder| one)?|same folder|(?:new )?(?:folder|directory))", text.strip(), re.I) and self.last_folder:
            return self.last_folder
        if re.fullmatch(r"(?:this|the current|the working|my current|current|this current|the) (?:folder|directory|dir|workspace|place)|here|\.", text.strip(), re.I):
            return "."
        return self.name(text).rstrip("/") or "."

    def file(self, text: str) -> str:
        """A file by name or pronoun."""
        if re.fullmatch(r"(?:it|that|this|that file|this file|the file|the (?:new|same|copied|renamed) (?:file|one)|the copy|the result)", text.strip(), re.I):
            return self.last_file or self.last_folder
        return self.name(text)

    def content(self, text: str) -> str:
        """What a file is to hold; enumerations announced as lists become lines."""
        text = text.strip()
        listed = re.match(r"^(?:a |the |these |this |some |my )*(?:(?:bulleted |numbered |simple |short )?(?:list|lines?|items?|entries|rows|things|words|names)(?: of| with| reading| saying)?\s*:?\s+)(.+)$", text, re.I | re.S)
        if listed and (re.match(r".*\b(list|lines|items|entries|rows|things|names)\b", text[: listed.start(1)], re.I)) and self._enumerated(listed.group(1)):
            return self.lines(listed.group(1))
        text = re.sub(r"^(?:the |this |following |some )*(?:text|words?|content|contents|sentence|phrase|line|message|body)\b:?\s+(?=\S)", "", text, flags=re.I)
        text = re.sub(r"\s+(?:in it|inside(?: it| of it)?|as (?:its |the )?content|(?:each |all )?on (?:its|their) own lines?|(?:with )?one (?:on each|per) line|on separate lines|in there|there)$", lambda m: "\x04" if "line" in m.group(0) else "", text.rstrip(" ."), flags=re.I)
        if text.endswith("\x04"):
            return self.lines(text.rstrip("\x04"))
        return self.plain(text.lstrip(": ")) if text.strip() else ""

    def _enumerated(self, text: str) -> bool:
        return bool(re.search(r",| and ", text))

    def lines(self, text: str) -> str:
        """``a, b and c`` as three lines."""
        return "".join(f"{item}\n" for item in self.items(text))

    def items(self, text: str) -> list[str]:
        parts = re.split(r"\s*(?:,\s*(?:and|or|&)\s+|,|;|\s+(?:and|&)\s+|\n)\s*", text.strip().rstrip("."))
        return [self.plain(part) for part in parts if part.strip()]

    def inside(self, path: str, folder: str) -> str:
        return path if not folder or folder == "." or path.startswith(("/", "~")) else f"{folder.rstrip('/')}/{path}"

    # -- calls ------------------------------------------------------------------------------------------------------

    def add(self, tool: str, **args: Any) -> bool:
        self.calls.append((tool, args))
        if tool == "files.make_folder":
            self.last_folder = args["path"]
        elif tool in ("files.write", "files.append", "files.edit", "files.read"):
            self.last_file = args["path"]
        elif tool in ("files.move", "files.copy"):
            one_file = "." in args["target"].rsplit("/", 1)[-1]
            if one_file:
                self.last_file = args["target"]
            elif not any(mark in args["source"] for mark in "*?"):
                self.last_file, self.last_folder = self.inside(args["source"].rsplit("/", 1)[-1], args["target"]), args["target"]
            else:
                self.last_folder = args["target"]
        elif tool == "files.archive":
            self.last_file = args.get("target") or self.last_file
        return True

    def reference(self) -> str:
        """The output of the call before, for "save it to …"."""
        return "{{s%d.output}}" % len(self.calls)


def read(request: str, previous: tuple[str, ...] = ()) -> list[Call] | None:
    """The calls of a request, or None when some part of it is not read by any form."""
    reader = Reader()
    for text in previous:
        _remember(reader, text)
    text = reader.hide_quotes(re.sub(r"\s+", " ", request.strip()) if "\n" not in request.strip() else request.strip())
    text = _polite(text)
    return reader.calls if _read_clauses(reader, text) and reader.calls else None


def _remember(reader: Reader, text: str) -> None:
    for found in re.findall(r"(?<![\w/])(?:[\w.~-]+/)*[\w-]+\.[A-Za-z0-9]{1,6}(?![\w/])", text):
        reader.last_file = found
    for found in re.findall(r"(?i)(?:folder|directory) (?:called |named )?([\w./~-]+)", text):
        if found.lower() not in ("called", "and", "with", "to", "in", "for", "that"):
            reader.last_folder = found.rstrip(".")


def _polite(text: str) -> str:
    before = None
    while before != text:
        before = text
        text = re.sub(POLITE_START, "", text.strip(), flags=re.I)
        text = re.sub(POLITE_END, "", text, flags=re.I).strip()
    return text.rstrip(" ?!") if not text.endswith("\x03") else text


def _read_clauses(reader: Reader, text: str) -> bool:
    """Try every way to cut at a joint before a command word, the latest cut first, so that contents stay whole only if the rest reads."""
    text = _polite(text)
    for head, tail in _cuts(text):
        mark = _save(reader)
        if _read_clause(reader, head) and _read_clauses(reader, tail):
            return True
        _restore(reader, mark)
    return _read_clause(reader, text)


def _cuts(text: str) -> Iterator[tuple[str, str]]:
    joint = rf"(?:\s*[;.]\s+(?:(?:and|then|also|after that|next|finally|afterwards|lastly|now),?\s+)*|\s*,?\s+(?:and\s+)?(?:then|after that|afterwards|also|finally)\s*,?\s+|\s*,\s*(?:and\s+)?|\s+and\s+(?:also\s+)?|\s*\n\s*)(?={_COMMAND})"
    for match in re.finditer(joint, text, re.I):
        if match.start() and match.end() < len(text):
            yield text[: match.start()], text[match.end() :]


_COMMAND = rf"(?:please |then |also |just |now )*(?:{COMMANDS})\b(?!\.\w)"


def _save(reader: Reader) -> tuple[Any, ...]:
    return len(reader.calls), reader.last_file, reader.last_folder


def _restore(reader: Reader, mark: tuple[Any, ...]) -> None:
    del reader.calls[mark[0] :]
    reader.last_file, reader.last_folder = mark[1], mark[2]


def _read_clause(reader: Reader, text: str) -> bool:
    text = _polite(text.strip().rstrip(".!"))
    for form in FORMS:
        mark = _save(reader)
        if form(reader, text):
            return True
        _restore(reader, mark)
    return False


def _full(pattern: str, text: str) -> re.Match[str] | None:
    return re.fullmatch(pattern, text, re.I | re.S)


# -- forms: each reads one whole clause ---------------------------------------------------------------------------------

_FOLDER = r"(?:sub)?(?:folder|directory|dir)"
_NUMBERED = r"(?:(?:a|an|the|one|two|three|four|five|six|seven|eight|some|\d+|another|these|new|empty|couple of|following) )*"


def make_folders(reader: Reader, text: str) -> bool:
    """Make a folder (or several), perhaps with files or subfolders in it."""
    found = _full(rf"{MAKE} (?:me |us )?{_NUMBERED}{_FOLDER}(?:ies|s)?(?: structure)?(?:,)? ?(?:called |named |titled |for |: ?|with the names? )?(?P<rest>.+)", text)
    if found and re.match(rf"{MAKE} (?:me |us )?{_NUMBERED}(?:sub)?(?:folders|directories|dirs)\b", text, re.I):
        return _several_folders(reader, found["rest"])
    if not found:
        found = _full(rf"{MAKE} (?:me |us )?(?:a |an |the |another |my )?(?:new |empty )*(?P<rest>{_WORD}) {_FOLDER}(?P<tail>(?: .+)?)", text) or _full(r"mkdir (?:-p )?(?P<rest>.+)", text)
        if not found:
            return False
        rest = found["rest"] + (found.groupdict().get("tail") or "")
    else:
        rest = found["rest"]
    parts = re.fullmatch(rf"(?P<name>{_NAME})(?: (?:in|inside|under|within|on) (?P<parent>(?!it\b){_NAME}))?(?P<tail>,? (?:with|containing|and (?:in it|inside it|put|inside|place)|that (?:has|contains|holds)|which (?:has|contains)|holding|including)\b.*)?", rest, re.I | re.S)
    if not parts or re.search(r" (?:and|with|then|containing) ", parts["name"], re.I):
        return False
    name = reader.name(parts["name"])
    parent = reader.folder(parts["parent"]) if parts["parent"] else ""
    reader.add("files.make_folder", path=reader.inside(name, parent))
    return not parts["tail"] or _folder_contents(reader, parts["tail"].strip(" ,"))


def _several_folders(reader: Reader, rest: str) -> bool:
    rest = re.sub(r"^(?:called|named|:)\s*", "", rest)
    parent = ""
    if found := re.fullmatch(rf"(?P<names>.+) (?:in|inside|under|within) (?P<parent>{_NAME})", rest, re.I):
        rest, parent = found["names"], reader.folder(found["parent"])
    names = reader.items(rest)
    if any(len(name.split()) > 4 for name in names):
        return False
    for name in names:
        reader.add("files.make_folder", path=reader.inside(reader.name(name), parent))
    return True


def _folder_contents(reader: Reader, tail: str) -> bool:
    """``with a file packing.txt that lists …``, ``with subfolders a, b and c``, ``with three empty files: a, b``."""
    folder = reader.last_folder
    tail = re.sub(r"^(?:with|containing|holding|including|that (?:has|contains|holds)|which (?:has|contains)|and (?:in it|inside it|inside|put|place))\s*,?\s*", "", tail, flags=re.I)
    tail = re.sub(rf"^{MAKE} ", "", tail, flags=re.I)
    tail = _THERE.sub("", tail)
    if found := _full(rf"{_NUMBERED}(?:sub)?(?:folders|directories)(?: in it| inside)?(?: called| named|:)?:? (?P<names>.+)", tail):
        for name in reader.items(found["names"]):
            reader.calls.append(("files.make_folder", {"path": reader.inside(name, folder)}))
        return True
    if found := _full(rf"{_NUMBERED}(?:empty |text )*files(?: in it| inside)?(?: called| named|:)?:? (?P<names>.+)", tail):
        names = reader.items(found["names"])
        for name in names:
            reader.calls.append(("files.write", {"path": reader.inside(name, folder), "text": ""}))
        return all("." in name for name in names)
    parts = [part for part in re.split(r",? and (?=(?:a|an|another) (?:new |empty |text |second )*(?:file|folder|subfolder|document)\b)", tail) if part]
    return all(_one_inside(reader, part, folder) for part in parts)


def _one_inside(reader: Reader, part: str, folder: str) -> bool:
    if found := _full(rf"(?:a |an |another )?(?:new |empty )*{_FOLDER} (?:called |named )?(?P<name>{_NAME})(?: in it| inside)?", part):
        reader.calls.append(("files.make_folder", {"path": reader.inside(reader.name(found["name"]), folder)}))
        return True
    found = _full(rf"(?:a |an |another |the )?(?:new |empty |text |second )*(?:file |document |list |note )?(?:called |named |titled )?(?P<name>{_FILE})(?: in it| inside(?: it)?)?(?:,? (?:and )?{WITH} (?P<content>.+))?", part)
    if not found:
        return False
    announced = re.search(LISTING, part, re.I)
    text = _text_of(reader, found["content"], bool(announced)) if found["content"] else ""
    reader.calls.append(("files.write", {"path": reader.inside(reader.name(found["name"]), folder), "text": text}))
    reader.last_file = reader.calls[-1][1]["path"]
    return True


def _text_of(reader: Reader, content: str, listing: bool) -> str:
    """Content as text; an announced list is one item a line."""
    if listing and reader._enumerated(content):
        return reader.lines(re.sub(r"^(?:a list of|the items|the following|these(?: items)?|:)\s*:?", "", content.strip(), flags=re.I))
    return reader.content(content)


def write_file(reader: Reader, text: str) -> bool:
    """Make a file, empty or with contents."""
    kind = r"(?:(?:a|an|the|my|another|me a|one) )?(?:(?:new|blank|empty|text|plain|short|simple|little|markdown|quick|python|csv|json) )*(?:file|document|doc|list|script|page|readme|note file|text)"
    found = _full(rf"{MAKE} {kind}(?: for me)?,? (?:called |named |titled |at |as )?(?P<name>{_FILE})(?: (?:in|inside|under) (?P<dir>{_NAME}))?(?P<glue>,? (?:and |which |that )?{WITH}:?|:| {LISTING}:?) (?P<content>.+)", text)
    if not found:
        found = _full(rf"{MAKE} (?P<name>{_FILE})(?: (?:in|inside|under) (?P<dir>(?!it\b){_NAME}))?(?P<glue>,? (?:and )?{WITH}:?|:) (?P<content>.+)", text)
    if found:
        return _write(reader, found["name"], found["dir"], found["content"], found["glue"])
    found = _full(rf"{MAKE} (?:a|the|my)(?: \w+)? list(?: of \w+)? (?:in|into|as|called|named) (?P<name>{_FILE})(?P<glue>:| {WITH}:?) (?P<content>.+)", text)
    if found:
        return _write(reader, found["name"], None, found["content"], "listing")
    found = _full(rf"{MAKE} {kind}(?: for me)?,? (?:called |named |titled |at )?(?P<name>{_FILE})(?: (?:in|inside|under) (?P<dir>{_NAME}))?", text) or _full(rf"(?:{MAKE}|touch) (?P<name>{_FILE})(?: (?:in|inside|under) (?P<dir>{_NAME}))?", text)
    if found:
        return _write(reader, found["name"], found["dir"], "", "")
    found = _full(rf"{MAKE} {kind}s (?:called |named |: ?)?(?P<names>.+)", text) or _full(rf"{MAKE} {_NUMBERED}(?:empty |text |blank )*files?,?:? ?(?:called |named |: ?)?(?P<names>.+)", text)
    if found:
        rest, folder = found["names"], ""
        if place := re.fullmatch(rf"(?P<names>.+) (?:in|inside) (?P<dir>{_NAME})", rest, re.I):
            rest, folder = place["names"], reader.folder(place["dir"])
        names = reader.items(rest)
        return all(re.fullmatch(_FILE, name) for name in names) and all([reader.add("files.write", path=reader.inside(name, folder), text="") for name in names])
    return False


def _write(reader: Reader, name: str, folder: str | None, content: str, glue: str) -> bool:
    if content and (place := re.fullmatch(rf"(?P<content>.+) (?:in|inside) (?P<dir>(?:the |a )?{_WORD} {_FOLDER})", content, re.I | re.S)) and not folder:
        content, folder = place["content"], place["dir"]
    path = reader.inside(reader.name(name), reader.folder(folder) if folder else "")
    return reader.add("files.write", path=path, text=_text_of(reader, content, bool(re.search(LISTING, glue, re.I))) if content else "")


def save_text(reader: Reader, text: str) -> bool:
    """Write *this* to *that file*."""
    verb = r"(?:write|put|save|store|type|enter|record|stick|place|jot|drop|note)(?: down)?"
    found = _full(rf"{verb} (?P<content>.+?) (?:in|into|to|as|inside) (?:(?:a|an|the|my|another) )?(?:(?:new|text|empty) )*(?:file |document )?(?:called |named )?(?P<name>{_FILE})(?: (?:in|inside) (?P<dir>{_NAME}))?(?: file)?", text)
    if not found:
        return False
    content, name = found["content"], reader.inside(reader.name(found["name"]), reader.folder(found["dir"]) if found["dir"] else "")
    if re.fullmatch(rf"(?:{ARTICLE})?(?:it|that|this|them|those|result|results|answer|list|output|names|number|count|total|text|content|contents|file list|listing)", content, re.I):
        return bool(reader.calls) and _save_output(reader, content, name)
    if re.search(rf"(?:^|\s)(?:file|folder)\b|{_FILE}", content, re.I) and not content.startswith("\x02"):
        return False
    if place := _full(rf"(?:a |the )?(?:list|names?|listing) of (?:all )?(?:the )?(?:files|everything|contents)(?: (?:in|inside|from) (?P<dir>{_NAME})| here)?", content):
        reader.add("files.list", path=reader.folder(place["dir"]) if place["dir"] else ".")
        return reader.add("files.write", path=name, text=reader.reference() + "\n")
    listed = re.match(r"(?:a|the|my)(?: \w+)? list (?:of|with|containing)(?: \w+:)? |(?:these|the following)? ?(?:items|lines|things):? ", content, re.I)
    return reader.add("files.write", path=name, text=_text_of(reader, content[listed.end() :] if listed else content, bool(listed)))


def _save_output(reader: Reader, content: str, name: str) -> bool:
    tool, args = reader.calls[-1]
    if tool == "files.info":
        key = next((key for key in ("lines", "words", "files", "bytes") if args.get("_wanted") == key), "")
        return reader.add("files.write", path=name, text="{{s%d.output%s}}\n" % (len(reader.calls), f".{key}" if key else ""))
    if tool in ("files.list", "files.find", "files.read", "calc.evaluate", "system.info", "time.now", "documents.read"):
        return reader.add("files.write", path=name, text=reader.reference() + "\n")
    return False


def append_text(reader: Reader, text: str) -> bool:
    """Add text at the end of a file."""
    to = r"(?:to|onto|at|in|into|on)"
    end = r"(?:(?:the )?(?:end|bottom) of )?"
    found = _full(rf"{APPEND} (?:(?:a|another|one|the) )?(?:(?:new|more|extra) )*(?:line|row|entry|item|text|words?|sentence)s?(?: saying| reading| that says| with| containing|:|,)? ?(?P<content>.+?) {to} {end}(?P<name>{_FILE}|the file {_WORD}|it|that file)(?: file)?", text)
    found = found or _full(rf"{APPEND} (?P<content>.+?) {to} {end}(?:the file |my file |the )?(?P<name>{_FILE}|it|that file)(?: file| list)?(?: as (?:a |the )?(?:new|last|another) (?:line|entry|item))?", text)
    found = found or _full(rf"(?:{APPEND}|write) (?:to |at )?{end}(?:the file )?(?P<name>{_FILE})(?::| the (?:text|line|words)| this:| with)? (?P<content>.+)", text)
    found = found or _full(rf"(?:put|write|stick) (?P<content>.+?) at the (?:end|bottom) of (?P<name>{_FILE}|it)", text)
    if not found:
        return False
    name = reader.file(found["name"])
    if not name or re.fullmatch(r"(?:it|that|this|them)", found["content"], re.I):
        return bool(name and reader.calls) and reader.add("files.append", path=name, text=reader.reference())
    content = found["content"]
    listed = reader._enumerated(content) and not content.startswith("\x02") and re.search(r"\b(?:lines|items|entries)\b|,", text[: len(text) - len(found["name"])], re.I)
    return reader.add("files.append", path=name, text=reader.lines(content).rstrip("\n") if listed else reader.content(content))


def edit_text(reader: Reader, text: str) -> bool:
    """Replace one text by another inside a file."""
    verb = r"(?:replace|change|swap|substitute|turn|switch|update|correct|fix)"
    thing = r"(?:(?:the )?(?:word|words|text|phrase|name|line|string|number|value) )?"
    every = r"(?:(?:all|every|each)(?: of)?(?: the)?(?: occurrences?| instances?| mentions?)?(?: of)? |the )?"
    patterns = (
        rf"{verb} {every}{thing}(?P<find>.+?) (?:with|by|to|for|into) {thing}(?P<replace>.+?)(?: everywhere)? (?:in|inside|within|of) (?:the file )?(?P<name>{_FILE}|it|that file)(?: file)?",
        rf"(?:in|inside) (?:the file )?(?P<name>{_FILE}|it)(?: file)?,? {verb} {every}{thing}(?P<find>.+?) (?:with|by|to|for|into) {thing}(?P<replace>.+)",
        rf"{verb} (?:in|inside) (?:the file )?(?P<name>{_FILE})(?::|,)? {every}{thing}(?P<find>.+?) (?:with|by|to|for) {thing}(?P<replace>.+)",
    )
    for pattern in patterns:
        if (found := _full(pattern, text)) and (name := reader.file(found["name"])):
            find = reader.plain(found["find"])
            return not re.fullmatch(_FILE, find) and reader.add("files.edit", path=name, find=find, replace=reader.plain(found["replace"]))
    return False


def rename(reader: Reader, text: str) -> bool:
    """Give a file or folder another name."""
    found = _full(rf"rename (?:the )?(?:file |folder |directory )?(?P<old>{_NAME}|it) (?:to|as|into|→|->) (?P<new>{_NAME})(?: instead)?", text)
    found = found or _full(rf"change the name of (?:the )?(?:file |folder )?(?P<old>{_NAME}|it) to (?P<new>{_NAME})", text)
    if not found:
        return False
    old, new = reader.file(found["old"]), reader.name(found["new"])
    if "/" in old and "/" not in new:
        new = reader.inside(new, old.rsplit("/", 1)[0])
    return bool(old) and reader.add("files.move", source=old, target=new)


def _group(reader: Reader, text: str) -> tuple[str, str] | None:
    """``all the PDFs in Downloads`` → (``*.pdf``, ``Downloads``)."""
    whole = _full(rf"(?:(?:all|every|any|each)(?: (?:of|the|my))* (?:files?|things?|of it|everything)|everything|(?:the )?contents)(?: (?:in|from|inside|of) (?P<dir>{_NAME}))?", text.strip())
    if whole:
        return "*", reader.folder(whole["dir"] or ".")
    found = _full(rf"(?:(?:all|every|any|each|the|my|of|both|these|those) )*(?:\*?\.?(?P<kind>[A-Za-z0-9]+?)s?)(?: (?:files?|documents?|images?|pictures?))?(?: (?:that are |which are )?(?:in|from|inside|of|here) ?(?P<dir>{_NAME})?)?", text.strip())
    if not found:
        return None
    kind = EXTENSIONS.get(found["kind"].lower(), found["kind"].lower() if found["kind"].lower() in EXTENSIONS.values() else "")
    marked = re.search(rf"(?:\*?\.{re.escape(found['kind'])}s?\b)|\bfiles?\b|\b(?:all|every|any)\b", text, re.I)
    if not kind or not marked and found["kind"].lower() not in EXTENSIONS:
        return None
    return f"*.{kind}", reader.folder(found["dir"]) if found["dir"] else "."


def _objects(reader: Reader, text: str) -> list[str] | None:
    """The files that an object phrase names: one, several, or a pattern."""
    text = text.strip()
    if re.fullmatch(r"(?:it|that|this|that file|this file|the file|the copy|them|those|these)", text, re.I):
        known = reader.file("it")
        return [known] if known else None
    if "*" in text and re.fullmatch(r"(?:(?:all|every|the) )*\S*\*\S*(?: files?)?", text, re.I):
        return [reader.plain(re.sub(r"^(?:(?:all|every|the) )+| files?$", "", text, flags=re.I))]
    if (group := _group(reader, text)) and not re.fullmatch(_FILE, text):
        return [reader.inside(group[0], group[1])]
    parts = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", text)
    names = [reader.name(re.sub(r"^both ", "", part, flags=re.I)) for part in parts if part.strip()]
    place = re.fullmatch(rf"(?P<name>.+?) (?:in|from|inside) (?P<dir>{_NAME})", parts[-1], re.I)
    if place:
        names = [*(reader.inside(name, reader.folder(place["dir"])) for name in names[:-1]), reader.inside(reader.name(place["name"]), reader.folder(place["dir"]))]
    named = all(re.fullmatch(_FILE, part.strip()) or re.search(r"\b(?:folder|directory|file)\b|\x02|/", part, re.I) or re.fullmatch(rf"(?:{ARTICLE})?[\w.-]+", part.strip(), re.I) for part in parts)
    return names if names and named and all(name and len(name) < 200 for name in names) else None


def move_or_copy(reader: Reader, text: str) -> bool:
    """Move or copy files, folders or all files of a kind."""
    for verbs, tool in ((MOVE, "files.move"), (COPY, "files.copy")):
        found = _full(rf"{verbs} (?:the files? )?(?P<what>.+?) (?:over |across )?(?:to|into|in|inside|under|as|onto) (?P<into>{ARTICLE}?(?:new |existing )*(?:file |{_FOLDER} )?(?:called |named )?)(?P<target>{_NAME}|there)(?P<kind> {_FOLDER})?", text)
        if found:
            return _transfer(reader, tool, found["what"], found["target"], bool(found["kind"]) or bool(re.search(_FOLDER, found["into"], re.I)))
    found = _full(rf"(?:make|create|keep|save) (?:a |another )?(?:second |backup |spare )*(?:copy|duplicate|backup) of (?P<what>.+?) (?:called|named|as|to|in|into|under|with the name) (?P<target>{_NAME})(?P<kind> {_FOLDER})?", text)
    found = found or _full(rf"(?:back up|backup|duplicate) (?P<what>.+?) (?:to|as|into|in) (?P<target>{_NAME})(?P<kind> {_FOLDER})?", text)
    return bool(found) and _transfer(reader, "files.copy", found["what"], found["target"], bool(found["kind"]))  # type: ignore[index]


def _transfer(reader: Reader, tool: str, what: str, target: str, folder: bool) -> bool:
    sources = _objects(reader, what)
    if not sources:
        return False
    named_folder = folder or bool(re.search(rf"\b{_FOLDER}\b|\bthere\b", target, re.I)) or len(sources) > 1
    pronoun = re.fullmatch(r"it|there|that|this|that folder", target, re.I)
    if pronoun and not reader.last_folder:
        return False
    named_folder = named_folder or bool(pronoun)
    goal = reader.folder(target) if named_folder else reader.name(target)
    if named_folder and goal not in (".", "") and not goal.endswith("/"):
        goal += "/"
    folders = [source for source in sources if source.rstrip("/") == goal.rstrip("/")]
    if not goal or folders:
        return False
    for source in sources:
        reader.add(tool, source=source, target=goal)
    return True


def delete(reader: Reader, text: str) -> bool:
    """Delete files or folders (they go to the trash)."""
    found = _full(rf"{DELETE} (?P<what>.+?)(?:,? (?:and|including|with) (?:everything|all|its contents?|whatever)(?: (?:in|inside|that is in) it|(?: its)? contents?)?| completely| permanently| for good)?", text)
    targets = _objects(reader, found["what"]) if found else None
    return bool(targets) and all([reader.add("files.delete", path=path) for path in targets or ()])


def archive(reader: Reader, text: str) -> bool:
    """Pack into or unpack from an archive."""
    found = _full(rf"{EXTRACT} (?:the )?(?:archive |zip |file )*(?P<what>{_FILE}|it)(?: archive| file)?(?: (?:here|in place))?(?: (?:to|into|in) (?P<target>{_NAME}))?", text)
    if found:
        return reader.add("files.extract", source=reader.file(found["what"]), target=reader.folder(found["target"]) if found["target"] else "")
    found = _full(rf"{ARCHIVE} (?:up )?(?P<what>.+?)(?: (?:into|to|as|in) (?:(?:a|an|one) )?(?:new )?(?:zip |archive |zip file |zip archive |compressed file |file )*(?:called |named )?(?P<target>{_FILE}|\x02\d+\x03|[\w-]+))?", text)
    found = found or _full(rf"{MAKE} (?:a |an )?(?:new )?(?:zip|archive|zip archive|zip file|compressed (?:file|archive))(?: (?:called|named) (?P<target>{_WORD}))? (?:of|from|with|containing|out of) (?P<what>.+)", text)
    if not found:
        return False
    sources = _objects(reader, found["what"])
    if not sources or len(sources) != 1:
        return False
    target = reader.name(found["target"]) if found["target"] else ""
    if target in ("a", "zip", "archive"):
        target = ""
    return reader.add("files.archive", source=sources[0], target=target)


def show(reader: Reader, text: str) -> bool:
    """Read a file."""
    found = _full(rf"{SHOW} (?:me |us )?(?:the |what(?:'s| is) in )?(?:(?:whole |full )?(?:contents?|text) of )?(?:the )?(?:file )?(?P<name>{_FILE}|it|that file|this file)(?: file)?(?: (?:to me|for me|says|contains|aloud|out loud))?", text)
    found = found or _full(rf"(?:what(?:'s| is| does)|whats) (?:in(?:side)? |the (?:contents?|text) of |written in )?(?:the file )?(?P<name>{_FILE}|it|that file)(?: say| contain| hold)?", text)
    if found and (name := reader.file(found["name"])):
        return not name.endswith("/") and reader.add("documents.read" if name.lower().endswith((".pdf", ".docx", ".csv")) else "files.read", path=name)
    found = _full(rf"{SHOW} (?:me )?the first (?P<n>\d+|line|\w+) ?(?:lines?)? (?:of|from|in) (?P<name>{_FILE})", text)
    count = _number(found["n"]) if found else None
    return bool(count) and reader.add("files.read", path=reader.file(found["name"]), lines=count)  # type: ignore[index]


def list_folder(reader: Reader, text: str) -> bool:
    """List a folder, or the files of a kind in it."""
    place = rf"(?: (?:are |is |do i have |do we have |there |exist )*(?:in|inside|of|from|under|on|here)(?: (?:here|{ARTICLE}?(?P<dir>{_NAME})))?)?"
    ask = r"(?:list|show|display|see|give me|tell me|show me|print|get|what|which|view)"
    found = _full(rf"{ask}(?: (?:all|me|out|are|every|the|my|of))* (?:(?P<kind>[\w.*]+) )?(?:files?(?: and folders)?|folders?|contents?|everything|documents?|things?|stuff|names)(?: (?:names|list))?(?: (?:are|is))?{place}", text)
    if found and (not found["kind"] or found["kind"].lower() in ("the", "all", "my")):
        return reader.add("files.list", path=reader.folder(found["dir"]) if found["dir"] else ".")
    if found and (kind := EXTENSIONS.get(found["kind"].lower().lstrip("*."), "") or (found["kind"].lower().lstrip("*.") if found["kind"].lower().lstrip("*.") in EXTENSIONS.values() else "")):
        return reader.add("files.list", path=reader.folder(found["dir"]) if found["dir"] else ".", pattern=f"*.{kind}")
    found = _full(rf"(?:what(?:'s| is)|whats|what do (?:i|we) have|list|ls|show me what(?:'s| is))(?: (?:in|inside|here))*(?: (?P<dir>{ARTICLE}?(?:this|current|{_NAME})? ?{_FOLDER}|{_NAME}/))?", text)
    if found and (found["dir"] or re.search(r"here$|^ls$", text, re.I)):
        return reader.add("files.list", path=reader.folder(found["dir"]) if found["dir"] else ".")
    return False


def find(reader: Reader, text: str) -> bool:
    """Find files by content or name."""
    place = rf"(?: (?:in|inside|under|from|within) (?P<dir>{ARTICLE}?{_NAME}))?"
    what = r"(?:(?:all|any|every|the|me|my|which|of) )*(?:text )?(?:files?|documents?|notes?|ones)"
    found = _full(rf"(?:{FIND} {what}|(?:which|what) (?:files?|documents?)|{FIND}|{what}) (?:(?:that|which) )?(?:contain(?:s|ing)?|mention(?:s|ing)?|hold(?:ing)?|include(?:s)?|have|has|talks? about|are about|about|with)(?: the (?:word|text|phrase|words|string|name))? (?P<text>\x02\d+\x03|.+?)(?: in (?:it|them))?{place}", text)
    if found:
        return reader.add("files.find", text=reader.plain(found["text"]), path=reader.folder(found["dir"]) if found["dir"] else ".")
    found = _full(rf"(?:search|look|grep|scan) (?:(?:for|through) )?(?:{what} )?(?:for )?(?P<text>\x02\d+\x03|[\w ]+?) in (?P<dir>all files|the files|my files|every file|here|this folder|{_NAME})", text)
    if found:
        folder = "." if re.search(r"files?$|here|this", found["dir"], re.I) else reader.folder(found["dir"])
        return not re.fullmatch(_FILE, found["dir"]) and reader.add("files.find", text=reader.plain(found["text"]), path=folder)
    found = _full(rf"(?:{FIND}|where(?:'s| is| are| did i put)|list) (?P<what>(?:(?:all|any|every|the|my) )*(?P<kind>[\w.*]+?)s?(?: files?)?){place}", text)
    if found and (group := _group(reader, found["what"])):
        return reader.add("files.find", name=group[0], path=reader.folder(found["dir"]) if found["dir"] else ".")
    found = _full(rf"(?:{FIND}|where(?:'s| is)) (?:(?:the|my|a|any|all) )*(?:files? |folder )?(?:(?:called|named|with the name) )?(?P<name>{_FILE}|\x02\d+\x03)(?: file| folder)?{place}", text)
    return bool(found) and reader.add("files.find", name=reader.name(found["name"]), path=reader.folder(found["dir"]) if found["dir"] else ".")  # type: ignore[index]


def measure(reader: Reader, text: str) -> bool:
    """How big, how many, the biggest, the newest."""
    place = rf"(?: (?:are |is )?(?:there )?(?:in|inside|of|from) (?:{ARTICLE})?(?P<dir>{_NAME})| here)?"
    found = _full(rf"(?:count|how many|tell me how many|what(?:'s| is) the number of|give me the number of) (?:(?:the|of) )*(?:number of )?(?P<unit>lines|words|characters|files|items)(?: (?:are|does|is|do i have|do we have|has|there))*(?: (?:in|inside|of|has|have))*(?: (?P<name>{ARTICLE}?{_NAME}))?(?: (?:have|has|contain|contains|hold|got))?", text)
    if found and found["name"] and found["unit"] in ("lines", "words", "characters"):
        return reader.add("files.info", path=reader.file(found["name"])) and _want(reader, found["unit"])
    if found and found["unit"] in ("files", "items"):
        return reader.add("files.list", path=reader.folder(found["name"]) if found["name"] else ".")
    found = _full(rf"(?:how (?:big|large|long|old) is|what(?:'s| is) the (?:size|length|file size) of|when was|size of|get info (?:on|about)|info about) (?:the )?(?:file |folder )?(?P<name>{_NAME})(?: (?:last )?(?:changed|modified|edited))?", text)
    if found and (re.fullmatch(_FILE, found["name"]) or re.search(_FOLDER, text, re.I)):
        return reader.add("files.info", path=reader.file(found["name"]))
    found = _full(rf"(?:(?:what|which)(?:'s| is| are)?|show me|show|find|list|tell me|give me)(?: me)? (?:the )?(?P<n>\d+ |two |three |five |ten )?(?P<how>biggest|largest|smallest|newest|latest|oldest|most recent)(?: files?| ones?)?(?: is| are)?{place}", text)
    order = {"biggest": "size", "largest": "size", "newest": "newest", "latest": "newest", "most recent": "newest", "oldest": "oldest"}.get(found["how"].lower() if found else "", "")
    if not found or not order:
        return False
    return reader.add("files.find", path=reader.folder(found["dir"]) if found["dir"] else ".", name="*.*", sort=order, limit=_number((found["n"] or "1").strip()) or 1)


def _want(reader: Reader, unit: str) -> bool:
    reader.calls[-1][1]["_wanted"] = unit
    return True


def sort_files(reader: Reader, text: str) -> bool:
    """Sort files into folders."""
    found = _full(rf"(?:sort|organi[sz]e|tidy(?: up)?|group|arrange|clean up) (?:(?:all|the|my|of) )*(?:files?|everything|documents|things|stuff|{_NAME}?(?: folder)?)?(?: (?:in|inside|of) (?P<dir>{ARTICLE}?{_NAME}))?,? ?(?:in)?(?:to (?:sub)?folders )?by (?:their |file )?(?P<by>type|kind|extension|month|year|date)(?: (?:in)?to (?:separate )?(?:sub)?folders)?", text)
    if not found:
        return False
    by = {"kind": "type", "date": "month"}.get(found["by"].lower(), found["by"].lower())
    return reader.add("files.sort_into_folders", path=reader.folder(found["dir"]) if found["dir"] else ".", by=by)


def merge(reader: Reader, text: str) -> bool:
    """Join files into one."""
    found = _full(rf"(?:merge|combine|join|concatenate) (?P<names>.+?) (?:in)?to (?:(?:a|one) )?(?:(?:new|single) )*(?:file )?(?:called |named )?(?P<target>{_FILE})", text)
    names = reader.items(found["names"]) if found else []
    if not found or len(names) < 2 or not all(re.fullmatch(_FILE, name) for name in names):
        return False
    first = len(reader.calls) + 1
    for name in names:
        reader.add("files.read", path=name)
    joined = "".join("{{s%d.output.text}}" % (first + number) for number in range(len(names)))
    return reader.add("files.write", path=reader.name(found["target"]), text=joined)


_WORDS = {"one": 1, "line": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twenty": 20}


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else _WORDS.get(text.lower())


FORMS: tuple[Callable[[Reader, str], bool], ...] = (
    make_folders, archive, write_file, sort_files, merge, edit_text, append_text, rename, move_or_copy, save_text, delete, measure, find, show, list_folder,
)  # fmt: skip
