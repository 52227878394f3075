"""Action items in the notes of a meeting, one a line."""

import re

HEADING = re.compile(r"^\s*(?:#+\s*|\*\*)?(?:action items?|actions|next steps|to[- ]?dos?|tasks|follow[- ]?ups?)\b.*$", re.I)
OTHER_HEADING = re.compile(r"^\s*(?:#+\s+\S|\*\*[^*]+\*\*\s*:?\s*$)")
MARKED = re.compile(r"^\s*(?:[-*+]|\d+[.)])?\s*(?:\[ \]|(?:todo|action(?: item)?|ai|task|follow[- ]?up)\s*[:\-–])\s*(.+)$", re.I)
PERSON = re.compile(
    r"^\s*(?:[-*+]|\d+[.)])?\s*(?:@\w+[:,]?\s+\S.*|[A-Z][\w'-]+(?: [A-Z][\w'-]+)?(?: and [A-Z][\w'-]+)?\s+(?:will|to|must|should|shall|is going to|has to|needs to)\s+\w.*)$"
)
ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s*(?:\[ \]\s*)?(.+)$")
DONE = re.compile(r"^\s*(?:[-*+]\s*)?\[[xX]\]")

found, inside = [], False
for line in data["text"].splitlines():
    if HEADING.match(line) and not MARKED.match(line):
        inside = True
    elif OTHER_HEADING.match(line):
        inside = False
    elif DONE.match(line) or not line.strip():
        continue
    elif (match := MARKED.match(line)) or (inside and (match := ITEM.match(line))):
        found.append(match[1])
    elif PERSON.match(line):
        found.append(re.sub(r"^\s*(?:[-*+]|\d+[.)])\s*", "", line))
seen = dict.fromkeys(" ".join(item.split()).rstrip(".") for item in found)
print("\n".join(f"- {item}" for item in seen), end="")
