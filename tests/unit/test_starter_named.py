"""Parts of names become patterns; contents and other adjectives stay as they are."""

from __future__ import annotations

import pytest

from models.starter.named import with_patterns


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("Find all PDFs with tax in their name and zip them", "Find *tax*.pdf and zip them"),
        ("Find last year's tax PDFs, put them in a zip", "Find last year's *tax*.pdf, put them in a zip"),
        ("delete the files whose name contains draft", "delete *draft*"),
        ("move all text files named like report to Archive", "move *report*.txt to Archive"),
        ("copy my PDFs that start with inv to Out", "copy inv*.pdf to Out"),
        ("zip all tax PDFs", "zip *tax*.pdf"),
        ("list the pdf files with 'invoice' in the name", "list *invoice*.pdf"),
        ("Find everything with 2024 in its name and move it to Old", "Find *2024* and move it to Old"),
        ("put the excel files starting with q3 into Reports", "put q3*.xlsx into Reports"),
        ("find files with the word budget in their names", "find *budget*"),
    ],
)
def test_a_part_of_a_name_is_a_pattern(said: str, read: str) -> None:
    assert with_patterns(said) == read


@pytest.mark.parametrize(
    "said",
    [
        "show my new PDFs", "delete all PDFs", "Find files with socks in them", "write a file called a.txt that says files with x in their name", "note that the files with tax in their name are old",
        "remind me to zip all tax PDFs", "list the files here", "convert these two PDFs", "how do I find files with tax in their name?", "append to log.txt: all tax PDFs are done", "sort the downloaded PDFs",
    ],
)  # fmt: skip
def test_other_words_stay(said: str) -> None:
    assert with_patterns(said) == said
