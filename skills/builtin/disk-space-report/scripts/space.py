"""The largest folders and files below a folder."""

import os
from pathlib import Path


def size(number):
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if number < 1000 or unit == "TB":
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000


root = Path(data["folder"])
files, folders = [], {}
for folder, _, names in os.walk(root):
    for name in names:
        path = Path(folder, name)
        if path.is_symlink() or not path.is_file():
            continue
        bytes_ = path.stat().st_size
        files.append((bytes_, path))
        for parent in path.parents:
            if parent == root or (root not in parent.parents and parent != root):
                break
            folders[parent] = folders.get(parent, 0) + bytes_
print(f"{len(files)} files take {size(sum(row[0] for row in files))}.\n")
if folders:
    print("Largest folders:\n" + "\n".join(f"- {path}: {size(bytes_)}" for path, bytes_ in sorted(folders.items(), key=lambda row: -row[1])[:10]) + "\n")
print("Largest files:\n" + "\n".join(f"- {path}: {size(bytes_)}" for bytes_, path in sorted(files, reverse=True)[:10]))
