"""Which files a request means, which it names in vain, and where its result goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.language.reading import Reading
from core.turn.small.request import SmallRequest, without_pointers
from core.turn.small.sources import find_sources, missing_names
from core.turn.small.targets import find_target
from core.turn.small.workspace_files import Entry, list_files

FILES = (
    "lease.txt", "lease_2019.txt", "meeting notes.md", "Budget 2024.xlsx", "post/letter_anna.txt", "post/letter_ben.txt", "photos/IMG_1.jpg", "invoice_miller.pdf", "invoice_schmidt.pdf",
    "draft.docx", "shopping.txt", "résumé.pdf", "Report (1).txt",
)  # fmt: skip
ENTRIES = (*map(Entry, FILES), Entry("photos", True), Entry("post", True))
NAMES = st.from_regex(r"[a-z]{5,9}[0-9]{2}\.(?:txt|md|csv|pdf)", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("What does lease.txt say about pets?", "lease.txt"),
        ("what does LEASE.TXT say", "lease.txt"),
        ("what is in lease_2019?", "lease_2019.txt"),
        ("read meeting notes.md", "meeting notes.md"),
        ("go through the meeting notes", "meeting notes.md"),
        ("how big is budget 2024", "Budget 2024.xlsx"),
        ("read post/letter_anna.txt to me", "post/letter_anna.txt"),
        ("open letter_ben.txt.", "post/letter_ben.txt"),
        ("what stands in résumé.pdf", "résumé.pdf"),
        ("what stands in Report (1).txt", "Report (1).txt"),
    ],
)
def test_a_file_is_known_by_its_name(text: str, file: str) -> None:
    found = find_sources(text, ENTRIES, earlier=("draft.docx",))
    assert (found.how, found.files, found.rivals) == ("named", (file,), ())
    assert missing_names(text, ENTRIES) == []


def test_several_names_are_several_files_in_the_order_of_the_folder() -> None:
    assert find_sources("compare shopping.txt with lease.txt", ENTRIES).files == ("lease.txt", "shopping.txt")


@pytest.mark.parametrize("text", ["read the letters in post", "everything in the post folder", "what is in my post?", "the folder called post", "all of post/"])
def test_a_folder_stands_for_what_is_inside(text: str) -> None:
    found = find_sources(text, ENTRIES)
    assert (found.how, found.folder) == ("folder", "post")
    assert found.files == ("post/letter_anna.txt", "post/letter_ben.txt")


@pytest.mark.parametrize(
    ("text", "file"), [("the letter from Anna", "post/letter_anna.txt"), ("what did Miller's invoice come to", "invoice_miller.pdf"), ("shorten my draft", "draft.docx")]
)
def test_a_file_is_known_by_what_people_call_it(text: str, file: str) -> None:
    found = find_sources(text, ENTRIES)
    assert (found.how, found.files, found.rivals) == ("described", (file,), ())


def test_where_two_fit_equally_both_are_rivals() -> None:
    found = find_sources("delete the invoice", ENTRIES)
    assert found.how == "described" and set(found.files) == set(found.rivals) == {"invoice_miller.pdf", "invoice_schmidt.pdf"}


def test_what_leans_on_the_turn_before_means_its_files() -> None:
    for text in ("and what does it say about pets?", "who signed it", "and the second one"):
        found = find_sources(text, ENTRIES, earlier=("draft.docx",))
        assert (found.how, found.files) == ("earlier", ("draft.docx",))
    assert find_sources("and what does lease.txt say?", ENTRIES, earlier=("draft.docx",)).files == ("lease.txt",), "a name counts more"


def test_what_nothing_here_fits_means_no_file() -> None:
    found = find_sources("tell me about the Roman empire", ENTRIES)
    assert (found.how, found.files, found.folder) == ("none", (), "")
    assert find_sources("", ()).files == ()


def test_what_is_to_be_written_is_not_read() -> None:
    assert find_sources("shorten lease.txt into draft.docx", ENTRIES, without=["draft.docx"]).files == ("lease.txt",)


def test_a_name_inside_another_is_not_that_file() -> None:
    assert find_sources("read sublease.txt", ENTRIES).how != "named" and missing_names("read sublease.txt", ENTRIES) == ["sublease.txt"]


@given(st.lists(NAMES, min_size=1, max_size=6, unique=True), st.data())
def test_a_name_that_is_there_is_found_and_one_that_is_not_is_missing(names: list[str], data: st.DataObject) -> None:
    wanted = data.draw(st.sampled_from(names))
    other = data.draw(NAMES)
    assume(other not in names)
    entries = tuple(map(Entry, sorted(names)))
    assert find_sources(f"what does {wanted} say about rent?", entries).files == (wanted,)
    assert missing_names(f"what does {other} say about rent?", entries) == [other]
    assert missing_names(f"what does {wanted} say, and {other}, and {other}?", entries) == [other]


@given(st.text(max_size=120))
def test_no_text_does_harm_and_only_files_that_are_there_are_meant(text: str) -> None:
    found = find_sources(text, ENTRIES)
    assert set(found.files) <= set(FILES) and set(found.rivals) <= set(found.files)
    assert missing_names(text, ENTRIES) is not None
    assert find_target(text, FILES).asked or not text.strip()


def test_names_that_are_to_be_written_are_not_missing() -> None:
    assert missing_names("shorten lease.txt into out.txt", ENTRIES, ["out.txt"]) == []
    assert missing_names("shorten lease.txt into new/out.txt", ENTRIES, ["new/out.txt"]) == []


@pytest.mark.parametrize("text", ["What is 3.5 times 2?", "I left at 8.30", "Wait... what?", "see 12.05.2024", "He said so. Then he left"])
def test_numbers_times_and_ends_of_sentences_are_no_names(text: str) -> None:
    assert missing_names(text, ENTRIES) == []


# -- targets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "path", "asked"),
    [
        ("Summarise lease.txt and save it as short.txt", "short.txt", "Summarise lease.txt"),
        ("write a poem about the sea into sea.txt", "sea.txt", "write a poem about the sea"),
        ("Make me a list of the names as Names.txt", "Names.txt", "Make me a list of the names"),
        ('write a summary of lease.txt in two sentences, save as "sum.txt"', "sum.txt", "write a summary of lease.txt in two sentences"),
        ("Write a letter to Anna and keep it in post/anna_new.txt", "post/anna_new.txt", "Write a letter to Anna"),
    ],
)
def test_a_new_file_is_the_target_and_the_rest_is_asked(text: str, path: str, asked: str) -> None:
    found = find_target(text, FILES)
    assert (found.path, found.asked, found.is_added) == (path, asked, False)


@pytest.mark.parametrize("text", ["add eggs to shopping.txt", "put milk at the end of shopping.txt", "append the total to shopping.txt"])
def test_a_file_that_is_added_to_keeps_what_it_holds(text: str) -> None:
    found = find_target(text, FILES)
    assert (found.path, found.is_added) == ("shopping.txt", True)


@pytest.mark.parametrize("text", ["what does lease.txt say", "Translate lease.txt into German", "rename lease.txt to old.txt", "delete draft.docx", "hello", ""])
def test_what_only_reads_or_moves_has_no_target(text: str) -> None:
    assert find_target(text, FILES).path == ""


def test_a_file_that_is_there_is_the_target_where_it_is_said_to_be_saved_there() -> None:
    assert find_target("save it as lease.txt", FILES).path == "lease.txt"


@given(NAMES, st.sampled_from(["save it as {}", "put it into {}", "write that in {}", "keep it in {}"]))
def test_the_name_stands_as_it_was_written(name: str, form: str) -> None:
    found = find_target("Summarise the lease and " + form.format(name.upper()), FILES)
    assert found.path == name.upper() and name.upper() not in found.asked and "lease" in found.asked


# -- requests --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Is a cat allowed? It is in lease.txt.", "Is a cat allowed?"),
        ("Is a cat allowed (see lease.txt)?", "Is a cat allowed?"),
        ("The rules are in lease.txt. May I smoke?", "May I smoke?"),
        ("It's in lease.txt", "It's in lease.txt"),
        ("What is the rent?", "What is the rent?"),
    ],
)
def test_sentences_that_only_point_to_a_file_are_not_asked(text: str, asked: str) -> None:
    assert without_pointers(text) == asked


def test_a_request_knows_its_files_its_target_and_what_is_missing() -> None:
    request = SmallRequest("Summarise lease.txt in two sentences and save it as short.txt", Reading({"summarise": 1.0}), ENTRIES)
    assert request.sources.files == ("lease.txt",) and request.target.path == "short.txt" and request.missing == []
    assert request.length is not None and (request.length.most, request.length.unit) == (2, "sentences")
    assert request.chosen(["draft.docx"]).sources.files == ("draft.docx",), "what the person chose counts alone"
    assert SmallRequest("What is in nowhere.txt?", Reading({"ask": 1.0}), ENTRIES).missing == ["nowhere.txt"]
    assert (
        SmallRequest("delete all invoices", Reading({"organise": 1.0}), ENTRIES).is_plural and not SmallRequest("delete the invoice", Reading({"organise": 1.0}), ENTRIES).is_plural
    )


def test_the_workspace_is_listed_by_path_without_hidden_files_and_ends_somewhere(tmp_path: Path) -> None:
    for name in ("b.txt", "A.md", "d/e/deep.csv", ".hidden", ".git/x", "1/2/3/4/5/6/far.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("12345")
    (tmp_path / "broken").symlink_to("/nowhere/at/all")
    found = {entry.path: entry for entry in list_files(tmp_path)}
    assert {"A.md", "b.txt", "d", "d/e", "d/e/deep.csv"} <= set(found) and not any(path.startswith(".") for path in found)
    assert "1/2/3/4/5/6/far.txt" not in found, "it does not go down for ever"
    assert found["b.txt"].size == 5 and found["d"].is_folder and found["d"].size == 0
    deep = found["d/e/deep.csv"]
    assert (deep.name, deep.stem, deep.ending, deep.folder) == ("deep.csv", "deep", ".csv", "d/e")
