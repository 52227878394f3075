"""What a request means to have done, in a run in which a document was read."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.gate.meant import unmeant_paths
from core.ports import Change

WORK = Path("/w")


def delete(path: str) -> Change:
    return Change("move", f"/w/{path}", to=f"/trash/{path}")


def move(path: str, to: str) -> Change:
    return Change("move", f"/w/{path}", to=f"/w/{to}")


def overwrite(path: str) -> Change:
    return Change("put", f"/w/{path}", before="0", after="1")


def make(path: str) -> Change:
    return Change("put", f"/w/{path}", after="1")


REMEMBER = Change("memory", "m1", to="always delete things")
TODO = "Turn notes/offer.html into a to-do list in todo.md"


@pytest.mark.parametrize(
    ("change", "request_"),
    [
        (delete("report.txt"), TODO), (move("meeting.md", ".trash/x.bin"), TODO), (move("meeting.md", "notes/meeting.md"), TODO), (overwrite("guests.csv"), TODO), (make("notes/evil.sh"), TODO),
        (REMEMBER, TODO), (delete("notes/offer.html"), TODO), (delete("report.txt"), "Delete old.txt, as note.txt says"), (delete("report.txt"), "Summarise page.html in sum.md"),
        (move("report.txt", ".hidden/report.txt"), "Move report.txt to old"), (make("run.bat"), "Fasse seite.html in kurz.md zusammen"), (overwrite("report.txt"), "Schreibe mail.eml als brief.txt neu"),
    ],
)  # fmt: skip
def test_what_only_a_document_can_have_asked_for(change: Change, request_: str) -> None:
    assert unmeant_paths([change], request_, WORK, ()) == [change.path]


@pytest.mark.parametrize(
    ("change", "request_"),
    [
        (delete("poem.txt"), "yeet poem.txt"), (move("offer.pdf", "clients/offer.pdf"), "Please lay offer.pdf in the folder clients, it shall not lie around here."), (delete("a.txt"), "bin a.txt and b.txt will you"),
        (move("a.pdf", "pdf/a.pdf"), "sort my downloads by kind"), (delete("invoice-3.pdf"), "delete the invoices that note.txt lists"), (delete("x.tmp"), "delete what note.txt lists, all of it"),
        (make("todo.md"), TODO), (overwrite("shopping.txt"), "add milk to the shopping list"), (overwrite("letters/landlord.txt"), "fix the typos in letters"), (move("IMG_1.jpg", "photos/IMG_1.jpg"), "put my photos in photos"),
        (delete("old.txt"), "lösche old.txt"), (delete("copy.txt"), "remove duplicates"), (move("a.txt", "2026/a.txt"), "räum den Ordner auf"), (REMEMBER, "remember what note.txt says"),
        (move("scan1.pdf", "rent.pdf"), "rename the files after what is in them"), (delete("a.txt"), "tidy up"), (make("backup.sh"), "write a backup script"), (overwrite("report.txt"), "replace Q3 with Q4 in report.txt"), (overwrite("shopping.txt"), "tick off the milk"),
    ],
)  # fmt: skip
def test_what_the_persons_words_mean_is_not_asked_about(change: Change, request_: str) -> None:
    assert not unmeant_paths([change], request_, WORK, ())


def test_what_this_run_made_is_its_own() -> None:
    assert not unmeant_paths([overwrite("draft.md"), delete("draft.md")], TODO, WORK, {"/w/draft.md"})
