"""Forms that only look: show, list, find, measure."""

from __future__ import annotations

import datetime
import re

from models.starter import amounts
from models.starter.forms_change import group_of
from models.starter.lexicon import ARTICLE, EXTENSIONS, FIND, SHOW
from models.starter.reader import FILE, FOLDER, MARK, NAME, WORD, Reader, full, number_of

LOOKING = ("files.read", "files.list", "files.find", "files.info", "documents.read", "calc.evaluate", "time.now")


def show(reader: Reader, text: str) -> bool:
    """Read a file."""
    found = full(
        rf"{SHOW} (?:me |us )?(?:the |what(?:'s| is) in(?:side)?(?: of)? )?(?:(?:whole |full )?(?:contents?|text) of )?(?:the )?(?:file )?(?P<name>{FILE}|it|that file|this file)(?: file)?(?: (?:to me|for me|says|contains|aloud|out loud))?",
        text,
    )
    found = found or full(
        rf"(?:what(?:'s| is| does)|whats) (?:in(?:side)? |the (?:contents?|text) of |written in )?(?:the file )?(?P<name>{FILE}|it|that file)(?: say| contain| hold)?", text
    )
    if found and (name := reader.file(found["name"])):
        return not name.endswith("/") and reader.add("documents.read" if name.lower().endswith((".pdf", ".docx", ".csv")) else "files.read", path=name)
    if (
        reader.calls
        and reader.calls[-1][0] in LOOKING
        and full(
            r"(?:tell|show|let) me(?: know)?(?: what(?:'s| is| does)? ?(?:it says|in it|it contains|it say|is in there|inside|you find|you found|is there|the answer is)?| the (?:result|answer|contents?))?",
            text,
        )
    ):
        return True
    last = full(rf"{SHOW} (?:me )?the last (?P<n>\d+|line|\w+) ?(?:lines?)? (?:of|from|in) (?P<name>{FILE})", text)
    if last and (count := number_of(last["n"])):
        return reader.add("files.read", path=reader.file(last["name"]), start=-count)
    found = full(rf"{SHOW} (?:me )?the first (?P<n>\d+|line|\w+) ?(?:lines?)? (?:of|from|in) (?P<name>{FILE})", text)
    count = number_of(found["n"]) if found else None
    return bool(count) and reader.add("files.read", path=reader.file(found["name"]), lines=count)  # type: ignore[index]


def list_folder(reader: Reader, text: str) -> bool:
    """List a folder, or the files of a kind in it."""
    if reader.last_folder and full(rf"(?:list|show(?: me)?|ls|open) (?:(?:the|that|this) {FOLDER}|it|its contents?)", text):
        return reader.add("files.list", path=reader.last_folder)
    ending = full(
        rf"(?:list|show|show me|display|find) (?:(?:all|me|the|my|of) )*files? (?:(?:in|from|inside) (?P<dir>{NAME}) )?(?:(?:that|which) end (?:in|with)|ending (?:in|with)|with (?:the )?(?:extension|ending)) \*?\.?(?P<kind>[A-Za-z0-9]{{1,8}})",
        text,
    )
    if ending:
        return reader.add("files.list", path=reader.folder(ending["dir"]), pattern=f"*.{ending['kind']}")
    ordered = full(
        rf"(?:list|show|show me|display) (?:(?:all|me|the|my|of) )*files?(?: (?:in|from|inside) (?P<dir>{NAME})| here)? (?:sorted|ordered|in order|arranged) (?:by |of )(?P<by>size|name|date|age|newest|oldest)(?: first)?",
        text,
    )
    if ordered:
        by = {"date": "newest", "age": "oldest"}.get(ordered["by"].lower(), ordered["by"].lower())
        return reader.add("files.list", path=reader.folder(ordered["dir"]), sort=by)
    place = rf"(?: (?:are |is |do i have |do we have |there |exist )*(?:in|inside|of|from|under|on|here)(?: (?:here|{ARTICLE}?(?P<dir>{NAME})))?)?"
    ask = r"(?:list|show|display|see|give me|tell me|show me|print|get|what|which|view)"
    found = full(
        rf"{ask}(?: (?:all|me|out|are|every|the|my|of))* (?:(?P<kind>[\w.*]+) )?(?:files?(?: and folders)?|folders?|contents?|everything|documents?|things?|stuff|names)(?: (?:names|list))?(?: (?:are|is))?{place}",
        text,
    )
    if found and re.match(r"(?:is|are|was|has|does|do) ", found["dir"] or "", re.I):
        return False
    if found and (not found["kind"] or found["kind"].lower() in ("the", "all", "my")):
        return reader.add("files.list", path=reader.folder(found["dir"]))
    if found and (
        kind := EXTENSIONS.get(found["kind"].lower().lstrip("*."), "") or (found["kind"].lower().lstrip("*.") if found["kind"].lower().lstrip("*.") in EXTENSIONS.values() else "")
    ):
        return reader.add("files.list", path=reader.folder(found["dir"]), pattern=f"*.{kind}")
    found = full(
        rf"(?:what(?:'s| is)|whats|what do (?:i|we) have|list|ls|show me what(?:'s| is))(?: (?:in|inside|here))*(?: (?P<dir>{ARTICLE}?(?:this|current|{NAME})? ?{FOLDER}|{NAME}/|(?:the )?{FOLDER} (?:called |named )?{WORD}))?",
        text,
    )
    if found and (found["dir"] or re.search(r"here$|^ls$", text, re.I)):
        return reader.add("files.list", path=reader.folder(found["dir"]))
    return False


def find(reader: Reader, text: str) -> bool:
    """Find files by content or name."""
    place = rf"(?: (?:in|inside|under|from|within) (?P<dir>{ARTICLE}?{NAME}))?"
    what = r"(?:(?:all|any|every|the|me|my|which|of) )*(?:text )?(?:files?|documents?|notes?|ones)"
    found = full(
        rf"(?:{FIND} {what}|(?:which|what|is there (?:a|any)|are there any|find which) (?:files?|documents?)|{FIND}|{what}) (?:(?:that|which) )?(?:contain(?:s|ing)?|mention(?:s|ing)?|hold(?:ing)?|include(?:s)?|have|has|talks? about|are about|about|with)(?: the (?:word|text|phrase|words|string|name))? (?P<text>\x02\d+\x03|.+?)(?: in (?:it|them))?{place}",
        text,
    )
    if found:
        return reader.add("files.find", text=reader.plain(found["text"]), path=reader.folder(found["dir"]))
    found = full(
        rf"(?:search|look|grep|scan|find) (?:(?:for|through) )?(?:{what} )?(?:for )?(?:(?:the )?(?:word|text|phrase|string|term) )(?P<text>\x02\d+\x03|[\w ]+?) in (?P<dir>all (?:of )?(?:the |my )?files|the files|my files|every file|here|this folder|{NAME})",
        text,
    )
    found = found or full(
        rf"(?:search|look|grep|scan) (?:(?:for|through) )?(?:{what} )?(?:for )?(?P<text>\x02\d+\x03|[\w ]+?) in (?P<dir>all files|the files|my files|every file|here|this folder|{NAME})",
        text,
    )
    if found:
        folder = "." if re.search(r"files?$|here|this", found["dir"], re.I) else reader.folder(found["dir"])
        return not re.fullmatch(FILE, found["dir"]) and reader.add("files.find", text=reader.plain(found["text"]), path=folder)
    found = full(rf"(?:{FIND}|where(?:'s| is| are| did i put)|list) (?P<what>(?:(?:all|any|every|the|my) )*(?P<kind>[\w.*]+?)s?(?: files?)?){place}", text)
    if found and (group := group_of(reader, found["what"])):
        return reader.add("files.find", name=group[0], path=reader.folder(found["dir"]))
    found = full(
        rf"(?:{FIND}|where(?:'s| is)|is there|do i have) (?:(?:the|my|a|any|all) )*(?:files? |folder )?(?:(?:called|named|with the name) )?(?P<name>{FILE}|{MARK})(?: file| folder)?(?:{place}| here)?",
        text,
    )
    return bool(found) and reader.add("files.find", name=reader.name(found["name"]), path=reader.folder(found["dir"]))  # type: ignore[index]


def measure(reader: Reader, text: str) -> bool:
    """How big, how many, the biggest, the newest."""
    place = rf"(?: (?:are |is )?(?:there )?(?:in|inside|of|from) (?:{ARTICLE})?(?P<dir>{NAME})| here)?"
    found = full(
        rf"(?:count how many|count|how many|tell me how many|what(?:'s| is) the number of|give me the number of) (?:(?:the|of) )*(?:number of )?(?P<unit>lines|words|characters|files|items)(?: (?:are|does|is|do i have|do we have|has|there))*(?: (?:in|inside|of|has|have))*(?: (?P<name>{ARTICLE}?{NAME}))?(?: (?:have|has|contain|contains|hold|got))?",
        text,
    )
    which = full(r"(?:which|what) (?:file|one)s?(?: (?:in|inside|from) (?P<dir>.+?)| here)? (?:is|are) (?:the )?(?P<how>biggest|largest|newest|latest|most recent|oldest)", text)
    if which:
        how = {"biggest": "size", "largest": "size", "oldest": "oldest"}.get(which["how"].lower(), "newest")
        return reader.add("files.find", path=reader.folder(which["dir"]), name="*.*", sort=how, limit=1)
    if found and found["name"] and found["unit"] in ("lines", "words", "characters"):
        return reader.add("files.info", path=reader.file(found["name"])) and _want(reader, found["unit"])
    if found and found["unit"] in ("files", "items"):
        return reader.add("files.list", path=reader.folder(found["name"]))
    found = full(
        rf"(?:(?:tell|show|give) me )?(?:how (?:big|large|long|old) is|what(?:'s| is) the (?:size|length|file size) of|when was|the size of|size of|get info (?:on|about)|info about) (?:the )?(?:file |folder )?(?P<name>{NAME})(?: (?:last )?(?:changed|modified|edited))?",
        text,
    )
    if found and (re.fullmatch(FILE, found["name"]) or re.search(FOLDER, text, re.I)):
        return reader.add("files.info", path=reader.file(found["name"]))
    found = full(
        rf"(?:{FIND}|which|what) (?:(?:all|any|every|the|my|me) )*files?(?: (?:that|which))?(?: are| is)? (?:larger|bigger|greater|over|more)(?: than)? (?P<n>[\d.]+) ?(?P<unit>b|bytes|kb|mb|gb|kilobytes?|megabytes?|gigabytes?)(?: in (?P<dir>{NAME})| here)?",
        text,
    )
    if found:
        factor = {"b": 1, "k": 1000, "m": 1_000_000, "g": 1_000_000_000}[found["unit"][0].lower()]
        return reader.add("files.find", path=reader.folder(found["dir"]), larger_than=int(float(found["n"]) * factor), sort="size")
    found = full(
        rf"(?:{FIND}|which|what) (?:(?:all|any|every|the|my|me) )*files? (?:(?:that|which) )?(?:i |were |was |are |is |have been )*(?:modified|changed|edited|created|updated) (?P<when>today|this week|this month|in the last (?P<n>\d+) days?|recently)",
        text,
    )
    if found:
        when = {"changed_within_days": 7.0} if found["when"].lower() == "recently" else amounts.age_limit(found["when"], datetime.date.today())
        return reader.add("files.find", path=reader.folder(None), only="files", **when)
    found = full(
        rf"(?:(?:what|which)(?:'s| is| are)?|show me|show|find|list|tell me|give me)(?: me)? (?:the )?(?P<n>\d+ |two |three |five |ten )?(?P<how>biggest|largest|smallest|newest|latest|oldest|most recent)(?: files?| ones?)?(?: is| are)?{place}",
        text,
    )
    order = {"biggest": "size", "largest": "size", "newest": "newest", "latest": "newest", "most recent": "newest", "oldest": "oldest"}.get(
        found["how"].lower() if found else "", ""
    )
    if not found or not order:
        return False
    return reader.add("files.find", path=reader.folder(found["dir"]), name="*.*", sort=order, limit=number_of((found["n"] or "1").strip()) or 1)


def _want(reader: Reader, unit: str) -> bool:
    reader.calls[-1][1]["_wanted"] = unit
    return True
