"""Hours by week and project out of a table."""

import csv
import io
import re
import sys
from collections import defaultdict
from datetime import datetime, timedelta

text = data["text"].lstrip("\ufeff")
head = text.split("\n", 1)[0]
rows = list(csv.DictReader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ","))


def column(*names):
    return next((key for name in names for key in (rows[0] if rows else {}) if key and name in key.strip().lower()), None)


def moment(value):
    match = re.match(r"(\d{1,2})[:.h](\d\d)", value.strip())
    return timedelta(hours=int(match[1]), minutes=int(match[2]))


def length(value):
    value = value.strip().replace(",", ".")
    return moment(value).total_seconds() / 3600 if ":" in value else float(value or 0)


date, start, end = column("date", "day", "datum"), column("start", "from", "begin"), column("end", "until", "ende", "to")
hours, pause, project = column("hours", "stunden", "duration"), column("break", "pause"), column("project", "projekt", "client", "task")
if not date or not ((start and end) or hours):
    sys.exit("There must be a column for the date, and either hours or start and end.")
weeks, projects, skipped = defaultdict(float), defaultdict(float), 0
for row in rows:
    try:
        day = next(
            datetime.strptime(row[date].strip()[:10], form)
            for form in ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y")
            if re.fullmatch({"%Y-%m-%d": r"\d{4}-\d\d-\d\d", "%d.%m.%Y": r"\d\d?\.\d\d?\.\d{4}", "%m/%d/%Y": r"\d\d?/\d\d?/\d{4}"}[form], row[date].strip()[:10])
        )
        if start and end and row[start].strip() and row[end].strip():
            worked = (moment(row[end]) - moment(row[start])).total_seconds() / 3600 % 24
        else:
            worked = length(row[hours])
        if pause and row[pause].strip():
            rest = length(row[pause])
            worked -= rest / 60 if rest > 4 else rest
    except (ValueError, TypeError, StopIteration, AttributeError):
        skipped += 1
        continue
    weeks[f"{day:%G-W%V}"] += worked
    projects[(row[project].strip() if project else "") or "all"] += worked
print(f"{sum(weeks.values()):.2f} hours in all.\n")
print("\n".join(f"- {week}: {worked:.2f} h" for week, worked in sorted(weeks.items())))
if project:
    print("\n" + "\n".join(f"- {name}: {worked:.2f} h" for name, worked in sorted(projects.items(), key=lambda row: -row[1])))
if skipped:
    print(f"\n{skipped} lines could not be read.")
