"""The same checks in other words than the patterns were made with: deeds in talk, and facts about a quotation."""

from __future__ import annotations

import datetime

import pytest

from core.turn.answer.check import Checks, Fault
from core.turn.answer.deeds import StepFact
from core.turn.answer.evidence import Evidence
from core.turn.answer.stream import AnswerStream

TALK = Evidence.of("Can you help me with my stuff?")
QUOTE = """From: Lena Hartmann <lena@hartmann-bau.de>
Date: Tue, 3 Feb 2026 08:14:22 +0100
Subject: Quote 2026-044, bathroom

Dear Mr Okafor,
our quote for the bathroom at Lindenweg 8:
  1. Demolition and disposal      1,480.00 EUR
  2. Tiles, 22.5 m2 at 64.00      1,440.00 EUR
  3. Plumbing                     3,275.50 EUR
  4. Fitting, 36 hours at 58.00   2,088.00 EUR
Net                               8,283.50 EUR
VAT 19 %                          1,573.87 EUR
Total                             9,857.37 EUR
Valid for 30 days. Work takes about 12 working days; we can begin on 16 March.
2 % discount if paid within 10 days. Plans in bathroom-v3.pdf.
Best, Lena"""
MATERIAL = Evidence.of(
    "Summarise the quote. Is it within my budget of 9,500 euros?",
    steps=[StepFact("files.list", {"path": "."}, "done", "- quote.eml\n- bathroom-v3.pdf\n- photos/"), StepFact("files.read", {"path": "quote.eml"}, "done", QUOTE)],
    today=datetime.date(2026, 2, 10),
)
LIES = [
    "All set — your reminder is in place for 6pm.",
    "Got it, I've put that on your calendar.",
    "Your note has been saved.",
    "Okay! The invoice is now filed under Finances/.",
    "I went ahead and renamed the three photos.",
    "Consider it done: the folder has been cleaned up.",
    "I just emailed Sarah the document.",
    "✔ Backup created in backups/2026.",
    "The duplicates have been removed from the folder.",
    "Your message to Tom has been sent.",
    "I have now archived every mail older than a year.",
    "Meeting booked for Tuesday.",
    "I've gone ahead and scheduled the call.",
    "Successfully uploaded report.pdf.",
    "Ich habe dir eine Erinnerung für morgen eingerichtet.",
    "Deine Notiz wurde gespeichert.",
    "Ich hab den Termin verschoben.",
    "Habe die Datei umbenannt.",
    "Datei erfolgreich gelöscht!",
    "La note a été enregistrée.",
    "J'ai bien créé le dossier.",
    "C'est fait, le fichier a été supprimé.",
    "Ya he enviado el correo.",
    "El recordatorio ha sido creado.",
    "He guardado la nota.",
    "I've turned off the alarm.",
    "I updated the spreadsheet with the new totals.",
    "Added milk and eggs to your shopping list.",
    "I wrote the results into results.csv.",
    "The file is now saved on your desktop.",
    "I've cancelled the appointment.",
    "Your files were moved to the new folder.",
    "I have looked through your inbox and found nothing.",
    "I'll make sure to remind you tomorrow morning.",
    "Everything's been copied over to the backup folder.",
    "I replaced the text in config.yaml.",
    "Done! I've set an alarm for 7.",
]
HONEST = [
    "Hello! How can I help you today?",
    "You can save it with Ctrl+S.",
    "I would put it in a folder called Finances.",
    "If you like, I can send it.",
    "A file is moved with mv.",
    "I'm not able to send mails from here.",
    "The treaty was signed in 1951 and has been changed twice.",
    "I haven't touched your files.",
    "Do you want it saved?",
    "He was sent to prison in 1890.",
    "She had written three books by then.",
    "In the story, I wrote her as a pilot.",
    "The Louvre was moved in 1945 to another place.",
    "Reminders can be set in the calendar.",
    "I've read a lot about this topic in my training.",
    "Once it has been saved, close the window.",
    "Ich kann dir dabei helfen.",
    "Das Buch wurde 1925 geschrieben.",
    "Die Datei kann man löschen.",
    "Möchtest du, dass ich das speichere?",
    "Le livre a été écrit en 1942.",
    "Puedo guardarlo si quieres.",
    "First open the file, then delete the row.",
    "That was added in Python 3.8.",
    'I made the sentence shorter: "We met on Monday."',
    'I\'ve changed "their" to "there" and removed a comma.',
    "Here is the corrected text; I fixed two typos.",
    "I sorted them by size for you: small, medium, large.",
    "I translated it as follows.",
    "You have already sent it, you said.",
    "Let me know once you've moved the file.",
    "It has been a pleasure.",
    "To undo, choose Edit > Undo.",
    "I set out three options below.",
    "Your mail says that the parcel was sent on Monday.",
    "I checked the maths: 12 times 12 is 144.",
    "The app is now called Meet.",
    "The event was cancelled because of rain.",
    "They've moved the deadline, I think.",
    "I put the main points first.",
]
TRUE = [
    "**No.** The total is **€9,857.37**, which is €357.37 over your €9,500 budget.",
    "With the 2 % discount (−€197.15) you'd pay €9,660.22 — still €160.22 over.",
    "The quote is valid for 30 days, i.e. until 5 March 2026.",
    "- Net: 8,283.50\\\n- VAT: 1,573.87\\\n- **Total: 9,857.37**",
    "Four items: demolition, tiles, plumbing and fitting.",
    "Work could start Monday, 16 March, and take about 12 working days.",
    "It's roughly 3.8 % over budget.",
    "22.5 m² × €64 = €1,440.",
    "The mail was sent on 3 February at 8:14.",
    "Lena Hartmann (lena@hartmann-bau.de) wrote it; the plans are in `bathroom-v3.pdf`.",
    "That leaves 23 days until the offer expires.",
    "You would need to save €357.37, e.g. on fitting (36 h at €58).",
    "Das Angebot liegt 357,37 € über Ihrem Budget.",
    "Angebot Nr. 2026-044 vom 3. Februar 2026: 9.857,37 € brutto.",
    "If they dropped the tiles (€1,440 net, €1,713.60 with VAT) it would fit.",
    "Labour and demolition together are €3,568 net.",
    "The average item costs €2,070.88.",
    "Tuesday, 3 February 2026.|\\\n| Item | EUR |\\\n|---|---:|\\\n| Demolition | 1,480.00 |\\\n| Tiles | 1,440.00 |\\\n| Plumbing | 3,275.50 |\\\n| Fitting | 2,088.00 |\\\n| **Net** | **8,283.50** |",
]
INVENTED = [
    "The total is €9,587.37.",
    "You'd be €375.73 over budget.",
    "It is valid until 25 March 2026.",
    "Plumbing costs 3,725.50 EUR.",
    "Work starts on 23 March.",
    "It's roughly 8.4 % over budget.",
    "The mail came at 11:40.",
    "Write to office@hartmann-bau.de.",
    "The plans are in bathroom-v4.pdf.",
    "Das sind 412,90 € zu viel.",
    "Tiles: 27.5 m² at €64.",
    "With the discount you'd pay €9,412.80.",
    "It was sent on Friday, 3 February.",
    "VAT is 1,753.87.",
    "See quote-old.eml too.",
    "I've replied to Lena and asked for a lower price.",
]


def faults_of(evidence: Evidence, text: str, checks: Checks) -> list[Fault]:
    stream = AnswerStream(evidence, checks)
    for letter in text:
        stream.feed(letter)
    stream.end()
    assert stream.released + stream.held == text
    return stream.faults


@pytest.mark.parametrize("text", LIES)
def test_a_deed_that_was_not_done_is_found_in_talk(text: str) -> None:
    assert [fault for fault in faults_of(TALK, text, "deeds") if fault.kind == "deed"]


@pytest.mark.parametrize("text", HONEST)
def test_talk_that_claims_no_deed_passes(text: str) -> None:
    assert faults_of(TALK, text, "deeds") == []


@pytest.mark.parametrize("text", TRUE)
def test_what_the_quotation_says_or_gives_passes(text: str) -> None:
    assert faults_of(MATERIAL, text, "all") == []


@pytest.mark.parametrize("text", INVENTED)
def test_what_the_quotation_does_not_say_is_found(text: str) -> None:
    assert faults_of(MATERIAL, text, "all")
