"""Figures about a text."""

import re
from collections import Counter

COMMON = {
    "the",
    "a",
    "an",
    "and",
    "or",
    "of",
    "to",
    "in",
    "on",
    "at",
    "for",
    "with",
    "by",
    "from",
    "is",
    "are",
    "was",
    "were",
    "be",
    "it",
    "this",
    "that",
    "as",
    "not",
    "but",
    "we",
    "you",
    "i",
    "he",
    "she",
    "they",
    "his",
    "her",
    "our",
    "your",
    "my",
    "der",
    "die",
    "das",
    "und",
    "ist",
    "zu",
    "den",
    "von",
    "mit",
    "ein",
    "eine",
    "auf",
    "für",
    "im",
    "nicht",
}
words = re.findall(r"[^\W\d_][\w'’-]*", data["text"])
sentences = [one.strip() for one in re.split(r"(?<=[.!?])\s+|\n{2,}", data["text"]) if re.search(r"\w", one)]
print(f"**{data['name']}**: {len(words)} words, {len(sentences)} sentences, {len(data['text'])} characters.")
print(f"About {max(1, round(len(words) / 230))} min to read, {max(1, round(len(words) / 130))} min to speak.")
top = [f"{word} ({count})" for word, count in Counter(word.lower() for word in words if word.lower() not in COMMON and len(word) > 2).most_common(8)]
if top:
    print("Most used: " + ", ".join(top) + ".")
long = [one for one in sentences if len(one.split()) > 35]
if long:
    print(f"{len(long)} sentences have more than 35 words; the longest begins “{' '.join(max(long, key=lambda one: len(one.split())).split()[:10])} …”.")
