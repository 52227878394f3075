"""What code says to the person, in the language of their request: German, French and Spanish; English else.

Strategies say it in English; :func:`say_in` puts each line that stands here into the other language, and leaves what a model or a file said.
"""

from __future__ import annotations

import re
from functools import cache

_LANGUAGES = ("de", "fr", "es")
_PHRASES = (  # English, German, French, Spanish; what stands in braces is kept
    ("I found nothing about that in the files here.", "Dazu habe ich in den Dateien hier nichts gefunden.", "Je n’ai rien trouvé à ce sujet dans les fichiers d’ici.", "No he encontrado nada sobre eso en los archivos de aquí."),
    ("I did not understand that. Nothing was done. What shall I do?", "Das habe ich nicht verstanden. Es wurde nichts getan. Was soll ich tun?", "Je n’ai pas compris. Rien n’a été fait. Que dois-je faire ?", "No lo he entendido. No se ha hecho nada. ¿Qué quieres que haga?"),
    ("I cannot do that: it lies outside of what I can do or know on this computer. Nothing was done.", "Das kann ich nicht: Es liegt außerhalb dessen, was ich auf diesem Rechner tun oder wissen kann. Es wurde nichts getan.", "Je ne peux pas faire cela : c’est hors de ce que je peux faire ou savoir sur cet ordinateur. Rien n’a été fait.", "No puedo hacerlo: está fuera de lo que puedo hacer o saber en este ordenador. No se ha hecho nada."),
    ("I did not find out how to do this; nothing was changed.", "Ich habe nicht herausgefunden, wie das geht; es wurde nichts geändert.", "Je n’ai pas trouvé comment faire ; rien n’a été modifié.", "No he averiguado cómo hacerlo; no se ha cambiado nada."),
    ("That lies outside of the folder I work in; nothing was changed.", "Das liegt außerhalb des Ordners, in dem ich arbeite; es wurde nichts geändert.", "Cela se trouve hors du dossier où je travaille ; rien n’a été modifié.", "Eso está fuera de la carpeta en la que trabajo; no se ha cambiado nada."),
    ("There is no {0} here. Nothing was changed.", "Hier gibt es kein {0}. Es wurde nichts geändert.", "Il n’y a pas de {0} ici. Rien n’a été modifié.", "Aquí no hay ningún {0}. No se ha cambiado nada."),
    ("There is no {0} here.", "Hier gibt es kein {0}.", "Il n’y a pas de {0} ici.", "Aquí no hay ningún {0}."),
    ("Nothing was changed.", "Es wurde nichts geändert.", "Rien n’a été modifié.", "No se ha cambiado nada."),
    ("Which one do you mean?", "Welche meinst du?", "Lequel veux-tu dire ?", "¿Cuál quieres decir?"),
    ("Do you mean {0}?", "Meinst du {0}?", "Tu veux dire {0} ?", "¿Te refieres a {0}?"),
    ("Which of these shall I forget?", "Was davon soll ich vergessen?", "Lequel dois-je oublier ?", "¿Cuál de estos debo olvidar?"),
    ("I am not sure that I got this right. Shall I do this?", "Ich bin nicht sicher, ob ich das richtig verstanden habe. Soll ich das tun?", "Je ne suis pas sûr d’avoir bien compris. Dois-je faire ceci ?", "No estoy seguro de haberlo entendido bien. ¿Hago esto?"),
    ("What is the new file to be called?", "Wie soll die neue Datei heißen?", "Comment doit s’appeler le nouveau fichier ?", "¿Cómo debe llamarse el archivo nuevo?"),
    ("What is {0} to be called?", "Wie soll {0} heißen?", "Comment {0} doit-il s’appeler ?", "¿Cómo debe llamarse {0}?"),
    ("None of the {0} files fits ({1}). Nothing was changed.", "Keine der {0} Dateien passt ({1}). Es wurde nichts geändert.", "Aucun des {0} fichiers ne convient ({1}). Rien n’a été modifié.", "Ninguno de los {0} archivos encaja ({1}). No se ha cambiado nada."),
    ("I could not work this out from the table.", "Das konnte ich aus der Tabelle nicht berechnen.", "Je n’ai pas pu le calculer à partir du tableau.", "No he podido calcularlo a partir de la tabla."),
    ("I found no answer.", "Ich habe keine Antwort gefunden.", "Je n’ai pas trouvé de réponse.", "No he encontrado respuesta."),
    ("I could not write that.", "Das konnte ich nicht schreiben.", "Je n’ai pas pu l’écrire.", "No he podido escribirlo."),
    ("Nothing in {0} fits that.", "Nichts in {0} passt dazu.", "Rien dans {0} ne correspond.", "Nada en {0} encaja con eso."),
    ("{0} is empty there in {1}.", "{0} ist dort leer in {1}.", "{0} est vide à cet endroit dans {1}.", "{0} está vacío ahí en {1}."),
    ("Altogether {0}.", "Zusammen {0}.", "En tout {0}.", "En total {0}."),
    ("(from {0})", "(aus {0})", "(d’après {0})", "(de {0})"),
    ("({0}, line {1})", "({0}, Zeile {1})", "({0}, ligne {1})", "({0}, línea {1})"),
    ("(I looked in {0}.)", "(Nachgesehen in {0}.)", "(J’ai cherché dans {0}.)", "(He mirado en {0}.)"),
    ("That is not stated.", "Das steht dort nicht.", "Ce n’est pas indiqué.", "No se indica."),
    ("I do not know that.", "Das weiß ich nicht.", "Je ne le sais pas.", "No lo sé."),
    ("I am not sure of the answer. The text says:", "Ich bin mir der Antwort nicht sicher. Im Text steht:", "Je ne suis pas sûr de la réponse. Le texte dit :", "No estoy seguro de la respuesta. El texto dice:"),
    ("I will remember: {0}", "Ich merke mir: {0}", "Je retiens : {0}", "Lo recordaré: {0}"),
    ("Moved {0} to {1}.", "{0} nach {1} verschoben.", "{0} déplacé vers {1}.", "{0} movido a {1}."),
    ("Renamed {0} to {1}.", "{0} in {1} umbenannt.", "{0} renommé en {1}.", "{0} renombrado a {1}."),
    ("Copied {0} to {1}.", "{0} nach {1} kopiert.", "{0} copié vers {1}.", "{0} copiado a {1}."),
    ("Deleted {0} (undo brings it back).", "{0} gelöscht (Rückgängig holt es zurück).", "{0} supprimé (annuler le rétablit).", "{0} borrado (deshacer lo recupera)."),
    ("Made the folder {0}.", "Ordner {0} angelegt.", "Dossier {0} créé.", "Carpeta {0} creada."),
    ("Left where they are: {0}.", "Geblieben sind: {0}.", "Restés en place : {0}.", "Se quedan donde están: {0}."),
    ("Still to be filled in: {0}.", "Noch auszufüllen: {0}.", "Reste à compléter : {0}.", "Falta por completar: {0}."),
    ("({0} holds text that a person cannot see. I left it out.)", "({0} enthält Text, den man nicht sieht. Ich habe ihn weggelassen.)", "({0} contient du texte invisible. Je l’ai laissé de côté.)", "({0} contiene texto que no se ve. Lo he omitido.)"),
    ("Changed {0} in {1} place.", "{1}: {0} Stelle geändert.", "{1} : {0} passage modifié.", "{1}: {0} lugar cambiado."),
    ("Made {0}: {1}", "{0} angelegt: {1}", "{0} créé : {1}", "{0} creado: {1}"),
    ("Wrote {0}: {1}", "{0} geschrieben: {1}", "{0} écrit : {1}", "{0} escrito: {1}"),
    ("More than one entry fits:", "Mehr als ein Eintrag passt:", "Plusieurs entrées conviennent :", "Encaja más de una entrada:"),
    ("Yes", "Ja", "Oui", "Sí"),
    ("Leave them", "So lassen", "Les laisser", "Dejarlos"),
)  # fmt: skip


def say_in(language: str, text: str) -> str:
    """A text with the lines that stand here in another language (``de``, ``fr``, ``es``); as it is in any other.

    >>> say_in("de", "There is no plan.txt here.\\n- plan.md")
    'Hier gibt es kein plan.txt.\\n- plan.md'
    >>> say_in("de", "Copied a.txt to b/a.txt. Made the folder b.")
    'a.txt nach b/a.txt kopiert. Ordner b angelegt.'
    """
    if language not in _LANGUAGES:
        return text
    at = _LANGUAGES.index(language)
    return "\n".join(_put_line(at, line) for line in text.split("\n"))


def _put_line(at: int, line: str) -> str:
    """A line whole where it stands here, else each of its sentences."""
    return _put(at, line) or " ".join(_put(at, part) or part for part in re.split(r"(?<=[.)]) (?=[A-Z(])", line))


def _put(at: int, words: str) -> str:
    """Words in another language; empty where they do not stand here."""
    return next((others[at].format(*found.groups()) for form, others in _forms() if (found := form.fullmatch(words.strip()))), "")


@cache
def _forms() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    return tuple((re.compile(re.sub(r"\\\{\d\\\}", r"((?:(?![.] [A-Z]).)+)", re.escape(english))), others) for english, *rest in _PHRASES for others in [tuple(rest)])
