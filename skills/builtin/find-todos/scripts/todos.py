"""TODO comments below a folder, with file and line."""

import os
import re
from pathlib import Path

MARK = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b[:( ]?(.*)")
SKIPPED = {".git", "node_modules", "__pycache__", ".venv"}
found = []
for folder, names, files in os.walk(data["folder"]):
    names[:] = sorted(name for name in names if name not in SKIPPED and not name.startswith("."))
    for name in sorted(files):
        path = Path(folder, name)
        if path.is_symlink() or path.stat().st_size > 2_000_000:
            continue
        content = path.read_bytes()
        if b"\0" in content[:1000]:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if match := MARK.search(line):
                found.append(f"- {path}:{number} {match[1]}: {match[2].strip()[:120]}")
print(f"{len(found)} open points.\n" + "\n".join(found[:300]) if found else "No open points.")
