"""The page of a weekly review, in Markdown."""

today = data["today"]


def section(title, lines, none):
    print(f"\n## {title}\n")
    print("\n".join(f"- {line}" for line in lines) or none)


def task(row):
    late = f" (overdue since {row['due']})" if row["due"] and row["due"] < today else f" (due {row['due']})" if row["due"] else ""
    return row["text"] + late


print(f"# Review of the week, {today}")
overdue = [row for row in data["open"] if row["due"] and row["due"] < today]
if overdue:
    section("Overdue", [task(row) for row in overdue], "")
section("Open", [task(row) for row in data["open"] if row not in overdue], "Nothing is open.")
section("Done", [row["text"] for row in data["done"]], "Nothing was ticked off.")
section("The next seven days", [f"{row['start'].replace('T', ' ')[:16]} {row['title']}" for row in data["events"]], "Nothing is in the calendar.")
section("Files of this week", [f"{row['path']} ({row['changed'][:10]})" for row in data["files"]], "No file was changed here.")
