"""The worked examples that are nearest to a request are of its kind, also for requests that are not in the bank."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.turn.small.examples import load_examples, nearest_examples, stems_of_deed

PROGRAMS = {example.request: example.program for example in load_examples()}
FAMILIES = {example.request: example.family for example in load_examples()}
UNSEEN = [
    ("every speech in talks needs the line Thank you all at its end", "a line into each file"),
    ("our street is now spelled Elmstreet and no longer Elm Street, correct this in all the documents", "a word in all files"),
    ("create an empty notes.txt inside each of the student folders", "for each folder"),
    ("replace hyphens in the file names by blanks", "names of files"),
    ("i'd like the drawings to be numbered 1, 2, 3 in order of their date", "numbers in names"),
    ("the .htm pages should end in .html", "endings"),
    ("which recordings are bigger than 20 MB?", "empty, big and small files"),
    ("whatever was not changed in the last 6 months, off to the attic folder", "old and recent files"),
    ("all files with contract in the name except the signed ones into Legal", "by words in the name"),
    ("copy the pictures that are named in chosen.txt to Print", "listed in a file"),
    ("do i have any pictures twice? delete the second ones", "the same twice"),
    ("memos that mention the merger inside go into Secret", "by what is inside"),
    ("schieb das älteste Protokoll ins Archiv", "newest, oldest, biggest"),
    ("if there's no index.md yet make one", "if there is"),
    ("how many words are there in all my stories together", "counting"),
    ("pull every line with a question out of the chat files and put them into one file", "collecting lines"),
    ("add a column vat to invoices.csv, 19 percent of net", "columns of a table"),
    ("from people.csv only those older than 60 into seniors.csv", "rows of a table"),
    ("how much was spent in each shop according to buys.csv? make a table of it", "totals of a table"),
    ("set the status of ticket 14 in tickets.csv to closed", "cells of a table"),
    ("cross out the line about parking in rules.txt", "lines of a text"),
    ("turn the list in queue.txt upside down", "order of a list"),
    ("split the long cookbook.txt into one file per recipe at the headings", "a text together and apart"),
    ("recordings have a date like 2024-11-30 in the name, one folder per month please", "dates in names"),
    ("unpack each zip into a folder of its own and throw the zips away", "zips")
]  # fmt: skip


def families_near(request: str) -> list[str]:
    return [FAMILIES[near] for near, _ in nearest_examples(request)]


def test_the_nearest_are_of_the_right_family_for_requests_that_are_not_in_the_bank() -> None:
    nearest = [families_near(request) for request, _ in UNSEEN]
    assert not {request for request, _ in UNSEEN} & set(PROGRAMS)
    assert sum(near[0] == family for near, (_, family) in zip(nearest, UNSEEN, strict=True)) >= 20  # of 25; 22 when it was written
    assert sum(family in near for near, (_, family) in zip(nearest, UNSEEN, strict=True)) >= 23  # 24


@settings(max_examples=40)
@given(st.text(max_size=120) | st.lists(st.sampled_from(" ".join(PROGRAMS).split()), max_size=12).map(" ".join), st.integers(1, 6))
def test_whatever_is_said_there_are_as_many_as_asked_for_and_two_of_a_family_at_most(request: str, most: int) -> None:
    found = nearest_examples(request, most)
    assert len(found) == len(set(found)) == most and all(PROGRAMS[near] == program for near, program in found)
    assert max(Counter(FAMILIES[near] for near, _ in found).values()) <= 2


def test_an_example_is_near_to_itself() -> None:
    assert [request for request in PROGRAMS if request not in [near for near, _ in nearest_examples(request)]] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("add a column total to prices.csv", "add a column total to zips/newest.csv"),
        ('put "zip each folder" at the end of all the letters', 'put "Bye" at the end of all the letters'),
        ("delete the 3 oldest backups", "delete the 2026 oldest backups"),
    ],
)
def test_names_of_files_quoted_texts_and_numbers_do_not_count(one: str, other: str) -> None:
    assert nearest_examples(one) == nearest_examples(other)


@pytest.mark.parametrize(
    ("one", "other"), [("delete each log", "erase every log"), ("move the newest photo", "shift the most recent picture"), ("Lösche jede Datei", "delete every file")]
)
def test_synonyms_are_near(one: str, other: str) -> None:
    common = stems_of_deed(one) & stems_of_deed(other)
    assert sum(word.startswith("=") for word in common) >= 2


def test_function_words_of_deeds_count() -> None:
    assert {"each", "except", "if", "how"} <= stems_of_deed("each file except a.txt, if I say how")
