"""What a log says: levels, the messages that come most, first and last error."""

import re
from collections import Counter

LEVEL = re.compile(r"\b(FATAL|CRITICAL|ERROR|WARN(?:ING)?|INFO|DEBUG)\b", re.I)
VARYING = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{8,}\b|\d+(?:[.:,-]\d+)*|\"[^\"]*\"|'[^']*'", re.I)
levels, kinds, errors = Counter(), Counter(), []
lines = [line for line in data["text"].splitlines() if line.strip()]
for line in lines:
    match = LEVEL.search(line)
    if not match:
        continue
    level = {"WARN": "WARNING", "CRITICAL": "ERROR", "FATAL": "ERROR"}.get(match[1].upper(), match[1].upper())
    levels[level] += 1
    if level in ("ERROR", "WARNING"):
        kinds[level, VARYING.sub("…", line[match.end() :]).strip(" :-]")[:140]] += 1
    if level == "ERROR":
        errors.append(line.strip())
print(f"{len(lines)} lines: " + (", ".join(f"{count} {level}" for level, count in levels.most_common()) or "no levels are named") + ".")
if kinds:
    print("\nMost often:\n" + "\n".join(f"- {count} × {level}: {message}" for (level, message), count in kinds.most_common(8)))
if errors:
    print(f"\nFirst error: `{errors[0][:200]}`\n\nLast error: `{errors[-1][:200]}`")
