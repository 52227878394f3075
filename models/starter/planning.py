"""From frames to calls of tools: names are resolved, lists become lines, "it" becomes what was named or made before."""

from __future__ import annotations

import re

from models.starter import acting, looking, making
from models.starter.frames import IT, Frame
from models.starter.scene import Call, CannotYet, Maker, Scene

MAKERS: dict[str, Maker] = {**making.MAKERS, **looking.MAKERS, **acting.MAKERS}


def plan(frames: list[Frame], scene: Scene) -> list[Call]:
    """The calls of all frames, in the order in which they are to be done."""
    for frame in in_order(frames, scene.request):
        maker = MAKERS.get(frame.intent)
        if maker is None:
            raise CannotYet(frame.intent)
        maker(scene, frame)
    return scene.calls


def in_order(frames: list[Frame], request: str) -> list[Frame]:
    """Two frames as they are to be done: "before you delete it, zip it" and "delete it after zipping it" are said the other way round.

    What was named once changes places with what only pointed to it.
    """
    said_backwards = re.match(r"\W*(?:please |and |but )?before\b", request, re.I) or re.search(
        r"\b(?:after|once) (?:you(?:'ve| have)? |it(?:'s| is| has been)? )?\w+(?:ing|ed)\b", request[8:], re.I
    )
    if len(frames) != 2 or not said_backwards or re.match(r"\W*(?:after|once)\b", request, re.I):
        return frames
    later, first = frames
    named, pointing = next((text for slot, text in later.slots if slot in "on"), ""), next((slot for slot, text in first.slots if text == IT), "")
    if not named or named == IT or not pointing:
        return [first, later]
    own = next(slot for slot, text in later.slots if text == named)
    return [_with_slot(first, pointing, named), _with_slot(later, own, IT)]


def _with_slot(frame: Frame, slot: str, text: str) -> Frame:
    return Frame(frame.intent, tuple((name, text if name == slot else old) for name, old in frame.slots))
