"""Groups of files with the same content, the oldest of each group first."""

import hashlib
import os
from collections import defaultdict
from pathlib import Path

SKIPPED = {".git", "node_modules", "__pycache__", ".venv"}


def size(number):
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000


def digest(path):
    made = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            made.update(block)
    return made.hexdigest()


by_size = defaultdict(list)
for folder, names, files in os.walk(data["folder"]):
    names[:] = [name for name in names if name not in SKIPPED and not name.startswith(".")]
    for name in files:
        path = Path(folder, name)
        if not name.startswith(".") and path.is_file() and not path.is_symlink() and path.stat().st_size:
            by_size[path.stat().st_size].append(path)
groups = defaultdict(list)
for bytes_, paths in by_size.items():
    if len(paths) > 1:
        for path in paths:
            groups[bytes_, digest(path)].append(path)
twice = sorted((key[0] * (len(paths) - 1), key[0], sorted(paths, key=lambda path: (path.stat().st_mtime, str(path)))) for key, paths in groups.items() if len(paths) > 1)
if not twice:
    print("No file is there twice.")
else:
    print(f"{len(twice)} {'file is' if len(twice) == 1 else 'files are'} there more than once; the copies take {size(sum(row[0] for row in twice))}.\n")
    for _, bytes_, paths in reversed(twice[-100:]):
        print(f"- {size(bytes_)}: " + ", ".join(str(path) for path in paths))
