"""Expenses by month and category out of a statement in CSV."""

import csv
import io
import re
import sys
from collections import defaultdict
from datetime import datetime

NAMES = {
    "date": ("date", "datum", "buchungstag", "booking date", "posted", "day", "valuta"),
    "amount": ("amount", "betrag", "value", "sum", "price", "cost", "umsatz", "debit", "soll", "total"),
    "category": ("category", "kategorie", "type", "group", "art"),
    "text": ("description", "text", "payee", "merchant", "verwendungszweck", "empfänger", "name", "memo", "details", "what"),
}
FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m/%d/%y")


def amount(text):
    text = re.sub(r"[^\d,.\-+()]", "", text)
    minus = text.startswith(("-", "(")) or text.endswith("-")
    text = text.strip("-+()")
    if "," in text and (text.rfind(",") > text.rfind(".")):
        text = text.replace(".", "").replace(",", ".") if len(text) - text.rfind(",") != 4 or "." in text else text.replace(",", "")
    else:
        text = text.replace(",", "")
    return (-1 if minus else 1) * float(text)


def formats_of(values):
    return [form for form in FORMATS if all(parsed(value, form) for value in values)] or list(FORMATS)


def parsed(value, form):
    try:
        return datetime.strptime(value.strip()[:10], form)
    except ValueError:
        return None


text = data["text"].lstrip("\ufeff")
dialect = ";" if text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",") else "\t" if "\t" in text.split("\n", 1)[0] else ","
rows = list(csv.DictReader(io.StringIO(text), delimiter=dialect))
heads = [head for head in (rows[0] if rows else {}) if head]
columns = {}
for kind, names in NAMES.items():
    columns[kind] = next((head for name in names for head in heads if head.strip().lower() == name), None) or next(
        (head for name in names for head in heads if name in head.strip().lower()), None
    )
if not columns["date"] or not columns["amount"]:
    sys.exit(f"There is no column for {'the date' if not columns['date'] else 'the amount'}; the columns are {', '.join(heads) or 'none'}.")
form = formats_of([row[columns["date"]] for row in rows if row[columns["date"]]])[0]
entries, skipped = [], 0
for row in rows:
    try:
        day = next(filter(None, (parsed(row[columns["date"]], one) for one in (form, *FORMATS))), None)
        entries.append((day, amount(row[columns["amount"]]), (row.get(columns["category"] or "") or "other").strip() or "other", (row.get(columns["text"] or "") or "").strip()))
        if day is None:
            raise ValueError
    except (ValueError, TypeError, AttributeError):
        skipped += 1
entries = [entry for entry in entries if entry[0]]
if any(entry[1] < 0 for entry in entries):
    entries = [(day, -value, category, what) for day, value, category, what in entries if value < 0]
months, categories = defaultdict(float), defaultdict(lambda: defaultdict(float))
for day, value, category, _ in entries:
    months[f"{day:%Y-%m}"] += value
    categories[category][f"{day:%Y-%m}"] += value
names = sorted(months)
print("# Expenses\n\n| | " + " | ".join(names) + " | Sum |\n|---|" + "---:|" * (len(names) + 1))
for category in sorted(categories, key=lambda one: -sum(categories[one].values())):
    cells = [f"{categories[category].get(month, 0):,.2f}" for month in names]
    print(f"| {category} | " + " | ".join(cells) + f" | {sum(categories[category].values()):,.2f} |")
print("| **All** | " + " | ".join(f"**{months[month]:,.2f}**" for month in names) + f" | **{sum(months.values()):,.2f}** |")
print("\nThe largest:\n")
for day, value, category, what in sorted(entries, key=lambda entry: -entry[1])[:5]:
    print(f"- {day:%Y-%m-%d} {value:,.2f} {what or category}")
if skipped:
    print(f"\n{skipped} lines could not be read.")
