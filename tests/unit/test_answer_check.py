"""Answers over realistic results: true ones pass, ones with an invented number, date, name or deed are found."""

from __future__ import annotations

import datetime
import random
import time

import pytest

from core.turn.answer.check import Checker, unsupported
from core.turn.answer.deeds import StepFact
from core.turn.answer.evidence import Evidence
from core.turn.answer.stream import AnswerStream

TODAY = datetime.date(2026, 3, 11)  # a Wednesday
CSV = "date,category,amount\n2026-01-03,Rent,950.00\n2026-01-09,Food,82.15\n2026-02-03,Rent,950.00\n2026-02-14,Travel,120.40\n2026-02-20,Food,64.85\n2026-03-03,Rent,980.00\n"
LEASE = (
    "LEASE\n\nFlat: Gerberstrasse 41, 3rd floor, 62 m²\nRent: 950 euros a month, due on the 3rd working day.\nDeposit: three months' rent.\n"
    "Notice: 8 weeks to the end of a month.\nSigned on 12 February 2024 by Nora Feldkamp and Kraft GmbH."
)
NOTES = "# Team meeting, 9 March 2026\n\n- Anna sends the budget by Friday, 13 March\n- Ben books the room for 25 people\n- Next meeting: 23 March, 10:00, 90 minutes\n"
LISTING = "This folder holds 5 files and 1 folder:\n- archive/\n- expenses.csv  (214 B)\n- lease.txt  (341 B)\n- meeting.md  (1.2 KB)\n- photo 1.jpg  (2.4 MB)\n- todo.txt  (88 B)"
GERMAN = "Rechnung Nr. 2026-118\nDatum: 4. März 2026\nNettobetrag: 1.250,00 €\nMwSt. 19 %: 237,50 €\nGesamtbetrag: 1.487,50 €\nZahlbar bis 18.03.2026\n"


def read(path: str, text: str) -> StepFact:
    return StepFact("files.read", {"path": path}, "done", text)


def act(tool: str, args: dict, text: str, *changes: dict, risk: str = "reversible") -> StepFact:
    return StepFact(tool, args, "done", text, risk=risk, changes=changes)


MOVED = act(
    "files.move", {"moves": [{"source": "lease.txt", "target": "archive/lease.txt"}, {"source": "todo.txt", "target": "archive/todo.txt"}]}, "Moved lease.txt and todo.txt to archive.",
    {"kind": "move", "path": "/w/lease.txt", "to": "/w/archive/lease.txt"}, {"kind": "move", "path": "/w/todo.txt", "to": "/w/archive/todo.txt"},
)  # fmt: skip
WROTE = act(
    "files.write", {"path": "summary.md", "text": "# Summary\nRent 950"}, "Made summary.md: 2 lines, 4 words, 18 bytes.", {"kind": "put", "path": "/w/summary.md", "after": "x"}
)
DELETED = act("files.delete", {"path": "todo.txt"}, "Deleted todo.txt (undo brings it back).", {"kind": "move", "path": "/w/todo.txt", "to": "/trash/todo.txt"})
REMIND = act("schedule.remind", {"when": "tomorrow 9:00", "text": "call Anna"}, "Reminder set for Thursday, 12 March 2026, 09:00.", {"kind": "schedule", "path": "r1"})
SENT = act("mail.send", {"to": ["anna@example.org"], "subject": "Budget", "text": "…"}, "Sent to anna@example.org.", risk="leaves")
FAILED = StepFact("files.move", {"source": "lease.txt", "target": "archive"}, "failed", "", risk="reversible", error="There is no folder archive.")

WORLDS: dict[str, Evidence] = {
    "csv": Evidence.of("How much did I spend, and on what, according to expenses.csv?", steps=[read("expenses.csv", CSV)], today=TODAY),
    "lease": Evidence.of("What does my lease say about notice and deposit?", steps=[read("lease.txt", LEASE)], today=TODAY),
    "notes": Evidence.of("What has to be done after the meeting?", steps=[read("meeting.md", NOTES)], today=TODAY),
    "list": Evidence.of("What is in this folder?", steps=[StepFact("files.list", {"path": "."}, "done", LISTING)], today=TODAY),
    "german": Evidence.of("Was steht in rechnung.txt?", steps=[read("rechnung.txt", GERMAN)], today=TODAY),
    "moved": Evidence.of("Move the lease and the to-do list to archive", steps=[StepFact("files.list", {"path": "."}, "done", LISTING), MOVED], today=TODAY),
    "wrote": Evidence.of("Write a summary of the lease to summary.md", steps=[read("lease.txt", LEASE), WROTE], today=TODAY),
    "deleted": Evidence.of("Lösche todo.txt", steps=[DELETED], today=TODAY),
    "remind": Evidence.of("Remind me tomorrow at 9 to call Anna", steps=[REMIND], today=TODAY),
    "sent": Evidence.of("Send Anna the budget", steps=[read("meeting.md", NOTES), SENT], today=TODAY),
    "failed": Evidence.of("Move lease.txt to archive", steps=[FAILED], today=TODAY),
    "talk": Evidence.of("What is the capital of Australia?", today=TODAY),
    "letter": Evidence.of("Write an email to my landlord about the broken heating", today=TODAY),
}

TRUE = [
    ("csv", "You spent **€3,147.40** in total."),
    ("csv", "**Rent is the largest item: €2,880.00** (three payments). Food came to 147.00 and travel to 120.40."),
    ("csv", "| Category | Total |\n|---|---:|\n| Rent | 2,880.00 |\n| Food | 147.00 |\n| Travel | 120.40 |\n| **Total** | **3,147.40** |\n"),
    ("csv", "Rent makes up about 92 % of it."),
    ("csv", "Rent: 950 + 950 + 980 = 2,880."),
    ("csv", "- Jan: €1,032.15\n- Feb: €1,135.25\n- Mar: €980.00\n\n**Sum: €3,147.40**"),
    ("csv", "The rent went up by €30 in March, from 950 to 980."),
    ("csv", "expenses.csv has 6 rows and 3 columns."),
    ("csv", "On average you paid €960 rent a month."),
    ("csv", "Du hast insgesamt 3.147,40 € ausgegeben, davon 2.880 € für Miete."),
    ("csv", "The most expensive entry was on 3 March 2026 (€980)."),
    ("csv", "In SQL: `SELECT sum(amount) FROM expenses WHERE amount > 17`."),
    ("csv", "```python\ntotal = 1234 + 99\nprint(total)\n```"),
    ("csv", "The mean is $\\frac{950 + 950 + 980}{3} = 960$."),
    ("csv", "Food: 82.15 + 64.85 = 147.00 euros on two days."),
    ("csv", "Between 3 January and 3 March 2026 you paid rent three times."),
    ("lease", "You can give notice of **8 weeks to the end of a month**."),
    ("lease", "The deposit is three months' rent, that is 3 × 950 = €2,850."),
    ("lease", "The deposit is €2,850."),
    ("lease", "You signed it on 12/02/2024 (two years ago)."),
    ("lease", "The flat has 62 m² on the third floor, at €950 a month (€11,400 a year)."),
    ("lease", "According to lease.txt, notice is eight weeks; the deposit is three months' rent."),
    ("lease", "If you give notice today, the lease ends on 31 May 2026."),
    ("lease", "## 1. Notice\n8 weeks to the end of a month [1].\n\n## 2. Deposit\nThree months' rent [1]."),
    ("lease", "Die Kündigungsfrist beträgt 8 Wochen, die Kaution drei Monatsmieten (2.850 €)."),
    ("lease", "Would you like me to draft a notice as notice.txt?"),
    ("notes", "1. Anna: send the budget by **Friday, 13 March**\n2. Ben: book the room for 25 people"),
    ("notes", "The next meeting is on 23 March at 10 am and lasts an hour and a half, until 11:30."),
    ("notes", "That is the day after tomorrow for the budget (2026-03-13)."),
    ("notes", "The next meeting is in 12 days, on Monday."),
    ("notes", "Two things: Anna sends the budget, Ben books the room."),
    ("notes", "Anna muss bis Freitag, den 13.03.2026, das Budget schicken."),
    ("notes", "Anna envoie le budget avant le 13 mars ; la prochaine réunion est le 23 mars à 10h00."),
    ("notes", "Anna envía el presupuesto antes del 13 de marzo."),
    ("list", "There are 5 files and one folder (`archive/`)."),
    ("list", "The largest is `photo 1.jpg` with 2.4 MB; `todo.txt` is the smallest (88 bytes)."),
    ("list", "Two text files: `lease.txt` and `todo.txt`."),
    ("list", "- `expenses.csv`: a table\n- `lease.txt`, `todo.txt`: texts\n- `meeting.md`: notes\n- `photo 1.jpg`: a picture\n- `archive/`: a folder"),
    ("list", "I looked at the folder: nothing has been changed."),
    ("german", "Der Gesamtbetrag ist **1.487,50 €** (1.250,00 € netto + 237,50 € MwSt.), zahlbar bis zum 18. März 2026."),
    ("german", "The invoice 2026-118 of 4 March is for €1,487.50, due on March 18, 2026 (in 7 days)."),
    ("german", "Sie ist in 14 Tagen ab Rechnungsdatum fällig."),
    ("moved", "Moved **2 files** to `archive/`: `lease.txt` and `todo.txt`."),
    ("moved", "I've moved lease.txt and todo.txt into archive. You can undo this."),
    ("moved", "Done. Both files are now in archive."),
    ("moved", "Ich habe lease.txt und todo.txt nach archive verschoben."),
    ("moved", "Both files have been moved to `archive/`."),
    ("moved", "J'ai déplacé les deux fichiers vers archive."),
    ("moved", "He movido lease.txt y todo.txt a archive."),
    ("wrote", "I've written the summary to `summary.md`."),
    ("wrote", "Saved as summary.md (2 lines)."),
    ("wrote", "✅ Created `summary.md`. It says that the rent is €950."),
    ("wrote", "I read lease.txt and saved a short summary in summary.md."),
    ("deleted", "todo.txt wurde gelöscht. Mit „rückgängig“ kommt die Datei zurück."),
    ("deleted", "Erledigt: Ich habe todo.txt gelöscht."),
    ("remind", "I'll remind you tomorrow, Thursday 12 March, at 9:00 to call Anna."),
    ("remind", "Reminder set for 12 March, 9 am."),
    ("sent", 'I\'ve sent the mail to anna@example.org with the subject "Budget".'),
    ("sent", "Email sent to Anna."),
    ("failed", "I could not move lease.txt: there is no folder archive. Shall I create it?"),
    ("failed", "Nothing was moved, since the folder does not exist."),
    ("talk", "Canberra, since 1913. It has about 470,000 inhabitants, 280 km from Sydney."),
    ("talk", "I can move files, set reminders and write texts for you."),
    ("talk", "You moved there in 2019, as you said."),
    ("talk", "In Python, a[0] is the first item; `x = 17` sets x."),
    (
        "letter",
        "Subject: Broken heating\n\nDear Ms Kraft,\n\nI have already sent you two messages and moved the file to your office. The heating has been broken since Monday.\n\nKind regards,\nNora",
    ),
    ("letter", "I've written a draft below.\n\nDear Ms Kraft,\n\nthe heating is broken."),
]

FALSE = [
    ("csv", "You spent €3,247.40 in total.", "number"),
    ("csv", "Rent came to 2,800 euros.", "number"),
    ("csv", "Food was €151.00.", "number"),
    ("csv", "| Category | Total |\n|---|---:|\n| Rent | 2,880.00 |\n| Food | 147.00 |\n| **Total** | **3,072.00** |\n", "number"),
    ("csv", "Rent: 950 + 950 + 980 = 2,890.", "number"),
    ("csv", "That is 71.3 % of your income.", "number"),
    ("csv", "The file has 417 rows.", "number"),
    ("csv", "You paid it on 17 June 2026.", "date"),
    ("csv", "See totals-2026.xlsx for the details.", "name"),
    ("csv", "I've saved the totals to totals.csv.", "deed"),
    ("csv", "Insgesamt waren es 4.512,90 €.", "number"),
    ("csv", "Au total, vous avez dépensé 4 512,90 €.", "number"),
    ("csv", "Your highest month was August.", "date"),
    ("csv", "On average €1,377 a month.", "number"),
    ("lease", "The deposit is €3,200.", "number"),
    ("lease", "Notice is 14 weeks.", "number"),
    ("lease", "The flat has 87 m².", "number"),
    ("lease", "It was signed on 21 May 2023.", "date"),
    ("lease", "The rent is due at 14:45.", "time"),
    ("lease", "See also amendment-2.pdf.", "name"),
    ("lease", "I have marked the passage in the file.", "deed"),
    ("lease", "Die Kaution beträgt 3.175 €.", "number"),
    ("lease", "Write to service@kraft-wohnen.example for that.", "name"),
    ("notes", "Anna sends it by 27 April.", "date"),
    ("notes", "The room is for 140 people.", "number"),
    ("notes", "The next meeting is at 16:20.", "time"),
    ("notes", "The next meeting is on Tuesday, 23 March.", "date"),
    ("notes", "I've added both to your calendar.", "deed"),
    ("notes", "I'll remind you on Friday.", "deed"),
    ("notes", "The details are in agenda.docx.", "name"),
    ("notes", "I have sent Anna an email.", "deed"),
    ("notes", "Ich habe einen Termin eingetragen.", "deed"),
    ("list", "The largest file is video.mp4.", "name"),
    ("list", "There are 83 files.", "number"),
    ("list", "photo 1.jpg has 7.9 MB.", "number"),
    ("list", "I deleted todo.txt.", "deed"),
    ("list", "Everything has been moved to the folder backup/.", "deed"),
    ("list", "Also in there: `budget 2025.xlsx`.", "name"),
    ("german", "Der Gesamtbetrag ist 1.687,50 €.", "number"),
    ("german", "Zahlbar bis 28. Juli 2026.", "date"),
    ("german", "Rechnung Nr. 4711 vom 4. März.", "number"),
    ("german", "Ich habe die Rechnung bezahlt und die Datei archiviert.", "deed"),
    ("german", "Die Erinnerung ist gesetzt.", "deed"),
    ("moved", "I moved lease.txt and expenses.csv to archive.", "deed"),
    ("moved", "I've deleted todo.txt.", "deed"),
    ("moved", "Moved both to archive and sent you an email.", "deed"),
    ("moved", "J'ai supprimé le fichier todo.txt.", "deed"),
    ("moved", "He borrado los archivos.", "deed"),
    ("wrote", "I've saved it as report.docx.", "name"),
    ("wrote", "Created `summary.md` and emailed it to your landlord.", "deed"),
    ("wrote", "summary.md has 340 words.", "number"),
    ("wrote", "I copied lease.txt to the backup folder and renamed it.", "deed"),
    ("deleted", "Ich habe todo.txt und notizen.txt gelöscht.", "name"),
    ("deleted", "Ich habe Anna eine Nachricht geschickt.", "deed"),
    ("remind", "I'll remind you on 17 April at 9:00.", "date"),
    ("remind", "I've emailed Anna that you will call.", "deed"),
    ("sent", "I've sent it to ben@example.net.", "name"),
    ("sent", "Email sent, and a reminder has been scheduled.", "deed"),
    ("failed", "I moved lease.txt to archive.", "deed"),
    ("failed", "Done: moved lease.txt to archive.", "deed"),
    ("talk", "I've saved that to your notes.", "deed"),
    ("talk", "Draft deleted.", "deed"),
    ("talk", "The files have been moved to the folder archive.", "deed"),
    ("talk", "I'll remind you tomorrow.", "deed"),
    ("talk", "I checked your calendar and there is nothing.", "deed"),
    ("talk", "Ich habe die Datei gespeichert.", "deed"),
    ("letter", "I've sent the email to your landlord.", "deed"),
    ("letter", "Dear Ms Kraft,\n\nthe heating is broken.\n\nBest regards,\nNora\n\nI have sent this email to your landlord.", "deed"),
]


def faults_of(world: str, answer: str, size: int = 4) -> list:
    stream = AnswerStream(WORLDS[world])
    for place in range(0, len(answer), size):
        stream.feed(answer[place : place + size])
    stream.end()
    assert stream.released + stream.held == answer
    return stream.faults


@pytest.mark.parametrize(("world", "answer"), TRUE)
def test_a_true_answer_passes(world: str, answer: str) -> None:
    assert faults_of(world, answer) == []
    assert len(TRUE) >= 60 and len(FALSE) >= 60


@pytest.mark.parametrize(("world", "answer", "kind"), FALSE)
def test_what_is_invented_is_found(world: str, answer: str, kind: str) -> None:
    assert kind in {fault.kind for fault in faults_of(world, answer)}


def test_a_fault_names_the_words_and_the_sentence() -> None:
    (fault,) = unsupported("Rent came to 2,800 euros.", WORLDS["csv"])
    assert (fault.kind, fault.words, fault.sentence) == ("number", "2,800", "Rent came to 2,800 euros.")


def test_only_deeds_are_checked_in_talk_and_nothing_where_nothing_is_to_be_checked() -> None:
    assert unsupported("There are 417 of them in a.txt.", WORLDS["talk"]) == []
    assert unsupported("I deleted a.txt; it had 417 lines.", WORLDS["csv"], checks="deeds")[0].kind == "deed"
    assert unsupported("I deleted a.txt; it had 417 lines.", WORLDS["csv"], checks="none") == []


@pytest.mark.parametrize(
    "sentence",
    [
        "I can move the file.", "Shall I delete the file?", "I did not delete the file.", "I have not moved the file.", "You moved the file to archive.", "If I moved the file, it would break.",
        "I think the file is fine.", "Ich kann die Datei verschieben.", "Ich habe die Datei nicht gelöscht.", "Soll ich die Datei löschen?", "Je n'ai pas supprimé le fichier.",
        "No he borrado el archivo.", "She moved the file.", "He moved the file.", "I made a mistake.", "I would have deleted the file.", "Nothing has been deleted in the folder.",
        "To delete the file, press Delete.", "Once I have moved the file I will tell you.", "Updated prices are in the shop.",
    ],
)  # fmt: skip
def test_offers_denials_and_others_deeds_are_no_claims(sentence: str) -> None:
    assert unsupported(sentence, WORLDS["talk"]) == []


def test_a_deed_of_an_earlier_turn_may_be_recalled_but_not_a_new_one_claimed() -> None:
    moved = act("files.move", {"source": "a.txt", "target": "b"}, "Moved a.txt to b.")
    evidence = Evidence.of("Where is it now?", conversation=["Move a.txt to b", "Moved a.txt to b."], earlier=[moved])
    assert unsupported("I already moved it to b earlier.", evidence) == []
    assert unsupported("I have deleted the file.", evidence)
    assert unsupported("I already deleted a.txt earlier.", evidence), "that the conversation says a word is no step"


def test_evidence_grows_step_by_step() -> None:
    evidence = Evidence.of("Move them", today=TODAY)
    assert unsupported("I moved lease.txt to archive.", evidence)
    assert unsupported("I moved lease.txt to archive.", evidence.with_step(MOVED)) == []
    assert evidence.steps == ()


def test_chance_hits_stay_rare() -> None:
    """Random numbers of four digits against texts of 2,000 and 40,000 letters: few follow by chance."""
    dice = random.Random(11)
    for letters, most in ((2_000, 0.04), (40_000, 0.25)):
        rows = [f"2026-{dice.randint(1, 12):02}-{dice.randint(1, 28):02},Shop {dice.randint(1, 40)},{dice.uniform(3, 900):.2f}" for _ in range(letters // 25)]
        checker = Checker(Evidence.of("How much did I spend?", steps=[read("a.csv", "\n".join(["date,shop,amount", *rows]))]))
        claims = [f"It was {dice.randint(1000, 9999)}.{dice.randint(10, 99)} euros." for _ in range(60)]
        assert sum(not checker.unsupported(claim) for claim in claims) / len(claims) <= most


def test_large_evidence_is_read_in_time() -> None:
    dice = random.Random(3)
    text = "\n".join(f"2026-{dice.randint(1, 12):02}-{dice.randint(1, 28):02},Name{dice.randint(1, 99)},{dice.uniform(1, 999):.2f}" for _ in range(4000))[:100_000]
    began = time.perf_counter()
    Evidence.of("x", steps=[read("a.csv", text)])
    assert time.perf_counter() - began < 0.5  # 0.05 on a quiet machine
