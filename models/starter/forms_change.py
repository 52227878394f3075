"""Forms that change what is there: edit, rename, move, copy, delete, pack, sort, join."""

from __future__ import annotations

import re

from models.starter.lexicon import ARCHIVE, ARTICLE, COPY, DELETE, EXTENSIONS, EXTRACT, MAKE, MOVE
from models.starter.reader import FILE, FOLDER, NAME, WORD, NotSupported, Reader, full


def edit_text(reader: Reader, text: str) -> bool:
    """Replace one text by another inside a file."""
    verb = r"(?:replace|change|swap|substitute|turn|switch|update|correct|fix)"
    thing = r"(?:(?:the )?(?:word|words|text|phrase|name|line|string|number|value) )?"
    every = r"(?:(?:all|every|each)(?: of)?(?: the)?(?: occurrences?| instances?| mentions?)?(?: of)? |the )?"
    patterns = (
        rf"{verb} {every}{thing}(?P<find>.+?) (?:in|inside|of) (?:the file )?(?P<name>{FILE}|it) (?:with|by) {thing}(?P<replace>.+)",
        rf"{verb} (?:(?:the|my) )?(?:[\w ]+? )?(?:in|of) (?:the file )?(?P<name>{FILE}) from (?P<find>.+?) to (?P<replace>.+)",
        rf"{verb} {every}{thing}(?P<find>.+?) (?:with|by|to|for|into) {thing}(?P<replace>.+?)(?: everywhere)? (?:in|inside|within|of) (?:the file )?(?P<name>{FILE}|it|that file)(?: file)?",
        rf"(?:in|inside) (?:the file )?(?P<name>{FILE}|it)(?: file)?,? {verb} {every}{thing}(?P<find>.+?) (?:with|by|to|for|into) {thing}(?P<replace>.+)",
        rf"{verb} (?:in|inside) (?:the file )?(?P<name>{FILE})(?::|,)? {every}{thing}(?P<find>.+?) (?:with|by|to|for) {thing}(?P<replace>.+)",
    )
    for pattern in patterns:
        if (found := full(pattern, text)) and (name := reader.file(found["name"])):
            find, replace = (_mark_of(found[key]) or reader.plain(found[key]) for key in ("find", "replace"))
            return not re.fullmatch(FILE, find) and reader.add("files.edit", path=name, find=find, replace=replace)
    return False


def _mark_of(text: str) -> str:
    """A punctuation mark by its name: ``a comma``, ``spaces``."""
    marks = {"comma": ",", "semicolon": ";", "colon": ":", "space": " ", "tab": "\t", "dash": "-", "hyphen": "-", "underscore": "_", "period": ".", "full stop": ".", "slash": "/"}
    return marks.get(re.sub(r"^(?:an?|the|every|each|all) ", "", text.strip().lower()).removesuffix("s"), "")


def rename(reader: Reader, text: str) -> bool:
    """Give a file or folder another name."""
    if found := full(rf"change (?:the )?(?:file )?extension of (?:the file )?(?P<old>{FILE}) (?:from \S+ )?to (?P<new>\.?\w+)", text):
        old = reader.file(found["old"])
        return bool(old) and reader.add("files.move", source=old, target=f"{old.rsplit('.', 1)[0]}.{found['new'].lstrip('.')}")
    found = full(rf"rename (?:the )?(?:file |folder |directory )?(?P<old>{NAME}|it) (?:to|as|into|→|->) (?P<new>{NAME})(?: instead)?", text)
    found = found or full(rf"change the name of (?:the )?(?:file |folder )?(?P<old>{NAME}|it) to (?P<new>{NAME})", text)
    found = found or full(rf"give (?:the )?(?:file |folder )?(?P<old>{FILE}|it) (?:a|the) (?:new |different |other )?name:? (?:of )?(?P<new>{NAME})", text)
    if not found:
        return False
    if re.match(r"(?:all|every|each)\b|.*[*]", found["old"], re.I):
        raise NotSupported("renaming many files at once")
    old, new = reader.file(found["old"]), reader.name(found["new"])
    if "/" in old and "/" not in new:
        new = reader.inside(new, old.rsplit("/", 1)[0])
    return bool(old) and reader.add("files.move", source=old, target=new)


def group_of(reader: Reader, text: str) -> tuple[str, str] | None:
    """``all the PDFs in Downloads`` → (``*.pdf``, ``Downloads``)."""
    ending = full(
        rf"(?:(?:all|every|any|each|the|my|of) )*(?:files?|documents?|ones|everything|things) (?:ending (?:in|with)|(?:that|which) ends? (?:in|with)|with (?:the )?(?:extension|ending|suffix)) \*?\.?(?P<kind>[A-Za-z0-9]{{1,8}})(?: (?:in|from|inside) (?P<dir>{NAME}))?",
        text.strip(),
    )
    if ending:
        return f"*.{ending['kind']}", reader.folder(ending["dir"] or ".")
    whole = full(
        rf"(?:(?:all|every|any|each)(?: (?:of|the|my))* (?:files?|things?|of it|everything)|everything|(?:the )?contents)(?: (?:in|from|inside|of) (?P<dir>{NAME}))?", text.strip()
    )
    if whole:
        return "*", reader.folder(whole["dir"] or ".")
    found = full(
        rf"(?:(?:all|every|any|each|the|my|of|both|these|those) )*(?:\*?\.?(?P<kind>[A-Za-z0-9]+?)s?)(?: (?:files?|documents?|images?|pictures?))?(?: (?:that are |which are )?(?:in|from|inside|of|here) ?(?P<dir>{NAME})?)?",
        text.strip(),
    )
    if not found:
        return None
    kind = EXTENSIONS.get(found["kind"].lower(), found["kind"].lower() if found["kind"].lower() in EXTENSIONS.values() else "")
    marked = re.search(rf"(?:\*?\.{re.escape(found['kind'])}s?\b)|\bfiles?\b|\b(?:all|every|any)\b", text, re.I)
    if not kind or (not marked and found["kind"].lower() not in EXTENSIONS):
        return None
    return f"*.{kind}", reader.folder(found["dir"])


def _objects(reader: Reader, text: str) -> list[str] | None:
    """The files that an object phrase names: one, several, or a pattern."""
    text = text.strip()
    if re.fullmatch(rf"(?:the|that|this) (?:new )?{FOLDER}", text, re.I) and reader.last_folder:
        return [reader.last_folder]
    if re.fullmatch(r"(?:it|that|this|that file|this file|the file|the copy|them|those|these)", text, re.I):
        known = reader.file("it")
        return [known] if known else None
    if "*" in text and re.fullmatch(r"(?:(?:all|every|the) )*\S*\*\S*(?: files?)?", text, re.I):
        return [reader.plain(re.sub(r"^(?:(?:all|every|the) )+| files?$", "", text, flags=re.I))]
    if (group := group_of(reader, text)) and not re.fullmatch(FILE, text):
        return [reader.inside(group[0], group[1])]
    parts = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", text)
    names = [reader.name(re.sub(r"^both ", "", part, flags=re.I)) for part in parts if part.strip()]
    place = re.fullmatch(rf"(?P<name>.+?) (?:in|from|inside) (?P<dir>{NAME})", parts[-1], re.I)
    if place:
        names = [*(reader.inside(name, reader.folder(place["dir"])) for name in names[:-1]), reader.inside(reader.name(place["name"]), reader.folder(place["dir"]))]
    named = all(
        re.fullmatch(FILE, part.strip()) or re.search(r"\b(?:folder|directory|file)\b|\x02|/", part, re.I) or re.fullmatch(rf"(?:{ARTICLE})?[\w.-]+", part.strip(), re.I)
        for part in parts
    )
    return names if names and named and all(name and len(name) < 200 for name in names) else None


def move_or_copy(reader: Reader, text: str) -> bool:
    """Move or copy files, folders or all files of a kind."""
    if re.search(r"\b(?:except|but not|other than|apart from)\b", text, re.I):
        return False  # the frames know what is left out
    if found := full(rf"{MOVE} (?P<what>{FILE}) (?:to|into|in|inside) (?P<dir>{NAME}) and (?:call|name|rename) it (?:to )?(?P<name>{FILE})", text):
        return reader.add("files.move", source=reader.file(found["what"]), target=reader.inside(reader.name(found["name"]), reader.folder(found["dir"])))
    if found := full(rf"(?:put|place|keep|make|save|leave) (?:a )?(?:copy|duplicate|backup) of (?P<what>.+?) (?:in|into|inside|to) (?P<target>{ARTICLE}{NAME})", text):
        return _transfer(reader, "files.copy", found["what"], found["target"], not re.fullmatch(FILE, found["target"]))
    for verbs, tool in ((MOVE, "files.move"), (COPY, "files.copy")):
        found = full(rf"{verbs} (?:the file )?(?P<what>.+?) from (?:the )?(?P<from>{WORD})(?: {FOLDER})? (?:to|into) (?:the )?(?P<target>{WORD})(?: {FOLDER})?", text)
        if found and not re.match(r"(?:all|every)", found["what"], re.I) and (sources := _objects(reader, found["what"])):
            return all(reader.add(tool, source=reader.inside(source, reader.folder(found["from"])), target=reader.folder(found["target"]) + "/") for source in sources)
        if found := full(rf"{verbs} (?P<what>.+?) (?:over )?(?P<target>there)", text):
            return _transfer(reader, tool, found["what"], found["target"], True)
        joints = r"(?:to|into)" if re.search(r" (?:to|into) ", text) else r"(?:in|inside|under|as|onto)"
        found = full(
            rf"{verbs} (?:the files? (?:(?:called|named) )?)?(?P<what>.+?) (?:over |across )?{joints} (?P<into>{ARTICLE}?(?:new |existing )*(?:file |{FOLDER} )?(?:called |named )?)(?P<target>{NAME}|there)(?P<kind> {FOLDER})?",
            text,
        )
        if found:
            folder = (
                bool(found["kind"]) or bool(re.search(FOLDER, found["into"], re.I)) or (bool(re.search(r" (?:into|inside) ", text)) and not re.fullmatch(FILE, found["target"]))
            )
            return _transfer(reader, tool, found["what"], found["target"], folder)
    if found := full(
        rf"i (?:want|need|would like|'d like) (?P<what>(?:all|every) .+?) (?:in|into|inside|moved (?:in)?to) (?:a |the )?(?:new )?(?:{FOLDER} )?(?:called |named )?(?P<target>{NAME})(?: {FOLDER})?",
        text,
    ):
        return _transfer(reader, "files.move", found["what"], found["target"], True)
    found = full(
        rf"(?:make|create|keep|save) (?:a |another )?(?:second |backup |spare )*(?:copy|duplicate|backup) of (?:the file )?(?P<what>{FILE}) (?:called|named) (?P<target>{FILE}) (?:in|into|inside) (?P<dir>{NAME})",
        text,
    )
    if found:
        return reader.add("files.copy", source=reader.file(found["what"]), target=reader.inside(reader.name(found["target"]), reader.folder(found["dir"])))
    found = full(
        rf"(?:(?:make|create|keep|save) (?:a |another )?(?:second |spare )*(?P<kind>copy|duplicate|backup|backup copy) of|back up|backup|duplicate) (?:the file )?(?P<what>{FILE}|it)",
        text,
    )
    if found and (what := reader.file(found["what"])):
        stem, dot, extension = what.rpartition(".")
        return reader.add(
            "files.copy", source=what, target=f"{stem or extension}-{'copy' if (found['kind'] or '').startswith(('copy', 'dup')) else 'backup'}{dot}{extension if stem else ''}"
        )
    found = full(
        rf"(?:make|create|keep|save) (?:a |another )?(?:second |backup |spare )*(?:copy|duplicate|backup) of (?P<what>.+?),? (?:called|named|as|to|in|into|under|with the name|and (?:call|name) it) (?P<target>{NAME})(?P<kind> {FOLDER})?",
        text,
    )
    found = found or full(rf"(?:back up|backup|duplicate) (?P<what>.+?) (?:to|as|into|in) (?P<target>{NAME})(?P<kind> {FOLDER})?", text)
    return bool(found) and _transfer(reader, "files.copy", found["what"], found["target"], bool(found["kind"]))  # type: ignore[index]


def _transfer(reader: Reader, tool: str, what: str, target: str, folder: bool) -> bool:
    sources = _objects(reader, what)
    if not sources:
        return False
    named_folder = folder or bool(re.search(rf"\b{FOLDER}\b|\bthere\b", target, re.I)) or len(sources) > 1
    pronoun = re.fullmatch(r"it|there|that|this|that folder", target, re.I)
    if pronoun and not reader.last_folder:
        return False
    plain_target = re.fullmatch(FILE, target) is None or ("/" in target and "." not in target.rsplit("/", 1)[-1])
    named_folder = named_folder or bool(pronoun) or (plain_target and all("." in source.rsplit("/", 1)[-1] for source in sources))
    goal = reader.folder(target) if named_folder else reader.name(target)
    if named_folder and goal not in (".", "") and not goal.endswith("/"):
        goal += "/"
    folders = [source for source in sources if source.rstrip("/") == goal.rstrip("/")]
    into_file = "." in goal.rstrip("/").rsplit("/", 1)[-1] and not goal.endswith("/")
    if not goal or folders or (into_file and any("." not in source.rsplit("/", 1)[-1] for source in sources)):
        return False  # a folder is not put into a file: those are words to write
    for source in sources:
        reader.add(tool, source=source, target=goal)
    return True


def delete(reader: Reader, text: str) -> bool:
    """Delete files or folders (they go to the trash)."""
    if found := full(rf"(?:empty|clear)(?: out)? (?:the )?(?:(?:contents?|text) of )?(?:the file )?(?P<name>{FILE})", text):
        return reader.add("files.write", path=reader.file(found["name"]), text="")
    if found := full(rf"empty (?:out )?(?P<dir>{ARTICLE}?{NAME})", text):
        return reader.add("files.delete", path=reader.inside("*", reader.folder(found["dir"])))
    found = full(
        rf"{DELETE} (?P<what>.+?)(?:,? (?:and|including|with) (?:everything|all|its contents?|whatever)(?: (?:in|inside|that is in) it|(?: its)? contents?)?| completely| permanently| for good)?",
        text,
    )
    targets = _objects(reader, found["what"]) if found else None
    return bool(targets) and all(reader.add("files.delete", path=path) for path in targets or ())


def archive(reader: Reader, text: str) -> bool:
    """Pack into or unpack from an archive."""
    found = full(rf"{EXTRACT} (?:the )?(?:archive |zip |file )*(?P<what>{FILE}|it)(?: archive| file)?(?: (?:here|in place))?(?: (?:to|into|in) (?P<target>{NAME}))?", text)
    if found:
        return reader.add("files.extract", source=reader.file(found["what"]), target=reader.folder(found["target"]) if found["target"] else "")
    found = full(
        rf"{ARCHIVE} (?:up )?(?P<what>.+?)(?:,? (?:and (?:call|name) (?:it|the archive)|called|named|into|to|as|in) (?:(?:a|an|one) )?(?:new )?(?:zip |archive |zip file |zip archive |compressed file |file )*(?:called |named )?(?P<target>{FILE}|\x02\d+\x03|[\w-]+))?",
        text,
    )
    found = found or full(
        rf"{MAKE} (?:a |an )?(?:new )?(?:zip|archive|zip archive|zip file|compressed (?:file|archive))(?: (?:called|named) (?P<target>{WORD}))? (?:of|from|with|containing|out of) (?P<what>.+)",
        text,
    )
    found = found or full(
        rf"(?:put|place|pack|save|bundle|move|add) (?P<what>.+?) (?:in|into|to|inside) (?:a|an|one) (?:new |single )?(?:zip|archive|zip file|zip archive|compressed (?:file|archive))(?:,? (?:called|named) (?P<target>{WORD}))?",
        text,
    )
    if not found:
        return False
    sources = _objects(reader, found["what"])
    if not sources:
        return False
    target = reader.name(found["target"]) if found["target"] else ""
    if target in ("a", "zip", "archive"):
        target = ""
    return reader.add("files.archive", source=sources[0] if len(sources) == 1 else sources, target=target)


def sort_files(reader: Reader, text: str) -> bool:
    """Sort files into folders."""
    found = full(
        rf"(?:sort|organi[sz]e|tidy(?: up)?|group|arrange|clean up) (?:(?:all|the|my|of|these|those) )*(?:files?(?: here)?|everything(?: here)?|documents|things|stuff|(?P<place>{WORD}(?: folder)?))?(?: (?:in|inside|of) (?P<dir>{ARTICLE}?{NAME}))?,? ?(?:in)?(?:to (?:sub)?folders )?by (?:sorting (?:the |all )*files? by )?(?:their |file )?(?P<by>type|kind|extension|month|year|date)(?: (?:in)?to (?:separate )?(?:sub)?folders)?",
        text,
    )
    if not found:
        return False
    by = {"kind": "type", "date": "month"}.get(found["by"].lower(), found["by"].lower())
    return reader.add("files.sort_into_folders", path=reader.folder(found["dir"] or found["place"]), by=by)


def merge(reader: Reader, text: str) -> bool:
    """Join files into one."""
    found = full(rf"(?:merge|combine|join|concatenate) (?P<names>.+?) (?:in)?to (?:(?:a|one) )?(?:(?:new|single) )*(?:file )?(?:called |named )?(?P<target>{FILE})", text)
    names = reader.items(found["names"]) if found else []
    if not found or len(names) < 2 or not all(re.fullmatch(FILE, name) for name in names):
        return False
    return reader.add("files.merge", source=names, target=reader.name(found["target"]))
