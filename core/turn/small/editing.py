"""One value in one line: code finds the line that a request is about, the model writes that line anew, code puts it in its place."""

from __future__ import annotations

import re

from core.language.words import content_stems
from core.turn.act.closing import LoopEnd
from core.turn.small.dialogue import PLACE
from core.turn.small.hands import SmallTurn
from core.turn.small.material import read_documents
from core.turn.small.program import run_program
from core.turn.small.request import SmallRequest

SYSTEM = "You are given one line of a file and what is to be changed in it. Write the line as it shall be, with everything else exactly as it was, and nothing but the line."
_CHANGES = re.compile(
    r"\b(?:chang\w*|correct\w*|updat\w*|should (?:read|be|say)|shall (?:read|be|say)|ought to|instead of|is now|are now|has a new|new (?:number|address|phone|e-?mail|date|time|price)|mark\w*|set\b|not \w+ but|moved to|ändere?|korrigier\w*)",
    re.I,
)
_MANY = re.compile(
    r"\b(?:everywhere|all|every|each|whole|throughout|lines?|rows?|column|lower ?case|upper ?case|add|append|insert|delete|remove|put|write|sort|number\w* the)\b", re.I
)
KEPT = 0.4  # of a line's words that have to stay
ENDINGS = (".txt", ".md", ".csv", ".tsv", ".ini", ".cfg", ".yaml", ".yml", ".json", ".html")


async def edit_file(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """A single line where the request speaks of one value, else a program."""
    files = request.sources.files
    if len(files) == 1 and files[0].lower().endswith(ENDINGS) and _CHANGES.search(request.text) and not _MANY.search(request.text):
        if end := await _edit_line(turn, request, files[0]):
            return end
    return await run_program(turn, request)


async def _edit_line(turn: SmallTurn, request: SmallRequest, path: str) -> LoopEnd | None:
    """None where no line is clearly meant, or the line that the model writes is another one."""
    document = (await read_documents(turn, [path]))[0]
    past = f"{request.before} {PLACE.sub('', request.past[-1].answer)}" if request.past and request.sources.how == "earlier" else ""
    is_table = path.lower().endswith((".csv", ".tsv"))
    head, _, rows = document.text.partition("\n")
    line = meant_line(rows if is_table else document.text, f"{past} {request.text}")
    if not line or document.text.count(line) != 1:
        return None
    columns = f"Columns: {head}\n" if is_table else ""
    said = (await turn.ask(SYSTEM, f"{columns}Line: {line}\nChange: {past} {request.text}", most=40 + len(line) // 2, pattern=r"[^\n]+")).text.strip()
    said = re.sub(r"^(?:Line|New line): ", "", said)
    if said == line or not is_same_line(line, said):
        return None
    state = await turn.must("files.edit", path=path, find=line, replace=said)
    return turn.finish(f"{state.text.splitlines()[0]}\n\n- {line}\n+ {said}")


def meant_line(text: str, request: str) -> str:
    """The line that shares most with the request, where it shares clearly more than every other."""
    asked = set(content_stems(request))
    scored = sorted(((len(asked & set(content_stems(line))), -number, line.strip()) for number, line in enumerate(text.splitlines()) if line.strip()), reverse=True)
    if not scored or scored[0][0] < 1 or (len(scored) > 1 and scored[1][0] == scored[0][0]):
        return ""
    return scored[0][2]


def is_same_line(old: str, new: str) -> bool:
    """Whether a line is still the same one: most of its words stay, and its fields."""
    before, after = set(re.findall(r"\w+", old)), set(re.findall(r"\w+", new))
    return len(before & after) >= KEPT * len(before) and old.count(",") == new.count(",") if old.count(",") > 2 else len(before & after) >= KEPT * len(before)
