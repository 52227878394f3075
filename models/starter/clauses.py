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
    APPEND,
    ARCHIVE,
    ARTICLE,
    COMMANDS,
    COPY,
    DELETE,
    EXTENSIONS,
    EXTRACT,
    FIND,
    GENERATIVE,
    LISTING,
    LONG_WORDS,
    MAKE,
    MOVE,
    POLITE_END,
    POLITE_START,
    REAL_WORDS,
    SHOW,
    WITH,
)  # fmt: skip

Call = tuple[str, dict[str, Any]]
_FILE = r"(?:\x05\d+\x06|(?:~?/|\./)?(?:[\w.@+-]+/)*[\w@+-][\w.@+-]*\.[A-Za-z0-9]{1,8}|(?:~?/|\./)?(?:[\w.@+-]+/)+[\w.@+-]*)"
_MARK = r"(?:\x02\d+\x03|\x05\d+\x06)"  # a quotation that was put aside; the second kind names a file
_NAME = rf"(?:{_MARK}|[\w.~/@+-]+(?: [\w.~/@+-]+){{0,4}}?)"
_WORD = rf"(?:{_MARK}|[\w.~/@+-]+)"
_THERE = re.compile(r"\s*\b(?:in(?:side|to)?|within|under) (?:it|there|that(?: folder| directory)?|the (?:new )?(?:folder|directory))$|\s+(?:inside|there)$", re.I)


@dataclass(slots=True)
class Reader:
    """Reads one request. ``last_file`` and ``last_folder`` are what "it" and "there" mean."""

    quotes: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    last_file: str = ""
    last_folder: str = ""
    calls: list[Call] = field(default_factory=list)

    # -- text -------------------------------------------------------------------------------------------------------

    def hide_quotes(self, text: str) -> str:
        """Quotations become marks, so that no word inside them is read as a command."""

        def keep(match: re.Match[str]) -> str:
            quote = next(group for group in match.groups() if group is not None)
            self.quotes.append(quote)
            self.raw.append(match.group(0))
            number = len(self.quotes) - 1
            return f"\x05{number}\x06" if re.fullmatch(r"[^\n]*[\w)]\.[A-Za-z0-9]{1,6}|\S+/\S*", quote) else f"\x02{number}\x03"

        return re.sub(r"\"([^\"]*)\"|“([^”]*)”|`([^`]+)`|(?<![\w])'([^']+(?:'[a-z][^']*)*)'(?!\w)", keep, text)

    def plain(self, text: str) -> str:
        """Marks turned back; surrounding space and closing punctuation go."""
        text = text.strip()
        if re.fullmatch(_MARK, text):
            return self.quotes[int(text[1:-1])]
        if text:
            text = text.rstrip(" .,;!") if not re.search(r"\betc\.$", text) else text
        return re.sub(r"[\x02\x05](\d+)[\x03\x06]", lambda match: self.raw[int(match.group(1))], text).strip()

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
        if numbers := re.fullmatch(
            r"(?:the )?numbers (?:from )?(\d+) (?:to|through|up to|-) (\d+)(?:\s*,?\s*(?:one per line|each on (?:its|their) own line|on separate lines|one on each line))?",
            text,
            re.I,
        ):
            first, last = int(numbers[1]), int(numbers[2])
            return "".join(f"{number}\n" for number in range(first, min(last, first + 9999) + 1))
        if heading := re.fullmatch(
            r"an? (?:heading|title) (?:called |saying )?(.+?)(?:,| and) (?:(?:the |a list of |\w+ ){0,2}(?:items?|bullets?|bullet points|tasks?|entries|lines?)):? (.+)",
            text,
            re.I | re.S,
        ):
            return f"# {self.plain(heading[1])}\n\n" + "".join(f"- {item}\n" for item in self.items(heading[2]))
        if re.match(GENERATIVE, text, re.I):
            raise NotSupported("text that somebody has to think up")
        listed = re.match(r"^(?:the |these |following )*(?:items|lines|things|entries|names|words|values)(?: in it)?\s*:\s*(.+)$", text, re.I | re.S)
        if listed:
            return self.lines(listed.group(1))
        listed = re.match(
            r"^(?:a |the |these |this |some |my )*(?:(?:bulleted |numbered |simple |short )?(?:list|lines?|items?|entries|rows|things|words|names)(?: of| with| reading| saying)?\s*:?\s+)(.+)$",
            text,
            re.I | re.S,
        )
        if listed and (re.match(r".*\b(list|lines|items|entries|rows|things|names)\b", text[: listed.start(1)], re.I)) and self._enumerated(listed.group(1)):
            return self.lines(listed.group(1))
        text = re.sub(r"^(?:the |this |following |some )*(?:text|words?|content|contents|sentence|phrase|line|message|body)\b:?\s+(?=\S)", "", text, flags=re.I)
        text = re.sub(
            r"[,;]?\s+(?:in it|inside(?: it| of it)?|as (?:its |the )?content|(?:each |all )?on (?:its|their) own lines?|each on a new line|(?:with )?(?:one|each)(?: item)? (?:on each|on a new|on its own|per) line|on separate lines|in there|there)$",
            lambda m: "\x04" if "line" in m.group(0) else "",
            text.rstrip(" ."),
            flags=re.I,
        )
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
    """The calls of a request; none at all when it is understood but needs a bigger model; None when no form reads some part of it."""
    reader = Reader()
    for text in previous:
        _remember(reader, text)
    text = reader.hide_quotes(re.sub(r"\s+", " ", request.strip()) if "\n" not in request.strip() else request.strip())
    text = _polite(_spelled(text))
    try:
        return reader.calls if _read_clauses(reader, text) and reader.calls else None
    except NotSupported:
        return []


def _spelled(text: str) -> str:
    """A few long words of the grammar with one letter wrong, missing or swapped; nothing else is touched."""

    def mend(match: re.Match[str]) -> str:
        word = match.group(0).lower()
        near = [known for known in LONG_WORDS if word != known and not word.startswith(known[:-1]) and abs(len(word) - len(known)) <= 1 and _one_off(word, known)]
        near += [known for known in LONG_WORDS if word == known[:-1] and word not in REAL_WORDS]
        return near[0] if len(near) == 1 and word not in REAL_WORDS else match.group(0)

    return re.sub(r"(?<![\w./~-])[A-Za-z]{5,11}(?![\w./-])", mend, text)


def _one_off(word: str, known: str) -> bool:
    """Damerau's distance of one: a letter wrong, missing, too many, or two swapped."""
    if len(word) == len(known):
        wrong = [at for at in range(len(word)) if word[at] != known[at]]
        return len(wrong) == 1 or (len(wrong) == 2 and wrong[1] == wrong[0] + 1 and word[wrong[0]] == known[wrong[1]] and word[wrong[1]] == known[wrong[0]])
    short, long = sorted((word, known), key=len)
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


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


class NotSupported(Exception):
    """The clause is understood, and it is nothing that can be done without a bigger model."""


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
    if re.match(rf"{MAKE}\b", text, re.I):
        more = r",?\s+and\s+(?=(?:a |an |another |one )?(?:new |empty |text |second |blank )*(?:file|folder|directory|document)\b (?:called |named )?\S)"
        for match in re.finditer(more, text, re.I):
            yield text[: match.start()], "create " + text[match.end() :]


_COMMAND = rf"(?:in(?:side)?(?: of)? (?:it|there|that(?: folder)?|the (?:new )?folder|[\w./-]+),? )?(?:please |then |also |just |now )*(?:{COMMANDS})\b(?!\.\w)"


def _save(reader: Reader) -> tuple[Any, ...]:
    return len(reader.calls), reader.last_file, reader.last_folder


def _restore(reader: Reader, mark: tuple[Any, ...]) -> None:
    del reader.calls[mark[0] :]
    reader.last_file, reader.last_folder = mark[1], mark[2]


def _read_clause(reader: Reader, text: str) -> bool:
    text = _polite(text.strip().rstrip(".!"))
    if (
        placed := re.match(
            rf"(?:in(?:side)?|within)(?: of)? (?P<dir>it|there|that(?: folder)?|the (?:new )?folder|(?:the )?{_WORD}(?: folder)?),? (?={MAKE}|put |write |save )", text, re.I
        )
    ) and not re.fullmatch(_FILE, placed["dir"]):
        return _read_inside(reader, reader.folder(placed["dir"]), text[placed.end() :])
    for form in FORMS:
        mark = _save(reader)
        if form(reader, text):
            return True
        _restore(reader, mark)
    return False


def _read_inside(reader: Reader, folder: str, text: str) -> bool:
    """``inside it, make …``: what the clause makes goes into the folder."""
    first = len(reader.calls)
    if not _read_clause(reader, text):
        return False
    for tool, args in reader.calls[first:]:
        if tool not in ("files.make_folder", "files.write") or args["path"].startswith(f"{folder}/"):
            continue
        args["path"] = reader.inside(args["path"], folder)
        if tool == "files.write":
            reader.last_file = args["path"]
    reader.last_folder = folder
    return True


def _full(pattern: str, text: str) -> re.Match[str] | None:
    return re.fullmatch(pattern, text, re.I | re.S)


# -- forms: each reads one whole clause ---------------------------------------------------------------------------------

_FOLDER = r"(?:sub)?(?:folder|directory|dir)"
_NUMBERED = r"(?:(?:a|an|the|one|two|three|four|five|six|seven|eight|some|\d+|another|these|new|empty|couple of|following) )*"


def make_folders(reader: Reader, text: str) -> bool:
    """Make a folder (or several), perhaps with files or subfolders in it."""
    found = _full(
        rf"{MAKE} (?:me |us )?{_NUMBERED}{_FOLDER}(?:ies|s)?(?: structure)?(?:,)?:? ?(?:called:? |named:? |titled |for (?:each of )?(?:these|the following)?:? ?|: ?|with the names? )?(?P<rest>.+)",
        text,
    )
    if found and re.match(rf"{MAKE} (?:me |us )?{_NUMBERED}(?:(?:sub)?(?:folders|directories|dirs)\b|{_FOLDER} structure|{_FOLDER} for each)", text, re.I):
        return _several_folders(reader, found["rest"])
    if not found:
        found = _full(rf"{MAKE} (?:me |us )?(?:a |an |the |another |my )?(?:new |empty )*(?P<rest>{_WORD}) {_FOLDER}(?P<tail>(?: .+)?)", text) or _full(
            r"mkdir (?:-p )?(?P<rest>.+)", text
        )
        if not found:
            return False
        rest = found["rest"] + (found.groupdict().get("tail") or "")
    else:
        rest = found["rest"]
    parts = re.fullmatch(
        rf"(?P<name>{_NAME})(?: (?:in|inside|under|within|on) (?P<parent>(?!it\b){_NAME}))?(?P<tail>,? (?:with|containing|and (?:in it|inside it|put|inside|place)|that (?:has|contains|holds)|which (?:has|contains)|holding|including)\b.*)?",
        rest,
        re.I | re.S,
    )
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
    tail = re.sub(
        r"^(?:with|containing|holding|including|that (?:has|contains|holds)|which (?:has|contains)|and (?:in it|inside it|inside|put|place))\s*,?\s*", "", tail, flags=re.I
    )
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
    found = _full(
        rf"(?:a |an |another |the )?(?:new |empty |text |second )*(?:file |document |list |note )?(?:called |named |titled )?(?P<name>{_FILE})(?: in it| inside(?: it)?)?(?:,? (?:and )?{WITH} (?P<content>.+))?",
        part,
    )
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
        return reader.lines(
            re.sub(r"^(?:a list of|the items|the following(?: items)?|these(?: items)?|items|lines|things|entries|:)(?:\s*:\s*|\s+|$)", "", content.strip(), flags=re.I)
        )
    return reader.content(content)


def write_file(reader: Reader, text: str) -> bool:
    """Make a file, empty or with contents."""
    making = rf"(?:{MAKE}|put|place|leave|drop|save|store)"
    inside = rf"(?: (?:in|inside|under|into) (?P<dir>{_NAME}))?"
    kind = r"(?:(?:a|an|the|my|another|me a|one) )?(?:(?:new|blank|empty|text|plain|short|simple|little|markdown|quick|python|csv|json) )*(?:file|document|doc|list|script|page|readme|note file|text)"
    found = _full(rf"{MAKE} {kind},? (?:and )?(?:name|call) it (?P<name>{_FILE})(?:,? (?:and )?(?:write|put|add) (?P<content>.+?) (?:in(?:to|side)? it|inside|there))?", text)
    if found:
        return _write(reader, found["name"], None, found["content"] or "", "")
    found = _full(
        rf"{making} {kind}(?: (?:in|inside|into) (?P<dir>it|there|{_WORD}(?: folder)?|(?:the|a) {_WORD} {_FOLDER}))?,? (?:called |named |titled )(?P<name>{_FILE})(?P<glue>,? (?:and |which |that )?{WITH}:?|:) (?P<content>.+)",
        text,
    )
    if found:
        return _write(reader, found["name"], found["dir"], found["content"], found["glue"])
    found = _full(rf"{making} (?:a|an|the) (?:new )?(?P<name>{_FILE}) (?:file|document){inside}(?P<glue>,? (?:and |which |that )?{WITH}:?|:) (?P<content>.+)", text)
    if found:
        return _write(reader, found["name"], found["dir"], found["content"], found["glue"])
    found = _full(
        rf"{making} {kind}(?: for me)?,? (?:called |named |titled |at |as )?(?P<name>{_FILE})(?: (?:in|inside|under) (?P<dir>{_NAME}))?(?P<glue>,? (?:and |which |that )?{WITH}:?|:| {LISTING}:?) (?P<content>.+)",
        text,
    )
    if not found:
        found = _full(rf"{MAKE} (?P<name>{_FILE})(?: (?:in|inside|under) (?P<dir>(?!it\b){_NAME}))?(?P<glue>,? (?:and )?{WITH}:?|:) (?P<content>.+)", text)
    if found:
        return _write(reader, found["name"], found["dir"], found["content"], found["glue"])
    found = _full(rf"{MAKE} (?:me )?(?:a|the|my)(?: \w+)? list(?: of \w+)? (?:in|into|as|called|named) (?P<name>{_FILE})(?P<glue>:| {WITH}:?) (?P<content>.+)", text)
    if found:
        return _write(reader, found["name"], None, found["content"], "listing")
    found = _full(rf"{MAKE} {kind}(?: for me)?(?: (?:in|inside) (?P<dir>it|there|(?:the )?{_WORD}(?: folder)?))?,? (?:called |named |titled )(?P<name>{_FILE})", text)
    if found:
        return _write(reader, found["name"], found["dir"], "", "")
    found = _full(rf"{MAKE} (?:a|an) (?:new |empty )*(?P<name>{_FILE})(?: file)?{inside}", text)
    if found:
        return _write(reader, found["name"], found["dir"], "", "")
    found = _full(rf"{making} {kind}(?: for me)?,? (?:called |named |titled |at )?(?P<name>{_FILE})(?: (?:in|inside|under) (?P<dir>{_NAME}))?", text) or _full(
        rf"(?:{MAKE}|touch) (?P<name>{_FILE})(?: (?:in|inside|under) (?P<dir>{_NAME}))?", text
    )
    if found:
        return _write(reader, found["name"], found["dir"], "", "")
    found = _full(rf"{MAKE} {kind}s (?:called |named |: ?)?(?P<names>.+)", text) or _full(
        rf"{MAKE} {_NUMBERED}(?:empty |text |blank )*files?,?:? ?(?:called |named |: ?)?(?P<names>.+)", text
    )
    if found:
        rest, folder = found["names"], ""
        if place := re.fullmatch(rf"(?P<names>.+) (?:in|inside) (?P<dir>{_NAME})", rest, re.I):
            rest, folder = place["names"], reader.folder(place["dir"])
        names = reader.items(rest)
        return all(re.fullmatch(_FILE, name) for name in names) and all(reader.add("files.write", path=reader.inside(name, folder), text="") for name in names)
    return False


def _write(reader: Reader, name: str, folder: str | None, content: str, glue: str) -> bool:
    if content and (place := re.fullmatch(rf"(?P<content>.+) (?:in|inside) (?P<dir>(?:the |a )?{_WORD} {_FOLDER})", content, re.I | re.S)) and not folder:
        content, folder = place["content"], place["dir"]
    path = reader.inside(reader.name(name), reader.folder(folder) if folder else "")
    return reader.add("files.write", path=path, text=_text_of(reader, content, bool(re.search(LISTING, glue, re.I))) if content else "")


def save_text(reader: Reader, text: str) -> bool:
    """Write *this* to *that file*."""
    found = _full(
        rf"(?:write|put|save|add) (?:the following|this|these)(?: (?:text|lines?|items?))? (?:in|into|to|as) (?:a file (?:called |named )?)?(?P<name>{_FILE}): ?(?P<content>.+)",
        text,
    )
    if found:
        listing = bool(re.match(r"\w+ (?:these|the following) (?:lines|items)", text, re.I))
        return reader.add("files.write", path=reader.name(found["name"]), text=_text_of(reader, found["content"], listing))
    if reader.last_file and (found := _full(r"(?:write|put|save|type|enter) (?P<content>.+?) (?:in(?:to|side)?|to) (?:it|that file|this file|the file|there)", text)):
        return _into_last(reader, found["content"])
    verb = r"(?:write|put|save|store|type|enter|record|stick|place|jot|drop|note)(?: down)?"
    found = _full(
        rf"{verb} (?P<content>.+?) (?:in|into|to|as|inside) (?:(?:a|an|the|my|another) )?(?:(?:new|text|empty) )*(?:file |document )?(?:called |named )?(?P<name>{_FILE})(?: (?:in|inside) (?P<dir>{_NAME}))?(?: file)?",
        text,
    )
    if not found:
        return False
    content, name = found["content"], reader.inside(reader.name(found["name"]), reader.folder(found["dir"]) if found["dir"] else "")
    if re.fullmatch(
        rf"(?:{ARTICLE})?(?:it|that|this|them|those|result|results|answer|list|output|names|number|count|total|text|content|contents|file list|listing)", content, re.I
    ):
        return bool(reader.calls) and _save_output(reader, content, name)
    if place := _full(
        rf"(?:a |the )?(?:list|names?|listing) of (?:all )?(?:the |my )?(?:(?P<kind>[\w.]+) )?(?:files|everything|contents)(?: (?:in|inside|from) (?P<dir>{_NAME})| here)?", content
    ):
        extension = EXTENSIONS.get((place["kind"] or "").lower().lstrip("."), "")
        if place["kind"] and not extension:
            return False
        reader.add("files.list", path=reader.folder(place["dir"]) if place["dir"] else ".", **({"pattern": f"*.{extension}"} if extension else {}))
        return reader.add("files.write", path=name, text=reader.reference() + "\n")
    if re.search(rf"(?:^|\s)(?:file|folder)\b|{_FILE}", content, re.I) and not content.startswith("\x02"):
        return False
    listed = re.match(r"(?:a|the|my)(?: \w+)? list (?:of|with|containing)(?: \w+:)? |(?:these|the following)? ?(?:items|lines|things):? ", content, re.I)
    return reader.add("files.write", path=name, text=_text_of(reader, content[listed.end() :] if listed else content, bool(listed)))


def _into_last(reader: Reader, content: str) -> bool:
    """``write … in it``: the file just made gets it as content, any other gets it at its end."""
    text = reader.content(content)
    if reader.calls and reader.calls[-1] == ("files.write", {"path": reader.last_file, "text": ""}):
        reader.calls[-1][1]["text"] = text
        return True
    return reader.add("files.append", path=reader.last_file, text=text)


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
    if joined := _full(rf"(?:{APPEND}|copy) (?:the )?(?:contents?|text) of (?P<source>{_FILE}) (?:to|onto|at) (?:the end of )?(?P<name>{_FILE})", text):
        reader.add("files.read", path=reader.file(joined["source"]))
        return reader.add("files.append", path=reader.file(joined["name"]), text="{{s%d.output.text}}" % len(reader.calls))
    to = r"(?:to|onto|at|in|into|on)"
    end = r"(?:(?:the )?(?:end|bottom) of )?"
    found = _full(
        rf"{APPEND} (?:(?:a|another|one|the) )?(?:(?:new|more|extra) )*(?:line|row|entry|item|text|words?|sentence)s?(?: saying| reading| that says| with| containing|:|,)? ?(?P<content>.+?) {to} {end}(?P<name>{_FILE}|the file {_WORD}|it|that file)(?: file)?",
        text,
    )
    found = found or _full(
        rf"{APPEND} (?P<content>.+?) {to} {end}(?:the file |my file |the )?(?P<name>{_FILE}|it|that file)(?: file| list)?(?: as (?:a |the )?(?:new|last|another) (?:line|entry|item))?",
        text,
    )
    found = found or _full(rf"(?:{APPEND}|write) (?:to |at )?{end}(?:the file )?(?P<name>{_FILE})(?::| the (?:text|line|words)| this:| with)? (?P<content>.+)", text)
    found = found or _full(rf"(?:put|write|stick) (?P<content>.+?) at the (?:end|bottom) of (?P<name>{_FILE}|it)", text)
    found = found or _full(rf"(?:put|write|stick|note) (?P<content>.+?) on(?:to)? (?:my|the|our)(?: \w+)*? (?P<name>{_FILE})", text)
    if not found and (
        top := _full(
            rf"(?:{APPEND}|put|write) (?:(?:the|a) )?(?:(?:new )?(?:line|text|heading|title) )?(?P<content>.+?) (?:at|to) the (?:top|beginning|start) of (?P<name>{_FILE}|it)", text
        )
    ):
        name = reader.file(top["name"])
        reader.add("files.read", path=name)
        return reader.add("files.write", path=name, text=reader.plain(top["content"]) + "\n{{s%d.output.text}}" % len(reader.calls))
    if not found:
        return False
    name = reader.file(found["name"])
    if name and re.fullmatch(r"(?:today's|the current|the|current) (?:date|time)(?: and time)?", found["content"], re.I):
        reader.add("time.now")
        return reader.add("files.append", path=name, text="{{s%d.output.%s}}" % (len(reader.calls), "time" if found["content"].lower().endswith("time") else "date"))
    if re.fullmatch(rf"{_MARK}(?:(?:,| and|, and) {_MARK})+", found["content"]):
        return reader.add("files.append", path=name, text="\n".join(reader.plain(mark) for mark in re.findall(_MARK, found["content"])))
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
        rf"{verb} (?:(?:the|my) )?(?:[\w ]+? )?(?:in|of) (?:the file )?(?P<name>{_FILE}) from (?P<find>.+?) to (?P<replace>.+)",
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
    if re.match(r"(?:all|every|each)\b|.*[*]", found["old"], re.I):
        raise NotSupported("renaming many files at once")
    old, new = reader.file(found["old"]), reader.name(found["new"])
    if "/" in old and "/" not in new:
        new = reader.inside(new, old.rsplit("/", 1)[0])
    return bool(old) and reader.add("files.move", source=old, target=new)


def _group(reader: Reader, text: str) -> tuple[str, str] | None:
    """``all the PDFs in Downloads`` → (``*.pdf``, ``Downloads``)."""
    whole = _full(
        rf"(?:(?:all|every|any|each)(?: (?:of|the|my))* (?:files?|things?|of it|everything)|everything|(?:the )?contents)(?: (?:in|from|inside|of) (?P<dir>{_NAME}))?", text.strip()
    )
    if whole:
        return "*", reader.folder(whole["dir"] or ".")
    found = _full(
        rf"(?:(?:all|every|any|each|the|my|of|both|these|those) )*(?:\*?\.?(?P<kind>[A-Za-z0-9]+?)s?)(?: (?:files?|documents?|images?|pictures?))?(?: (?:that are |which are )?(?:in|from|inside|of|here) ?(?P<dir>{_NAME})?)?",
        text.strip(),
    )
    if not found:
        return None
    kind = EXTENSIONS.get(found["kind"].lower(), found["kind"].lower() if found["kind"].lower() in EXTENSIONS.values() else "")
    marked = re.search(rf"(?:\*?\.{re.escape(found['kind'])}s?\b)|\bfiles?\b|\b(?:all|every|any)\b", text, re.I)
    if not kind or (not marked and found["kind"].lower() not in EXTENSIONS):
        return None
    return f"*.{kind}", reader.folder(found["dir"]) if found["dir"] else "."


def _objects(reader: Reader, text: str) -> list[str] | None:
    """The files that an object phrase names: one, several, or a pattern."""
    text = text.strip()
    if re.fullmatch(rf"(?:the|that|this) (?:new )?{_FOLDER}", text, re.I) and reader.last_folder:
        return [reader.last_folder]
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
    named = all(
        re.fullmatch(_FILE, part.strip()) or re.search(r"\b(?:folder|directory|file)\b|\x02|/", part, re.I) or re.fullmatch(rf"(?:{ARTICLE})?[\w.-]+", part.strip(), re.I)
        for part in parts
    )
    return names if names and named and all(name and len(name) < 200 for name in names) else None


def move_or_copy(reader: Reader, text: str) -> bool:
    """Move or copy files, folders or all files of a kind."""
    for verbs, tool in ((MOVE, "files.move"), (COPY, "files.copy")):
        found = _full(rf"{verbs} (?:the file )?(?P<what>.+?) from (?:the )?(?P<from>{_WORD})(?: {_FOLDER})? (?:to|into) (?:the )?(?P<target>{_WORD})(?: {_FOLDER})?", text)
        if found and not re.match(r"(?:all|every)", found["what"], re.I) and (sources := _objects(reader, found["what"])):
            return all(reader.add(tool, source=reader.inside(source, reader.folder(found["from"])), target=reader.folder(found["target"]) + "/") for source in sources)
        if found := _full(rf"{verbs} (?P<what>.+?) (?:over )?(?P<target>there)", text):
            return _transfer(reader, tool, found["what"], found["target"], True)
        joints = r"(?:to|into)" if re.search(r" (?:to|into) ", text) else r"(?:in|inside|under|as|onto)"
        found = _full(
            rf"{verbs} (?:the files? )?(?P<what>.+?) (?:over |across )?{joints} (?P<into>{ARTICLE}?(?:new |existing )*(?:file |{_FOLDER} )?(?:called |named )?)(?P<target>{_NAME}|there)(?P<kind> {_FOLDER})?",
            text,
        )
        if found:
            folder = (
                bool(found["kind"]) or bool(re.search(_FOLDER, found["into"], re.I)) or (bool(re.search(r" (?:into|inside) ", text)) and not re.fullmatch(_FILE, found["target"]))
            )
            return _transfer(reader, tool, found["what"], found["target"], folder)
    if found := _full(
        rf"i (?:want|need|would like|'d like) (?P<what>(?:all|every) .+?) (?:in|into|inside|moved (?:in)?to) (?:a |the )?(?:new )?(?:{_FOLDER} )?(?:called |named )?(?P<target>{_NAME})(?: {_FOLDER})?",
        text,
    ):
        return _transfer(reader, "files.move", found["what"], found["target"], True)
    found = _full(
        rf"(?:make|create|keep|save) (?:a |another )?(?:second |backup |spare )*(?:copy|duplicate|backup) of (?:the file )?(?P<what>{_FILE}) (?:called|named) (?P<target>{_FILE}) (?:in|into|inside) (?P<dir>{_NAME})",
        text,
    )
    if found:
        return reader.add("files.copy", source=reader.file(found["what"]), target=reader.inside(reader.name(found["target"]), reader.folder(found["dir"])))
    found = _full(
        rf"(?:(?:make|create|keep|save) (?:a |another )?(?:second |spare )*(?P<kind>copy|duplicate|backup|backup copy) of|back up|backup|duplicate) (?:the file )?(?P<what>{_FILE}|it)",
        text,
    )
    if found and (what := reader.file(found["what"])):
        stem, dot, extension = what.rpartition(".")
        return reader.add(
            "files.copy", source=what, target=f"{stem or extension}-{'copy' if (found['kind'] or '').startswith(('copy', 'dup')) else 'backup'}{dot}{extension if stem else ''}"
        )
    found = _full(
        rf"(?:make|create|keep|save) (?:a |another )?(?:second |backup |spare )*(?:copy|duplicate|backup) of (?P<what>.+?) (?:called|named|as|to|in|into|under|with the name) (?P<target>{_NAME})(?P<kind> {_FOLDER})?",
        text,
    )
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
    plain_target = re.fullmatch(_FILE, target) is None or ("/" in target and "." not in target.rsplit("/", 1)[-1])
    named_folder = named_folder or bool(pronoun) or (plain_target and all("." in source.rsplit("/", 1)[-1] for source in sources))
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
    if found := _full(rf"empty (?:out )?(?P<dir>{ARTICLE}?{_NAME})", text):
        return reader.add("files.delete", path=reader.inside("*", reader.folder(found["dir"])))
    found = _full(
        rf"{DELETE} (?P<what>.+?)(?:,? (?:and|including|with) (?:everything|all|its contents?|whatever)(?: (?:in|inside|that is in) it|(?: its)? contents?)?| completely| permanently| for good)?",
        text,
    )
    targets = _objects(reader, found["what"]) if found else None
    return bool(targets) and all(reader.add("files.delete", path=path) for path in targets or ())


def archive(reader: Reader, text: str) -> bool:
    """Pack into or unpack from an archive."""
    found = _full(rf"{EXTRACT} (?:the )?(?:archive |zip |file )*(?P<what>{_FILE}|it)(?: archive| file)?(?: (?:here|in place))?(?: (?:to|into|in) (?P<target>{_NAME}))?", text)
    if found:
        return reader.add("files.extract", source=reader.file(found["what"]), target=reader.folder(found["target"]) if found["target"] else "")
    found = _full(
        rf"{ARCHIVE} (?:up )?(?P<what>.+?)(?: (?:into|to|as|in) (?:(?:a|an|one) )?(?:new )?(?:zip |archive |zip file |zip archive |compressed file |file )*(?:called |named )?(?P<target>{_FILE}|\x02\d+\x03|[\w-]+))?",
        text,
    )
    found = found or _full(
        rf"{MAKE} (?:a |an )?(?:new )?(?:zip|archive|zip archive|zip file|compressed (?:file|archive))(?: (?:called|named) (?P<target>{_WORD}))? (?:of|from|with|containing|out of) (?P<what>.+)",
        text,
    )
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
    found = _full(
        rf"{SHOW} (?:me |us )?(?:the |what(?:'s| is) in )?(?:(?:whole |full )?(?:contents?|text) of )?(?:the )?(?:file )?(?P<name>{_FILE}|it|that file|this file)(?: file)?(?: (?:to me|for me|says|contains|aloud|out loud))?",
        text,
    )
    found = found or _full(
        rf"(?:what(?:'s| is| does)|whats) (?:in(?:side)? |the (?:contents?|text) of |written in )?(?:the file )?(?P<name>{_FILE}|it|that file)(?: say| contain| hold)?", text
    )
    if found and (name := reader.file(found["name"])):
        return not name.endswith("/") and reader.add("documents.read" if name.lower().endswith((".pdf", ".docx", ".csv")) else "files.read", path=name)
    found = _full(rf"{SHOW} (?:me )?the first (?P<n>\d+|line|\w+) ?(?:lines?)? (?:of|from|in) (?P<name>{_FILE})", text)
    count = _number(found["n"]) if found else None
    return bool(count) and reader.add("files.read", path=reader.file(found["name"]), lines=count)  # type: ignore[index]


def list_folder(reader: Reader, text: str) -> bool:
    """List a folder, or the files of a kind in it."""
    if reader.last_folder and _full(rf"(?:list|show(?: me)?|ls|open) (?:(?:the|that|this) {_FOLDER}|it|its contents?)", text):
        return reader.add("files.list", path=reader.last_folder)
    place = rf"(?: (?:are |is |do i have |do we have |there |exist )*(?:in|inside|of|from|under|on|here)(?: (?:here|{ARTICLE}?(?P<dir>{_NAME})))?)?"
    ask = r"(?:list|show|display|see|give me|tell me|show me|print|get|what|which|view)"
    found = _full(
        rf"{ask}(?: (?:all|me|out|are|every|the|my|of))* (?:(?P<kind>[\w.*]+) )?(?:files?(?: and folders)?|folders?|contents?|everything|documents?|things?|stuff|names)(?: (?:names|list))?(?: (?:are|is))?{place}",
        text,
    )
    if found and (not found["kind"] or found["kind"].lower() in ("the", "all", "my")):
        return reader.add("files.list", path=reader.folder(found["dir"]) if found["dir"] else ".")
    if found and (
        kind := EXTENSIONS.get(found["kind"].lower().lstrip("*."), "") or (found["kind"].lower().lstrip("*.") if found["kind"].lower().lstrip("*.") in EXTENSIONS.values() else "")
    ):
        return reader.add("files.list", path=reader.folder(found["dir"]) if found["dir"] else ".", pattern=f"*.{kind}")
    found = _full(
        rf"(?:what(?:'s| is)|whats|what do (?:i|we) have|list|ls|show me what(?:'s| is))(?: (?:in|inside|here))*(?: (?P<dir>{ARTICLE}?(?:this|current|{_NAME})? ?{_FOLDER}|{_NAME}/))?",
        text,
    )
    if found and (found["dir"] or re.search(r"here$|^ls$", text, re.I)):
        return reader.add("files.list", path=reader.folder(found["dir"]) if found["dir"] else ".")
    return False


def find(reader: Reader, text: str) -> bool:
    """Find files by content or name."""
    place = rf"(?: (?:in|inside|under|from|within) (?P<dir>{ARTICLE}?{_NAME}))?"
    what = r"(?:(?:all|any|every|the|me|my|which|of) )*(?:text )?(?:files?|documents?|notes?|ones)"
    found = _full(
        rf"(?:{FIND} {what}|(?:which|what) (?:files?|documents?)|{FIND}|{what}) (?:(?:that|which) )?(?:contain(?:s|ing)?|mention(?:s|ing)?|hold(?:ing)?|include(?:s)?|have|has|talks? about|are about|about|with)(?: the (?:word|text|phrase|words|string|name))? (?P<text>\x02\d+\x03|.+?)(?: in (?:it|them))?{place}",
        text,
    )
    if found:
        return reader.add("files.find", text=reader.plain(found["text"]), path=reader.folder(found["dir"]) if found["dir"] else ".")
    found = _full(
        rf"(?:search|look|grep|scan) (?:(?:for|through) )?(?:{what} )?(?:for )?(?P<text>\x02\d+\x03|[\w ]+?) in (?P<dir>all files|the files|my files|every file|here|this folder|{_NAME})",
        text,
    )
    if found:
        folder = "." if re.search(r"files?$|here|this", found["dir"], re.I) else reader.folder(found["dir"])
        return not re.fullmatch(_FILE, found["dir"]) and reader.add("files.find", text=reader.plain(found["text"]), path=folder)
    found = _full(rf"(?:{FIND}|where(?:'s| is| are| did i put)|list) (?P<what>(?:(?:all|any|every|the|my) )*(?P<kind>[\w.*]+?)s?(?: files?)?){place}", text)
    if found and (group := _group(reader, found["what"])):
        return reader.add("files.find", name=group[0], path=reader.folder(found["dir"]) if found["dir"] else ".")
    found = _full(
        rf"(?:{FIND}|where(?:'s| is)|is there|do i have) (?:(?:the|my|a|any|all) )*(?:files? |folder )?(?:(?:called|named|with the name) )?(?P<name>{_FILE}|{_MARK})(?: file| folder)?(?:{place}| here)?",
        text,
    )
    return bool(found) and reader.add("files.find", name=reader.name(found["name"]), path=reader.folder(found["dir"]) if found["dir"] else ".")  # type: ignore[index]


def measure(reader: Reader, text: str) -> bool:
    """How big, how many, the biggest, the newest."""
    place = rf"(?: (?:are |is )?(?:there )?(?:in|inside|of|from) (?:{ARTICLE})?(?P<dir>{_NAME})| here)?"
    found = _full(
        rf"(?:count how many|count|how many|tell me how many|what(?:'s| is) the number of|give me the number of) (?:(?:the|of) )*(?:number of )?(?P<unit>lines|words|characters|files|items)(?: (?:are|does|is|do i have|do we have|has|there))*(?: (?:in|inside|of|has|have))*(?: (?P<name>{ARTICLE}?{_NAME}))?(?: (?:have|has|contain|contains|hold|got))?",
        text,
    )
    if found and found["name"] and found["unit"] in ("lines", "words", "characters"):
        return reader.add("files.info", path=reader.file(found["name"])) and _want(reader, found["unit"])
    if found and found["unit"] in ("files", "items"):
        return reader.add("files.list", path=reader.folder(found["name"]) if found["name"] else ".")
    found = _full(
        rf"(?:(?:tell|show|give) me )?(?:how (?:big|large|long|old) is|what(?:'s| is) the (?:size|length|file size) of|when was|the size of|size of|get info (?:on|about)|info about) (?:the )?(?:file |folder )?(?P<name>{_NAME})(?: (?:last )?(?:changed|modified|edited))?",
        text,
    )
    if found and (re.fullmatch(_FILE, found["name"]) or re.search(_FOLDER, text, re.I)):
        return reader.add("files.info", path=reader.file(found["name"]))
    found = _full(
        rf"(?:{FIND}|which|what) (?:(?:all|any|every|the|my|me) )*files?(?: (?:that|which))?(?: are| is)? (?:larger|bigger|greater|over|more)(?: than)? (?P<n>[\d.]+) ?(?P<unit>b|bytes|kb|mb|gb|kilobytes?|megabytes?|gigabytes?)(?: in (?P<dir>{_NAME})| here)?",
        text,
    )
    if found:
        factor = {"b": 1, "k": 1000, "m": 1_000_000, "g": 1_000_000_000}[found["unit"][0].lower()]
        return reader.add("files.find", path=reader.folder(found["dir"]) if found["dir"] else ".", larger_than=int(float(found["n"]) * factor), sort="size")
    found = _full(
        rf"(?:{FIND}|which|what) (?:(?:all|any|every|the|my|me) )*files? (?:(?:that|which) )?(?:i |were |was |are |is |have been )*(?:modified|changed|edited|created|updated) (?P<when>today|this week|this month|in the last (?P<n>\d+) days?|recently)",
        text,
    )
    if found:
        days = int(found["n"]) if found["n"] else {"today": 1, "this week": 7, "this month": 31, "recently": 7}[found["when"].lower()]
        return reader.add("files.find", changed_within_days=days, sort="newest", name="*.*")
    found = _full(
        rf"(?:(?:what|which)(?:'s| is| are)?|show me|show|find|list|tell me|give me)(?: me)? (?:the )?(?P<n>\d+ |two |three |five |ten )?(?P<how>biggest|largest|smallest|newest|latest|oldest|most recent)(?: files?| ones?)?(?: is| are)?{place}",
        text,
    )
    order = {"biggest": "size", "largest": "size", "newest": "newest", "latest": "newest", "most recent": "newest", "oldest": "oldest"}.get(
        found["how"].lower() if found else "", ""
    )
    if not found or not order:
        return False
    return reader.add("files.find", path=reader.folder(found["dir"]) if found["dir"] else ".", name="*.*", sort=order, limit=_number((found["n"] or "1").strip()) or 1)


def _want(reader: Reader, unit: str) -> bool:
    reader.calls[-1][1]["_wanted"] = unit
    return True


def sort_files(reader: Reader, text: str) -> bool:
    """Sort files into folders."""
    found = _full(
        rf"(?:sort|organi[sz]e|tidy(?: up)?|group|arrange|clean up) (?:(?:all|the|my|of) )*(?:files?|everything|documents|things|stuff|(?P<place>{_WORD}(?: folder)?))?(?: (?:in|inside|of) (?P<dir>{ARTICLE}?{_NAME}))?,? ?(?:in)?(?:to (?:sub)?folders )?by (?:sorting (?:the |all )*files? by )?(?:their |file )?(?P<by>type|kind|extension|month|year|date)(?: (?:in)?to (?:separate )?(?:sub)?folders)?",
        text,
    )
    if not found:
        return False
    by = {"kind": "type", "date": "month"}.get(found["by"].lower(), found["by"].lower())
    return reader.add("files.sort_into_folders", path=reader.folder(found["dir"] or found["place"]) if found["dir"] or found["place"] else ".", by=by)


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
