"""Verbs of claimed deeds in English, German, French and Spanish, and what done steps would bear them out."""

from __future__ import annotations

from dataclasses import dataclass

SUPPORT: dict[str, frozenset[str]] = {
    "created": frozenset({"created", "changed", "copied", "moved", "scheduled", "remembered", "ran"}),
    "changed": frozenset({"changed", "created", "moved", "deleted", "copied", "scheduled", "remembered", "ran"}),
    "moved": frozenset({"moved", "ran"}),
    "placed": frozenset({"moved", "copied", "created", "changed", "ran"}),
    "copied": frozenset({"copied", "created", "moved", "ran"}),
    "deleted": frozenset({"deleted", "ran"}),
    "removed": frozenset({"deleted", "changed", "created", "moved", "ran"}),
    "sent": frozenset({"sent"}),
    "scheduled": frozenset({"scheduled"}),
    "remembered": frozenset({"remembered", "created", "changed"}),
    "ran": frozenset({"ran", "computed", "sent", "scheduled", "created", "changed"}),
    "looked": frozenset({"looked"}),
}


@dataclass(frozen=True, slots=True)
class Verb:
    """A claimed kind (of :data:`SUPPORT`); ``is_strong``: said of files and messages only, so no object is needed to know what is meant.

    ``is_errand``: done in the world on somebody's behalf, so that whoever says "I" means a deed, whatever its object.
    """

    kind: str
    is_strong: bool
    is_errand: bool = False


_STRONG = {
    "created": "saved stored downloaded gespeichert abgespeichert abgelegt angelegt enregistré sauvegardé guardado guardé",
    "moved": "moved renamed archived relocated verschoben umbenannt einsortiert archiviert déplacé renommé archivé movido renombrado archivado moví",
    "copied": "copied duplicated kopiert dupliziert copié dupliqué copiado duplicado copié",
    "deleted": "deleted erased trashed gelöscht supprimé effacé borrado eliminado borré eliminé",
    "sent": "sent replied emailed mailed forwarded uploaded gesendet geschickt verschickt versendet abgeschickt weitergeleitet hochgeladen envoyé transféré enviado reenviado envié",
    "scheduled": "scheduled rescheduled eingeplant terminiert programmé planifié programado agendado",
    "ran": "installed executed launched installiert ausgeführt exécuté installé ejecutado instalado",
}
_WEAK = {
    "created": "created made written wrote added put placed exported generated inserted recorded extracted prepared built filled drafted erstellt geschrieben "
    "hinzugefügt eingefügt exportiert eingetragen angefügt créé écrit ajouté inséré creado escrito añadido agregado insertado creé",
    "changed": "updated changed edited modified replaced fixed corrected appended converted merged filed marked reformatted resized overwritten sorted organized organised "
    "grouped combined split cleaned completed geändert aktualisiert ersetzt bearbeitet angepasst sortiert geordnet umgewandelt zusammengeführt überschrieben "
    "modifié remplacé trié corrigé modificado actualizado reemplazado ordenado corregido",
    "removed": "removed cleared discarded emptied cancelled canceled entfernt geleert abgesagt storniert retiré annulé quitado cancelado",
    "sent": "shared posted submitted geantwortet geteilt partagé compartido",
    "scheduled": "set gesetzt gestellt eingerichtet puesto",
    "remembered": "remembered noted memorized memorised gemerkt notiert vermerkt noté mémorisé anotado recordado memorizado",
    "ran": "ran run started opened closed switched turned enabled disabled transferred paused unlocked gestartet geöffnet "
    "geschlossen eingeschaltet ausgeschaltet ouvert lancé abierto",
    "looked": "looked checked searched read scanned reviewed durchsucht gelesen geprüft überprüft durchgesehen vérifié lu cherché revisado leído buscado",
}
_ERRANDS = {
    "sent": "published invited messaged notified informed texted delivered veröffentlicht eingeladen benachrichtigt informiert zugestellt publié invité informé publicado invitado informado",
    "scheduled": "booked reserved gebucht reserviert réservé reservado",
    "ran": "printed paid purchased bought ordered subscribed unsubscribed registered enrolled bezahlt überwiesen gekauft bestellt abbestellt angemeldet abgemeldet gedruckt payé commandé pagado comprado",
}
VERBS: dict[str, Verb] = {word: Verb(kind, True) for kind, words in _STRONG.items() for word in words.split()}
VERBS |= {word: Verb(kind, False) for kind, words in _WEAK.items() for word in words.split()}
VERBS |= {word: Verb(kind, False, True) for kind, words in _ERRANDS.items() for word in words.split()}
for _word in [word for word in VERBS if word[-1] == "é" or word in ("écrit", "ouvert")]:
    VERBS |= {_word + ending: VERBS[_word] for ending in ("e", "s", "es")}
for _word in [word for word in VERBS if word.endswith(("ado", "ido", "ito", "erto"))]:
    VERBS |= {_word[:-1] + ending: VERBS[_word] for ending in ("a", "os", "as")}
THINGS = (
    "file files folder folders document documents directory directories spreadsheet workbook inbox trash calendar reminder reminders event events appointment "
    "appointments meeting alarm timer contact contacts note notes to-do todo todos task tasks list entry entries email emails e-mail e-mails mail mails message messages memory "
    "clipboard backup archive schedule screenshot picture pictures photo photos attachment row rows draft invitation workspace desktop datei dateien ordner dokument dokumente "
    "kalender erinnerung erinnerungen termin termine wecker kontakt notiz notizen aufgabe aufgaben liste eintrag einträge nachricht nachrichten zwischenablage "
    "papierkorb posteingang entwurf fichier fichiers dossier dossiers rappel rappels calendrier rendez-vous tâche message messages courriel note archivo archivos carpeta carpetas "
    "recordatorio calendario cita tarea mensaje mensajes correo nota lista"
)
PRONOUNS = "it them that this everything all both these those es sie das alles beide dies ihn le la les tout lo los las todo"
TEXT_PARTS = "paragraph paragraphs sentence sentences word words wording phrase clause comma spelling grammar tone absatz satz sätze wort wörter phrase mot mots palabra frase"
PLACES = "file files folder folders calendar reminder reminders list notes tasks workspace desktop datei dateien ordner kalender erinnerung aufgaben fichier dossier calendrier archivo carpeta calendario"
