"""Keys and passwords in files: where, and their first letters."""

import os
import re
from pathlib import Path

KINDS = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "AWS key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"),
    "OpenAI or Anthropic key": re.compile(r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}"),
    "Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "Google key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "password": re.compile(r"(?i)\b(?:password|passwd|pwd|secret|api[_-]?key|token)\b[\"']?\s*[:=]\s*[\"']?([^\s\"',;]{6,})"),
}
EXAMPLES = re.compile(r"(?i)example|changeme|your[_-]|placeholder|xxxx|\*\*\*|\$\{|os\.environ|getenv|<.*>|none|null|true|false")
SKIPPED = {".git", "node_modules", "__pycache__", ".venv"}
found = []
for folder, names, files in os.walk(data["folder"]):
    names[:] = sorted(name for name in names if name not in SKIPPED)
    for name in sorted(files):
        path = Path(folder, name)
        if path.is_symlink() or not path.is_file() or path.stat().st_size > 2_000_000:
            continue
        content = path.read_bytes()
        if b"\0" in content[:1000]:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            for kind, pattern in KINDS.items():
                if (match := pattern.search(line)) and not (kind == "password" and EXAMPLES.search(match[1])):
                    found.append(f"- {path}:{number} {kind}: {(match[1] if match.groups() else match[0])[:4]}…")
                    break
print(f"{len(found)} places look like secrets.\n" + "\n".join(found[:200]) if found else "Nothing here looks like a secret.")
