"""Links of Markdown files that lead nowhere."""

import os
import re
from pathlib import Path
from urllib.parse import unquote

LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(<?([^)>\s]+)>?[^)]*\)|!\[[^\]]*\]\(<?([^)>\s]+)>?[^)]*\)")
WIKI = re.compile(r"\[\[([^\]|#]+)")
root = Path(data["folder"])
notes = [Path(folder, name) for folder, names, files in os.walk(root) for name in files if name.lower().endswith((".md", ".markdown")) and "/." not in folder]
names = {note.stem.lower() for note in notes}
broken, links = [], 0
for note in sorted(notes):
    for number, line in enumerate(note.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        for match in LINK.finditer(line):
            target = unquote((match[1] or match[2]).split("#")[0].split("?")[0])
            if not target or re.match(r"[a-z][a-z0-9+.-]*:", target, re.I):
                continue
            links += 1
            goal = root / target.lstrip("/") if target.startswith("/") else note.parent / target
            if not goal.exists():
                broken.append(f"- {note}:{number} → {target}")
        for match in WIKI.finditer(line):
            links += 1
            if match[1].strip().lower().rsplit("/", 1)[-1] not in names:
                broken.append(f"- {note}:{number} → [[{match[1].strip()}]]")
print(f"{len(broken)} of {links} links lead nowhere.\n" + "\n".join(broken[:200]) if broken else f"All {links} links lead somewhere.")
