"""Today's appointments and tasks, in Markdown."""

today = data["today"]
print(f"**{today}**\n")
events = [f"- {row['start'][11:16] or 'all day'} {row['title']}" + (f" ({row['place']})" if row.get("place") else "") for row in data["events"]]
print("\n".join(events) or "No appointments.")
due = [row for row in data["tasks"] if row["due"] and row["due"] <= today]
rest = [row for row in data["tasks"] if row not in due]
if due:
    print("\nDue:\n" + "\n".join(f"- {row['text']}" + (f" (overdue since {row['due']})" if row["due"] < today else "") for row in due))
if rest:
    print("\nOpen besides:\n" + "\n".join(f"- {row['text']}" for row in rest[:10]) + (f"\n… and {len(rest) - 10} more" if len(rest) > 10 else ""))
if not data["tasks"]:
    print("\nNothing is open.")
