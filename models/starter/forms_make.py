"""Forms that make something: folders, files, contents. Each reads one whole clause."""

from __future__ import annotations

import re

from models.starter.lexicon import APPEND, ARTICLE, EXTENSIONS, LISTING, MAKE, WITH
from models.starter.reader import FILE, FOLDER, MARK, NAME, NUMBERED, WORD, NotSupported, Reader, full, text_of

_THERE = re.compile(r"\s*\b(?:in(?:side|to)?|within|under) (?:it|there|that(?: folder| directory)?|the (?:new )?(?:folder|directory))$|\s+(?:inside|there)$", re.I)


def make_folders(reader: Reader, text: str) -> bool:
    """Make a folder (or several), perhaps with files or subfolders in it."""
    found = full(
        rf"{MAKE} (?:me |us )?{NUMBERED}{FOLDER}(?:ies|s)?(?: structure)?(?:,)?:? ?(?:called:? |named:? |titled |for (?:each of )?(?:these|the following)?:? ?|: ?|with the names? )?(?P<rest>.+)",
        text,
    )
    if found and re.match(rf"{MAKE} (?:me |us )?{NUMBERED}(?:(?:sub)?(?:folders|directories|dirs)\b|{FOLDER} structure|{FOLDER} for each)", text, re.I):
        return _several_folders(reader, found["rest"])
    if not found:
        found = full(rf"{MAKE} (?:me |us )?(?:a |an |the |another |my )?(?:new |empty )*(?P<rest>{WORD}) {FOLDER}(?P<tail>(?: .+)?)", text) or full(
            r"mkdir (?:-p )?(?P<rest>.+)", text
        )
        if not found:
            return False
        rest = found["rest"] + (found.groupdict().get("tail") or "")
    else:
        rest = found["rest"]
    parts = re.fullmatch(
        rf"(?P<name>{NAME})(?: (?:in|inside|under|within|on) (?P<parent>(?!it\b){NAME}))?(?P<tail>,? (?:with|containing|and (?:in it|inside it|put|inside|place)|that (?:has|contains|holds)|which (?:has|contains)|holding|including)\b.*)?",
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
    if found := re.fullmatch(rf"(?P<names>.+) (?:in|inside|under|within) (?P<parent>{NAME})", rest, re.I):
        rest, parent = found["names"], reader.folder(found["parent"])
    names = reader.items(rest)
    if any(len(name.split()) > 4 for name in names):
        return False
    for name in names:
        reader.add("files.make_folder", path=reader.inside(reader.name(name), parent))
    return True


MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def _folder_contents(reader: Reader, tail: str) -> bool:
    """``with a file packing.txt that lists …``, ``with subfolders a, b and c``, ``with three empty files: a, b``."""
    folder = reader.last_folder
    tail = re.sub(
        r"^(?:with|containing|holding|including|that (?:has|contains|holds)|which (?:has|contains)|and (?:in it|inside it|inside|put|place))\s*,?\s*", "", tail, flags=re.I
    )
    tail = re.sub(rf"^{MAKE} ", "", tail, flags=re.I)
    tail = _THERE.sub("", tail)
    if full(
        r"(?:a |one )?(?:sub)?(?:folders?|directories|directory) (?:for|called after) (?:each|every|all(?: the)?|the) (?:of the )?(?:12 |twelve )?months?(?: of the year)?", tail
    ):
        reader.calls += [("files.make_folder", {"path": reader.inside(month, folder)}) for month in MONTHS]
        return True
    if re.match(rf"{NUMBERED}(?:sub)?(?:folders?|directories|directory) for (?:each|every)\b", tail, re.I):
        raise NotSupported("a folder for each of something unnamed")
    if found := full(rf"{NUMBERED}(?:sub)?(?:folders|directories)(?: in it| inside)?(?: called| named|:)?:? (?P<names>.+)", tail):
        for name in reader.items(found["names"]):
            reader.calls.append(("files.make_folder", {"path": reader.inside(name, folder)}))
        return True
    if found := full(rf"{NUMBERED}(?:empty |text )*files(?: in it| inside)?(?: called| named|:)?:? (?P<names>.+)", tail):
        names = reader.items(found["names"])
        for name in names:
            reader.calls.append(("files.write", {"path": reader.inside(name, folder), "text": ""}))
        return all("." in name for name in names)
    parts = [part for part in re.split(r",? and (?=(?:a|an|another) (?:new |empty |text |second )*(?:file|folder|subfolder|document)\b)", tail) if part]
    return all(_one_inside(reader, part, folder) for part in parts)


def _one_inside(reader: Reader, part: str, folder: str) -> bool:
    if found := full(rf"(?:a |an |another )?(?:new |empty )*{FOLDER} (?:called |named )?(?P<name>{NAME})(?: in it| inside)?", part):
        reader.calls.append(("files.make_folder", {"path": reader.inside(reader.name(found["name"]), folder)}))
        return True
    found = full(
        rf"(?:a |an |another |the )?(?:new |empty |text |second )*(?:file |document |list |note )?(?:called |named |titled )?(?P<name>{FILE})(?: in it| inside(?: it)?)?(?:,? (?:and )?{WITH} (?P<content>.+))?",
        part,
    )
    if not found:
        return False
    announced = re.search(LISTING, part, re.I)
    text = text_of(reader, found["content"], bool(announced)) if found["content"] else ""
    reader.calls.append(("files.write", {"path": reader.inside(reader.name(found["name"]), folder), "text": text}))
    reader.last_file = reader.calls[-1][1]["path"]
    return True


def write_file(reader: Reader, text: str) -> bool:
    """Make a file, empty or with contents."""
    if re.search(r"\bin (?:each|all|every)(?: (?:of them|one|folder))?$", text, re.I):
        return _in_each(reader, text)
    if listed := full(
        rf"{MAKE} (?:a )?list of (?:all )?(?:the |my )?files(?: (?:in|from|inside) (?P<dir>{NAME})| here)? (?:and )?(?:save|write|put|store) (?:it|that|them) (?:as|to|in|into) (?P<name>{FILE})",
        text,
    ):
        reader.add("files.list", path=reader.folder(listed["dir"]))
        return reader.add("files.write", path=reader.name(listed["name"]), text=reader.reference() + "\n")
    making = rf"(?:{MAKE}|put|place|leave|drop|save|store)"
    inside = rf"(?: (?:in|inside|under|into) (?P<dir>{NAME}))?"
    kind = r"(?:(?:a|an|the|my|another|me a|one) )?(?:(?:new|blank|empty|text|plain|short|simple|little|markdown|quick|python|csv|json) )*(?:file|document|doc|list|script|page|readme|note file|note|text)"
    found = full(rf"{MAKE} {kind},? (?:and )?(?:name|call) it (?P<name>{FILE})(?:,? (?:and )?(?:write|put|add) (?P<content>.+?) (?:in(?:to|side)? it|inside|there))?", text)
    if found:
        return _write(reader, found["name"], None, found["content"] or "", "")
    found = full(
        rf"{making} {kind}(?: (?:in|inside|into) (?P<dir>it|there|{WORD}(?: folder)?|(?:the|a) {WORD} {FOLDER}))?,? (?:called |named |titled )(?P<name>{FILE})(?P<glue>,? (?:and |which |that )?{WITH}:?|:) (?P<content>.+)",
        text,
    )
    if found:
        return _write(reader, found["name"], found["dir"], found["content"], found["glue"])
    found = full(rf"{making} (?:a|an|the) (?:new )?(?P<name>{FILE}) (?:file|document){inside}(?P<glue>,? (?:and |which |that )?{WITH}:?|:) (?P<content>.+)", text)
    if found:
        return _write(reader, found["name"], found["dir"], found["content"], found["glue"])
    found = full(
        rf"{making} {kind}(?: for me)?,? (?:called |named |titled |at |as )?(?P<name>{FILE})(?: (?:in|inside|under) (?P<dir>{NAME}))?(?P<glue>,? (?:and |which |that )?{WITH}:?|:| {LISTING}:?) (?P<content>.+)",
        text,
    )
    if not found:
        found = full(rf"{MAKE} (?P<name>{FILE})(?: (?:in|inside|under) (?P<dir>(?!it\b){NAME}))?(?P<glue>,? (?:and )?{WITH}:?|:) (?P<content>.+)", text)
    if found:
        return _write(reader, found["name"], found["dir"], found["content"], found["glue"])
    found = full(rf"{MAKE} {kind} (?P<glue>{WITH}:?) (?P<content>.+?)[.,;] ?(?:and )?(?:call|name) it (?P<name>{FILE})", text)
    if found:
        listed = re.match(r"(?:my|the|a)(?: \w+)* list: ?", found["content"], re.I)
        return _write(reader, found["name"], None, found["content"][listed.end() :] if listed else found["content"], "listing" if listed else found["glue"])
    found = full(rf"{MAKE} (?:me )?(?:a|the|my)(?: \w+)? list(?: of \w+)? (?:in|into|as|called|named) (?P<name>{FILE})(?P<glue>:| {WITH}:?) (?P<content>.+)", text)
    if found:
        return _write(reader, found["name"], None, found["content"], "listing")
    found = full(rf"{MAKE} {kind}(?: for me)?(?: (?:in|inside) (?P<dir>it|there|(?:the )?{WORD}(?: folder)?))?,? (?:called |named |titled )(?P<name>{FILE})", text)
    if found:
        return _write(reader, found["name"], found["dir"], "", "")
    found = full(rf"{MAKE} (?:a|an) (?:new |empty )*(?P<name>{FILE})(?: file)?{inside}", text)
    if found:
        return _write(reader, found["name"], found["dir"], "", "")
    found = full(rf"{making} {kind}(?: for me)?,? (?:called |named |titled |at )?(?P<name>{FILE})(?: (?:in|inside|under) (?P<dir>{NAME}))?", text) or full(
        rf"(?:{MAKE}|touch) (?P<name>{FILE})(?: (?:in|inside|under) (?P<dir>{NAME}))?", text
    )
    if found:
        return _write(reader, found["name"], found["dir"], "", "")
    found = full(rf"{MAKE} {kind}s (?:called |named |: ?)?(?P<names>.+)", text) or full(
        rf"{MAKE} {NUMBERED}(?:empty |text |blank )*files?,?:? ?(?:called |named |: ?)?(?P<names>.+)", text
    )
    if found:
        rest, folder = found["names"], ""
        if place := re.fullmatch(rf"(?P<names>.+) (?:in|inside) (?P<dir>{NAME})", rest, re.I):
            rest, folder = place["names"], reader.folder(place["dir"])
        names = reader.items(rest)
        return all(re.fullmatch(FILE, name) for name in names) and all(reader.add("files.write", path=reader.inside(name, folder), text="") for name in names)
    return False


def _in_each(reader: Reader, text: str) -> bool:
    """``put a file info.txt in each``: one in every folder made just before."""
    folders = [args["path"] for tool, args in reader.calls if tool == "files.make_folder"]
    found = full(
        rf"(?:{MAKE}|put|place|add) (?:a|an) (?:new |empty |text )*(?:file )?(?:called |named )?(?P<name>{FILE})(?: {WITH} (?P<content>.+?))? in (?:each|all|every)(?: (?:of them|one|folder))?",
        text,
    )
    if not found or not folders:
        raise NotSupported("something in each of several")
    content = reader.content(found["content"]) if found["content"] else ""
    return all(reader.add("files.write", path=reader.inside(reader.name(found["name"]), folder), text=content) for folder in folders)


def _write(reader: Reader, name: str, folder: str | None, content: str, glue: str) -> bool:
    if content and (place := re.fullmatch(rf"(?P<content>.+) (?:in|inside) (?P<dir>(?:the |a )?{WORD} {FOLDER})", content, re.I | re.S)) and not folder:
        content, folder = place["content"], place["dir"]
    path = reader.inside(reader.name(name), reader.folder(folder))
    if dated := reader.dated(content):
        return reader.add("files.write", path=path, text=dated)
    return reader.add("files.write", path=path, text=text_of(reader, content, bool(re.search(LISTING, glue, re.I))) if content else "")


def save_text(reader: Reader, text: str) -> bool:
    """Write *this* to *that file*."""
    found = full(
        rf"(?:write|put|save|add) (?:the following|this|these)(?: (?:text|lines?|items?))? (?:in|into|to|as) (?:a file (?:called |named )?)?(?P<name>{FILE}): ?(?P<content>.+)",
        text,
    )
    if found:
        listing = bool(re.match(r"\w+ (?:these|the following) (?:lines|items)", text, re.I))
        return reader.add("files.write", path=reader.name(found["name"]), text=text_of(reader, found["content"], listing))
    if reader.last_file and (found := full(r"(?:write|put|save|type|enter) (?P<content>.+?) (?:in(?:to|side)?|to) (?:it|that file|this file|the file|there)", text)):
        return _into_last(reader, found["content"])
    verb = r"(?:write|put|save|store|type|enter|record|stick|place|jot|drop|note)(?: down)?"
    found = full(
        rf"{verb} (?P<content>.+?) (?:in|into|to|as|inside) (?:(?:a|an|the|my|another) )?(?:(?:new|text|empty) )*(?:file |document )?(?:called |named )?(?P<name>{FILE})(?: (?:in|inside) (?P<dir>{NAME}))?(?: file)?",
        text,
    )
    if not found:
        return False
    content, name = found["content"], reader.inside(reader.name(found["name"]), reader.folder(found["dir"]))
    if re.fullmatch(
        rf"(?:{ARTICLE})?(?:it|that|this|them|those|result|results|answer|list|output|names|number|count|total|text|content|contents|file list|listing)", content, re.I
    ):
        return bool(reader.calls) and _save_output(reader, content, name)
    if place := full(
        rf"(?:a |the )?(?:list|names?|listing) of (?:all )?(?:the |my )?(?:(?P<kind>[\w.]+) )?(?:files|everything|contents)(?: (?:in|inside|from) (?P<dir>{NAME})| here)?", content
    ):
        extension = EXTENSIONS.get((place["kind"] or "").lower().lstrip("."), "")
        if place["kind"] and not extension:
            return False
        reader.add("files.list", path=reader.folder(place["dir"]), **({"pattern": f"*.{extension}"} if extension else {}))
        return reader.add("files.write", path=name, text=reader.reference() + "\n")
    if re.search(rf"(?:^|\s)(?:file|folder)\b|{FILE}", content, re.I) and not re.fullmatch(MARK, content):
        return False
    if dated := reader.dated(content):
        return reader.add("files.write", path=name, text=dated)
    listed = re.match(r"(?:a|the|my)(?: \w+)? list (?:of|with|containing)(?: \w+:)? |(?:these|the following)? ?(?:items|lines|things):? ", content, re.I)
    return reader.add("files.write", path=name, text=text_of(reader, content[listed.end() :] if listed else content, bool(listed)))


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
    if joined := full(rf"(?:{APPEND}|copy) (?:the )?(?:contents?|text) of (?P<source>{FILE}) (?:to|onto|at) (?:the end of )?(?P<name>{FILE})", text):
        reader.add("files.read", path=reader.file(joined["source"]))
        return reader.add("files.append", path=reader.file(joined["name"]), text="{{s%d.output.text}}" % len(reader.calls))
    if several := full(
        rf"{APPEND} (?:(?:the|these|following|two|three|four|five|\d+|new|more) )*(?:lines|items|entries|rows) (?:to|at the end of) (?:the file |my )?(?P<name>{FILE}):? (?P<content>.+)",
        text,
    ):
        return reader.add("files.append", path=reader.name(several["name"]), text=reader.lines(several["content"]).rstrip("\n"))
    if noted := full(rf"{MAKE} (?:a |an )?(?:new )?(?:note|entry|reminder) in (?:the file |my )?(?P<name>{FILE})(?: (?:that says|saying|to|about|:))? (?P<content>.+)", text):
        return reader.add("files.append", path=reader.name(noted["name"]), text=reader.content(noted["content"]))
    to = r"(?:to|onto|at|in|into|on)"
    end = r"(?:(?:the )?(?:end|bottom) of )?"
    found = full(
        rf"{APPEND} (?:(?:a|another|one|the) )?(?:(?:new|more|extra) )*(?:line|row|entry|item|text|words?|sentence)s?(?: saying| reading| that says| with| containing|:|,)? ?(?P<content>.+?) {to} {end}(?P<name>{FILE}|the file {WORD}|it|that file)(?: file)?",
        text,
    )
    found = found or full(
        rf"{APPEND} (?P<content>.+?)(?: as (?:a|the) (?:new |last )?(?:line|entry|item|row))? {to} {end}(?:the file |my file |the |my )?(?P<name>{FILE}|it|that file)(?: file| list)?(?: as (?:a |the )?(?:new|last|another) (?:line|entry|item))?",
        text,
    )
    found = found or full(rf"(?:{APPEND}|write) (?:to |at )?{end}(?:the file )?(?P<name>{FILE})(?::| the (?:text|line|words)| this:| with)? (?P<content>.+)", text)
    found = found or full(rf"(?:put|write|stick) (?P<content>.+?) at the (?:end|bottom) of (?P<name>{FILE}|it)", text)
    found = found or full(rf"(?:put|write|stick|note) (?P<content>.+?) on(?:to)? (?:my|the|our)(?: \w+)*? (?P<name>{FILE})", text)
    if not found and (
        top := full(
            rf"(?:{APPEND}|put|write) (?:(?:the|a) )?(?:(?:new )?(?:line|text|heading|title) )?(?P<content>.+?) (?:at|to) the (?:top|beginning|start) of (?P<name>{FILE}|it)", text
        )
    ):
        return reader.add("files.append", path=reader.file(top["name"]), text=reader.plain(top["content"]), at="start")
    if not found:
        return False
    name = reader.file(found["name"])
    if name and re.fullmatch(r"(?:today's|the current|the|current) (?:date|time)(?: and time)?", found["content"], re.I):
        reader.add("time.now")
        return reader.add("files.append", path=name, text="{{s%d.output.%s}}" % (len(reader.calls), "time" if found["content"].lower().endswith("time") else "date"))
    if re.fullmatch(rf"{MARK}(?:(?:,| and|, and) {MARK})+", found["content"]):
        return reader.add("files.append", path=name, text="\n".join(reader.plain(mark) for mark in re.findall(MARK, found["content"])))
    if not name or re.fullmatch(r"(?:it|that|this|them)", found["content"], re.I):
        return bool(name and reader.calls) and reader.add("files.append", path=name, text=reader.reference())
    content = found["content"]
    listed = reader._enumerated(content) and not content.startswith("\x02") and re.search(r"\b(?:lines|items|entries)\b|,", text[: len(text) - len(found["name"])], re.I)
    return reader.add("files.append", path=name, text=reader.lines(content).rstrip("\n") if listed else reader.content(content))
