"""Objections to what is done: to do nothing, to delete or move what nobody asked to, to write where only places are meant."""

from __future__ import annotations

import re

from core.turn.small.objections.case import Case

LITTLE = 0.15  # chance of a deed on contents under which a request is about places and names alone


_STAYS = re.compile(
    r"(?:^|[,.;]|\b(?:and|then|please|to|just|also|kindly|you)) *cop(?:y|ying)\b|\b(?:duplicate (?:it|them|the)|keep (?:it|them|one|the originals?)|leav\w+ (?:the )?originals?|originals? (?:stay|remain|undisturbed|where)|(?:it|they) stays?\b|second home|in both|kopier\w*|copier|copia)\b",
    re.I,
)

_FOLDER_STAYS = re.compile(r"\b(?:leave|keep|not)\b[^.;]{0,20}\bfolder\b|\bfolder\b[^.;]{0,20}\b(?:stays?|remains?|be\b|itself)", re.I)

_MAKES_FOLDER = re.compile(r"\b(?:make|create|set up|knock (?:us |me )?up|start|add|erstell\w*|mach\w*|crea)\b[^.;]*\b(?:folder|directory|ordner|carpeta|dossier)s?\b", re.I)

_FILLS = re.compile(r"\b(?:mov\w+|put|cop(?:y|ies)|sort\w*|all|them|everything|files?|each|every|stick|bung|shove|gather|collect|renam\w*|call it)\b", re.I)


_SORTS = re.compile(r"\b(?:mov\w+|cop(?:y|ies)|sort\w*|tidy|arrang\w*|organi[sz]e\w*|file|group|split|distribut\w*|put)\b[^.;]*\b(?:in|into|to|by|per|under)\b", re.I)


def does_nothing(case: Case) -> str:
    return "" if case.outcome.ops or case.outcome.said.strip() else "this does nothing: no file fits its conditions"


def only_answers(case: Case) -> str:
    """That a program for a deed only says something."""
    is_deed = case.request.kind in ("organise", "edit") and "?" not in case.text and case.request.reading.chance("ask", "find", "compute", "extract") < LITTLE
    return "this changes nothing" if is_deed and not case.outcome.ops else ""


def moves_for_a_folder(case: Case) -> str:
    """That things are moved where only a folder is to be made."""
    only_made = _MAKES_FOLDER.search(case.text) and not _FILLS.search(case.text)
    return "only a folder is to be made; nothing is to be moved" if only_made and case.outcome.of("move") else ""


def makes_only_folders(case: Case) -> str:
    """That folders are made and nothing is put into them, where files are to be moved or copied."""
    only_folders = bool(case.outcome.ops) and all(op[0] == "folder" for op in case.outcome.ops)
    is_sorting = _SORTS.search(case.request.meaning) and bool(case.request.sources.files)
    return "this only makes folders: no file fits its conditions" if only_folders and is_sorting else ""


def deletes_unasked(case: Case) -> str:
    return "" if case.may_delete or not case.outcome.of("delete") else "it deletes what nobody asked to delete"


def changes_contents(case: Case) -> str:
    is_about_places = case.request.kind in ("organise", "sort") and case.request.reading.chance("edit", "extract", "compose", "steps") < LITTLE
    return "what the files hold is not to be changed" if is_about_places and any(op[1] in case.there for op in case.outcome.of("write")) else ""


def moves_originals(case: Case) -> str:
    return "the original stays where it is: use copy" if case.outcome.of("move") and _STAYS.search(case.text) else ""


def deletes_folder(case: Case) -> str:
    gone = [op[1] for op in case.outcome.of("delete") if op[1] in case.there and case.there[op[1]].is_folder]
    return "the folder itself stays: delete the files in it" if gone and _FOLDER_STAYS.search(case.text) else ""
