"""Every built-in skill, run for real on the built-in tools: no model, no network beyond loopback."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.service.composition import Core
from core.home import Home
from skills.folders import BUILTIN
from tools.confinement import program

pytestmark = pytest.mark.skipif(not program(), reason="skills with scripts need bubblewrap")
Run = Callable[..., Any]


@pytest.fixture
def run(make_core: Callable[..., Core], workspace: Path) -> Run:
    """Run a skill in the workspace and return its result."""
    core = make_core()

    async def go(name: str, approve: str = "none", /, **inputs: Any) -> dict[str, Any]:
        run_id = core.runs.start({"text": f"${name}", "workspace": str(workspace), "approve": approve, "skill": {"name": name, "inputs": inputs}})
        return dict((await core.runs.wait(run_id, 60))["result"])

    return go


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


async def test_tidy_downloads(run: Run, workspace: Path) -> None:
    for name in ("a.jpg", "b.pdf", "c.jpg"):
        put(workspace / "In", name, name)

    result = await run("tidy-downloads", folder="In")

    assert result["status"] == "done", result["answer"]
    assert sorted(path.relative_to(workspace / "In").as_posix() for path in workspace.rglob("*.*")) == ["Documents/b.pdf", "Images/a.jpg", "Images/c.jpg"]


async def test_backup_folder(run: Run, workspace: Path) -> None:
    put(workspace / "Book", "one/chapter.txt", "Once")

    result = await run("backup-folder", folder="Book")

    (archive,) = (workspace / "Backups").iterdir()
    assert result["status"] == "done" and archive.name.startswith("Book-")
    with zipfile.ZipFile(archive) as packed:
        assert [packed.read(name) for name in packed.namelist() if name.endswith("chapter.txt")] == [b"Once"]


NOTES = """# Team meeting

We talked about the move. Tom was late.
- Anna will book the van by Friday.
- TODO: call the landlord
* [x] Order boxes

## Next steps
1. Label the boxes
2. [ ] Return the keys

## Other
- The lift is broken
"""


async def test_meeting_notes_to_tasks(run: Run, workspace: Path) -> None:
    put(workspace, "meeting.md", NOTES)

    result = await run("meeting-notes-to-tasks", file="meeting.md")

    tasks = [line for line in (workspace / "tasks.md").read_text().splitlines() if line.startswith("- [")]
    assert result["status"] == "done"
    assert tasks == ["- [ ] Anna will book the van by Friday", "- [ ] call the landlord", "- [ ] Label the boxes", "- [ ] Return the keys"]


async def test_meeting_notes_without_tasks_add_none(run: Run, workspace: Path) -> None:
    put(workspace, "meeting.md", "We met and had tea.\n")

    result = await run("meeting-notes-to-tasks", file="meeting.md")

    assert result["status"] == "done" and not (workspace / "tasks.md").exists()


async def test_weekly_review(run: Run, workspace: Path, own_home: Home) -> None:
    (own_home.root / "tasks.md").write_text("# Tasks\n\n- [ ] Pay the rent (due 2020-01-01)\n- [x] Post the letter\n- [ ] Read\n")
    put(workspace, "draft.txt", "words")

    result = await run("weekly-review")

    (written,) = (workspace / "Reviews").iterdir()
    page = written.read_text()
    assert abs((datetime.date.today() - datetime.date.fromisoformat(written.stem.removeprefix("Review "))).days) <= 1  # midnight may come in between
    assert result["status"] == "done"
    assert "Pay the rent (overdue since 2020-01-01)" in page.split("## Open")[0]
    assert "- Read" in page.split("## Open")[1] and "- Post the letter" in page.split("## Done")[1] and "draft.txt" in page.split("## Files")[1]


async def test_compare_documents(run: Run, workspace: Path) -> None:
    put(workspace, "a.txt", "one\ntwo\nthree\n")
    put(workspace, "b.txt", "one\n2\nthree\nfour\n")

    answer = (await run("compare-documents", first="a.txt", second="b.txt"))["answer"]

    assert "has 2 lines that a.txt has not, and lacks 1" in answer
    assert all(line in answer for line in ("-two", "+2", "+four"))
    assert "hold the same text" in (await run("compare-documents", first="a.txt", second="a.txt"))["answer"]


@pytest.mark.parametrize(
    "table",
    [
        "Date,Description,Category,Amount\n2026-01-03,Shop,Food,-12.50\n2026-01-20,Rent,Home,-800.00\n2026-02-01,Shop,Food,-7.50\n2026-02-02,Wages,Pay,2000.00\n",
        "Buchungstag;Verwendungszweck;Kategorie;Betrag\n03.01.2026;Shop;Food;-12,50\n20.01.2026;Rent;Home;-800,00\n01.02.2026;Shop;Food;-7,50\n02.02.2026;Wages;Pay;2.000,00\n",
    ],
)
async def test_monthly_expenses(run: Run, workspace: Path, table: str) -> None:
    put(workspace, "bank.csv", table)

    result = await run("monthly-expenses", file="bank.csv")

    assert result["status"] == "done", result["answer"]
    assert "| Food | 12.50 | 7.50 | 20.00 |" in result["answer"] and "| **All** | **812.50** | **7.50** | **820.00** |" in result["answer"]
    assert (workspace / "bank-summary.md").read_text().startswith("# Expenses")


async def test_monthly_expenses_says_which_column_is_missing(run: Run, workspace: Path) -> None:
    put(workspace, "bank.csv", "A,B\n1,2\n")

    result = await run("monthly-expenses", file="bank.csv")

    assert result["status"] == "failed" and "no column for the date; the columns are A, B" in result["answer"]


async def test_travel_checklist(run: Run, workspace: Path) -> None:
    result = await run("travel-checklist", destination="Oslo", days=5, kind="mountains")

    page = (workspace / "Packing list Oslo.md").read_text()
    assert result["status"] == "done" and "- [ ] walking boots" in page and "- [ ] 6 × underwear and socks" in page


@contextlib.contextmanager
def served(pages: list[str]) -> Iterator[str]:
    """A page on loopback that is another one at each visit."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<html><body><main><p>{pages.pop(0) if len(pages) > 1 else pages[0]}</p></main></body></html>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


async def test_watch_page(run: Run, workspace: Path) -> None:
    with served(["The price is 20 today, as it was all of last week.", "The price is 20 today, as it was all of last week.", "The price is 18 today, less than last week."]) as url:
        answers = [(await run("watch-page", "all", url=url))["answer"] for _ in range(3)]

    assert "is watched from now on" in answers[0] and "Nothing is new" in answers[1]
    assert "+The price is 18" in answers[2] and "-The price is 20" in answers[2]
    assert "18" in (workspace / "Watched pages" / "page.txt").read_text()


async def test_rename_photos_by_date(run: Run, workspace: Path) -> None:
    from PIL import Image

    (workspace / "Photos").mkdir()
    exif = Image.Exif()
    exif[0x0132] = "2024:07:14 18:30:05"
    for name in ("IMG_1.jpg", "IMG_2.jpg"):
        Image.new("RGB", (8, 8)).save(workspace / "Photos" / name, exif=exif)

    result = await run("rename-photos-by-date", folder="Photos")

    assert result["status"] == "done", result["answer"]
    assert sorted(path.name for path in (workspace / "Photos").iterdir()) == ["2024-07-14 18-30-05 (2).jpg", "2024-07-14 18-30-05.jpg"]


async def test_find_duplicates(run: Run, workspace: Path) -> None:
    put(workspace, "a.txt", "same words")
    put(workspace, "copy/b.txt", "same words")
    put(workspace, "c.txt", "other word")

    answer = (await run("find-duplicates"))["answer"]

    assert "1 file is there more than once" in answer and "a.txt" in answer and "copy/b.txt" in answer and "c.txt" not in answer


async def test_disk_space_report(run: Run, workspace: Path) -> None:
    put(workspace, "big/film.bin", "x" * 50_000)
    put(workspace, "small.txt", "x")

    answer = (await run("disk-space-report"))["answer"]

    assert "2 files take 50.0 kB" in answer and "- big: 50.0 kB" in answer and "free" in answer


async def test_remove_empty_folders(run: Run, workspace: Path) -> None:
    (workspace / "empty").mkdir()
    put(workspace, "full/a.txt", "x")

    result = await run("remove-empty-folders")

    assert result["status"] == "done" and not (workspace / "empty").exists() and (workspace / "full").exists()
    again = await run("remove-empty-folders")
    assert again["status"] == "done" and again["answer"].startswith("Found 0")


async def test_archive_old_files(run: Run, workspace: Path) -> None:
    old = put(workspace, "old.txt", "x")
    put(workspace, "new.txt", "x")
    put(workspace, "Archive/older.txt", "x")
    for path in (old, workspace / "Archive/older.txt"):
        os.utime(path, (time.time() - 500 * 86400,) * 2)

    result = await run("archive-old-files")

    assert result["status"] == "done", result["answer"]
    assert sorted(path.relative_to(workspace).as_posix() for path in workspace.rglob("*.txt")) == ["Archive/old.txt", "Archive/older.txt", "new.txt"]


async def test_document_to_text(run: Run, workspace: Path) -> None:
    put(workspace, "page.html", "<html><body><h1>Title</h1><p>Some words.</p></body></html>")

    result = await run("document-to-text", file="page.html")

    assert result["status"] == "done" and "Some words." in (workspace / "page.txt").read_text()


async def test_csv_to_excel(run: Run, workspace: Path) -> None:
    import openpyxl

    put(workspace, "sales.csv", "name,count\nA,1\nB,2\n")

    result = await run("csv-to-excel", file="sales.csv")

    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(workspace / "sales.xlsx").active]
    assert result["status"] == "done" and rows == [["name", "count"], ["A", 1], ["B", 2]]


async def test_join_notes(run: Run, workspace: Path) -> None:
    put(workspace, "n/1.md", "one")
    put(workspace, "n/2.md", "two")

    await run("join-notes", folder="n", into="all.md")

    assert (workspace / "all.md").read_text() == "one\ntwo"


async def test_daily_agenda(run: Run, own_home: Home) -> None:
    (own_home.root / "tasks.md").write_text("- [ ] Pay (due 2020-01-01)\n- [ ] Read\n- [x] Gone\n")

    answer = (await run("daily-agenda"))["answer"]

    assert "No appointments." in answer and "- Pay (overdue since 2020-01-01)" in answer and "- Read" in answer.split("Open besides")[1] and "Gone" not in answer


async def test_upcoming_birthdays(run: Run, own_home: Home) -> None:
    soon = datetime.date.today() + datetime.timedelta(days=3)
    late = datetime.date.today() + datetime.timedelta(days=90)
    cards = "".join(
        f"BEGIN:VCARD\nVERSION:4.0\nFN:{name}\nBDAY:{year}{day:%m%d}\nEND:VCARD\n" for name, year, day in (("Ada", "1990", soon), ("Bob", "1980", late), ("Cem", "--", soon))
    )
    (own_home.root / "contacts.vcf").write_text(cards)

    answer = (await run("upcoming-birthdays"))["answer"]

    assert f"Ada, turns {soon.year - 1990}" in answer and "(in 3 days)" in answer and "Bob" not in answer


async def test_document_statistics(run: Run, workspace: Path) -> None:
    put(workspace, "talk.md", "Trees grow. Trees give shade. " * 50)

    answer = (await run("document-statistics", file="talk.md"))["answer"]

    assert "250 words, 100 sentences" in answer and "trees (100)" in answer


async def test_system_health(run: Run) -> None:
    answer = (await run("system-health"))["answer"]

    assert re.search(r"Processor \d+ % of \d+ cores", answer) and "Most memory:" in answer


async def test_start_project(run: Run, workspace: Path) -> None:
    await run("start-project", name="Boat", goal="Build a boat.")

    assert (workspace / "Boat/README.md").read_text().startswith("# Boat\n\nBuild a boat.") and (workspace / "Boat/notes").is_dir()
    assert (workspace / "Boat/tasks.md").read_text().count("- [ ]") == 3


async def test_journal_entry(run: Run, workspace: Path) -> None:
    await run("journal-entry", text="It rained.")
    await run("journal-entry", text="It cleared up.")

    page = (workspace / "Journal" / f"{datetime.date.today():%Y-%m}.md").read_text()
    assert page.index("It rained.") < page.index("It cleared up.") and page.count("## ") == 2


async def test_clipboard_to_note(run: Run, own_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyperclip

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(pyperclip, "paste", lambda: "copied words")
    result = await run("clipboard-to-note")

    (note,) = own_home.notes.iterdir()
    assert result["status"] == "done" and note.read_text() == "# From the clipboard\n\ncopied words\n"


async def test_timesheet(run: Run, workspace: Path) -> None:
    put(workspace, "hours.csv", "Date,Start,End,Break,Project\n2026-03-02,09:00,17:30,30,Red\n2026-03-03,22:00,02:00,,Blue\n2026-03-10,08:00,09:15,,Red\n")

    answer = (await run("timesheet", file="hours.csv"))["answer"]

    assert "13.25 hours in all" in answer and "- 2026-W10: 12.00 h" in answer and "- Red: 9.25 h" in answer and "- Blue: 4.00 h" in answer


async def test_log_summary(run: Run, workspace: Path) -> None:
    put(workspace, "app.log", "10:00 INFO start\n10:01 ERROR timeout after 30 s\n10:02 ERROR timeout after 31 s\n10:03 WARN disk 91 %\n")

    answer = (await run("log-summary", file="app.log"))["answer"]

    assert "4 lines: 2 ERROR" in answer and "- 2 × ERROR: timeout after … s" in answer and "First error: `10:01" in answer


async def test_find_todos(run: Run, workspace: Path) -> None:
    put(workspace, "src/a.py", "x = 1\n# TODO: mend this\n")

    assert "- src/a.py:2 TODO: mend this" in (await run("find-todos"))["answer"]


async def test_find_secrets(run: Run, workspace: Path) -> None:
    put(workspace, "config.ini", "password = hunter2hunter2\nname = x\n")
    put(workspace, "sample.ini", "password = changeme\n")

    answer = (await run("find-secrets"))["answer"]

    assert "config.ini:1 password: hunt…" in answer and "hunter2" not in answer and "sample.ini" not in answer


async def test_check_links(run: Run, workspace: Path) -> None:
    put(workspace, "a.md", "[good](b.md) [bad](gone.md) [[b]] [[nowhere]] [web](https://example.org)\n")
    put(workspace, "b.md", "x")

    answer = (await run("check-links"))["answer"]

    assert "2 of 4 links lead nowhere" in answer and "a.md:1 → gone.md" in answer and "[[nowhere]]" in answer


async def test_scale_recipe(run: Run, workspace: Path) -> None:
    put(workspace, "cake.md", "# Cake\n\nServes 4\n\n- 200 g flour\n- 1 1/2 tsp salt\n- ½ lemon\n- 2-3 eggs\n\n1. Bake 30 minutes at 180 °C.\n")

    answer = (await run("scale-recipe", file="cake.md", people=8))["answer"]

    assert all(line in answer for line in ("Serves 8", "- 400 g flour", "- 3 tsp salt", "- 1 lemon", "- 4-6 eggs", "1. Bake 30 minutes at 180"))


async def test_flashcards(run: Run, workspace: Path) -> None:
    put(workspace, "bio.md", "# Biology\n- Cell: the smallest unit of life\n- What is DNA? A molecule, with genes\n")

    await run("flashcards", file="bio.md")

    assert (workspace / "bio-cards.csv").read_text() == 'Cell,the smallest unit of life\nWhat is DNA?,"A molecule, with genes"\n'


def test_every_built_in_skill_has_a_test_of_its_own() -> None:
    own = Path(__file__).read_text(encoding="utf-8")

    names = {path.name for path in BUILTIN.iterdir() if (path / "SKILL.md").is_file()}
    assert len(names) >= 20
    assert [name for name in sorted(names) if f"def test_{name.replace('-', '_')}(" not in own] == []
