"""What is new on a page since its copy was kept."""

import difflib
from pathlib import Path

copy, new = Path(data["copy"]), data["new"].splitlines()
if not copy.exists():
    print(f"{data['url']} is watched from now on.")
else:
    old = copy.read_text(encoding="utf-8").splitlines()
    lines = [line for line in difflib.unified_diff(old, new, n=0, lineterm="") if line[:1] in "+-" and line[:3] not in ("+++", "---") and line[1:].strip()]
    print(f"{data['url']} has changed:\n\n```diff\n" + "\n".join(lines[:200]) + "\n```" if lines else f"Nothing is new on {data['url']}.")
