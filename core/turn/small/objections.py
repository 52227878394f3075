"""What a program would change is held against the request: a check each, the first that objects is told to the model.

A check is a function of a :class:`Case` that returns why the outcome is not what was asked, or an empty text. Adding one is a function and a name in ``CHECKS``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from core.language.words import content_stems, fold, stem, words_of
from core.turn.small.grounding import unsaid_ending, unseen_figure
from core.turn.small.request import SmallRequest
from core.turn.small.sources import KIND_STEMS, NAME
from core.turn.small.workspace_files import Entry

_DELETES = re.compile(
    r"\b(?:delet\w*|remov\w*|bin\b|binned|trash\w*|throw\w*|chuck\w* (?:out|away)|get rid|clear\w*|erase\w*|scrap\w*|ditch\w*|dump\w*|wipe\w*|drop\w*|lose|yeet|purge\w*|discard\w*|clean\w*|duplicat\w*|lösch\w*|entfern\w*|"
    r"weg\b|supprim\w*|efface\w*|borra\w*|elimina\w*|tidy|del|rm)\b",
    re.I,
)
_STAYS = re.compile(
    r"(?:^|[,.;]|\b(?:and|then|please|to|just|also|kindly|you)) *cop(?:y|ying)\b|\b(?:duplicate (?:it|them|the)|keep (?:it|them|one|the originals?)|leav\w+ (?:the )?originals?|originals? (?:stay|remain|undisturbed|where)|(?:it|they) stays?\b|second home|in both|kopier\w*|copier|copia)\b",
    re.I,
)
_FOLDER_STAYS = re.compile(r"\b(?:leave|keep|not)\b[^.;]{0,20}\bfolder\b|\bfolder\b[^.;]{0,20}\b(?:stays?|remains?|be\b|itself)", re.I)
_BELOW = re.compile(r"\bsub-?(?:folders?|directories)\b", re.I)
_BELOW_STAYS = re.compile(
    r"\b(?:leave|not|except|without|don['’]?t|keep|apart from|but)\b[^.;!?]*\bsub-?(?:folders?|directories)\b|\bsub-?(?:folders?|directories)\b[^.;!?]*\b(?:stay|remain|alone|are\b)",
    re.I,
)
_HAS_IN_NAME = re.compile(
    r"\b(?:has|have|having|with|contain\w*|includ\w*|says?)\s+(?:the (?:word|letters?|number)\s+)?[\"'“]?(?P<part>[^\s\"'”]{1,30})[\"'”]?\s+in (?:its|their|the) (?:file ?)?names?\b",
    re.I,
)
_YEAR = re.compile(r"\b(?:from|of|in|for|the) (?P<year>(?:19|20)\d\d)\b(?! ?(?:or|and|to|-|–))", re.I)
_RANGES = re.compile(r"\b(?:before|after|since|until|till|older|newer|between|than|onwards|except|not|but|into|called|renam\w*|copy \w+ to)\b", re.I)
_CELLS = (  # forms of cells, and how a model is told of them
    (re.compile(r"\d{4}-\d\d-\d\d"), "a date is written"), (re.compile(r"\d{1,2}[./]\d{1,2}[./]\d{2,4}"), "a date is written"), (re.compile(r"-?\d+(?:[.,]\d+)?"), "there is only a number"),
)  # fmt: skip
_ONE_OF = re.compile(
    r"\b(?:mov\w*|cop(?:y|ies)|delet\w*|put|keep)\b[^.;,]{0,30}\bthe (?:newest|latest|oldest|largest|biggest|smallest|longest|shortest|highest|lowest) one\b", re.I
)
_ODD = re.compile(r"[\x00-\x1f<>|]|^[-\s=]|[\s=]$|.{101}")  # what no person calls a file
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
_NUMBERED = re.compile(r"\b(two|three|four|five|six|seven|eight|nine|ten|[2-9]|1\d) (\w{3,}s)\b", re.I)
_EMPTIES = re.compile(r"\b(?:empt\w+|clear\w*|blank|wipe\w*)\b", re.I)
_ALL = re.compile(r"\b(?:all|every|each|everything|whatever|any|both|the rest|files|pictures|photos|documents|alle|jede\w*|tous|toutes|todos)\b", re.I)
_GENERAL = frozenset(map(stem, ("folder", "folders", "directory", "new", "file", "files", "subfolder", "ordner", "neu", "neuer")))  # what says nothing of a name
_NUMBERS_WANTED = re.compile(
    r"\b(?:number|version|(?:a|another|second|spare) copy|copies of|backup|duplicate|next|one (?:up|higher))\b", re.I
)  # what a new name may be counted on for
_MAKES_FOLDER = re.compile(r"\b(?:make|create|set up|knock (?:us |me )?up|start|add|erstell\w*|mach\w*|crea)\b[^.;]*\b(?:folder|directory|ordner|carpeta|dossier)s?\b", re.I)
_FILLS = re.compile(r"\b(?:mov\w+|put|cop(?:y|ies)|sort\w*|all|them|everything|files?|each|every|stick|bung|shove|gather|collect|renam\w*|call it)\b", re.I)
_EITHER = re.compile(r"\b(?:if|otherwise|else|whether|wenn|sonst|or)\b", re.I)
_CHOOSES = re.compile(  # that not all of the files are meant
    r"\b(?:if|except\w*|but|bar|apart|other than|only|just|not|without|unless|who|whose|which|that|with|where|when|older|newer|larger|bigger|smaller|over|under|before|after|more|less|than|from|first|last|newest|latest|oldest|"
    r"duplicates?|same|those|ones|empty|pictures|photos|documents|spreadsheets|tables|videos|songs|recordings|pdfs?|jpe?gs?|pngs?|txts?|csvs?|mds?|docx?|xlsx?|mp3s?|zips?|nicht|ohne|außer|nur|die)\b",
    re.I,
)

LITTLE = 0.15  # chance of a deed on contents under which a request is about places and names alone


@dataclass(slots=True)
class Outcome:
    """What a program would change, in order, and what it said."""

    ops: list[list[Any]] = field(default_factory=list)
    said: str = ""
    lines: dict[str, int] = field(default_factory=dict)  # that files which are written had before

    def of(self, *kinds: str) -> list[list[Any]]:
        """The operations of these kinds."""
        return [op for op in self.ops if op[0] in kinds]


def sources_of(op: Sequence[Any]) -> list[Any]:
    """What an operation takes: several things where they are packed, else one; of what is written or made its own path."""
    return op[1] if isinstance(op[1], list) else [op[1]]


@dataclass(frozen=True)
class Case:
    """A program with its outcome, and the request that it is held against. ``past`` is what was said before, which a follow-up goes on from."""

    outcome: Outcome
    request: SmallRequest
    code: str
    past: str = ""
    shown: str = ""  # what its writer saw besides; empty: not known

    @property
    def text(self) -> str:
        return self.request.text

    @cached_property
    def there(self) -> dict[str, Entry]:
        """What the workspace holds, by path."""
        return {entry.path: entry for entry in self.request.entries}

    @cached_property
    def asked(self) -> set[str]:
        """The stems of the request; the ending of a name does not stand for all files of that ending."""
        plain = NAME.sub(" ", f"{self.text} {self.past}")
        return set(content_stems(plain)) | set(map(stem, words_of(plain)))

    @property
    def may_delete(self) -> bool:
        """Whether the request, or the one that it goes on from, speaks of deleting."""
        return bool(_DELETES.search(self.text) or (self.past and _DELETES.search(self.past)))


def unmeant_file(case: Case) -> str:
    """The one file that a program changes though no word of the request reaches it, where nothing else speaks against the program; empty otherwise."""
    if any(check(case) for check in CHECKS if check is not _changes_unmeant):
        return ""
    touched = {path for op in case.outcome.ops for path in _touched(op, case.there)}
    return touched.pop() if len(touched) == 1 and _changes_unmeant(case) else ""


def objection(case: Case) -> str:
    """Why what a program would do is not what was asked; empty where nothing speaks against it."""
    return next((found for check in CHECKS if (found := check(case))), "")


def _does_nothing(case: Case) -> str:
    return "" if case.outcome.ops or case.outcome.said.strip() else "this does nothing: no file fits its conditions"


def _only_answers(case: Case) -> str:
    """That a program for a deed only says something."""
    is_deed = case.request.kind in ("organise", "edit") and "?" not in case.text and case.request.reading.chance("ask", "find", "compute", "extract") < LITTLE
    return "this changes nothing" if is_deed and not case.outcome.ops else ""


def _leaves_out_subfolders(case: Case) -> str:
    return (
        "files() leaves out subfolders; use all_files()"
        if _BELOW.search(case.text) and not _BELOW_STAYS.search(case.text) and "all_files" not in case.code and "walk" not in case.code
        else ""
    )


def _moves_for_a_folder(case: Case) -> str:
    """That things are moved where only a folder is to be made."""
    only_made = _MAKES_FOLDER.search(case.text) and not _FILLS.search(case.text)
    return "only a folder is to be made; nothing is to be moved" if only_made and case.outcome.of("move") else ""


def _breaks_name_condition(case: Case) -> str:
    """That a file is changed whose name has not what the request says that it has."""
    found = _HAS_IN_NAME.search(case.text)
    wrong = next((path for op in case.outcome.ops for path in _touched(op, case.there) if found and fold(found["part"]) not in fold(case.there[path].name)), "")
    return f"{wrong} has no {found['part']!r} in its name" if found and wrong else ""


def _breaks_year(case: Case) -> str:
    """That files of other years are taken, where the request names one year and the names have years."""
    found = _YEAR.search(NAME.sub(" ", case.text))
    if found is None or _RANGES.search(case.text):
        return ""
    taken = [path for op in case.outcome.of("move", "copy", "delete", "zip") for path in sources_of(op) if path in case.there]
    taken = [path for folder in taken for path in ([entry.path for entry in case.request.entries if entry.folder == folder] if case.there[folder].is_folder else [folder])]
    named = [path for path in taken if re.search(r"(?<!\d)(?:19|20)\d\d", path.rpartition("/")[2])]
    wrong = next((path for path in named if found["year"] not in path.rpartition("/")[2]), "")
    return f"{wrong} is not of {found['year']}" if wrong and any(found["year"] in path.rpartition("/")[2] for path in case.there) else ""


def _breaks_columns(case: Case) -> str:
    """That the last row of a table is written otherwise than the rows above it."""
    for op in case.outcome.of("write"):
        if op[1] in case.there and str(op[1]).lower().endswith((".csv", ".tsv")):
            rows = [row for row in csv.reader(str(op[2]).splitlines(), delimiter=max(",;\t", key=str(op[2]).split("\n", 1)[0].count)) if row]
            if why := _odd_cell(rows):
                return why
    return ""


def _odd_cell(rows: Sequence[Sequence[str]]) -> str:
    """What is wrong with the last of several rows below a header: a cell that has not the form that all others of its column have."""
    if len(rows) < 5 or len({len(row) for row in rows[:-1]}) > 1:
        return ""
    if len(rows[-1]) != len(rows[0]):
        return f"the new row needs {len(rows[0])} cells: {', '.join(rows[0])}"
    for column, name in enumerate(rows[0]):
        for form, told in _CELLS:
            if all(form.fullmatch(row[column].strip()) for row in rows[1:-1]) and rows[-1][column].strip() and not form.fullmatch(rows[-1][column].strip()):
                return f"in the column {name} {told}, as in {rows[1][column]}: not {rows[-1][column].strip()}"
    return ""


def _takes_too_many(case: Case) -> str:
    """That several files are dealt with where one is meant: "copy the longest one"."""
    taken = {op[1] for op in case.outcome.of("move", "copy", "delete") if isinstance(op[1], str) and op[1] in case.there}
    return f"only one is meant, this takes {len(taken)}" if len(taken) > 1 and _ONE_OF.search(case.text) and case.request.kind in ("organise", "steps") else ""


def _gives_odd_names(case: Case) -> str:
    if as_folder := next((str(op[1]) for op in case.outcome.of("folder") if str(op[1]) in case.there and not case.there[str(op[1])].is_folder), ""):
        return f"{as_folder} is a file, not a folder"
    odd = next((name for op in case.outcome.ops for name in _new_names(op) if _ODD.search(name) and name not in case.text), "")
    return f"{odd[:60]!r} is no name for a file" if odd else ""


def _deletes_unasked(case: Case) -> str:
    return "" if case.may_delete or not case.outcome.of("delete") else "it deletes what nobody asked to delete"


def _writes_nothing(case: Case) -> str:
    """That a new file stays empty, or a new table has its head alone: whoever asks for one asks for what is in it."""
    made = [op for op in case.outcome.of("write") if op[1] not in case.there]
    hollow = [op[1] for op in made if not str(op[2]).strip() or (str(op[1]).endswith(".csv") and case.request.kind in ("extract", "steps") and len(str(op[2]).splitlines()) < 2)]
    return f"this writes nothing into {hollow[0]}" if hollow and not _EMPTIES.search(case.text) else ""


def _changes_contents(case: Case) -> str:
    is_about_places = case.request.kind in ("organise", "sort") and case.request.reading.chance("edit", "extract", "compose", "steps") < LITTLE
    return "what the files hold is not to be changed" if is_about_places and any(op[1] in case.there for op in case.outcome.of("write")) else ""


def _miscounts(case: Case) -> str:
    return find_miscount(case.outcome, case.request)


def _loses_lines(case: Case) -> str:
    lost = [op[1] for op in case.outcome.of("write") if str(op[2]).count("\n") * 2 < case.outcome.lines.get(op[1], 0) > 2]
    return f"this loses most lines of {lost[0]}" if lost and not case.may_delete and not _EMPTIES.search(case.text) else ""


def _empties_files(case: Case) -> str:
    emptied = [op[1] for op in case.outcome.of("write") if not str(op[2]).strip() and op[1] in case.there and case.there[op[1]].size]
    return f"this empties {emptied[0]}; to get rid of it use delete" if emptied and not _EMPTIES.search(case.text) else ""


def _moves_originals(case: Case) -> str:
    return "the original stays where it is: use copy" if case.outcome.of("move") and _STAYS.search(case.text) else ""


def _deletes_folder(case: Case) -> str:
    gone = [op[1] for op in case.outcome.of("delete") if op[1] in case.there and case.there[op[1]].is_folder]
    return "the folder itself stays: delete the files in it" if gone and _FOLDER_STAYS.search(case.text) else ""


def _leaves_out_names(case: Case) -> str:
    left_out = find_unused_name(case.outcome, case.request, case.code)
    return f"this leaves out {left_out}, which the request names" if left_out else ""


def _misses_target(case: Case) -> str:
    """That a file which is to be made is not made under its name."""
    wanted = [] if _EITHER.search(case.text) else [match[0] for match in NAME.finditer(case.text) if fold(match[0]) not in {fold(entry.name) for entry in case.request.entries}]
    goals = {fold(str(op[1] if op[0] in ("write", "folder") else op[2] if len(op) > 2 else "")).rpartition("/")[2] for op in case.outcome.ops}
    missed = [name for name in wanted if fold(name).rpartition("/")[2] not in goals and fold(name) == fold(case.request.target.path or "")]
    return f"this does not make {missed[0]}" if missed else ""


def _invents_folders(case: Case) -> str:
    invented = invented_folder(case.outcome, case.request) or unnamed_folder(case)
    return f"nobody asked for a folder {invented}" if invented else ""


def _repeats_folders(case: Case) -> str:
    """That a path holds its folder twice: what files() and folders() give has it already."""
    goals = [str(op[1] if op[0] in ("write", "folder") else op[2]) for op in case.outcome.of("write", "folder", "move", "copy")]
    folders = [path for path, entry in case.there.items() if entry.is_folder]
    twice = next(
        (goal for goal in goals for folder in folders if f"{folder}/{folder}/" in f"{goal}/" or (f"/{folder}/" in f"{goal}/"[len(folder) :] and goal.startswith(f"{folder}/"))), ""
    )
    return f"{twice} holds its folder twice: paths have it already" if twice else ""


def _glues_to_path(case: Case) -> str:
    """That something was put before a whole path, or behind an ending, where it belongs to the name: "new-photos/a.jpg", "a.jpg-old"."""
    for op in case.outcome.of("move", "copy"):
        source, goal = str(op[1]), str(op[2])
        before, behind = goal.removesuffix(source), goal.removeprefix(source)
        if "/" in source and before != goal and before and not before.endswith("/"):
            return f"{before!r} goes before the name, not before the path: use name(path)"
        if behind != goal and behind and behind[0] not in "./" and source in case.there and not case.there[source].is_folder and case.there[source].ending:
            return f"{behind!r} goes before the ending: use stem(path) and ending(path)"
    return ""


def _leaves_some_out(case: Case) -> str:
    """That a deed for all files of a range or a folder is done to some of them."""
    sources = case.request.sources
    are_all = sources.is_range or (sources.how in ("named", "folder") and not _CHOOSES.search(NAME.sub(" ", case.text)) and bool(_ALL.search(case.text) or sources.how == "named"))
    if len(sources.files) < 2 or not are_all or (not sources.is_range and _renames_in_place(case.outcome)):
        return ""
    touched = {path for op in case.outcome.of("write", "move", "delete", "copy") for path in sources_of(op)}
    left = [path for path in sources.files if path not in touched]
    return (
        f"this leaves out {left[0]}" if left and case.request.kind in ("organise", "edit", "steps") and len(touched & set(sources.files)) > (0 if sources.is_range else 1) else ""
    )


def _renames_in_place(outcome: Outcome) -> bool:
    """Whether names are changed and nothing else: those that have not what is to be changed stay as they are."""
    return bool(outcome.ops) and all(op[0] == "move" and str(op[1]).rpartition("/")[0] == str(op[2]).rpartition("/")[0] for op in outcome.ops)


def _picks_by_unsaid_ending(case: Case) -> str:
    ending = unsaid_ending(case.code, case.request)
    return f"not only {ending} files: the request speaks of all files" if ending else ""


def _invents_figures(case: Case) -> str:
    figure = unseen_figure(case.code, case.text, case.past, case.shown) if case.shown else ""
    return f"{figure} stands nowhere: read it from the file or work it out" if figure else ""


def _invents_names(case: Case) -> str:
    invented = unsaid_name(case)
    return f"nobody said {invented}" if invented else ""


def _changes_others(case: Case) -> str:
    others = [path for op in case.outcome.ops for path in _touched(op, case.there) if path not in case.request.only]
    return f"it is about {case.request.only[0]}, not {others[0]}" if case.request.only and others else ""


def _breaks_kind(case: Case) -> str:
    """That a file of another kind is taken than the one that the request speaks of, and neither its name nor its ending is said: the readme among "the pictures"."""
    said = set(map(stem, words_of(NAME.sub(" ", case.text))))
    kinds = {ending for ending, stems in KIND_STEMS.items() if (stems | {stem(ending[1:])}) & said}
    if not kinds:
        return ""
    taken = [path for op in case.outcome.of("move", "copy", "delete") for path in sources_of(op) if path in case.there]
    files = [case.there[path] for path in taken if not case.there[path].is_folder and fold(case.there[path].name) not in fold(case.text)]
    wrong = next((one for one in files if one.ending not in kinds and stem(one.ending[1:]) not in said and not said & set(content_stems(one.stem))), None)
    return f"{wrong.path} is not of the kind that the request speaks of" if wrong and any(one.ending in kinds for one in files) else ""


def _changes_unmeant(case: Case) -> str:
    copied = [str(op[1]) for op in case.outcome.of("copy") if str(op[1]) in case.there and case.request.sources.files]
    touched = [path for op in case.outcome.ops for path in _touched(op, case.there)]
    strange = [path for path in (*touched, *copied) if not _is_meant(case.there[path], case)]
    return f"it is not about {strange[0]}: the request does not mean that file" if strange else ""


CHECKS: tuple[Callable[[Case], str], ...] = (
    _does_nothing, _only_answers, _leaves_out_subfolders, _moves_for_a_folder, _breaks_name_condition, _breaks_year, _breaks_columns, _takes_too_many, _gives_odd_names, _deletes_unasked, _writes_nothing, _changes_contents, _miscounts, _loses_lines, _empties_files,
    _moves_originals, _deletes_folder, _leaves_out_names, _misses_target, _invents_folders, _invents_names, _invents_figures, _repeats_folders, _glues_to_path, _picks_by_unsaid_ending, _leaves_some_out, _breaks_kind, _changes_others, _changes_unmeant,
)  # fmt: skip


def _new_names(op: Sequence[Any]) -> list[str]:
    """The names that an operation gives."""
    goal = op[1] if op[0] in ("write", "folder") else op[2] if op[0] in ("move", "copy", "zip") else ""
    return [part for part in str(goal).split("/") if part]


def find_miscount(outcome: Outcome, request: SmallRequest) -> str:
    """That more files are changed than the number that the request says; empty where it says none."""
    found = _NUMBERED.search(request.text)
    there = {entry.path for entry in request.entries}
    changed = {op[1] for op in outcome.ops if op[0] in ("move", "copy", "delete") and isinstance(op[1], str) and op[1] in there}
    if found is None or len(changed) < 2:
        return ""
    said = _NUMBERS.get(found[1].lower()) or int(found[1])
    noun = stem(found[2].lower())
    named = {path for path in changed if noun in {stem(word) for word in words_of(path.rpartition("/")[2])}}
    return f"the request speaks of {said} {found[2]}, this changes {len(changed)} files" if len(changed) > said and len(named) == said else ""


def find_unused_name(outcome: Outcome, request: SmallRequest, code: str) -> str:
    """Something that the request names outright and the program has nothing to do with; empty where there is none."""
    spoken = fold(request.text)
    for entry in request.entries:
        name = fold(entry.name)
        is_named = name in spoken and ("." in name or entry.is_folder) and re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", spoken)
        if is_named and len(name) > 3 and not _is_used(entry, name, outcome, fold(code), request.kind == "organise"):
            return entry.path
    return ""


def _is_used(entry: Entry, name: str, outcome: Outcome, code: str, is_of_places: bool = False) -> bool:
    """Whether something is changed, or for a file read; a folder that is only part of a path that is not there is not."""
    if any(name in fold(str(op)) for op in outcome.ops):
        return True
    if entry.is_folder and outcome.ops:
        return re.search(rf"(?:files|folders|listdir|glob|walk|exists)\(\s*[\"']{re.escape(name)}", code) is not None
    if is_of_places and outcome.ops:  # what is to be moved, renamed or deleted has to be, not only named in a condition
        return re.search(rf"\b(?:read|lines|rows|open|exists|size|changed)\(\s*[\"'][^\"']*{re.escape(name)}", code) is not None
    return name in code or fold(entry.stem) in code


def invented_folder(outcome: Outcome, request: SmallRequest) -> str:
    """A new folder that no word of the request names, or one within a named folder that is marked by no word as a name; empty where there is none."""
    folders = {entry.path for entry in request.entries if entry.is_folder}
    goals = {str(op[2]).rpartition("/")[0] for op in outcome.ops if op[0] in ("move", "copy")}
    if len(goals) != 1 or not (parent := goals.pop()) or parent in folders or any(op[0] == "folder" for op in outcome.ops):
        return ""
    outer, _, name = parent.rpartition("/")
    marked = {word for text in request.reading.texts("target") + request.reading.texts("literal") for word in words_of(text)}
    is_said = bool(set(words_of(name)) & set(words_of(request.text)))
    is_inside = outer in folders and len(outcome.ops) <= 2
    return parent if not is_said or (is_inside and not set(words_of(name)) & marked) else ""


def unnamed_folder(case: Case) -> str:
    """A new folder whose name the program has written out and nobody has said; empty where there is none."""
    said = set(map(stem, words_of(f"{case.text} {case.past}"))) - _GENERAL
    made = [str(op[1]) for op in case.outcome.of("folder") if str(op[1]) not in case.there]
    return next((path for path in made if f"{path}" in case.code and not said & set(map(stem, words_of(path.rpartition("/")[2])))), "")


def unsaid_name(case: Case) -> str:
    """A name that the program has written out for one file and nobody has said: no word of it is in the request, the old name or the text of a file; empty where there is none."""
    said = set(map(stem, words_of(f"{case.text} {case.past}")))
    made = [("", str(op[1])) for op in case.outcome.of("write") if op[1] not in case.there]
    for source, goal in [*((str(op[1]), str(op[2])) for op in case.outcome.of("move", "copy")), *made]:
        name, old = goal.rpartition("/")[2], source.rpartition("/")[2]
        new = set(map(stem, words_of(name.rpartition(".")[0] or name))) - set(map(stem, words_of(old)))
        if name != old and f"{name}" in case.code and not new & said and not _NUMBERS_WANTED.search(case.text):
            return name
    return ""


def _touched(op: Sequence[Any], there: dict[str, Entry]) -> list[str]:
    """Things that were there and that an operation changes."""
    return [path for path in sources_of(op) if path in there and op[0] in ("write", "move", "delete")]


def _is_meant(entry: Entry, case: Case) -> bool:
    """Whether the request's words reach a file: by its name, its ending, its folder, or because all are meant."""
    if entry.path in case.request.sources.files or fold(entry.name) in fold(f"{case.text} {case.past}"):
        return True
    sources = case.request.sources
    is_one = len(sources.files) == 1 and sources.how in ("named", "described") and not case.request.is_plural and case.request.kind != "steps"
    words = set(content_stems(entry.stem)) | {entry.ending.lstrip(".")} | (set() if is_one else set(content_stems(entry.folder)))
    return (
        bool(words & case.asked)
        or any(len(word) > 3 and any(other.startswith(word) or word.startswith(other) for other in case.asked if len(other) > 3) for word in words)
        or (bool(_ALL.search(case.text)) and case.request.sources.how in ("none", "earlier"))
    )
