"""What a program would change is held against the request: a check each, the first that objects is told to the model.

A check is a function of a :class:`Case` that returns why the outcome is not what was asked, or an empty text. Adding one is a function and a name in ``CHECKS``.
"""

from __future__ import annotations

from collections.abc import Callable

from core.turn.small.objections import contents, deeds, examples, meant, naming, scope
from core.turn.small.objections.case import Case, Outcome, sources_of, touched_files
from core.turn.small.objections.naming import unnamed_folder, unsaid_name

__all__ = ["CHECKS", "Case", "Outcome", "objection", "sources_of", "unmeant_file", "unnamed_folder", "unsaid_name"]

CHECKS: tuple[Callable[[Case], str], ...] = (
    deeds.does_nothing,
    deeds.only_answers,
    scope.leaves_out_subfolders,
    deeds.moves_for_a_folder,
    deeds.makes_only_folders,
    scope.breaks_name_condition,
    scope.breaks_year,
    contents.breaks_columns,
    scope.takes_too_many,
    naming.gives_odd_names,
    deeds.deletes_unasked,
    contents.writes_nothing,
    deeds.changes_contents,
    scope.miscounts,
    contents.loses_lines,
    contents.empties_files,
    deeds.moves_originals,
    deeds.deletes_folder,
    meant.leaves_out_names,
    naming.misses_target,
    naming.invents_folders,
    naming.invents_names,
    examples.breaks_example,
    contents.invents_figures,
    naming.repeats_folders,
    naming.glues_to_path,
    scope.picks_by_unsaid_ending,
    scope.leaves_some_out,
    scope.breaks_kind,
    scope.changes_others,
    meant.changes_unmeant,
)


def objection(case: Case) -> str:
    """Why what a program would do is not what was asked; empty where nothing speaks against it."""
    return next((found for check in CHECKS if (found := check(case))), "")


def unmeant_file(case: Case) -> str:
    """The one file that a program changes though no word of the request reaches it, where nothing else speaks against the program; empty otherwise."""
    if any(check(case) for check in CHECKS if check is not meant.changes_unmeant):
        return ""
    touched = {path for op in case.outcome.ops for path in touched_files(op, case.there)}
    return touched.pop() if len(touched) == 1 and meant.changes_unmeant(case) else ""
