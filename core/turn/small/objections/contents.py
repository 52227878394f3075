"""Objections to what is written: rows of another form, lost lines, emptied files, figures that stand nowhere."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from core.turn.small.grounding import unseen_figure
from core.turn.small.objections.case import Case

_CELLS = (  # forms of cells, and how a model is told of them
    (re.compile(r"\d{4}-\d\d-\d\d"), "a date is written"), (re.compile(r"\d{1,2}[./]\d{1,2}[./]\d{2,4}"), "a date is written"), (re.compile(r"-?\d+(?:[.,]\d+)?"), "there is only a number"),
)  # fmt: skip

_EMPTIES = re.compile(r"\b(?:empt\w+|clear\w*|blank|wipe\w*)\b", re.I)


def breaks_columns(case: Case) -> str:
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


def writes_nothing(case: Case) -> str:
    """That a new file stays empty, or a new table has its head alone: whoever asks for one asks for what is in it."""
    made = [op for op in case.outcome.of("write") if op[1] not in case.there]
    hollow = [op[1] for op in made if not str(op[2]).strip() or (str(op[1]).endswith(".csv") and case.request.kind in ("extract", "steps") and len(str(op[2]).splitlines()) < 2)]
    return f"this writes nothing into {hollow[0]}" if hollow and not _EMPTIES.search(case.text) else ""


def loses_lines(case: Case) -> str:
    lost = [op[1] for op in case.outcome.of("write") if len(str(op[2]).splitlines()) * 2 <= case.outcome.lines.get(op[1], 0) > 1]
    return f"this loses half of the lines of {lost[0]}" if lost and not case.may_delete and not _EMPTIES.search(case.text) else ""


def empties_files(case: Case) -> str:
    emptied = [op[1] for op in case.outcome.of("write") if not str(op[2]).strip() and op[1] in case.there and case.there[op[1]].size]
    return f"this empties {emptied[0]}; to get rid of it use delete" if emptied and not _EMPTIES.search(case.text) else ""


def invents_figures(case: Case) -> str:
    figure = unseen_figure(case.code, case.text, case.past, case.shown) if case.shown else ""
    return f"{figure} stands nowhere: read it from the file or work it out" if figure else ""
