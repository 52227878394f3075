"""The words that stand around the spans of each intent, gathered from the hand-written lines: what the starter has met, and what it has not.

``models/starter/wording.json`` is made of them by the recipe; ``checks`` doubts a reading whose request has other words.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from models.starter.training.compose import JOINTS
from models.starter.training.voices import DATA, lines

TARGET = Path(__file__).parents[1] / "wording.json"
_SPAN = re.compile(r"\[[a-z]:[^\]]*\]|\{[a-z]+\}")


def gather() -> dict[str, list[str]]:
    """Words by intent, sorted; those that may stand around any request under an empty name. Lines that are held out do not count."""
    found: dict[str, set[str]] = {"": set()}
    for line in lines():
        if line.held_out or line.intent == "big":
            continue
        intents = [line.intent] if line.intent else re.findall(r"<([a-z]+)>", line.text)
        text = re.sub(r"<[a-z]+>", " ", _SPAN.sub(" ", line.text))
        for intent in intents:
            if intent != "big":
                found.setdefault(intent, set()).update(words(text))
    affixes = (DATA / "affixes.txt").read_text(encoding="utf-8").splitlines()
    found[""].update(word for row in [*affixes, *JOINTS] if not row.startswith(("#", "@")) for word in words(row))
    return {intent: sorted(known) for intent, known in sorted(found.items())}


def words(text: str) -> list[str]:
    """Lower-case words, apostrophes kept out."""
    return re.findall(r"[a-z]+", text.lower().replace("'", "").replace("’", ""))


def write(target: Path = TARGET) -> None:
    """Keep what was gathered."""
    target.write_text(json.dumps(gather(), separators=(",", ":")) + "\n", encoding="ascii")
