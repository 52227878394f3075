"""Objections to which files are taken: too many, too few, of another kind or year, others than the request means."""

from __future__ import annotations

import re

from core.language.words import content_stems, fold, stem, words_of
from core.turn.small.grounding import unsaid_ending
from core.turn.small.objections.case import ALL_MEANT, Case, Outcome, sources_of, touched_files
from core.turn.small.sources import KIND_STEMS, NAME
from core.turn.small.years import FIRST, LAST, year_in

_BELOW = re.compile(r"\bsub-?(?:folders?|directories)\b", re.I)
_BELOW_STAYS = re.compile(
    r"\b(?:leave|not|except|without|don['’]?t|keep|apart from|but)\b[^.;!?]*\bsub-?(?:folders?|directories)\b|\bsub-?(?:folders?|directories)\b[^.;!?]*\b(?:stay|remain|alone|are\b)",
    re.I,
)

_HAS_IN_NAME = re.compile(
    r"\b(?:has|have|having|with|contain\w*|includ\w*|says?)\s+(?:the (?:word|letters?|number)\s+)?[\"'“]?(?P<part>[^\s\"'”]{1,30})[\"'”]?\s+in (?:its|their|the) (?:file ?)?names?\b",
    re.I,
)

_ONE_OF = re.compile(
    r"\b(?:mov\w*|cop(?:y|ies)|delet\w*|put|keep)\b[^.;,]{0,30}\bthe (?:newest|latest|oldest|largest|biggest|smallest|longest|shortest|highest|lowest) one\b", re.I
)

_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}

_NUMBERED = re.compile(r"\b(two|three|four|five|six|seven|eight|nine|ten|[2-9]|1\d) (\w{3,}s)\b", re.I)

_CHOOSES = re.compile(  # that not all of the files are meant
    r"\b(?:if|except\w*|but|bar|apart|other than|only|just|not|without|unless|who|whose|which|that|with|where|when|older|newer|larger|bigger|smaller|over|under|before|after|more|less|than|from|first|last|newest|latest|oldest|"
    r"duplicates?|same|those|ones|empty|pictures|photos|documents|spreadsheets|tables|videos|songs|recordings|pdfs?|jpe?gs?|pngs?|txts?|csvs?|mds?|docx?|xlsx?|mp3s?|zips?|nicht|ohne|außer|nur|die)\b",
    re.I,
)


def leaves_out_subfolders(case: Case) -> str:
    return (
        "files() leaves out subfolders; use all_files()"
        if _BELOW.search(case.text) and not _BELOW_STAYS.search(case.text) and "all_files" not in case.code and "walk" not in case.code
        else ""
    )


def breaks_name_condition(case: Case) -> str:
    """That a file is changed whose name has not what the request says that it has."""
    found = _HAS_IN_NAME.search(case.text)
    wrong = next((path for op in case.outcome.ops for path in touched_files(op, case.there) if found and fold(found["part"]) not in fold(case.there[path].name)), "")
    return f"{wrong} has no {found['part']!r} in its name" if found and wrong else ""


def breaks_year(case: Case) -> str:
    """That files of other years are taken than the request means, where the names have years."""
    asked = case.request.years
    if asked is None or not any(_is_of(path, asked) for path in case.there):
        return ""
    taken = [path for op in case.outcome.of("move", "copy", "delete", "zip") for path in sources_of(op) if path in case.there]
    taken = [path for folder in taken for path in ([entry.path for entry in case.request.entries if entry.folder == folder] if case.there[folder].is_folder else [folder])]
    wrong = next((path for path in taken if year_in(path.rpartition("/")[2]) and not _is_of(path, asked)), "")
    meant = f"{asked[0]}" if asked[0] == asked[1] else f"{asked[0]} or later" if asked[1] == LAST else f"{asked[1]} or before" if asked[0] == FIRST else f"{asked[0]} to {asked[1]}"
    return f"{wrong} is not of {meant}" if wrong else ""


def _is_of(path: str, years: tuple[int, int]) -> bool:
    year = year_in(path.rpartition("/")[2])
    return year is not None and years[0] <= year <= years[1]


def takes_too_many(case: Case) -> str:
    """That several files are dealt with where one is meant: "copy the longest one"."""
    taken = {op[1] for op in case.outcome.of("move", "copy", "delete") if isinstance(op[1], str) and op[1] in case.there}
    return f"only one is meant, this takes {len(taken)}" if len(taken) > 1 and _ONE_OF.search(case.text) and case.request.kind in ("organise", "steps") else ""


def miscounts(case: Case) -> str:
    """That more files are changed than the number that the request says; empty where it says none."""
    found = _NUMBERED.search(case.text)
    there = set(case.there)
    changed = {op[1] for op in case.outcome.ops if op[0] in ("move", "copy", "delete") and isinstance(op[1], str) and op[1] in there}
    if found is None or len(changed) < 2:
        return ""
    said = _NUMBERS.get(found[1].lower()) or int(found[1])
    noun = stem(found[2].lower())
    named = {path for path in changed if noun in {stem(word) for word in words_of(path.rpartition("/")[2])}}
    return f"the request speaks of {said} {found[2]}, this changes {len(changed)} files" if len(changed) > said and len(named) == said else ""


def leaves_some_out(case: Case) -> str:
    """That a deed for all files of a range or a folder is done to some of them."""
    sources = case.request.sources
    are_all = sources.is_range or (
        sources.how in ("named", "folder") and not _CHOOSES.search(NAME.sub(" ", case.text)) and bool(ALL_MEANT.search(case.text) or sources.how == "named")
    )
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


def picks_by_unsaid_ending(case: Case) -> str:
    ending = unsaid_ending(case.code, case.request)
    return f"not only {ending} files: the request speaks of all files" if ending else ""


def breaks_kind(case: Case) -> str:
    """That a file of another kind is taken than the one that the request speaks of, and neither its name nor its ending is said: the readme among "the pictures"."""
    said = set(map(stem, words_of(NAME.sub(" ", case.text))))
    kinds = {ending for ending, stems in KIND_STEMS.items() if (stems | {stem(ending[1:])}) & said}
    if not kinds:
        return ""
    taken = [path for op in case.outcome.of("move", "copy", "delete") for path in sources_of(op) if path in case.there]
    files = [case.there[path] for path in taken if not case.there[path].is_folder and fold(case.there[path].name) not in fold(case.text)]
    wrong = next((one for one in files if one.ending not in kinds and stem(one.ending[1:]) not in said and not said & set(content_stems(one.stem))), None)
    return f"{wrong.path} is not of the kind that the request speaks of" if wrong and any(one.ending in kinds for one in files) else ""


def changes_others(case: Case) -> str:
    others = [path for op in case.outcome.ops for path in touched_files(op, case.there) if path not in case.request.only]
    return f"it is about {case.request.only[0]}, not {others[0]}" if case.request.only and others else ""
