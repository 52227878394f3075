"""Deeds on files as a short program: the model writes Python on a picture of the folder, code looks at what it would change, and does it.

The program runs in the sandbox of ``code.plan`` and changes nothing; what it would have changed comes back as a list and is held against the
request before it becomes ordinary calls with consent, journal and undo.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from core.language.words import STOP_WORDS, content_stems, fold, stem, words_of
from core.turn.act.closing import LoopEnd
from core.turn.small.choosing import LEAVE
from core.turn.small.dialogue import past_exchanges
from core.turn.small.examples import nearest_examples
from core.turn.small.hands import CannotDo, SmallTurn
from core.turn.small.material import files_of
from core.turn.small.objections import Case, Outcome, objection, unmeant_file, unnamed_folder, unsaid_name
from core.turn.small.request import SmallRequest
from core.turn.small.self_consistency import effect_of, is_far_reaching
from core.turn.small.sources import plain_verbs

SYSTEM = """You write short Python programs that do what a person asks with the files of their folder. These are ready to use, nothing needs to be imported:
files(folder) folders(folder)               paths, in order; files("a", "*.txt") with a pattern; all_files() has those of subfolders too
read(path) lines(path) rows(path)           text, list of lines, list of dicts of a CSV
write(path, text) append(path, text) replace(path, old, new) insert(path, text, before=words) remove(path, words) write_rows(path, rows) update(path, find, change)
move(source, target) copy(source, target) delete(path) make_folder(path)   a target ending in / is a folder
name(path) stem(path) ending(path) size(path) changed(path) exists(path)
zip_files(source, target) unzip(source, folder) answer(text) re datetime
Do only what is asked. Answer with the program alone.

Request: put the jpgs from march into a folder named Spring
for path in files(".", "*.jpg"):
    if "march" in name(path).lower():
        move(path, "Spring/")

Request: in plan.md cross out the line about the tent and add "book ferry" at the end
write("plan.md", [line for line in lines("plan.md") if "tent" not in line])
append("plan.md", "book ferry")

Request: which of my logs is the biggest?
answer(max(files(".", "*.log"), key=size))

Request: every file in talks should get its first line as its name
for path in files("talks"):
    move(path, "talks/" + re.sub(r"[^\\w -]", "", lines(path)[0]).strip() + ending(path))

Request: Kim has moved, her city in staff.csv is Oslo now
update("staff.csv", {"name": "Kim"}, {"city": "Oslo"})

Request: Tom has left, take him off staff.csv
write_rows("staff.csv", [row for row in rows("staff.csv") if row["name"] != "Tom"])

Request: put the names of those who owe more than 50 in debts.csv into owing.txt
write("owing.txt", [row["name"] for row in rows("debts.csv") if float(row["amount"]) > 50])
"""
CODE = (  # a program, and no sentence about it or list of what is in the files
    r"(?:for |if |while |with |import |from |def |try:|\[|[a-z_]+(?:\.[a-z_]+)*\(|[a-z_][a-z0-9_]*(?:, [a-z_][a-z0-9_]*)* \+?= )(?s:.*)"
)
NEXT = ("\nRequest:", "\n# Request")  # where a model goes on with requests of its own
MOST, TRIES, WARMTH = 260, 3, 0.3  # tokens of a program; programs that are tried, and one more to decide; temperature where the same is asked again
ASKED_ABOUT, LETTERS_ASKED = 12, 120  # changes that a question shows, letters of a text that is to be written
SHOWN, SHORT = 3, 14  # worked examples at each try; words of a request that needs none at the first
ALIKE = 0.85  # share of letters in common from which a name is taken for a slip of another
LISTED, HEADS, HEAD_LETTERS = 60, 3, 420  # names that are shown, files whose beginning is shown, letters of it
_OUTSIDE = re.compile(r"outside the folder")  # how a program's error begins that left it
_ORDERED = re.compile(r"\b(?:newest|latest|most recent|oldest|earliest|largest|biggest|smallest|the last|the first|highest|lowest|longest|shortest)\b", re.I)
_POLITE = re.compile(r"[,.!]?\s*\b(?:pls|plz|please|thanks|thank you|thx|cheers|ta)\b[^.]{0,20}$", re.I)  # small models take them for a part of a name
_RENAMES = re.compile(r"\b(?:renam\w*|call (?:it|that|them|this)|nenn\w*|umbenenn\w*)\b", re.I)
_MOVES = re.compile(r"\b(?:mov\w*|put|into|out of|up to|main folder|top|shift\w*|bring|take)\b", re.I)
_CONTENTS = re.compile(r"\b(?:everything|all(?: the)? (?:files|things|stuff)|whatever is|the contents?|each file|every file)\b[^.;]{0,12}\b(?:in|of|inside|from)\b", re.I)


async def run_program(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    """Have a program written, look at what it would do, and do it. Raises :class:`CannotDo`, at once where a strategy tries it again in the same turn."""
    if turn.no_program:
        raise CannotDo(turn.no_program)
    try:
        return await _find_program(turn, request)
    except CannotDo as reason:
        turn.no_program = str(reason)
        raise


async def _find_program(turn: SmallTurn, request: SmallRequest) -> LoopEnd:
    told = describe_folder(request) + await _heads(turn, request)
    before = past_exchanges(request.past)
    past = "\n".join(before)
    error, unmeant = "", ("", Outcome())
    doubted: list[Outcome] = []  # what nothing speaks against, as long as no other program would do the same
    prompts: list[str] = []
    while len(prompts) < TRIES + bool(doubted):
        asked = f"{_alike(request, max(0, len(prompts) - len(doubted)))}{told}\n\nRequest: {plain_verbs(_POLITE.sub('', request.text))}{_literal(request)}{_meant(request)}"
        asked += f"\n(Mind: {error})" if error else ""
        prompts.append(asked)
        code = _decimal(plain_code((await turn.ask(SYSTEM, *before, asked, most=MOST, pattern=CODE, temperature=WARMTH * (prompts.count(asked) - 1), stop=NEXT)).text))
        outcome, failure = await _tried(turn, request, code)
        if outcome is None:
            error = failure
            continue
        if rivals := ambiguous(outcome, request):
            return turn.ask_person("Which one do you mean?", rivals)
        case = Case(outcome, request, code, past, told)
        if not (objected := objection(case)):
            if not is_far_reaching(outcome, request) or any(effect_of(outcome) == effect_of(other) for other in doubted):
                return await _applied(turn, request, outcome)
            doubted.append(outcome)
            continue
        error = objected
        if not request.past and not doubted and (name := unnamed_folder(case) or unsaid_name(case)):
            return turn.ask_person(_what_name(name, outcome), ())
        unmeant = unmeant if unmeant[0] else (unmeant_file(case), outcome)
    if doubted:
        return turn.ask_person(_shall_i(doubted[0]), ["Yes", LEAVE], does=calls_of(doubted[0].ops))
    if unmeant[0]:
        return turn.ask_person(f"Do you mean {unmeant[0]}?", ["Yes", LEAVE], does=calls_of(unmeant[1].ops))
    if len(request.sources.rivals) > 1 and not request.is_plural:
        return turn.ask_person("Which one do you mean?", request.sources.rivals[:8])
    if request.missing and not request.target.path:
        raise CannotDo(f"There is no {request.missing[0]} here. Nothing was changed.")
    if _OUTSIDE.search(error):
        raise CannotDo("That lies outside of the folder I work in; nothing was changed.")
    raise CannotDo("I did not find out how to do this; nothing was changed.")


def _alike(request: SmallRequest, number: int) -> str:
    """Requests of the same sort with their programs, as the system prompt has them; others at each try, since a model that sees the same writes the same.

    None at the first try of a short request for one thing, or of one that goes on from a program: there they lead away.
    """
    is_short = len(request.text.split()) <= SHORT and not request.is_plural and request.kind != "steps"
    if number == 0 and (request.past or is_short):
        return ""
    return "".join(f"Request: {asked}\n{code}\n\n" for asked, code in nearest_examples(request.text, SHOWN * (number + 1))[SHOWN * number :])


def _shall_i(outcome: Outcome) -> str:
    """The question whether this is what is meant, with each change a line of its own."""
    lines = [_said(op) for op in outcome.ops]
    more = [f"… and {len(lines) - ASKED_ABOUT} more"] if len(lines) > ASKED_ABOUT else []
    return "\n".join(["I am not sure that I got this right. Shall I do this?", *(f"- {line}" for line in lines[:ASKED_ABOUT]), *more])


def _said(op: Sequence[Any]) -> str:
    what = ", ".join(map(str, op[1])) if isinstance(op[1], list) else str(op[1])
    match op[0]:
        case "write":
            return f"write {what}: {str(op[2]).strip()[:LETTERS_ASKED]}"
        case "folder":
            return f"make the folder {what}"
        case "delete":
            return f"delete {what}"
        case kind:
            return f"{kind} {what} to {op[2]}"


def _what_name(invented: str, outcome: Outcome) -> str:
    """The question for a name that the request does not say."""
    if renamed := next((str(op[1]) for op in outcome.of("move", "copy") if str(op[2]).endswith(invented)), ""):
        return f"What is {renamed} to be called?"
    if any(str(op[1]).endswith(invented) for op in outcome.of("write")):
        return "What is the new file to be called?"
    place = invented.rpartition("/")[0]
    return f"What is the new folder{f' in {place}' if place else ''} to be called?"


def describe_folder(request: SmallRequest) -> str:
    """The names in the workspace, those that the request is about first; none where it only makes a file: a small model takes one that it sees for that."""
    asked = set(content_stems(request.text))
    ranked = sorted(request.entries, key=lambda entry: (-len(asked & set(content_stems(entry.path))), entry.path.count("/")))
    is_new = request.target.path and not request.target.is_added and not request.sources.files and not request.is_plural and not request.earlier
    kept = {entry.path for entry in ranked[:LISTED] if entry.is_folder or not is_new or asked & set(content_stems(entry.stem))}
    listed = [entry.path + ("/" if entry.is_folder else "") for entry in request.entries if entry.path in kept]
    left = len(request.entries) - len(listed)
    return "Folder: " + ", ".join(listed) + (f" and {left} more" if left else "")


async def _heads(turn: SmallTurn, request: SmallRequest) -> str:
    """How the files begin that the request means, so that the program knows their form."""
    texts = [path for path in request.sources.files if path.lower().endswith((".txt", ".md", ".csv", ".tsv", ".log", ".json", ".html", ".ini", ".cfg", ".srt", ".bib", ".yaml"))]
    if not texts or len(request.sources.files) > 40 or (request.target.path and request.sources.how == "earlier"):
        return ""
    state = await turn.do("files.read", path=texts[:HEADS])
    if state.status != "done":
        return ""
    return "".join(f"\n{row['path']}:\n{_head(str(row.get('text') or ''), request.question)}" for row in files_of(state))


def _head(text: str, question: str) -> str:
    """The beginning of a text, and the lines further on that the request is about."""
    head = text.strip()[:HEAD_LETTERS]
    asked = {word for word in words_of(question) if len(word) > 2 and word not in STOP_WORDS}
    more = [line.strip()[:160] for line in text.strip()[len(head) :].splitlines() if len(asked & set(words_of(line))) > 1]
    return "\n".join([head, *(["…", *more[:3]] if more else [])])


def _literal(request: SmallRequest) -> str:
    """The text that is to be written, where the reader marks one: models take too much of the request for it."""
    found = request.reading.texts("literal")
    return f'\n(The text: "{found[0]}")' if len(found) == 1 and request.kind == "edit" and len(found[0]) > 3 else ""


def _meant(request: SmallRequest) -> str:
    """The files of a range or a group by name, since models take its first and last; those that the person chose."""
    meant = request.only or (request.sources.files if request.sources.is_range else ())
    return f"\n(It is about {', '.join(meant)})" if 0 < len(meant) <= LISTED else ""


def _decimal(code: str) -> str:
    """Sizes as file managers count them: 100 KB are 100,000 bytes."""
    return re.sub(r"\b1024\b", "1000", code)


def plain_code(text: str) -> str:
    """The program without a fence, and without what the model goes on to say."""
    fenced = re.search(r"```(?:python)?\s*\n(.*?)(?:\n```|\Z)", text, re.S)
    return (fenced[1] if fenced else text).split("\nRequest:")[0].strip("\n")


async def _tried(turn: SmallTurn, request: SmallRequest, code: str) -> tuple[Outcome | None, str]:
    """What the program would change, or what was wrong with it."""
    try:
        ast.parse(code)
    except (SyntaxError, ValueError) as error:
        return None, f"no syntax errors: {error}"
    state = await turn.do("code.plan", code=code)
    if state.status != "done":
        message = str((state.error or {}).get("message") or "").strip()
        return None, message.splitlines()[-1][:200] if message else "it failed"
    told = state.value or {}
    ops = put_where_asked(renamed_in_place(emptied_folders(told.get("ops", []), request), request), request)
    return Outcome(ops, str(told.get("said", "")), told.get("lines") or {}), ""


def emptied_folders(ops: Sequence[Sequence[Any]], request: SmallRequest) -> list[list[Any]]:
    """Operations in which the things in a folder are moved where the request says "everything in it" and the program took the folder itself."""
    if not _CONTENTS.search(request.text):
        return [list(op) for op in ops]
    folders = {entry.path for entry in request.entries if entry.is_folder}
    found: list[list[Any]] = []
    for op in ops:
        if op[0] == "move" and op[1] in folders and str(op[2]).rpartition("/")[0] in folders:
            goal = str(op[2]).rpartition("/")[0]
            found += [["move", entry.path, f"{goal}/{entry.name}"] for entry in request.entries if entry.folder == op[1]]
        else:
            found.append(list(op))
    return found


def renamed_in_place(ops: list[list[Any]], request: SmallRequest) -> list[list[Any]]:
    """Operations in which what is only renamed stays in its folder, where the program took it up to the workspace's own level."""
    if not _RENAMES.search(request.text) or _MOVES.search(request.text):
        return ops
    return [[op[0], op[1], f"{str(op[1]).rpartition('/')[0]}/{op[2]}"] if op[0] == "move" and "/" in str(op[1]) and "/" not in str(op[2]) else op for op in ops]


def put_where_asked(ops: list[list[Any]], request: SmallRequest) -> list[list[Any]]:
    """Operations in which the one new file has the name that the request gives, where the program wrote nearly that: "ending.txt" for endings.txt."""
    there = {entry.path for entry in request.entries}
    made = list(dict.fromkeys(str(op[1]) for op in ops if op[0] == "write" and op[1] not in there))
    wanted = request.target.path
    if len(made) != 1 or not wanted or wanted in there or made[0] == wanted or fold(made[0]) in fold(request.text) or not is_nearly(made[0], wanted):
        return ops
    return [[op[0], wanted, *op[2:]] if op[0] == "write" and op[1] == made[0] else op for op in ops]


def is_nearly(name: str, other: str) -> bool:
    """Whether two names are the same but for a letter or two."""
    return SequenceMatcher(None, name.rpartition("/")[2].casefold(), other.rpartition("/")[2].casefold()).ratio() > ALIKE


def ambiguous(outcome: Outcome, request: SmallRequest) -> list[str]:
    """Files of which one is meant and several fit as well, where the program took one of them; empty where it is clear."""
    rivals = request.sources.rivals
    if len(rivals) < 2 or request.is_plural or _ORDERED.search(request.text) or _is_plural_of(rivals, request.text):
        return []
    taken = {path for op in outcome.ops for path in (op[1] if isinstance(op[1], list) else [op[1]]) if op[0] in ("delete", "move", "write", "copy")}
    return list(rivals[:8]) if taken & set(rivals) else []


def _is_plural_of(rivals: Sequence[str], text: str) -> bool:
    """Whether the request says in the plural what the files are called in the singular: "the invoices" for invoice_march.pdf."""
    said = {word for word in words_of(text) if word.endswith("s") and len(word) > 3}
    names = {word for path in rivals for word in words_of(path)}
    return any(stem(word) in set(map(stem, names)) and word not in names for word in said)


async def _applied(turn: SmallTurn, request: SmallRequest, outcome: Outcome) -> LoopEnd:
    """Do what the program would do, as calls; neighbours of one kind are one call."""
    for tool, args in calls_of(outcome.ops):
        await turn.must(tool, **args)
    if not outcome.ops:
        return turn.finish(outcome.said)
    done = what_was_done(turn)
    return turn.finish(f"{outcome.said}\n\n{done}".strip() if outcome.said.strip() else done)


def what_was_done(turn: SmallTurn) -> str:
    """The steps that changed something, each by what it says of itself."""
    run = turn.run
    told = [_first_part(run.state.steps[step.id].text) for step in run.state.all_steps if run.state.steps[step.id].status == "done" and run.deps.tools.risk(step.tool) != "reads"]
    return "\n".join(filter(None, told))


def _first_part(text: str) -> str:
    """The first paragraph, with the list that it announces."""
    parts = text.strip().split("\n\n")
    return "\n".join(parts[:2]) if parts[0].endswith(":") else parts[0]


def calls_of(ops: Sequence[Sequence[Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Operations as calls of tools, in order."""
    calls: list[tuple[str, dict[str, Any]]] = []
    last = ""
    for op in ops:
        kind = op[0]
        if kind == last and kind in ("move", "copy", "write", "delete", "folder") and not _is_chained(calls[-1][1], op):
            _join(calls[-1][1], op)
        else:
            calls.append(_call(op))
        last = kind
    return calls


def _is_chained(args: dict[str, Any], op: Sequence[Any]) -> bool:
    """Whether a move goes on from one of the same call: such a call is planned against the folder as it was, and would not find it."""
    touched = {path for row in (*args.get("moves", ()), *args.get("copies", ())) for path in (row["source"], row["target"])}
    return op[0] in ("move", "copy") and any(str(path) == one or str(path).startswith(one + "/") or one.startswith(str(path) + "/") for path in op[1:3] for one in touched)


def _call(op: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    match op[0]:
        case "move":
            return "files.move", {"moves": [{"source": op[1], "target": op[2]}]}
        case "copy":
            return "files.copy", {"copies": [{"source": op[1], "target": op[2]}]}
        case "write":
            return "files.write", {"files": [{"path": op[1], "text": op[2]}]}
        case "delete":
            return "files.delete", {"path": [op[1]]}
        case "folder":
            return "files.make_folder", {"path": [op[1]]}
        case "zip":
            return "files.archive", {"source": op[1], "target": op[2]}
        case _:
            return "files.extract", {"source": op[1], "target": op[2]}


def _join(args: dict[str, Any], op: Sequence[Any]) -> None:
    match op[0]:
        case "move":
            args["moves"].append({"source": op[1], "target": op[2]})
        case "copy":
            args["copies"].append({"source": op[1], "target": op[2]})
        case "write":
            args["files"] = [row for row in args["files"] if row["path"] != op[1]] + [{"path": op[1], "text": op[2]}]
        case _:
            args["path"].append(op[1])
