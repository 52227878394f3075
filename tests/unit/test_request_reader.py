"""The trained reader: how it splits words, what it makes of plain requests, that no text harms it, and the lines it was trained on."""

from __future__ import annotations

import itertools
import string
import threading
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import BertWordPieceTokenizer

from core.language.reading import Reading
from models.reader.labels import KINDS, MARKS, SPANS
from models.reader.reader import FOLDER, RequestReader
from models.reader.training.data import DATA, read_examples
from models.reader.wordpiece import split_pieces

NAMES = {"source", "target", "condition", "literal"}


@pytest.fixture(scope="module")
def reader() -> RequestReader:
    return RequestReader()


@pytest.fixture(scope="module")
def vocabulary() -> dict[str, int]:
    return {piece: number for number, piece in enumerate((FOLDER / "vocab.txt").read_text(encoding="utf-8").split("\n"))}


@pytest.fixture(scope="module")
def reference() -> BertWordPieceTokenizer:
    return BertWordPieceTokenizer(str(FOLDER / "vocab.txt"), lowercase=True)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("unaffable", ["una", "##ffa", "##ble"]),
        ("Don't embed", ["don", "'", "t", "em", "##bed"]),
        ("invoices_2024.pdf", ["in", "##vo", "##ices", "_", "202", "##4", ".", "pdf"]),
        ("café ÜBER", ["cafe", "uber"]),
        ("x" * 101, ["[UNK]"]),
        ("💥", ["[UNK]"]),
        (" \t\n", []),
        ("", []),
    ],
)
def test_words_are_split_as_the_reference_does(text: str, pieces: list[str], vocabulary: dict[str, int]) -> None:
    names = {number: piece for piece, number in vocabulary.items()}
    assert [names[piece.id] for piece in split_pieces(text, vocabulary)] == pieces


@given(text=st.text(string.ascii_letters + string.digits + string.punctuation + " \nÄÖÜäöüéèêñçàåø–“”’", max_size=80))
@example(text="Move all .PDFs from ~/Downloads/2023-05 to 'Scans & more' – it's 12,50!")
def test_any_european_text_is_split_as_the_reference_does(text: str, vocabulary: dict[str, int], reference: BertWordPieceTokenizer) -> None:
    assert [piece.id for piece in split_pieces(text, vocabulary)] == reference.encode(text, add_special_tokens=False).ids


@given(text=st.text(max_size=120))
def test_pieces_stand_in_the_text_one_after_the_other(text: str, vocabulary: dict[str, int]) -> None:
    pieces = split_pieces(text, vocabulary)
    assert all(0 <= piece.start < piece.end <= len(text) for piece in pieces)
    assert all(left.start <= right.start and left.end <= right.start + 1 for left, right in itertools.pairwise(pieces))
    assert all(0 <= piece.id < len(vocabulary) for piece in pieces)


def is_sound(reading: Reading, text: str) -> bool:
    """Whether chances add up, and every span is words of the text."""
    assert sorted(reading.kinds) == sorted(KINDS) and sum(reading.kinds.values()) == pytest.approx(1, abs=1e-4)
    assert all(0 <= chance <= 1 for chance in reading.kinds.values())
    for span in reading.spans:
        assert span.name in NAMES and span.text == text[span.start : span.end] != ""
        assert span.start == 0 or not (text[span.start - 1].isalnum() and text[span.start].isalnum()), "it begins within a word"
        assert span.end == len(text) or not (text[span.end - 1].isalnum() and text[span.end].isalnum()), "it ends within a word"
    return True


REQUESTS = [
    ("What is the deposit in lease.txt?", "ask", ("source", "lease.txt")),
    ("How much did I spend on groceries in spending.csv?", "compute", ("source", "spending.csv")),
    ("Summarise report.txt in three sentences", "summarise", ("source", "report.txt")),
    ("Write a short letter to the landlord and save it as letter.txt", "compose", ("target", "letter.txt")),
    ("Translate letter.txt into German", "translate", ("source", "letter.txt")),
    ("Move all the pdfs into a folder called Papers", "organise", ("target", "Papers")),
    ("Delete the line about milk in list.txt", "edit", ("source", "list.txt")),
    ("Where is the invoice from Miller?", "find", None),
    ("Remind me tomorrow at 9 to call the dentist", "remind", None),
    ("Remember that my car is a blue Golf", "remember", None),
    ("What time is it?", "machine", None),
    ("hello", "chat", None),
    ("Book me a flight to Rome", "outside", None),
    ("undo that", "undo", None),
    ("Get all email addresses out of people.txt", "extract", ("source", "people.txt")),
    ("Rewrite letter.txt so that it sounds friendlier", "rewrite", ("source", "letter.txt")),
    ("add eggs to shopping.txt", "edit", ("source", "shopping.txt")),
]


@pytest.mark.parametrize(("text", "kind", "span"), REQUESTS, ids=[text for text, _, _ in REQUESTS])
def test_plain_requests_are_read_rightly(text: str, kind: str, span: tuple[str, str] | None, reader: RequestReader) -> None:
    found = reader.read(text)
    assert is_sound(found, text) and found.rank_kinds()[0] == kind
    assert span is None or span[1] in found.texts(span[0])


@pytest.mark.parametrize(
    "text",
    ["", " \n\t ", "x" * 10_000, "word " * 2_000, "\x00\x01\x7f", "💥" * 10_000, "[CLS] [SEP] [UNK] [PAD]", "é" * 10_000, "e" + "\u0301" * 10_000, "a.b/c-d’e" * 1_000, "\ud800"],
)
def test_no_text_does_harm(text: str, reader: RequestReader) -> None:
    assert is_sound(reader.read(text), text) and is_sound(reader.read("what is in it?", text), "what is in it?")


@settings(max_examples=12)
@given(text=st.text(max_size=60), before=st.text(max_size=30))
def test_any_text_is_read_soundly_and_the_same_again(text: str, before: str, reader: RequestReader) -> None:
    found = reader.read(text, before)
    assert is_sound(found, text) and reader.read(text, before) == found


@pytest.mark.parametrize(
    "text",
    [
        "Leg einen Ordner Turnier an, kopier spielplan.pdf rein und schreib eine Einladung an die Gastvereine dazu",
        "file name too long, call linen_apron_new_version_final_USE_THIS.txt just linen_apron.txt",
        "rota note into portuguese for the kp's, note_kps.txt",
        "mark Ottilie and Ruben as left in choir_list.csv",
        "regarde dans menu_décembre.pdf les jours avec poisson et ajoute-les à agenda.txt, Tom n'en mange pas",
        "put my poems in two folders the ones that rhyme and the ones that don't",
        "nag me tmrw abt sunscreen form",
    ],
)
def test_spans_are_whole_words_where_the_pieces_are_not(text: str, reader: RequestReader) -> None:
    found = reader.read(text)
    assert is_sound(found, text) and found.spans


def test_several_threads_read_the_same() -> None:
    fresh, found = RequestReader(), list[Reading]()
    threads = [threading.Thread(target=lambda: found.append(fresh.read("What is the deposit in lease.txt?"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and all(one == found[0] for one in found)


# -- what it was trained on ------------------------------------------------------------------------------------------


def test_marks_begin_and_go_on_for_each_span() -> None:
    assert len(KINDS) == len(set(KINDS)) and len(MARKS) == 1 + 2 * len(SPANS) == len(set(MARKS)) and {mark[1:] for mark in MARKS[1:]} == set(SPANS)


@pytest.mark.parametrize("path", sorted(DATA.glob("*.tsv")), ids=lambda path: path.name)
def test_each_line_of_the_data_is_an_example(path: Path) -> None:
    found = read_examples(path)
    assert len(found) > 100
    for one in found:
        assert one.kind in KINDS and one.text.strip() and one.text.isprintable(), one
        assert not any(mark in one.text + one.before for mark in ("[s:", "[t:", "[c:", "[l:")), f"a mark was not read: {one.text}"
        ends = [(start, end) for _, start, end in one.spans]
        assert all(one.text[start:end].strip() for start, end in ends) and ends == sorted(ends)


@pytest.mark.parametrize("line", ["no tab at all", "nonsense\twhat is it", "ask what"])
def test_a_line_that_is_no_example_is_refused_with_its_place(line: str, tmp_path: Path) -> None:
    (tmp_path / "x.tsv").write_text(f"ask\twhat is in [s:a.txt]\n\n# a remark\n{line}\n")
    with pytest.raises(ValueError, match=r"x\.tsv:4"):
        read_examples(tmp_path / "x.tsv")


def test_spans_and_the_turn_before_are_read_off_a_line(tmp_path: Path) -> None:
    (tmp_path / "x.tsv").write_text("ask\twhat is in [s:a.txt]? || and [l:who [really]] signed [t:it]\n")
    (found,) = read_examples(tmp_path / "x.tsv")
    assert (found.kind, found.before, found.text) == ("ask", "what is in a.txt?", "and who [really] signed it")
    assert [(name, found.text[start:end]) for name, start, end in found.spans] == [("l", "who [really]"), ("t", "it")]
