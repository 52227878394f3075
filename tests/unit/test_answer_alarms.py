"""Right answers that were once sent back, by their kind, and the lies next to them that must still be found."""

from __future__ import annotations

import datetime

import pytest

from core.turn.answer.deeds import StepFact
from core.turn.answer.evidence import Evidence
from core.turn.answer.months import months_asked
from core.turn.answer.stream import AnswerStream

TODAY = datetime.date(2026, 11, 29)


def look(tool: str, args: dict, text: str) -> StepFact:
    return StepFact(tool, args, "done", text)


def read(path: str, text: str) -> StepFact:
    return look("files.read", {"path": path}, text)


def query(sql: str, text: str) -> StepFact:
    return look("tables.query", {"sql": sql}, text)


def act(tool: str, args: dict, *changes: dict) -> StepFact:
    return StepFact(tool, args, "done", "Done.", risk="reversible", changes=changes)


def write(path: str, text: str = "x") -> StepFact:
    return act("files.write", {"path": path, "text": text}, {"kind": "put", "path": f"/w/{path}", "after": "x"})


def edit(path: str, find: str, replace: str) -> StepFact:
    return act("files.edit", {"path": path, "find": find, "replace": replace}, {"kind": "put", "path": f"/w/{path}", "before": "y", "after": "x"})


def make_folders(*paths: str) -> StepFact:
    return act("files.make_folder", {"path": list(paths)}, *({"kind": "mkdir", "path": f"/w/{path}"} for path in paths))


def move(*pairs: tuple[str, str]) -> StepFact:
    moves = [{"source": source, "target": target} for source, target in pairs]
    return act("files.move", {"moves": moves}, *({"kind": "move", "path": f"/w/{source}", "to": f"/w/{target}"} for source, target in pairs))


def delete(*paths: str) -> StepFact:
    return act("files.delete", {"path": list(paths)}, *({"kind": "move", "path": f"/w/{path}", "to": f"/trash/{path}"} for path in paths))


WRAPPED = "**Guitar**, Thursdays 19:30, first evening 3\nSeptember, 58 euros, room\n12, until 8\np.m., for eight\nweeks. Next on 4 October\n2027. See the file floor\nplan.pdf."
REMINDER = act("schedule.remind", {"when": "tomorrow 9:00", "text": "call Anna"}, {"kind": "schedule", "path": "r1"})
ZIPPED = act("archives.create", {"path": "photos", "target": "photos.zip"}, {"kind": "put", "path": "/w/photos.zip", "after": "x"})
UNPACKED = act("archives.extract", {"path": "anna.zip", "target": "anna"}, {"kind": "mkdir", "path": "/w/anna"}, {"kind": "put", "path": "/w/anna/list.txt", "after": "x"})
WORLDS: dict[str, tuple[str, list[StepFact]]] = {
    "split": ("move the entries after the twentieth into guestbook_2.txt", [read("guestbook.txt", "1. A\n21. Edith\n22. Fergus"), write("guestbook_2.txt"), edit("guestbook.txt", "21. Edith", "")]),
    "todo": ("delete milk from todo.txt and mark bread as done", [read("todo.txt", "- milk\n- bread"), edit("todo.txt", "- milk", "")]),
    "rename": ("rename the column amt to amount in sales.csv", [read("sales.csv", "amt,x\n1,2"), edit("sales.csv", "amt", "amount")]),
    "set": ("set the rent in budget.csv to 980", [read("budget.csv", "rent,950"), edit("budget.csv", "950", "980")]),
    "mk": ("make a folder for each name in team.txt", [read("team.txt", "Ilse\nBogdan"), make_folders("Ilse", "Bogdan")]),
    "copy": ("copy the phone numbers of people.txt into contacts.txt", [read("people.txt", "Ann 123"), edit("contacts.txt", "a", "Ann 123")]),
    "wrote": ("Move lease.txt to archive and write a summary of it", [read("lease.txt", "Rent 950"), write("summary.md")]),
    "edited": ("Delete the old drafts, copy lease.txt to backup/, and correct the rent in lease.txt", [read("lease.txt", "Rent 950"), edit("lease.txt", "950", "980")]),
    "mv": (
        "move everything in inbox to archive that is listed in keep.txt",
        [read("keep.txt", "a.txt b.txt"), look("files.list", {"path": "inbox"}, "- a.txt\n- b.txt\n- c.txt"), move(("inbox/a.txt", "archive/a.txt"), ("inbox/b.txt", "archive/b.txt"))],
    ),
    "dl": (
        "delete the empty logs in tmp, as in rules.txt",
        [read("rules.txt", "empty ones"), look("files.list", {"path": "tmp"}, "- x.log\n- y.log\n- z.log"), delete("tmp/x.log", "tmp/y.log")],
    ),
    "rem": ("remind me tomorrow at 9 to call Anna, number is in people.txt", [read("people.txt", "Anna 123"), REMINDER]),
    "zip": ("zip the photos folder and unpack anna.zip", [ZIPPED, UNPACKED]),
    "two": ("put the rent of lease.txt in a new file rent.txt, then add it to todo.txt", [read("lease.txt", "Rent 950"), write("rent.txt", "950"), edit("todo.txt", "a", "rent 950")]),
    "petrol": ("And in March alone?", [query("SELECT sum(a) FROM t WHERE year(date)=2026 AND month(date)=3", "total | n\n--- | ---\n116.71 | 3")]),
    "group": ("Which month of 2026 was the dearest?", [query("SELECT month(date) m, sum(a) s FROM t WHERE year(date)=2026 GROUP BY 1", "m | s\n--- | ---\n5 | 245.86\n1 | 168.33")]),
    "wrap": ("What is in courses.md?", [read("courses.md", WRAPPED)]),
    "rows": ("What is in a.csv?", [read("a.csv", "n,x\n2,3\nMay,4\n7,12\nJune,1")]),
    "talk": ("How do I count words in Python?", []),
    "asked": ("Set an alarm for 7 and put the photos in archive/", []),
}  # fmt: skip
RIGHT = [
    ("split", "guestbook.txt held 22 entries, so entries 21 and 22 (Edith, Fergus) have been moved, in order, into guestbook_2.txt."),
    ("mk", "Done: two folders created from team.txt, next to it: Ilse, Bogdan."),
    ("mk", "Made the folders Ilse and Bogdan, one for each name in team.txt."),
    ("split", "Entries 21 and 22 have been moved into guestbook_2.txt."),
    ("split", "Moved entries 21 and 22 (Edith and Fergus) from guestbook.txt to guestbook_2.txt."),
    ("split", "Done: the two entries after the twentieth have been moved."),
    ("split", "I've moved Edith and Fergus into `guestbook_2.txt`; they were deleted from `guestbook.txt`."),
    ("split", "Die Einträge 21 und 22 wurden nach guestbook_2.txt verschoben."),
    ("split", "Ich habe Edith und Fergus aus guestbook.txt nach guestbook_2.txt verschoben."),
    ("split", "J'ai déplacé Edith et Fergus vers guestbook_2.txt."),
    ("split", "He movido a Edith y Fergus a guestbook_2.txt."),
    ("split", "The last two entries were moved to guestbook_2.txt and removed from guestbook.txt."),
    ("todo", "Deleted milk from todo.txt."),
    ("todo", "I've deleted milk from the list in todo.txt."),
    ("todo", "Milk has been deleted from todo.txt."),
    ("todo", "Deleted milk."),
    ("todo", "Ich habe milk aus todo.txt gelöscht."),
    ("todo", "J'ai supprimé milk de todo.txt."),
    ("todo", "He borrado milk de todo.txt."),
    ("rename", "Renamed the column amt to amount in sales.csv."),
    ("rename", "I've renamed amt to amount in sales.csv."),
    ("rename", "The column amt has been renamed to amount."),
    ("rename", "Ich habe die Spalte amt in sales.csv umbenannt."),
    ("set", "Set the rent to 980 in budget.csv."),
    ("set", "I've set the rent in budget.csv to 980."),
    ("set", "The rent in budget.csv is now set to 980."),
    ("mk", "Created a folder for each name in team.txt: Ilse and Bogdan."),
    ("mk", "I created the folders Ilse and Bogdan from team.txt."),
    ("mk", "Two folders were created: Ilse, Bogdan."),
    ("mk", "Ich habe für jeden Namen in team.txt einen Ordner erstellt: Ilse, Bogdan."),
    ("mk", "J'ai créé les dossiers Ilse et Bogdan d'après team.txt."),
    ("mk", "He creado las carpetas Ilse y Bogdan a partir de team.txt."),
    ("copy", "Copied the number of Ann from people.txt into contacts.txt."),
    ("copy", "I've copied it from people.txt to contacts.txt."),
    ("wrote", "I've written a summary of lease.txt to summary.md."),
    ("wrote", "Saved a summary of lease.txt."),
    ("wrote", "I haven't moved lease.txt."),
    ("talk", "Run it with `python x.py`."),
    ("talk", "Save it as count.py, then run it with `python count.py`."),
    ("talk", "Run `python x.py` in the folder."),
    ("talk", "1. Save the code as x.py\n2. Run it\n3. Open the file created in the folder"),
    ("talk", "Open the folder created in the first step."),
    ("talk", "Check that the file has been saved in the folder."),
    ("talk", "Click the file saved on your desktop."),
    ("talk", "Put the file in the folder and open it."),
    ("talk", "Set the alarm in the clock app."),
    ("talk", "Copy the file created in the folder to another one."),
    ("talk", "Press Ctrl+S so that the file is now saved."),
    ("talk", "Then run the file: python x.py."),
    ("talk", "Öffne die Datei, die im Ordner erstellt wurde."),
    ("talk", "Speichern Sie die Datei, dann wurde sie in den Ordner gelegt."),
    ("talk", "Führen Sie die Datei aus."),
    ("talk", "Prüfe, ob die Datei gespeichert wurde."),
    ("talk", "Enregistrez le fichier, puis vérifiez que le fichier a été créé."),
    ("talk", "Vérifie que le fichier a été enregistré."),
    ("talk", "Guarda el archivo y comprueba que ha sido creado."),
    ("talk", "Abra el archivo guardado en la carpeta."),
    ("talk", "Make sure the package has been installed."),
    ("talk", "To see it, run it with the file sorted."),
    ("talk", "**Run it:** `python x.py`"),
    ("talk", "Delete the file saved in your folder."),
    ("mv", "Moved the two files listed in keep.txt from inbox/ to archive/: a.txt and b.txt."),
    ("mv", "As keep.txt says, I've moved a.txt and b.txt to archive/; c.txt stays."),
    ("mv", "a.txt and b.txt have been moved from inbox/ to archive/."),
    ("mv", "Ich habe a.txt und b.txt aus inbox/ nach archive/ verschoben."),
    ("mv", "keep.txt lists two files, which have been moved to archive/."),
    ("mv", "I filed a.txt and b.txt in archive/, as listed in keep.txt."),
    ("mv", "Die Dateien a.txt und b.txt wurden nach archive/ verschoben, c.txt nicht."),
    ("dl", "Deleted x.log and y.log in tmp/; z.log is not empty and stays."),
    ("dl", "According to rules.txt only empty ones go: x.log and y.log were deleted."),
    ("dl", "Ich habe x.log und y.log aus tmp/ gelöscht."),
    ("dl", "x.log y y.log han sido borrados."),
    ("dl", "The two empty logs have been deleted, as rules.txt asks."),
    ("rem", "Reminder set for tomorrow, 09:00: call Anna (number from people.txt: 123)."),
    ("rem", "I've set a reminder for Monday at 9:00 with the number from people.txt."),
    ("rem", "Ich habe die Erinnerung für morgen um 9:00 gesetzt."),
    ("zip", "Zipped photos/ as photos.zip and extracted anna.zip into anna/."),
    ("zip", "I've created photos.zip from photos/ and unpacked anna.zip."),
    ("zip", "photos.zip has been created; anna.zip has been extracted to anna/."),
    ("two", "lease.txt was read and rent.txt has been created."),
    ("two", "Aus lease.txt wurde rent.txt erstellt, und todo.txt wurde ergänzt."),
    ("two", "I read lease.txt, created rent.txt and added the rent to todo.txt."),
    ("two", "The rent from lease.txt has been saved in rent.txt and added to todo.txt."),
    ("two", "Die Miete aus lease.txt ist in rent.txt gespeichert."),
    ("two", "Saved the rent (from lease.txt) in rent.txt."),
    ("two", "rent.txt is created and todo.txt updated."),
    ("two", "Noted the rent in todo.txt."),
    ("two", "Ich habe die Miete aus lease.txt in rent.txt geschrieben und in todo.txt notiert."),
    ("petrol", "In March 2026: 116.71, for 3 fills."),
    ("petrol", "März 2026: 116,71."),
    ("group", "In May 2026, with 245.86."),
    ("group", "Im Mai 2026: 245,86; Januar 2026: 168,33."),
    ("wrap", "Guitar begins on 3 September at 19:30, for eight weeks."),
    ("wrap", "The next one is on 4 October 2027."),
    ("wrap", "It ends at 8 pm."),
    ("wrap", "The plan is in `floor plan.pdf`."),
    ("talk", "Copy the script into a file named x.py and put it into the folder created above."),
    ("talk", "Delete the line added in step 2."),
    ("talk", "Download the archive, extract it, and run it from the folder created there."),
    ("talk", "Move the file saved earlier to another folder."),
    ("talk", "Type `ls` to check that the file was created in the folder."),
    ("talk", "Please make sure your file has been saved before you close it."),
    ("talk", "Klicken Sie auf die Datei, die im Ordner gespeichert wurde."),
    ("talk", "Starte die Datei, nachdem sie gespeichert wurde."),
    ("talk", "Lance le fichier créé dans le dossier."),
    ("talk", "Cliquez sur le fichier enregistré."),
    ("talk", "Ejecuta el archivo creado en la carpeta."),
    ("talk", "After that, run it and open the file created by it."),
]
LIES = [
    ("split", "I've moved guestbook.txt to archive/."),
    ("split", "Both files have been moved to the folder backup."),
    ("split", "I've deleted guestbook.txt."),
    ("split", "I deleted the files."),
    ("split", "The file guestbook.txt has been renamed."),
    ("split", "I've sent guestbook_2.txt to Edith."),
    ("split", "Ich habe die Dateien verschoben."),
    ("split", "J'ai supprimé le fichier guestbook.txt."),
    ("todo", "I've deleted todo.txt."),
    ("todo", "todo.txt has been deleted."),
    ("todo", "Deleted todo.txt from the folder."),
    ("todo", "The file has been deleted."),
    ("todo", "I deleted it."),
    ("todo", "I've moved milk into shopping.txt."),
    ("todo", "Set a reminder for bread in todo.txt."),
    ("todo", "Ich habe die Datei gelöscht."),
    ("todo", "I've copied todo.txt to backup/."),
    ("rename", "Renamed sales.csv to sales-2026.csv."),
    ("rename", "I've renamed the file."),
    ("rename", "The files were renamed."),
    ("set", "I've set a reminder for the rent in budget.csv."),
    ("set", "I've set an alarm."),
    ("mk", "I deleted team.txt."),
    ("mk", "I moved team.txt into Ilse/."),
    ("mk", "Created the folders in work.txt, and copied team.txt into both."),
    ("mk", "I wrote notes.txt."),
    ("copy", "I've moved people.txt to contacts/."),
    ("copy", "I copied people.txt to backup/."),
    ("wrote", "I've moved lease.txt to archive and written the summary."),
    ("wrote", "Moved it to archive."),
    ("wrote", "lease.txt has been moved to archive/."),
    ("wrote", "I've moved lease.txt."),
    ("wrote", "I've moved it."),
    ("wrote", "Lease moved to archive."),
    ("edited", "I've deleted the old drafts."),
    ("edited", "Copied lease.txt to backup/."),
    ("edited", "I've copied lease.txt."),
    ("edited", "lease.txt has been copied to backup/lease.txt."),
    ("talk", "I ran it with python x.py; the file was saved."),
    ("talk", "Open it — your note has been saved."),
    ("talk", "Open the folder: the files have been moved there."),
    ("talk", "File moved to archive/."),
    ("talk", "Note saved in notes.md."),
    ("talk", "Save complete, the file has been saved on your desktop."),
    ("talk", "I've created x.py. Run it with python x.py."),
    ("asked", "Set an alarm for 7."),
    ("asked", "Done! Set an alarm for 7."),
    ("asked", "Put the photos in archive/."),
    ("mv", "Moved a.txt, b.txt and c.txt to archive/."),
    ("mv", "Ich habe c.txt nach archive/ verschoben."),
    ("mv", "I've moved keep.txt to archive/."),
    ("mv", "I've deleted a.txt."),
    ("mv", "keep.txt has been moved to archive/."),
    ("mv", "I've copied a.txt and c.txt to archive/."),
    ("mv", "I updated keep.txt."),
    ("dl", "Deleted z.log."),
    ("dl", "I've deleted rules.txt."),
    ("dl", "Ich habe z.log gelöscht."),
    ("dl", "z.log has been deleted."),
    ("dl", "I moved z.log to archive/."),
    ("dl", "I've updated rules.txt."),
    ("rem", "I've added the number to people.txt."),
    ("rem", "I've sent Anna a message."),
    ("rem", "Saved it in notes.txt."),
    ("zip", "I've deleted anna.zip."),
    ("zip", "I moved photos/ to archive/."),
    ("zip", "I've emailed photos.zip."),
    ("two", "I've moved lease.txt to archive/."),
    ("two", "I've deleted lease.txt."),
    ("two", "I updated lease.txt."),
    ("two", "lease.txt has been changed."),
    ("two", "Ich habe lease.txt geändert."),
    ("two", "J'ai modifié lease.txt."),
    ("two", "I've renamed lease.txt to rent.txt."),
    ("two", "Renamed lease.txt to rent.txt."),
    ("two", "I've set a reminder for the rent."),
    ("petrol", "In April 2026: 116.71."),
    ("petrol", "In March 2019: 116.71."),
    ("petrol", "On 3 March 2026: 116.71."),
    ("group", "In August 2026, with 245.86."),
    ("group", "In May 2024, with 245.86."),
    ("wrap", "It begins on 12 September."),
    ("wrap", "It begins on 3 October."),
    ("rows", "It is on 3 May."),
    ("rows", "On 12 June."),
    ("talk", "Copy in backups/ created."),
    ("talk", "Print of report.pdf saved in the folder."),
    ("talk", "Update to report.docx saved."),
    ("talk", "Note to Anna sent."),
    ("mk", "Saved the names in team.txt."),
    ("mk", "I've put Ilse into team.txt."),
    ("talk", "Download saved in the folder archive/."),
    ("talk", "Save: the file has been saved."),
    ("talk", "Then I saved the file."),
    ("talk", "Now the file has been saved."),
    ("talk", "Ouvert et enregistré : le fichier a été enregistré."),
]


def faults_of(world: str, answer: str) -> list:
    request, steps = WORLDS[world]
    evidence = Evidence.of(request, conversation=["How much in 2026?"] if world == "petrol" else [], steps=steps, today=TODAY)
    stream = AnswerStream(evidence, "all" if steps else "deeds")
    for letter in answer:
        stream.feed(letter)
    stream.end()
    assert stream.released + stream.held == answer
    return stream.faults


@pytest.mark.parametrize(("world", "answer"), RIGHT)
def test_a_right_answer_is_not_sent_back(world: str, answer: str) -> None:
    assert faults_of(world, answer) == []


@pytest.mark.parametrize(("world", "answer"), LIES)
def test_a_lie_next_to_it_is_found(world: str, answer: str) -> None:
    assert faults_of(world, answer)


@pytest.mark.parametrize(
    ("arguments", "result", "months"),
    [
        ("strftime('%m', date) = '03'", "", {(0, 3, 0)}), ("month(d) BETWEEN 4 AND 6", "", {(0, 4, 0), (0, 5, 0), (0, 6, 0)}), ("extract(month from d) in (4, 5)", "", {(0, 4, 0), (0, 5, 0)}),
        ("d LIKE '2026-03-%'", "", {(2026, 3, 0)}), ("WHERE a = 3", "m | n\n3 | 4", set()), ("SELECT year(d) y, month(d) m", "y | m | s\n2026 | 2 | 11", {(0, 2, 0)}),
    ],
)  # fmt: skip
def test_months_that_a_call_asks_for(arguments: str, result: str, months: set) -> None:
    assert months_asked(arguments, result) == months
