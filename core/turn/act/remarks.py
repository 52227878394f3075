"""What code adds to an answer about the texts that were written: places that are still to be filled in."""

from __future__ import annotations

from core.execution.run import Run
from core.plan import strings
from core.turn.answer.placeholders import placeholders
from core.turn.answer.written import TEXT_ARGUMENTS
from core.turn.language import detect_language

MOST = 5  # places that are named
_OPEN = {"en": "(Still to be filled in in {file}: {places}.)", "de": "(In {file} noch auszufüllen: {places}.)"}


def unfilled_places(run: Run, answer: str) -> str:
    """A line for each file that was written with placeholders in it, so that the person knows; empty where the answer names them itself."""
    sentence = _OPEN["de" if detect_language(run.text) == "de" else "en"]
    found: dict[str, list[str]] = {}
    for step in run.state.all_steps:
        state = run.state.steps[step.id]
        if state.status == "done" and (state.intent or {}).get("changes"):
            texts = [text for name in TEXT_ARGUMENTS for text in strings(step.args.get(name, ""))]
            file = str(step.args.get("path") or step.tool).rsplit("/", 1)[-1]
            found[file] = list(dict.fromkeys(place for text in texts for place in placeholders(text)))
    return "\n".join(
        sentence.format(file=file, places=", ".join(places[:MOST])) for file, places in found.items() if places and not all(place in answer for place in places[:MOST])
    )
