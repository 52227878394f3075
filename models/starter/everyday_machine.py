"""Network, sound, pictures and what is installed, in the usual forms of asking."""

from __future__ import annotations

import re

from models.starter import foreign
from models.starter.described import Described
from models.starter.scene import Call
from models.starter.usual import forms, plain, unquoted

_PICTURE = r"(?P<f>\S(?:.*\S)?\.(?:jpe?g|png|gif|webp|bmp|tiff?|heic))"
_FORMAT = r"(?:an? )?\.?(?P<to>jpe?g|png|gif|webp|bmp|tiff?)(?: file| image| picture| format)?"
_HOST = r"(?P<host>(?:[a-z0-9-]+\.)+[a-z]{2,}|localhost|\d{1,3}(?:\.\d{1,3}){3})"


def _played(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    action = {"resume": "play", "skip": "next", "unpause": "play", "last": "previous"}.get(match["a"].lower(), match["a"].lower())
    return (("media.control", {"action": action}),)


def _loudness(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    return (("media.volume", {"level": "+10" if match["w"].lower() in ("up", "louder") else "-10"}),)


def _picture(match: re.Match[str], there: Described | None) -> str:
    name = unquoted(match["f"])
    return name if there is None else there.one(name, "file")


def _picture_converted(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    path = _picture(match, there)
    return (("images.convert", {"path": path, "target": f"{path.rpartition('.')[0]}.{match['to'].lower()}"}),) if path else ()


def _picture_sized(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    path, sizes = _picture(match, there), {"width": match.groupdict().get("w"), "height": match.groupdict().get("h")}
    if not sizes["width"] and not sizes["height"]:
        sizes["height" if re.match("high|tall|height", match["which"], re.I) else "width"] = match["n"]
    return (("images.resize", {"path": path} | {key: int(value) for key, value in sizes.items() if value}),) if path else ()


def _picture_turned(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    path, degrees = _picture(match, there), int(match["n"] or 90)
    left = re.search(r"left|counter|anti", match[0], re.I)
    return (("images.convert", {"path": path, "target": path, "rotate": 360 - degrees if left and degrees != 180 else degrees}),) if path and degrees in (90, 180, 270) else ()


def _picture_told(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    path = _picture(match, there)
    return (("images.info", {"path": path}),) if path else ()


def _screenshot(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    name = unquoted(match["to"] or "")
    return (("images.screenshot", {"target": name if re.search(r"\.(?:png|jpe?g|webp)$", name, re.I) else f"{name}.png"} if name else {}),)


def _installed(match: re.Match[str], there: Described | None) -> tuple[Call, ...]:
    raise foreign.Missing(f'I cannot tell what is installed, only what runs. Ask "is {match["n"]} running", or let me run `{match["n"]} --version`.')


FORMS = forms(
    (r"(?:what(?:['’]?s| is)|show(?: me)?|tell me|find)? ?my (?:local )?ip(?: address)?", plain("network.interfaces")),
    (rf"(?:ping|is|can (?:you|i|we) reach|check (?:if|whether)|try to reach) {_HOST}(?: (?:is )?(?:up|online|reachable|down|working|alive|there))?(?: right now)?", lambda match, there: (("network.check", {"host": match["host"]}),)),
    (r"(?:is (?:the|my) (?:internet|network|wi-?fi)(?: connection)? (?:working|up|on|down|ok|alive)|am i (?:online|connected)(?: to the internet)?|do i have (?:an? )?internet(?: connection)?|check (?:the|my) internet(?: connection)?)", plain("network.check", host="example.com")),
    (r"(?:is|do i have|have i got) (?P<n>[\w.+-]+) installed(?: here| on (?:this|my) (?:computer|machine|pc|laptop))?", _installed),
    (r"(?P<a>pause|stop|play|resume|unpause) (?:the |my )?(?:music|song|video|playback|player|track|movie|podcast)", _played),
    (r"(?:play (?:the )?|go to (?:the )?)?(?P<a>next|previous|last|skip)(?: (?:the|this))? (?:song|track|video)", _played),
    (r"(?:set|turn|change|put) (?:the |my )?(?:volume|sound)(?: level)?(?: up| down)? (?:to|at) (?P<n>\d{1,3}) ?(?:%|percent)?|(?:the )?volume (?:to |at )?(?P<n2>\d{1,3}) ?(?:%|percent)?", lambda match, there: (("media.volume", {"level": match["n"] or match["n2"]}),) if int(match["n"] or match["n2"]) <= 100 else ()),
    (r"(?:turn|make|put) (?:the |my )?(?:volume|sound|music|speakers?) (?P<w>up|louder|down|quieter|lower)(?: a (?:bit|little))?", _loudness),
    (r"turn (?P<w>up|down) (?:the |my )?(?:volume|sound|music)(?: a (?:bit|little))?", _loudness),
    (r"(?P<m>mute|unmute)(?: (?:the |my )?(?:sound|volume|speakers?|audio|computer|music))?", lambda match, there: (("media.volume", {"level": match["m"].lower()}),)),
    (r"(?:(?:take|make|grab|capture|do) (?:me )?(?:an? )?(?:new )?|)screen ?shot(?: of (?:my|the) (?:screen|desktop))?(?:,? (?:and )?(?:save|call|name) it (?:as |to )?(?P<to>[\w./ -]+?))?", _screenshot),
    (rf"(?:convert|turn|change|save|export) (?:the (?:picture|image|photo) )?{_PICTURE} (?:to|into|as) {_FORMAT}", _picture_converted),
    (rf"(?:resize|scale|shrink|enlarge|make|reduce) (?:the (?:picture|image|photo) )?{_PICTURE}(?: (?:smaller|bigger|larger|down|up))?,?(?: to| so (?:that )?it is| be)? (?P<n>\d{{2,5}}) ?(?:px|pixels?)? (?:in )?(?P<which>wide|width|high|height|tall)", _picture_sized),
    (rf"(?:resize|scale|shrink|enlarge|reduce) (?:the (?:picture|image|photo) )?{_PICTURE} (?:to|down to) (?P<w>\d{{2,5}}) ?(?:x|×|by) ?(?P<h>\d{{2,5}})(?: ?px| pixels)?", _picture_sized),
    (rf"(?:rotate|turn) (?:the (?:picture|image|photo) )?{_PICTURE}(?: by)?(?: (?P<n>90|180|270)(?: degrees|°)?)?(?: (?:clockwise|(?:to the )?(?:right|left)|counter-?clockwise|anti-?clockwise))?", _picture_turned),
    (rf"(?:what (?:resolution|dimensions) (?:is|are|has|does)|what are the (?:dimensions|pixels) of|what(?:['’]?s| is) the resolution of) {_PICTURE}(?: have)?", _picture_told),
    (rf"(?:what size is|how (?:big|large|wide|high) is) {_PICTURE} in pixels", _picture_told),
)  # fmt: skip
