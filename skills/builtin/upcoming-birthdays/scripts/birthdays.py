"""The next birthdays of the contacts."""

import re
from datetime import date

today = date.fromisoformat(data["today"])


def on(year, month, day):
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, 2, 28)


rows = []
for person in data["people"]:
    match = re.match(r"(?:(\d{4})|-)-?(\d\d)-?(\d\d)", str(person.get("birthday", "")))
    if not match or not 1 <= int(match[2]) <= 12:
        continue
    year, month, day = match[1], int(match[2]), int(match[3])
    coming = on(today.year, month, day)
    coming = coming if coming >= today else on(today.year + 1, month, day)
    if (coming - today).days <= int(data["days"]):
        rows.append((coming, person["name"], f", turns {coming.year - int(year)}" if year and int(year) > 1600 else ""))
for coming, name, age in sorted(rows):
    away = (coming - today).days
    print(f"- {coming:%A %Y-%m-%d} ({'today' if not away else 'tomorrow' if away == 1 else f'in {away} days'}): {name}{age}")
if not rows:
    print(f"Nobody's birthday is in the next {data['days']} days.")
