"""Flashcards as CSV: front and back."""

import csv
import re
import sys

PAIR = re.compile(r"^\s*(?:[-*+]\s+|\d+[.)]\s+)?(?:\*\*)?([^:#|]{1,80}?)(?:\*\*)?\s*(?::|\s[–—-]\s)\s*(?:\*\*)?\s*(\S.*)$")
QUESTION = re.compile(r"^\s*(?:[-*+]\s+|\d+[.)]\s+)?([^?]{3,160}\?)\s+(\S.*)$")
out = csv.writer(sys.stdout, lineterminator="\n")
for line in data["text"].splitlines():
    if match := QUESTION.match(line) or PAIR.match(line):
        out.writerow([match[1].strip(), match[2].strip()])
