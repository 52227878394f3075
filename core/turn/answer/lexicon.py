"""Words of dates, counts and amounts in English, German, French and Spanish."""

from __future__ import annotations

_MONTHS = (
    "january jan januar jänner janvier janv enero ene",
    "february feb februar février fevrier févr febrero",
    "march mar märz maerz mrz mars marzo",
    "april apr avril avr abril abr",
    "may mai mayo",
    "june jun juni juin junio",
    "july jul juli juillet juil julio",
    "august aug août aout agosto ago",
    "september sept sep septembre septiembre",
    "october oct oktober okt octobre octubre",
    "november nov novembre noviembre",
    "december dec dezember dez décembre diciembre dic",
)
_WEEKDAYS = (
    "monday montag lundi lunes",
    "tuesday dienstag mardi martes",
    "wednesday mittwoch mercredi miércoles",
    "thursday donnerstag jeudi jueves",
    "friday freitag vendredi viernes",
    "saturday samstag sonnabend samedi sábado",
    "sunday sonntag dimanche domingo",
)
_COUNTS = (
    (2, "two zwei deux"), (3, "three drei trois tres"), (4, "four vier quatre cuatro"), (5, "five fünf cinq cinco"),
    (6, "six sechs seis"), (7, "seven sieben sept siete"), (8, "eight acht huit ocho"), (9, "nine neun neuf nueve"),
    (10, "ten zehn dix diez"), (11, "eleven onze"), (12, "twelve zwölf douze doce"), (13, "thirteen dreizehn"),
    (14, "fourteen vierzehn quatorze catorce"), (15, "fifteen fünfzehn quinze quince"), (16, "sixteen sechzehn"),
    (17, "seventeen siebzehn"), (18, "eighteen achtzehn"), (19, "nineteen neunzehn"), (20, "twenty zwanzig vingt veinte"),
    (30, "thirty dreißig trente treinta"), (40, "forty vierzig quarante"), (50, "fifty fünfzig cinquante"),
)  # fmt: skip
_RELATIVE = ((0, "today heute aujourd'hui hoy tonight"), (1, "tomorrow morgen demain mañana"), (-1, "yesterday gestern hier ayer"), (2, "übermorgen"))
_UNITS = (
    ("minute", "minute minutes min mins minuten minuto minutos"),
    ("hour", "hour hours hr hrs stunde stunden heure heures hora horas"),
    ("day", "day days tag tage tagen jour jours día días"),
    ("week", "week weeks woche wochen semaine semaines semana semanas"),
    ("month", "month months monat monate monaten mois mes meses"),
    ("year", "year years jahr jahre jahren an ans año años"),
)
MONTHS: dict[str, int] = {word: number for number, words in enumerate(_MONTHS, 1) for word in words.split()}
WEEKDAYS: dict[str, int] = {word: number for number, words in enumerate(_WEEKDAYS) for word in words.split()}
COUNT_WORDS: dict[str, int] = {word: number for number, words in _COUNTS for word in words.split()}
RELATIVE_DAYS: dict[str, int] = {word: offset for offset, words in _RELATIVE for word in words.split()}
RELATIVE_DAYS |= {"day after tomorrow": 2, "day before yesterday": -2, "vorgestern": -2, "après-demain": 2, "avant-hier": -2, "pasado mañana": 2, "anteayer": -2}
TIME_UNITS: dict[str, str] = {word: unit for unit, words in _UNITS for word in words.split()}
ORDINALS: dict[str, int] = {
    word: number
    for number, words in enumerate(("first erste ersten", "second zweite zweiten", "third dritte dritten", "fourth vierte vierten", "fifth fünfte fünften"), 1)
    for word in words.split()
}


def alternation(words: dict[str, int] | dict[str, str]) -> str:
    """The words as one group of a pattern, the longest first."""
    return "|".join(sorted(words, key=len, reverse=True))
